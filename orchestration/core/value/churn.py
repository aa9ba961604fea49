"""Churn: who will order nothing in the next days, by a calibrated classifier on as-of snapshots."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

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
from orchestration.core.value.history import FEATURES, order_days, some_people
from orchestration.core.value.prediction import ValueModel
from orchestration.core.value.purchases import PurchaseModel, fit_purchases
from orchestration.core.value.snapshots import (
    Evidence,
    Extra,
    Snapshot,
    examples,
    label,
    learned_dates,
    take,
)

FALLBACK = "purchase_model"
# Weight of the prior of the purchase model that judges, in people.
PRIOR_PEOPLE = 20.0


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


def fit(
    orders: pd.DataFrame,
    as_of: date,
    churn: Churn,
    extra: Extra = None,
    newest_evidence: Evidence = None,
    champion: str | None = None,
) -> ChurnFit:
    """Learn who orders nothing in the ``churn.horizon_days`` after a date.

    Learns at one, one and a half and two horizons before ``as_of`` (the newest labels end at as_of) and is
    judged one horizon earlier: learned up to there, tested here. ``extra``: further features per snapshot
    date (:func:`snapshot_dates`; one_id and numbers), with the newest date of their evidence, which must
    not be later than the snapshot.
    ``champion``: the engine of the run before; it stays unless the challenger is clearly better. Nobody's
    champion is the blend of all.

    Refuses with a reason where history is short, fewer than ``churn.minimum_positives`` churned, or
    calibration fails.
    """
    end = pd.Timestamp(as_of)
    days = order_days(orders)
    learned = some_people(days[days["order_date"] <= end], churn.train_people)
    newest = learned_dates(end, churn.horizon_days)
    earlier = learned_dates(newest[0], churn.horizon_days)
    taken = {at: take(learned, at, extra, newest_evidence) for at in sorted({*newest, *earlier})}
    before = taken[newest[0]]
    refusal = _refusal(learned, end, churn, taken[earlier[0]], before)
    if refusal:
        return _refused(refusal)
    first, second = (
        examples(learned, [taken[at] for at in dates], churn.horizon_days)
        for dates in (earlier, newest)
    )
    left = label(learned, before, churn.horizon_days)
    level = float(_silent(before.summary, _purchases(before.summary), churn.horizon_days).mean())
    with one_thread():
        judged: dict[str, tuple[float, float, float]] = {}
        for engine in ENGINES:
            tried = Classifier.fit(engine, first, churn)
            said = at_level(tried.log_odds(before.matrix), level)
            judged[engine] = (
                average_precision(said, left),
                area_under_curve(said, left),
                expected_calibration_error(said, left),
            )
        engine = _choose(judged, champion, churn)
        precision, auc, calibration = judged[engine]
        if calibration > churn.maximum_expected_calibration_error:
            return _refused(
                f"the {engine} classifier was off by {calibration:.3f} on average at the later date (limit "
                f"{churn.maximum_expected_calibration_error:.2f})"
            )
        final = Classifier.fit(engine, second, churn)
    reason = f"{engine}: AUC {auc:.3f}, average precision {precision:.3f}, calibration error {calibration:.3f} at a later date."
    return ChurnFit(engine, final, auc, precision, calibration, int(left.sum()), reason)


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
    now = take(days[days["order_date"] <= end], end, extra, newest_evidence)
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


def _refusal(
    days: pd.DataFrame, end: pd.Timestamp, churn: Churn, earlier: Snapshot, before: Snapshot
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
        churned = label(days, snapshot, churn.horizon_days)
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
