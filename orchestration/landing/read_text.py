"""Delimited text to raw: at the speed of pyarrow's parser, and exactly.

The parser works on bytes and only cells that are not ASCII are decoded, each distinct value
once: three times faster than decoding the file first. That is sound because no byte of a
second or later place in UTF-8, GB18030, CP932 or CP1252 is a quote, a delimiter or a line end.
A file that the parser cannot split (a quote that never closes) is read again, record by record.
"""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from orchestration.landing.assemble import MAXIMUM_REJECTS, Assembler, Mask
from orchestration.landing.clean import decode_column, string_buffers
from orchestration.landing.container import scratch_file
from orchestration.landing.normalise import NULL_WORDS
from orchestration.landing.ragged import RegularRows
from orchestration.landing.reasons import Reason
from orchestration.landing.sniff import Recognised

BLOCK_BYTES = 4 << 20
# Beyond these a quote is taken for stray, and a line for damage.
LONGEST_RECORD_LINES = 200
LONGEST_RECORD_BYTES = 8 << 20
_SLOW_BATCH = 5_000
_WIDTH_SAMPLE = 50
_LONE_RETURN = re.compile(rb"(?<=\r)(?!\n|\Z)")


class _Unsplittable(Exception):  # noqa: N818 - a signal between two functions, not an error
    """The fast parser's rows cannot be trusted for this file."""


def read_text(path: Path, found: Recognised, assembler: Assembler, scratch: Path) -> None:
    """Feed the data rows of a text file to ``assembler``. ``scratch`` takes a UTF-16 file's copy."""
    if found.encoding.startswith("utf-16"):
        copy = scratch_file(scratch)
        _transcode(path, copy, found.encoding)
        try:
            _read(copy, found, "utf-8", assembler)
        finally:
            copy.unlink(missing_ok=True)
    else:
        _read(path, found, found.encoding, assembler)


def _read(path: Path, found: Recognised, codec: str, assembler: Assembler) -> None:
    width = _width(path, found)
    # A second byte of a character may be this one.
    is_safe = found.delimiter != "|" or codec == "utf-8"
    ways = ["parser"] if codec == "utf-8" and found.is_clean else ["parser", "filter"]
    for way in ways if is_safe else ():
        try:
            _read_fast(path, found, codec, width, assembler, is_filtered=way == "filter")
        except (pa.ArrowInvalid, _Unsplittable):
            assembler.restart()
        else:
            return
    _read_slowly(path, found, codec, width, assembler)


def _read_fast(
    path: Path,
    found: Recognised,
    codec: str,
    width: int,
    assembler: Assembler,
    *,
    is_filtered: bool,
) -> None:
    """Read with the parser; ``is_filtered`` takes ragged rows out before it sees them."""
    names = [str(index) for index in range(width)]
    needed = {index for index in assembler.plan.needed if index < width}
    # Where cells may be quoted all columns are looked at: a stray quote may have swallowed rows into any.
    wanted = list(range(width)) if found.contract.quoting else sorted(needed | {width - 1})
    is_text = codec == "utf-8" and found.is_clean
    pending: deque[int] = deque()
    blanks: list[int] = []  # counted at the end: this is another thread

    def told(number: int, text: str) -> None:
        pending.append(number)
        if text.strip():
            assembler.reject(number, Reason.RAGGED_ROW, None, text)
        else:
            blanks.append(number)

    def on_invalid_row(row: pa_csv.InvalidRow) -> str:
        if "\n" in row.text.rstrip("\r\n"):
            return "error"  # a stray quote may have swallowed good rows
        if len(assembler.result.rejects) >= MAXIMUM_REJECTS:
            return "error"  # an exception cannot leave from here; the careful reader raises it
        told(row.number, row.text)
        return "skip"

    def on_ragged(number: int, line: bytes) -> bool:
        if len(assembler.result.rejects) >= MAXIMUM_REJECTS:
            return False
        told(number, _shown(line, codec))
        return True

    with path.open("rb") as file, pa.OSFile(str(path)) as fast_file:
        if found.data_offset >= fast_file.size():
            return
        file.seek(found.data_offset)
        fast_file.seek(found.data_offset)
        regular = RegularRows(
            file, found.delimiter, width, quoting=found.contract.quoting, on_ragged=on_ragged
        )
        reader = pa_csv.open_csv(
            regular if is_filtered else fast_file,
            read_options=pa_csv.ReadOptions(
                use_threads=False, block_size=BLOCK_BYTES, column_names=names
            ),
            parse_options=pa_csv.ParseOptions(
                delimiter=found.delimiter,
                quote_char='"' if found.contract.quoting else False,
                newlines_in_values=found.contract.quoting,
                # It gets the row as a str: one that is not UTF-8 would fail on the way there.
                invalid_row_handler=on_invalid_row if is_text else None,
            ),
            convert_options=pa_csv.ConvertOptions(
                check_utf8=False,
                column_types={name: pa.string() if is_text else pa.binary() for name in names},
                include_columns=[names[index] for index in wanted],
                null_values=list(NULL_WORDS),
                strings_can_be_null=True,
            ),
        )
        repeats: dict[int, bool] = {}
        next_number = 1
        last = ""
        with contextlib.closing(_ahead(reader)) as batches:
            for batch in batches:
                if batch.num_rows:
                    cell = batch.column(len(wanted) - 1)[-1]
                    last = bytes(cell.as_buffer() or b"").decode("latin-1")
                numbers, next_number = _numbers(batch.num_rows, next_number, pending)
                columns: dict[int, pa.Array] = {}
                undecodable: dict[int, Mask] = {}
                for index, column in zip(wanted, batch.columns, strict=True):
                    _distrust_swallowed_rows(column, found.delimiter, width)
                    if index not in needed:
                        continue
                    if is_text:
                        columns[index] = column
                        continue
                    if index not in repeats:
                        sample = column.slice(0, 2_000)
                        repeats[index] = len(sample.unique()) * 2 <= len(sample)
                    columns[index], bad = decode_column(column, codec, repeats=repeats[index])
                    if bad is not None:
                        undecodable[index] = bad
                _fill_missing(columns, assembler, batch.num_rows)
                assembler.add(columns, numbers, undecodable)
    if regular.failed:
        raise _Unsplittable
    assembler.result.dropped += len(blanks)
    if "\n" in last and not _tail(path).endswith(b'"'):
        raise _Unsplittable  # the parser takes the end of the file for the closing quote


def _ahead(reader: pa_csv.CSVStreamingReader) -> Generator[pa.RecordBatch]:
    """The batches of a reader, the next one parsed on another thread while one is worked on."""

    def following() -> pa.RecordBatch | None:
        try:
            return reader.read_next_batch()
        except StopIteration:
            return None

    with ThreadPoolExecutor(1, "landing-parse") as pool:
        upcoming = pool.submit(following)
        while (batch := upcoming.result()) is not None:
            upcoming = pool.submit(following)
            yield batch


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 64))
        return file.read().rstrip()


def _numbers(rows: int, start: int, rejected: deque[int]) -> tuple[npt.NDArray[np.int64], int]:
    """Row numbers of a batch, leaving out those of rejected rows between them."""
    end = start + rows
    holes: list[int] = []
    while rejected and rejected[0] < end:
        holes.append(rejected.popleft() - start)
        end += 1
    numbers = np.arange(start, end, dtype=np.int64)
    return (np.delete(numbers, holes) if holes else numbers), end


def _distrust_swallowed_rows(column: pa.Array, delimiter: str, width: int) -> None:
    """Two stray quotes make one cell of all that lies between; what could hold a row is read with care."""
    offsets, data = string_buffers(column)
    breaks = np.flatnonzero(data == ord("\n"))
    if not len(breaks):
        return
    rows = np.searchsorted(offsets, breaks, side="right")
    if int(np.bincount(rows).max()) > LONGEST_RECORD_LINES:
        raise _Unsplittable
    marks = np.searchsorted(offsets, np.flatnonzero(data == ord(delimiter)), side="right")
    if len(marks) and int(np.bincount(marks[np.isin(marks, rows)], minlength=1).max()) >= width - 1:
        raise _Unsplittable


def _fill_missing(columns: dict[int, pa.Array], assembler: Assembler, rows: int) -> None:
    for index in assembler.plan.needed:
        if index not in columns:
            columns[index] = pa.nulls(rows, pa.string())


def _width(path: Path, found: Recognised) -> int:
    """Cells per data row. Some platforms end each row, or only the header, with a delimiter."""
    header = len(found.header)
    with path.open("rb") as file:
        file.seek(found.data_offset)
        lines = [line for line in file.read(1 << 18).split(b"\n")[:_WIDTH_SAMPLE] if line.strip()]
    mark = found.delimiter.encode()
    rows = [line.rstrip(b"\r") for line in lines if b'"' not in line]
    counts = Counter(row.count(mark) + 1 for row in rows)
    usual = counts.most_common(1)[0][0] if counts else header
    if usual > header and all(row.endswith(mark * (usual - header)) for row in rows):
        return usual
    if usual < header and not any(found.header[usual:]):
        return usual
    return header


def _read_slowly(
    path: Path, found: Recognised, codec: str, width: int, assembler: Assembler
) -> None:
    held: list[tuple[int, list[str]]] = []
    for number, cells in _records(path, found, codec, width, assembler):
        held.append((number, cells))
        if len(held) >= _SLOW_BATCH:
            _add(held, assembler)
            held.clear()
    _add(held, assembler)


def _add(held: list[tuple[int, list[str]]], assembler: Assembler) -> None:
    if held:
        numbers = np.array([number for number, _ in held], dtype=np.int64)
        cells = list(zip(*(row for _, row in held), strict=True))
        needed = [index for index in assembler.plan.needed if index < len(cells)]
        columns = {index: pa.array(cells[index], pa.string()) for index in needed}
        _fill_missing(columns, assembler, len(held))
        assembler.add(columns, numbers)


def _records(
    path: Path, found: Recognised, codec: str, width: int, assembler: Assembler
) -> Iterator[tuple[int, list[str]]]:
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
                assembler.reject(number, cells, None, _shown(line, codec))
            elif len(cells) != width:
                assembler.reject(number, Reason.RAGGED_ROW, None, _shown(line, codec))
            else:
                yield number, cells


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
    return None, _shown(line, codec)


def _shown(line: bytes, codec: str) -> str:
    return line.decode(codec, "backslashreplace").rstrip("\r\n")


class _Lines:
    """Physical lines with one that may be given back; a line beyond the limit is cut."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._returned: list[bytes] = []

    def __iter__(self) -> Iterator[bytes]:
        while (line := self.next()) is not None:
            yield line

    def next(self) -> bytes | None:
        """The next line, or None at the end."""
        if self._returned:
            return self._returned.pop()
        line = self._file.readline(LONGEST_RECORD_BYTES)
        if not line:
            return None
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = self._file.readline(LONGEST_RECORD_BYTES)
        first, *more = _LONE_RETURN.split(line) if b"\r" in line else [line]
        self.give_back(more)
        return first

    def give_back(self, lines: list[bytes]) -> None:
        """Read these again."""
        self._returned.extend(reversed(lines))


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


def _transcode(source: Path, target: Path, codec: str) -> None:
    # The mark at the start is left out, so that offsets are those sniffing found.
    with (
        source.open("r", encoding=codec, newline="") as old,
        target.open("w", encoding="utf-8", newline="") as new,
    ):
        first = old.read(1)
        new.write("" if first == "\ufeff" else first)
        while chunk := old.read(1 << 20):
            new.write(chunk)
