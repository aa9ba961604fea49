"""Value: expected orders and net sales with intervals, backtested, and the value tiers."""

from orchestration.core.value.backtest import Backtest, ValueResult, backtest, predict_orders
from orchestration.core.value.history import ValueModelError, order_days, outcome, summarise
from orchestration.core.value.prediction import IntervalTable, ValueModel, fit, predict
from orchestration.core.value.tiers import tiers

__all__ = [
    "Backtest",
    "IntervalTable",
    "ValueModel",
    "ValueModelError",
    "ValueResult",
    "backtest",
    "fit",
    "order_days",
    "outcome",
    "predict",
    "predict_orders",
    "summarise",
    "tiers",
]
