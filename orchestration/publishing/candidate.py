"""The candidate: the published tables as this run made them, in one fresh file, before the gate.

Belongs here: where each published table comes from in the warehouse. Which columns it has and
in which order is in :mod:`orchestration.publishing.tables`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import duckdb

from orchestration.publishing.errors import PublishingError, explained
from orchestration.publishing.files import sync
from orchestration.publishing.table import PublishedTable, quoted
from orchestration.publishing.tables import IDENTITY_TABLE, candidate_tables, create_statement
from orchestration.settings import Settings

_ALIAS = "candidate"

# The registry is written before anything is predicted: coverage grows by what is.
# $used holds one {tag, audience} for each tag that a definition names. A family such as
# interest.* counts for each of its tags: a definition that asks for the top interest reads all.
_TAGS = """
    with used as (
        select unnest(from_json($used, '[{"tag": "VARCHAR", "audience": "VARCHAR"}]'), recursive := true)
    ),
    naming as (
        select registry.tag, string_agg(distinct used.audience, ';' order by used.audience) as used_by
        from tags.registry as registry
        inner join used on used.tag in (registry.tag, split_part(registry.tag, '.', 1) || '.*')
        group by registry.tag
    ),
    predicted as (
        select tag, count(*) / (select count(*) from audiences.profiles)::double as coverage
        from audiences.user_tags
        where source = 'predicted'
        group by tag
    )
    select registry.* replace (registry.coverage + coalesce(predicted.coverage, 0) as coverage), naming.used_by
    from tags.registry as registry
    left join naming on naming.tag = registry.tag
    left join predicted on predicted.tag = registry.tag
"""

# Identity knows every account ever staged; people not yet known at the as-of date have no profile.
_ACCOUNTS = """
    select a.account_key, a.platform, a.one_id
    from identity.accounts as a
    semi join audiences.profiles as p on p.one_id = a.one_id
"""

# An id may stand for somebody who is not yet known at an earlier as-of date.
_RESOLVED_IDS = """
    select r.one_id, p.one_id as current_one_id
    from identity.resolved_ids as r
    left join audiences.profiles as p on p.one_id = r.current_one_id
"""

SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "user_profiles": "select * replace (platform_list as platforms), monetary as rfm_net_amount from audiences.profiles",
        "user_tags": "select * from audiences.user_tags",
        "tags": _TAGS,
        "user_accounts": _ACCOUNTS,
        "resolved_ids": _RESOLVED_IDS,
        "audiences": "select * from audiences.audiences",
        "audience_members": "select * from audiences.audience_members",
        "audience_overlaps": "select * from audiences.audience_overlaps",
        "community_groups": "select * from audiences.community_groups",
        "contact_plan": "select * from audiences.contact_plan",
        "lookalike_evaluations": "select * from audiences.lookalike_evaluations",
        "lookalike_features": "select * from audiences.lookalike_features",
        "lookalike_gates": "select * from audiences.lookalike_gates",
        "models": "select * from layers.models",
        "lifecycle_flows": "select * from layers.lifecycle_flows",
        "rfm_flows": "select * from layers.rfm_flows",
        "channel_health": "select * from feedback.channel_health",
        "campaign_results": "select * from feedback.campaign_results",
        "reconciliation": "select * from staging.reconciliation_by_export",
        "landing_findings": "select * from staging.file_findings",
    }
)


@dataclass(frozen=True)
class CandidateSummary:
    """What was written: rows per table, people, audiences and the size of the file."""

    path: Path
    as_of: dt.date
    run_id: str
    rows: Mapping[str, int]
    bytes: int

    @property
    def people(self) -> int:
        """People in the candidate."""
        return self.rows["user_profiles"]

    @property
    def audiences(self) -> int:
        """Audiences in the candidate."""
        return self.rows["audiences"]


def write_candidate(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    as_of: dt.date,
    run_id: str,
    tags_used: Mapping[str, Sequence[str]],
) -> CandidateSummary:
    """Write ``settings.candidate`` from an open warehouse connection, whole or not at all.

    Every table is created with its declared types and filled in key order, so the same
    warehouse gives the same rows in the same places. Raises :class:`PublishingError` when a
    source table or column is missing, a value does not fit its type, or the disk is full; an
    earlier candidate then stays.

    ``tags_used`` is tag -> audiences whose definition names it
    (:meth:`orchestration.audiences.loading.AudienceSet.tags_used`); ``family.*`` is a family.
    """
    used = [{"tag": t, "audience": a} for t, audiences in tags_used.items() for a in audiences]
    target = settings.candidate
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove(temporary)
        location = str(temporary).replace("'", "''")
        # The storage version older drivers of BI tools can read.
        connection.execute(f"attach '{location}' as {_ALIAS} (storage_version 'v1.0.0')")
        try:
            rows = {table.name: _fill(connection, table, used) for table in candidate_tables()}
            _tell_identity_state(connection)
            connection.execute(f"checkpoint {_ALIAS}")
        finally:
            connection.execute(f"detach {_ALIAS}")
        sync(temporary)
        temporary.replace(target)
        sync(target.parent)
    except (OSError, duckdb.Error, PublishingError) as error:
        _remove(temporary)
        raise explained(error, target.parent, "write the candidate") from error
    return CandidateSummary(target, as_of, run_id, rows, target.stat().st_size)


def _fill(
    connection: duckdb.DuckDBPyConnection, table: PublishedTable, used: Sequence[Mapping[str, str]]
) -> int:
    columns = ",\n".join(
        f"cast(source.{quoted(c.name)} as {c.type}) as {quoted(c.name)}" for c in table.columns
    )
    try:
        connection.execute(create_statement(table, f"{_ALIAS}.main"))
        connection.execute(
            f"insert into {_ALIAS}.main.{quoted(table.name)}\n"
            f"select {columns}\nfrom ({SOURCES[table.name]}) as source\norder by {table.ordering}",
            {"used": json.dumps(used)} if table.name == "tags" else None,
        )
        row = connection.execute(
            f"select count(*) from {_ALIAS}.main.{quoted(table.name)}"
        ).fetchone()
    except (duckdb.ProgrammingError, duckdb.DataError) as error:
        raise PublishingError(
            f"Published table {table.name} cannot be made from the warehouse: {error}. "
            "Materialise the assets it comes from again; if they are green, the model and "
            "orchestration/publishing/tables.py disagree."
        ) from error
    return 0 if row is None else int(row[0])


def _tell_identity_state(connection: duckdb.DuckDBPyConnection) -> None:
    """Inside the file, so that no other candidate can be taken for it."""
    row = connection.execute("select token from identity.state").fetchone()
    token = "" if row is None else str(row[0])
    connection.execute(f"comment on table {_ALIAS}.main.{IDENTITY_TABLE} is '{token}'")


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)
