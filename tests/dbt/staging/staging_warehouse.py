"""A warehouse whose raw layer is literal rows, and dbt run on it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.configuration import load_configuration
from orchestration.landing.attributes import publish_attributes
from orchestration.landing.contract import status_rows
from orchestration.landing.contract_files import load_contracts
from orchestration.settings import Settings, load_settings
from orchestration.warehouse.config_tables import TABLES, configuration_tables, write_config_tables
from orchestration.warehouse.session import open_warehouse
from tests.dbt.dbt_runs import run_dbt

SALT = "a-salt-for-tests-only"
ATTRIBUTES = ("gender", "skin_type")

_LINEAGE = (
    "_extra varchar, _source_file varchar, _source_hash varchar, _row_number bigint, "
    "_exported_at timestamp, _loaded_at timestamp"
)
_FILES = (
    "source_hash varchar, source_file varchar, export varchar, exported_at timestamp, loaded_at timestamp, "
    "rows_delivered bigint, rows_loaded bigint, rows_rejected bigint, rows_dropped bigint, state varchar, is_new boolean, "
    "is_present boolean, contract_version bigint, delivery varchar, delivered_at timestamp"
)
_FINDINGS = (
    "source_hash varchar, source_file varchar, export varchar, finding varchar, subject varchar, detail varchar, "
    "observed varchar, expected varchar, mend varchar, is_blocking boolean"
)
_REJECTS = (
    "source_hash varchar, source_file varchar, export varchar, row_number bigint, column_name varchar, "
    "value varchar, reason varchar, mend varchar"
)


@dataclass(frozen=True)
class File:
    """One landing file: its export, name, time of export (UTC) and rows (canonical field -> text)."""

    export: str
    name: str
    exported_at: str
    rows: Sequence[Mapping[str, str | None]]
    rejected: int = 0
    dropped: int = 0
    findings: Sequence[tuple[str, str, str]] = ()  # finding, subject, detail
    present: bool = True  # still in the landing folder

    @property
    def hash(self) -> str:
        """What stands for the hash of the bytes."""
        return hashlib.sha256(f"{self.export}/{self.name}".encode()).hexdigest()

    @property
    def view(self) -> str:
        """Name of the raw view."""
        platform, rest = self.export.split(".", 1)
        return f"{platform}__{rest.replace('.', '_')}"


def make_settings(home: Path, timezone: str = "Asia/Shanghai") -> Settings:
    """Settings of a warehouse under ``home``."""
    return load_settings({
        "DOUBLELOOP_HOME": str(home),
        "DOUBLELOOP_LANDING": str(home / "landing"),
        "DOUBLELOOP_TIMEZONE": timezone,
        "DOUBLELOOP_ID_SALT": SALT,
        "DOUBLELOOP_MEMORY_LIMIT": "1GB",
        "DOUBLELOOP_THREADS": "2",
    })  # fmt: skip


def write_raw(
    settings: Settings, as_of: dt.date, files: Iterable[File], new: Iterable[File]
) -> None:
    """Write the raw layer: a table per contract with the rows of ``files``; those in ``new`` are new."""
    files, fresh = list(files), {file.hash for file in new}
    frames = configuration_tables(load_configuration())
    empty = {
        name: pd.DataFrame({"name": pd.Series([], dtype="str")})
        for name in TABLES
        if name not in frames
    }
    with open_warehouse(settings, as_of) as connection:
        write_config_tables(connection, frames | empty)
        for contract in load_contracts(None).values():
            columns = ", ".join(f'"{name}" varchar' for name in contract.fields)
            connection.execute(
                f"create or replace table raw.{contract.view} ({columns}, {_LINEAGE})"
            )
        connection.execute(
            "create or replace table raw.statuses (export varchar, column_name varchar, status_text varchar, status varchar)"
        )
        connection.executemany(
            "insert into raw.statuses values (?, ?, ?, ?)", list(status_rows(load_contracts(None)))
        )
        connection.execute(f"create or replace table raw.files ({_FILES})")
        connection.execute(f"create or replace table raw.rejects ({_REJECTS})")
        connection.execute(f"create or replace table raw.findings ({_FINDINGS})")
        for view in {file.view for file in files}:
            connection.execute(f"create table if not exists raw.{view} ({_LINEAGE})")
        for file in files:
            _write_file(connection, file, is_new=file.hash in fresh)
        publish_attributes(connection, load_contracts(None), ATTRIBUTES)


def _write_file(connection: duckdb.DuckDBPyConnection, file: File, *, is_new: bool) -> None:
    for number, row in enumerate(file.rows, start=1):
        cells = {
            **row,
            "_source_file": file.name,
            "_source_hash": file.hash,
            "_row_number": number,
            "_exported_at": file.exported_at,
            "_loaded_at": file.exported_at,
        }
        names = ", ".join(f'"{name}"' for name in cells)
        marks = ", ".join("?" for _ in cells)
        connection.execute(
            f"insert into raw.{file.view} ({names}) values ({marks})", list(cells.values())
        )
    loaded = len(file.rows)
    connection.execute(
        "insert into raw.files values (?, ?, ?, ?, ?, ?, ?, ?, ?, 'loaded', ?, ?, 1, ?, ?)",
        [file.hash, file.name, file.export, file.exported_at, file.exported_at,
         loaded + file.rejected + file.dropped, loaded, file.rejected, file.dropped, is_new, file.present,
         file.hash, file.exported_at],
    )  # fmt: skip
    for finding in file.findings:
        connection.execute(
            "insert into raw.findings values (?, ?, ?, ?, ?, ?, null, null, 'Look at it.', false)",
            [file.hash, file.name, file.export, *finding],
        )
    for number in range(file.rejected):
        connection.execute(
            "insert into raw.rejects values (?, ?, ?, ?, null, '13800001111 broken', 'too many cells', 'Export again.')",
            [file.hash, file.name, file.export, loaded + number + 1],
        )


def build(
    settings: Settings,
    as_of: dt.date,
    target: Path,
    select: str = "tag:account_grain",
    *arguments: str,
) -> None:
    """Build the selected models; a failure shows dbt's own words."""
    done = run_dbt(
        settings, as_of, target,
        "build", "--indirect-selection", "buildable", "--select", *select.split(), *arguments,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def reading(settings: Settings, as_of: dt.date) -> Generator[duckdb.DuckDBPyConnection]:
    """The warehouse with the vault attached, for questions."""
    with open_warehouse(settings, as_of) as connection:
        connection.execute(f"attach '{settings.vault}' as vault (read_only)")
        yield connection
