"""The schema ``raw`` of the warehouse: one view per contract, the files, and what is in quarantine."""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.contract import Contract, status_rows
from orchestration.landing.deliveries import Delivery, deliveries
from orchestration.landing.ledger import Ledger
from orchestration.landing.loading import raw_file
from orchestration.landing.parts import whole_hash
from orchestration.landing.raw_writer import raw_schema
from orchestration.landing.reasons import Finding, Reason
from orchestration.landing.records import FileRecord

_FILES = pa.schema(
    [
        ("source_hash", pa.string()),
        ("source_file", pa.string()),
        ("export", pa.string()),
        ("exported_at", pa.timestamp("us")),
        ("loaded_at", pa.timestamp("us")),
        ("rows_delivered", pa.int64()),
        ("rows_loaded", pa.int64()),
        ("rows_rejected", pa.int64()),
        ("rows_dropped", pa.int64()),
        ("state", pa.string()),
        ("is_new", pa.bool_()),
        ("is_present", pa.bool_()),
        ("contract_version", pa.int64()),
        ("container", pa.string()),
        ("encoding", pa.string()),
        ("form", pa.string()),
        ("detail", pa.string()),
        ("delivery", pa.string()),
        ("delivered_at", pa.timestamp("us")),
    ]
)
_REJECTS = pa.schema(
    [
        ("source_hash", pa.string()),
        ("source_file", pa.string()),
        ("export", pa.string()),
        ("row_number", pa.int64()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("reason", pa.string()),
        ("mend", pa.string()),
    ]
)
_FINDINGS = pa.schema(
    [
        ("source_hash", pa.string()),
        ("source_file", pa.string()),
        ("export", pa.string()),
        ("contract_version", pa.int64()),
        ("finding", pa.string()),
        ("subject", pa.string()),
        ("detail", pa.string()),
        ("observed", pa.string()),
        ("expected", pa.string()),
        ("mend", pa.string()),
        ("is_blocking", pa.bool_()),
    ]
)
_STATUSES = pa.schema(
    [
        ("export", pa.string()),
        ("column_name", pa.string()),
        ("status_text", pa.string()),
        ("status", pa.string()),
    ]
)


def publish_raw_views(
    connection: duckdb.DuckDBPyConnection,
    raw: Path,
    ledger: Path,
    contracts: Mapping[str, Contract],
) -> None:
    """Make schema ``raw`` say what the ledger says, in an open warehouse.

    Views ``raw.<platform>__<rest of the export id>`` have the contract's canonical columns, then
    ``_extra`` and the lineage columns, also when there is no file yet. Tables ``raw.files``,
    ``raw.rejects``, ``raw.findings`` and ``raw.statuses`` (the status maps) are replaced. Files
    held back because of drift have no rows in the views and the state ``held``. Files with the same
    ``delivery`` are parts of one export, delivered at ``delivered_at``.
    """
    with Ledger(ledger) as book:
        files = {key: file for key, file in book.files().items() if file.state != "waiting"}
        held = book.held()
        present = {seen.source_hash for seen in book.listing().values()}
        drifts = [row for row in book.drifts() if row[0] in files]
        rejects = [row for row in book.rejects() if row[0] in files]
        findings = [_explained(row) for row in book.findings() if row[0] in files]
    rejects += [
        (row[0], None, row[2], f"{row[3]}; expected {row[4]}", Reason.CHANGED_UNIT, row[5])
        for row in drifts
        if row[6]
    ]
    findings += [(*row[:3], Finding(row[1]).text, *row[3:6], bool(row[6])) for row in drifts]
    together = deliveries(files.values())
    connection.execute("begin")
    try:
        connection.execute("create schema if not exists raw")
        by_export: dict[str, list[Path]] = {}
        for file in files.values():
            is_loaded = file.state == "loaded" and file.source_hash not in held
            if is_loaded and file.export is not None and file.export in contracts:
                by_export.setdefault(file.export, []).append(
                    raw_file(raw, file.export, file.source_hash)
                )
        for contract in contracts.values():
            _view(connection, raw, contract, sorted(by_export.get(contract.id, [])))
        for name in _stale_views(connection, contracts):
            connection.execute(f"drop view raw.{_quoted(name)}")
        _table(
            connection,
            "files",
            _FILES,
            [_file_row(file, held, present, together[key]) for key, file in files.items()],
        )
        _table(
            connection,
            "rejects",
            _REJECTS,
            [(*_file_of(row, files), *row[1:]) for row in rejects],
        )
        _table(
            connection,
            "findings",
            _FINDINGS,
            [
                (*_file_of(row, files), files[row[0]].contract_version, *row[1:])
                for row in sorted(findings)
            ],
        )
        _table(connection, "statuses", _STATUSES, list(status_rows(contracts)))
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _file_row(
    file: FileRecord, held: Collection[str], present: Collection[str], delivery: Delivery
) -> list[Any]:
    values = {
        **file.__dict__,
        "is_present": whole_hash(file.source_hash) in present,
        "delivery": delivery.key,
        "delivered_at": delivery.exported_at,
    }
    if file.state == "loaded" and file.source_hash in held:
        rejected = file.rows_delivered - file.rows_dropped
        values |= {"state": "held", "rows_loaded": 0, "rows_rejected": rejected}
    return [values[name] for name in _FILES.names]


def _file_of(row: tuple[Any, ...], files: Mapping[str, FileRecord]) -> tuple[Any, ...]:
    file = files[row[0]]
    return row[0], file.source_file, file.export


def _explained(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """What reading noted of a file, with what was to be expected and the mend."""
    source_hash, code, subject, detail = row
    finding = Finding(code)
    mend = finding.mend.replace("<hash>", source_hash[:12])
    is_detail = finding in (Finding.TOTAL_DIFFERS, Finding.UNRECOGNISED_FILE)
    observed = detail if is_detail else subject
    return source_hash, code, subject, detail, observed, finding.expected, mend, False


def _view(
    connection: duckdb.DuckDBPyConnection, raw: Path, contract: Contract, paths: Sequence[Path]
) -> None:
    # The empty file first: it gives every column its name and type whatever the others lack.
    listed = ", ".join(
        "'" + str(path.resolve()).replace("'", "''") + "'"
        for path in (_empty(raw, contract), *paths)
    )
    columns = ", ".join(_quoted(name) for name in raw_schema(contract).names)
    connection.execute(
        f"create or replace view raw.{_quoted(contract.view)} as "
        f"select {columns} from read_parquet([{listed}], union_by_name = true)"
    )


def _empty(raw: Path, contract: Contract) -> Path:
    """A Parquet file with the contract's columns and no rows, made anew when they change."""
    path = raw / contract.id / "_columns.parquet"
    schema = raw_schema(contract)
    try:
        if pq.read_schema(path).equals(schema):
            return path
    except (OSError, pa.ArrowException):
        pass  # not there yet, or cut by a crash
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    pq.write_table(schema.empty_table(), half)
    half.replace(path)
    return path


def _stale_views(
    connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract]
) -> list[str]:
    """Views of contracts that are gone."""
    names = connection.execute(
        "select view_name from duckdb_views() where schema_name = 'raw' and database_name = current_database() "
        "and not internal order by 1"
    ).fetchall()
    known = {contract.view for contract in contracts.values()}
    return [name for (name,) in names if name not in known]


def _table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    schema: pa.Schema,
    rows: Sequence[Sequence[Any]],
) -> None:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    connection.register("_landing_rows", pa.Table.from_arrays(arrays, schema=schema))
    try:
        connection.execute(
            f"create or replace table raw.{_quoted(name)} as select * from _landing_rows"
        )
    finally:
        connection.unregister("_landing_rows")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
