"""Which files are held back, and what is reported of the others: drift over the ledger.

Belongs here: which exports must be judged again, and writing what came out into the ledger. The
judgement itself is in :mod:`.drift`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.landing.contract import ColumnType, Contract
from orchestration.landing.deliveries import deliveries
from orchestration.landing.drift import Dated, Drift, judge
from orchestration.landing.ledger import Ledger
from orchestration.landing.limits import DriftLimits
from orchestration.landing.profile import Profile, measure
from orchestration.landing.records import FileRecord


@dataclass
class Judgement:
    """What one run found: (file, what) of every difference, and the files that now count or no longer do."""

    held: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    reported: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    changed: list[str] = field(default_factory=list[str])
    never_counted: frozenset[str] = frozenset()  # held back since they arrived


def judge_exports(
    book: Ledger,
    files: Mapping[str, FileRecord],
    contracts: Mapping[str, Contract],
    raw: Path,
    limits: DriftLimits,
    known: Collection[str] = (),
) -> Judgement:
    """Judge every export whose loaded files, contract or limits are not those of the last time.

    ``raw`` is the folder of the raw files: those without a profile (loaded before there were
    any) are measured now. Files not ``known`` from an earlier run were never built on: where they
    are held back, nothing is new downstream.
    """
    judgement = Judgement()
    never_counted: set[str] = set()
    marks = book.judged()
    held_before = book.held()
    loaded: dict[str, list[FileRecord]] = {}
    for file in files.values():
        if file.state == "loaded" and file.export is not None and file.export in contracts:
            loaded.setdefault(file.export, []).append(file)
    for export in sorted(loaded.keys() | marks.keys()):
        own = loaded.get(export, [])
        mark = _mark(own, limits)
        if marks.get(export) == mark:
            continue
        drifts: list[Drift] = []
        if own:
            contract = contracts[export]
            rates = frozenset(
                name for name, column in contract.columns.items() if column.type is ColumnType.RATE
            )
            drifts = judge(_profiled(book, own, contract, raw), rates, limits)
        held = {drift.source_hash for drift in drifts if drift.is_blocking}
        # What is held back leaves the models, what is let in reaches them.
        changed = [
            file.source_hash
            for file in own
            if (file.source_hash in held) != (file.source_hash in held_before)
        ]
        book.record_judgement(export, mark, drifts, changed)
        for file in own:
            if file.source_hash in held and file.source_hash not in known:
                never_counted.add(file.source_hash)
                book.update(file, is_new=False)
        judgement.changed += changed
        for drift in drifts:
            said = f"{drift.finding}: {drift.subject}: {drift.observed}, expected {drift.expected}"
            target = judgement.held if drift.is_blocking else judgement.reported
            target.append((files[drift.source_hash].source_file, said))
    judgement.never_counted = frozenset(never_counted)
    return judgement


def _mark(files: list[FileRecord], limits: DriftLimits) -> str:
    """Changes whenever a judgement could."""
    parts = sorted(
        (
            file.source_hash,
            file.source_file,
            file.exported_at.isoformat(),
            file.is_named,
            str(file.contract_fingerprint),
        )
        for file in files
    )
    text = json.dumps([parts, limits.model_dump(mode="json")], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _profiled(
    book: Ledger, files: list[FileRecord], contract: Contract, raw: Path
) -> Iterator[Dated]:
    profiles = book.profiles(contract.id)
    together = deliveries(files)
    for file in files:
        text = profiles.get((file.source_hash, contract.fingerprint))
        if text is None:
            path = raw / contract.id / f"{file.source_hash}.parquet"
            profile = measure(path, contract, file.rows_loaded)
            book.keep_profile(
                file.source_hash, contract.id, contract.fingerprint, profile.to_text()
            )
        else:
            profile = Profile.from_text(text)
        key = together[file.source_hash].key
        yield Dated(file.source_hash, file.exported_at, profile, file.is_named, key)
