"""Models as plain numbers: dataclasses to and from parameters and arrays, and estimators without scikit-learn's objects.

What is stored of a model is what is here: coefficients, thresholds, the nodes of trees. So a stored
model needs no pickle, and survives a change of the library that fitted it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from orchestration.core.frames import Floats

Arrays = Mapping[str, NDArray[Any]]
_KIND = "is"


class PortableError(ValueError):
    """Stored parameters name a kind of model that is not known here, or lack one of its parts."""


def pack(model: Any) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """(parameters, arrays) of a dataclass: nested dataclasses, mappings, sequences, numbers, texts, arrays.

    Arrays are taken out under their path (``trees.0.values``); everything else is plain JSON.
    Sequences come back as tuples.
    """
    arrays: dict[str, NDArray[Any]] = {}

    def plain(value: Any, path: str) -> Any:
        if isinstance(value, np.ndarray):
            arrays[path] = value
            return {_KIND: "array", "at": path}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = {
                field.name: plain(getattr(value, field.name), _under(path, field.name))
                for field in dataclasses.fields(value)
            }
            return {_KIND: type(value).__name__, **parts}
        if isinstance(value, Mapping):
            items = {str(key): plain(item, _under(path, str(key))) for key, item in value.items()}
            return {_KIND: "mapping", "items": items}
        if isinstance(value, (list, tuple)):
            return [plain(item, _under(path, str(place))) for place, item in enumerate(value)]
        return value.item() if isinstance(value, np.generic) else value

    return plain(model, ""), arrays


def unpack(parameters: Mapping[str, Any], arrays: Arrays, kinds: Sequence[type]) -> Any:
    """The model that :func:`pack` took apart. Only dataclasses among ``kinds`` are made.

    Raises :class:`PortableError` for any other, and for missing or strange parts.
    """
    known = {kind.__name__: kind for kind in kinds}

    def made(value: Any) -> Any:
        if isinstance(value, list):
            return tuple(made(item) for item in value)
        if not isinstance(value, Mapping):
            return value
        kind = value.get(_KIND)
        if kind == "array":
            return arrays[value["at"]]
        if kind == "mapping":
            return {key: made(item) for key, item in value["items"].items()}
        if kind not in known:
            raise PortableError(f"Stored model of kind {kind!r}; known are {', '.join(known)}.")
        parts = {key: made(item) for key, item in value.items() if key != _KIND}
        return known[kind](**parts)

    try:
        return made(parameters)
    except (KeyError, TypeError) as error:
        raise PortableError(
            f"A part of the stored model is missing or strange: {error}."
        ) from error


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


@dataclass(frozen=True)
class Standard:
    """Standard scores within ``limit`` of both sides, so that what was never seen is not extrapolated."""

    mean: Floats
    deviation: Floats
    limit: float

    @classmethod
    def fit(cls, matrix: Floats, limit: float) -> Standard:
        """Mean and standard deviation of every column; a constant one becomes 0."""
        return cls(matrix.mean(axis=0), np.maximum(matrix.std(axis=0), 1e-9), limit)

    def apply(self, matrix: Floats) -> Floats:
        """n x k matrix of standard scores."""
        return np.clip((matrix - self.mean) / self.deviation, -self.limit, self.limit)


@dataclass(frozen=True)
class Linear:
    """``intercept + matrix @ coefficients``: (n,) for one output, (n, outputs) for several."""

    coefficients: Floats
    intercept: Floats

    @classmethod
    def of(cls, fitted: Any) -> Linear:
        """From a fitted scikit-learn linear model or GLM."""
        return cls(
            np.asarray(fitted.coef_, dtype=np.float64).T.copy(), np.asarray(fitted.intercept_)
        )

    def raw(self, matrix: Floats) -> Floats:
        """The linear predictor, before any link."""
        raw = matrix @ self.coefficients + self.intercept
        return raw[:, 0] if raw.ndim == 2 and raw.shape[1] == 1 else raw


@dataclass(frozen=True)
class Trees:
    """Boosted trees: a sum of leaves on top of ``baseline`` (outputs,).

    Nodes of all trees lie one after the other; ``starts`` (trees + 1,) says where each tree's are
    and ``outputs`` how many outputs take turns. ``left`` and ``right`` count from the tree's first node.
    """

    baseline: Floats
    outputs: int
    starts: NDArray[np.int64]
    value: Floats
    feature: NDArray[np.int64]
    threshold: Floats
    missing_left: NDArray[np.uint8]
    left: NDArray[np.uint32]
    right: NDArray[np.uint32]
    is_leaf: NDArray[np.uint8]

    @classmethod
    def of(cls, fitted: Any) -> Trees:
        """From a fitted HistGradientBoosting model without categorical features."""
        rounds: list[list[Any]] = fitted._predictors
        nodes = [tree.nodes for one in rounds for tree in one]
        joined = np.concatenate(nodes)
        return cls(
            baseline=np.asarray(fitted._baseline_prediction, dtype=np.float64).reshape(-1),
            outputs=len(rounds[0]),
            starts=np.concatenate([[0], np.cumsum([len(part) for part in nodes])]).astype(np.int64),
            value=joined["value"].copy(),
            feature=joined["feature_idx"].astype(np.int64),
            threshold=joined["num_threshold"].copy(),
            missing_left=joined["missing_go_to_left"].copy(),
            left=joined["left"].copy(),
            right=joined["right"].copy(),
            is_leaf=joined["is_leaf"].copy(),
        )

    def raw(self, matrix: Floats) -> Floats:
        """The sum before any link: (n,) for one output, (n, outputs) for several. NaN is missing."""
        # scikit-learn's own walk through the nodes: the same bits as the model that was fitted.
        from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE
        from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

        nodes: NDArray[Any] = np.zeros(len(self.value), dtype=PREDICTOR_RECORD_DTYPE)
        for name, column in (
            ("value", self.value),
            ("feature_idx", self.feature),
            ("num_threshold", self.threshold),
            ("missing_go_to_left", self.missing_left),
            ("left", self.left),
            ("right", self.right),
            ("is_leaf", self.is_leaf),
        ):
            nodes[name] = column
        rows = np.ascontiguousarray(matrix, dtype=np.float64)
        none = np.zeros((0, 8), dtype=np.uint32)
        places = np.zeros(0, dtype=np.uint32)
        total = np.repeat(self.baseline[None, :], len(rows), axis=0)
        for number in range(len(self.starts) - 1):
            own = nodes[self.starts[number] : self.starts[number + 1]]
            total[:, number % self.outputs] += TreePredictor(own, none, none).predict(
                rows, none, places, 1
            )
        return total[:, 0] if self.outputs == 1 else total


@dataclass(frozen=True)
class Steps:
    """A monotone map through ``(x, y)``, straight between them and level beyond (isotonic regression)."""

    x: Floats
    y: Floats

    @classmethod
    def of(cls, fitted: Any) -> Steps:
        """From a fitted scikit-learn IsotonicRegression."""
        return cls(np.asarray(fitted.X_thresholds_), np.asarray(fitted.y_thresholds_))

    def apply(self, values: Floats) -> Floats:
        """Mapped values."""
        return np.interp(values, self.x, self.y)


def probabilities(raw: Floats) -> Floats:
    """(n, classes) from the raw outputs of a classifier: (n,) is the second of two classes."""
    if raw.ndim == 1:
        positive = special.expit(raw)
        return np.column_stack([1.0 - positive, positive])
    return special.softmax(raw, axis=1)
