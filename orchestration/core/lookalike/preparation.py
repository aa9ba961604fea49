"""From raw features to comparable columns: ranks within the base on a normal scale.

A rank does not care whether money is counted in cents or its logarithm is taken, and one whale
moves nobody; on the normal scale the engines' means and covariances make sense.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from orchestration.core.frames import Floats
from orchestration.core.lookalike.errors import LookalikeError

Matrix = NDArray[np.float32]
CLIP = 4.0
# Between knots ranks are interpolated: the order of people never suffers from their number.
KNOTS = 200
VISIBLE_NAMES = 5


@dataclass(frozen=True)
class Preparation:
    """``columns`` are the positions of the features kept; ``notes`` say what was left out.

    ``knots``: per kept column the values (sorted) and the scaled normal scores they become.
    """

    columns: NDArray[np.int64]
    names: tuple[str, ...]
    knots: tuple[tuple[Floats, Floats], ...]
    notes: tuple[str, ...]

    def apply(self, features: Matrix) -> Matrix:
        """n x k float32 in [-4, 4]; a missing value becomes the mean (0)."""
        rows = np.empty((len(features), len(self.columns)), dtype=np.float32)
        for position, (column, (values, scores)) in enumerate(
            zip(self.columns.tolist(), self.knots, strict=True)
        ):
            rows[:, position] = np.interp(features[:, column], values, scores)
        return np.nan_to_num(rows, copy=False, nan=0.0)


def prepare(
    sample: Matrix, names: Sequence[str], exclude: Sequence[str], audience: str
) -> Preparation:
    """Fit on ``sample`` (people x features). Constant, empty and excluded features are left out.

    Raises :class:`LookalikeError` for infinite values and where no feature is left.
    """
    check_finite(sample, names, audience)
    excluded = np.isin(np.asarray(names, dtype=object), list(exclude))
    knots = [
        None if is_excluded else _knots(sample[:, position].astype(np.float64))
        for position, is_excluded in enumerate(excluded.tolist())
    ]
    kept = [(position, pair) for position, pair in enumerate(knots) if pair is not None]
    if not kept:
        raise LookalikeError(
            f"Lookalike {audience}: no usable feature. All {len(names)} are constant, empty or excluded. "
            "Give features in which people differ."
        )
    constant = np.array([pair is None for pair in knots]) & ~excluded
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
    return Preparation(
        columns=np.array([position for position, _ in kept], dtype=np.int64),
        names=tuple(names[position] for position, _ in kept),
        knots=tuple(pair for _, pair in kept),
        notes=tuple(notes),
    )


def check_finite(rows: Matrix, names: Sequence[str], audience: str) -> None:
    """Raise :class:`LookalikeError` naming the features of ``rows`` with infinite values."""
    infinite = np.isinf(rows)
    if infinite.any():
        listed = [names[position] for position in np.flatnonzero(infinite.any(axis=0)).tolist()]
        raise LookalikeError(
            f"Lookalike {audience}: infinite values in {', '.join(listed[:VISIBLE_NAMES])}. "
            "Look for a division by zero where the feature is made; a missing value may stay empty."
        )


def middle_ranks(values: Floats) -> tuple[Floats, Floats]:
    """Distinct values, sorted, and the share of people below each plus half of those on it."""
    distinct, counts = np.unique(values, return_counts=True)
    return distinct, (np.cumsum(counts) - counts / 2.0) / len(values)


def _knots(column: Floats) -> tuple[Floats, Floats] | None:
    """Values and normal scores with mean 0 and deviation 1 in the sample; None where nobody differs."""
    known = column[~np.isnan(column)]
    if not len(known):
        return None
    values, ranks = middle_ranks(known)
    if len(values) < 2:
        return None
    if len(values) > KNOTS:
        # Evenly spread on the normal scale: close together where the best and the worst are.
        chosen = np.searchsorted(ranks, special.ndtr(np.linspace(-CLIP, CLIP, KNOTS)))
        chosen = np.union1d(np.minimum(chosen, len(values) - 1), [0, len(values) - 1])
        values, ranks = values[chosen], ranks[chosen]
    scores = special.ndtri(np.clip(ranks, 0.5 / len(known), 1.0 - 0.5 / len(known)))
    given = np.interp(known, values, scores)
    scaled = (scores - given.mean()) / max(float(given.std()), 1e-9)
    return values, np.clip(scaled, -CLIP, CLIP)
