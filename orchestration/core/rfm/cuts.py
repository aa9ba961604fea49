"""Where the five scores of a measure begin.

Every cut gives four inner bounds, ascending, on *goodness* (more is better; recency is negated).
The score of a value is 1 plus the number of bounds strictly below it, so equal values always
have equal scores and a better value never has a lower score.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import numpy as np

from orchestration.core.frames import Floats

QUANTILE_SHARES = (0.2, 0.4, 0.6, 0.8)
TOP_SHARE = 0.99


def quantile_bounds(goodness: Floats, *, best_if_equal: bool = False) -> Floats:
    """Bound i is the smallest observed value that at least i/5 of the people do not exceed.

    Bounds are observed values, never interpolated, so how large the largest value is moves no bound
    (Hyndman and Fan 1996, definition 1). Where many share the best value (a fifth bought today),
    that value itself would be the last bound and nobody would score 5; so no bound reaches the
    smallest value that 99 % do not exceed: it becomes the next lower observed value. One percent,
    not the maximum, so that one whale above many equal people does not move them.

    Where everyone is equal the score is 1, or 5 with ``best_if_equal`` (recency: all bought alike).
    """
    bounds = np.quantile(goodness, QUANTILE_SHARES, method="inverted_cdf")
    top = np.quantile(goodness, TOP_SHARE, method="inverted_cdf")
    lower = goodness[goodness < top]
    if lower.size:
        return np.minimum(bounds, lower.max())
    everyone_equal = bool(goodness.max() == top)
    return np.full(4, -np.inf) if best_if_equal and everyone_equal else bounds


def centre(values: Floats, kind: str, trim_share: float) -> float:
    """Mean, median, or mean without the ``trim_share`` of values at each end.

    At least one value is trimmed at each end where three or more exist, so that in a small group,
    too, one whale cannot move the trimmed centre.
    """
    if kind == "mean":
        return float(values.mean())
    if kind == "median":
        return float(np.median(values))
    trimmed = max(int(trim_share * len(values)), 1) if len(values) > 2 else 0
    ordered = np.sort(values)
    return float(ordered[trimmed : len(ordered) - trimmed].mean())


def scores(goodness: Floats, bounds: Floats) -> np.ndarray[tuple[int], np.dtype[np.int8]]:
    """1..5: one plus the number of ``bounds`` strictly below each value."""
    return (1 + np.searchsorted(np.sort(bounds), goodness, side="left")).astype(np.int8)
