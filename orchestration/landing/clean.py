"""Cell cleaning on whole columns: the vectorised form of :func:`.normalise.clean_text`.

Most cells of most files need nothing, and looking at each with a string kernel would cost
more than parsing the file. So the bytes at both ends of every cell are looked up first, and
string kernels touch only the cells that can change.
"""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from orchestration.landing.contract import TYPED, ColumnType
from orchestration.landing.normalise import EDGE, INVISIBLE, NULL_WORDS

# The kernels are made at import time, so type stubs do not know them.
pc: Any = _compute
Bytes = npt.NDArray[np.uint8]
Index = npt.NDArray[np.int64]
Offsets = npt.NDArray[np.int32]

_NULLS = pa.array([word for word in NULL_WORDS if word], pa.string())
_INVISIBLE_PATTERN = "[" + "".join(f"\\x{{{ord(char):x}}}" for char in INVISIBLE) + "]"
_LONGEST_NULL_WORD = max(map(len, NULL_WORDS))
_SEPARATOR = b"\x1f"


def _lookup(members: str) -> npt.NDArray[np.bool_]:
    table = np.zeros(256, dtype=bool)
    table[[ord(char) for char in members]] = True
    return table


_ASCII_EDGE = "".join(char for char in EDGE if ord(char) < 128)
_FIRST = _lookup(_ASCII_EDGE + "='")
_LAST = _lookup(_ASCII_EDGE)
_NULL_FIRST = _lookup("".join({word[0] for word in NULL_WORDS if word}))


def clean_column(column: pa.Array, kind: ColumnType) -> pa.Array:
    """A column of text cleaned: same length, ``string``, null where a cell says nothing.

    Equal, cell by cell, to ``clean_text`` (after NFKC for typed columns, and with ``.0``
    stripped from ids and phones).
    """
    column = column if column.type == pa.string() else column.cast(pa.string())
    if len(column) == column.null_count:
        return column
    offsets, data = string_buffers(column)
    is_ascii = not _has_high_bytes(data)
    if kind in TYPED and not is_ascii:
        column = _normalised(column)
        offsets, data = string_buffers(column)
        is_ascii = not _has_high_bytes(data)
    suspects = _suspects(offsets, data, is_ascii)
    if len(suspects):
        column = _replaced(column, suspects, _clean(column.take(pa.array(suspects)), is_ascii))
    if kind in (ColumnType.ID, ColumnType.PHONE):
        column = _without_decimal_zeros(column)
    return column


def decode_column(
    column: pa.Array, codec: str, *, repeats: bool
) -> tuple[pa.Array, npt.NDArray[np.bool_] | None]:
    """Bytes to text: the column and which cells are not text in ``codec`` (null there), or None.

    ``repeats`` says that values repeat, so that only distinct ones are worth decoding. Bytes
    below 0x30 are never the second byte of a character in the encodings we accept, so cells
    can be joined by one and decoded together.
    """
    _, data = string_buffers(column)
    if not _has_high_bytes(data):
        return column.view(pa.string()), None
    if not repeats:
        return _decoded(column, codec)
    coded = column.dictionary_encode()
    values, bad = _decoded(coded.dictionary, codec)
    wrong = None
    if bad is not None:
        indices = pc.fill_null(coded.indices, fill_value=0).to_numpy(zero_copy_only=False)
        wrong = bad[indices] & column.is_valid().to_numpy(zero_copy_only=False)
    return values.take(coded.indices), wrong


def json_objects(names: Sequence[str], columns: Sequence[pa.Array]) -> pa.Array:
    """One JSON object per row of the cells that are not null; null where all are."""
    rows = len(columns[0])
    parts = []
    for name, column in zip(names, columns, strict=True):
        if column.null_count == rows:
            continue
        key = json.dumps(name, ensure_ascii=False)
        parts.append(pc.binary_join_element_wise(f"{key}:", _quoted(column), ""))
    if not parts:
        return pa.nulls(rows, pa.string())
    # The leading "" is there because Arrow leaves out a row whose every part is null.
    joined = pc.binary_join_element_wise("", *parts, ",", null_handling="skip")
    empty = pc.equal(joined, "")
    wrapped = pc.binary_join_element_wise("{", pc.utf8_slice_codeunits(joined, start=1), "}", "")
    return pc.if_else(empty, pa.scalar(None, pa.string()), wrapped)


def string_buffers(column: pa.Array) -> tuple[Offsets, Bytes]:
    """Offsets (length + 1) and bytes of a string or binary array, slices respected."""
    _, offsets, data = column.buffers()
    if offsets is None or len(column) == 0:
        return np.zeros(len(column) + 1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    marks = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    if data is None:
        return marks, np.zeros(0, dtype=np.uint8)
    content = np.frombuffer(data, dtype=np.uint8)[marks[0] : marks[-1]]
    return (marks - marks[0] if marks[0] else marks), content


def _has_high_bytes(data: Bytes) -> bool:
    return bool(len(data)) and int(data.max()) >= 0x80


def _suspects(offsets: Offsets, data: Bytes, is_ascii: bool) -> Index:
    """Rows whose cell might change: a superset, cheap to find."""
    starts, ends = offsets[:-1], offsets[1:]
    lengths = ends - starts
    if not len(data):
        return np.flatnonzero(lengths == 0)
    filled = lengths > 0
    first = data[np.minimum(starts, len(data) - 1)]
    last = data[np.maximum(ends - 1, 0)]
    mask = (_FIRST[first] | _LAST[last]) & filled
    mask |= _NULL_FIRST[first] & filled & (lengths <= _LONGEST_NULL_WORD)
    mask |= ~filled
    if not is_ascii:
        places = _special_characters(data)
        if len(places):
            mask[np.searchsorted(offsets, places, side="right") - 1] = True
    return np.flatnonzero(mask)


def _special_characters(data: Bytes) -> Index:
    """Where the bytes of a non-ASCII edge or invisible character start (a superset)."""
    # A character that ends beyond the data cannot be one of them.
    inner = data[:-2]
    found: list[Index] = [
        np.flatnonzero((data[:-1] == 0xC2) & ((data[1:] == 0x85) | (data[1:] == 0xA0)))
    ]
    for lead, seconds in ((0xE2, (0x80, 0x81)), (0xE3, (0x80,)), (0xEF, (0xBB,))):
        places = np.flatnonzero(inner == lead)
        if len(places):
            second, third = data[places + 1], data[places + 2]
            hit = np.isin(second, seconds)
            if lead == 0xE3:
                hit &= third == 0x80
            found.append(places[hit])
    return np.concatenate(found)


def _clean(cells: pa.Array, is_ascii: bool) -> pa.Array:
    trim: Callable[[pa.Array], pa.Array] = (
        (lambda cells: pc.ascii_trim(cells, characters=_ASCII_EDGE))
        if is_ascii
        else (lambda cells: pc.utf8_trim(cells, characters=EDGE))
    )
    if not is_ascii:
        cells = pc.replace_substring_regex(cells, pattern=_INVISIBLE_PATTERN, replacement="")
    cells = trim(cells)
    formula = pc.and_(pc.starts_with(cells, pattern='="'), pc.ends_with(cells, pattern='"'))
    formula = pc.and_(formula, pc.greater_equal(pc.binary_length(cells), 3))
    if pc.any(formula).as_py():
        inner = pc.utf8_slice_codeunits(cells, start=2, stop=-1)
        inner = trim(pc.replace_substring(inner, pattern='""', replacement='"'))
        cells = pc.if_else(formula, inner, cells)
    marked = pc.starts_with(cells, pattern="'")
    if pc.any(marked).as_py():
        cells = pc.if_else(marked, trim(pc.ascii_ltrim(cells, characters="'")), cells)
    says_nothing = pc.or_(pc.equal(pc.binary_length(cells), 0), pc.is_in(cells, value_set=_NULLS))
    return pc.if_else(says_nothing, pa.scalar(None, pa.string()), cells)


def _replaced(column: pa.Array, rows: Index, cells: pa.Array) -> pa.Array:
    if len(rows) == len(column):
        return cells
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = True
    return pc.replace_with_mask(column, pa.array(mask), cells)


def _normalised(column: pa.Array) -> pa.Array:
    return pc.utf8_normalize(column, form="NFKC")


def _without_decimal_zeros(column: pa.Array) -> pa.Array:
    ends = pc.or_(pc.ends_with(column, pattern=".0"), pc.ends_with(column, pattern=".00"))
    if not pc.any(ends).as_py():
        return column
    rows = np.flatnonzero(pc.fill_null(ends, fill_value=False).to_numpy(zero_copy_only=False))
    plain = pc.replace_substring_regex(
        column.take(pa.array(rows)), pattern=r"^([0-9]+)\.00?$", replacement=r"\1"
    )
    return _replaced(column, rows, plain)


def _decoded(column: pa.Array, codec: str) -> tuple[pa.Array, npt.NDArray[np.bool_] | None]:
    _, data = string_buffers(column)
    if len(column) and not (data == _SEPARATOR[0]).any():
        whole = pa.ListArray.from_arrays(
            pa.array([0, len(column)], pa.int32()), pc.fill_null(column, b"")
        )
        try:
            text = pc.binary_join(whole, _SEPARATOR)[0].as_py().decode(codec)
        except UnicodeDecodeError:
            return _decoded_singly(column, codec)
        cells = pc.split_pattern(pa.array([text]), pattern=_SEPARATOR.decode()).values
        if len(cells) == len(column):
            if column.null_count:
                cells = pc.if_else(column.is_valid(), cells, pa.scalar(None, pa.string()))
            return cells, None
    return _decoded_singly(column, codec)


def _decoded_singly(column: pa.Array, codec: str) -> tuple[pa.Array, npt.NDArray[np.bool_] | None]:
    cells: list[str | None] = []
    bad = np.zeros(len(column), dtype=bool)
    for row, value in enumerate(column.to_pylist()):
        try:
            cells.append(None if value is None else value.decode(codec))
        except UnicodeDecodeError:
            cells.append(None)
            bad[row] = True
    return pa.array(cells, pa.string()), (bad if bad.any() else None)


def _quoted(column: pa.Array) -> pa.Array:
    """Cells as JSON strings."""
    _, data = string_buffers(column)
    if len(data) and ((data < 0x20) | (data == ord('"')) | (data == ord("\\"))).any():
        texts = column.to_pylist()
        return pa.array(
            [None if text is None else json.dumps(text, ensure_ascii=False) for text in texts],
            pa.string(),
        )
    return pc.binary_join_element_wise('"', column, '"', "")
