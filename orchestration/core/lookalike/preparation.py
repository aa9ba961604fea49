"""From raw features to comparable columns: logged, scaled, clipped; fitted on a sample of the base."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.core.lookalike.errors import LookalikeError

Matrix = NDArray[np.float32]
CLIP = 4.0
VISIBLE_NAMES = 5


@dataclass(frozen=True)
class Preparation:
    """``columns`` are the positions of the features kept; ``notes`` say what was left out."""

    columns: NDArray[np.int64]
    names: tuple[str, ...]
    mean: Matrix
    deviation: Matrix
    notes: tuple[str, ...]

    def apply(self, features: Matrix) -> Matrix:
        """n x k float32 in [-4, 4]; a missing value becomes the mean (0)."""
        rows = features[:, self.columns].astype(np.float32, copy=True)
        np.copyto(rows, np.sign(rows) * np.log1p(np.abs(rows)))
        rows -= self.mean
        rows /= self.deviation
        np.clip(rows, -CLIP, CLIP, out=rows)
        return np.nan_to_num(rows, copy=False, nan=0.0)


def prepare(
    sample: Matrix, names: Sequence[str], exclude: Sequence[str], audience: str
) -> Preparation:
    """Fit on ``sample`` (people x features). Constant, empty and excluded features are left out.

    Raises :class:`LookalikeError` for infinite values and where no feature is left.
    """
    if np.isinf(sample).any():
        raise _infinite(sample, names, audience)
    logged = np.sign(sample) * np.log1p(np.abs(sample.astype(np.float64)))
    known = ~np.isnan(logged)
    counts = known.sum(axis=0)
    filled = np.where(known, logged, 0.0)
    mean = filled.sum(axis=0) / np.maximum(counts, 1)
    deviation = np.sqrt(
        (np.where(known, logged - mean, 0.0) ** 2).sum(axis=0) / np.maximum(counts, 1)
    )
    varies = (counts > 0) & (deviation > 1e-9)
    excluded = np.isin(np.asarray(names, dtype=object), list(exclude))
    columns = np.flatnonzero(varies & ~excluded)
    if not len(columns):
        raise LookalikeError(
            f"Lookalike {audience}: no usable feature. All {len(names)} are constant, empty or excluded. "
            "Give features in which people differ."
        )
    notes: list[str] = []
    for left_out, why in (
        (~varies & ~excluded, "are the same for everyone"),
        (excluded, "define the seed or are private"),
    ):
        if left_out.any():
            listed = [names[position] for position in np.flatnonzero(left_out).tolist()]
            shown = ", ".join(listed[:VISIBLE_NAMES]) + (
                " ..." if len(listed) > VISIBLE_NAMES else ""
            )
            notes.append(f"{len(listed)} features {why} and are not used: {shown}.")
    return Preparation(
        columns=columns,
        names=tuple(names[position] for position in columns.tolist()),
        mean=mean[columns].astype(np.float32),
        deviation=deviation[columns].astype(np.float32),
        notes=tuple(notes),
    )


def _infinite(rows: Matrix, names: Sequence[str], audience: str) -> LookalikeError:
    listed = [names[position] for position in np.flatnonzero(np.isinf(rows).any(axis=0)).tolist()]
    return LookalikeError(
        f"Lookalike {audience}: infinite values in {', '.join(listed[:VISIBLE_NAMES])}. "
        "Look for a division by zero where the feature is made; a missing value may stay empty."
    )


def check_finite(rows: Matrix, names: Sequence[str], audience: str) -> None:
    """Raise :class:`LookalikeError` naming the features of ``rows`` with infinite values."""
    if np.isinf(rows).any():
        raise _infinite(rows, names, audience)
