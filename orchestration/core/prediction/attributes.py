"""Predict gender, age band or any declared attribute for people who did not declare it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.configuration import Prediction
from orchestration.core.frames import Floats, every_kth
from orchestration.core.metrics import balanced_accuracy
from orchestration.core.portable import Linear, Standard, Trees, probabilities
from orchestration.core.prediction.people import Declared, Matrix, ModelError, Objects, Sample
from orchestration.core.threads import one_thread

CLIP = 4.0
FOLDS = 3
# The last bits of a probability were seen to differ between runs. 1 is what somebody said themselves.
DECIMALS, SUREST = 6, 1 - 1e-6


@dataclass(frozen=True)
class AttributeModel:
    """Names the most probable of ``classes`` from the ``columns`` of the features."""

    columns: NDArray[np.int64]
    scaler: Standard
    classifier: Linear | Trees
    classes: tuple[str, ...]

    def classify(self, features: Matrix) -> tuple[Objects, Floats]:
        """Value and its probability per row; NaN is missing and counts as the mean."""
        scaled = self.scaler.apply(_logged(features[:, self.columns]))
        probability = probabilities(self.classifier.raw(np.nan_to_num(scaled, nan=0.0)))
        best = probability.argmax(axis=1)
        return np.array(self.classes, dtype=object)[best], probability[np.arange(len(best)), best]


@dataclass(frozen=True)
class AttributeFit:
    """What was learned of an attribute, and how good it is; ``model`` is None where it is refused.

    ``balanced_accuracy``, ``accuracy_by_class`` and ``by_stratum`` (balanced accuracy) were measured
    on declared people held out of training, stratified by value and stratum. ``sure_share`` of them are
    those of whom the model is sure enough to be published, with ``sure_balanced_accuracy``.
    """

    attribute: str
    model: AttributeModel | None
    engine: str
    people: int
    held_out_people: int
    balanced_accuracy: float
    sure_share: float
    sure_balanced_accuracy: float
    accuracy_by_class: dict[str, float]
    by_stratum: dict[str, float]
    reason: str

    @property
    def metrics(self) -> dict[str, float]:
        """What was measured, by name."""
        return {
            "balanced_accuracy": self.balanced_accuracy,
            "held_out_people": float(self.held_out_people),
            "sure_balanced_accuracy": self.sure_balanced_accuracy,
            "sure_share": self.sure_share,
            **{f"accuracy.{name}": value for name, value in self.accuracy_by_class.items()},
            **{f"balanced_accuracy.{name}": value for name, value in self.by_stratum.items()},
        }


# What a stored fit is made of.
KINDS = (AttributeFit, AttributeModel, Standard, Linear, Trees)


def fit_attribute(sample: Sample, config: Prediction) -> AttributeFit:
    """Train on those who declared, test on a held-out part of them.

    Of a logistic regression and boosted trees the one with the better cross-validated balanced
    accuracy inside the training part is used; the held-out part only measures it. Then it is fitted
    on the whole sample. Refused below ``config.minimum_balanced_accuracy`` or with fewer than
    ``config.minimum_declared`` declared people: the reason says so. Memory: the features of at most
    twice ``config.train_people`` and ``config.batch_rows`` people.

    Raises :class:`ModelError` where no feature varies, everyone declared the same or values are too many.
    """
    attribute, features = sample.people.attribute, sample.people.features
    rows, label, stratum = sample.rows, sample.label, sample.stratum
    if sample.declared < config.minimum_declared:
        return AttributeFit(
            attribute, None, "none", sample.declared, 0, 0.0, 0.0, 0.0, {}, {},
            f"{attribute} is not predicted: {sample.declared} people declared it (values with at least "
            f"{config.minimum_class} people), {config.minimum_declared} are needed. Deliver it for more people, "
            "or take it out of prediction.attributes.",
        )  # fmt: skip
    if len(set(label)) < 2:
        raise ModelError(
            f"{attribute}: everyone declared {label[0]!r}, so there is nothing to tell apart. "
            "Take it out of prediction.attributes."
        )
    if len(set(label)) > config.maximum_values:
        raise ModelError(
            f"{attribute}: {len(set(label))} different values are too many to tell apart, prediction.maximum_values is "
            f"{config.maximum_values}. Take it out of prediction.attributes."
        )
    held = _held_out(label, stratum, config.held_out_share, config.seed)
    with one_thread():
        train = np.flatnonzero(~held)
        train = train[every_kth(len(train), config.train_people)]
        columns, scaler = _scaler(features[rows[train]], attribute)
        scaled = _scaled(features[rows[train]], columns, scaler)
        engine = _choose(scaled, label[train], config.seed)
        fitted = _portable(engine, _make(engine, config.seed).fit(scaled, label[train]))
        tested = np.flatnonzero(held)
        judged = AttributeModel(columns, scaler, *fitted)
        said_by_model, confidence = _classified(judged, features, rows[tested], config.batch_rows)
        accuracy, by_class = balanced_accuracy(label[tested], said_by_model)
        sure = confidence >= config.minimum_confidence
        sure_accuracy = balanced_accuracy(label[tested][sure], said_by_model[sure])[0]
        by_stratum = {
            str(name): balanced_accuracy(
                label[tested][stratum[tested] == name], said_by_model[stratum[tested] == name]
            )[0]
            for name in sorted(set(stratum[tested]))
        }
        measured = f"held-out balanced accuracy {accuracy:.3f} on {len(tested)} people ({engine})"
        told = f"{sure_accuracy:.3f} on the {sure.mean():.0%} of them of whom it is sure"
        is_good = accuracy >= config.minimum_balanced_accuracy
        model = None
        if is_good:
            everyone = every_kth(len(rows), config.train_people)
            columns, scaler = _scaler(features[rows[everyone]], attribute)
            scaled = _scaled(features[rows[everyone]], columns, scaler)
            final = _portable(engine, _make(engine, config.seed).fit(scaled, label[everyone]))
            model = AttributeModel(columns, scaler, *final)
    reason = (
        f"{attribute}: {measured}, {told}."
        if is_good
        else f"{attribute} is not published: {measured} is below the floor of {config.minimum_balanced_accuracy:.2f}."
    )
    return AttributeFit(
        attribute, model, engine, sample.declared, len(tested), accuracy, float(sure.mean()), sure_accuracy,
        by_class, by_stratum, reason,
    )  # fmt: skip


def predicted(people: Declared, fit: AttributeFit, config: Prediction) -> Iterator[pd.DataFrame]:
    """one_id, value, confidence of people who did not declare, in parts of at most ``config.batch_rows``.

    Of whom the model is less sure than ``config.minimum_confidence`` there is no row: those who declare
    something are better known than those who do not, so the less is known, the less the measured accuracy
    says. No rows either where the fit is refused. Confidence lies below 1.
    """
    if fit.model is None:
        return
    for rows in people.silent(config.batch_rows):
        with one_thread():
            value, confidence = fit.model.classify(people.features[rows])
        confidence = np.minimum(np.round(confidence, DECIMALS), SUREST)
        sure = confidence >= config.minimum_confidence
        yield pd.DataFrame(
            {
                "one_id": pd.Series(people.one_ids[rows][sure], dtype="str"),
                "value": pd.Series(value[sure], dtype="str"),
                "confidence": confidence[sure],
            }
        )


def _logged(rows: Matrix) -> Floats:
    """Signed logarithms; NaN stays."""
    exact = rows.astype(np.float64)
    return np.sign(exact) * np.log1p(np.abs(exact))


def _scaler(rows: Matrix, attribute: str) -> tuple[NDArray[np.int64], Standard]:
    """The columns that vary, and their standard scores; missing is left out of mean and deviation."""
    logged = _logged(rows)
    known = ~np.isnan(logged)
    counts = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, logged, 0.0).sum(axis=0) / counts
    deviation = np.sqrt((np.where(known, logged - mean, 0.0) ** 2).sum(axis=0) / counts)
    columns = np.flatnonzero(known.any(axis=0) & (deviation > 1e-9))
    if not len(columns):
        raise ModelError(
            f"{attribute}: no feature varies among people who declared it. Deliver exports in which they differ, such as "
            "orders or events, or take it out of prediction.attributes."
        )
    return columns, Standard(mean[columns], deviation[columns], CLIP)


def _scaled(rows: Matrix, columns: NDArray[np.int64], scaler: Standard) -> Floats:
    return np.nan_to_num(scaler.apply(_logged(rows[:, columns])), nan=0.0)


def _portable(engine: str, fitted: Any) -> tuple[Linear | Trees, tuple[str, ...]]:
    parts = Linear.of(fitted) if engine == "logistic" else Trees.of(fitted)
    return parts, tuple(str(name) for name in fitted.classes_)


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
        # Weighted quantiles are taken one by one: with 255 of them they cost most of a fit.
        max_bins=63,
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


def _classified(
    model: AttributeModel, features: Matrix, rows: NDArray[np.int64], batch_rows: int
) -> tuple[Objects, Floats]:
    values, confidences = np.empty(len(rows), dtype=object), np.zeros(len(rows))
    for start in range(0, len(rows), batch_rows):
        part = slice(start, start + batch_rows)
        values[part], confidences[part] = model.classify(features[rows[part]])
    return values, confidences
