"""Order histories as of a date: the summary that value and churn models read, and what came after."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.core.frames import Floats, every_kth

RECENT_DAYS = (14, 30, 60, 90, 180)
SUMMARY_COLUMNS = ("repeat_orders", "recency_days", "age_days", "mean_amount", "orders")
FEATURES = (
    "orders", "days_since_first", "days_since_last", "mean_amount", "total_amount", "mean_gap_days", "overdue_ratio",
    "longest_gap_days", "silence_ratio", "gap_variation",
    *(f"{measure}_{days}d" for days in RECENT_DAYS for measure in ("orders", "amount")),
)  # fmt: skip


class ValueModelError(ValueError):
    """The input of the value model cannot be used; the message says what to mend."""


def order_days(orders: pd.DataFrame) -> pd.DataFrame:
    """One row per person and merchant-local day with an order: ``one_id``, ``order_date``, ``net_amount``.

    Several orders of a day are one purchase occasion. Sorted by one_id, order_date.
    """
    missing = [
        name for name in ("one_id", "order_date", "net_amount") if name not in orders.columns
    ]
    if missing:
        raise ValueModelError(f"value: the orders have no column {', '.join(missing)}.")
    days = orders[["one_id", "order_date", "net_amount"]].copy()
    days["order_date"] = pd.to_datetime(days["order_date"]).dt.normalize()
    days["net_amount"] = days["net_amount"].astype(np.float64)
    if days.isna().to_numpy().any() or not np.isfinite(days["net_amount"].to_numpy()).all():
        raise ValueModelError(
            "value: orders need a one_id, a date and a finite amount. Leave out the others."
        )
    daily = days.groupby(["one_id", "order_date"], sort=True)["net_amount"].sum()
    return daily.reset_index()


def some_people(days: pd.DataFrame, at_most: int) -> pd.DataFrame:
    """All order days of at most ``at_most`` people, evenly spread over one_id (which is a hash)."""
    ids = days["one_id"].to_numpy()
    if not len(ids):
        return days
    person = np.concatenate([[0], np.cumsum(ids[1:] != ids[:-1])])
    people = int(person[-1]) + 1
    if people <= at_most:
        return days
    is_chosen = np.zeros(people, dtype=bool)
    is_chosen[every_kth(people, at_most)] = True
    return days[is_chosen[person]]


def summarise(days: pd.DataFrame, as_of: date | pd.Timestamp) -> pd.DataFrame:
    """Everything the purchase model needs of each buyer on ``as_of`` (that day included).

    ``days`` as from :func:`order_days`; later rows are not read. One row per one_id, sorted:
    ``repeat_orders`` (order days after the first), ``recency_days`` (first to last), ``age_days``
    (first to as_of), ``mean_amount`` per order day, ``orders`` (order days), ``days_since_last``.
    """
    known, age = _known(days, pd.Timestamp(as_of))
    ids, starts = np.unique(known["one_id"].to_numpy(dtype=object), return_index=True)
    ends = np.append(starts[1:], len(known))
    # Rows are sorted by person and date, so a person's first row is the oldest.
    orders = (ends - starts).astype(np.float64)
    total = np.add.reduceat(known["net_amount"].to_numpy(), starts) if len(starts) else np.zeros(0)
    oldest, newest = age[starts], age[ends - 1] if len(ends) and len(starts) else age[:0]
    return pd.DataFrame(
        {
            "one_id": ids,
            "repeat_orders": orders - 1.0,
            "recency_days": oldest - newest,
            "age_days": oldest,
            "mean_amount": total / np.maximum(orders, 1.0),
            "orders": orders,
            "days_since_last": newest,
        }
    )


def features(days: pd.DataFrame, as_of: date | pd.Timestamp, one_ids: pd.Series) -> Floats:
    """n x ``len(FEATURES)`` matrix of what was known on ``as_of``; rows as ``one_ids`` (sorted)."""
    known, age = _known(days, pd.Timestamp(as_of))
    code = np.searchsorted(one_ids.to_numpy(dtype=object), known["one_id"].to_numpy(dtype=object))
    amount = known["net_amount"].to_numpy()
    size = len(one_ids)
    orders = np.bincount(code, minlength=size).astype(np.float64)
    total = _sums(code, amount, size)
    oldest, newest = np.zeros(size), np.full(size, np.inf)
    np.maximum.at(oldest, code, age)
    np.minimum.at(newest, code, age)
    gap = own_gap(orders - 1.0, oldest - newest, prior_orders=2.0)
    longest, variation = _rhythm(code, age, size)
    silence = newest / np.maximum(longest, gap)
    columns: list[Floats] = [
        orders,
        oldest,
        newest,
        total / orders,
        total,
        gap,
        newest / gap,
        longest,
        silence,
        variation,
    ]
    for window in RECENT_DAYS:
        within = age < window
        columns.append(np.bincount(code[within], minlength=size).astype(np.float64))
        columns.append(_sums(code[within], amount[within], size))
    return np.column_stack(columns).astype(np.float64, copy=False)


def _rhythm(code: NDArray[np.int64], age: Floats, size: int) -> tuple[Floats, Floats]:
    """Longest gap between orders in days (0 where nobody came back), and how much the gaps vary.

    The variation is their deviation over their mean, shrunk towards 1 (that of orders at random)
    with the weight of two gaps. Rows are sorted by person and date.
    """
    is_own = code[1:] == code[:-1]
    person, gaps = code[1:][is_own], (age[:-1] - age[1:])[is_own]
    longest = np.zeros(size)
    np.maximum.at(longest, person, gaps)
    count = np.bincount(person, minlength=size).astype(np.float64)
    mean = _sums(person, gaps, size) / np.maximum(count, 1.0)
    squares = np.maximum(_sums(person, gaps**2, size) - count * mean**2, 0.0)
    return longest, np.sqrt((squares + 2.0 * mean**2) / (count + 2.0)) / np.maximum(mean, 1.0)


def _sums(code: NDArray[np.int64], values: Floats, size: int) -> Floats:
    return np.bincount(code, weights=values, minlength=size).astype(np.float64)


def _known(days: pd.DataFrame, end: pd.Timestamp) -> tuple[pd.DataFrame, Floats]:
    known = days[days["order_date"] <= end]
    return known, ((end - known["order_date"]).dt.days).to_numpy(dtype=np.float64)


def own_gap(
    repeat_orders: Floats,
    recency_days: Floats,
    prior_orders: float,
    prior_gap: Floats | float | None = None,
) -> Floats:
    """Days between a person's orders, shrunk towards ``prior_gap`` that weighs ``prior_orders`` gaps.

    Without a prior gap, that of all repeat buyers (their days over their gaps; 30 days where
    nobody came back). Never below one day.
    """
    if prior_gap is None:
        gaps = float(repeat_orders.sum())
        prior_gap = float(recency_days.sum()) / gaps if gaps > 0 else 30.0
    return np.maximum(
        (recency_days + prior_orders * prior_gap) / (repeat_orders + prior_orders), 1.0
    )


def outcome(
    days: pd.DataFrame, one_ids: pd.Series, start: pd.Timestamp, horizon_days: int
) -> pd.DataFrame:
    """``orders`` and ``amount`` of each of ``one_ids`` in the ``horizon_days`` after ``start`` (exclusive)."""
    end = start + pd.Timedelta(days=horizon_days)
    later = days[(days["order_date"] > start) & (days["order_date"] <= end)]
    sums = later.groupby("one_id", sort=True)["net_amount"].agg(["size", "sum"])
    aligned = sums.reindex(one_ids.to_numpy()).fillna(0.0)
    return pd.DataFrame(
        {
            "orders": aligned["size"].to_numpy(dtype=np.float64),
            "amount": aligned["sum"].to_numpy(dtype=np.float64),
        }
    )
