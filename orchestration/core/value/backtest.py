"""Rolling-origin backtest: which engine predicts best what came next, and how wide is the doubt.

At each origin everything is fitted on what was known then, and judged on the days after it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from orchestration.configuration import Value
from orchestration.core.frames import Floats
from orchestration.core.metrics import area_under_curve, rank_correlation
from orchestration.core.value.history import (
    SUMMARY_COLUMNS,
    features,
    order_days,
    outcome,
    some_people,
    summarise,
)
from orchestration.core.value.prediction import (
    IntervalTable,
    ValueModel,
    assemble,
    below_median_repeat,
    fit,
    predict,
)
from orchestration.core.value.regressors import Prediction, design, fit_regressors

MODEL = "bgnbd_gamma_gamma"
HEURISTIC = "same_rate"
MIXTURES: Mapping[str, tuple[str, ...]] = {
    MODEL: (MODEL,),
    "poisson": ("poisson",),
    "trees": ("trees",),
    "mean_model_poisson": (MODEL, "poisson"),
    "mean_model_trees": (MODEL, "trees"),
    "mean_poisson_trees": ("poisson", "trees"),
    "mean_of_all": (MODEL, "poisson", "trees"),
}
# A mixture is kept unless another is better by more than this share: choices then do not flicker.
INDIFFERENCE = 0.005
PREFERRED = "mean_of_all"
MINIMUM_LABEL_DAYS = 28
METRICS = ("origin", "horizon_days", "engine", "people", "rmse", "rank_correlation", "value_rmse", "value_correlation",
           "total_ratio", "alive_auc", "coverage")  # fmt: skip


@dataclass(frozen=True)
class Backtest:
    """What was learned: the chosen engine, metrics per origin and engine, interval table, reason."""

    engine: str
    label_days: int
    metrics: pd.DataFrame
    intervals: IntervalTable | None
    reason: str


@dataclass(frozen=True)
class ValueResult:
    """Predictions for everyone, the fitted model, its backtest and the notes to show."""

    predictions: pd.DataFrame
    model: ValueModel
    backtest: Backtest
    notes: tuple[str, ...]


def backtest(orders: pd.DataFrame, as_of: date, value: Value) -> Backtest:
    """Judge all engines at up to ``value.backtest_origins`` past dates.

    ``orders``: one_id, order_date (merchant-local), net_amount; orders that count. The label
    window is the horizon where two of them fit into the history, else a third of the history.
    Where history is too short, people too few or a window had no sales, the purchase model is
    used and the reason says so.
    """
    days = some_people(order_days(orders), value.backtest_people)
    return _backtest(days, pd.Timestamp(as_of), value)


def predict_orders(orders: pd.DataFrame, as_of: date, value: Value) -> ValueResult:
    """Backtest, choose, fit on everything known at ``as_of`` and predict for every buyer.

    The columns of ``predictions`` are those of :func:`value.predict`.
    """
    end = pd.Timestamp(as_of)
    days = order_days(orders)
    days = days[days["order_date"] <= end]
    judged = _backtest(some_people(days, value.backtest_people), end, value)
    summary = summarise(days, end)
    model = fit(summary, value)
    notes = (*model.notes, judged.reason)
    if judged.intervals is None:
        return ValueResult(predict(summary, value, model), model, judged, notes)
    single = _singles(days, end, summary, model, judged.label_days, value)
    members = [single[name] for name in MIXTURES[judged.engine] if name in single]
    near = Prediction(
        np.mean([member.orders for member in members], axis=0),
        np.mean([member.amount for member in members], axis=0),
    )
    short, long = (
        _stretched(near, single[MODEL], _model_prediction(summary, model, horizon))
        for horizon in (value.short_horizon_days, value.horizon_days)
    )
    x, tx, age = (summary[name].to_numpy(dtype=np.float64) for name in SUMMARY_COLUMNS[:3])
    alive = model.purchases.alive(x, tx, age)
    # Doubt was measured over the label window; money and its doubt grow with the horizon.
    growth = float(long.amount.sum()) / max(float(near.amount.sum()), 1e-9)
    intervals = judged.intervals.times(growth)
    predictions = assemble(
        summary, short.orders, long.orders, long.amount, alive, model, value, intervals
    )
    return ValueResult(predictions, model, judged, notes)


def _stretched(near: Prediction, model_near: Prediction, model_far: Prediction) -> Prediction:
    """``near`` taken to another horizon in the proportion in which the purchase model grows."""
    factor = model_far.orders / np.maximum(model_near.orders, 1e-9)
    return Prediction(near.orders * factor, near.amount * factor)


def _backtest(days: pd.DataFrame, end: pd.Timestamp, value: Value) -> Backtest:
    empty = pd.DataFrame(columns=list(METRICS))
    days = days[days["order_date"] <= end]
    history = int((end - days["order_date"].min()).days) if len(days) else 0
    label_days = min(value.horizon_days, history // 3)
    if label_days < MINIMUM_LABEL_DAYS:
        reason = f"No backtest: {history} days of orders, {3 * MINIMUM_LABEL_DAYS} are needed. The purchase model is used."
        return Backtest(MODEL, label_days, empty, None, reason)
    rows: list[dict[str, object]] = []
    errors: list[pd.Series] = []
    pooled: list[tuple[Mapping[str, Prediction], pd.DataFrame, np.ndarray]] = []
    for step in range(value.backtest_origins):
        origin = end - pd.Timedelta(days=label_days + step * (label_days // 2))
        past = days[days["order_date"] <= origin]
        if past.empty or (origin - past["order_date"].min()).days < label_days:
            break
        summary = summarise(past, origin)
        truth = outcome(days, summary["one_id"], origin, label_days)
        if len(summary) < value.backtest_minimum_people or truth["orders"].sum() <= 0:
            continue
        predictions = _candidates(past, origin, summary, value, label_days)
        once = summary["repeat_orders"].to_numpy() == 0
        judged = [
            _judge(origin, label_days, name, each, truth, once)
            for name, each in predictions.items()
        ]
        rows += judged
        errors.append(_loss(pd.DataFrame(judged), truth))
        pooled.append((predictions, truth, once))
    if not rows:
        reason = (
            f"No backtest: no earlier date had {value.backtest_minimum_people} buyers and sales in the "
            f"{label_days} days after it. The purchase model is used."
        )
        return Backtest(MODEL, label_days, empty, None, reason)
    loss = pd.concat(errors, axis=1).dropna().mean(axis=1)
    engine = _choose(loss)
    metrics = pd.DataFrame(rows)
    predicted = np.concatenate(
        [below_median_repeat(each[engine].amount, once) for each, _, once in pooled]
    )
    actual = np.concatenate([truth["amount"].to_numpy() for _, truth, _ in pooled])
    # Later days drift from the ones learned on: a quarter of what may lie outside is kept in hand.
    intervals = learn_intervals(predicted, actual, value.interval + (1.0 - value.interval) / 4.0)
    metrics["coverage"] = _coverage(pooled, metrics, value.interval)
    reason = (
        f"{engine} chosen by backtest at {len(pooled)} earlier date(s) over {label_days} days: "
        f"loss {loss[engine]:.3f} against {loss[MODEL]:.3f} of {MODEL} and {loss[HEURISTIC]:.3f} of {HEURISTIC}."
    )
    return Backtest(engine, label_days, metrics[list(METRICS)], intervals, reason)


def _choose(loss: pd.Series) -> str:
    """The mixture of least loss. The rule of thumb is shown beside them and never chosen."""
    mixtures = loss[[name for name in MIXTURES if name in loss.index]]
    if mixtures.empty:
        return MODEL
    best = str(mixtures.idxmin())
    preferred = PREFERRED in mixtures and mixtures[PREFERRED] <= mixtures[best] * (
        1.0 + INDIFFERENCE
    )
    return PREFERRED if preferred else best


def _candidates(
    past: pd.DataFrame, origin: pd.Timestamp, summary: pd.DataFrame, value: Value, label_days: int
) -> dict[str, Prediction]:
    model = fit(summary, value)
    train_days = min(label_days, int((origin - past["order_date"].min()).days) // 2)
    single = _singles(past, origin, summary, model, train_days, value)
    target = _model_prediction(summary, model, label_days)
    known = {
        name: _stretched(
            Prediction(
                np.mean([single[member].orders for member in members], axis=0),
                np.mean([single[member].amount for member in members], axis=0),
            ),
            single[MODEL],
            target,
        )
        for name, members in MIXTURES.items()
        if all(member in single for member in members)
    }
    age = np.maximum(summary["age_days"].to_numpy(), 1.0)
    rate = summary["repeat_orders"].to_numpy() / age * label_days
    known[HEURISTIC] = Prediction(rate, rate * np.maximum(summary["mean_amount"].to_numpy(), 0.0))
    return known


def _singles(
    days: pd.DataFrame,
    end: pd.Timestamp,
    summary: pd.DataFrame,
    model: ValueModel,
    label_days: int,
    value: Value,
) -> dict[str, Prediction]:
    """Each engine's prediction for the ``label_days`` after ``end``.

    The regressions are fitted ``label_days`` earlier, so that their labels end at ``end``.
    """
    known = {MODEL: _model_prediction(summary, model, label_days)}
    earlier = end - pd.Timedelta(days=label_days)
    learned = some_people(days, value.fit_people)
    past = learned[learned["order_date"] <= earlier]
    if past.empty:
        return known
    before = summarise(past, earlier)
    truth = outcome(learned[learned["order_date"] <= end], before["one_id"], earlier, label_days)
    predictors = fit_regressors(
        _design(past, earlier, before, fit(before, value), label_days),
        truth["orders"].to_numpy(),
        truth["amount"].to_numpy(),
        value.fit_people,
        value.seed,
    )
    matrix = _design(days, end, summary, model, label_days)
    return known | {
        name: _at_level(predictor(matrix), known[MODEL]) for name, predictor in predictors.items()
    }


def _at_level(prediction: Prediction, model: Prediction) -> Prediction:
    """``prediction`` scaled to the totals of the purchase model.

    The regressions know who buys more than others; how much all buy depends on how young the
    customers were when they learned, which the model accounts for and they do not.
    """
    orders, amount = (
        each * (level.sum() / max(float(each.sum()), 1e-9))
        for each, level in ((prediction.orders, model.orders), (prediction.amount, model.amount))
    )
    return Prediction(orders, amount)


def _model_prediction(summary: pd.DataFrame, model: ValueModel, days: int) -> Prediction:
    x, tx, age, mean_amount, orders = (
        summary[name].to_numpy(dtype=np.float64) for name in SUMMARY_COLUMNS
    )
    expected = model.purchases.expected(x, tx, age, days)
    return Prediction(expected, expected * model.amounts.expected(orders, mean_amount))


def _design(
    days: pd.DataFrame, end: pd.Timestamp, summary: pd.DataFrame, model: ValueModel, label_days: int
) -> Floats:
    x, tx, age = (summary[name].to_numpy(dtype=np.float64) for name in SUMMARY_COLUMNS[:3])
    return design(
        features(days, end, summary["one_id"]),
        _model_prediction(summary, model, label_days),
        model.purchases.alive(x, tx, age),
        float(label_days),
    )


def _judge(
    origin: pd.Timestamp,
    label_days: int,
    name: str,
    each: Prediction,
    truth: pd.DataFrame,
    once: np.ndarray,
) -> dict[str, object]:
    orders, amount = truth["orders"].to_numpy(), truth["amount"].to_numpy()
    predicted = below_median_repeat(each.amount, once)
    return {
        "origin": origin.date(),
        "horizon_days": label_days,
        "engine": name,
        "people": len(truth),
        "rmse": float(np.sqrt(np.mean((each.orders - orders) ** 2))),
        "rank_correlation": rank_correlation(each.orders, orders),
        "value_rmse": float(np.sqrt(np.mean((predicted - amount) ** 2))),
        "value_correlation": _correlation(predicted, amount),
        "total_ratio": float(each.orders.sum() / orders.sum()),
        "alive_auc": area_under_curve(each.orders, orders > 0),
    }


def _loss(judged: pd.DataFrame, truth: pd.DataFrame) -> pd.Series:
    """Lower is better: relative squared errors of orders and value, and what the rankings miss."""
    spread = max(float(truth["orders"].std(ddof=0)), 1e-9)
    value_spread = max(float(truth["amount"].std(ddof=0)), 1e-9)
    table = judged.set_index("engine")
    return (
        table["rmse"] / spread
        + table["value_rmse"] / value_spread
        + (1.0 - table["rank_correlation"])
        + (1.0 - table["value_correlation"])
    ).astype(np.float64)


def learn_intervals(
    predicted: Floats, actual: Floats, share: float, bins: int = 20
) -> IntervalTable:
    """Empirical quantiles of ``actual`` in bins of equal numbers of people by ``predicted``.

    Where many spend nothing the lower bound is 0 and cuts nobody off; the upper bound then takes
    less, so that ``share`` of the people are inside either way. Both bounds grow with the
    prediction; at least 50 people a bin.
    """
    order = np.argsort(predicted, kind="stable")
    count = int(np.clip(len(order) // 50, 1, bins))
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


def _coverage(
    pooled: list[tuple[Mapping[str, Prediction], pd.DataFrame, np.ndarray]],
    metrics: pd.DataFrame,
    share: float,
) -> Floats:
    """Share of people inside an interval learned on the other half of the people (even and odd rows)."""
    values: list[float] = []
    for predictions, truth, once in pooled:
        actual = truth["amount"].to_numpy()
        half = np.arange(len(actual)) % 2 == 0
        for each in predictions.values():
            predicted = below_median_repeat(each.amount, once)
            inside = 0.0
            for learned, tested in ((half, ~half), (~half, half)):
                low, high = learn_intervals(predicted[learned], actual[learned], share).bounds(
                    predicted[tested]
                )
                inside += float(((actual[tested] >= low) & (actual[tested] <= high)).sum())
            values.append(inside / len(actual))
    return np.asarray(values[: len(metrics)])


def _correlation(left: Floats, right: Floats) -> float:
    if left.std() == 0 or right.std() == 0:
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])
