"""From raw features to comparable columns: logarithms against what is usual, standardised.

A value is measured by the median of those that are not zero, so it does not matter whether money is
counted in cents. What nearly everybody has (spend, baskets) is a full logarithm: a person twice as
far is one step further. What few have (coupons used) keeps its amount: there the heavy users differ
from those who did it once. Clipping leaves a whale where the largest others are.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.core.frames import Floats
from orchestration.core.lookalike.errors import LookalikeError

Matrix = NDArray[np.float32]
CLIP = 4.0
# Features that are zero for more people than this are rare behaviour. All three: see DECISIONS.md.
RARE_ZEROS = 0.3
RARE_STEEPNESS, USUAL_STEEPNESS = 1.0, 30.0
VISIBLE_NAMES = 5


@dataclass(frozen=True)
class Preparation:
    """``columns`` are the positions of the features kept; ``notes`` say what was left out.

    Per kept column: ``steepness`` by which a value is multiplied before its logarithm, and ``mean``
    and ``deviation`` of the logarithms.
    """

    columns: NDArray[np.int64]
    names: tuple[str, ...]
    steepness: Matrix
    mean: Matrix
    deviation: Matrix
    notes: tuple[str, ...]

    def apply(self, features: Matrix) -> Matrix:
        """n x k float32 in [-4, 4]; a missing value becomes the mean (0)."""
        rows = features if self._keeps_all(features) else features[:, self.columns]
        sizes = np.abs(rows)
        sizes *= self.steepness
        np.log1p(sizes, out=sizes)
        np.copysign(sizes, rows, out=sizes)
        sizes -= self.mean
        sizes /= self.deviation
        np.clip(sizes, -CLIP, CLIP, out=sizes)
        return np.nan_to_num(sizes, copy=False, nan=0.0)

    def _keeps_all(self, features: Matrix) -> bool:
        return len(self.columns) == features.shape[1]


def prepare(
    sample: Matrix, names: Sequence[str], exclude: Sequence[str], audience: str
) -> Preparation:
    """Fit on ``sample`` (people x features). Constant, empty and excluded features are left out.

    Raises :class:`LookalikeError` for infinite values and where no feature is left.
    """
    check_finite(sample, names, audience)
    excluded = np.isin(np.asarray(names, dtype=object), list(exclude))
    usable = ~excluded & _differs(sample)
    kept = np.flatnonzero(usable)
    if not len(kept):
        raise LookalikeError(
            f"Lookalike {audience}: no usable feature. All {len(names)} are constant, empty or excluded. "
            "Give features in which people differ."
        )
    constant = ~usable & ~excluded
    notes: list[str] = []
    for left_out, why in (
        (constant, "are the same for everyone"),
        (excluded, "define the seed or are private"),
    ):
        if left_out.any():
            listed = [names[position] for position in np.flatnonzero(left_out).tolist()]
            shown = ", ".join(listed[:VISIBLE_NAMES]) + (
                " ..." if len(listed) > VISIBLE_NAMES else ""
            )
            notes.append(f"{len(listed)} features {why} and are not used: {shown}.")
    steepness = _steepness(sample[:, kept])
    unscaled = Preparation(
        columns=kept,
        names=tuple(names[position] for position in kept.tolist()),
        steepness=steepness,
        mean=np.zeros(len(kept), dtype=np.float32),
        deviation=np.ones(len(kept), dtype=np.float32),
        notes=tuple(notes),
    )
    return _scaled(unscaled, sample[:, kept])


def check_finite(rows: Matrix, names: Sequence[str], audience: str) -> None:
    """Raise :class:`LookalikeError` naming the features of ``rows`` with infinite values."""
    infinite = np.isinf(rows)
    if infinite.any():
        listed = [names[position] for position in np.flatnonzero(infinite.any(axis=0)).tolist()]
        raise LookalikeError(
            f"Lookalike {audience}: infinite values in {', '.join(listed[:VISIBLE_NAMES])}. "
            "Look for a division by zero where the feature is made; a missing value may stay empty."
        )


def _differs(sample: Matrix) -> NDArray[np.bool_]:
    """Columns in which two known values differ."""
    low = np.fmin.reduce(sample, axis=0)
    return np.fmax.reduce(sample, axis=0) > low


def _steepness(columns: Matrix) -> Matrix:
    """Per column: what a value is multiplied with, so that the median of those not zero becomes usual."""
    sizes = np.abs(columns)
    known = ~np.isnan(sizes)
    zeros = (sizes == 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    # Everything that differs has a value that is not zero.
    median = np.nanmedian(np.where(sizes > 0, sizes, np.nan).astype(np.float64), axis=0)
    # Around a zero in the middle a full logarithm would part people who hardly differ.
    is_gentle = (zeros > RARE_ZEROS) | (np.fmin.reduce(columns, axis=0) < 0)
    steepness = np.where(is_gentle, RARE_STEEPNESS, USUAL_STEEPNESS)
    return (steepness / median).astype(np.float32)


def _scaled(unscaled: Preparation, columns: Matrix) -> Preparation:
    """The same with mean and deviation of the logarithms of ``columns``, the kept ones."""
    sizes = np.copysign(np.log1p(np.abs(columns) * unscaled.steepness), columns).astype(np.float64)
    deviation: Floats = np.maximum(np.nanstd(sizes, axis=0), 1e-6)
    return dataclasses.replace(
        unscaled,
        mean=np.nanmean(sizes, axis=0).astype(np.float32),
        deviation=deviation.astype(np.float32),
    )
