"""Where the five scores of a measure begin.

Every cut gives four inner bounds, ascending, on *goodness* (more is better; recency is negated).
The score of a value is 1 plus the number of bounds strictly below it, so equal values always
have equal scores and a better value never has a lower score.
"""

from __future__ import annotations

import numpy as np

from orchestration.core.frames import Floats

QUANTILE_SHARES = (0.2, 0.4, 0.6, 0.8)


def quantile_bounds(goodness: Floats) -> Floats:
    """Bound i is the smallest observed value that at least i/5 of the people do not exceed.

    Bounds are observed values, never interpolated, so how large the largest value is moves
    no bound (Hyndman and Fan 1996, definition 1).
    """
    return np.quantile(goodness, QUANTILE_SHARES, method="inverted_cdf")


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
