"""What ``doubleloop inspect`` found, for people: a table of what was recognised, and the rest by reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from orchestration.landing.inspect_files import FileReport

_TOTALS_SHOWN = 4
_FILES_SHOWN = 20


def render(reports: Sequence[FileReport]) -> RenderableType:
    """The reports as one text: counts, a table of the recognised files, the others below their reason."""
    recognised = [report for report in reports if report.state == "recognised"]
    parts: list[RenderableType] = [_counts(reports)]
    if recognised:
        parts.append(_table(recognised))
    reasons: dict[tuple[str, str, str], list[FileReport]] = {}
    for report in reports:
        if report.state != "recognised":
            why = (report.state, report.reason or "", report.mend or "")
            reasons.setdefault(why, []).append(report)
    for (state, reason, mend), alike in reasons.items():
        parts += _not_used(state, reason, mend, alike)
    return Group(*parts)


def _counts(reports: Sequence[FileReport]) -> Text:
    states = Counter(report.state for report in reports)
    rows = sum(report.rows or 0 for report in reports if report.state == "recognised")
    told = [f"{count:,} {state}" for state, count in sorted(states.items())]
    return Text(f"{len(reports):,} files: {', '.join(told)}; {rows:,} rows in the recognised ones")


def _table(reports: Sequence[FileReport]) -> Table:
    table = Table(show_lines=False, expand=False)
    for name in ("file", "export", "rows", "period", "totals", "remarks"):
        table.add_column(name, justify="right" if name == "rows" else "left", overflow="fold")
    for report in reports:
        form = (report.form, report.container, report.encoding)
        details = ", ".join(part for part in form if part)
        totals = list(report.totals.items())[:_TOTALS_SHOWN]
        table.add_row(
            report.path,
            f"{report.contract}\n{details}",
            "" if report.rows is None else f"{report.rows:,}",
            f"{report.first} to\n{report.last}" if report.first else "",
            "\n".join(f"{name} {value}" for name, value in totals),
            "\n".join(_remarks(report)),
        )
    return table


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
