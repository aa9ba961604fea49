"""Classifiers of churn: calibrated, with reasons in words, and made of plain numbers."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from orchestration.configuration import Churn
from orchestration.core.frames import Floats
from orchestration.core.portable import Linear, Standard, Steps, Trees, probabilities

ENGINES = ("logistic", "trees")
FOLDS = 5
CLIP = 4.0
# A feature speaks from so many standard deviations of difference times distance on.
SPEAKS = 0.1
WORDS: Mapping[str, str] = {
    "orders": "few orders so far",
    "days_since_first": "how long ago the first order was",
    "days_since_last": "a long time since the last order",
    "mean_amount": "the amount per order",
    "total_amount": "little spent in all",
    "mean_gap_days": "long gaps between orders",
    "overdue_ratio": "overdue by their own rhythm",
    "longest_gap_days": "long pauses before",
    "silence_ratio": "silent for longer than ever before",
    "gap_variation": "an irregular rhythm",
    "orders_14d": "no or few orders in 14 days",
    "amount_14d": "little spent in 14 days",
    "orders_30d": "no or few orders in 30 days",
    "amount_30d": "little spent in 30 days",
    "orders_60d": "no or few orders in 60 days",
    "amount_60d": "little spent in 60 days",
    "orders_90d": "no or few orders in 90 days",
    "amount_90d": "little spent in 90 days",
    "orders_180d": "no or few orders in 180 days",
    "amount_180d": "little spent in 180 days",
}


@dataclass(frozen=True)
class Classifier:
    """A classifier, the map of its out-of-fold scores to frequencies, and what speaks for churn.

    ``weight``: difference of a feature's means between those who left and those who stayed, in
    standard deviations; ``names``: the features.
    """

    scaler: Standard
    parts: Linear | Trees
    calibration: Steps
    weight: Floats
    names: tuple[str, ...]

    @classmethod
    def fit(
        cls,
        engine: str,
        matrix: Floats,
        churned: NDArray[np.bool_],
        names: tuple[str, ...],
        churn: Churn,
    ) -> Classifier:
        """From (n, k) features and who churned."""
        from sklearn.isotonic import IsotonicRegression
        from sklearn.model_selection import StratifiedKFold

        logged = _logged(matrix)
        scaler = Standard.fit(logged, CLIP)
        scaled = scaler.apply(logged)
        out_of_fold = np.zeros(len(scaled))
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=churn.seed).split(
            scaled, churned
        ):
            out_of_fold[test] = (
                _make(engine, churn.seed)
                .fit(scaled[train], churned[train])
                .predict_proba(scaled[test])[:, 1]
            )
        calibration = IsotonicRegression(y_min=0.001, y_max=0.999, out_of_bounds="clip").fit(
            out_of_fold, churned
        )
        fitted = _make(engine, churn.seed).fit(scaled, churned)
        parts = Linear.of(fitted) if engine == "logistic" else Trees.of(fitted)
        weight = scaled[churned].mean(axis=0) - scaled[~churned].mean(axis=0)
        return cls(scaler, parts, Steps.of(calibration), weight, names)

    def predict(self, matrix: Floats) -> Floats:
        """(n,) probabilities of churn."""
        raw = probabilities(self.parts.raw(self.scaler.apply(_logged(matrix))))[:, 1]
        # A step function ties many people; a hundredth of the raw score keeps them in order.
        return np.clip(0.99 * self.calibration.apply(raw) + 0.01 * raw, 0.0, 1.0)

    def reasons(self, matrix: Floats) -> NDArray[np.object_]:
        """Per person the feature that speaks most for churn, in words; empty where none does.

        A person's evidence is a feature's weight times their distance from its mean.
        """
        evidence = self.scaler.apply(_logged(matrix)) * self.weight
        words = np.array([WORDS.get(name, name) for name in self.names], dtype=object)
        return np.where(evidence.max(axis=1) > SPEAKS, words[evidence.argmax(axis=1)], "")


# What a stored classifier is made of.
KINDS = (Classifier, Standard, Linear, Trees, Steps)


def _logged(matrix: Floats) -> Floats:
    return np.sign(matrix) * np.log1p(np.abs(matrix))


def _make(engine: str, seed: int) -> Any:
    if engine == "logistic":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=0.1, max_iter=500)
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=40, learning_rate=0.12, max_leaf_nodes=8, min_samples_leaf=30, l2_regularization=5.0,
        early_stopping=cast(Any, False), random_state=seed,
    )  # fmt: skip
