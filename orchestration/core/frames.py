"""What the cores share about frames: needed columns, one row per person, finite numbers, row order."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def one_row_per_person(
    frame: pd.DataFrame,
    columns: Sequence[str],
    error: type[ValueError],
    model: str,
    numbers: Sequence[str] = (),
) -> pd.DataFrame:
    """``frame`` with ``one_id`` first, the needed columns, sorted by ``one_id``; index 0..n-1.

    Columns named in ``numbers`` come back as float64. Raises ``error`` when a column is
    missing, a person appears twice or without an id, or a number is missing or infinite.
    """
    missing = [name for name in ("one_id", *columns) if name not in frame.columns]
    if missing:
        raise error(
            f"{model}: the input has no column {', '.join(missing)}. It has: {', '.join(map(str, frame.columns))}."
        )
    ids = frame["one_id"]
    if ids.isna().any():
        raise error(
            f"{model}: {int(ids.isna().sum())} rows have no one_id. Give every person an id before scoring."
        )
    if ids.duplicated().any():
        example = ids[ids.duplicated()].iloc[0]
        raise error(f"{model}: one_id {example} appears more than once. Give one row per person.")
    ordered = frame[["one_id", *columns]].sort_values("one_id", kind="stable", ignore_index=True)
    for name in numbers:
        values = pd.to_numeric(ordered[name], errors="coerce").to_numpy(
            dtype=np.float64, na_value=np.nan
        )
        bad = int((~np.isfinite(values)).sum())
        if bad:
            raise error(
                f"{model}: {bad} people have a missing or infinite {name}. Leave them out or fill it in."
            )
        ordered[name] = values
    return ordered


def every_kth(count: int, at_most: int) -> NDArray[np.int64]:
    """Positions of at most ``at_most`` of ``count`` rows, evenly spread.

    Rows sorted by one_id are in hash order, so this is a sample that repeats on every engine.
    """
    if count <= at_most:
        return np.arange(count, dtype=np.int64)
    return (np.arange(at_most, dtype=np.int64) * count) // at_most


def order_by_value(*columns: Floats) -> NDArray[np.int64]:
    """Row order by all values of some (n,) or (n, k) columns, for rows to be fitted on.

    Sums of floats depend on their order, and an iterative fit makes visible differences of them. In
    the order of their values a fit is the same whatever the people are called.
    """
    return np.lexsort(np.column_stack(columns).T).astype(np.int64)
