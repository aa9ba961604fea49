"""Artefacts: stored once, loaded by date, damage is noticed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.core import artefacts
from orchestration.core.artefacts import Artefact, ArtefactError


def artefact(day: int = 1, alpha: float = 2.5) -> Artefact:
    return Artefact(
        name="value",
        trained_on=date(2026, 11, day),
        fingerprint="abc",
        parameters={"alpha": alpha, "names": ("a", "b"), "nested": {"x": np.float64(1.0)}},
        metrics={"rmse": 1.7},
        arrays={"weights": np.arange(6.0).reshape(2, 3)},
    )


def test_what_is_stored_is_loaded(tmp_path: Path) -> None:
    folder = artefacts.store(artefact(), tmp_path)
    assert folder.parent == tmp_path / "value"
    got = artefacts.load(tmp_path, "value", date(2026, 11, 1))
    assert got.parameters == {"alpha": 2.5, "names": ["a", "b"], "nested": {"x": 1.0}}
    assert got.metrics == {"rmse": 1.7}
    assert np.array_equal(got.arrays["weights"], artefact().arrays["weights"])
    assert got.version == artefact().version


def test_an_old_date_finds_its_old_model(tmp_path: Path) -> None:
    for day, alpha in ((1, 1.0), (3, 3.0), (5, 5.0)):
        artefacts.store(artefact(day, alpha), tmp_path)
    assert artefacts.load(tmp_path, "value", date(2026, 11, 4)).parameters["alpha"] == 3.0
    assert artefacts.load(tmp_path, "value", date(2027, 1, 1)).parameters["alpha"] == 5.0
    with pytest.raises(ArtefactError, match=r"No model value trained by 2026-10-31.*2026-11-01-"):
        artefacts.load(tmp_path, "value", date(2026, 10, 31))


def test_of_two_models_of_a_day_the_one_stored_last_counts(tmp_path: Path) -> None:
    for alpha in (1.0, 2.0, 1.0):
        artefacts.store(artefact(1, alpha), tmp_path)
        assert artefacts.load(tmp_path, "value", date(2026, 11, 1)).parameters["alpha"] == alpha
    assert len(artefacts.versions(tmp_path, "value")) == 2


def test_a_changed_model_is_refused(tmp_path: Path) -> None:
    path = artefacts.store(artefact(), tmp_path) / "model.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    content["parameters"]["alpha"] = 9.0
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ArtefactError, match="was changed after it was stored"):
        artefacts.load(tmp_path, "value", date(2026, 11, 1))
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ArtefactError, match="cannot be read"):
        artefacts.load(tmp_path, "value", date(2026, 11, 1))


def test_fingerprint_knows_values_not_order() -> None:
    frame = pd.DataFrame({"one_id": ["b", "a"], "x": [1.0, 2.0]})
    assert artefacts.fingerprint(frame) == artefacts.fingerprint(frame.iloc[::-1][["x", "one_id"]])
    assert artefacts.fingerprint(frame) != artefacts.fingerprint(frame.assign(x=[1.0, 2.1]))
    values = np.ones((2, 2), dtype=np.float32)
    assert artefacts.array_fingerprint(values, ["a", "b"]) != artefacts.array_fingerprint(
        values, ["a", "c"]
    )
