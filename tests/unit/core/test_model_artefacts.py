"""Artefacts: stored once, found by date and data, damage is noticed, old ones go."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.core import artefacts
from orchestration.core.artefacts import Artefact, ArtefactError, ModelStore


def artefact(day: int = 1, alpha: float = 2.5, data: str = "abc") -> Artefact:
    return Artefact(
        name="value",
        trained_on=date(2026, 11, day),
        fingerprint=data,
        recipe="bgnbd",
        parameters={"alpha": alpha, "names": ("a", "b"), "nested": {"x": np.float64(1.0)}},
        metrics={"rmse": 1.7},
        arrays={"weights": np.arange(6.0).reshape(2, 3)},
    )


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path, keep=3)


def test_what_is_stored_is_found_by_date_data_and_recipe(store: ModelStore) -> None:
    folder = store.store(artefact())
    assert folder.parent == store.folder / "value"
    got = store.fitted("value", date(2026, 11, 1), "abc", "bgnbd")
    assert got is not None
    assert got.parameters == {"alpha": 2.5, "names": ["a", "b"], "nested": {"x": 1.0}}
    assert got.metrics == {"rmse": 1.7}
    assert np.array_equal(got.arrays["weights"], artefact().arrays["weights"])
    assert got.version == artefact().version
    for on, data, recipe in ((2, "abc", "bgnbd"), (1, "abd", "bgnbd"), (1, "abc", "other")):
        assert store.fitted("value", date(2026, 11, on), data, recipe) is None
    assert store.fitted("churn", date(2026, 11, 1), "abc", "bgnbd") is None


def test_an_old_date_keeps_its_own_model_when_a_newer_one_is_stored(store: ModelStore) -> None:
    for day, alpha in ((1, 1.0), (3, 3.0)):
        store.store(artefact(day, alpha))
    got = store.fitted("value", date(2026, 11, 1), "abc", "bgnbd")
    assert got is not None
    assert got.parameters["alpha"] == 1.0


def test_the_champion_is_the_model_of_an_earlier_date_stored_last(store: ModelStore) -> None:
    for day, alpha in ((1, 1.0), (3, 3.0), (3, 3.5), (3, 3.0), (5, 5.0)):
        store.store(artefact(day, alpha))
    assert [_alpha(store, day) for day in (1, 2, 3, 4, 5, 6)] == [None, 1.0, 1.0, 3.0, 3.0, 5.0]
    store.store(artefact(3, 3.5))
    assert _alpha(store, 5) == 3.5


def _alpha(store: ModelStore, day: int) -> float | None:
    found = store.before("value", date(2026, 11, day))
    return None if found is None else found.parameters["alpha"]


def test_the_oldest_dates_go_but_never_the_one_just_stored(store: ModelStore) -> None:
    for day in (5, 2, 4, 3):
        store.store(artefact(day))
        store.store(artefact(day, data="late"))
    kept = [version[:10] for version in store.versions("value")]
    assert kept == [f"2026-11-0{day}" for day in (3, 3, 4, 4, 5, 5)]
    store.store(artefact(1))
    assert store.versions("value")[0] == artefact(1).version
    leftovers = {entry.name[:10] for entry in (store.folder / "value").iterdir()}
    assert leftovers == {"2026-11-01", "2026-11-03", "2026-11-04", "2026-11-05"}


@pytest.mark.parametrize("damage", ["parameter", "not json", "cut arrays", "other arrays"])
def test_a_damaged_model_is_refused_and_fitted_again(store: ModelStore, damage: str) -> None:
    folder = store.store(artefact())
    path, arrays = folder / "model.json", folder / "arrays.npz"
    if damage == "parameter":
        content = json.loads(path.read_text(encoding="utf-8"))
        content["parameters"]["alpha"] = 9.0
        path.write_text(json.dumps(content), encoding="utf-8")
    if damage == "not json":
        path.write_text("{", encoding="utf-8")
    if damage == "cut arrays":
        arrays.write_bytes(arrays.read_bytes()[:-40])
    if damage == "other arrays":
        np.savez(arrays, weights=np.zeros(6))
    with pytest.raises(ArtefactError, match=r"Delete the folder; the next run fits it again"):
        artefacts.read(folder)
    with pytest.raises(ArtefactError, match=folder.name):
        store.before("value", date(2026, 11, 2))
    assert store.fitted("value", date(2026, 11, 1), "abc", "bgnbd") is None
    store.store(artefact())
    assert store.fitted("value", date(2026, 11, 1), "abc", "bgnbd") is not None


def test_nothing_pickled_is_ever_loaded(store: ModelStore) -> None:
    folder = store.store(artefact())
    np.savez(folder / "arrays.npz", allow_pickle=True, weights=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ArtefactError, match="allow_pickle"):
        artefacts.read(folder)


def test_fingerprint_knows_values_not_order() -> None:
    frame = pd.DataFrame({"one_id": ["b", "a", "c"], "x": [1.0, 2.0, 1.0]})
    assert artefacts.fingerprint(frame) == artefacts.fingerprint(frame.iloc[::-1][["x", "one_id"]])
    for other in (
        frame.assign(x=[1.0, 2.1, 1.0]),
        frame.assign(x=[2.0, 1.0, 1.0]),
        pd.concat([frame, frame, frame]),
        frame.rename(columns={"x": "y"}),
        frame.iloc[:0],
    ):
        assert artefacts.fingerprint(frame) != artefacts.fingerprint(other)
    values = np.ones((2, 2), dtype=np.float32)
    assert artefacts.array_fingerprint(values, ["a", "b"]) != artefacts.array_fingerprint(
        values, ["a", "c"]
    )


def test_a_recipe_is_configuration_code_and_nothing_else() -> None:
    recipe = artefacts.recipe_of({"a": 1, "b": [2]}, "orchestration.core.rfm")
    assert recipe == artefacts.recipe_of({"b": [2], "a": 1}, "orchestration.core.rfm")
    assert recipe != artefacts.recipe_of({"a": 1, "b": [3]}, "orchestration.core.rfm")
    assert recipe != artefacts.recipe_of({"a": 1, "b": [2]}, "orchestration.core.value")
