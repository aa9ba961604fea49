"""Expected orders and net sales per person, with an interval and the guards."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from orchestration.configuration import Value
from orchestration.core.frames import Floats, every_kth, one_row_per_person, order_by_value
from orchestration.core.value.amounts import AmountModel, fit_amounts
from orchestration.core.value.history import SUMMARY_COLUMNS, ValueModelError
from orchestration.core.value.intervals import IntervalTable
from orchestration.core.value.purchases import PurchaseModel, fit_purchases

OUTPUT = (
    "one_id", "predicted_orders_90", "predicted_orders", "predicted_value_90", "predicted_value",
    "predicted_value_low", "predicted_value_high", "alive_probability",
)  # fmt: skip


# People with more repeat orders than this many times the 99th percentile are scored, not learned from.
RESELLER_FACTOR = 3.0


@dataclass(frozen=True)
class ValueModel:
    """The fitted purchase and amount models, and what had to be said about them."""

    purchases: PurchaseModel
    amounts: AmountModel
    notes: tuple[str, ...] = field(default=())


def fit(frame: pd.DataFrame, value: Value) -> ValueModel:
    """Fit on at most ``value.fit_people`` people (evenly spread over one_id). Columns as in :func:`predict`."""
    people = _people(frame)
    if people.empty:
        return _prior_model()
    sample = people.iloc[every_kth(len(people), value.fit_people)]
    # One reseller with ten thousand orders must not bend the parameters of everyone else.
    often = sample["repeat_orders"].to_numpy()
    limit = max(RESELLER_FACTOR * float(np.quantile(often, 0.99, method="inverted_cdf")), 10.0)
    ordinary = sample[often <= limit]
    known = ordinary[list(SUMMARY_COLUMNS)].to_numpy(dtype=np.float64)
    x, tx, age, mean_amount, orders = known[order_by_value(known)].T
    purchases = fit_purchases(x, tx, age, value.prior_people)
    amounts = fit_amounts(
        orders, mean_amount, value.prior_people, value.winsor_share, value.maximum_correlation
    )
    notes: list[str] = []
    if not amounts.is_independent:
        notes.append(
            f"Orders and amounts of repeat buyers go together (rank correlation {amounts.correlation:+.2f}, limit "
            f"{value.maximum_correlation:.2f}): amounts are shrunk towards people with as many orders, not everyone."
        )
    if int((x > 0).sum()) < 30:
        notes.append(f"Only {int((x > 0).sum())} repeat buyers: the fit leans on its prior.")
    return ValueModel(purchases, amounts, tuple(notes))


def _prior_model() -> ValueModel:
    """What is assumed before anybody has bought."""
    once = np.zeros(1)
    purchases = fit_purchases(once, once, np.full(1, 30.0), prior_people=1e6)
    return ValueModel(
        purchases,
        fit_amounts(once, once, 1.0, 0.0, 1.0),
        ("Nobody has bought yet: nothing is predicted.",),
    )


def predict(
    frame: pd.DataFrame,
    value: Value,
    model: ValueModel | None = None,
    intervals: IntervalTable | None = None,
) -> pd.DataFrame:
    """Expected orders and net sales of every buyer over 90 days and ``value.horizon_days``.

    ``frame``: one row per one_id with ``repeat_orders``, ``recency_days`` (first to last order),
    ``age_days`` (first order to as-of), ``mean_amount`` (net, per order) and ``orders``. Without a
    ``model`` one is fitted here. ``predicted_value_low`` and ``_high`` bound the later net sales of
    ``value.interval`` of the people: from the backtest where it is given, else from the model.
    A one-time buyer never has a higher value than the median repeat buyer.

    Returns one row per person sorted by one_id. Raises :class:`ValueModelError`.
    """
    people = _people(frame)
    if people.empty:
        return pd.DataFrame(
            {name: pd.Series(dtype="str" if name == "one_id" else "float64") for name in OUTPUT}
        )
    fitted = model or fit(people, value)
    x, tx, age, mean_amount, orders = (people[name].to_numpy() for name in SUMMARY_COLUMNS)
    alive = fitted.purchases.alive(x, tx, age)
    expected = fitted.purchases.expected(x, tx, age, value.horizon_days)
    short = fitted.purchases.expected(x, tx, age, value.short_horizon_days)
    amount = fitted.amounts.expected(orders, mean_amount)
    return assemble(people, short, expected, expected * amount, alive, fitted, value, intervals)


def assemble(
    people: pd.DataFrame,
    short_orders: Floats,
    orders: Floats,
    predicted_value: Floats,
    alive: Floats,
    model: ValueModel,
    value: Value,
    intervals: IntervalTable | None,
) -> pd.DataFrame:
    """The output columns of :func:`predict`, guarded; ``people`` sorted by one_id."""
    once = people["repeat_orders"].to_numpy() == 0
    guarded = below_median_repeat(predicted_value, once)
    amount = predicted_value / np.maximum(orders, 1e-12)
    short_value = below_median_repeat(short_orders * amount, once)
    if value.short_horizon_days <= value.horizon_days:
        short_value = np.minimum(short_value, guarded)
    if intervals is None:
        low, high = _model_interval(people, orders, guarded, alive, model, value.interval)
    else:
        low, high = intervals.bounds(guarded)
    return pd.DataFrame(
        {
            "one_id": people["one_id"],
            "predicted_orders_90": np.minimum(
                below_median_repeat(short_orders, once), below_median_repeat(orders, once)
            )
            if value.short_horizon_days <= value.horizon_days
            else below_median_repeat(short_orders, once),
            "predicted_orders": below_median_repeat(orders, once),
            "predicted_value_90": short_value,
            "predicted_value": guarded,
            "predicted_value_low": np.minimum(low, guarded),
            "predicted_value_high": np.maximum(high, guarded),
            "alive_probability": alive,
        }
    )


def below_median_repeat(values: Floats, once: np.ndarray) -> Floats:
    """``values`` with those of one-time buyers pressed to at most the median of the others.

    Only values above nine tenths of that median move, and their order stays.
    """
    if not once.any() or once.all():
        return values
    median = float(np.median(values[~once]))
    highest = float(values[once].max())
    if highest <= median:
        return values
    knee = 0.9 * median
    pressed = knee + (median - knee) * (values - knee) / max(highest - knee, 1e-12)
    return np.where(once & (values > knee), np.minimum(pressed, median), values)


def _model_interval(
    people: pd.DataFrame,
    orders: Floats,
    predicted: Floats,
    alive: Floats,
    model: ValueModel,
    share: float,
) -> tuple[Floats, Floats]:
    """Quantiles of a negative binomial number of orders (given alive) times an uncertain amount."""
    x, n = people["repeat_orders"].to_numpy(), people["orders"].to_numpy()
    shape = model.purchases.r + x
    mean = np.maximum(orders / np.maximum(alive, 1e-9), 1e-9)
    amount = predicted / np.maximum(orders, 1e-12)
    z = float(special.ndtri((1.0 + share) / 2.0))
    bounds: list[Floats] = []
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
            1.0 / (model.amounts.p * np.maximum(count, 1.0))
            + 1.0 / (model.amounts.p * n + model.amounts.q)
        )
        bounds.append(np.maximum(count * amount * np.exp(sign * 0.5 * z * spread), 0.0))
    return bounds[0], bounds[1]


def _people(frame: pd.DataFrame) -> pd.DataFrame:
    people = one_row_per_person(
        frame, SUMMARY_COLUMNS, ValueModelError, "value", numbers=SUMMARY_COLUMNS
    )
    x, tx, age = (people[name].to_numpy() for name in ("repeat_orders", "recency_days", "age_days"))
    impossible = (x < 0) | (tx < 0) | (tx > age) | (people["orders"].to_numpy() < 1)
    if impossible.any():
        example = people.loc[impossible, "one_id"].iloc[0]
        raise ValueModelError(
            f"value: {int(impossible.sum())} people (such as {example}) have an impossible history: recency_days must lie "
            "between 0 and age_days, repeat_orders must not be negative and orders must be at least 1."
        )
    # A repeat order on the first day is no rhythm; half a day keeps the likelihood defined.
    people["age_days"] = np.maximum(age, np.where(x > 0, np.maximum(tx, 0.5), age))
    return people
