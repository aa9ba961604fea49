"""Value tiers: the best 1, 5, 10, 25 and 50 percent."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from orchestration.core.frames import one_row_per_person
from orchestration.core.value.history import ValueModelError

REST = "rest"


def tier_label(share: float) -> str:
    """0.05 -> ``5%``; 0.025 -> ``2.5%``."""
    return f"{share * 100:g}%"


def tiers(
    frame: pd.DataFrame, shares: Sequence[float], by: str = "predicted_value"
) -> pd.DataFrame:
    """Put everyone into the narrowest tier that holds them; one row per one_id with ``value_tier``.

    A tier of share s holds together with the narrower ones exactly ceil(s x people) people: the
    first by ``by`` descending, then one_id. Labels are ``1%`` ... and ``rest``.
    """
    people = one_row_per_person(frame, [by], ValueModelError, "value tiers", numbers=[by])
    ordered = sorted(shares)
    if not ordered or ordered[0] <= 0 or ordered[-1] > 1 or len(set(ordered)) != len(ordered):
        raise ValueModelError(
            f"value.tiers must be different shares above 0 and at most 1, not {list(shares)}."
        )
    # people are sorted by one_id, so a stable sort breaks ties by it.
    order = np.argsort(-people[by].to_numpy(), kind="stable")
    ends = [math.ceil(round(share * len(people), 9)) for share in ordered]
    position = np.searchsorted(np.asarray(ends), np.arange(len(people)), side="right")
    labels = np.array([*(tier_label(share) for share in ordered), REST], dtype=object)
    assigned = np.empty(len(people), dtype=object)
    assigned[order] = labels[position]
    return pd.DataFrame(
        {"one_id": people["one_id"], "value_tier": pd.Series(assigned, dtype="str")}
    )
