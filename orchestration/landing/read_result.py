"""The account of a file's rows: loaded, rejected with a reason, dropped by a rule."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestration.landing.container import RejectedFileError
from orchestration.landing.reasons import Finding, Reason


@dataclass(frozen=True)
class Reject:
    """One row (or, without a number, one file) that was not loaded."""

    row_number: int | None
    column_name: str | None
    value: str | None
    reason: Reason
    mend: str


@dataclass
class ReadResult:
    """What became of a file's rows: delivered = loaded + rejected + dropped."""

    loaded: int = 0
    dropped: int = 0
    rejects: list[Reject] = field(default_factory=list)
    findings: list[tuple[Finding, str, str]] = field(default_factory=list)
    totals: list[dict[str, str]] = field(default_factory=list)  # cells of the file's total rows
    subtotals: list[dict[str, str]] = field(default_factory=list)
    statuses: set[str] = field(default_factory=set)  # all texts of the status column

    @property
    def rejected(self) -> int:
        """Rows that went to quarantine; each has exactly one reject."""
        return len(self.rejects)

    @property
    def delivered(self) -> int:
        """Data rows of the file, blank lines not counted."""
        return self.loaded + self.rejected + self.dropped


class TooManyRejectsError(RejectedFileError):
    """So many rows are bad that the file is held back; ``result`` has them."""

    def __init__(self, result: ReadResult, detail: str):
        super().__init__(Reason.TOO_MANY_REJECTS, detail)
        self.result = result
