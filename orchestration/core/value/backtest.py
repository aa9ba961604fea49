"""Rolling-origin backtest: how far each engine is to be trusted, and how wide is the doubt.

At each origin everything is fitted on what was known then, and judged on the days after it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# parts of the pandas stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
    Near,
    Snapshot,
    learn_regressions,
)
from orchestration.core.value.growth import PRIOR, Ahead
from orchestration.core.value.history import order_days, outcome, some_people
from orchestration.core.value.intervals import Expected, Intervals, coverage
from orchestration.core.value.outlook import Outlook
from orchestration.core.value.prediction import below_median_repeat, guarded

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
    """What was learned: engines' weights, ``METRICS`` per origin and engine, interval tables, reason.

    The rows of the mixture are those of all weights together; of the others, each alone. ``intervals``
    are those of the short horizon and of the long one, each over at most ``label_days``.
    """

    weights: Mapping[str, float]
    label_days: int
    rows: tuple[Mapping[str, str | float], ...]
    intervals: tuple[Intervals, Intervals] | None
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
    single = [row for origin in origins for row in origin.judged(value.interval)]
    losses = pd.DataFrame(single).pivot_table(index="origin", columns="engine", values="loss")
    weights = _weights(losses)
    outlooks = [(origin, origin.outlook(weights)) for origin in origins]
    together = [origin.judge_mixture(outlook, value.interval) for origin, outlook in outlooks]
    short, long = (
        _intervals(outlooks, min(horizon, label_days), value.interval)
        for horizon in (value.short_horizon_days, label_days)
    )
    shares = ", ".join(f"{name} {weight:.2f}" for name, weight in weights.items())
    loss = losses.mean().to_dict() | {
        MIXTURE: float(np.mean([float(row["loss"]) for row in together]))
    }
    reason = (
        f"Engines weighted by backtest at {len(origins)} earlier date(s) over {label_days} days: {shares}; loss {loss[MIXTURE]:.3f} "
        f"against {loss[MODEL]:.3f} of {MODEL} and {loss[HEURISTIC]:.3f} of {HEURISTIC}."
    )
    return Backtest(weights, label_days, (*single, *together), (short, long), reason)


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
    """What every engine said on an earlier date of the ``label_days`` after it, and what came."""

    at: pd.Timestamp
    days: pd.DataFrame
    label_days: int
    snapshot: Snapshot
    near: Near
    ahead: Ahead

    def came(self, horizon_days: int) -> Expected:
        """What people did in the ``horizon_days`` after the date."""
        truth = outcome(self.days, self.snapshot.summary["one_id"], self.at, horizon_days)
        return Expected(truth["orders"].to_numpy(), truth["amount"].to_numpy())

    def outlook(self, weights: Mapping[str, float]) -> Outlook:
        """All engines together."""
        return Outlook(self.snapshot, self.near, weights, self.ahead)

    def judged(self, share: float) -> list[Mapping[str, str | float]]:
        """Every engine alone, and the rule of thumb."""
        orders = {
            name: self.ahead.orders(near, self.label_days)
            for name, near in self.near.orders.items()
        } | {HEURISTIC: self.snapshot.same_rate(self.label_days)}
        amount, once = self.snapshot.amount_per_order(), self.snapshot.is_once
        came = self.came(self.label_days)
        return [
            self._judge(name, Expected(own, below_median_repeat(own * amount, once)), came, share)
            for name, own in orders.items()
        ]

    def judge_mixture(self, outlook: Outlook, share: float) -> Mapping[str, str | float]:
        """All engines together."""
        said = guarded(outlook.expected(self.label_days), self.snapshot.is_once)
        return self._judge(MIXTURE, said, self.came(self.label_days), share)

    def _judge(
        self, engine: str, said: Expected, came: Expected, share: float
    ) -> Mapping[str, str | float]:
        """The measures, and their sum: relative errors of orders and value, and what rankings and level miss."""
        rmse = float(np.sqrt(np.mean((said.orders - came.orders) ** 2)))
        value_rmse = float(np.sqrt(np.mean((said.value - came.value) ** 2)))
        ranks, fit = (
            rank_correlation(said.orders, came.orders),
            _correlation(said.value, came.value),
        )
        ratio = float(said.orders.sum() / came.orders.sum())
        auc = area_under_curve(said.orders, came.orders > 0)
        loss = (
            rmse / max(float(came.orders.std()), 1e-9)
            + value_rmse / max(float(came.value.std()), 1e-9)
            + (1.0 - ranks)
            + (1.0 - fit)
            # Twice the area beyond chance runs from 0 to 1 as correlations do.
            + 2.0 * (1.0 - auc)
            + abs(float(np.log(max(ratio, 1e-9))))
        )
        found = (
            len(came.orders),
            rmse,
            ranks,
            value_rmse,
            fit,
            ratio,
            auc,
            coverage(said.value, came.value, share),
            loss,
        )
        return dict(
            zip(METRICS, (self.at.date().isoformat(), self.label_days, engine, *found), strict=True)
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
    if len(snapshot.summary) < value.backtest_minimum_people:
        return None
    learned_days = min(label_days, history // 2)
    learned = learn_regressions(past, origin, learned_days, value)
    found = _Origin(
        origin,
        days,
        label_days,
        snapshot,
        Near.of(snapshot, learned, learned_days),
        Ahead(snapshot, learned_days, PRIOR),
    )
    return found if found.came(label_days).orders.sum() > 0 else None


def _intervals(
    outlooks: list[tuple[_Origin, Outlook]], horizon_days: int, share: float
) -> Intervals:
    """Learned from all dates together."""
    said = [
        guarded(outlook.expected(horizon_days), origin.snapshot.is_once)
        for origin, outlook in outlooks
    ]
    came = [origin.came(horizon_days) for origin, _ in outlooks]
    return Intervals.learn(_together(said), _together(came), share)


def _together(parts: list[Expected]) -> Expected:
    return Expected(
        np.concatenate([part.orders for part in parts]),
        np.concatenate([part.value for part in parts]),
    )


def _correlation(left: Floats, right: Floats) -> float:
    if left.std() == 0 or right.std() == 0:
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])
