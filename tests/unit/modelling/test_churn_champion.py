"""The churn engine of the date before is the champion of today's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from orchestration.core.artefacts import Artefact, ModelStore
from orchestration.modelling.value import CHURN, _champion


def churn_model(on: date, engine: str) -> Artefact:
    return Artefact(CHURN, on, "data", "recipe", {"engine": engine}, {})


def test_the_engine_of_the_newest_earlier_date_is_the_champion(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, 9)
    assert _champion(store, date(2026, 3, 3)) is None
    for day, engine in ((1, "trees"), (2, "logistic"), (3, "trees")):
        store.store(churn_model(date(2026, 3, day), engine))
    assert _champion(store, date(2026, 3, 3)) == "logistic"
    assert _champion(store, date(2026, 3, 2)) == "trees"
    assert _champion(store, date(2026, 3, 1)) is None


def test_a_damaged_champion_is_nobodys(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, 9)
    folder = store.store(churn_model(date(2026, 3, 1), "trees"))
    (folder / "model.json").write_text("{", encoding="utf-8")
    assert _champion(store, date(2026, 3, 2)) is None
