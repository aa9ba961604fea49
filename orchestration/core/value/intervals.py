"""How wide is the doubt: quantiles of what people ordered or spent, by what had been predicted for them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from orchestration.core.frames import Floats, order_by_value
from orchestration.core.value.amounts import AmountModel
from orchestration.core.value.purchases import PurchaseModel

BINS = 20
MINIMUM_BIN = 50

Bounds = tuple[Floats, Floats]


@dataclass(frozen=True)
class Expected:
    """Orders and net sales of each person over one horizon."""

    orders: Floats
    value: Floats


@dataclass(frozen=True)
class IntervalTable:
    """Quantiles of what people did, by what was predicted for them; learned in the backtest."""

    predicted: Floats
    low: Floats
    high: Floats

    def times(self, factor: float) -> IntervalTable:
        """The table for a horizon over which ``factor`` times as much is ordered or spent."""
        return IntervalTable(self.predicted * factor, self.low * factor, self.high * factor)

    def bounds(self, predicted: Floats) -> Bounds:
        """Interval per prediction; beyond the last knot it grows in proportion."""
        last = max(float(self.predicted[-1]), 1e-9)
        beyond = np.maximum(predicted / last, 1.0)
        return (
            np.interp(predicted, self.predicted, self.low) * beyond,
            np.interp(predicted, self.predicted, self.high) * beyond,
        )


@dataclass(frozen=True)
class Intervals:
    """The tables of one horizon."""

    orders: IntervalTable
    value: IntervalTable

    @classmethod
    def learn(cls, expected: Expected, came: Expected, share: float) -> Intervals:
        """From what was expected of some people and what came; see :func:`learn_intervals`."""
        return cls(
            learn_intervals(expected.orders, came.orders, share),
            learn_intervals(expected.value, came.value, share),
        )

    def stretched(self, learned: Expected, wanted: Expected) -> Intervals:
        """For a longer horizon: doubt grows as what all people order and spend does."""
        return Intervals(
            self.orders.times(_growth(learned.orders, wanted.orders)),
            self.value.times(_growth(learned.value, wanted.value)),
        )

    def bounds(self, expected: Expected) -> tuple[Bounds, Bounds]:
        """Of the orders and of the net sales of each person."""
        return self.orders.bounds(expected.orders), self.value.bounds(expected.value)


def _growth(learned: Floats, wanted: Floats) -> float:
    return float(wanted.sum()) / max(float(learned.sum()), 1e-9)


def learn_intervals(predicted: Floats, actual: Floats, share: float) -> IntervalTable:
    """Empirical quantiles of ``actual`` in bins of equal numbers of people by ``predicted``.

    Where many do nothing the lower bound is 0 and cuts nobody off; the upper bound then takes
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


def model_bounds(
    people: pd.DataFrame,
    expected: Expected,
    alive: Floats,
    purchases: PurchaseModel,
    amounts: AmountModel,
    share: float,
) -> tuple[Bounds, Bounds]:
    """As :meth:`Intervals.bounds`, where there was no backtest.

    Quantiles of a negative binomial number of orders (given alive), and of that times an uncertain amount.
    """
    x, n = people["repeat_orders"].to_numpy(), people["orders"].to_numpy()
    shape = purchases.r + x
    mean = np.maximum(expected.orders / np.maximum(alive, 1e-9), 1e-9)
    amount = expected.value / np.maximum(expected.orders, 1e-12)
    z = float(special.ndtri((1.0 + share) / 2.0))
    orders: list[Floats] = []
    value: list[Floats] = []
    for sign, level in ((-1.0, (1.0 - share) / 2.0), (1.0, (1.0 + share) / 2.0)):
        given_alive = (level - (1.0 - alive)) / np.maximum(alive, 1e-9)
        # The number of orders is quantised: take the smallest count whose probability reaches the level.
        success = np.clip(shape / (shape + mean), 1e-12, 1.0 - 1e-12)
        count = np.where(
            given_alive > 0,
            special.nbdtrik(np.clip(given_alive, 1e-9, 1.0 - 1e-9), shape, success),
            0.0,
        )
        count = np.ceil(np.maximum(np.nan_to_num(count), 0.0) - 1e-9)
        spread = np.sqrt(
            1.0 / (amounts.p * np.maximum(count, 1.0)) + 1.0 / (amounts.p * n + amounts.q)
        )
        orders.append(count)
        value.append(np.maximum(count * amount * np.exp(sign * 0.5 * z * spread), 0.0))
    return (orders[0], orders[1]), (value[0], value[1])
