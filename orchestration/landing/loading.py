"""One content to raw: recognised, read, and all that the ledger is to say of it.

Belongs here: what may run on any thread. It writes Parquet, never the ledger; the order of a run
is in :mod:`.ingest`.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from orchestration.landing.container import RejectedFileError, file_errors
from orchestration.landing.contract import Contract, contracts_fingerprint
from orchestration.landing.listing import Content, newest_export_time
from orchestration.landing.outcomes import (
    Outcome,
    gone,
    is_loaded,
    recognised,
    rejected,
    unrecognised,
)
from orchestration.landing.parts import is_named_after, part_hash, part_name, whole_hash
from orchestration.landing.profile import measure
from orchestration.landing.raw_writer import Lineage
from orchestration.landing.read import Loaded, read
from orchestration.landing.reasons import Reason
from orchestration.landing.recognised import Recognised, Unrecognised
from orchestration.landing.records import FileRecord, Seen
from orchestration.landing.sniff import sniff


def raw_file(raw: Path, export: str, source_hash: str) -> Path:
    """Where the rows of a content are."""
    return raw / export / f"{source_hash}.parquet"


@dataclass
class Loader:
    """Brings contents into ``raw``, given what is known of them (``files``, by hash)."""

    raw: Path
    scratch: Path
    contracts: Mapping[str, Contract]
    exports: Collection[str] | None  # only files of these are read
    files: dict[str, FileRecord]
    now: dt.datetime = field(
        default_factory=lambda: dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    )

    def __post_init__(self) -> None:
        self.fingerprint = contracts_fingerprint(self.contracts)
        self._parts: dict[str, set[str]] = {}
        for source_hash in self.files:
            self._note(source_hash)

    def keep(self, record: FileRecord) -> None:
        """What is known of a content from now on."""
        self.files[record.source_hash] = record
        self._note(record.source_hash)

    def _note(self, source_hash: str) -> None:
        whole = whole_hash(source_hash)
        if whole != source_hash:
            self._parts.setdefault(whole, set()).add(source_hash)

    def known(self, source_hash: str) -> Iterator[FileRecord]:
        """What is known of a file: itself, and the further exports in it."""
        for key in (source_hash, *sorted(self._parts.get(source_hash, ()))):
            if key in self.files:
                yield self.files[key]

    def is_unread(self, source_hash: str) -> bool:
        """Whether rows of a known file are still to be read, or were lost."""
        return any(
            self.exports is None or file.export in self.exports
            if file.state == "waiting"
            else is_loaded(file)
            and not raw_file(self.raw, str(file.export), file.source_hash).exists()
            for file in self.known(source_hash)
        )

    def is_outdated(self, source_hash: str, paths: Collection[Seen]) -> bool:
        """Whether rows carry an older time of export, or another name, than the file now has."""
        newest = newest_export_time(paths)
        return any(
            newest > (file.is_named, file.exported_at) or self._is_renamed(file, paths)
            for file in self.known(source_hash)
            if file.state == "loaded"
        )

    def load(self, content: Content, paths: Collection[Seen]) -> list[Outcome]:
        """Recognise and read one content that lies under ``paths``, and the further exports in it.

        The content itself is the last: a crash before it leaves all of them to be read again.
        """
        found = self._recognise(content)
        others = found.others if isinstance(found, Recognised) else []
        now = {
            part_hash(content.seen.source_hash, one.contract.id): one.sheets[0][0].name
            for one in others
        }
        outcomes: list[Outcome] = []
        for (key, sheet), part in zip(now.items(), others, strict=True):
            record = self._record(content, paths, key, sheet)
            outcomes.append(self._outcome(content, part, record, is_told=True))
        before = {
            file.source_hash: file
            for file in self.known(content.seen.source_hash)
            if file.source_hash != content.seen.source_hash and file.state != "unrecognised"
        }
        outcomes += (gone(file, self.fingerprint) for key, file in before.items() if key not in now)
        record = self._record(content, paths, content.seen.source_hash)
        # What was said of its other sheets is no longer so when others of them are read.
        is_told = before.keys() == now.keys()
        outcomes.append(self._outcome(content, found, record, is_told=is_told))
        if any(outcome.kind == "changed" for outcome in outcomes):
            return [replace(outcomes[-1], kind="changed")]
        return outcomes

    def _recognise(self, content: Content) -> Recognised | Unrecognised | RejectedFileError:
        if content.error is not None or content.path is None:
            return content.error or RejectedFileError(Reason.UNREADABLE_FILE)
        try:
            with file_errors():
                return sniff(content.path, content.checked, self.contracts)
        except RejectedFileError as error:
            return error

    def _outcome(
        self,
        content: Content,
        found: Recognised | Unrecognised | RejectedFileError,
        record: FileRecord,
        *,
        is_told: bool,
    ) -> Outcome:
        """Read one export of a content, unless raw has it; ``is_told``: and all about it is said."""
        started = time.perf_counter()
        old = self.files.get(record.source_hash)
        if isinstance(found, RejectedFileError):
            return rejected(record, old, found, self.contracts)
        if isinstance(found, Unrecognised):
            return unrecognised(record, old, found)
        record = recognised(record, found)
        if old is not None and is_told and self._is_same(old, record):
            return Outcome("same", record, old)
        if self.exports is not None and record.export not in self.exports:
            state = "same" if old is not None and is_loaded(old) else "done"
            return Outcome(state, replace(record, state="waiting"), old)
        try:
            with file_errors():
                loaded = self._read(content, found, record)
        except RejectedFileError as error:
            return rejected(record, old, error, self.contracts)
        if loaded is None:
            return Outcome("changed", record, old)
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
        return Outcome("done", record, old, result.rejects, result.findings, seconds, profile)

    def _record(
        self, content: Content, paths: Collection[Seen], key: str, sheet: str | None = None
    ) -> FileRecord:
        """What is known of a content, or of a part of it, before it is opened."""
        is_named, exported_at = newest_export_time(paths)
        name = content.seen.path if sheet is None else part_name(content.seen.path, sheet)
        old = self.files.get(key)
        return FileRecord(
            source_hash=key,
            # The first path a content came under stays its name, unless the name tells the period.
            source_file=name if old is None or self._is_renamed(old, paths) else old.source_file,
            export=None,
            contract_version=None,
            contract_fingerprint=None,
            contracts_fingerprint=self.fingerprint,
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
            is_loaded(old)
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
            and not any(is_named_after(file.source_file, seen.path) for seen in paths)
        )

    def _read(self, content: Content, found: Recognised, record: FileRecord) -> Loaded | None:
        """Rows into raw; None when the file changed under the reader (it is still being written)."""
        if content.path is None:
            raise RejectedFileError(Reason.UNREADABLE_FILE)
        target = raw_file(self.raw, found.contract.id, record.source_hash)
        half = self.scratch / f"{record.source_hash}.parquet"
        line = Lineage(record.source_file, record.source_hash, record.exported_at, record.loaded_at)
        loaded = read(content.path, found, half, line, self.scratch)
        now = content.path.stat()
        if content.stamp is not None and (now.st_size, now.st_mtime_ns) != content.stamp:
            half.unlink()
            return None
        target.parent.mkdir(parents=True, exist_ok=True)
        with half.open("rb") as file:
            os.fsync(file.fileno())  # or a power cut could leave a name without its rows
        half.replace(target)
        return loaded
