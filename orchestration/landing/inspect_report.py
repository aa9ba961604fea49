"""What ``doubleloop inspect`` found, for people: recognised files by export, the others by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orchestration.landing.inspect_files import FileReport

_TOTALS_SHOWN = 2
_FILES_SHOWN = 20
_FILES_NAMED = 3
_PER_UNIT = ("price", "average", "cpa", "cpc", "cpm")


def render(reports: Sequence[FileReport]) -> RenderableType:
    """The reports as one text: counts, one table per export, and below their reason the files of no use."""
    parts: list[RenderableType] = [_counts(reports)]
    exports: dict[str, list[FileReport]] = {}
    reasons: dict[tuple[str, str, str], list[FileReport]] = {}
    for report in reports:
        if report.state == "recognised":
            exports.setdefault(report.contract or "", []).append(report)
        else:
            why = (report.state, report.reason or "", report.mend or "")
            reasons.setdefault(why, []).append(report)
    for export in sorted(exports):
        parts += _export(export, exports[export])
    for (state, reason, mend), alike in reasons.items():
        parts += _not_used(state, reason, mend, alike)
    return Group(*parts)


def _counts(reports: Sequence[FileReport]) -> Text:
    states = Counter(report.state for report in reports)
    rows = sum(report.rows or 0 for report in reports if report.state == "recognised")
    told = [f"{count:,} {state}" for state, count in sorted(states.items())]
    return Text(f"{len(reports):,} files: {', '.join(told)}; {rows:,} rows in the recognised ones")


def _export(export: str, reports: Sequence[FileReport]) -> list[RenderableType]:
    """Heading and table of the files of one export."""
    heading = Text(f"\n{export}", style="bold")
    ways = {_read_as(report) for report in reports}
    heading.append(f"  {reports[0].title}", style="not bold")
    if len(ways) == 1:
        heading.append(f" ({ways.pop()})", style="not bold dim")
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("file", overflow="fold", min_width=16)
    if ways:
        table.add_column("read as", overflow="fold", min_width=12)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("days", no_wrap=True)
    money = _telling_totals(reports)
    for name in money:
        # On a narrow terminal the name folds between its words, the sum never.
        digits = max(len(_amount(report, name)) for report in reports)
        table.add_column(name.replace("_", " "), justify="right", overflow="fold", min_width=digits)
    for report in reports:
        table.add_row(
            report.path,
            *([_read_as(report)] if ways else []),
            "" if report.rows is None else f"{report.rows:,}",
            _days(report),
            *(_amount(report, name) for name in money),
        )
    return [heading, table, *_remarks(reports)]


def _read_as(report: FileReport) -> str:
    return ", ".join(part for part in (report.form, report.container, report.encoding) if part)


def _telling_totals(reports: Sequence[FileReport]) -> list[str]:
    """The money columns of the largest sums; prices and costs per unit are no sums of anything."""
    sums: dict[str, Decimal] = {}
    for report in reports:
        for name, total in report.totals.items():
            if not any(part in name.split("_") for part in _PER_UNIT):
                sums[name] = sums.get(name, Decimal(0)) + abs(Decimal(total))
    largest = sorted((name for name, total in sums.items() if total), key=lambda name: -sums[name])
    return largest[:_TOTALS_SHOWN]


def _amount(report: FileReport, name: str) -> str:
    return f"{Decimal(report.totals[name]):,}" if name in report.totals else ""


def _days(report: FileReport) -> str:
    first, last = ((text or "")[:10] for text in (report.first, report.last))
    return first if first == last else f"{first} to {last}"


def _not_used(
    state: str, reason: str, mend: str, reports: Sequence[FileReport]
) -> list[RenderableType]:
    style = "yellow" if state in ("unrecognised", "postponed") else "red"
    found: list[RenderableType] = [Text(f"\n{state}: {reason}", style=style)]
    if mend:
        found.append(Padding(Text(mend), (0, 0, 0, 2), expand=False))
    return [*found, _list(_shortened([report.path for report in reports], _FILES_SHOWN))]


def _remarks(reports: Sequence[FileReport]) -> list[RenderableType]:
    """What is odd about files that are used, each remark once, with its files unless it holds for all."""
    remarks: dict[str, list[str]] = {}
    for report in reports:
        for remark in _remarks_of(report):
            remarks.setdefault(remark, []).append(report.path)
    lines = [
        remark
        if len(paths) == len(reports)
        else f"{remark} ({', '.join(_shortened(paths, _FILES_NAMED))})"
        for remark, paths in remarks.items()
    ]
    return [_list(lines)] if lines else []


def _remarks_of(report: FileReport) -> list[str]:
    remarks: list[str] = []
    if report.rows_rejected:
        remarks.append(f"{report.rows_rejected:,} bad rows")
    if report.rows_dropped:
        remarks.append(f"{report.rows_dropped:,} rows dropped (totals, blank)")
    if report.missing:
        remarks.append("without " + ", ".join(report.missing))
    return remarks + report.findings


def _shortened(names: Sequence[str], most: int) -> list[str]:
    if len(names) <= most:
        return list(names)
    return [*names[:most], f"and {len(names) - most:,} more (--json lists all)"]


def _list(lines: Sequence[str]) -> Padding:
    return Padding(Text("\n".join(f"- {line}" for line in lines)), (0, 0, 0, 2), expand=False)
