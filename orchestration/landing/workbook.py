"""Tables that are not text: workbooks (xlsx, xls, ods by calamine) and HTML or XML called .xls."""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.parsers import expat

import python_calamine

from orchestration.landing.container import RejectedFileError
from orchestration.landing.reasons import Reason
from orchestration.landing.recognise import HEADER_SEARCH_ROWS

# A spreadsheet keeps 15 digits of a number; a longer one has lost its last ones.
_EXACT_DIGITS_BELOW = 1e15


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and a function that gives its rows, as text, from the first on."""

    name: str
    open_rows: Callable[[], Iterator[list[str]]]

    def head(self) -> list[list[str]]:
        """The first rows, where the header is looked for."""
        return _head(self)

    def rows(self, after: int) -> Iterator[list[str]]:
        """The rows below row ``after``."""
        for index, row in enumerate(self.open_rows()):
            if index > after:
                yield row


@functools.lru_cache(maxsize=64)
def _head(sheet: Sheet) -> list[list[str]]:
    rows: list[list[str]] = []
    for row in sheet.open_rows():
        rows.append(row)
        if len(rows) >= HEADER_SEARCH_ROWS:
            break
    return rows


def cell_text(value: object) -> str:
    """A workbook cell as text: dates ISO, whole numbers without ``.0``.

    A number too long for a spreadsheet to hold is written as 1.234560E+18, so that an id
    column rejects it like the same damage in a CSV.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        if abs(value) >= _EXACT_DIGITS_BELOW:
            return f"{float(value):E}"
        return str(int(value)) if float(value).is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return "" if value is None else str(value)


def open_workbook(path: Path) -> list[Sheet]:
    """The visible sheets of a workbook. Raises :class:`RejectedFileError`."""
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        names = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            and meta.visible == python_calamine.SheetVisibleEnum.Visible
        ]
    except python_calamine.PasswordError as error:
        raise RejectedFileError(Reason.ENCRYPTED, str(error)) from error
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error
    return [Sheet(name, _lazily(book, name)) for name in names]


def _lazily(book: python_calamine.CalamineWorkbook, name: str) -> Callable[[], Iterator[list[str]]]:
    @functools.cache
    def sheet() -> python_calamine.CalamineSheet:
        try:
            return book.get_sheet_by_name(name)
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            raise RejectedFileError(Reason.BROKEN_CONTAINER, f"sheet {name}: {error}") from error

    def rows() -> Iterator[list[str]]:
        for row in sheet().iter_rows():
            yield [cell if type(cell) is str else cell_text(cell) for cell in row]

    return rows


def open_markup(path: Path) -> list[Sheet]:
    """The tables of an HTML page, or the worksheets of an XML spreadsheet, as sheets."""
    with path.open("rb") as file:
        head = file.read(4096).lower()
    is_xml = b"urn:schemas-microsoft-com:office:spreadsheet" in head and b"<html" not in head
    tables = _xml_tables(path) if is_xml else _html_tables(path)
    return [Sheet(name, functools.partial(iter, rows)) for name, rows in tables]


def _html_tables(path: Path) -> list[tuple[str, list[list[str]]]]:
    data = path.read_bytes()
    for codec in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(codec)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise RejectedFileError(Reason.UNREADABLE_ENCODING, "the page is neither UTF-8 nor GB18030")
    parser = _TableParser()
    parser.feed(text)
    parser.close()
    return [(f"table {number}", rows) for number, rows in enumerate(parser.tables, 1)]


class _TableParser(HTMLParser):
    """Collects the text of ``tr``/``td``; a cell over several columns is repeated as empty ones."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell."""
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self._end_row()
            self._row = []
        elif tag in ("td", "th"):
            self._end_cell()
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), 1000) if span.isdecimal() else 1
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell, row or table."""
        if tag in ("td", "th"):
            self._end_cell()
        elif tag in ("tr", "table"):
            self._end_row()

    def handle_data(self, data: str) -> None:
        """Text inside a cell."""
        if self._cell is not None:
            self._cell.append(data)

    def close(self) -> None:
        """Finish a page that was cut."""
        super().close()
        self._end_row()

    def _end_cell(self) -> None:
        if self._cell is not None:
            if self._row is None:
                self._row = []
            self._row += ["".join(self._cell).strip(), *[""] * (self._span - 1)]
            self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            if not self.tables:
                self.tables.append([])
            self.tables[-1].append(self._row)
        self._row = None


def _xml_tables(path: Path) -> list[tuple[str, list[list[str]]]]:
    tables: list[tuple[str, list[list[str]]]] = []
    row: list[str] = []
    text: list[str] = []
    is_data = False

    def start(name: str, attributes: dict[str, Any]) -> None:
        nonlocal is_data
        tag = name.rpartition("}")[2]
        index = attributes.get("urn:schemas-microsoft-com:office:spreadsheet}Index")
        if tag == "Worksheet":
            title = attributes.get("urn:schemas-microsoft-com:office:spreadsheet}Name")
            tables.append((title or f"sheet {len(tables) + 1}", []))
        elif tag == "Row":
            row.clear()
        elif tag == "Cell":
            if index and index.isdecimal():  # cells left out before this one
                row.extend([""] * min(int(index) - 1 - len(row), 20_000))
            row.append("")
        elif tag == "Data":
            text.clear()
            is_data = True

    def end(name: str) -> None:
        nonlocal is_data
        tag = name.rpartition("}")[2]
        if tag == "Data" and row:
            row[-1] = "".join(text)
            is_data = False
        elif tag == "Row" and tables:
            tables[-1][1].append(list(row))

    def data(value: str) -> None:
        if is_data:
            text.append(value)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = (
        start,
        end,
        data,
    )
    # A document type is never needed in a spreadsheet, and entities are how one would bomb us.
    parser.StartDoctypeDeclHandler = _refuse
    try:
        with path.open("rb") as file:
            parser.ParseFile(file)
    except expat.ExpatError as error:
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error
    return tables


def _refuse(*_: object) -> None:
    raise RejectedFileError(Reason.BROKEN_CONTAINER, "the XML has a document type")
