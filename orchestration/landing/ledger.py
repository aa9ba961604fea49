"""The ledger of landing files: what was seen, what became of it, what quarantine holds.

Belongs here: SQLite and nothing else. A file is its content: the same bytes under two names
are one file. The ledger is written after the Parquet file is in place, in one transaction per
file, so a crash leaves at most a Parquet file that the ledger does not name and the next run
writes again.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from orchestration.landing.drift import Drift
from orchestration.landing.read_result import Reject
from orchestration.landing.reasons import Finding, LandingError
from orchestration.landing.records import FileRecord, Seen

_SCHEMA_VERSION = 2
_SCHEMA = """
create table if not exists listing (
    path text primary key, size integer not null, mtime_ns integer not null,
    source_hash text not null, archive text, exported_at text not null, is_named integer not null,
    version text not null
);
create table if not exists files (
    source_hash text primary key, source_file text not null, export text, contract_version integer,
    contract_fingerprint text, contracts_fingerprint text not null, container text, encoding text, form text,
    header text, exported_at text not null, is_named integer not null, loaded_at text not null,
    rows_delivered integer not null, rows_loaded integer not null,
    rows_rejected integer not null, rows_dropped integer not null,
    state text not null, detail text, is_new integer not null
);
create table if not exists rejects (
    source_hash text not null, row_number integer, column_name text, value text, reason text not null, mend text not null
);
create index if not exists rejects_by_file on rejects (source_hash);
create table if not exists findings (
    source_hash text not null, finding text not null, subject text not null, detail text not null
);
create index if not exists findings_by_file on findings (source_hash);
create table if not exists profiles (
    source_hash text primary key, export text not null, contract_fingerprint text not null, profile text not null
);
create table if not exists judged (export text primary key, mark text not null);
create table if not exists drifts (
    export text not null, source_hash text not null, finding text not null, subject text not null,
    observed text not null, expected text not null, mend text not null, is_blocking integer not null
);
"""
# What brings an older ledger to the next version.
_STEPS = {1: "alter table listing add column version text not null default ''"}


class Ledger:
    """An open ledger; use it as a context manager."""

    def __init__(self, path: Path) -> None:
        """Open or make the ledger. Raises :class:`LandingError` for one of another version."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        version = self._connection.execute("pragma user_version").fetchone()[0]
        if version not in (0, _SCHEMA_VERSION, *_STEPS):
            raise LandingError(
                f"{path} was written by another version of Doubleloop (ledger {version}, this one knows "
                f"{_SCHEMA_VERSION}). Move it away; the next run reads the landing folder again."
            )
        # A commit then costs no disk flush; a power cut can only undo the last ones, and the
        # files they were about are read again.
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = normal")
        self._connection.executescript(_SCHEMA)
        while version in _STEPS:
            self._connection.execute(_STEPS[version])
            version += 1
        self._connection.execute(f"pragma user_version = {_SCHEMA_VERSION}")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def listing(self) -> dict[str, Seen]:
        """All paths as they were when last looked at."""
        rows = self._connection.execute("select * from listing")
        return {row["path"]: Seen(**_typed(row)) for row in rows}

    def files(self) -> dict[str, FileRecord]:
        """All contents by hash."""
        rows = self._connection.execute("select * from files order by source_hash")
        return {row["source_hash"]: FileRecord(**_typed(row)) for row in rows}

    def rejects(self) -> Iterator[tuple[Any, ...]]:
        """(source_hash, row_number, column_name, value, reason, mend), ordered."""
        yield from map(
            tuple,
            self._connection.execute(
                "select source_hash, row_number, column_name, value, reason, mend from rejects "
                "order by source_hash, row_number, column_name"
            ),
        )

    def findings(self) -> Iterator[tuple[Any, ...]]:
        """(source_hash, finding, subject, detail), ordered."""
        yield from map(
            tuple,
            self._connection.execute(
                "select source_hash, finding, subject, detail from findings order by source_hash, finding, subject"
            ),
        )

    def remember(self, seen: Iterable[Seen], gone: Collection[str] = ()) -> None:
        """Keep the listing; ``gone`` are paths that are no longer in the landing folder."""
        with self._transaction() as connection:
            connection.executemany("delete from listing where path = ?", [(path,) for path in gone])
            connection.executemany(
                "insert or replace into listing values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        s.path,
                        s.size,
                        s.mtime_ns,
                        s.source_hash,
                        s.archive,
                        s.exported_at.isoformat(),
                        int(s.is_named),
                        s.version,
                    )
                    for s in seen
                ],
            )

    def record(
        self,
        file: FileRecord,
        rejects: Iterable[Reject] = (),
        findings: Iterable[tuple[Finding, str, str]] = (),
    ) -> None:
        """Write one content with its rejects and findings, replacing what was known of it."""
        values = {
            **file.__dict__,
            "exported_at": file.exported_at.isoformat(),
            "loaded_at": file.loaded_at.isoformat(),
            "is_new": int(file.is_new),
            "is_named": int(file.is_named),
        }
        names = ", ".join(values)
        marks = ", ".join(f":{name}" for name in values)
        with self._transaction() as connection:
            for table in ("rejects", "findings"):
                connection.execute(
                    f"delete from {table} where source_hash = ?", (file.source_hash,)
                )
            connection.execute(f"insert or replace into files ({names}) values ({marks})", values)
            connection.executemany(
                "insert into rejects values (?, ?, ?, ?, ?, ?)",
                [
                    (
                        file.source_hash,
                        r.row_number,
                        r.column_name,
                        _storable(r.value),
                        str(r.reason),
                        r.mend,
                    )
                    for r in rejects
                ],
            )
            connection.executemany(
                "insert into findings values (?, ?, ?, ?)",
                [
                    (file.source_hash, str(kind), _storable(subject), _storable(detail))
                    for kind, subject, detail in findings
                ],
            )

    def profiles(self, export: str) -> dict[tuple[str, str], str]:
        """Profiles of the files of an export by (source_hash, contract fingerprint)."""
        rows = self._connection.execute(
            "select source_hash, contract_fingerprint, profile from profiles where export = ?",
            (export,),
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def keep_profile(
        self, source_hash: str, export: str, contract_fingerprint: str, profile: str
    ) -> None:
        """Keep the profile of a file as a contract reads it."""
        with self._transaction() as connection:
            connection.execute(
                "insert or replace into profiles values (?, ?, ?, ?)",
                (source_hash, export, contract_fingerprint, profile),
            )

    def judged(self) -> dict[str, str]:
        """Export -> mark of what its last judgement was made of."""
        return dict(
            map(tuple, self._connection.execute("select export, mark from judged").fetchall())
        )

    def held(self) -> frozenset[str]:
        """Hashes of the files that are held back."""
        rows = self._connection.execute("select source_hash from drifts where is_blocking")
        return frozenset(row[0] for row in rows)

    def drifts(self) -> Iterator[tuple[Any, ...]]:
        """(source_hash, finding, subject, observed, expected, mend, is_blocking), ordered."""
        yield from map(
            tuple,
            self._connection.execute(
                "select source_hash, finding, subject, observed, expected, mend, is_blocking from drifts "
                "order by source_hash, finding, subject"
            ),
        )

    def record_judgement(
        self, export: str, mark: str, drifts: Iterable[Drift], changed: Iterable[str]
    ) -> None:
        """Replace what was said about the files of an export; ``changed`` ones are new downstream."""
        with self._transaction() as connection:
            connection.execute("delete from drifts where export = ?", (export,))
            connection.executemany(
                "insert into drifts values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        export,
                        d.source_hash,
                        str(d.finding),
                        d.subject,
                        d.observed,
                        d.expected,
                        d.mend,
                        int(d.is_blocking),
                    )
                    for d in drifts
                ],
            )
            connection.execute("insert or replace into judged values (?, ?)", (export, mark))
            connection.executemany(
                "update files set is_new = 1 where source_hash = ?", [(key,) for key in changed]
            )

    def update(self, file: FileRecord, **changes: Any) -> FileRecord:
        """Change fields of a record without touching its rejects and findings."""
        changed = replace(file, **changes)
        sets = ", ".join(f"{name} = ?" for name in changes)
        values = [
            value.isoformat() if isinstance(value, dt.datetime) else value
            for value in changes.values()
        ]
        with self._transaction() as connection:
            connection.execute(
                f"update files set {sets} where source_hash = ?", [*values, file.source_hash]
            )
        return changed

    def mark_built(self, hashes: Collection[str] | None = None) -> None:
        """Say that everything downstream has taken in these files (default: all)."""
        with self._transaction() as connection:
            if hashes is None:
                connection.execute("update files set is_new = 0")
            else:
                connection.executemany(
                    "update files set is_new = 0 where source_hash = ?", [(key,) for key in hashes]
                )

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        self._connection.execute("begin immediate")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")


def _storable(text: str | None) -> str | None:
    """Text that SQLite can hold: lone surrogates of damaged names and JSON are spelled out."""
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def _typed(row: sqlite3.Row) -> dict[str, Any]:
    """A row with its times and truth values, which SQLite keeps as text and numbers."""
    values = dict(row)
    for name in values.keys() & {"exported_at", "loaded_at"}:
        values[name] = dt.datetime.fromisoformat(values[name])
    for name in values.keys() & {"is_new", "is_named"}:
        values[name] = bool(values[name])
    return values
