"""Rolling-origin backtest: how far each engine is to be trusted, and how wide is the doubt.

At each origin everything is fitted on what was known then, and judged on the days after it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# parts of the pandas stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from orchestration.configuration import Value
from orchestration.core.frames import Floats
from orchestration.core.metrics import area_under_curve, rank_correlation
from orchestration.core.value.engines import (
    ENGINES,
    HEURISTIC,
    MIXTURE,
    MODEL,
    Snapshot,
    expected_orders,
    learn_corrections,
    mixed,
)
from orchestration.core.value.growth import PRIOR, stretched
from orchestration.core.value.history import order_days, outcome, some_people
from orchestration.core.value.intervals import IntervalTable, coverage, learn_intervals
from orchestration.core.value.prediction import below_median_repeat

# An engine's weight falls by e for every TEMPERATURE of loss behind the best. At one date an engine
# counts as behind by no more than WORST: a single odd month must not decide alone.
TEMPERATURE = 0.04
WORST = 0.1
MINIMUM_LABEL_DAYS = 28
METRICS = ("origin", "horizon_days", "engine", "people", "rmse", "rank_correlation", "value_rmse", "value_correlation",
           "total_ratio", "alive_auc", "coverage", "loss")  # fmt: skip
AVERAGED = METRICS[4:]


@dataclass(frozen=True)
class Backtest:
    """What was learned: engines' weights, ``METRICS`` per origin and engine, interval table, reason.

    The rows of the mixture are those of all weights together; of the others, each alone.
    """

    weights: Mapping[str, float]
    label_days: int
    rows: tuple[Mapping[str, str | float], ...]
    intervals: IntervalTable | None
    reason: str

    @property
    def engine(self) -> str:
        """Whose predictions are used: the mixture's, or without a backtest the purchase model's."""
        return MIXTURE if self.rows else MODEL

    @property
    def metrics(self) -> pd.DataFrame:
        """One row per origin and engine."""
        return pd.DataFrame(list(self.rows), columns=list(METRICS))

    @property
    def averages(self) -> dict[str, float]:
        """Every measure of the engine in use, averaged over the origins; empty without a backtest."""
        metrics = self.metrics
        own = metrics[metrics["engine"] == self.engine]
        return {} if own.empty else {name: float(own[name].mean()) for name in AVERAGED}


def backtest(orders: pd.DataFrame, as_of: date, value: Value) -> Backtest:
    """Judge all engines at up to ``value.backtest_origins`` past dates.

    ``orders``: one_id, order_date (merchant-local), net_amount; orders that count. The label
    window is the horizon where two of them fit into the history, else a third of the history.
    Where history is too short, people too few or a window had no sales, the purchase model is
    used and the reason says so.
    """
    return backtest_days(order_days(orders), pd.Timestamp(as_of), value)


def backtest_days(days: pd.DataFrame, end: pd.Timestamp, value: Value) -> Backtest:
    """:func:`backtest` on order days."""
    days = some_people(days[days["order_date"] <= end], value.backtest_people)
    history = int((end - days["order_date"].min()).days) if len(days) else 0
    label_days = min(value.horizon_days, history // 3)
    if label_days < MINIMUM_LABEL_DAYS:
        reason = f"No backtest: {history} days of orders, {3 * MINIMUM_LABEL_DAYS} are needed. The purchase model is used."
        return Backtest({MODEL: 1.0}, label_days, (), None, reason)
    origins = [
        found
        for step in range(value.backtest_origins)
        if (found := _origin(days, end, step, label_days, value)) is not None
    ]
    if not origins:
        reason = (
            f"No backtest: no earlier date had {value.backtest_minimum_people} buyers and sales in the "
            f"{label_days} days after it. The purchase model is used."
        )
        return Backtest({MODEL: 1.0}, label_days, (), None, reason)
    single = [row for origin in origins for row in origin.judged(label_days, value.interval)]
    losses = pd.DataFrame(single).pivot_table(index="origin", columns="engine", values="loss")
    weights = _weights(losses)
    together = [origin.with_mixture(weights) for origin in origins]
    mixture = [origin.judge(MIXTURE, label_days, value.interval) for origin in together]
    intervals = learn_intervals(
        np.concatenate([origin.value(MIXTURE) for origin in together]),
        np.concatenate([origin.truth["amount"].to_numpy() for origin in together]),
        value.interval,
    )
    shares = ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items())
    loss = losses.mean().to_dict() | {
        MIXTURE: float(np.mean([float(row["loss"]) for row in mixture]))
    }
    reason = (
        f"Engines weighted by backtest at {len(origins)} earlier date(s) over {label_days} days: {shares}; loss {loss[MIXTURE]:.3f} "
        f"against {loss[MODEL]:.3f} of {MODEL} and {loss[HEURISTIC]:.3f} of {HEURISTIC}."
    )
    return Backtest(weights, label_days, (*single, *mixture), intervals, reason)


def _weights(losses: pd.DataFrame) -> dict[str, float]:
    """Weights that sum to 1 over the engines judged on every date, from ``losses`` (dates x engines).

    Exponentially weighted averaging (Vovk 1990), on the mean distance to the best of each date. The
    rule of thumb is shown beside the engines and has no weight.
    """
    own = losses[[name for name in ENGINES if name in losses.columns]].dropna(axis=1)
    behind = own.sub(own.min(axis=1), axis=0).clip(upper=WORST).mean()
    weight = np.exp(-behind / TEMPERATURE)
    return {str(name): float(share) for name, share in (weight / weight.sum()).items()}


@dataclass(frozen=True)
class _Origin:
    """What every engine said on an earlier date, and what came."""

    at: pd.Timestamp
    orders: Mapping[str, Floats]
    amount_per_order: Floats
    is_once: np.ndarray
    truth: pd.DataFrame

    def value(self, engine: str) -> Floats:
        return below_median_repeat(self.orders[engine] * self.amount_per_order, self.is_once)

    def judged(self, label_days: int, share: float) -> list[Mapping[str, str | float]]:
        return [self.judge(engine, label_days, share) for engine in self.orders]

    def with_mixture(self, weights: Mapping[str, float]) -> _Origin:
        return replace(self, orders={**self.orders, MIXTURE: mixed(self.orders, weights)})

    def judge(self, engine: str, label_days: int, share: float) -> Mapping[str, str | float]:
        """The measures, and their sum: relative errors of orders and value, and what rankings and level miss."""
        said, value = self.orders[engine], self.value(engine)
        orders, amount = self.truth["orders"].to_numpy(), self.truth["amount"].to_numpy()
        rmse = float(np.sqrt(np.mean((said - orders) ** 2)))
        value_rmse = float(np.sqrt(np.mean((value - amount) ** 2)))
        ranks, fit = rank_correlation(said, orders), _correlation(value, amount)
        ratio = float(said.sum() / orders.sum())
        auc = area_under_curve(said, orders > 0)
        loss = (
            rmse / max(float(orders.std()), 1e-9)
            + value_rmse / max(float(amount.std()), 1e-9)
            + (1.0 - ranks)
            + (1.0 - fit)
            # Twice the area beyond chance runs from 0 to 1 as correlations do.
            + 2.0 * (1.0 - auc)
            + abs(float(np.log(max(ratio, 1e-9))))
        )
        found = (
            len(orders),
            rmse,
            ranks,
            value_rmse,
            fit,
            ratio,
            auc,
            coverage(value, amount, share),
            loss,
        )
        return dict(
            zip(METRICS, (self.at.date().isoformat(), label_days, engine, *found), strict=True)
        )


def _origin(
    days: pd.DataFrame, end: pd.Timestamp, step: int, label_days: int, value: Value
) -> _Origin | None:
    """The ``step``-th date before ``end``; None where too little was known or nothing sold after it."""
    origin = end - pd.Timedelta(days=label_days + step * (label_days // 2))
    past = days[days["order_date"] <= origin]
    history = int((origin - past["order_date"].min()).days) if len(past) else 0
    if history < label_days:
        return None
    snapshot = Snapshot.of(past, origin, value)
    truth = outcome(days, snapshot.summary["one_id"], origin, label_days)
    if len(truth) < value.backtest_minimum_people or truth["orders"].sum() <= 0:
        return None
    learned_days = min(label_days, history // 2)
    corrections = learn_corrections(past, origin, learned_days, value)
    model_near, model_far = snapshot.orders(learned_days), snapshot.orders(label_days)
    orders = {
        name: stretched(near, model_near, model_far, label_days / learned_days, PRIOR)
        for name, near in expected_orders(snapshot, corrections, learned_days).items()
    }
    return _Origin(
        origin,
        orders | {HEURISTIC: snapshot.same_rate(label_days)},
        np.maximum(snapshot.amount_per_order(), 0.0),
        snapshot.is_once,
        truth,
    )


def _correlation(left: Floats, right: Floats) -> float:
    if left.std() == 0 or right.std() == 0:
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])
