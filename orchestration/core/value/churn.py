"""Churn: a clock from each person's own rhythm, and a calibrated classifier on as-of snapshots."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.configuration import Churn
from orchestration.core.frames import Floats, one_row_per_person
from orchestration.core.metrics import (
    area_under_curve,
    average_precision,
    expected_calibration_error,
)
from orchestration.core.threads import one_thread
from orchestration.core.value.history import (
    FEATURES,
    features,
    order_days,
    outcome,
    own_gap,
    some_people,
    summarise,
)
from orchestration.core.value.prediction import ValueModel

FALLBACK = "purchase_model"
ENGINES = ("logistic", "trees")
FOLDS = 5
WORDS: Mapping[str, str] = {
    "orders": "few orders so far",
    "days_since_first": "how long ago the first order was",
    "days_since_last": "a long time since the last order",
    "mean_amount": "the amount per order",
    "total_amount": "little spent in all",
    "mean_gap_days": "long gaps between orders",
    "overdue_ratio": "overdue by their own rhythm",
    "orders_30d": "no or few orders in 30 days",
    "amount_30d": "little spent in 30 days",
    "orders_90d": "no or few orders in 90 days",
    "amount_90d": "little spent in 90 days",
    "orders_180d": "no or few orders in 180 days",
    "amount_180d": "little spent in 180 days",
}


class ChurnError(ValueError):
    """The churn model cannot use its input; the message says what to mend."""


class ChurnLeakError(ChurnError):
    """A feature knows something newer than its label date."""


@dataclass(frozen=True)
class ChurnResult:
    """``predictions``: one_id, churn_probability, overdue_ratio, reason (of the person).

    ``engine`` is ``purchase_model`` after a refusal. Metrics were measured on a later date than
    the model had learned from; they are 0 after a refusal.
    """

    predictions: pd.DataFrame
    engine: str
    area_under_curve: float
    average_precision: float
    expected_calibration_error: float
    positives: int
    reason: str


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


def predict(
    orders: pd.DataFrame,
    as_of: date,
    churn: Churn,
    model: ValueModel,
    extra: Mapping[pd.Timestamp, pd.DataFrame] | None = None,
    newest_evidence: Mapping[pd.Timestamp, Mapping[str, Any]] | None = None,
    champion: str | None = None,
) -> ChurnResult:
    """Probability that each buyer orders nothing in the ``churn.horizon_days`` after ``as_of``.

    Learns at ``as_of - horizon`` (labels end at as_of) and is judged one horizon earlier: fitted
    there, tested here. ``extra``: further features per snapshot date (one_id and numbers) for the
    three dates, with the newest date of their evidence, which must not be later than the snapshot.
    ``champion``: the engine of the run before; it stays unless the challenger is clearly better.

    Refuses with a reason, and falls back to the purchase model's probability of no order, where
    history is short, fewer than ``churn.minimum_positives`` churned, or calibration fails.
    """
    end = pd.Timestamp(as_of)
    days = order_days(orders)
    days = days[days["order_date"] <= end]
    horizon = pd.Timedelta(days=churn.horizon_days)
    learned = some_people(days, churn.train_people)
    earlier, before = (
        _snapshot(learned, at, extra, newest_evidence) for at in (end - 2 * horizon, end - horizon)
    )
    now = _snapshot(days, end, extra, newest_evidence)
    refusal = _refusal(learned, end, churn, earlier, before)
    if refusal:
        return _fallback(now, model, churn, refusal)
    labels = [_label(learned, snap, churn.horizon_days) for snap in (earlier, before)]
    with one_thread():
        judged: dict[str, tuple[float, float, float]] = {}
        for engine in ENGINES:
            fitted = _Calibrated.fit(engine, earlier.matrix, labels[0], churn)
            said = fitted.predict(before.matrix)
            judged[engine] = (
                average_precision(said, labels[1]),
                area_under_curve(said, labels[1]),
                expected_calibration_error(said, labels[1]),
            )
        engine = _choose(judged, champion, churn)
        precision, auc, calibration = judged[engine]
        if calibration > churn.maximum_expected_calibration_error:
            return _fallback(
                now, model, churn,
                f"the {engine} classifier was off by {calibration:.3f} on average at the later date (limit "
                f"{churn.maximum_expected_calibration_error:.2f})",
            )  # fmt: skip
        final = _Calibrated.fit(engine, before.matrix, labels[1], churn)
        probability = final.predict(now.matrix)
        reasons = _reasons(before.matrix, labels[1], now.matrix, now.names)
    predictions = pd.DataFrame(
        {
            "one_id": now.one_ids,
            "churn_probability": probability,
            "overdue_ratio": now.matrix[:, FEATURES.index("overdue_ratio")],
            "reason": pd.Series(reasons, dtype="str"),
        }
    )
    reason = f"{engine}: AUC {auc:.3f}, average precision {precision:.3f}, calibration error {calibration:.3f} at a later date."
    return ChurnResult(
        predictions, engine, auc, precision, calibration, int(labels[1].sum()), reason
    )


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
    extra: Mapping[pd.Timestamp, pd.DataFrame] | None,
    newest_evidence: Mapping[pd.Timestamp, Mapping[str, Any]] | None,
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
    for snapshot in (earlier, before):
        churned = _label(days, snapshot, churn.horizon_days)
        for count, what in ((int(churned.sum()), "churned"), (int((~churned).sum()), "stayed")):
            if count < churn.minimum_positives:
                return f"only {count} people {what} after {snapshot.at.date()}, {churn.minimum_positives} are needed"
    return ""


def _fallback(now: _Snapshot, model: ValueModel, churn: Churn, why: str) -> ChurnResult:
    x, tx, age = (
        now.summary[name].to_numpy() for name in ("repeat_orders", "recency_days", "age_days")
    )
    probability = 1.0 - model.purchases.buying(x, tx, age, churn.horizon_days)
    overdue = now.matrix[:, FEATURES.index("overdue_ratio")]
    predictions = pd.DataFrame(
        {
            "one_id": now.one_ids,
            "churn_probability": probability,
            "overdue_ratio": overdue,
            "reason": pd.Series(np.where(overdue > 1.0, WORDS["overdue_ratio"], ""), dtype="str"),
        }
    )
    reason = f"No churn classifier: {why}. The purchase model's probability of no order is used."
    return ChurnResult(predictions, FALLBACK, 0.0, 0.0, 0.0, 0, reason)


def _choose(
    judged: Mapping[str, tuple[float, float, float]], champion: str | None, churn: Churn
) -> str:
    best = max(ENGINES, key=lambda name: judged[name][0])
    if (
        champion is not None
        and champion in judged
        and judged[champion][0] >= churn.challenger_share * judged[best][0]
    ):
        return champion
    return best


@dataclass(frozen=True)
class _Calibrated:
    """A classifier and the isotonic map of its out-of-fold scores to frequencies."""

    scaler: tuple[Floats, Floats]
    classifier: Any
    calibration: Any

    @classmethod
    def fit(
        cls, engine: str, matrix: Floats, churned: NDArray[np.bool_], churn: Churn
    ) -> _Calibrated:
        from sklearn.isotonic import IsotonicRegression
        from sklearn.model_selection import StratifiedKFold

        logged, label = _logged(matrix), churned
        scaler = (logged.mean(axis=0), np.maximum(logged.std(axis=0), 1e-9))
        scaled = _scaled(logged, scaler)
        out_of_fold = np.zeros(len(scaled))
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=churn.seed).split(
            scaled, label
        ):
            out_of_fold[test] = (
                _make(engine, churn.seed)
                .fit(scaled[train], label[train])
                .predict_proba(scaled[test])[:, 1]
            )
        calibration = IsotonicRegression(y_min=0.001, y_max=0.999, out_of_bounds="clip").fit(
            out_of_fold, label
        )
        return cls(scaler, _make(engine, churn.seed).fit(scaled, label), calibration)

    def predict(self, matrix: Floats) -> Floats:
        raw = self.classifier.predict_proba(_scaled(_logged(matrix), self.scaler))[:, 1]
        # A step function ties many people; a hundredth of the raw score keeps them in order.
        return np.clip(0.99 * self.calibration.predict(raw) + 0.01 * raw, 0.0, 1.0)


def _logged(matrix: Floats) -> Floats:
    return np.sign(matrix) * np.log1p(np.abs(matrix))


def _scaled(logged: Floats, scaler: tuple[Floats, Floats]) -> Floats:
    return np.clip((logged - scaler[0]) / scaler[1], -4.0, 4.0)


def _make(engine: str, seed: int) -> Any:
    if engine == "logistic":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=0.1, max_iter=500)
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=40, learning_rate=0.12, max_leaf_nodes=8, min_samples_leaf=30, l2_regularization=5.0,
        early_stopping=cast(Any, False), random_state=seed,
    )  # fmt: skip


def _reasons(
    matrix: Floats, churned: NDArray[np.bool_], now: Floats, names: tuple[str, ...]
) -> NDArray[np.object_]:
    """Per person the feature that speaks most for churn, in words.

    A feature's weight is the difference of its means between those who left and those who stayed,
    in standard deviations; a person's evidence is the weight times their distance from the mean.
    """
    logged = _logged(matrix)
    scaler = (logged.mean(axis=0), np.maximum(logged.std(axis=0), 1e-9))
    scaled = _scaled(logged, scaler)
    weight = scaled[churned].mean(axis=0) - scaled[~churned].mean(axis=0)
    evidence = _scaled(_logged(now), scaler) * weight
    words = np.array([WORDS.get(name, name) for name in names], dtype=object)
    return np.where(evidence.max(axis=1) > 0.1, words[evidence.argmax(axis=1)], "")
