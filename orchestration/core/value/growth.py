"""How much more is bought over a longer time: between what the purchase model says and the number of days.

Regressions learn over a window that fits into the history; the horizon asked for is often longer. The
purchase model takes people for lost as time goes by, on long horizons often too many. Without it,
orders would grow with the days. The truth lies between; where, is learned from earlier dates.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from orchestration.configuration import Value
from orchestration.core.frames import Floats
from orchestration.core.value.history import SUMMARY_COLUMNS, outcome, summarise
from orchestration.core.value.prediction import fit

# Half way between both, before anything is known; it weighs as much as one date at which they
# differ by NOISE. Growth of sales moves by about a tenth for reasons that no model knows.
PRIOR = 0.5
NOISE = 0.12
# Shares of the history that lie after the dates looked at; of those days a third is "near".
REACHES = (1 / 2, 1 / 3)
MINIMUM_REACH = 28


def learn_growth(days: pd.DataFrame, end: pd.Timestamp, value: Value) -> float:
    """0: grows as the purchase model says; 1: with the days. Bayesian regression, kept within both.

    At earlier dates, the logarithm of actual growth over the model's is regressed on that of the
    days' over the model's. Where both say nearly the same, nothing is learned and nothing depends on it.
    """
    history = int((end - days["order_date"].min()).days) if len(days) else 0
    top, bottom = PRIOR * NOISE**2, NOISE**2
    for share in REACHES:
        reach = int(history * share)
        near = reach // 3
        origin = end - pd.Timedelta(days=reach)
        summary = summarise(days, origin)
        if reach < MINIMUM_REACH or len(summary) < value.backtest_minimum_people:
            continue
        purchases = fit(summary, value).purchases
        x, tx, age = (summary[name].to_numpy(dtype=np.float64) for name in SUMMARY_COLUMNS[:3])
        model_near, model_far = (
            float(purchases.expected(x, tx, age, length).sum()) for length in (near, reach)
        )
        came_near, came_far = (
            float(np.sum(outcome(days, summary["one_id"], origin, length)["orders"].to_numpy()))
            for length in (near, reach)
        )
        if min(model_near, came_near) <= 0:
            continue
        model = np.log(model_far / model_near)
        by_days, actual = np.log(reach / near) - model, np.log(came_far / came_near) - model
        top, bottom = top + by_days * actual, bottom + by_days**2
    return float(np.clip(top / bottom, 0.0, 1.0))


def stretched(
    orders: Floats, model_near: Floats, model_far: Floats, longer: float, growth: float
) -> Floats:
    """``orders`` of a window taken to a horizon ``longer`` times as long.

    ``model_near`` and ``model_far``: what the purchase model says for both. People keep the model's
    proportions; what all buy grows by ``growth`` (:func:`learn_growth`) of the way to ``longer``.
    """
    far = orders * model_far / np.maximum(model_near, 1e-9)
    total = float(far.sum())
    if longer <= 1.0 or total <= 0.0:
        return far
    return far * (longer * float(orders.sum()) / total) ** growth
