"""Columns of text, built without a loop over rows.

Belongs here: turning numpy numbers into Arrow text, joining text columns into lines, and the
alphabet of unique ids. Does not belong here: what any platform calls its columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Text = pa.Array | str
"""A column of text, or one text that is the same on every row."""

BASE32 = b"abcdefghijkmnpqrstuvwxyz23456789"
HEX = b"0123456789abcdef"
_EMPTY = pa.scalar("")
# pyarrow makes its functions when it is imported, so no type checker knows them.
_compute: Any = pyarrow.compute


def take(values: pa.Array, index: Ints, present: Flags | None = None) -> pa.Array:
    """``values[index]``; where ``present`` is false the cell is empty (null, joined as no text)."""
    mask = None if present is None else ~present
    return values.take(pa.array(index, mask=mask))


def where(condition: Flags, yes: Text, no: Text = "") -> pa.Array:
    """Choose row by row between two columns or constants."""
    return _compute.if_else(pa.array(condition), yes, no)


def joined(*pieces: Text) -> pa.Array:
    """Concatenate the pieces row by row; at least one piece is a column; nulls count as no text."""
    merged: list[Text] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        elif not (isinstance(piece, str) and piece == ""):
            merged.append(piece)
    if len(merged) == 1 and not isinstance(merged[0], str):
        return merged[0].fill_null("")
    return _compute.binary_join_element_wise(
        *merged, _EMPTY, null_handling="replace", null_replacement=""
    )


def whole(numbers: Ints, present: Flags | None = None) -> pa.Array:
    """Whole numbers as text."""
    return pa.array(numbers, mask=None if present is None else ~present).cast(pa.string())


def padded(numbers: Ints, width: int) -> pa.Array:
    """Whole numbers as text with leading zeros."""
    return _compute.utf8_lpad(whole(numbers), width, "0")


def sliced(text: pa.Array, start: int, stop: int | None = None) -> pa.Array:
    """Characters ``start`` to ``stop`` (exclusive) of every text."""
    return _compute.utf8_slice_codeunits(text, start, stop)


def capitalized(text: pa.Array) -> pa.Array:
    """The first letter in upper case."""
    return _compute.utf8_capitalize(text)


def upper(text: pa.Array) -> pa.Array:
    """Every letter in upper case."""
    return _compute.utf8_upper(text)


def wide_digits(text: pa.Array) -> pa.Array:
    """Digits as full-width characters."""
    for plain, wide in zip("0123456789", "０１２３４５６７８９", strict=True):
        text = _compute.replace_substring(text, plain, wide)
    return text


def digits(text: pa.Array) -> pa.Array:
    """Only the digits of every text."""
    return _compute.replace_substring_regex(text, "[^0-9]", "")


@cache
def _cents() -> pa.Array:
    return pa.array([f".{cent:02d}" for cent in range(100)])


def money(cents: Ints, *, commas: bool = False, present: Flags | None = None) -> pa.Array:
    """Cents (not negative) as ``1234.50``; with ``commas`` as ``"1,234.50"`` in CSV quotes."""
    fraction = take(_cents(), cents % 100)
    plain = joined(whole(cents // 100), fraction)
    if commas and bool((cents >= 100_000).any()):
        grouped = joined(
            '"', whole(cents // 100_000), ",", padded(cents // 100 % 1000, 3), fraction, '"'
        )
        plain = where(cents >= 100_000, grouped, plain)
    return plain if present is None else where(present, plain)


def mixed(keys: npt.NDArray[np.uint64], salt: int) -> npt.NDArray[np.uint64]:
    """Scramble 64-bit keys one to one (splitmix64), so different keys stay different."""
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) + np.uint64((salt * 0x9E3779B97F4A7C15 + 1) % 2**64)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def spelled(keys: npt.NDArray[np.uint64], alphabet: bytes = BASE32) -> pa.Array:
    """64-bit keys spelled in an alphabet of 16 or 32 letters: 16 or 13 letters, one to one."""
    bits = len(alphabet).bit_length() - 1
    width = -(-64 // bits)
    shifts = np.arange(width, dtype=np.uint64) * np.uint64(bits)
    digits = (keys[:, None] >> shifts[None, :]) & np.uint64(len(alphabet) - 1)
    letters = np.frombuffer(alphabet, dtype=np.uint8)[digits.astype(np.int64)]
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(width), len(keys), [None, pa.py_buffer(np.ascontiguousarray(letters))]
    )
    return fixed.cast(pa.binary()).cast(pa.string())


def repeated(value: str, rows: int) -> pa.Array:
    """A column with the same text on every row."""
    return pa.repeat(pa.scalar(value), rows)


def csv_lines(
    headers: Sequence[str],
    cells: dict[str, Text],
    rows: int,
    *,
    quote_all: bool = False,
    empty: str = "",
    line_end: str = "\r\n",
) -> pa.Array:
    """One CSV line per row. Cells are given as they shall stand in the file (already escaped).

    A header without a cell gets ``empty``. Raises ValueError for a cell that has no header.
    """
    unknown = set(cells) - set(headers)
    if unknown:
        raise ValueError(f"cells without a header: {sorted(unknown)}")
    pieces: list[Text] = [repeated("", rows)]
    mark = '"' if quote_all else ""
    for position, header in enumerate(headers):
        pieces += [("," if position else "") + mark, cells.get(header, empty), mark]
    return joined(*pieces, line_end)


def csv_header(headers: Sequence[str], *, quote_all: bool = False, line_end: str = "\r\n") -> str:
    """The header line that belongs to :func:`csv_lines`."""
    mark = '"' if quote_all else ""
    return ",".join(f"{mark}{header}{mark}" for header in headers) + line_end


def line_bytes(lines: pa.Array, first: int = 0, last: int | None = None) -> memoryview:
    """The UTF-8 bytes of rows ``first`` to ``last`` (exclusive) of a text column, one after another."""
    last = len(lines) if last is None else last
    if last <= first:
        return memoryview(b"")
    _, offsets, data = lines.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int32)[lines.offset :]
    return memoryview(data)[int(bounds[first]) : int(bounds[last])]
