"""Snapshots of churn: what was known of every buyer on a date, and who ordered nothing afterwards."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.core.frames import Floats
from orchestration.core.value.clock import ChurnError
from orchestration.core.value.history import FEATURES, features, outcome, summarise

# A classifier learns at so many horizons before the last day that its labels may know. One date has one
# season; on other dates and horizons of real customers three were better than one by every measure.
LEARNED_AT = (1.0, 1.5, 2.0)
Extra = Mapping[pd.Timestamp, pd.DataFrame] | None
Evidence = Mapping[pd.Timestamp, Mapping[str, Any]] | None


class ChurnLeakError(ChurnError):
    """A feature knows something newer than its label date."""


@dataclass(frozen=True)
class Snapshot:
    """``matrix``: (n, k) features ``names`` of ``one_ids`` (sorted), as known at the end of ``at``;
    ``summary``: their histories as from :func:`summarise`."""

    at: pd.Timestamp
    one_ids: pd.Series
    matrix: Floats
    names: tuple[str, ...]
    summary: pd.DataFrame


def learned_dates(last_label_day: pd.Timestamp, horizon_days: int) -> list[pd.Timestamp]:
    """Snapshots whose labels end on ``last_label_day`` or before, newest first."""
    return [last_label_day - pd.Timedelta(days=round(times * horizon_days)) for times in LEARNED_AT]


def snapshot_dates(as_of: date | pd.Timestamp, horizon_days: int) -> list[pd.Timestamp]:
    """All dates that further features are needed for: those learned at, judged at and predicted at; newest first."""
    end = pd.Timestamp(as_of)
    learned = learned_dates(end, horizon_days)
    return sorted({end, *learned, *learned_dates(learned[0], horizon_days)}, reverse=True)


def check_no_leak(newest_evidence: Mapping[str, Any], label_date: date | pd.Timestamp) -> None:
    """Raise :class:`ChurnLeakError` where a feature's newest evidence is later than ``label_date``.

    ``newest_evidence``: feature -> the newest date (or an array of dates) that went into it.
    """
    limit = pd.Timestamp(label_date)
    late = {
        name: newest
        for name, dates in newest_evidence.items()
        if (
            newest := pd.to_datetime(
                pd.Series(np.atleast_1d(np.asarray(dates, dtype="datetime64[ns]")))
            ).max()
        )
        > limit
    }
    if late:
        listed = ", ".join(f"{name} ({newest.date()})" for name, newest in sorted(late.items()))
        raise ChurnLeakError(
            f"churn: features are newer than their label date {limit.date()}: {listed}. "
            "Compute them from what was known on that date."
        )


def take(days: pd.DataFrame, at: pd.Timestamp, extra: Extra, newest_evidence: Evidence) -> Snapshot:
    """The snapshot of ``days`` (as from :func:`order_days`) at the end of ``at``, with what ``extra`` has for it.

    Raises :class:`ChurnLeakError` for a feature that is newer or whose newest evidence is not stated, and
    :class:`ChurnError` where ``extra`` has nothing for the date.
    """
    past = days[days["order_date"] <= at]
    summary = summarise(past, at)
    matrix, names = features(past, at, summary["one_id"]), FEATURES
    if len(past):
        check_no_leak({"orders": past["order_date"].max()}, at)
    if extra is not None:
        if at not in extra:
            raise ChurnError(
                f"churn: extra features for {at.date()} are missing. Give one frame per snapshot date."
            )
        check_no_leak((newest_evidence or {}).get(at, {}), at)
        unproved = sorted(
            set(extra[at].columns) - {"one_id"} - set((newest_evidence or {}).get(at, {}))
        )
        if unproved:
            raise ChurnLeakError(
                f"churn: the newest evidence of {', '.join(unproved)} at {at.date()} is not stated."
            )
        frame = extra[at].set_index("one_id").sort_index(axis=1)
        added = frame.reindex(summary["one_id"].to_numpy()).fillna(0.0).to_numpy(dtype=np.float64)
        matrix, names = np.column_stack([matrix, added]), (*FEATURES, *map(str, frame.columns))
    return Snapshot(at, summary["one_id"], matrix, tuple(names), summary)


def label(days: pd.DataFrame, snapshot: Snapshot, horizon_days: int) -> NDArray[np.bool_]:
    """(n,) who ordered nothing in the ``horizon_days`` after the snapshot."""
    return outcome(days, snapshot.one_ids, snapshot.at, horizon_days)["orders"].to_numpy() == 0


@dataclass(frozen=True)
class Examples:
    """Rows of several snapshots below each other: ``matrix`` (n, k), ``churned`` (n,), and whose row it is
    (``person`` (n,), the same number for the same person)."""

    matrix: Floats
    churned: NDArray[np.bool_]
    person: NDArray[np.int64]
    names: tuple[str, ...]


def examples(days: pd.DataFrame, snapshots: Sequence[Snapshot], horizon_days: int) -> Examples:
    """What a classifier learns from: everyone at every snapshot; a snapshot before the first order has nobody."""
    ids = np.concatenate([snapshot.one_ids.to_numpy(dtype=object) for snapshot in snapshots])
    return Examples(
        np.vstack([snapshot.matrix for snapshot in snapshots]),
        np.concatenate([label(days, snapshot, horizon_days) for snapshot in snapshots]),
        np.unique(ids, return_inverse=True)[1].astype(np.int64),
        snapshots[0].names,
    )
