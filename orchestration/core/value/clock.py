"""The clock: how overdue everyone is by their own rhythm, with that of their category as prior."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import numpy as np
import pandas as pd

from orchestration.configuration import Churn
from orchestration.core.frames import Floats, one_row_per_person
from orchestration.core.value.history import own_gap


class ChurnError(ValueError):
    """The churn model cannot use its input; the message says what to mend."""


def clock(frame: pd.DataFrame, churn: Churn, group: str | None = None) -> pd.DataFrame:
    """How overdue everyone is by their own rhythm; one row per one_id, sorted.

    ``frame``: one_id, ``repeat_orders``, ``recency_days`` (first to last order), ``days_since_last``
    and the column ``group`` (a category) where given. ``expected_gap_days`` is the person's own mean
    gap shrunk towards that of the group's repeat buyers, which weighs ``churn.prior_orders`` gaps;
    ``overdue_ratio`` is days since the last order over it.
    """
    numbers = ["repeat_orders", "recency_days", "days_since_last"]
    people = one_row_per_person(
        frame, [*numbers, *([group] if group else [])], ChurnError, "churn", numbers=numbers
    )
    prior: Floats | None = None
    if group and len(people):
        key = people[group].astype("string").fillna("")
        gaps = people.groupby(key)["repeat_orders"].transform("sum").to_numpy(dtype=np.float64)
        spans = people.groupby(key)["recency_days"].transform("sum").to_numpy(dtype=np.float64)
        everyone = max(
            float(people["recency_days"].sum()) / max(float(people["repeat_orders"].sum()), 1.0),
            1.0,
        )
        prior = np.where(gaps > 0, spans / np.maximum(gaps, 1.0), everyone)
    gap = own_gap(
        people["repeat_orders"].to_numpy(),
        people["recency_days"].to_numpy(),
        churn.prior_orders,
        prior,
    )
    return pd.DataFrame(
        {
            "one_id": people["one_id"],
            "expected_gap_days": gap,
            "overdue_ratio": people["days_since_last"] / gap,
        }
    )
