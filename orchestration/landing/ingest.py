"""One run of the landing layer: whatever is new in the landing place becomes raw Parquet.

Belongs here: the order of steps and what happens when one fails. A bad file never stops the
others; only a missing place, a full disk or a broken ledger stops the run.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from orchestration.landing.assemble import Lineage, Reject, TooManyRejectsError
from orchestration.landing.container import RejectedFileError
from orchestration.landing.contract import Contract, contracts_fingerprint
from orchestration.landing.judging import judge_exports
from orchestration.landing.ledger import FileRecord, Ledger, Seen
from orchestration.landing.limits import DriftLimits
from orchestration.landing.listing import (
    STILL_WRITTEN,
    Content,
    Walker,
    newest_export_time,
    walk,
)
from orchestration.landing.profile import Profile, measure
from orchestration.landing.read import Loaded, read
from orchestration.landing.reasons import Finding, Reason
from orchestration.landing.recognised import Recognised, Unrecognised
from orchestration.landing.sniff import is_settled, sniff
from orchestration.landing.sources import RemotePlace, Source, open_source

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
    """What one run did. ``unrecognised``, ``rejected`` and ``postponed`` are (path, why).

    Postponed files are still being written, or could not be fetched whole; the next run tries again.
    """

    exports: dict[str, ExportReport] = field(default_factory=dict)
    unrecognised: list[tuple[str, str]] = field(default_factory=list)
    rejected: list[tuple[str, str]] = field(default_factory=list)
    unchanged: int = 0
    duplicates: int = 0
    postponed: list[tuple[str, str]] = field(default_factory=list)
    new_hashes: list[str] = field(default_factory=list)
    held: list[tuple[str, str]] = field(default_factory=list)  # would change numbers
    reported: list[tuple[str, str]] = field(default_factory=list)  # unlike earlier files


def ingest(
    landing: Path | RemotePlace | Source,
    raw: Path,
    ledger: Path,
    contracts: Mapping[str, Contract],
    exports: Collection[str] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    limits: DriftLimits | None = None,
) -> IngestReport:
    """Bring everything new in ``landing`` into ``raw``; with ``exports``, only files of those.

    ``workers`` files are read at once (default: one per core, at most 4); the result is the same.
    With ``limits`` every export with news is judged for drift; a file that would change numbers
    stays in raw and is held back from the views.

    Idempotent: a second run with the same files loads nothing, and fetches nothing from a remote
    place. Raises :class:`LandingError` when the place is missing, empty or cannot be looked at.
    """
    scratch = raw / ".scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # what a crashed run left
    scratch.mkdir(parents=True, exist_ok=True)
    count = workers or min(os.cpu_count() or 1, 4)
    try:
        with Ledger(ledger) as book:
            run = _Run(raw, scratch, book, contracts, exports, progress or (lambda _: None), count)
            known = frozenset(run.files)
            if isinstance(landing, Source):
                run.execute(landing)
            else:
                with open_source(landing) as source:
                    run.execute(source)
            if limits is not None:
                judgement = judge_exports(book, run.files, contracts, raw, limits, known)
                run.report.held, run.report.reported = judgement.held, judgement.reported
                new = dict.fromkeys([*run.report.new_hashes, *judgement.changed])
                run.report.new_hashes = [key for key in new if key not in judgement.never_counted]
            return run.report
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def raw_file(raw: Path, export: str, source_hash: str) -> Path:
    """Where the rows of a content are."""
    return raw / export / f"{source_hash}.parquet"


@dataclass(frozen=True)
class _Outcome:
    """What became of one content, before the ledger knows."""

    kind: Literal["done", "same", "changed"]
    record: FileRecord
    old: FileRecord | None
    rejects: Sequence[Reject] = ()
    findings: Sequence[tuple[Finding, str, str]] = ()
    seconds: float = 0.0
    profile: Profile | None = None


class _Run:
    def __init__(
        self,
        raw: Path,
        scratch: Path,
        book: Ledger,
        contracts: Mapping[str, Contract],
        exports: Collection[str] | None,
        progress: Progress,
        workers: int,
    ) -> None:
        self.raw, self.scratch, self.book, self.contracts = raw, scratch, book, contracts
        self.exports, self.progress = exports, progress
        self.workers = workers
        self.report = IngestReport()
        self.is_local = True  # a look at a file costs nothing
        self.seen: dict[str, list[Seen]] = {}  # the paths of each content that is there now
        self.all_contracts = contracts_fingerprint(contracts)
        self.files = book.files()
        self.now = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)

    def execute(self, source: Source) -> None:
        self.is_local = source.is_local
        unchanged, changed, gone, walker = walk(source, self.book.listing(), self.scratch)
        self.book.remember((), gone)
        again: dict[str, None] = {}
        for one in unchanged:
            self.seen.setdefault(one.source_hash, []).append(one)
            if self._is_due(one.source_hash):
                again[one.archive or one.path] = None
            else:
                self.report.unchanged += 1
        for folder, why in walker.listing.unlisted.items():
            self.report.postponed.append((f"{folder}/", why))
        for group in walker.groups(dict.fromkeys([*changed, *again])):
            # First all hashes, then the reading: a content is read once, with the newest of its times.
            due: dict[str, Content] = {}
            for label in group:
                due.update(self._look(label, walker, due))
            self._load_all(due.values())
            self._refresh_export_times(walker)
        # What a crashed run left undone; its file may have to be fetched for that.
        self._refresh_export_times(walker, may_fetch=True)

    def _look(self, label: str, walker: Walker, due: Mapping[str, Content]) -> dict[str, Content]:
        """Hash what is under a path; what must be read is returned, or (of archives) read at once."""
        found: list[Seen] = []
        fresh: dict[str, Content] = {}
        for content in walker.contents(label):
            found.append(content.seen)
            if content.path is None and content.error is None:
                continue  # the archive itself
            source_hash = content.seen.source_hash
            paths = self.seen.setdefault(source_hash, [])
            if content.seen.path not in {one.path for one in paths}:
                paths.append(content.seen)
            if source_hash in due or source_hash in fresh or not self._is_due(source_hash):
                self.report.duplicates += len(paths) > 1
            elif content.seen.archive is not None:
                self._settle(self._load(content))  # a member exists until the next one
            else:
                fresh[source_hash] = content
        if label in walker.postponed:
            self.report.postponed.append((label, walker.postponed[label]))
        # A crash after this is no harm: what the ledger has no rows of is read again.
        self.book.remember(found)
        return fresh

    def _load_all(self, contents: Collection[Content]) -> None:
        """Read several files at once, and settle them in order, on this thread."""
        pool = ThreadPoolExecutor(self.workers, "landing")
        try:
            for future in [pool.submit(self._load, content) for content in contents]:
                self._settle(future.result())
        finally:
            pool.shutdown(cancel_futures=True)

    def _is_due(self, source_hash: str) -> bool:
        """Whether a content must be read: never seen, or seen under other contracts, or lost."""
        file = self.files.get(source_hash)
        if file is None:
            # An archive is listed under a hash of its own that no file has.
            return True
        if file.contracts_fingerprint != self.all_contracts:
            if self.is_local or not self._is_settled(file):
                return True  # another contract may now fit better; the same one costs a look only
            self.files[source_hash] = file = self.book.update(
                file, contracts_fingerprint=self.all_contracts
            )
        if file.state == "waiting":
            return self.exports is None or file.export in self.exports
        return (
            self._is_loaded(file) and not raw_file(self.raw, str(file.export), source_hash).exists()
        )

    def _is_settled(self, file: FileRecord) -> bool:
        """Whether other contracts than last time cannot change what a loaded file is."""
        contract = self.contracts.get(file.export or "")
        if contract is None or contract.fingerprint != file.contract_fingerprint:
            return False
        header: list[str] = json.loads(file.header or "[]")
        return self._is_loaded(file) and is_settled(
            file.container, header, contract, self.contracts
        )

    @staticmethod
    def _is_loaded(file: FileRecord) -> bool:
        return file.state == "loaded" and file.export is not None

    def _load(self, content: Content) -> _Outcome:
        """Recognise and read one content. Runs on any thread: writes Parquet, never the ledger."""
        started = time.perf_counter()
        old = self.files.get(content.seen.source_hash)
        record = self._record(content, old)
        if content.error is not None or content.path is None:
            error = content.error or RejectedFileError(Reason.UNREADABLE_FILE)
            return self._rejected(record, old, error)
        try:
            found = sniff(content.path, content.checked, self.contracts)
            if isinstance(found, Unrecognised):
                record = replace(
                    record,
                    state="unrecognised",
                    detail=found.detail,
                    container=found.container,
                    encoding=found.encoding,
                )
                findings = [(Finding.UNRECOGNISED_FILE, "", found.detail)]
                return _Outcome("done", record, old, findings=findings)
            record = _recognised(record, found)
            if old is not None and self._is_same(old, record):
                return _Outcome("same", record, old)
            if self.exports is not None and record.export not in self.exports:
                is_known = old is not None and self._is_loaded(old)
                state = "same" if is_known else "done"
                return _Outcome(state, replace(record, state="waiting"), old)
            loaded = self._read(content, content.path, found, record)
            if loaded is None:
                return _Outcome("changed", record, old)
        except BaseException as error:
            if is_not_the_files(error):
                raise
            return self._rejected(record, old, as_rejection(error))
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
        target = raw_file(self.raw, found.contract.id, record.source_hash)
        profile = measure(target, found.contract, result.loaded)
        seconds = time.perf_counter() - started
        return _Outcome("done", record, old, result.rejects, result.findings, seconds, profile)

    def _record(self, content: Content, old: FileRecord | None) -> FileRecord:
        """What is known of a content before it is opened."""
        is_named, exported_at = newest_export_time(self.seen[content.seen.source_hash])
        return FileRecord(
            source_hash=content.seen.source_hash,
            # The first path a content came under stays its name, unless the name tells the period.
            source_file=content.seen.path
            if old is None or self._is_renamed(old, self.seen[content.seen.source_hash])
            else old.source_file,
            export=None,
            contract_version=None,
            contract_fingerprint=None,
            contracts_fingerprint=self.all_contracts,
            container=None,
            encoding=None,
            form=None,
            header=None,
            exported_at=exported_at,
            is_named=is_named,
            loaded_at=self.now,
            rows_delivered=0,
            rows_loaded=0,
            rows_rejected=0,
            rows_dropped=0,
            state="rejected",
            detail=None,
            is_new=False,
        )

    def _is_same(self, old: FileRecord, new: FileRecord) -> bool:
        """Whether raw already has this content as this contract reads it, with this export time."""
        return (
            self._is_loaded(old)
            and old.source_file == new.source_file
            and (old.export, old.contract_fingerprint) == (new.export, new.contract_fingerprint)
            and (old.is_named, old.exported_at) >= (new.is_named, new.exported_at)
            and raw_file(self.raw, str(old.export), old.source_hash).exists()
        )

    def _is_renamed(self, file: FileRecord, paths: Collection[Seen]) -> bool:
        """Whether a report that may tell its period in its name no longer lies under that name."""
        contract = self.contracts.get(file.export or "")
        return (
            contract is not None
            and contract.title_into is not None
            and file.source_file not in {seen.path for seen in paths}
        )

    def _read(
        self, content: Content, path: Path, found: Recognised, record: FileRecord
    ) -> Loaded | None:
        """Rows into raw; None when the file changed under the reader (it is still being written)."""
        target = raw_file(self.raw, found.contract.id, record.source_hash)
        half = self.scratch / f"{record.source_hash}.parquet"
        line = Lineage(record.source_file, record.source_hash, record.exported_at, record.loaded_at)
        loaded = read(path, found, half, line, self.scratch)
        now = path.stat()
        if content.stamp is not None and (now.st_size, now.st_mtime_ns) != content.stamp:
            half.unlink()
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        with half.open("rb") as file:
            os.fsync(file.fileno())  # or a power cut could leave a name without its rows
        half.replace(target)
        return loaded

    def _rejected(
        self, record: FileRecord, old: FileRecord | None, error: RejectedFileError
    ) -> _Outcome:
        rejects = [Reject(None, error.column, error.detail or None, error.reason, error.mend)]
        export = record.export or error.export
        rows = 0
        findings: list[tuple[Finding, str, str]] = []
        if isinstance(error, TooManyRejectsError):
            rows = error.result.delivered
            rejects += error.result.rejects[:_EXAMPLES]
            findings = error.result.findings
        contract = None if export is None else self.contracts.get(export)
        record = replace(
            record,
            state="rejected",
            export=export,
            contract_version=None if contract is None else contract.version,
            detail=str(error),
            rows_delivered=rows,
            rows_rejected=rows,
        )
        return _Outcome("done", record, old, rejects, findings)

    def _settle(self, outcome: _Outcome) -> None:
        """Write an outcome into ledger and report; on the thread that owns the ledger."""
        record, old = outcome.record, outcome.old
        if outcome.kind == "changed":
            self.book.remember((), [seen.path for seen in self.seen[record.source_hash]])
            self.report.postponed.append((record.source_file, STILL_WRITTEN))
        elif outcome.kind == "same" and old is not None:
            self.files[old.source_hash] = self.book.update(
                old, contracts_fingerprint=self.all_contracts
            )
        else:
            self._commit(record, old, outcome.rejects, outcome.findings)
            if record.state == "unrecognised":
                self.report.unrecognised.append((record.source_file, record.detail or ""))
            elif record.state == "rejected":
                self.report.rejected.append((record.source_file, record.detail or ""))
            elif record.state == "loaded":
                self._count(record, outcome.seconds)
            if outcome.profile is not None:
                self.book.keep_profile(
                    record.source_hash,
                    str(record.export),
                    str(record.contract_fingerprint),
                    outcome.profile.to_text(),
                )

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

    def _refresh_export_times(self, walker: Walker, may_fetch: bool = False) -> None:
        """A copy exported later makes a content newer: its rows carry the time, so read it again.

        The same for a report that tells its period in its name, once it has another name.
        """
        for source_hash, paths in self.seen.items():
            file = self.files.get(source_hash)
            if file is None or file.state != "loaded":
                continue
            is_newer = newest_export_time(paths) > (file.is_named, file.exported_at)
            if not is_newer and not self._is_renamed(file, paths):
                continue
            places = dict.fromkeys(one.archive or one.path for one in paths)
            near = [label for label in places if walker.is_at_hand(label)]
            for label in near[:1] or (list(places)[:1] if may_fetch else []):
                self._read_again(label, source_hash, walker)

    def _read_again(self, label: str, source_hash: str, walker: Walker) -> None:
        for content in walker.contents(label):
            if content.seen.source_hash == source_hash and content.path is not None:
                self._settle(self._load(content))
                return


def _recognised(record: FileRecord, found: Recognised) -> FileRecord:
    contract = found.contract
    return replace(
        record,
        export=contract.id,
        contract_version=contract.version,
        contract_fingerprint=contract.fingerprint,
        container=found.container,
        encoding=found.encoding,
        form=found.form,
        header=json.dumps(found.header, ensure_ascii=False),
    )


def is_not_the_files(error: BaseException) -> bool:
    """Whether an error is not the file's fault: a full disk, an interrupt."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE)
    return not isinstance(error, Exception) and type(error).__name__ != "PanicException"


def as_rejection(error: BaseException) -> RejectedFileError:
    """Whatever a damaged file did to a parser (a Rust panic is not even an Exception)."""
    if isinstance(error, RejectedFileError):
        return error
    return RejectedFileError(Reason.UNREADABLE_FILE, f"{type(error).__name__}: {error}")
