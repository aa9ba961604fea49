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
from collections import Counter, deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute
import pyarrow.csv as pa_csv

from orchestration.landing.assemble import MAXIMUM_REJECTS, Assembler, Mask
from orchestration.landing.clean import decode_column, string_buffers
from orchestration.landing.container import scratch_file
from orchestration.landing.normalise import NULL_WORDS
from orchestration.landing.ragged import RegularRows
from orchestration.landing.reasons import Reason
from orchestration.landing.recognised import Recognised
from orchestration.landing.tables import Headers
from orchestration.landing.text_records import (
    LONGEST_RECORD_LINES,
    fill_missing,
    read_slowly,
    shown,
)
from orchestration.landing.text_tables import AnotherTableError, headers_again, without_headers

# The kernels are made at import time, so type stubs do not know them.
pc: Any = _compute

BLOCK_BYTES = 4 << 20
_WIDTH_SAMPLE = 50


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
    # The parser takes all the memory there is for a line without end.
    is_safe &= found.longest_line <= BLOCK_BYTES
    ways = ["parser"] if codec == "utf-8" and found.is_clean else ["parser", "filter"]
    for way in ways if is_safe else ():
        try:
            _read_fast(path, found, codec, width, assembler, is_filtered=way == "filter")
        except AnotherTableError:
            assembler.restart()
            break
        except (pa.ArrowInvalid, _Unsplittable):
            assembler.restart()
        else:
            return
    read_slowly(path, found, codec, width, assembler)


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
    tables = Headers(found.contract, found.header)
    pending: deque[int] = deque()
    blanks: list[int] = []  # counted at the end: this is another thread

    def begins_table(text: str) -> bool:
        """A ragged row may be the header of a table with other columns: then all is read with care."""
        return tables.is_header(text.split(found.delimiter))

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
        if begins_table(row.text):
            return "error"
        told(row.number, row.text)
        return "skip"

    def on_ragged(number: int, line: bytes) -> bool:
        if len(assembler.result.rejects) >= MAXIMUM_REJECTS:
            return False
        if begins_table(shown(line, codec)):
            return False
        told(number, shown(line, codec))
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
                        columns[index] = _shown_damage(column, columns[index], bad, codec)
                fill_missing(columns, assembler, batch.num_rows)
                headers = headers_again(columns, tables)
                if headers:
                    columns, undecodable, numbers = without_headers(
                        headers, columns, undecodable, numbers, assembler
                    )
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


def _shown_damage(column: pa.Array, decoded: pa.Array, bad: Mask, codec: str) -> pa.Array:
    """The column with damaged cells as quarantine shows them."""
    mask = pa.array(bad)
    texts = [cell.decode(codec, "backslashreplace") for cell in column.filter(mask).to_pylist()]
    return pc.replace_with_mask(decoded, mask, pa.array(texts, pa.string()))


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
