"""Landing files as raw tables: one asset per export contract, from one factory."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg

from orchestration import preflight
from orchestration.assets.support import (
    DATA_OWNER,
    RETRY,
    Stopwatch,
    as_of_date,
    daily_partitions,
    no_retry,
    table_metadata,
)
from orchestration.landing.contract import Contract
from orchestration.landing.ingest import IngestReport, LandingError, ingest
from orchestration.landing.views import publish_raw_views
from orchestration.resources.deployment import Deployment
from orchestration.warehouse.session import open_warehouse

_CONTROL = {
    "files": "One row per landing file that was ever seen: contract, rows, state.",
    "rejects": "One row per landing row that could not be read: where, what, why and how to mend it.",
}


def build_landing_assets(deployment: Deployment) -> list[dg.AssetsDefinition]:
    """One step that reads what is new and shows each export as an asset of its own."""
    settings, contracts = deployment.settings, deployment.contracts

    @dg.multi_asset(
        name="landing",
        specs=[
            *(_spec(contract, settings.timezone) for contract in contracts.values()),
            *(_control_spec(name, text, settings.timezone) for name, text in _CONTROL.items()),
        ],
        retry_policy=RETRY,
    )
    def landing(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        watch = Stopwatch()
        with no_retry(preflight.PreflightError, LandingError):
            preflight.check(settings)
            report = ingest(
                settings.landing, settings.raw, settings.ledger, contracts, progress=context.log.info
            )
        with open_warehouse(settings, as_of_date(context)) as connection:
            publish_raw_views(connection, settings.raw, settings.ledger, contracts)
        yield from _results(report, contracts, watch.seconds)

    return [landing]


def _spec(contract: Contract, timezone: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", contract.view],
        description=f"{contract.grain[:1].upper()}{contract.grain[1:]}; text as delivered. {contract.title} (`{contract.id}`).",
        group_name="raw",
        owners=[DATA_OWNER],
        kinds={"parquet"},
        partitions_def=daily_partitions(timezone),
        metadata={"contract": contract.id, "contract version": contract.version},
    )


def _control_spec(name: str, text: str, timezone: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", name],
        description=text,
        group_name="raw",
        owners=[DATA_OWNER],
        kinds={"sqlite"},
        partitions_def=daily_partitions(timezone),
    )


def _results(report: IngestReport, contracts, seconds: float) -> Iterator[dg.MaterializeResult]:
    raise NotImplementedError
