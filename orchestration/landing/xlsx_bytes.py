"""Values out of bytes by their places: comparisons, numbers and texts, many at once.

No tags here: :mod:`.xlsx_scan` finds the places.
"""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from orchestration.landing.xlsx_parse import Ints, broken, unescape

pc: Any = _compute
Bytes = npt.NDArray[np.uint8]

_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ENTITY = re.compile(r"&(#x[0-9a-fA-F]{1,6}|#[0-9]{1,7}|[a-z]+);|&")


def is_at(data: Bytes, cursor: Ints, text: bytes) -> npt.NDArray[np.bool_]:
    """Whether ``text`` stands there."""
    found = data[np.minimum(cursor, len(data) - 1)] == text[0]
    for step, letter in enumerate(text[1:], 1):
        if not found.any():
            break
        found &= data[np.minimum(cursor + step, len(data) - 1)] == letter
    return found


def digits_at(data: Bytes, cursor: Ints, most: int) -> tuple[Ints, Ints, Ints]:
    """Numbers that start there, where each ends, and how many digits it has."""
    values = np.zeros(len(cursor), dtype=np.int64)
    counts = np.zeros(len(cursor), dtype=np.int64)
    cursor = np.minimum(cursor, len(data) - 1)
    for _ in range(most):
        digit = data[cursor] - np.uint8(48)
        is_digit = digit < 10
        if not is_digit.any():
            break
        values = np.where(is_digit, values * 10 + digit, values)
        counts += is_digit
        cursor = np.minimum(cursor + is_digit, len(data) - 1)
    return values, cursor, counts


def gather(data: Bytes, starts: Ints, ends: Ints) -> pa.Array:
    """Spans of bytes as one column of strings."""
    lengths = np.maximum(ends - starts, 0)
    offsets = np.zeros(len(starts) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    shift = (starts - offsets[:-1]).astype(np.int32)
    places = np.repeat(shift, lengths) + np.arange(offsets[-1], dtype=np.int32)
    column = pa.Array.from_buffers(
        pa.string(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(data[places])]
    )
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        raise broken("the sheet is not UTF-8") from error
    return column


def plain_texts(texts: pa.Array, is_text: npt.NDArray[np.bool_]) -> pa.Array:
    """Entities and the escapes of control characters (``_x000D_``) resolved."""
    for mark, chosen, plain in (("&", None, _without_entities), ("_x", is_text, unescape)):
        found = pc.match_substring(texts, pattern=mark)
        if not pc.any(found).as_py():
            continue
        mask = found.to_numpy(zero_copy_only=False)
        if chosen is not None:
            mask = mask & chosen
        mended = [plain(text) for text in texts.filter(pa.array(mask)).to_pylist()]
        texts = pc.replace_with_mask(texts, pa.array(mask), pa.array(mended, pa.string()))
    return texts


def _without_entities(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        name = found[1] or ""
        if name.startswith("#"):
            number = int(name[2:], 16) if name[1] == "x" else int(name[1:])
            if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000:
                return chr(number)
        elif name in _ENTITIES:
            return _ENTITIES[name]
        raise broken(f"the XML has an unknown entity {found[0]!r}")

    return _ENTITY.sub(character, text)
