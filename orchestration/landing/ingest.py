"""One run of the landing layer: whatever is new in the folder becomes raw Parquet.

Belongs here: the order of steps and what happens when one fails. A bad file never stops the
others; only a missing folder, a full disk or a broken ledger stops the run.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.landing.assemble import Lineage, Reject
from orchestration.landing.container import RejectedFileError
from orchestration.landing.contract import Contract, contracts_fingerprint
from orchestration.landing.ledger import FileRecord, Ledger, Seen
from orchestration.landing.listing import Content, Walker, newest_export_time, walk
from orchestration.landing.read import Loaded, TooManyRejectsError, read
from orchestration.landing.reasons import Finding, Reason
from orchestration.landing.sniff import Recognised, Unrecognised, sniff

Progress = Callable[[str], None]
_EXAMPLES = 1_000  # bad rows kept of a file that was held back as a whole


@dataclass
class ExportReport:
    """What one run loaded of one export."""

    files: int = 0
    rows: int = 0
    rejected: int = 0
    dropped: int = 0
    seconds: float = 0.0


@dataclass
class IngestReport:
    """What one run did. ``unrecognised`` and ``rejected`` are (path, why)."""

    exports: dict[str, ExportReport] = field(default_factory=dict)
    unrecognised: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    unchanged: int = 0
    duplicates: int = 0
    postponed: list[str] = field(default_factory=list)  # still being written
    new_hashes: list[str] = field(default_factory=list)


def ingest(
    landing: Path,
    raw: Path,
    ledger: Path,
    contracts: Mapping[str, Contract],
    exports: Collection[str] | None = None,
    progress: Progress | None = None,
) -> IngestReport:
    """Bring everything new in ``landing`` into ``raw``; with ``exports``, only files of those.

    Idempotent: a second run with the same files loads nothing. Raises :class:`LandingError`
    when the folder is missing or empty.
    """
    scratch = raw / ".scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # what a crashed run left
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        with Ledger(ledger) as book:
            run = _Run(raw, scratch, book, contracts, exports, progress or (lambda _: None))
            run.execute(landing)
            return run.report
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def raw_file(raw: Path, export: str, source_hash: str) -> Path:
    """Where the rows of a content are."""
    return raw / export / f"{source_hash}.parquet"


class _Run:
    def __init__(
        self,
        raw: Path,
        scratch: Path,
        book: Ledger,
        contracts: Mapping[str, Contract],
        exports: Collection[str] | None,
        progress: Progress,
    ) -> None:
        self.raw, self.scratch, self.book, self.contracts = raw, scratch, book, contracts
        self.exports, self.progress = exports, progress
        self.report = IngestReport()
        self.all_contracts = contracts_fingerprint(contracts)
        self.files = book.files()
        self.now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)

    def execute(self, landing: Path) -> None:
        unchanged, changed, gone, walker = walk(landing, self.book.listing(), self.scratch)
        self.book.remember((), gone)
        seen: dict[str, list[Seen]] = {}
        again: dict[str, None] = {}
        for one in unchanged:
            seen.setdefault(one.source_hash, []).append(one)
            if self._is_due(one.source_hash):
                again[one.archive or one.path] = None
            else:
                self.report.unchanged += 1
        for label in dict.fromkeys([*changed, *again]):
            self._take(label, walker, seen)
        for source_hash, paths in seen.items():
            self._refresh_export_time(source_hash, paths, walker)

    def _take(self, label: str, walker: Walker, seen: dict[str, list[Seen]]) -> None:
        found: list[Seen] = []
        for content in walker.contents(label):
            found.append(content.seen)
            if content.path is None and content.error is None:
                continue  # the archive itself
            paths = seen.setdefault(content.seen.source_hash, [])
            if content.seen.path not in {one.path for one in paths}:
                paths.append(content.seen)
            if self._is_due(content.seen.source_hash):
                self._load(content, *newest_export_time(paths))
            elif len(paths) > 1:
                self.report.duplicates += 1
        if not found:
            self.report.postponed.append(label)
        # Listed last: a crash before this only means that the path is looked at once more.
        self.book.remember(found)

    def _is_due(self, source_hash: str) -> bool:
        """Whether a content must be read: never seen, or seen under other contracts, or lost."""
        file = self.files.get(source_hash)
        if file is None:
            # An archive is listed under a hash of its own that no file has.
            return True
        if file.contracts_fingerprint != self.all_contracts:
            return True  # another contract may now fit better; the same one costs a look only
        if file.state == "waiting":
            return self.exports is None or file.export in self.exports
        return (
            self._is_loaded(file) and not raw_file(self.raw, str(file.export), source_hash).exists()
        )

    @staticmethod
    def _is_loaded(file: FileRecord) -> bool:
        return file.state == "loaded" and file.export is not None

    def _load(self, content: Content, is_named: bool, exported_at: dt.datetime) -> None:
        started = time.perf_counter()
        old = self.files.get(content.seen.source_hash)
        # The first path a content came under stays its name.
        name = old.source_file if old is not None else content.seen.path
        record = FileRecord(
            content.seen.source_hash,
            name,
            None,
            None,
            None,
            self.all_contracts,
            None,
            None,
            None,
            None,
            exported_at,
            is_named,
            self.now,
            0,
            0,
            0,
            0,
            "rejected",
            None,
            False,
        )
        try:
            if content.error is not None or content.path is None:
                raise content.error or RejectedFileError(Reason.UNREADABLE_FILE)
            found = sniff(content.path, content.checked, self.contracts)
            if isinstance(found, Unrecognised):
                record = replace(
                    record,
                    state="unrecognised",
                    detail=found.detail,
                    container=found.container,
                    encoding=found.encoding,
                    export=None,
                )
                self._commit(record, old)
                self.report.unrecognised.append((name, found.detail))
                return
            contract = found.contract
            record = replace(
                record,
                export=contract.id,
                contract_version=contract.version,
                contract_fingerprint=contract.fingerprint,
                container=found.container,
                encoding=found.encoding,
                form=found.form,
                header=json.dumps(found.header, ensure_ascii=False),
            )
            if old is not None and self._is_same(old, record):
                self.files[old.source_hash] = self.book.update(
                    old, contracts_fingerprint=self.all_contracts
                )
                return
            if self.exports is not None and contract.id not in self.exports:
                if old is None or not self._is_loaded(old):
                    self._commit(replace(record, state="waiting"), old)
                return
            loaded = self._read(content.path, found, record)
        except RejectedFileError as error:
            self._reject(record, old, error)
            return
        result = loaded.result
        record = replace(
            record,
            state="loaded",
            rows_delivered=result.delivered,
            rows_loaded=result.loaded,
            rows_rejected=result.rejected,
            rows_dropped=result.dropped,
            is_new=True,
            header=json.dumps(loaded.header, ensure_ascii=False),
        )
        self._commit(record, old, result.rejects, result.findings)
        self._count(record, time.perf_counter() - started)

    def _is_same(self, old: FileRecord, new: FileRecord) -> bool:
        """Whether raw already has this content as this contract reads it, with this export time."""
        return (
            self._is_loaded(old)
            and (old.export, old.contract_fingerprint) == (new.export, new.contract_fingerprint)
            and (old.is_named, old.exported_at) >= (new.is_named, new.exported_at)
            and raw_file(self.raw, str(old.export), old.source_hash).exists()
        )

    def _read(self, path: Path, found: Recognised, record: FileRecord) -> Loaded:
        target = raw_file(self.raw, found.contract.id, record.source_hash)
        half = self.scratch / f"{record.source_hash}.parquet"
        line = Lineage(record.source_file, record.source_hash, record.exported_at, record.loaded_at)
        loaded = read(path, found, half, line, self.scratch)
        target.parent.mkdir(parents=True, exist_ok=True)
        with half.open("rb") as file:
            os.fsync(file.fileno())  # or a power cut could leave a name without its rows
        half.replace(target)
        return loaded

    def _reject(self, record: FileRecord, old: FileRecord | None, error: RejectedFileError) -> None:
        rejects = [Reject(None, error.column, error.detail or None, error.reason, error.mend)]
        export = record.export or error.export
        rows = 0
        findings: list[tuple[Finding, str, str]] = []
        if isinstance(error, TooManyRejectsError):
            rows = error.result.delivered
            rejects += error.result.rejects[:_EXAMPLES]
            findings = error.result.findings
        contract = None if export is None else self.contracts.get(export)
        version = None if contract is None else contract.version
        record = replace(
            record,
            state="rejected",
            export=export,
            contract_version=version,
            detail=str(error),
            rows_delivered=rows,
            rows_rejected=rows,
        )
        self._commit(record, old, rejects, findings)
        self.report.rejected.append((record.source_file, str(error)))

    def _commit(
        self,
        record: FileRecord,
        old: FileRecord | None,
        rejects: Collection[Reject] = (),
        findings: Collection[tuple[Finding, str, str]] = (),
    ) -> None:
        was_loaded = old is not None and self._is_loaded(old)
        if was_loaded and record.state != "loaded":
            # Its rows leave raw, so what was built on them must be built again.
            record = replace(record, is_new=True)
        self.book.record(record, rejects, findings)
        self.files[record.source_hash] = record
        if (
            old is not None
            and was_loaded
            and (record.state != "loaded" or record.export != old.export)
        ):
            raw_file(self.raw, str(old.export), old.source_hash).unlink(missing_ok=True)
        if record.is_new:
            self.report.new_hashes.append(record.source_hash)

    def _count(self, record: FileRecord, seconds: float) -> None:
        report = self.report.exports.setdefault(str(record.export), ExportReport())
        report.files += 1
        report.rows += record.rows_loaded
        report.rejected += record.rows_rejected
        report.dropped += record.rows_dropped
        report.seconds += seconds
        self.progress(
            f"{record.source_file}: {record.export}, {record.rows_loaded:,} rows"
            + (f", {record.rows_rejected:,} rejected" if record.rows_rejected else "")
        )

    def _refresh_export_time(
        self, source_hash: str, paths: Collection[Seen], walker: Walker
    ) -> None:
        """A copy exported later makes the content newer: its rows carry the time, so read it again."""
        file = self.files.get(source_hash)
        if file is None or file.state != "loaded":
            return
        newest = newest_export_time(paths)
        if newest <= (file.is_named, file.exported_at):
            return
        source = next(iter(paths))
        for content in walker.contents(source.archive or source.path):
            if content.seen.source_hash == source_hash and content.path is not None:
                self._load(content, *newest)
                return
