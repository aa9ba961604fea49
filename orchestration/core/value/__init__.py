"""Value: expected orders and net sales with intervals, backtested, and the value tiers."""

from orchestration.core.value.backtest import Backtest, backtest
from orchestration.core.value.forecast import (
    KINDS,
    ValueFit,
    ValueResult,
    fit_orders,
    predict_orders,
)
from orchestration.core.value.history import ValueModelError, order_days, outcome, summarise
from orchestration.core.value.intervals import IntervalTable
from orchestration.core.value.prediction import OUTPUT, ValueModel, fit, predict
from orchestration.core.value.tiers import tiers

__all__ = [
    "KINDS",
    "OUTPUT",
    "Backtest",
    "IntervalTable",
    "ValueFit",
    "ValueModel",
    "ValueModelError",
    "ValueResult",
    "backtest",
    "fit",
    "fit_orders",
    "order_days",
    "outcome",
    "predict",
    "predict_orders",
    "summarise",
    "tiers",
]
