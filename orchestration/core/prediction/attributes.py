"""Predict gender, age band or any declared attribute for people who did not declare it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.configuration import Prediction
from orchestration.core.frames import Floats, every_kth
from orchestration.core.metrics import balanced_accuracy
from orchestration.core.threads import one_thread

Matrix = NDArray[np.float32]
Objects = NDArray[np.object_]
CLIP = 4.0
FOLDS = 3


class ModelError(ValueError):
    """A model cannot be trained on this input; the message names it and says what to do."""


@dataclass(frozen=True)
class PredictionResult:
    """``predictions``: one_id, value, confidence of everyone who did not declare; empty if not published.

    ``balanced_accuracy`` and ``accuracy_by_class`` were measured on declared people held out of
    training, stratified by value and stratum; ``by_stratum`` is the balanced accuracy per stratum.
    """

    attribute: str
    predictions: pd.DataFrame
    balanced_accuracy: float
    accuracy_by_class: dict[str, float]
    by_stratum: dict[str, float]
    held_out_people: int
    engine: str
    is_published: bool
    reason: str


def predict_attribute(
    features: Matrix,
    names: Sequence[str],
    one_ids: Sequence[str] | Objects,
    declared: Sequence[str | None] | Objects,
    strata: Sequence[str] | Objects,
    config: Prediction,
    *,
    attribute: str = "attribute",
) -> PredictionResult:
    """Train on those who declared, test on a held-out part, predict for the others.

    ``features``: people x features float32, NaN is missing; ``strata``: platform per person. Of a
    logistic regression and boosted trees the one with the better cross-validated balanced accuracy
    inside the training part is used; the held-out part only measures it. Then it is fitted on
    everyone who declared. Not published below ``config.minimum_balanced_accuracy`` or with fewer
    than ``config.minimum_declared`` declared people: the reason says so.

    Raises :class:`ModelError` for inputs that cannot be used: shapes that differ, infinite values,
    no feature that varies, one declared value only.
    """
    ids = np.asarray(one_ids, dtype=object)
    said = pd.Series(np.asarray(declared, dtype=object))
    stratum = (
        pd.Series(np.asarray(strata, dtype=object)).fillna("").astype(str).to_numpy(dtype=object)
    )
    _check(features, names, ids, said, stratum, attribute)
    known_mask = said.notna().to_numpy()
    counts = said[known_mask].astype(str).value_counts()
    rare = set(counts.index[counts < config.minimum_class])
    usable = known_mask & ~said.isin(list(rare)).to_numpy()
    order = np.argsort(ids, kind="stable")
    rows = order[usable[order]]
    if len(rows) < config.minimum_declared:
        return _refusal(
            attribute,
            f"{attribute} is not predicted: {len(rows)} people declared it (values with at least {config.minimum_class} "
            f"people), {config.minimum_declared} are needed.",
        )
    label = said.iloc[rows].astype(str).to_numpy(dtype=object)
    if len(set(label)) < 2:
        raise ModelError(
            f"{attribute}: everyone declared {label[0]!r}, so there is nothing to tell apart. Leave it out."
        )
    scaler = _Scaler.fit(features[rows], attribute)
    held = _held_out(label, stratum[rows], config.held_out_share, config.seed)
    with one_thread():
        train = np.flatnonzero(~held)
        train = train[every_kth(len(train), config.train_people)]
        engine = _choose(scaler.apply(features[rows[train]]), label[train], config.seed)
        fitted = _make(engine, config.seed).fit(scaler.apply(features[rows[train]]), label[train])
        tested = np.flatnonzero(held)
        said_by_model = _classify(fitted, features, rows[tested], scaler, config.batch_rows)[0]
        accuracy, by_class = balanced_accuracy(label[tested], said_by_model)
        strata_names = stratum[rows[tested]]
        by_stratum = {
            str(name): balanced_accuracy(
                label[tested][strata_names == name], said_by_model[strata_names == name]
            )[0]
            for name in sorted(set(strata_names))
        }
        measured = f"held-out balanced accuracy {accuracy:.3f} on {len(tested)} people ({engine})"
        if accuracy < config.minimum_balanced_accuracy:
            reason = f"{attribute} is not published: {measured} is below the floor of {config.minimum_balanced_accuracy:.2f}."
            return PredictionResult(
                attribute,
                _no_predictions(),
                accuracy,
                by_class,
                by_stratum,
                len(tested),
                engine,
                False,
                reason,
            )
        everyone = every_kth(len(rows), config.train_people)
        final = _make(engine, config.seed).fit(
            scaler.apply(features[rows[everyone]]), label[everyone]
        )
        others = order[~known_mask[order]]
        value, confidence = _classify(final, features, others, scaler, config.batch_rows)
    predictions = pd.DataFrame(
        {
            "one_id": pd.Series(ids[others], dtype="str"),
            "value": pd.Series(value, dtype="str"),
            "confidence": confidence,
        }
    )
    return PredictionResult(
        attribute,
        predictions,
        accuracy,
        by_class,
        by_stratum,
        len(tested),
        engine,
        True,
        f"{attribute}: {measured}.",
    )


@dataclass(frozen=True)
class _Scaler:
    """Signed logs, standardised and clipped; missing becomes the mean."""

    columns: NDArray[np.int64]
    mean: Floats
    deviation: Floats

    @classmethod
    def fit(cls, rows: Matrix, attribute: str) -> _Scaler:
        logged = np.sign(rows) * np.log1p(np.abs(rows.astype(np.float64)))
        known = ~np.isnan(logged)
        counts = np.maximum(known.sum(axis=0), 1)
        mean = np.where(known, logged, 0.0).sum(axis=0) / counts
        deviation = np.sqrt((np.where(known, logged - mean, 0.0) ** 2).sum(axis=0) / counts)
        columns = np.flatnonzero(known.any(axis=0) & (deviation > 1e-9))
        if not len(columns):
            raise ModelError(
                f"{attribute}: no feature varies among people who declared it. Give features in which they differ."
            )
        return cls(columns, mean[columns], deviation[columns])

    def apply(self, rows: Matrix) -> Floats:
        kept = rows[:, self.columns].astype(np.float64)
        logged = np.sign(kept) * np.log1p(np.abs(kept))
        return np.nan_to_num(np.clip((logged - self.mean) / self.deviation, -CLIP, CLIP), nan=0.0)


def _check(
    features: Matrix,
    names: Sequence[str],
    ids: Objects,
    said: pd.Series,
    stratum: Objects,
    attribute: str,
) -> None:
    if (
        features.ndim != 2
        or len({len(features), len(ids), len(said), len(stratum)}) != 1
        or features.shape[1] != len(names)
    ):
        raise ModelError(
            f"{attribute}: features {features.shape}, {len(names)} names, {len(ids)} ids, {len(said)} declared values and "
            f"{len(stratum)} strata do not belong together. Give one row per person."
        )
    infinite = [
        names[position] for position in np.flatnonzero(np.isinf(features).any(axis=0)).tolist()
    ]
    if infinite:
        raise ModelError(
            f"{attribute}: infinite values in {', '.join(infinite[:5])}. Look for a division by zero."
        )
    if len(set(ids)) != len(ids):
        raise ModelError(f"{attribute}: a one_id appears more than once. Give one row per person.")


def _held_out(label: Objects, stratum: Objects, share: float, seed: int) -> NDArray[np.bool_]:
    """The same share of every value within every stratum; in a small cell by rounding."""
    key = pd.Series(label).astype(str) + "\x1f" + pd.Series(stratum).astype(str)
    draw = pd.Series(np.random.default_rng(seed).random(len(label)))
    rank = draw.groupby(key).rank(method="first")
    size = draw.groupby(key).transform("size")
    return (rank <= np.round(size * share)).to_numpy()


def _make(engine: str, seed: int) -> Any:
    if engine == "logistic":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=0.3, class_weight="balanced", max_iter=500)
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=80,
        learning_rate=0.1,
        max_leaf_nodes=15,
        min_samples_leaf=20,
        l2_regularization=1.0,
        class_weight="balanced",
        early_stopping=cast(Any, False),
        random_state=seed,
    )


def _choose(matrix: Floats, label: Objects, seed: int) -> str:
    from sklearn.model_selection import StratifiedKFold

    folds = min(FOLDS, int(pd.Series(label).value_counts().min()))
    if folds < 2:
        return "logistic"
    splits = list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(matrix, label))
    means: dict[str, float] = {}
    for engine in ("logistic", "trees"):
        scores = [
            balanced_accuracy(
                label[test],
                _make(engine, seed).fit(matrix[train], label[train]).predict(matrix[test]),
            )[0]
            for train, test in splits
        ]
        means[engine] = float(np.mean(scores))
    # The simpler model unless the trees are better by half a point.
    return "trees" if means["trees"] > means["logistic"] + 0.005 else "logistic"


def _classify(
    fitted: Any, features: Matrix, rows: NDArray[np.int64], scaler: _Scaler, batch_rows: int
) -> tuple[Objects, Floats]:
    values, confidences = np.empty(len(rows), dtype=object), np.zeros(len(rows))
    for start in range(0, len(rows), batch_rows):
        part = rows[start : start + batch_rows]
        probability = fitted.predict_proba(scaler.apply(features[part]))
        best = probability.argmax(axis=1)
        values[start : start + len(part)] = fitted.classes_[best]
        confidences[start : start + len(part)] = probability[np.arange(len(part)), best]
    return values, confidences


def _no_predictions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "one_id": pd.Series(dtype="str"),
            "value": pd.Series(dtype="str"),
            "confidence": pd.Series(dtype="float64"),
        }
    )


def _refusal(attribute: str, reason: str) -> PredictionResult:
    return PredictionResult(attribute, _no_predictions(), 0.0, {}, {}, 0, "none", False, reason)
