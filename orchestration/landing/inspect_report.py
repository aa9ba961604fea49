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
    money = _telling_totals(reports)
    remarks = [_remarks(report) for report in reports]
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("file", overflow="fold", min_width=16)
    if ways:
        table.add_column("read as", overflow="fold", min_width=12)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("days", no_wrap=True)
    for name in money:
        table.add_column(name, justify="right", no_wrap=True)
    if any(remarks):
        table.add_column("remarks", overflow="fold")
    for report, said in zip(reports, remarks, strict=True):
        cells = [
            report.path,
            *([_read_as(report)] if ways else []),
            "" if report.rows is None else f"{report.rows:,}",
            _days(report),
            *(f"{Decimal(report.totals[n]):,}" if n in report.totals else "" for n in money),
        ]
        table.add_row(*cells, *(["\n".join(said)] if any(remarks) else []))
    return [heading, table]


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
    names = [report.path for report in reports[:_FILES_SHOWN]]
    if len(reports) > _FILES_SHOWN:
        names.append(f"and {len(reports) - _FILES_SHOWN:,} more (--json lists all)")
    found.append(
        Padding(Text("\n".join(f"- {name}" for name in names)), (0, 0, 0, 2), expand=False)
    )
    return found


def _remarks(report: FileReport) -> list[str]:
    remarks: list[str] = []
    if report.rows_rejected:
        remarks.append(f"{report.rows_rejected:,} bad rows")
    if report.rows_dropped:
        remarks.append(f"{report.rows_dropped:,} rows dropped (totals, blank)")
    if report.missing:
        remarks.append("without " + ", ".join(report.missing))
    return remarks + report.findings
