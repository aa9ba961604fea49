"""The first look at workbooks and pages: which of their sheets or tables are the export."""

from __future__ import annotations

from orchestration.landing.container import Container
from orchestration.landing.contract import Contract
from orchestration.landing.recognise import Match, best_match
from orchestration.landing.recognised import (
    Recognised,
    Unrecognised,
    clean_header,
    demand_required,
    unmatched,
)
from orchestration.landing.tables import is_continued_by
from orchestration.landing.workbook import Sheet

NO_HEADER = -1  # the row of its header, of a table that has none


def sniff_sheets(
    kind: Container, sheets: list[Sheet], contracts: list[Contract]
) -> Recognised | Unrecognised:
    """Recognise the sheets of a workbook or the tables of a page. Raises :class:`RejectedFileError`."""
    found = [
        (match, sheet)
        for sheet in sheets
        if (match := best_match(sheet.head(), contracts)) is not None
    ]
    if not found:
        heads = [sheet.head() for sheet in sheets]
        fullest = max(heads, key=lambda rows: sum(map(bool, rows)), default=list[list[str]]())
        return unmatched(kind, None, fullest, contracts)
    best = min(found, key=lambda pair: (-len(pair[0].contract.all_of), -pair[0].known))[0]
    contract = best.contract
    chosen = [(sheet, match.row) for match, sheet in found if match.contract.id == contract.id]
    if contract.sheets == "first":
        chosen = chosen[:1]
    first, row = chosen[0]
    header = header_of(first, row)
    demand_required(header, contract)
    # A further sheet is the same table going on only when it feeds the same columns.
    same = [
        (sheet, row)
        for sheet, row in chosen
        if is_continued_by(header, header_of(sheet, row), contract)
    ]
    if kind == "markup":
        same += _body_below(sheets, same, len(header))
    read = {sheet.name for sheet, _ in same}
    matches = {sheet.name: match for match, sheet in found}
    return Recognised(
        contract,
        kind,
        header,
        preamble=[cells for cells in first.head()[:row] if any(cells)],
        sheets=same,
        other_sheets={
            sheet.name: _why_not(matches.get(sheet.name), contract)
            for sheet in sheets
            if sheet.name not in read and sheet.head()
        },
    )


def header_of(sheet: Sheet, row: int) -> list[str]:
    """The header in a row of a sheet, cleaned like cells."""
    return [clean_header(name) for name in sheet.head()[row]]


def _body_below(
    sheets: list[Sheet], same: list[tuple[Sheet, int]], width: int
) -> list[tuple[Sheet, int]]:
    """The table after one that is a header alone: pages keep it apart, so that it stays in sight."""
    last, row = same[-1]
    place = next(n for n, sheet in enumerate(sheets) if sheet is last) + 1
    if len(last.head()) > row + 1 or place >= len(sheets):
        return []
    body = sheets[place].head()
    fits = bool(body) and max(map(len, body)) == width
    return [(sheets[place], NO_HEADER)] if fits else []


def _why_not(match: Match | None, contract: Contract) -> str:
    if match is None:
        return "not the same table; not read"
    if match.contract.id == contract.id:
        return "the same export with other columns; not read"
    return f"looks like {match.contract.id}; not read"
