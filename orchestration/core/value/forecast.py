"""Fit what predicts value on a date, and predict with it: two steps, so that a stored fit can be used again."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# parts of the pandas stubs are untyped.

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from orchestration.configuration import Value
from orchestration.core.value.amounts import AmountModel
from orchestration.core.value.backtest import Backtest, backtest_days
from orchestration.core.value.engines import (
    Near,
    Snapshot,
    learn_regressions,
)
from orchestration.core.value.growth import PRIOR, Ahead, learn_growth
from orchestration.core.value.history import order_days, summarise
from orchestration.core.value.intervals import Intervals, IntervalTable
from orchestration.core.value.outlook import Outlook
from orchestration.core.value.prediction import ValueModel, assemble, fit, predict
from orchestration.core.value.purchases import PurchaseModel
from orchestration.core.value.regressors import KINDS as LEARNED_KINDS
from orchestration.core.value.regressors import NOTHING, Learned


@dataclass(frozen=True)
class ValueFit:
    """All that was learned up to a date: purchase and amount model, backtest, regressions, growth."""

    model: ValueModel
    backtest: Backtest
    learned: Learned
    growth: float

    @property
    def notes(self) -> tuple[str, ...]:
        """What has to be said about it."""
        return (*self.model.notes, self.backtest.reason)


# What a stored fit is made of.
KINDS = (
    ValueFit,
    ValueModel,
    PurchaseModel,
    AmountModel,
    Backtest,
    Intervals,
    IntervalTable,
    *LEARNED_KINDS,
)


@dataclass(frozen=True)
class ValueResult:
    """Predictions for everyone, and the fit they come from."""

    predictions: pd.DataFrame
    fit: ValueFit

    @property
    def backtest(self) -> Backtest:
        """The backtest of the fit."""
        return self.fit.backtest

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of the fit."""
        return self.fit.notes


def fit_orders(orders: pd.DataFrame, as_of: date, value: Value) -> ValueFit:
    """Backtest, weigh the engines and fit them on everything known at ``as_of``.

    ``orders``: one_id, order_date (merchant-local), net_amount; orders that count.
    """
    end = pd.Timestamp(as_of)
    days = order_days(orders)
    days = days[days["order_date"] <= end]
    judged = backtest_days(days, end, value)
    model = fit(summarise(days, end), value)
    if judged.intervals is None:
        return ValueFit(model, judged, NOTHING, PRIOR)
    learned = learn_regressions(days, end, judged.label_days, value)
    return ValueFit(model, judged, learned, learn_growth(days, end, value))


def predict_orders(
    orders: pd.DataFrame, as_of: date, value: Value, fitted: ValueFit | None = None
) -> ValueResult:
    """Predict for every buyer with ``fitted``; without one it is fitted here.

    The columns of ``predictions`` are those of :func:`value.predict`.
    """
    fitted = fitted or fit_orders(orders, as_of, value)
    end = pd.Timestamp(as_of)
    days = order_days(orders)
    days = days[days["order_date"] <= end]
    judged = fitted.backtest
    if judged.intervals is None:
        return ValueResult(predict(summarise(days, end), value, fitted.model), fitted)
    snapshot = Snapshot.of(days, end, value, fitted.model)
    window, horizons = judged.label_days, (value.short_horizon_days, value.horizon_days)
    near = Near.of(snapshot, fitted.learned, window)
    outlook = Outlook(snapshot, near, judged.weights, Ahead(snapshot, window, fitted.growth))
    short, long = (outlook.expected(horizon) for horizon in horizons)
    # Doubt was measured over no more than the label window.
    intervals = (
        judged.intervals[0].stretched(outlook.expected(min(horizons[0], window)), short),
        judged.intervals[1].stretched(outlook.expected(window), long),
    )
    alive = snapshot.alive()
    predictions = assemble(snapshot.summary, short, long, alive, fitted.model, value, intervals)
    return ValueResult(predictions, fitted)
