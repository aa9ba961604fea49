"""A small season of the sample merchant's files, landed and staged; what its tables say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path

import duckdb

from orchestration.configuration import load_configuration
from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts
from orchestration.landing.ingest import IngestReport, ingest

END = dt.date(2026, 11, 5)
# Tables that speak of files, not of the merchant: they may differ when the same rows arrive otherwise.
_OF_FILES = frozenset({
    "bad_rows", "event_exceptions", "mended_files", "quarantine", "reconciliation", "reconciliation_money",
    "spend_restatements", "superseded_events", "superseded_rows", "touched_days",
})  # fmt: skip
WANTED = (
    "accounts", "consents", "contacts", "events", "identifiers", "order_lines", "orders", "quarantine",
    "reconciliation", "reconciliation_money", "referrals", "refunds", "spend", "touches",
)  # fmt: skip
Tables = dict[str, list[tuple[object, ...]]]
KNOWN = load_contracts()
_LIMITS = load_configuration().landing


class Season:
    """A landing folder and what lies behind it."""

    def __init__(self, folder: Path) -> None:
        self.landing, self.raw = folder / "landing", folder / "raw"
        self.ledger = folder / "ledger.sqlite"
        self.landing.mkdir(parents=True)

    def ingest(self, contracts: Mapping[str, Contract] | None = None) -> IngestReport:
        """Run the landing layer with the limits of the product."""
        return ingest(self.landing, self.raw, self.ledger, contracts or KNOWN, limits=_LIMITS)


def tables(connection: duckdb.DuckDBPyConnection, only: Collection[str] | None = None) -> Tables:
    """The rows of every staged table and of the facts (or of some), in order, without where they came from."""
    found: Tables = {}
    names = connection.execute(
        "select schema_name, table_name from duckdb_tables() where schema_name in ('staging', 'facts') order by all"
    ).fetchall()
    for schema, name in names:
        if name in _OF_FILES or (only is not None and name not in only):
            continue
        described = connection.execute(f"describe {schema}.{name}").fetchall()
        columns = ", ".join(
            f'"{row[0]}"'
            for row in described
            if not row[0].startswith("_") and row[0] != "exported_at"
        )
        found[name] = connection.execute(
            f"select {columns} from {schema}.{name} order by all"
        ).fetchall()
    return found
