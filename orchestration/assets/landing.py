"""Landing files as raw tables: one asset per export contract, from one factory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import dagster as dg
import duckdb

from orchestration import preflight
from orchestration.assets.support import (
    DATA_OWNER,
    ONE_DAY_PER_RUN,
    RETRY,
    Stopwatch,
    as_of_date,
    daily_partitions,
    no_retry,
    table_metadata,
)
from orchestration.landing.attributes import publish_attributes
from orchestration.landing.contract import Contract
from orchestration.landing.ingest import IngestReport, ingest
from orchestration.landing.reasons import LandingError
from orchestration.landing.views import publish_raw_views
from orchestration.resources.deployment import Deployment
from orchestration.warehouse.session import open_warehouse

_FINDINGS_SHOWN = 200
_CONTROL = {
    "files": "One row per landing file that was ever seen: contract, rows, state.",
    "rejects": "One row per landing row that could not be read: where, what, why and how to mend it.",
    "findings": "One row per thing worth knowing about a file: new columns and statuses, changed units, unusual volume.",
    "statuses": "One row per export and status word: what the contract says it means.",
    "attributes": "One row per customer row and attribute of prediction.attributes that staging does not know by itself.",
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
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def landing(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        watch = Stopwatch()
        with no_retry(preflight.PreflightError, LandingError):
            preflight.check(settings)
            report = ingest(
                settings.landing,
                settings.raw,
                settings.ledger,
                contracts,
                progress=context.log.info,
                limits=deployment.configuration.landing,
            )
        with open_warehouse(settings, as_of_date(context)) as connection:
            publish_raw_views(connection, settings.raw, settings.ledger, contracts)
            publish_attributes(
                connection, contracts, deployment.configuration.prediction.attributes
            )
            rows = _count_rows(
                connection, [contract.view for contract in contracts.values()] + list(_CONTROL)
            )
            findings = _findings(connection)
        for path, why in [
            *report.unrecognised,
            *report.rejected,
            *report.postponed,
            *report.held,
            *report.reported,
        ]:
            context.log.warning(f"{path}: {why}")
        yield from _results(report, contracts, rows, findings, watch.seconds)

    return [landing]


def _spec(contract: Contract, timezone: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", contract.view],
        description=f"One row per {_grain(contract)}; text as delivered. {contract.title} (`{contract.id}`).",
        group_name="raw",
        owners=[DATA_OWNER],
        kinds={"parquet"},
        partitions_def=daily_partitions(timezone),
        metadata={"contract": contract.id, "contract version": contract.version},
    )


def _grain(contract: Contract) -> str:
    return contract.grain.removeprefix("one row per ").removeprefix("one object per ")


def _control_spec(name: str, text: str, timezone: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        ["raw", name],
        description=text,
        group_name="raw",
        owners=[DATA_OWNER],
        kinds={"sqlite"},
        partitions_def=daily_partitions(timezone),
    )


def _results(
    report: IngestReport,
    contracts: Mapping[str, Contract],
    rows: Mapping[str, int],
    findings: Sequence[Mapping[str, object]],
    seconds: float,
) -> Iterator[dg.MaterializeResult]:
    for contract in contracts.values():
        new = report.exports.get(contract.id)
        yield dg.MaterializeResult(
            asset_key=["raw", contract.view],
            metadata={
                "rows": rows[contract.view],
                "new files": new.files if new else 0,
                "new rows": new.rows if new else 0,
                "rejected rows": new.rejected if new else 0,
                "dropped rows": new.dropped if new else 0,
                "seconds": round(new.seconds, 2) if new else 0.0,
            },
        )
    yield dg.MaterializeResult(
        asset_key=["raw", "files"],
        metadata={
            "rows": rows["files"],
            "new files": len(report.new_hashes),
            "unchanged files": report.unchanged,
            "the same bytes again": report.duplicates,
            "left for the next run": table_metadata(
                [{"file": path, "why": why} for path, why in report.postponed]
            ),
            "not recognised": table_metadata(
                [{"file": path, "why": why} for path, why in report.unrecognised]
            ),
            "not usable": table_metadata(
                [{"file": path, "why": why} for path, why in [*report.rejected, *report.held]]
            ),
            "seconds": seconds,
        },
    )
    yield dg.MaterializeResult(
        asset_key=["raw", "findings"],
        metadata={
            "rows": rows["findings"],
            "held back": sum(bool(finding["is_blocking"]) for finding in findings),
            "findings": table_metadata(findings),
        },
    )
    for name in ("attributes", "rejects", "statuses"):
        yield dg.MaterializeResult(asset_key=["raw", name], metadata={"rows": rows[name]})


def _findings(connection: duckdb.DuckDBPyConnection) -> list[dict[str, object]]:
    """What the newest files were unlike, the blocking ones first; as many as a page can hold."""
    found = connection.execute(
        "select is_blocking, export, contract_version, source_file as file, finding, subject, observed, expected, mend "
        "from raw.findings join raw.files using (source_hash, source_file, export, contract_version) "
        "order by is_blocking desc, exported_at desc, source_file, finding, subject limit $shown",
        {"shown": _FINDINGS_SHOWN},
    )
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _count_rows(connection: duckdb.DuckDBPyConnection, names: Iterable[str]) -> dict[str, int]:
    query = " union all ".join(f"select '{name}', count(*) from raw.{name}" for name in names)
    return dict(connection.execute(query).fetchall())
