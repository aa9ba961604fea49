"""Cells out of a piece of worksheet XML, and texts out of a piece of shared strings.

Worksheets are written by a handful of programs that all write the same few tags in the same
order. :func:`scan_rows` reads exactly that form, all cells of a piece at once, several times
faster than any parser that looks at them one by one; anything else in a piece (comments, other
attributes, rich text, damage) makes it give up, and :mod:`.xlsx_parse` reads the piece instead.
"""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.landing.xlsx_bytes import Bytes, digits_at, gather, is_at, plain_texts
from orchestration.landing.xlsx_parse import (
    FLAG,
    ISO_TIME,
    LAST_COLUMN,
    NUMBER,
    OTHER,
    SHARED,
    TEXT,
    Cells,
    Ints,
    parse_rows,
    parse_strings,
)

_PAD = 64
_UNKNOWN = 0
(_ROW, _ROW_END, _CELL, _CELL_END, _VALUE, _VALUE_END, _NO_VALUE, _INLINE, _INLINE_END, _T, _T_ATTRIBUTED,
 _T_END, _NO_T, _FORMULA, _FORMULA_END, _ITEM, _ITEM_END) = range(1, 18)  # fmt: skip
_TAGS: dict[bytes, int] = {
    b"row": _ROW, b"/row": _ROW_END, b"c ": _CELL, b"c>": _CELL, b"c/": _CELL, b"/c>": _CELL_END,
    b"v>": _VALUE, b"/v>": _VALUE_END, b"v/": _NO_VALUE, b"is>": _INLINE, b"/is>": _INLINE_END,
    b"t>": _T, b"t ": _T_ATTRIBUTED, b"/t>": _T_END, b"t/": _NO_T, b"f>": _FORMULA, b"f ": _FORMULA,
    b"f/": _FORMULA, b"/f>": _FORMULA_END, b"si>": _ITEM, b"/si>": _ITEM_END,
}  # fmt: skip


def _tables() -> tuple[npt.NDArray[np.uint8], Bytes, Bytes]:
    codes = np.zeros(65_536, dtype=np.uint8)
    third, fourth = np.zeros(32, dtype=np.uint8), np.zeros(32, dtype=np.uint8)
    for tag, code in _TAGS.items():
        codes[tag[0] | tag[1] << 8] = code
        third[code] = tag[2] if len(tag) > 2 else 0
        fourth[code] = tag[3] if len(tag) > 3 else 0
    return codes, third, fourth


_CODES, _THIRD, _FOURTH = _tables()


def read_rows(piece: bytes, next_row: int) -> Cells:
    """The cells of whole ``row`` elements. Raises :class:`RejectedFileError` for broken XML."""
    found = scan_rows(piece, next_row)
    return parse_rows(piece, next_row) if found is None else found


def read_strings(piece: bytes) -> pa.Array:
    """The texts of whole ``si`` elements. Raises :class:`RejectedFileError` for broken XML."""
    found = scan_strings(piece)
    return parse_strings(piece) if found is None else found


def scan_rows(piece: bytes, next_row: int) -> Cells | None:
    """Like :func:`parse_rows`, for the usual form only; None for any other."""
    tokens = _tokens(piece)
    if tokens is None:
        return None
    data, tags, code = tokens
    if (code >= _ITEM).any():
        return None
    formula = (code == _FORMULA) | (code == _FORMULA_END)
    if formula.any():
        tags, code = tags[~formula], code[~formula]
    rows = _scan_row_tags(data, tags, code, next_row)
    cell = np.flatnonzero(code == _CELL)
    if rows is None:
        return None
    numbers, opened, ended, after = rows
    inside = np.searchsorted(opened, cell)
    if (inside != np.searchsorted(ended, cell) + 1).any():
        return None
    attributes = _scan_attributes(data, tags[cell] + 2, inside)
    if attributes is None:
        return None
    columns, styles, kinds, closed = attributes
    code = np.concatenate([code, np.zeros(8, dtype=code.dtype)])
    first, second = code[cell + 1], code[cell + 2]
    opens = ~closed
    value = opens & (first == _VALUE)
    no_value = opens & (first == _NO_VALUE)
    empty = opens & (first == _CELL_END)
    inline = opens & (first == _INLINE)
    text = inline & ((second == _T) | (second == _T_ATTRIBUTED))
    no_text = inline & (second == _NO_T)
    no_inline = inline & (second == _INLINE_END)
    if not (
        _follow(code, cell[value], _VALUE, _VALUE_END, _CELL_END)
        and _follow(code, cell[no_value], _NO_VALUE, _CELL_END)
        and _follow(code, cell[text] + 1, None, _T_END, _INLINE_END, _CELL_END)
        and _follow(code, cell[no_text] + 1, _NO_T, _INLINE_END, _CELL_END)
        and _follow(code, cell[no_inline] + 1, _INLINE_END, _CELL_END)
    ):
        return None
    accounted = (
        closed.sum() + 4 * value.sum() + 3 * no_value.sum() + 2 * empty.sum()
        + 6 * text.sum() + 5 * no_text.sum() + 4 * no_inline.sum()
    )  # fmt: skip
    if accounted + (code == _ROW).sum() + (code == _ROW_END).sum() != len(tags):
        return None
    starts = np.zeros(len(cell), dtype=np.int64)
    ends = np.zeros(len(cell), dtype=np.int64)
    at = cell[value]
    starts[value], ends[value] = tags[at + 1] + 3, tags[at + 2]
    at = cell[text]
    text_starts = _text_starts(data, tags[at + 2], code[at + 2])
    if text_starts is None or (kinds[inline] == SHARED).any():
        return None
    starts[text], ends[text] = text_starts, tags[at + 3]
    kinds[inline] = TEXT
    kept = np.flatnonzero(ends > starts)
    texts = gather(data, starts[kept], ends[kept])
    kinds = kinds[kept]
    return Cells(
        numbers,
        inside[kept] - 1,
        columns[kept],
        kinds,
        styles[kept],
        plain_texts(texts, kinds == TEXT),
        after,
    )


def scan_strings(piece: bytes) -> pa.Array | None:
    """Like :func:`parse_strings`, for texts without runs and phonetic hints; None for any other."""
    tokens = _tokens(piece)
    if tokens is None:
        return None
    data, tags, code = tokens
    item = np.flatnonzero(code == _ITEM)
    code = np.concatenate([code, np.zeros(8, dtype=code.dtype)])
    first = code[item + 1]
    text = (first == _T) | (first == _T_ATTRIBUTED)
    no_text = first == _NO_T
    empty = first == _ITEM_END
    if not (
        _follow(code, item[text], None, _T_END, _ITEM_END)
        and _follow(code, item[no_text], _NO_T, _ITEM_END)
        and 4 * text.sum() + 3 * no_text.sum() + 2 * empty.sum() == len(tags)
    ):
        return None
    at = item[text]
    text_starts = _text_starts(data, tags[at + 1], code[at + 1])
    if text_starts is None:
        return None
    starts = np.zeros(len(item), dtype=np.int64)
    ends = np.zeros(len(item), dtype=np.int64)
    starts[text], ends[text] = text_starts, tags[at + 2]
    return plain_texts(gather(data, starts, ends), np.ones(len(item), dtype=bool))


def _tokens(piece: bytes) -> tuple[Bytes, Ints, npt.NDArray[np.uint8]] | None:
    """The bytes, where tags start, and what they are; None when one is not among the usual."""
    if b"\r" in piece or b"<!" in piece or b"<?" in piece:
        return None
    data = np.frombuffer(piece + bytes(_PAD), dtype=np.uint8)
    tags = np.flatnonzero(data == ord("<"))
    pair = data[tags + 1].astype(np.uint16) | data[tags + 2].astype(np.uint16) << 8
    code = _CODES[pair]
    third, fourth = _THIRD[code], _FOURTH[code]
    wrong = (code == _UNKNOWN) | ((third != 0) & (third != data[tags + 3]))
    wrong |= (fourth != 0) & (fourth != data[tags + 4])
    return None if wrong.any() else (data, tags, code)


def _follow(code: npt.NDArray[np.uint8], at: Ints, *expected: int | None) -> bool:
    return all(
        what is None or bool((code[at + step] == what).all())
        for step, what in enumerate(expected, 1)
    )


def _scan_row_tags(
    data: Bytes, tags: Ints, code: npt.NDArray[np.uint8], next_row: int
) -> tuple[Ints, Ints, Ints, int] | None:
    """Numbers of the rows that are not empty tags; where those open and end; the number after."""
    row = np.flatnonzero(code == _ROW)
    start = tags[row]
    closing = np.flatnonzero(data == ord(">"))
    place = np.searchsorted(closing, start)
    if len(row) and place[-1] >= len(closing):
        return None
    is_empty = data[closing[place] - 1] == ord("/")
    opened, ended = row[~is_empty], np.flatnonzero(code == _ROW_END)
    if len(opened) != len(ended) or (opened > ended).any() or (ended[:-1] > opened[1:]).any():
        return None
    numbered = is_at(data, start + 4, b' r="')
    if numbered.all():
        numbers, cursor, digits = digits_at(data, start + 8, 8)
        if (data[cursor] != ord('"')).any() or (digits == 0).any():
            return None
        after = int(numbers.max()) + 1 if len(numbers) else next_row
    elif not numbered.any() and np.isin(data[start + 4], np.frombuffer(b">/", np.uint8)).all():
        numbers = np.arange(next_row, next_row + len(row), dtype=np.int64)
        after = next_row + len(row)
    else:
        return None
    return numbers[~is_empty], opened, ended, after


def _scan_attributes(
    data: Bytes, cursor: Ints, inside: Ints
) -> tuple[Ints, Ints, npt.NDArray[np.uint8], npt.NDArray[np.bool_]] | None:
    """Column, style, kind and whether it is an empty tag, of cells whose attributes start there."""
    count = len(cursor)
    placed = is_at(data, cursor, b' r="')
    if placed.all():
        cursor = cursor + 4
        columns = np.zeros(count, dtype=np.int64)
        for _ in range(3):
            letter = data[cursor]
            is_letter = (letter >= ord("A")) & (letter <= ord("Z"))
            columns = np.where(is_letter, columns * 26 + letter - 64, columns)
            cursor = cursor + is_letter
        _, cursor, digits = digits_at(data, cursor, 7)
        if (data[cursor] != ord('"')).any() or (digits == 0).any():
            return None
        if ((columns == 0) | (columns > LAST_COLUMN)).any():
            return None
        columns -= 1
        cursor = cursor + 1
    elif not placed.any():
        starts = np.searchsorted(inside, inside)  # the first cell of each cell's row
        columns = np.arange(count, dtype=np.int64) - starts
    else:
        return None
    styled = is_at(data, cursor, b' s="')
    styles, after, digits = digits_at(data, cursor + 4, 6)
    if (styled & ((data[after] != ord('"')) | (digits == 0))).any():
        return None
    styles = np.where(styled, styles, 0)
    cursor = np.where(styled, after + 1, cursor)
    typed = is_at(data, cursor, b' t="')
    kinds = np.full(count, NUMBER, dtype=np.uint8)
    known = ~typed
    step = np.zeros(count, dtype=np.int64)
    for name, kind in (
        (b's"', SHARED), (b'str"', TEXT), (b'inlineStr"', TEXT), (b'n"', NUMBER), (b'b"', FLAG),
        (b'd"', ISO_TIME), (b'e"', OTHER),
    ):  # fmt: skip
        hit = typed & ~known & (data[cursor + 4] == name[0])
        if hit.any():
            hit &= is_at(data, cursor + 4, name)
        kinds[hit], step[hit] = kind, 4 + len(name)
        known |= hit
    if not known.all():
        return None
    cursor = cursor + step
    end = data[cursor]
    closed = (end == ord("/")) & (data[cursor + 1] == ord(">"))
    if not (closed | (end == ord(">"))).all():
        return None
    return columns, styles, kinds, closed


def _text_starts(data: Bytes, tags: Ints, code: npt.NDArray[np.uint8]) -> Ints | None:
    """Where the text after a ``t`` tag starts; None if one with attributes is empty."""
    starts = tags + 3
    attributed = np.flatnonzero(code == _T_ATTRIBUTED)
    if len(attributed):
        closing = np.flatnonzero(data == ord(">"))
        place = np.searchsorted(closing, tags[attributed])
        if place[-1] >= len(closing):
            return None
        ends = closing[place]
        if (data[ends - 1] == ord("/")).any():
            return None
        starts[attributed] = ends + 1
    return starts
