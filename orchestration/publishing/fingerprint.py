"""Fingerprints: what a table holds, in a few characters, whatever the order of its rows.

They tie a verdict to exactly the data it judged, and prove that a copy is whole: reading every
value back also checks DuckDB's block checksums.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.publishing.errors import PublishingError
from orchestration.publishing.table import quoted


@dataclass(frozen=True)
class Fingerprint:
    """Rows of a table, and a digest of its columns and values."""

    rows: int
    digest: str


def fingerprint(connection: duckdb.DuckDBPyConnection, table: str) -> Fingerprint:
    """Fingerprint of one table of schema main.

    The row hashes are combined by exclusive or, so row order does not matter; equal rows cancel
    in pairs, which is why the count belongs to the fingerprint and keys are checked apart. The
    hash sees values only, so names and types of the columns are added.
    """
    name = quoted(table)
    columns = connection.execute(f"describe main.{name}").fetchall()
    row = connection.execute(
        f"select count(*), coalesce(bit_xor(hash(t)), 0) from main.{name} t"
    ).fetchone()
    assert row is not None  # noqa: S101 - an aggregate without groups always has one row
    shape = hashlib.sha256(repr([column[:2] for column in columns]).encode()).hexdigest()[:16]
    return Fingerprint(int(row[0]), f"{int(row[1]):016x}-{shape}")


def fingerprints_of(path: Path, tables: Iterable[str] | None = None) -> dict[str, Fingerprint]:
    """Fingerprints of ``tables`` (default: all of schema main) in the DuckDB file ``path``.

    Opens the file read-only and closes it. Raises :class:`PublishingError` when it is missing,
    damaged or lacks a table.
    """
    if not path.is_file():
        raise PublishingError(f"{path} does not exist. Run the job that builds it first.")
    try:
        connection = duckdb.connect(str(path), read_only=True)
        try:
            names = tables_of(connection) if tables is None else list(tables)
            return {name: fingerprint(connection, name) for name in names}
        finally:
            connection.close()
    except duckdb.Error as error:
        raise PublishingError(f"{path} cannot be read whole: {error}") from error


def tables_of(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Names of the tables in schema main, sorted."""
    rows = connection.execute(
        "select table_name from duckdb_tables() "
        "where schema_name = 'main' and database_name = current_database() order by table_name"
    ).fetchall()
    return [str(row[0]) for row in rows]
