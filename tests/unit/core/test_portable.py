"""Models as numbers: what was stored predicts to the last bit what the fitted model predicts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from orchestration.core.artefacts import Artefact, ModelStore
from orchestration.core.portable import (
    Linear,
    PortableError,
    Standard,
    Steps,
    Trees,
    pack,
    probabilities,
    unpack,
)

RANDOM = np.random.default_rng(0)
MATRIX = RANDOM.normal(size=(400, 6))
MATRIX[::7, 2] = np.nan
COUNTS = RANDOM.poisson(np.exp(0.5 * MATRIX[:, 0])).astype(float)
CLASSES = np.digitize(MATRIX[:, 1], [-0.5, 0.5])


@dataclass(frozen=True)
class Model:
    name: str
    trees: tuple[Trees, ...]
    line: Linear
    scaler: Standard
    steps: Steps | None
    weights: dict[str, float]


def test_a_model_comes_back_from_the_store_as_it_went(tmp_path: Path) -> None:
    filled = np.nan_to_num(MATRIX)
    fitted = HistGradientBoostingRegressor(loss="poisson", max_iter=10).fit(MATRIX, COUNTS)
    model = Model(
        "value",
        (Trees.of(fitted), Trees.of(fitted)),
        Linear.of(PoissonRegressor().fit(filled, COUNTS)),
        Standard.fit(filled, 3.0),
        None,
        {"a": np.float64(0.1), "b": 1 / 3},
    )
    parameters, arrays = pack(model)
    from datetime import date

    ModelStore(tmp_path, 2).store(
        Artefact("value", date(2026, 1, 1), "data", "recipe", parameters, {}, arrays)
    )
    stored = ModelStore(tmp_path, 2).fitted("value", date(2026, 1, 1), "data", "recipe")
    assert stored is not None
    got = unpack(stored.parameters, stored.arrays, [Model, Trees, Linear, Standard, Steps])
    assert got.weights == model.weights
    assert got.steps is None
    assert np.array_equal(got.trees[1].raw(MATRIX), model.trees[1].raw(MATRIX))
    assert np.array_equal(
        got.line.raw(got.scaler.apply(filled)), model.line.raw(model.scaler.apply(filled))
    )


@pytest.mark.parametrize("rows", [1, 400])
def test_trees_are_those_of_scikit_learn_to_the_last_bit(rows: int) -> None:
    part = MATRIX[:rows]
    regressor = HistGradientBoostingRegressor(loss="poisson", max_iter=20).fit(MATRIX, COUNTS)
    assert np.array_equal(np.exp(Trees.of(regressor).raw(part)), regressor.predict(part))
    for labels in (CLASSES > 0, CLASSES):
        classifier = HistGradientBoostingClassifier(max_iter=10).fit(MATRIX, labels)
        got = probabilities(Trees.of(classifier).raw(part))
        assert got == pytest.approx(classifier.predict_proba(part), abs=1e-12)


@pytest.mark.parametrize("rows", [1, 400])
def test_linear_models_and_isotonic_maps_are_those_of_scikit_learn(rows: int) -> None:
    filled = np.nan_to_num(MATRIX)
    part = filled[:rows]
    glm = PoissonRegressor().fit(filled, COUNTS)
    assert np.exp(Linear.of(glm).raw(part)) == pytest.approx(glm.predict(part), rel=1e-12)
    for labels in (CLASSES > 0, CLASSES):
        classifier = LogisticRegression().fit(filled, labels)
        got = probabilities(Linear.of(classifier).raw(part))
        assert got == pytest.approx(classifier.predict_proba(part), abs=1e-12)
    isotonic = IsotonicRegression(out_of_bounds="clip").fit(filled[:, 0], COUNTS)
    wide = np.linspace(-9, 9, 50)
    assert Steps.of(isotonic).apply(wide) == pytest.approx(isotonic.predict(wide))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"is": "Popen"}, "kind 'Popen'; known are Steps"),
        ({"is": "Steps", "x": 1}, "missing or strange"),
        ({"is": "Steps", "x": {"is": "array", "at": "gone"}, "y": 1}, "missing or strange"),
    ],
)
def test_only_known_kinds_with_all_their_parts_are_made(change: Any, message: str) -> None:
    with pytest.raises(PortableError, match=message):
        unpack(change, {}, [Steps])
