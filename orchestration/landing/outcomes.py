"""What became of one content, as the ledger is to say it: read, as before, not recognised, held back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from orchestration.landing.container import RejectedFileError
from orchestration.landing.contract import Contract
from orchestration.landing.profile import Profile
from orchestration.landing.read_result import Reject, TooManyRejectsError
from orchestration.landing.reasons import Finding
from orchestration.landing.recognised import Recognised, Unrecognised
from orchestration.landing.records import FileRecord

_EXAMPLES = 1_000  # bad rows kept of a file that was held back as a whole
_NO_LONGER = "its workbook is no longer read as this export too"


@dataclass(frozen=True)
class Outcome:
    """What became of one content, before the ledger knows."""

    kind: Literal["done", "same", "changed"]
    record: FileRecord
    old: FileRecord | None
    rejects: Sequence[Reject] = ()
    findings: Sequence[tuple[Finding, str, str]] = ()
    seconds: float = 0.0
    profile: Profile | None = None


def is_loaded(file: FileRecord) -> bool:
    """Whether a content has rows in raw."""
    return file.state == "loaded" and file.export is not None


def unrecognised(record: FileRecord, old: FileRecord | None, found: Unrecognised) -> Outcome:
    """A file that no contract matches."""
    record = replace(
        record,
        state="unrecognised",
        detail=found.detail,
        container=found.container,
        encoding=found.encoding,
    )
    said = [(Finding.UNRECOGNISED_FILE, "", found.detail)]
    return Outcome("done", record, old, findings=said)


def recognised(record: FileRecord, found: Recognised) -> FileRecord:
    """``record`` with what the first look at the file says."""
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


def rejected(
    record: FileRecord,
    old: FileRecord | None,
    error: RejectedFileError,
    contracts: Mapping[str, Contract],
) -> Outcome:
    """A file that is held back as a whole, with its first bad rows where there are too many."""
    rejects = [Reject(None, error.column, error.detail or None, error.reason, error.mend)]
    export = record.export or error.export
    rows = 0
    findings: list[tuple[Finding, str, str]] = []
    if isinstance(error, TooManyRejectsError):
        rows = error.result.delivered
        rejects += error.result.rejects[:_EXAMPLES]
        findings = error.result.findings
    contract = None if export is None else contracts.get(export)
    record = replace(
        record,
        state="rejected",
        export=export,
        contract_version=None if contract is None else contract.version,
        detail=str(error),
        rows_delivered=rows,
        rows_rejected=rows,
    )
    return Outcome("done", record, old, rejects, findings)


def gone(old: FileRecord, contracts_now: str) -> Outcome:
    """A part of a workbook that was read as this export under other contracts."""
    record = replace(
        old,
        contracts_fingerprint=contracts_now,
        rows_delivered=0,
        rows_loaded=0,
        rows_rejected=0,
        rows_dropped=0,
        state="unrecognised",
        detail=_NO_LONGER,
        is_new=False,
    )
    said = [(Finding.UNRECOGNISED_FILE, "", _NO_LONGER)]
    return Outcome("done", record, old, findings=said)
