"""One run of the landing layer: whatever is new in the landing place becomes raw Parquet.

Belongs here: the order of steps and what happens when one fails. A bad file never stops the
others; only a missing place, a full disk or a broken ledger stops the run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.landing.contract import Contract
from orchestration.landing.judging import judge_exports
from orchestration.landing.ledger import Ledger
from orchestration.landing.limits import DriftLimits
from orchestration.landing.listing import STILL_WRITTEN, Content, Walker, walk
from orchestration.landing.loading import Loader, raw_file
from orchestration.landing.outcomes import Outcome, is_loaded
from orchestration.landing.records import FileRecord, Seen
from orchestration.landing.sniff import is_settled
from orchestration.landing.sources import RemotePlace, Source, open_source

Progress = Callable[[str], None]


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
            loader = Loader(raw, scratch, contracts, exports, book.files())
            known = frozenset(loader.files)
            run = _Run(loader, book, progress or (lambda _: None), count)
            if isinstance(landing, Source):
                run.execute(landing)
            else:
                with open_source(landing) as source:
                    run.execute(source)
            if limits is not None:
                judgement = judge_exports(book, loader.files, contracts, raw, limits, known)
                run.report.held, run.report.reported = judgement.held, judgement.reported
                new = dict.fromkeys([*run.report.new_hashes, *judgement.changed])
                run.report.new_hashes = [key for key in new if key not in judgement.never_counted]
            return run.report
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


class _Run:
    def __init__(self, loader: Loader, book: Ledger, progress: Progress, workers: int) -> None:
        self.loader, self.book = loader, book
        self.progress, self.workers = progress, workers
        self.report = IngestReport()
        self.is_local = True  # a look at a file costs nothing
        self.seen: dict[str, list[Seen]] = {}  # the paths of each content that is there now

    def execute(self, source: Source) -> None:
        self.is_local = source.is_local
        unchanged, changed, gone, walker = walk(source, self.book.listing(), self.loader.scratch)
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
                self._settle(content, self._load(content))  # a member exists until the next one
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
            futures = [(content, pool.submit(self._load, content)) for content in contents]
            for content, future in futures:
                self._settle(content, future.result())
        finally:
            pool.shutdown(cancel_futures=True)

    def _is_due(self, source_hash: str) -> bool:
        """Whether a content must be read: never seen, or seen under other contracts, or lost."""
        file = self.loader.files.get(source_hash)
        if file is None:
            # An archive is listed under a hash of its own that no file has.
            return True
        if file.contracts_fingerprint != self.loader.fingerprint:
            if self.is_local or not self._is_settled(file):
                return True  # another contract may now fit better; the same one costs a look only
            self._look_no_more(file)
        return self.loader.is_unread(source_hash)

    def _is_settled(self, file: FileRecord) -> bool:
        """Whether other contracts than last time cannot change what a loaded file is."""
        contracts = self.loader.contracts
        contract = contracts.get(file.export or "")
        if contract is None or contract.fingerprint != file.contract_fingerprint:
            return False
        header: list[str] = json.loads(file.header or "[]")
        return is_loaded(file) and is_settled(file.container, header, contract, contracts)

    def _look_no_more(self, file: FileRecord) -> None:
        """What is known of a file holds under the contracts of today too."""
        self.loader.keep(self.book.update(file, contracts_fingerprint=self.loader.fingerprint))

    def _load(self, content: Content) -> list[Outcome]:
        return self.loader.load(content, self.seen[content.seen.source_hash])

    def _settle(self, content: Content, outcomes: Collection[Outcome]) -> None:
        """Write outcomes into ledger and report; on the thread that owns the ledger."""
        for outcome in outcomes:
            record, old = outcome.record, outcome.old
            if outcome.kind == "changed":
                paths = [seen.path for seen in self.seen[content.seen.source_hash]]
                self.book.remember((), paths)
                self.report.postponed.append((record.source_file, STILL_WRITTEN))
            elif outcome.kind == "same" and old is not None:
                self._look_no_more(old)
            else:
                self._commit(outcome)

    def _commit(self, outcome: Outcome) -> None:
        record, old = outcome.record, outcome.old
        was_loaded = old is not None and is_loaded(old)
        if was_loaded and record.state != "loaded":
            # Its rows leave raw, so what was built on them must be built again.
            record = replace(record, is_new=True)
        self.book.record(record, outcome.rejects, outcome.findings)
        self.loader.keep(record)
        if (
            old is not None
            and was_loaded
            and (record.state != "loaded" or record.export != old.export)
        ):
            lost = raw_file(self.loader.raw, str(old.export), old.source_hash)
            lost.unlink(missing_ok=True)
        if record.is_new:
            self.report.new_hashes.append(record.source_hash)
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
            if not self.loader.is_outdated(source_hash, paths):
                continue
            places = dict.fromkeys(one.archive or one.path for one in paths)
            near = [label for label in places if walker.is_at_hand(label)]
            for label in near[:1] or (list(places)[:1] if may_fetch else []):
                self._read_again(label, source_hash, walker)

    def _read_again(self, label: str, source_hash: str, walker: Walker) -> None:
        for content in walker.contents(label):
            if content.seen.source_hash == source_hash and content.path is not None:
                self._settle(content, self._load(content))
                return
