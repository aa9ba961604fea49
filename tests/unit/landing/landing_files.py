"""Small literal files in the real encodings, and the landing layer run over them."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from orchestration.landing.contract import Contract
from orchestration.landing.ingest import IngestReport, ingest
from orchestration.landing.ledger import Ledger
from orchestration.landing.loading import raw_file
from orchestration.landing.views import publish_raw_views


def csv_bytes(
    rows: Iterable[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n"
) -> bytes:
    """Rows as CSV, quoted where needed."""
    text = io.StringIO(newline="")
    kept = [list(row) for row in rows]
    # Python's writer leaves a lone carriage return unquoted, which no reader can tell from a line end.
    quoting = (
        csv.QUOTE_ALL if any("\r" in cell for row in kept for cell in row) else csv.QUOTE_MINIMAL
    )
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(kept)
    return text.getvalue().encode(encoding)


class House:
    """A landing folder with everything behind it, in a temporary folder."""

    def __init__(self, folder: Path, contracts: Mapping[str, Contract]) -> None:
        self.landing = folder / "landing"
        self.raw = folder / "raw"
        self.ledger = folder / "state" / "ledger.sqlite"
        self.contracts = contracts
        self.landing.mkdir()

    def put(self, name: str, content: bytes | str, mtime: float = 1_700_000_000) -> Path:
        """Drop a file."""
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (mtime, mtime))
        return path

    def ingest(self, **options: Any) -> IngestReport:
        """Run the landing layer."""
        return ingest(self.landing, self.raw, self.ledger, self.contracts, **options)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the raw schema, as far as it has files or the question names a view."""
        with Ledger(self.ledger) as book:
            exports = {file.export for file in book.files().values()}
        return self._ask(
            sql, {key: c for key, c in self.contracts.items() if key in exports or c.view in sql}
        )

    def query_whole(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the raw schema with all its views, which take half a second."""
        return self._ask(sql, self.contracts)

    def _ask(self, sql: str, contracts: Mapping[str, Contract]) -> list[tuple[Any, ...]]:
        with duckdb.connect() as connection:
            publish_raw_views(connection, self.raw, self.ledger, contracts)
            return connection.execute(sql).fetchall()

    def rows(self, export: str, *columns: str) -> list[tuple[Any, ...]]:
        """Some columns of an export in the order of the file."""
        view = self.contracts[export].view
        return self.query(
            f"select {', '.join(columns)} from raw.{view} order by _source_file, _row_number"
        )

    def stored(self, export: str, *columns: str) -> list[tuple[Any, ...]]:
        """Like :meth:`rows`, straight from the files the ledger names, also those that are held back."""
        with Ledger(self.ledger) as book:
            files = [
                file
                for file in book.files().values()
                if file.state == "loaded" and file.export == export
            ]
        paths = [str(raw_file(self.raw, export, file.source_hash)) for file in files]
        if not paths:
            return []
        order = "_source_hash, _row_number"
        sql = f"select {', '.join(columns)} from read_parquet($paths) order by {order}"
        with duckdb.connect() as connection:
            return connection.execute(sql, {"paths": paths}).fetchall()

    def rejects(self) -> list[tuple[Any, ...]]:
        """(file, row, column, reason) of everything in quarantine."""
        return self.query(
            "select source_file, row_number, column_name, reason from raw.rejects order by all"
        )
