"""The candidate and the publication: the last two steps, with the gate between them."""

import datetime as dt
from collections.abc import Iterator, Sequence

import dagster as dg
import duckdb

from orchestration.assets.plots import lifecycle_flow
from orchestration.assets.support import (
    DATA_OWNER,
    ONE_DAY_PER_RUN,
    RETRY,
    Stopwatch,
    as_of_date,
    daily_partitions,
    no_retry,
    picture,
    table_metadata,
)
from orchestration.core.identity import accept_state
from orchestration.publishing.candidate import write_candidate
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.publish import publish
from orchestration.publishing.tables import candidate_tables
from orchestration.publishing.verdict import load_verdicts
from orchestration.resources.deployment import Deployment
from orchestration.warehouse.session import open_warehouse

# The warehouse table each candidate table is read from.
_UPSTREAM = {
    "user_profiles": ["audiences", "profiles"],
    "user_tags": ["audiences", "user_tags"],
    "tags": ["tags", "registry"],
    "user_accounts": ["identity", "accounts"],
    "resolved_ids": ["identity", "resolved_ids"],
    "audiences": ["audiences", "audiences"],
    "audience_members": ["audiences", "audience_members"],
    "audience_overlaps": ["audiences", "audience_overlaps"],
    "community_groups": ["audiences", "community_groups"],
    "contact_plan": ["audiences", "contact_plan"],
    "lookalike_evaluations": ["audiences", "lookalike_evaluations"],
    "lookalike_features": ["audiences", "lookalike_features"],
    "lookalike_gates": ["audiences", "lookalike_gates"],
    "models": ["layers", "models"],
    "lifecycle_flows": ["layers", "lifecycle_flows"],
    "rfm_flows": ["layers", "rfm_flows"],
    "channel_health": ["feedback", "channel_health"],
    "campaign_results": ["feedback", "campaign_results"],
    "reconciliation": ["staging", "reconciliation_by_export"],
    "landing_findings": ["staging", "file_findings"],
}

# Tables about files and audiences, never about people: their first rows are shown in the UI.
_SHOWN = ("audiences", "landing_findings", "lookalike_evaluations", "reconciliation")
_ROWS_SHOWN = 100


def build_published_assets(deployment: Deployment) -> list[dg.AssetsDefinition]:
    """The candidate tables, written together, and the publication of all of them."""
    settings, configuration = deployment.settings, deployment.configuration
    partitions = daily_partitions(settings.timezone)
    tables = list(candidate_tables())

    @dg.multi_asset(
        name="candidate",
        specs=[
            dg.AssetSpec(
                ["candidate", table.name],
                deps=[_UPSTREAM[table.name]],
                description=f"{table.grain.capitalize()}. {table.description} Not published until the gate has passed it.",
                group_name="candidate",
                owners=[DATA_OWNER],
                kinds={"duckdb"},
                partitions_def=partitions,
            )
            for table in tables
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def candidate(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        with no_retry(PublishingError), open_warehouse(settings, as_of_date(context)) as connection:
            summary = write_candidate(
                connection,
                settings,
                as_of_date(context),
                context.run.run_id,
                deployment.audiences.tags_used(),
            )
            flows = connection.execute(
                "select from_stage, to_stage, people from layers.lifecycle_flows"
            ).df()
            shown = {name: _first_rows(connection, _UPSTREAM[name]) for name in _SHOWN}
        for name, rows in summary.rows.items():
            more: dict[str, dg.MetadataValue] = {}
            if name == "lifecycle_flows":
                more = {"flow": picture(lifecycle_flow(flows), "Lifecycle")}
            elif name in shown:
                more = {"table": table_metadata(shown[name])}
            yield dg.MaterializeResult(
                asset_key=["candidate", name], metadata={"rows": rows} | more
            )

    @dg.asset(
        key=["published", "doubleloop"],
        deps=[["candidate", table.name] for table in tables],
        description=(
            "One row per version in `publications`: the file that BI reads, with all audience tables of this version. "
            "Published only when every table of the candidate has a green verdict on exactly this data."
        ),
        group_name="published",
        owners=[DATA_OWNER],
        kinds={"duckdb", "parquet"},
        partitions_def=partitions,
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def doubleloop(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        watch = Stopwatch()
        with no_retry(PublishingError):
            publication = publish(
                settings,
                configuration,
                as_of_date(context),
                context.run.run_id,
                dt.datetime.now(tz=dt.UTC),
                load_verdicts(settings),
            )
        if not accept_state(settings.state / "identity", publication.identity_state):
            context.log.warning(
                "The state of people that this version was made of is gone; the next run continues from an older one."
            )
        return dg.MaterializeResult(
            metadata={
                "version": publication.version,
                "people": publication.people,
                "audiences": publication.audiences,
                "gate": publication.gate,
                "file": dg.MetadataValue.path(settings.published / "doubleloop.duckdb"),
                "tables": table_metadata(
                    [
                        {"table": name, "rows": mark.rows}
                        for name, mark in publication.fingerprints.items()
                    ]
                ),
                "seconds": watch.seconds,
            }
        )

    return [candidate, doubleloop]


def _first_rows(
    connection: duckdb.DuckDBPyConnection, table: Sequence[str]
) -> list[dict[str, object]]:
    """At most ``_ROWS_SHOWN`` rows of a warehouse table, as plain values."""
    schema, name = table
    found = connection.execute(f"select * from {schema}.{name} order by all limit {_ROWS_SHOWN}")
    columns = [column[0] for column in found.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
