"""Keys as numbers: 16 hex digits are 64 bits, and 64 bits sort and join fast.

Account keys, identifier hashes and one_ids are all 16 lower-case hex digits. They travel through
the package as ``uint64``, whose order is the order of the texts. Keys of any other form stay
fixed-width bytes (same functions, same order, slower), so nothing depends on how a key was made.
"""

# pyarrow ships no types; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

#: ``uint64`` for 16 hex digits, else fixed-width bytes.
Keys = npt.NDArray[Any]
#: one_ids without their ``p``; 0 is "none".
Ids = npt.NDArray[np.uint64]
#: Codes, positions, counts and times.
Ints = npt.NDArray[np.integer[Any]]
Flags = npt.NDArray[np.bool_]

NO_ID = np.uint64(0)

_DIGITS = 16
_INVALID = 255
_VALUE_OF = np.full(256, _INVALID, dtype=np.uint8)
for _digit, _character in enumerate(b"0123456789abcdef"):
    _VALUE_OF[_character] = _digit
_HEX_OF_BYTE = np.frombuffer(
    "".join(f"{value:02x}" for value in range(256)).encode(), dtype=np.uint16
)


def encode(values: pd.Series, name: str) -> Keys:
    """The keys of a text column, in the order of the rows.

    Raises :class:`ValueError` for a missing or empty key; ``name`` says which column it was.
    """
    array = text_array(values)
    if array.null_count:
        raise ValueError(f"{name} is missing in {array.null_count} rows; every row needs one.")
    if len(array) == 0:
        return np.empty(0, dtype=np.uint64)
    offsets = np.frombuffer(array.buffers()[1], dtype=np.int64)[array.offset :][: len(array) + 1]
    if (np.diff(offsets) == _DIGITS).all():
        text = np.frombuffer(array.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
        numbers = _parse(text.reshape(-1, _DIGITS))
        if numbers is not None:
            return numbers
    if (np.diff(offsets) == 0).any():
        raise ValueError(f"{name} is an empty text in some rows; every row needs a key.")
    return np.array([value.encode() for value in array.to_pylist()], dtype=np.bytes_)


def decode(keys: Keys, prefix: str = "") -> pd.Series:
    """The texts of keys, as a ``str`` series; ``NO_ID`` of one_ids is not treated specially."""
    if keys.dtype != np.uint64:
        return pd.Series([prefix + key.decode() for key in keys.tolist()], dtype="str")
    width = len(prefix) + _DIGITS
    text = np.empty((len(keys), width), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    text[:, len(prefix) :] = _digits(keys)
    offsets = np.arange(len(keys) + 1, dtype=np.int64) * width
    array = pa.LargeStringArray.from_buffers(
        len(keys), pa.py_buffer(offsets), pa.py_buffer(text.reshape(-1))
    )
    return pd.Series(array.to_pandas()).astype("str")


def decode_ids(ids: Ids) -> pd.Series:
    """one_ids as ``p`` and 16 hex digits; ``NO_ID`` is null."""
    texts = decode(ids, "p")
    return texts.mask(pd.Series(ids == NO_ID)) if (ids == NO_ID).any() else texts


def spell(names: Sequence[str], codes: npt.NDArray[Any]) -> pd.Series:
    """The name behind each code, as a ``str`` series."""
    coded = pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(list(names), type=pa.large_string())
    )
    return pd.Series(coded.cast(pa.large_string()).to_pandas()).astype("str")


def align(*arrays: Keys) -> list[Keys]:
    """The same keys in one common dtype, so that they compare, join and concatenate."""
    if all(array.dtype == np.uint64 for array in arrays):
        return list(arrays)
    texts = [
        _digits(array).reshape(-1).view(f"S{_DIGITS}") if array.dtype == np.uint64 else array
        for array in arrays
    ]
    width = max(array.dtype.itemsize for array in texts)
    return [array.astype(f"S{width}") for array in texts]


def factorise(keys: Keys) -> tuple[Ints, Keys]:
    """(position of each key among the distinct sorted keys, the distinct sorted keys)."""
    if keys.dtype == np.uint64:
        codes, distinct = pd.factorize(keys)
        order = np.argsort(distinct)
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return rank[codes], np.asarray(distinct)[order]
    distinct, codes = np.unique(keys, return_inverse=True)
    return codes.astype(np.int64), distinct


def find(sorted_keys: Keys, keys: Keys) -> tuple[Ints, Flags]:
    """(position where each key stands or would be inserted, whether it is there)."""
    position = np.searchsorted(sorted_keys, keys)
    if len(sorted_keys) == 0:
        return position, np.zeros(len(keys), dtype=np.bool_)
    return position, sorted_keys[np.minimum(position, len(sorted_keys) - 1)] == keys


def hash_keys(keys: Keys, salt: int) -> Ids:
    """A 64-bit hash of every key.

    For 64-bit keys it is the finaliser of splitmix64 (Steele, Lea and Flood 2014), a bijection:
    two keys never share a hash under one salt. Keys of other forms use blake2b. A key hashes the
    same whichever form its neighbours force it into.
    """
    if keys.dtype != np.uint64:
        return np.array([_hash_text(key, salt) for key in keys.tolist()], dtype=np.uint64)
    with np.errstate(over="ignore"):
        mixed = keys + np.uint64((0x9E3779B97F4A7C15 * (salt + 1)) % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return mixed ^ (mixed >> np.uint64(31))


def _hash_text(key: bytes, salt: int) -> int:
    number = (
        _parse(np.frombuffer(key, dtype=np.uint8).reshape(1, -1)) if len(key) == _DIGITS else None
    )
    if number is not None:
        return int(hash_keys(number, salt)[0])
    digest = hashlib.blake2b(key, digest_size=8, salt=salt.to_bytes(16, "big"))
    return int.from_bytes(digest.digest(), "big")


def text_array(values: pd.Series) -> Any:
    """A text column as one Arrow array of large strings."""
    array = pa.array(values, type=pa.large_string(), from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        # An empty series keeps its own string type whatever type is asked for.
        chunks = [chunk.cast(pa.large_string()) for chunk in array.chunks]
        return pa.concat_arrays(chunks) if chunks else pa.array([], type=pa.large_string())
    return array


def _parse(text: npt.NDArray[np.uint8]) -> Ids | None:
    """Rows of 16 characters as numbers; None when any is not a lower-case hex digit."""
    digits = _VALUE_OF[text]
    if (digits == _INVALID).any():
        return None
    packed = (digits[:, 0::2] << np.uint8(4)) | digits[:, 1::2]
    return np.ascontiguousarray(packed).view(">u8").reshape(-1).astype(np.uint64)


def _digits(keys: Ids) -> npt.NDArray[np.uint8]:
    parts = keys.astype(">u8").view(np.uint8).reshape(-1, 8)
    return _HEX_OF_BYTE[parts].view(np.uint8).reshape(-1, _DIGITS)
