"""How wide is the doubt: quantiles of what people spent, by what had been predicted for them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.core.frames import Floats, order_by_value

BINS = 20
MINIMUM_BIN = 50


@dataclass(frozen=True)
class IntervalTable:
    """Quantiles of what people spent, by what was predicted for them; learned in the backtest."""

    predicted: Floats
    low: Floats
    high: Floats

    def times(self, factor: float) -> IntervalTable:
        """The table for a horizon over which ``factor`` times as much is spent."""
        return IntervalTable(self.predicted * factor, self.low * factor, self.high * factor)

    def bounds(self, predicted_value: Floats) -> tuple[Floats, Floats]:
        """Interval per predicted value; beyond the last knot it grows in proportion."""
        last = max(float(self.predicted[-1]), 1e-9)
        beyond = np.maximum(predicted_value / last, 1.0)
        return (
            np.interp(predicted_value, self.predicted, self.low) * beyond,
            np.interp(predicted_value, self.predicted, self.high) * beyond,
        )


def learn_intervals(predicted: Floats, actual: Floats, share: float) -> IntervalTable:
    """Empirical quantiles of ``actual`` in bins of equal numbers of people by ``predicted``.

    Where many spend nothing the lower bound is 0 and cuts nobody off; the upper bound then takes
    less, so that ``share`` of the people are inside either way. Both bounds grow with the
    prediction; at least ``MINIMUM_BIN`` people a bin.
    """
    order = order_by_value(actual, predicted)
    count = int(np.clip(len(order) // MINIMUM_BIN, 1, BINS))
    parts = np.array_split(order, count)
    knots = np.array([predicted[part].mean() for part in parts])
    low = np.array(
        [np.quantile(actual[part], (1.0 - share) / 2.0, method="lower") for part in parts]
    )
    below = [float((actual[part] < bound).mean()) for part, bound in zip(parts, low, strict=True)]
    high = [
        np.quantile(actual[part], min(under + share, 1.0), method="higher")
        for part, under in zip(parts, below, strict=True)
    ]
    return IntervalTable(knots, np.maximum.accumulate(low), np.maximum.accumulate(high))


def coverage(predicted: Floats, actual: Floats, share: float) -> float:
    """Share of people inside an interval learned on the other half of them (even and odd rows)."""
    half = np.arange(len(actual)) % 2 == 0
    inside = 0.0
    for learned, tested in ((half, ~half), (~half, half)):
        table = learn_intervals(predicted[learned], actual[learned], share)
        low, high = table.bounds(predicted[tested])
        inside += float(((actual[tested] >= low) & (actual[tested] <= high)).sum())
    return inside / len(actual)
