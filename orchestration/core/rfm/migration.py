"""Who moved from which RFM segment to which between two dates."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import pandas as pd

from orchestration.core.frames import one_row_per_person
from orchestration.core.rfm.maps import NO_ORDERS
from orchestration.core.rfm.scoring import RfmError


def migration(
    before: pd.DataFrame, after: pd.DataFrame, segment: str = "rfm_segment"
) -> pd.DataFrame:
    """People and money that moved between segments.

    Both inputs: one row per person with ``one_id``, ``segment``, ``monetary``. A person who is in
    only one of them comes from or goes to ``no_orders``, so the sums of ``people``,
    ``monetary_before`` and ``monetary_after`` equal the inputs. One row per (from_segment,
    to_segment), sorted.
    """
    columns = [segment, "monetary"]
    first, second = (
        one_row_per_person(frame, columns, RfmError, "RFM migration", numbers=["monetary"])
        for frame in (before, after)
    )
    both = first.merge(second, on="one_id", how="outer", suffixes=("_before", "_after"))
    moved = pd.DataFrame(
        {
            "from_segment": both[f"{segment}_before"].astype("str").fillna(NO_ORDERS),
            "to_segment": both[f"{segment}_after"].astype("str").fillna(NO_ORDERS),
            "monetary_before": both["monetary_before"].fillna(0.0),
            "monetary_after": both["monetary_after"].fillna(0.0),
        }
    )
    return moved.groupby(["from_segment", "to_segment"], as_index=False, sort=True).agg(
        people=("monetary_before", "size"),
        monetary_before=("monetary_before", "sum"),
        monetary_after=("monetary_after", "sum"),
    )
