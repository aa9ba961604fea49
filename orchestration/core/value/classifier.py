"""Classifiers of churn: calibrated, with reasons in words, and made of plain numbers."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import special

from orchestration.configuration import Churn
from orchestration.core.frames import Floats
from orchestration.core.portable import Linear, Standard, Trees
from orchestration.core.value.snapshots import Examples

# The first is the mean of the log odds of the others.
BLEND = "blend"
SINGLE = ("logistic", "trees")
ENGINES = (BLEND, *SINGLE)
FOLDS = 5
CLIP = 4.0
SUREST = 9.0
LEVEL_STEPS = 30
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
    """One or more classifiers, the line that makes their mean log odds calibrated, and what speaks for churn.

    ``calibration``: intercept and slope of a logistic regression on out-of-fold log odds (Platt 1999).
    ``weight``: difference of a feature's means between those who left and those who stayed, in
    standard deviations; ``names``: the features.
    """

    scaler: Standard
    parts: tuple[Linear | Trees, ...]
    calibration: tuple[float, float]
    weight: Floats
    names: tuple[str, ...]

    @classmethod
    def fit(
        cls,
        engine: str,
        learned: Examples,
        churn: Churn,
    ) -> Classifier:
        """From who churned at several snapshots; the folds part people, not rows."""
        from sklearn.linear_model import LogisticRegression

        churned = learned.churned
        logged = _logged(learned.matrix)
        scaler = Standard.fit(logged, CLIP)
        scaled = scaler.apply(logged)
        out_of_fold = np.zeros(len(scaled))
        fold = _folds(learned, churn.seed)
        for number in range(FOLDS):
            train, test = fold != number, fold == number
            out_of_fold[test] = _log_odds(
                _fitted(engine, scaled[train], churned[train], churn.seed), scaled[test]
            )
        line = LogisticRegression(C=np.inf).fit(out_of_fold[:, None], churned)
        weight = scaled[churned].mean(axis=0) - scaled[~churned].mean(axis=0)
        return cls(
            scaler,
            _fitted(engine, scaled, churned, churn.seed),
            # Never turned round: where nothing can be told, everyone gets the base rate.
            (float(line.intercept_[0]), max(float(line.coef_[0, 0]), 0.0)),
            weight,
            learned.names,
        )

    def log_odds(self, matrix: Floats) -> Floats:
        """(n,) calibrated log odds of churn."""
        intercept, slope = self.calibration
        return intercept + slope * _log_odds(self.parts, self.scaler.apply(_logged(matrix)))

    def reasons(self, matrix: Floats) -> NDArray[np.object_]:
        """Per person the feature that speaks most for churn, in words; empty where none does.

        A person's evidence is a feature's weight times their distance from its mean.
        """
        evidence = self.scaler.apply(_logged(matrix)) * self.weight
        words = np.array([WORDS.get(name, name) for name in self.names], dtype=object)
        return np.where(evidence.max(axis=1) > SPEAKS, words[evidence.argmax(axis=1)], "")


# What a stored classifier is made of.
KINDS = (Classifier, Standard, Linear, Trees)


def at_level(log_odds: Floats, level: float) -> Floats:
    """(n,) probabilities, the log odds moved alike until their mean lies half way to ``level`` (in log odds).

    How many leave differs from the time learned from to the time to come. The base rate of the classifier
    is the newest that is known, ``level`` (the purchase model's) looks ahead; neither is better for sure.
    """
    if not len(log_odds):
        return log_odds
    own, ahead = (
        float(special.logit(np.clip(mean, 1e-6, 1.0 - 1e-6)))
        for mean in (special.expit(log_odds).mean(), level)
    )
    aim, move = float(special.expit((own + ahead) / 2.0)), 0.0
    for _ in range(LEVEL_STEPS):
        said = special.expit(log_odds + move)
        move += (aim - float(said.mean())) / max(float((said * (1.0 - said)).mean()), 1e-6)
    return special.expit(log_odds + move)


def _folds(learned: Examples, seed: int) -> NDArray[np.int64]:
    """(n,) fold of every row: all rows of a person in one, and both kinds of people spread alike."""
    people = int(learned.person.max()) + 1
    left_once = np.zeros(people, dtype=bool)
    left_once[learned.person[learned.churned]] = True
    drawn = np.random.default_rng(seed).permutation(people)
    # Dealt out in turn, those who left first: every fold has its share of both.
    order = drawn[np.argsort(~left_once[drawn], kind="stable")]
    fold = np.empty(people, dtype=np.int64)
    fold[order] = np.arange(people) % FOLDS
    return fold[learned.person]


def _logged(matrix: Floats) -> Floats:
    return np.sign(matrix) * np.log1p(np.abs(matrix))


def _log_odds(parts: Sequence[Linear | Trees], scaled: Floats) -> Floats:
    """Mean over the parts, none of them surer than ``SUREST``."""
    return np.mean([np.clip(part.raw(scaled), -SUREST, SUREST) for part in parts], axis=0)


def _fitted(
    engine: str, scaled: Floats, churned: NDArray[np.bool_], seed: int
) -> tuple[Linear | Trees, ...]:
    return tuple(
        _logistic(scaled, churned) if name == "logistic" else _trees(scaled, churned, seed)
        for name in (SINGLE if engine == BLEND else (engine,))
    )


def _logistic(scaled: Floats, churned: NDArray[np.bool_]) -> Linear:
    from sklearn.linear_model import LogisticRegression

    return Linear.of(LogisticRegression(C=0.1, max_iter=500).fit(scaled, churned))


def _trees(scaled: Floats, churned: NDArray[np.bool_], seed: int) -> Trees:
    from sklearn.ensemble import HistGradientBoostingClassifier

    fitted = HistGradientBoostingClassifier(
        max_iter=40, learning_rate=0.12, max_leaf_nodes=8, min_samples_leaf=30, l2_regularization=5.0,
        early_stopping=cast(Any, False), random_state=seed,
    ).fit(scaled, churned)  # fmt: skip
    return Trees.of(fitted)
