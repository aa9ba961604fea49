"""``doubleloop inspect``: what a file is and what it holds, without loading it anywhere."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.landing.container import RejectedFileError, file_errors
from orchestration.landing.contract import ColumnType, Contract
from orchestration.landing.listing import Content, Walker
from orchestration.landing.measure import number_sql, time_sql
from orchestration.landing.normalise import normalise_header
from orchestration.landing.parts import part_name
from orchestration.landing.raw_writer import Lineage
from orchestration.landing.read import read
from orchestration.landing.read_result import TooManyRejectsError
from orchestration.landing.reasons import Finding, LandingError, Reason
from orchestration.landing.recognised import Recognised, Unrecognised
from orchestration.landing.sniff import sniff
from orchestration.landing.sources import RemotePlace, open_source


@dataclass
class FileReport:
    """What is known about one file (or member of an archive)."""

    path: str
    state: str  # recognised, unrecognised, rejected or postponed (could not be had)
    contract: str | None = None
    version: int | None = None
    title: str | None = None
    form: str | None = None  # the known era or variant whose headers are most alike
    container: str | None = None
    encoding: str | None = None
    rows: int | None = None
    rows_loaded: int | None = None
    rows_rejected: int | None = None
    rows_dropped: int | None = None
    first: str | None = None  # period of the contract's main time column, as written
    last: str | None = None
    totals: dict[str, str] = field(default_factory=dict)  # sums of the money columns
    unknown: list[str] = field(default_factory=list)  # columns no contract knows
    missing: list[str] = field(default_factory=list)  # of the form, not in the file
    findings: list[str] = field(default_factory=list)
    reason: str | None = None  # why it was not recognised, or not loaded
    nearest: str | None = None
    mend: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values, for ``--json``."""
        return dataclasses.asdict(self)


def inspect(path: Path | RemotePlace, contracts: Mapping[str, Contract]) -> list[FileReport]:
    """Report on a file, or on every file below a folder or URL, in order of their paths.

    Raises :class:`LandingError` when there is nothing to look at.
    """
    if isinstance(path, Path) and not path.exists():
        raise LandingError(f"{path} does not exist.")
    found: dict[str, list[FileReport]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="doubleloop-inspect-") as folder,
        open_source(path) as source,
    ):
        listing = source.list()
        walker = Walker(source, listing, Path(folder))
        for group in walker.groups(listing.entries):
            for label in group:
                # One after the other: an unpacked member is gone when the next is asked for.
                found[label] = [
                    report
                    for content in walker.contents(label)
                    if content.path is not None or content.error is not None
                    for report in _reports(content, contracts, Path(folder))
                ]
    postponed = {**{f"{name}/": why for name, why in listing.unlisted.items()}, **walker.postponed}
    for label, why in postponed.items():
        found[label] = [FileReport(label, "postponed", reason=why)]
    return [report for label in sorted(found) for report in found[label]]


def _reports(
    content: Content, contracts: Mapping[str, Contract], scratch: Path
) -> Iterator[FileReport]:
    """On a content, and on each further export in it."""
    whole = FileReport(content.seen.path, "rejected")
    if content.error is not None or content.path is None:
        _say_why(whole, content.error or RejectedFileError(Reason.UNREADABLE_FILE))
        yield whole
        return
    try:
        with file_errors():
            found = sniff(content.path, content.checked, contracts)
    except RejectedFileError as error:
        _say_why(whole, error)
        yield whole
        return
    if isinstance(found, Unrecognised):
        whole.state = "unrecognised"
        whole.container, whole.encoding = found.container, found.encoding
        whole.reason, whole.mend = found.detail, Finding.UNRECOGNISED_FILE.mend
        if found.nearest is not None:
            whole.nearest = found.nearest.contract.id
            whole.missing = list(found.nearest.missing)
        yield whole
        return
    for one in (found, *found.others):
        path = whole.path if one is found else part_name(whole.path, one.sheets[0][0].name)
        report = FileReport(path, "rejected")
        try:
            with file_errors():
                _describe(report, one)
                _count(report, content, content.path, one, scratch)
            report.state = "recognised"
        except RejectedFileError as error:
            _say_why(report, error)
        yield report


def _count(
    report: FileReport, content: Content, path: Path, found: Recognised, scratch: Path
) -> None:
    seen = content.seen
    target = scratch / f"{seen.source_hash}.parquet"
    line = Lineage(report.path, seen.source_hash, seen.exported_at, seen.exported_at)
    try:
        result = read(path, found, target, line, scratch).result
        report.unknown = [name for kind, name, _ in result.findings if kind is Finding.NEW_COLUMN]
        report.findings = [f"{kind}: {name}: {detail}" for kind, name, detail in result.findings]
        report.rows, report.rows_loaded = result.delivered, result.loaded
        report.rows_rejected, report.rows_dropped = result.rejected, result.dropped
        _measure(report, target, found.contract)
    finally:
        target.unlink(missing_ok=True)


def _say_why(report: FileReport, error: RejectedFileError) -> None:
    report.reason, report.mend = str(error), error.mend
    report.nearest = error.export
    if error.column:
        report.missing = [error.column]
    if isinstance(error, TooManyRejectsError):
        report.rows, report.rows_rejected = error.result.delivered, error.result.rejected


def _describe(report: FileReport, found: Recognised) -> None:
    contract = found.contract
    report.contract, report.version, report.title = contract.id, contract.version, contract.title
    report.form, report.container = found.form, found.container
    report.encoding = found.encoding if found.container in ("text", "json") else None
    have = {normalise_header(name) for name in found.header}
    report.missing = [
        name
        for name in contract.forms.get(found.form or "", [])
        if normalise_header(name) not in have
    ]
    if found.container == "json":
        report.missing = []  # an absent key is an empty value there


def _measure(report: FileReport, target: Path, contract: Contract) -> None:
    money = [name for name, column in contract.columns.items() if column.type is ColumnType.MONEY]
    parts = [f"sum({number_sql(name)})" for name in money]
    if contract.time is not None:
        moment = time_sql(contract.time, contract.columns[contract.time].type)
        parts = [f"min({moment})", f"max({moment})", *parts]
    if not parts:
        return
    with duckdb.connect() as connection:
        row = connection.execute(
            f"select {', '.join(parts)} from read_parquet($path)", {"path": str(target)}
        ).fetchone()
    values = list(row or ())
    if contract.time is not None:
        report.first, report.last = (None if value is None else str(value) for value in values[:2])
        values = values[2:]
    report.totals = {
        name: f"{value:.2f}" for name, value in zip(money, values, strict=True) if value is not None
    }
