"""HTML pages and XML spreadsheets called .xls: their tables, row by row, in bounded memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.parsers import expat

from orchestration.landing.container import RejectedFileError
from orchestration.landing.reasons import Reason

MAXIMUM_TABLES = 1_000
MAXIMUM_DEPTH = 1_000  # the parser remembers each tag that is open
_CHUNK = 64 << 10
_LONGEST_ROW = 8 << 20  # characters
_LONGEST_TAG = 1 << 20
_WIDEST_ROW = 16_384
_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"


def heads(path: Path, limit: int, is_utf8: bool) -> list[tuple[str, list[list[str]]]]:
    """The name and first rows of each table. Raises :class:`RejectedFileError`."""
    names: dict[int, str] = {}
    found: dict[int, list[list[str]]] = {}
    for table, row in rows(path, is_utf8, names):
        held = found.setdefault(table, [])
        if len(held) < limit:
            held.append(row)
    tables = max(found, default=-1) + 1
    return [(names.get(n, f"table {n + 1}"), found.get(n, [])) for n in range(tables)]


def rows(
    path: Path,
    is_utf8: bool,
    names: dict[int, str] | None = None,
) -> Iterator[tuple[int, list[str]]]:
    """All rows with the number of their table, from 0; ``names`` takes the titles of worksheets."""
    with path.open("rb") as file:
        head = file.read(4096).lower()
    if _SPREADSHEET in head and b"<html" not in head:
        return _xml_rows(path, {} if names is None else names)
    return _html_rows(path, "utf-8-sig" if is_utf8 else "gb18030")


def _html_rows(path: Path, codec: str) -> Iterator[tuple[int, list[str]]]:
    decoder = codecs.getincrementaldecoder(codec)()
    parser = _TableParser()
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                parser.feed(decoder.decode(chunk, final=not chunk))
            except UnicodeDecodeError as error:
                raise RejectedFileError(
                    Reason.UNREADABLE_ENCODING, "the page is neither UTF-8 nor GB18030"
                ) from error
            if len(parser.rawdata) > _LONGEST_TAG:
                raise _broken("a tag that never ends")
            if not chunk:
                parser.close()
            yield from parser.taken()
            if not chunk:
                return


def _broken(detail: str) -> RejectedFileError:
    return RejectedFileError(Reason.BROKEN_CONTAINER, f"the page has {detail}")


class _Table:
    """Rows as they get ready, and the limits of one."""

    def __init__(self) -> None:
        self.table = -1
        self._ready: list[tuple[int, list[str]]] = []
        self._size = 0

    def taken(self) -> list[tuple[int, list[str]]]:
        """The rows that are ready, once."""
        ready, self._ready = self._ready, []
        return ready

    def begin(self) -> None:
        """A table starts."""
        self.table += 1
        if self.table >= MAXIMUM_TABLES:
            raise _broken(f"more than {MAXIMUM_TABLES:,} tables")

    def add(self, row: list[str]) -> None:
        """A row ends."""
        if self.table < 0:
            self.begin()
        self._ready.append((self.table, row))
        self._size = 0

    def grow(self, size: int) -> None:
        """A row takes more text."""
        self._size += size
        if self._size > _LONGEST_ROW:
            raise _broken(f"a row of more than {_LONGEST_ROW >> 20} million characters")


class _TableParser(HTMLParser):
    """Collects the text of ``tr``/``td``; a cell over several columns is followed by empty ones."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._tables = _Table()
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._span = 1

    def taken(self) -> list[tuple[int, list[str]]]:
        """The rows that are ready, once."""
        return self._tables.taken()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell."""
        if tag == "table":
            self._tables.begin()
        elif tag == "tr":
            self._end_row()
            self._row = []
        elif tag in ("td", "th"):
            self._end_cell()
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span[:9]), 1000) if span.isascii() and span.isdecimal() else 1
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
            self._tables.grow(len(data))
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
            if len(self._row) > _WIDEST_ROW:
                raise _broken(f"a row of more than {_WIDEST_ROW:,} cells")
            self._cell = None

    def _end_row(self) -> None:
        self._end_cell()
        if self._row:
            self._tables.add(self._row)
        self._row = None


def _xml_rows(path: Path, names: dict[int, str]) -> Iterator[tuple[int, list[str]]]:
    tables = _Table()
    row: list[str] = []
    text: list[str] = []
    is_data = False
    depth = 0

    def start(name: str, attributes: dict[str, Any]) -> None:
        nonlocal is_data, depth
        depth += 1
        if depth > MAXIMUM_DEPTH:
            raise _broken(f"tags inside tags, {MAXIMUM_DEPTH:,} deep")
        tag = name.rpartition("}")[2]
        index = attributes.get("urn:schemas-microsoft-com:office:spreadsheet}Index", "")
        if tag == "Worksheet":
            tables.begin()
            title = attributes.get("urn:schemas-microsoft-com:office:spreadsheet}Name")
            names[tables.table] = title or f"sheet {tables.table + 1}"
        elif tag == "Row":
            row.clear()
        elif tag == "Cell":
            if index.isascii() and index.isdecimal():  # cells left out before this one
                row.extend([""] * min(int(index[:9]) - 1 - len(row), _WIDEST_ROW))
            row.append("")
            if len(row) > _WIDEST_ROW:
                raise _broken(f"a row of more than {_WIDEST_ROW:,} cells")
        elif tag == "Data":
            text.clear()
            is_data = True

    def end(name: str) -> None:
        nonlocal is_data, depth
        depth -= 1
        tag = name.rpartition("}")[2]
        if tag == "Data" and row:
            row[-1] = "".join(text)
            is_data = False
        elif tag == "Row" and tables.table >= 0:
            tables.add(list(row))

    def data(value: str) -> None:
        if is_data:
            tables.grow(len(value))
            text.append(value)

    def refuse(*_: object) -> None:
        raise RejectedFileError(Reason.BROKEN_CONTAINER, "the XML has a document type")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = data
    # A document type is never needed in a spreadsheet, and entities are how one would bomb us.
    parser.StartDoctypeDeclHandler = refuse
    fed = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            fed += len(chunk)
            try:
                parser.Parse(chunk, not chunk)
            except (expat.ExpatError, ValueError) as error:
                raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error
            if fed - parser.CurrentByteIndex > _LONGEST_TAG + _CHUNK:
                raise _broken("a tag that never ends")
            yield from tables.taken()
            if not chunk:
                return
