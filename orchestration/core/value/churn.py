"""Churn: who will order nothing in the next days, by a calibrated classifier on as-of snapshots."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.configuration import Churn
from orchestration.core.frames import Floats
from orchestration.core.metrics import (
    area_under_curve,
    average_precision,
    expected_calibration_error,
)
from orchestration.core.threads import one_thread
from orchestration.core.value.classifier import BLEND, ENGINES, WORDS, Classifier, at_level
from orchestration.core.value.classifier import KINDS as CLASSIFIER_KINDS
from orchestration.core.value.clock import ChurnError
from orchestration.core.value.history import (
    FEATURES,
    features,
    order_days,
    outcome,
    some_people,
    summarise,
)
from orchestration.core.value.prediction import ValueModel
from orchestration.core.value.purchases import PurchaseModel, fit_purchases

FALLBACK = "purchase_model"
# Weight of the prior of the purchase model that judges, in people.
PRIOR_PEOPLE = 20.0


class ChurnLeakError(ChurnError):
    """A feature knows something newer than its label date."""


@dataclass(frozen=True)
class ChurnFit:
    """What was learned up to a date. Without a ``classifier`` it was refused, for the ``reason``.

    ``engine`` is then ``purchase_model``, and the measures are 0. Otherwise they were taken on a later
    date than the judged classifier had learned from.
    """

    engine: str
    classifier: Classifier | None
    area_under_curve: float
    average_precision: float
    expected_calibration_error: float
    positives: int
    reason: str

    @property
    def metrics(self) -> dict[str, float]:
        """What was measured, by name."""
        return {
            "auc": self.area_under_curve,
            "average_precision": self.average_precision,
            "expected_calibration_error": self.expected_calibration_error,
        }


# What a stored fit is made of.
KINDS = (ChurnFit, *CLASSIFIER_KINDS)


@dataclass(frozen=True)
class ChurnResult:
    """``predictions``: one_id, churn_probability, reason (of the person); and their fit."""

    predictions: pd.DataFrame
    fit: ChurnFit


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


Extra = Mapping[pd.Timestamp, pd.DataFrame] | None
Evidence = Mapping[pd.Timestamp, Mapping[str, Any]] | None


def fit(
    orders: pd.DataFrame,
    as_of: date,
    churn: Churn,
    extra: Extra = None,
    newest_evidence: Evidence = None,
    champion: str | None = None,
) -> ChurnFit:
    """Learn who orders nothing in the ``churn.horizon_days`` after a date.

    Learns at ``as_of - horizon`` (labels end at as_of) and is judged one horizon earlier: fitted
    there, tested here. ``extra``: further features per snapshot date (one_id and numbers) for both
    dates, with the newest date of their evidence, which must not be later than the snapshot.
    ``champion``: the engine of the run before; it stays unless the challenger is clearly better. Nobody's
    champion is the blend of all.

    Refuses with a reason where history is short, fewer than ``churn.minimum_positives`` churned, or
    calibration fails.
    """
    end = pd.Timestamp(as_of)
    days = order_days(orders)
    learned = some_people(days[days["order_date"] <= end], churn.train_people)
    horizon = pd.Timedelta(days=churn.horizon_days)
    earlier, before = (
        _snapshot(learned, at, extra, newest_evidence) for at in (end - 2 * horizon, end - horizon)
    )
    refusal = _refusal(learned, end, churn, earlier, before)
    if refusal:
        return _refused(refusal)
    first, second = (_label(learned, snap, churn.horizon_days) for snap in (earlier, before))
    level = float(_silent(before.summary, _purchases(before.summary), churn.horizon_days).mean())
    with one_thread():
        judged: dict[str, tuple[float, float, float]] = {}
        for engine in ENGINES:
            tried = Classifier.fit(engine, earlier.matrix, first, earlier.names, churn)
            said = at_level(tried.log_odds(before.matrix), level)
            judged[engine] = (
                average_precision(said, second),
                area_under_curve(said, second),
                expected_calibration_error(said, second),
            )
        engine = _choose(judged, champion, churn)
        precision, auc, calibration = judged[engine]
        if calibration > churn.maximum_expected_calibration_error:
            return _refused(
                f"the {engine} classifier was off by {calibration:.3f} on average at the later date (limit "
                f"{churn.maximum_expected_calibration_error:.2f})"
            )
        final = Classifier.fit(engine, before.matrix, second, before.names, churn)
    reason = f"{engine}: AUC {auc:.3f}, average precision {precision:.3f}, calibration error {calibration:.3f} at a later date."
    return ChurnFit(engine, final, auc, precision, calibration, int(second.sum()), reason)


def predict(
    orders: pd.DataFrame,
    as_of: date,
    churn: Churn,
    model: ValueModel,
    fitted: ChurnFit,
    extra: Extra = None,
    newest_evidence: Evidence = None,
) -> ChurnResult:
    """Probability that each buyer orders nothing in the ``churn.horizon_days`` after ``as_of``.

    With ``fitted`` (:func:`fit`), and after its refusal with the purchase ``model``'s probability of no
    order. ``extra`` and ``newest_evidence`` as there, for ``as_of``.
    """
    end = pd.Timestamp(as_of)
    days = order_days(orders)
    now = _snapshot(days[days["order_date"] <= end], end, extra, newest_evidence)
    probability = _silent(now.summary, model.purchases, churn.horizon_days)
    if fitted.classifier is None:
        overdue = now.matrix[:, FEATURES.index("overdue_ratio")]
        reasons = np.where(overdue > 1.0, WORDS["overdue_ratio"], "")
    else:
        with one_thread():
            odds = fitted.classifier.log_odds(now.matrix)
            probability = at_level(odds, float(probability.mean()) if len(odds) else 0.0)
        reasons = fitted.classifier.reasons(now.matrix)
    predictions = pd.DataFrame(
        {
            "one_id": now.one_ids,
            "churn_probability": probability,
            "reason": pd.Series(reasons, dtype="str"),
        }
    )
    return ChurnResult(predictions, fitted)


def _silent(summary: pd.DataFrame, purchases: PurchaseModel, days: float) -> Floats:
    """The purchase model's probability of no order in the next ``days``."""
    x, tx, age = (
        summary[name].to_numpy(dtype=np.float64)
        for name in ("repeat_orders", "recency_days", "age_days")
    )
    return 1.0 - purchases.buying(x, tx, age, days)


def _purchases(summary: pd.DataFrame) -> PurchaseModel:
    x, tx, age = (
        summary[name].to_numpy(dtype=np.float64)
        for name in ("repeat_orders", "recency_days", "age_days")
    )
    # As in value.fit: half a day keeps the likelihood of a repeat order on the first day defined.
    return fit_purchases(x, tx, np.maximum(age, np.where(x > 0, 0.5, 0.0)), PRIOR_PEOPLE)


def _refused(why: str) -> ChurnFit:
    reason = f"No churn classifier: {why}. The purchase model's probability of no order is used."
    return ChurnFit(FALLBACK, None, 0.0, 0.0, 0.0, 0, reason)


@dataclass(frozen=True)
class _Snapshot:
    at: pd.Timestamp
    one_ids: pd.Series
    matrix: Floats
    names: tuple[str, ...]
    summary: pd.DataFrame


def _snapshot(
    days: pd.DataFrame,
    at: pd.Timestamp,
    extra: Extra,
    newest_evidence: Evidence,
) -> _Snapshot:
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
    return _Snapshot(at, summary["one_id"], matrix, tuple(names), summary)


def _label(days: pd.DataFrame, snapshot: _Snapshot, horizon_days: int) -> NDArray[np.bool_]:
    return outcome(days, snapshot.one_ids, snapshot.at, horizon_days)["orders"].to_numpy() == 0


def _refusal(
    days: pd.DataFrame, end: pd.Timestamp, churn: Churn, earlier: _Snapshot, before: _Snapshot
) -> str:
    needed = max(churn.minimum_history_days, 2 * churn.horizon_days + 1)
    history = int((end - days["order_date"].min()).days) if len(days) else 0
    if history < needed:
        return f"{history} days of orders, {needed} are needed"
    # The classifier in use needs them all; the one that is only judged makes do with half.
    for snapshot, minimum in (
        (earlier, churn.minimum_positives // 2),
        (before, churn.minimum_positives),
    ):
        churned = _label(days, snapshot, churn.horizon_days)
        for count, what in ((int(churned.sum()), "churned"), (int((~churned).sum()), "stayed")):
            if count < minimum:
                return (
                    f"only {count} people {what} after {snapshot.at.date()}, {minimum} are needed"
                )
    return ""


def _choose(
    judged: Mapping[str, tuple[float, float, float]], champion: str | None, churn: Churn
) -> str:
    """The best by average precision where it is clearly better than the champion; without one, than the blend."""
    best = max(ENGINES, key=lambda name: judged[name][0])
    stays = champion if champion is not None and champion in judged else BLEND
    return stays if judged[stays][0] >= churn.challenger_share * judged[best][0] else best
