"""Ids that lost their last digits on the way through a spreadsheet.

A spreadsheet keeps 15 digits of a number. Saved again, a longer id is 1.23E+18, or ends in zeros
from the 16th digit on. The first says so itself. The second is told from an id that happens to end
in zeros by how many of its column do.
"""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from orchestration.landing.clean import string_buffers

# The kernels are made at import time, so type stubs do not know them.
pc: Any = _compute
Mask = npt.NDArray[np.bool_]

_NUMBER = r"^[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+$"
_LONG = r"^[1-9][0-9]{15,39}$"
# Ids of one length, or of these and more digits, are looked at together.
_LENGTHS = ((16, 16), (17, 17), (18, 40))
# Some programs keep 16 digits; two zeros are too little to tell anything of a long id.
_KEPT, _FEWEST_ZEROS = 16, 3
# Many more than chance would have it, and so rare by chance, or nothing is said: a whole id that is
# taken for a cut one could never be delivered.
_TIMES, _CHANCE = 20.0, 9e-4


def lost_digits(column: pa.Array) -> Mask | None:
    """Which cells of a cleaned id column lost digits; None when none did."""
    exponents, zeros = _in_e_notation(column), _rounded(column)
    if exponents is None or zeros is None:
        return zeros if exponents is None else exponents
    return exponents | zeros


def _in_e_notation(column: pa.Array) -> Mask | None:
    _, data = string_buffers(column)
    if not (data == ord("+")).any() and not ((data | 0x20) == ord("e")).any():
        return None
    mask = pc.match_substring_regex(column, pattern=_NUMBER)
    found = pc.fill_null(mask, fill_value=False).to_numpy(zero_copy_only=False)
    return found if found.any() else None


def _rounded(column: pa.Array) -> Mask | None:
    offsets, data = string_buffers(column)
    lengths = np.diff(offsets)
    bad: Mask | None = None
    for low, high in _LENGTHS:
        rows = np.flatnonzero((lengths >= low) & (lengths <= high))
        need = max(_FEWEST_ZEROS, low - _KEPT) if low == 18 else low - 15
        ends = offsets[rows + 1]
        suspects = rows[_end_in_zeros(data, ends, need)]
        # Cheap, and nearly always the end of it: rows instead of distinct ids.
        if not len(suspects) or len(suspects) < len(rows) * _share(need) / 4:
            continue
        values = column.take(pa.array(suspects))
        gone = values.filter(pc.match_substring_regex(values, pattern=_LONG)).unique()
        zeros = _trailing_zeros(gone)
        digits = pc.binary_length(gone).to_numpy(zero_copy_only=False)
        is_short = zeros < np.maximum(need, digits - _KEPT)
        every = len(column.take(pa.array(rows)).unique())
        wrong = np.zeros(len(gone), dtype=bool)
        for least in np.unique(zeros[~is_short]).tolist():
            these = (zeros >= least) & ~is_short
            many = int(these.sum())
            if many >= _share(least) * every and _chance(every, many, least) <= _CHANCE:
                wrong |= these
        if wrong.any():
            is_bad = pc.is_in(column, value_set=gone.filter(pa.array(wrong)))
            found = is_bad.to_numpy(zero_copy_only=False)
            bad = found if bad is None else bad | found
    return bad


def _share(zeros: int) -> float:
    """The share of distinct ids that must end in so many zeros before that is no chance."""
    return min(1.0, _TIMES * 10.0**-zeros)


def _chance(ids: int, hits: int, zeros: int) -> float:
    """How likely so many of the ids end in so many zeros by themselves (a bound of the binomial tail)."""
    ways = math.lgamma(ids + 1) - math.lgamma(hits + 1) - math.lgamma(ids - hits + 1)
    return math.exp(min(0.0, ways - hits * zeros * math.log(10)))


def _end_in_zeros(data: npt.NDArray[np.uint8], ends: npt.NDArray[Any], count: int) -> Mask:
    mask = np.ones(len(ends), dtype=bool)
    for back in range(1, count + 1):
        mask &= data[ends - back] == ord("0")
    return mask


def _trailing_zeros(values: pa.Array) -> npt.NDArray[np.int64]:
    short = pc.ascii_rtrim(values, characters="0")
    counted = pc.subtract(pc.binary_length(values), pc.binary_length(short))
    return counted.to_numpy(zero_copy_only=False).astype(np.int64)
