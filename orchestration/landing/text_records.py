"""Delimited text record by record, as a person would read it: for files that no parser can split."""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownParameterType=false
# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import pyarrow as pa

from orchestration.landing.assemble import Assembler
from orchestration.landing.reasons import Reason
from orchestration.landing.recognised import Recognised
from orchestration.landing.tables import Headers, is_title

# Beyond these a quote is taken for stray, and a line for damage.
LONGEST_RECORD_LINES = 200
LONGEST_RECORD_BYTES = 8 << 20
_CHUNK = 1 << 20
_BATCH = 5_000


def read_slowly(
    path: Path, found: Recognised, codec: str, width: int, assembler: Assembler
) -> None:
    """Feed the rows of a text file one by one, also those of further tables below the first."""
    tables = Headers(found.contract, found.header)
    more = width - len(found.header)  # cells of a row that the header has not
    held: list[tuple[int, list[str]]] = []
    is_other = False
    for number, cells, line in _records(path, found, codec, assembler):
        if tables.is_suspect(cells) and tables.is_header(cells):
            header = tables.goes_on(cells)
            is_other = header is None
            if header is not None:
                titles = _titles(held, len(header))
                _add(held[: len(held) - titles], assembler)
                held.clear()
                assembler.pass_over(number, titles)
                assembler.turn(header)
                width = len(header) + more
                continue
        if is_other:
            assembler.reject(number, Reason.OTHER_TABLE, None, shown(line, codec))
        elif len(cells) != width:
            assembler.reject(number, Reason.RAGGED_ROW, None, shown(line, codec))
        else:
            held.append((number, cells))
        if len(held) >= _BATCH:
            _add(held, assembler)
            held.clear()
    _add(held, assembler)


def _titles(held: list[tuple[int, list[str]]], width: int) -> int:
    """How many rows at the end are the title of the table below them."""
    count = 0
    while count < len(held) and is_title(held[-1 - count][1], width):
        count += 1
    return count


def _add(held: list[tuple[int, list[str]]], assembler: Assembler) -> None:
    if held:
        numbers = np.array([number for number, _ in held], dtype=np.int64)
        cells = list(zip(*(row for _, row in held), strict=True))
        needed = [index for index in assembler.plan.needed if index < len(cells)]
        columns = {index: pa.array(cells[index], pa.string()) for index in needed}
        fill_missing(columns, assembler, len(held))
        assembler.add(columns, numbers)


def fill_missing(columns: dict[int, pa.Array], assembler: Assembler, rows: int) -> None:
    """Add the columns that the rows of a file end before."""
    for index in assembler.plan.needed:
        if index not in columns:
            columns[index] = pa.nulls(rows, pa.string())


def _records(
    path: Path, found: Recognised, codec: str, assembler: Assembler
) -> Iterator[tuple[int, list[str], bytes]]:
    """Row numbers, cells and first lines; rows that cannot be split are rejected with their text."""
    number = 0
    with path.open("rb") as file:
        file.seek(found.data_offset)
        lines = _Lines(file)
        for line in lines:
            if not line.strip(b"\r\n"):
                continue
            number += 1
            if not line.strip():
                assembler.result.dropped += 1
                continue
            cells = _split(line, lines, found, codec)
            if cells is Reason.UNDECODABLE:
                assembler.reject(number, cells, *_undecodable(line, found, codec))
            elif isinstance(cells, Reason):
                assembler.reject(number, cells, None, shown(line, codec))
            else:
                yield number, cells, line


def _undecodable(line: bytes, found: Recognised, codec: str) -> tuple[str | None, str]:
    """Header and text of the first damaged cell of a line; the whole line where it cannot be told."""
    text = line.decode(codec, "surrogateescape")
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=found.delimiter), [])
    except csv.Error:
        cells = []
    for name, cell in zip(found.header, cells, strict=False):
        if len(cells) == len(found.header) and any("\udc80" <= char <= "\udcff" for char in cell):
            return name, cell.encode(codec, "surrogateescape").decode(codec, "backslashreplace")
    return None, shown(line, codec)


def shown(line: bytes, codec: str) -> str:
    """A line as quarantine keeps it."""
    return line.decode(codec, "backslashreplace").rstrip("\r\n")


class _Lines:
    """Physical lines with one that may be given back; a line beyond the limit is cut."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._ready: list[bytes] = []  # the next one is the last
        self._begun = b""
        self._is_all = False

    def __iter__(self) -> Iterator[bytes]:
        while (line := self.next()) is not None:
            yield line

    def next(self) -> bytes | None:
        """The next line, or None at the end."""
        while not self._ready and not self._is_all:
            self._fill()
        return self._ready.pop() if self._ready else None

    def give_back(self, lines: list[bytes]) -> None:
        """Read these again."""
        self._ready.extend(reversed(lines))

    def _fill(self) -> None:
        more = self._file.read(_CHUNK)
        self._is_all = not more
        lines = (self._begun + more).splitlines(keepends=True)
        # Whether a return is a line's end, or half of one, is seen from what follows.
        if lines and not self._is_all and not lines[-1].endswith(b"\n"):
            self._begun = lines.pop()
            if len(self._begun) > LONGEST_RECORD_BYTES:
                lines.append(self._begun[:LONGEST_RECORD_BYTES])
                self._begun = b""
                self._pass_over()
        else:
            self._begun = b""
        self._ready = lines[::-1]

    def _pass_over(self) -> None:
        """Leave out the rest of the line that was cut."""
        while more := self._file.read(_CHUNK):
            first, *rest = more.splitlines(keepends=True)
            if first.endswith((b"\n", b"\r")):
                self._begun = b"".join(rest)
                return
        self._is_all = True


def _split(line: bytes, lines: _Lines, found: Recognised, codec: str) -> list[str] | Reason:
    """The cells of the record that starts with ``line``, reading on while a quote is open."""
    if len(line) >= LONGEST_RECORD_BYTES:
        return Reason.RAGGED_ROW
    record, more = line, []
    while True:
        try:
            text = record.decode(codec)
        except UnicodeDecodeError:
            lines.give_back(more)
            return Reason.UNDECODABLE
        if not found.contract.quoting:
            return text.rstrip("\r\n").split(found.delimiter)
        state = _quotes(text, found.delimiter)
        if state == "stray" and more:
            # It was the opening quote of another record: all between would have become one cell.
            lines.give_back(more)
            return Reason.UNCLOSED_QUOTE
        if state != "open":
            break
        following = (
            lines.next()
            if len(more) < LONGEST_RECORD_LINES and len(record) < LONGEST_RECORD_BYTES
            else None
        )
        if following is None:
            lines.give_back(more)
            return Reason.UNCLOSED_QUOTE
        more.append(following)
        record += following
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=found.delimiter), [])
    except csv.Error:
        return Reason.RAGGED_ROW


def _quotes(text: str, delimiter: str) -> Literal["open", "stray", "closed"]:
    """Whether a text ends inside a quoted cell, or a quote closes a cell that then goes on.

    A quote opens a cell only at its start.
    """
    if '"' not in text:
        return "closed"
    state: Literal["stray", "closed"] = "closed"
    position, length = 0, len(text)
    while position < length:
        if text[position] == '"':
            position += 1
            while True:
                close = text.find('"', position)
                if close < 0:
                    return "open"
                if text[close + 1 : close + 2] != '"':
                    position = close + 1
                    break
                position = close + 2
            if text[position : position + 1] not in (delimiter, "\r", "\n", " ", ""):
                state = "stray"
        following = text.find(delimiter, position)
        if following < 0:
            return state
        position = following + 1
    return state
