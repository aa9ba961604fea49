"""How much is bought over a longer time: between what the purchase model says and the pace of the coming month.

The purchase model takes people for lost as time goes by, on long horizons often too many. Without that,
people would keep buying as they are expected to in the coming month. The truth lies between; where, is
learned from earlier dates.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from orchestration.configuration import Value
from orchestration.core.frames import Floats
from orchestration.core.value.engines import Snapshot
from orchestration.core.value.history import SUMMARY_COLUMNS, outcome, some_people, summarise
from orchestration.core.value.prediction import fit

MONTH = 30.0
# Nearer to the pace, before anything is known: real customers come back later than the model says. It
# weighs as much as one date at which both differ by DIFFERENCE.
PRIOR = 2 / 3
DIFFERENCE = 0.22
# Shares of the history that lie after the dates looked at.
REACHES = (1 / 2, 1 / 3, 1 / 4)


def learn_growth(days: pd.DataFrame, end: pd.Timestamp, value: Value) -> float:
    """0: orders grow as the purchase model says; 1: as the pace of a month. Bayesian regression, kept within both.

    At earlier dates the logarithm of actual orders over the model's is regressed on that of the pace's over
    the model's. Where both say nearly the same, nothing is learned and nothing depends on it.
    """
    days = some_people(days, value.fit_people)
    history = int((end - days["order_date"].min()).days) if len(days) else 0
    top, bottom = PRIOR * DIFFERENCE**2, DIFFERENCE**2
    for share in REACHES:
        reach = min(int(history * share), value.horizon_days)
        if reach <= MONTH:
            continue
        origin = end - pd.Timedelta(days=int(history * share))
        summary = summarise(days, origin)
        if len(summary) < value.backtest_minimum_people:
            continue
        purchases = fit(summary, value).purchases
        x, tx, age = (summary[name].to_numpy(dtype=np.float64) for name in SUMMARY_COLUMNS[:3])
        month, model = (
            float(purchases.expected(x, tx, age, length).sum()) for length in (MONTH, reach)
        )
        came = float(outcome(days, summary["one_id"], origin, reach)["orders"].sum())
        if min(model, came) <= 0:
            continue
        pace = float(np.log(kept_pace(month, reach) / model))
        top, bottom = top + pace * float(np.log(came / model)), bottom + pace**2
    return float(np.clip(top / bottom, 0.0, 1.0))


def kept_pace(month: float, days: float) -> float:
    """Orders over ``days`` if everybody buys as in the coming month."""
    return month * days / MONTH


class Ahead:
    """Takes what is expected of a window of ``window_days`` from the snapshot's date to other horizons."""

    def __init__(self, snapshot: Snapshot, window_days: float, growth: float) -> None:
        """``growth``: see :func:`learn_growth`."""
        self._snapshot, self._window_days, self._growth = snapshot, window_days, growth
        self._model: dict[float, Floats] = {}

    def orders(self, near: Floats, days: float) -> Floats:
        """``near``, the orders of the window, taken to ``days``.

        People keep the purchase model's proportions; all together buy :meth:`total`.
        """
        far = near * (self._orders(days) / np.maximum(self._orders(self._window_days), 1e-9))
        return far * (self.total(days) / max(float(far.sum()), 1e-9))

    def total(self, days: float) -> float:
        """Orders of all people over ``days``; over more than a month, ``growth`` of the way to its pace."""
        model = float(self._orders(days).sum())
        if days <= MONTH or model <= 0:
            return model
        return model * (kept_pace(float(self._orders(MONTH).sum()), days) / model) ** self._growth

    def _orders(self, days: float) -> Floats:
        if days not in self._model:
            self._model[days] = self._snapshot.orders(days)
        return self._model[days]
