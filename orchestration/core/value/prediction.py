"""Expected orders and net sales per person, with an interval and the guards."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from orchestration.configuration import Value
from orchestration.core.frames import Floats, every_kth, one_row_per_person, order_by_value
from orchestration.core.value.amounts import AmountModel, fit_amounts
from orchestration.core.value.history import SUMMARY_COLUMNS, ValueModelError
from orchestration.core.value.intervals import Expected, Intervals, model_bounds
from orchestration.core.value.purchases import PurchaseModel, fit_purchases

OUTPUT = (
    "one_id", "predicted_orders_90", "predicted_orders_90_low", "predicted_orders_90_high",
    "predicted_orders", "predicted_orders_low", "predicted_orders_high",
    "predicted_value_90", "predicted_value_90_low", "predicted_value_90_high",
    "predicted_value", "predicted_value_low", "predicted_value_high", "alive_probability",
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
) -> pd.DataFrame:
    """Expected orders and net sales of every buyer over ``value.short_horizon_days`` and ``value.horizon_days``.

    ``frame``: one row per one_id with ``repeat_orders``, ``recency_days`` (first to last order),
    ``age_days`` (first order to as-of), ``mean_amount`` (net, per order) and ``orders``. Without a
    ``model`` one is fitted here. ``_low`` and ``_high`` bound what ``value.interval`` of the people will order
    and spend, as the model sees it. A one-time buyer never has more than the median repeat buyer.

    Returns one row per person sorted by one_id. Raises :class:`ValueModelError`.
    """
    people = _people(frame)
    if people.empty:
        return pd.DataFrame(
            {name: pd.Series(dtype="str" if name == "one_id" else "float64") for name in OUTPUT}
        )
    fitted = model or fit(people, value)
    x, tx, age, mean_amount, orders = (people[name].to_numpy() for name in SUMMARY_COLUMNS)
    amount = fitted.amounts.expected(orders, mean_amount)
    short, long = (
        Expected(expected, expected * amount)
        for days in (value.short_horizon_days, value.horizon_days)
        for expected in [fitted.purchases.expected(x, tx, age, days)]
    )
    return assemble(people, short, long, fitted.purchases.alive(x, tx, age), fitted, value)


def assemble(
    people: pd.DataFrame,
    short: Expected,
    long: Expected,
    alive: Floats,
    model: ValueModel,
    value: Value,
    intervals: tuple[Intervals, Intervals] | None = None,
) -> pd.DataFrame:
    """The output columns of :func:`predict`, guarded; ``people`` sorted by one_id.

    ``intervals``: of the short and of the long horizon, from the backtest; without them they are the model's.
    """
    once = people["repeat_orders"].to_numpy() == 0
    is_within = value.short_horizon_days <= value.horizon_days
    if is_within:
        short = _at_most(short, long)
    short, long = guarded(short, once), guarded(long, once)
    if is_within:
        # Only one-time buyers can have more here, whom the guard of the long horizon has pressed.
        short = _at_most(short, long)
    columns: dict[str, Floats] = {}
    for place, (suffix, expected) in enumerate((("_90", short), ("", long))):
        if intervals is None:
            found = model_bounds(
                people, expected, alive, model.purchases, model.amounts, value.interval
            )
        else:
            found = intervals[place].bounds(expected)
        for name, said, (low, high) in zip(
            ("orders", "value"), (expected.orders, expected.value), found, strict=True
        ):
            columns |= {
                f"predicted_{name}{suffix}": said,
                f"predicted_{name}{suffix}_low": np.minimum(low, said),
                f"predicted_{name}{suffix}_high": np.maximum(high, said),
            }
    if is_within:
        for name in ("orders", "value"):
            for end in ("low", "high"):
                columns[f"predicted_{name}_90_{end}"] = np.minimum(
                    columns[f"predicted_{name}_90_{end}"], columns[f"predicted_{name}_{end}"]
                )
    everything = {"one_id": people["one_id"], **columns, "alive_probability": alive}
    return pd.DataFrame({name: everything[name] for name in OUTPUT})


def _at_most(expected: Expected, limit: Expected) -> Expected:
    return Expected(
        np.minimum(expected.orders, limit.orders), np.minimum(expected.value, limit.value)
    )


def guarded(expected: Expected, once: np.ndarray) -> Expected:
    """Orders and value, each :func:`below_median_repeat`."""
    return Expected(
        below_median_repeat(expected.orders, once), below_median_repeat(expected.value, once)
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
