"""Cells out of a piece of worksheet XML, tag by tag: any form of it, in any order, with expat.

Also what a cell is, for both ways of reading; the fast one is :mod:`.xlsx_scan`.
"""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.parsers import expat

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.landing.container import RejectedFileError
from orchestration.landing.reasons import Reason

Ints = npt.NDArray[np.int64]

# What the text of a cell is.
NUMBER, SHARED, TEXT, FLAG, ISO_TIME, OTHER = range(6)
LAST_COLUMN = 16_384
MAXIMUM_DEPTH = 200  # the parser remembers each tag that is open

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile(r"^\$?([A-Za-z]{1,3})\$?[0-9]{1,7}$")


@dataclass(frozen=True)
class Cells:
    """The cells of some rows that hold anything, in the order of the file.

    ``rows`` counts from 0 into ``row_numbers`` (as the sheet numbers them, from 1); ``columns``
    counts from 0; ``texts`` are strings as written, of a shared string its index.
    """

    row_numbers: Ints
    rows: Ints
    columns: Ints
    kinds: npt.NDArray[np.uint8]
    styles: Ints
    texts: pa.Array
    next_row: int  # what a row after these without a number is


def broken(detail: str) -> RejectedFileError:
    """The workbook cannot be read, and why."""
    return RejectedFileError(Reason.BROKEN_CONTAINER, detail)


def unescape(text: str) -> str:
    """A text as a spreadsheet shows it: ``_x000D_`` stands for the character of that number."""

    def character(found: re.Match[str]) -> str:
        number = int(found[1], 16)
        return found[0] if 0xD800 <= number < 0xE000 else chr(number)

    return _ESCAPE.sub(character, text)


class _Parser:
    """Rows or strings of a piece, tag by tag."""

    def __init__(self, next_row: int = 1) -> None:
        self.next_row = next_row
        self.row_numbers: list[int] = []
        self.cells: list[tuple[int, int, int, int, str]] = []
        self.strings: list[str] = []
        self._column = -1
        self._kind, self._style = NUMBER, 0
        self._text: list[str] = []
        self._collects = False
        self._phonetic = 0
        self._depth = 0

    def read(self, piece: bytes) -> None:
        """Parse a piece; it needs no root and no declared prefixes."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._data
        try:
            parser.Parse(b"<root>", False)
            parser.Parse(piece, False)
            parser.Parse(b"</root>", True)
        except (expat.ExpatError, ValueError) as error:
            raise broken(str(error)) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAXIMUM_DEPTH:
            raise broken(f"the XML has tags inside tags, {MAXIMUM_DEPTH} deep")
        tag = name.rpartition(":")[2]
        if tag == "row":
            number = attributes.get("r", "")
            is_number = number.isascii() and number.isdecimal() and 0 < int(number[:9]) < 10**8
            self.row_numbers.append(int(number) if is_number and len(number) < 9 else self.next_row)
            self.next_row = self.row_numbers[-1] + 1
            self._column = -1
        elif tag == "c":
            self._open_cell(attributes)
        elif tag == "si":
            self._text = []
        elif tag == "rPh":
            self._phonetic += 1
        elif tag in ("v", "t"):
            self._collects = not self._phonetic
            if tag == "v":
                self._text = []

    def _open_cell(self, attributes: dict[str, str]) -> None:
        place = _PLACE.match(attributes.get("r", ""))
        if place is None:
            self._column += 1
        else:
            self._column = 0
            for letter in place[1].upper():
                self._column = self._column * 26 + ord(letter) - 64
            self._column -= 1
        if self._column >= LAST_COLUMN:
            raise broken("a cell lies beyond the last column")
        kinds = {"s": SHARED, "str": TEXT, "inlineStr": TEXT, "b": FLAG, "d": ISO_TIME, "n": NUMBER}
        kind = attributes.get("t", "n")
        self._kind = kinds.get(kind, OTHER)
        style = attributes.get("s", "0")
        self._style = int(style) if style.isascii() and style.isdecimal() and len(style) < 7 else 0
        self._text = []

    def _end(self, name: str) -> None:
        self._depth -= 1
        tag = name.rpartition(":")[2]
        if tag in ("v", "t"):
            self._collects = False
        elif tag == "rPh":
            self._phonetic -= 1
        elif tag == "c":
            text = "".join(self._text)
            if text and self.row_numbers:
                plain = unescape(text) if self._kind == TEXT else text
                row = len(self.row_numbers) - 1
                self.cells.append((row, self._column, self._kind, self._style, plain))
        elif tag == "si":
            self.strings.append(unescape("".join(self._text)))

    def _data(self, text: str) -> None:
        if self._collects:
            self._text.append(text)


def parse_rows(piece: bytes, next_row: int) -> Cells:
    """The cells of whole ``row`` elements, by expat."""
    parser = _Parser(next_row)
    parser.read(piece)
    rows, columns, kinds, styles, texts = (
        zip(*parser.cells, strict=True) if parser.cells else ((),) * 5
    )
    return Cells(
        np.array(parser.row_numbers, dtype=np.int64),
        np.array(rows, dtype=np.int64),
        np.array(columns, dtype=np.int64),
        np.array(kinds, dtype=np.uint8),
        np.array(styles, dtype=np.int64),
        pa.array(texts, pa.string()),
        parser.next_row,
    )


def parse_strings(piece: bytes) -> pa.Array:
    """The texts of whole ``si`` elements, by expat."""
    parser = _Parser()
    parser.read(piece)
    return pa.array(parser.strings, pa.string())
