"""Workbooks of the xlsx kind, read piece by piece: memory does not grow with the file.

Belongs here: cutting the XML into pieces, shared texts, and columns out of cells. What a piece
says is in :mod:`.xlsx_scan` and :mod:`.xlsx_parse`, the small parts are in :mod:`.xlsx_book`.
"""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re
import tempfile
import zipfile
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from orchestration.landing.allowance import Allowance, Bounded
from orchestration.landing.batch import Batch
from orchestration.landing.container import archive_errors
from orchestration.landing.normalise import cell_text
from orchestration.landing.xlsx_book import Book, formats_of, open_book
from orchestration.landing.xlsx_parse import FLAG, ISO_TIME, NUMBER, SHARED, Cells, Ints, broken
from orchestration.landing.xlsx_scan import read_rows, read_strings

pc: Any = _compute

# The first piece is small: looking for the header needs only that.
FIRST_PIECE, PIECE = 128 << 10, 8 << 20
_LONGEST_ITEM = 16 << 20  # of one row, one text, or what stands before the first
_CACHED_STRINGS = 64 << 20
_PLAIN_NUMBER = r"^-?(0|[1-9][0-9]{0,14})$|^-?([1-9][0-9]{0,11}\.[0-9]{0,2}|0\.[0-9]{0,2})[1-9]$"


def sheets_of(path: Path) -> list[tuple[str, Callable[[], Iterator[Batch]]]]:
    """Title and rows of each visible worksheet. Raises :class:`RejectedFileError`."""
    with archive_errors(), zipfile.ZipFile(path) as archive:
        book = open_book(path, archive)
    return [(title, functools.partial(_batches, book, part)) for title, part in book.sheets]


def _pieces(source: IO[bytes] | Bounded, container: bytes, item: bytes) -> Iterator[bytes]:
    """Whole ``item`` elements out of a ``container`` element, many at a time."""
    held = bytearray()
    opening = re.compile(rb"<((?:[\w.-]+:)?)" + container + rb"(?=[\s/>])[^>]*>")
    while (found := opening.search(held)) is None:
        more = source.read(FIRST_PIECE)
        held += more
        if not more or len(held) > _LONGEST_ITEM:
            raise broken(f"there is no {container.decode()} in it")
    if b"<!DOCTYPE" in held[: found.end()]:
        raise broken("the XML has a document type")
    if found[0].endswith(b"/>"):
        return
    prefix = found[1]
    last, end = b"</" + prefix + container, b"</" + prefix + item + b">"
    del held[: found.end()]
    size, searched = FIRST_PIECE, 0
    while True:
        # Only what is new is searched: an item may be long.
        new = max(0, searched - len(last) - len(end))
        finish = held.find(last, new)
        if finish >= 0:
            if held[:finish].strip():
                yield bytes(held[:finish])
            return
        cut = held.rfind(end, new) + len(end)
        if cut >= len(end):
            yield bytes(held[:cut])
            del held[:cut]
            size = PIECE
        elif len(held) > _LONGEST_ITEM:
            raise broken(f"a {item.decode()} is longer than {_LONGEST_ITEM >> 20} MB")
        searched = len(held)
        more = source.read(size)
        if not more:
            raise broken("its XML is cut short")
        held += more


@contextlib.contextmanager
def _opened(archive: zipfile.ZipFile, name: str) -> Generator[Bounded]:
    entry = archive.getinfo(name)
    with archive.open(entry) as part:
        yield Bounded(part, Allowance(entry.compress_size))


@dataclass
class _Strings:
    """The shared texts of a workbook, read as far as they are asked for; old ones wait on disk."""

    pieces: Iterator[bytes]
    starts: list[int] = field(default_factory=list)
    count: int = 0
    _cached: OrderedDict[int, pa.Array] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _places: dict[int, tuple[int, int]] = field(default_factory=dict)
    _disk: IO[bytes] | None = None

    def take(self, indices: pa.Array) -> pa.Array:
        """The texts of sorted distinct indices. Raises :class:`RejectedFileError` beyond the last."""
        wanted = indices.to_numpy()
        if not len(wanted):
            return pa.array([], pa.string())
        while self.count <= wanted[-1]:
            piece = next(self.pieces, None)
            if piece is None:
                raise broken(f"shared text {wanted[-1]} of {self.count} is missing")
            texts = read_strings(piece)
            if len(texts):
                self.starts.append(self.count)
                self.count += len(texts)
                self._keep(len(self.starts) - 1, texts)
        found: list[pa.Array] = []
        at = 0
        while at < len(wanted):
            number = bisect_right(self.starts, wanted[at]) - 1
            texts = self._texts(number)
            end = int(np.searchsorted(wanted, self.starts[number] + len(texts)))
            found.append(texts.take(pa.array(wanted[at:end] - self.starts[number])))
            at = end
        return pa.concat_arrays(found)

    def close(self) -> None:
        """Forget all."""
        if self._disk is not None:
            self._disk.close()

    def _keep(self, number: int, texts: pa.Array) -> None:
        self._cached[number] = texts
        self._cached.move_to_end(number)
        self._bytes += texts.nbytes
        while self._bytes > _CACHED_STRINGS and len(self._cached) > 1:
            old, values = self._cached.popitem(last=False)
            self._bytes -= values.nbytes
            if old not in self._places:
                self._write(old, values)

    def _write(self, number: int, texts: pa.Array) -> None:
        if self._disk is None:
            self._disk = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the texts
        block = pa.record_batch([texts], names=["text"]).serialize()
        place = self._disk.seek(0, 2)
        self._disk.write(block)
        self._places[number] = (place, block.size)

    def _texts(self, number: int) -> pa.Array:
        texts = self._cached.get(number)
        if texts is None:
            assert self._disk is not None  # noqa: S101 - for the type checker
            place, size = self._places[number]
            self._disk.seek(place)
            schema = pa.schema([("text", pa.string())])
            texts = pa.ipc.read_record_batch(pa.py_buffer(self._disk.read(size)), schema).column(0)
            self._keep(number, texts)
        else:
            self._cached.move_to_end(number)
        return texts


def _batches(book: Book, part: str) -> Iterator[Batch]:
    """The rows of a worksheet that hold anything."""
    with archive_errors(), zipfile.ZipFile(book.path) as archive, contextlib.ExitStack() as stack:
        if part not in book.parts:
            raise broken(f"it has no {part}")
        formats = formats_of(archive, book.styles and book.parts[book.styles])
        texts = iter(())
        if book.strings is not None:
            name = book.parts[book.strings]
            texts = _pieces(stack.enter_context(_opened(archive, name)), b"sst", b"si")
        strings = _Strings(texts)
        stack.callback(strings.close)
        source = stack.enter_context(_opened(archive, book.parts[part]))
        next_row = 1
        for piece in _pieces(source, b"sheetData", b"row"):
            cells = read_rows(piece, next_row)
            next_row = cells.next_row
            batch = _batch(cells, strings, formats, book.first_day)
            if batch is not None:
                yield batch


def _batch(
    cells: Cells, strings: _Strings, formats: list[str], first_day: dt.datetime
) -> Batch | None:
    pool, place = _values(cells, strings, formats, first_day)
    filled = place >= 0
    if not filled.any():
        return None
    used, rows = np.unique(cells.rows[filled], return_inverse=True)
    columns, place = cells.columns[filled], place[filled]
    order = np.argsort(columns, kind="stable")
    width = int(columns.max()) + 1
    bounds = np.searchsorted(columns[order], np.arange(width + 1))
    count = len(used)

    def column(index: int) -> pa.Array:
        if index >= width:
            return pa.nulls(count, pa.string())
        chosen = order[bounds[index] : bounds[index + 1]]
        indices = np.full(count, -1, dtype=np.int64)
        indices[rows[chosen]] = place[chosen]
        return pool.take(pa.array(indices, mask=indices < 0))

    return Batch(cells.row_numbers[used], width, column)


def _values(
    cells: Cells, strings: _Strings, formats: list[str], first_day: dt.datetime
) -> tuple[pa.Array, Ints]:
    """A pool of texts, and where in it the text of each cell is; -1 for a cell without text."""
    place = np.arange(len(cells.kinds), dtype=np.int64)
    pool = cells.texts
    shared = np.flatnonzero(cells.kinds == SHARED)
    if len(shared):
        try:
            indices = pc.cast(pool.take(pa.array(shared)), pa.int64()).to_numpy()
        except pa.ArrowInvalid as error:
            raise broken("the place of a shared text is not a number") from error
        if indices.min() < 0:
            raise broken("the place of a shared text is negative")
        distinct, inverse = np.unique(indices, return_inverse=True)
        texts = strings.take(pa.array(distinct))
        is_empty = pc.equal(pc.binary_length(texts), 0).to_numpy(zero_copy_only=False)
        place[shared] = np.where(is_empty[inverse], -1, len(pool) + inverse)
        pool = pa.concat_arrays([pool, texts])
    special = _special(cells, formats)
    if len(special):
        coded = pool.take(pa.array(special)).dictionary_encode()
        kinds = cells.kinds[special].astype(np.int64)
        forms = _form_of(cells.styles[special], formats)
        # One conversion for each text of each kind and format.
        keys = (coded.indices.to_numpy().astype(np.int64) * 8 + kinds) * 4 + forms
        distinct, inverse = np.unique(keys, return_inverse=True)
        words = coded.dictionary.to_pylist()
        texts = [
            _converted(words[key // 32], int(key // 4 % 8), int(key % 4), first_day)
            for key in distinct.tolist()
        ]
        place[special] = len(pool) + inverse
        pool = pa.concat_arrays([pool, pa.array(texts, pa.string())])
    return pool, place


def _form_of(styles: Ints, formats: list[str]) -> Ints:
    """0 for a plain number, 1 for a date, 2 for a duration."""
    codes = np.array([*(["", "date", "duration"].index(form) for form in formats), 0])
    return codes[np.minimum(styles, len(formats))]


def _special(cells: Cells, formats: list[str]) -> Ints:
    """Cells whose text is not yet what raw keeps."""
    number = cells.kinds == NUMBER
    mask = (cells.kinds == FLAG) | (cells.kinds == ISO_TIME)
    if number.any():
        is_date = _form_of(cells.styles, formats) > 0
        rows = np.flatnonzero(number & ~is_date)
        plain = pc.match_substring_regex(cells.texts.take(pa.array(rows)), pattern=_PLAIN_NUMBER)
        mask[rows] = ~plain.to_numpy(zero_copy_only=False)
        mask |= number & is_date
    return np.flatnonzero(mask)


def _converted(text: str, kind: int, form: int, first_day: dt.datetime) -> str:
    if kind == FLAG:
        return {"1": "true", "0": "false"}.get(text, text)
    if kind == ISO_TIME:
        return text.replace("T", " ", 1)
    try:
        number = float(text)
        if form == 0 or not np.isfinite(number):
            return cell_text(number) if np.isfinite(number) else text
        span = dt.timedelta(seconds=round(number * 86_400))
        if form == 2:
            return str(span)
        if number < 0:
            return cell_text(number)
        if first_day.year == 1899 and number < 60:  # the 29th of February 1900 is a day there
            first_day += dt.timedelta(days=1)
        moment = first_day + span
    except (ValueError, OverflowError):
        return text
    if number < 1:
        return (first_day + span).time().isoformat()
    return cell_text(moment.date() if number.is_integer() else moment)
