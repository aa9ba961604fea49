"""The first look at workbooks and pages: which of their sheets or tables are the export."""

from __future__ import annotations

from orchestration.landing.container import Container, RejectedFileError
from orchestration.landing.contract import Contract
from orchestration.landing.recognise import Match, best_match
from orchestration.landing.recognised import (
    Recognised,
    Unrecognised,
    clean_header,
    demand_one_table,
    demand_required,
    unmatched,
)
from orchestration.landing.tables import is_continued_by
from orchestration.landing.workbook import Sheet

NO_HEADER = -1  # the row of its header, of a table that has none


def sniff_sheets(
    kind: Container, sheets: list[Sheet], contracts: list[Contract]
) -> Recognised | Unrecognised:
    """Recognise the sheets of a workbook or the tables of a page. Raises :class:`RejectedFileError`.

    The sheet that fulfils the longest signature says what the file is; sheets of other exports are
    in ``others``, one for each export.
    """
    found = [
        (match, sheet)
        for sheet in sheets
        if (match := best_match(sheet.head(), contracts)) is not None
    ]
    if not found:
        heads = [sheet.head() for sheet in sheets]
        fullest = max(heads, key=lambda rows: sum(map(bool, rows)), default=list[list[str]]())
        return unmatched(kind, None, fullest, contracts)
    ranked = sorted((match for match, _ in found), key=_rank)
    best, *more = (
        [pair for pair in found if pair[0].contract.id == export]
        for export in dict.fromkeys(match.contract.id for match in ranked)
    )
    whole = _one_export(kind, best, contracts)
    if kind == "markup":
        whole.sheets.extend(_body_below(sheets, whole.sheets, len(whole.header)))
    refused: dict[str, str] = {}
    for together in more:
        try:
            whole.others.append(_one_export(kind, together, contracts))
        except RejectedFileError as error:
            refused |= {sheet.name: f"{error}; not read" for _, sheet in together}
    read = {sheet.name for one in (whole, *whole.others) for sheet, _ in one.sheets}
    matches = {sheet.name: match for match, sheet in found}
    whole.other_sheets.update(
        (sheet.name, refused.get(sheet.name) or _why_not(matches.get(sheet.name)))
        for sheet in sheets
        if sheet.name not in read and sheet.head()
    )
    return whole


def _rank(match: Match) -> tuple[int, int]:
    return -len(match.contract.all_of), -match.known


def _one_export(
    kind: Container, found: list[tuple[Match, Sheet]], contracts: list[Contract]
) -> Recognised:
    """The sheets of one export. Raises :class:`RejectedFileError` where its first cannot be used."""
    contract = found[0][0].contract
    chosen = [(sheet, match.row) for match, sheet in found]
    if contract.sheets == "first":
        chosen = chosen[:1]
    first, row = chosen[0]
    header = header_of(first, row)
    demand_one_table(header, contracts)
    demand_required(header, contract)
    # A further sheet is the same table going on only when it feeds the same columns.
    same = [
        (sheet, row)
        for sheet, row in chosen
        if is_continued_by(header, header_of(sheet, row), contract)
    ]
    preamble = [cells for cells in first.head()[:row] if any(cells)]
    return Recognised(contract, kind, header, preamble=preamble, sheets=same)


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


def _why_not(match: Match | None) -> str:
    if match is None:
        return "no export is known by its headers; not read"
    if match.contract.sheets == "first":
        return f"{match.contract.id} is read from its first sheet alone; not read"
    return f"{match.contract.id} with other columns than its sheet before; not read"
