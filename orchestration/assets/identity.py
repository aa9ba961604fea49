"""Who is who: accounts joined into people, with the ids of yesterday."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import dagster as dg
import duckdb
import pandas as pd

from orchestration.assets.plots import bars
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
from orchestration.core.identity import (
    IdentityLimits,
    IdentityResult,
    IdentityState,
    IdentityStateError,
    accept_state,
    compare,
    load_state,
    propose_state,
    resolve,
)
from orchestration.modelling.identity_inputs import read_identity_changes
from orchestration.modelling.proposals import propose_matches
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.versions import newest_identity_state
from orchestration.resources.deployment import Deployment
from orchestration.warehouse.frames import write_frame
from orchestration.warehouse.proposal_features import read_proposal_features
from orchestration.warehouse.session import open_warehouse

_TABLES = {
    "accounts": "One row per account: the person it belongs to.",
    "people": "One row per person: accounts, platforms, how sure we are, since when the id exists.",
    "history": "One row per change of an id: minted, merged, split, retired, with date and cause.",
    "violations": "One row per identifier and rule that kept it from joining people, with what it would have merged.",
    "evidence": "One row per account and identifier that ties it to its person, and how far.",
    "relations": "One row per two people and type of identifier they share without being one person (households).",
    "resolved_ids": "One row per id that was ever published: the id that stands for it now.",
}


class NoDataYetError(ValueError):
    """The as-of date lies before everything that was delivered."""


def build_identity_assets(deployment: Deployment) -> list[dg.AssetsDefinition]:
    """One step that writes the identity map and what explains it, and, if wanted, one that proposes."""
    settings = deployment.settings
    limits = IdentityLimits.from_mapping(deployment.configuration.identity.model_dump())

    @dg.multi_asset(
        name="identity",
        specs=[
            dg.AssetSpec(
                ["identity", table],
                deps=[
                    ["staging", "accounts"],
                    ["staging", "identifiers"],
                    ["staging", "corrections"],
                ],
                description=description,
                group_name="identity",
                owners=[DATA_OWNER],
                kinds={"python", "duckdb"},
                partitions_def=daily_partitions(settings.timezone),
            )
            for table, description in _TABLES.items()
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def identity(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        watch, as_of = Stopwatch(), as_of_date(context)
        folder = settings.state / "identity"
        with (
            no_retry(NoDataYetError, IdentityStateError, PublishingError),
            open_warehouse(settings, as_of) as connection,
        ):
            _demand_data(connection, as_of)
            # A run that died after it published has accepted nothing: what is served counts.
            accept_state(folder, newest_identity_state(settings))
            before = load_state(folder)
            inputs = read_identity_changes(connection, before, limits.fingerprint(), limits.traits)
            result = resolve(
                inputs.accounts, inputs.identifiers, before, limits, inputs.corrections, as_of,
                is_increment=inputs.is_increment, gone=inputs.gone,
            )  # fmt: skip
            frames = {name: getattr(result, name) for name in _TABLES}
            # Before the tables: whatever is published of them finds the state that they were made of.
            token = propose_state(folder, result.state)
            connection.begin()
            for name, frame in frames.items():
                write_frame(connection, f"identity.{name}", frame)
            write_frame(
                connection,
                "identity.state",
                pd.DataFrame({"token": [token], "computed_from": [inputs.scope]}),
            )
            connection.commit()
        for name, frame in frames.items():
            yield dg.MaterializeResult(
                asset_key=["identity", name],
                metadata={"rows": len(frame), "computed from": inputs.scope}
                | _more(name, result, before, as_of, watch),
            )

    proposals = deployment.configuration.identity.proposals
    return [identity, _proposals(deployment)] if proposals.is_enabled else [identity]


def _proposals(deployment: Deployment) -> dg.AssetsDefinition:
    settings = deployment.settings

    @dg.asset(
        key=["identity", "proposals"],
        deps=[["identity", "accounts"], ["staging", "accounts"], ["staging", "identifiers"]],
        description=(
            "One row per two accounts that are probably one person, though nothing proves it. "
            "For a human to confirm through generic.corrections; never merged by itself."
        ),
        group_name="identity",
        owners=[DATA_OWNER],
        kinds={"python", "duckdb"},
        partitions_def=daily_partitions(settings.timezone),
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def proposals(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        watch = Stopwatch()
        with open_warehouse(settings, as_of_date(context)) as connection:
            features = read_proposal_features(connection, settings.vault)
            found = propose_matches(features, deployment.configuration.identity.proposals)
            write_frame(connection, "identity.proposals", found)
        return dg.MaterializeResult(
            metadata={
                "accounts compared": len(features),
                "proposals": len(found),
                "by evidence": _counted(found, ["evidence"]),
                "seconds": watch.seconds,
            }
        )

    return proposals


def _demand_data(connection: duckdb.DuckDBPyConnection, as_of: dt.date) -> None:
    """Stop with the first day there is, instead of publishing that nobody exists."""
    first = connection.execute(
        "select least((select min(paid_date) from staging.order_lines), (select min(event_date) from staging.events), "
        "(select min(first_seen_at)::date from staging.accounts))"
    ).fetchall()[0][0]
    if first is None:
        raise NoDataYetError(
            "No account, order or event was found in the landing files. Look at them with: doubleloop inspect PATH"
        )
    if as_of < first:
        raise NoDataYetError(
            f"The as-of date {as_of} is before the first data: the first day is {first}."
        )


def _more(
    name: str,
    result: IdentityResult,
    before: IdentityState | None,
    as_of: dt.date,
    watch: Stopwatch,
) -> dict[str, Any]:
    if name == "people":
        sizes = result.people["accounts"].clip(upper=10)
        counts = {
            "10 or more" if size == 10 else str(size): int((sizes == size).sum())
            for size in sorted(set(sizes.tolist()))
        }
        changes = compare(before, result, largest=0).summary.iloc[0]
        return {
            "people": len(result.people),
            "people by number of accounts": picture(
                bars(list(counts), list(counts.values()), "People by number of accounts", "people"),
                "People by number of accounts",
            ),
            "since the run before": table_metadata(
                [{"change": str(key), "count": float(value)} for key, value in changes.items()]
            ),
            "seconds": watch.seconds,
        }
    if name == "history":
        today = result.history[result.history["on_date"].astype(str) == as_of.isoformat()]
        return {"this day": _counted(today, ["event", "cause"])}
    if name == "violations":
        return {"by type and rule": _counted(result.violations, ["identifier_type", "rule"])}
    return {}


def _counted(frame: pd.DataFrame, columns: list[str]) -> dg.MetadataValue:
    counts = frame.groupby(columns, as_index=False).size().rename(columns={"size": "count"})
    counts = counts.sort_values(["count", *columns], ascending=[False] + [True] * len(columns))
    return table_metadata(
        [{str(key): value for key, value in row.items()} for row in counts.to_dict("records")]
    )
