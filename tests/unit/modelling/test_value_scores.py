"""Value and churn are fitted once for a date and its orders; an old date keeps its scores."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.configuration import load_configuration
from orchestration.core.artefacts import ModelStore, read
from orchestration.core.value.snapshots import ChurnLeakError
from orchestration.modelling import value as modelling

sys.path.insert(0, str(Path(__file__).parents[1] / "core" / "value"))
from histories import simulated_orders

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
LOADED = load_configuration()
CONFIGURATION = LOADED.model_copy(
    update={"churn": LOADED.churn.model_copy(update={"maximum_expected_calibration_error": 0.2})}
)


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return simulated_orders(700, seed=3)


def scored(orders: pd.DataFrame, store: ModelStore, as_of: date) -> modelling.ValueScores:
    with duckdb.connect() as connection:
        connection.execute("create schema facts; create schema layers")
        connection.register("orders", orders[orders["order_date"] <= pd.Timestamp(as_of)])
        connection.execute(
            "create table facts.user_orders as select *, case when one_id < 'p00300' then 'tea' end as top_category from orders"
        )
        return modelling.score_value(connection, CONFIGURATION, store, as_of)


def test_an_old_date_is_scored_with_its_own_models(
    orders: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(tmp_path, 9)
    first = scored(orders, store, FIRST)
    assert first.churn.classifier is not None
    assert first.value.backtest.rows
    _check_the_clock(orders, first)
    scored(orders, store, SECOND)
    stored = {name: store.versions(name) for name in ("value", "churn")}

    def never(*_: object, **__: object) -> None:
        raise AssertionError("fitted again")

    with monkeypatch.context() as patch:
        patch.setattr(modelling.core, "fit_orders", never)
        patch.setattr(modelling.churn, "fit", never)
        again = scored(orders.sample(frac=1.0, random_state=1), store, FIRST)
        pd.testing.assert_frame_equal(again.frame, first.frame)
        assert [record.row() for record in again.records] == [
            record.row() for record in first.records
        ]
        with pytest.raises(AssertionError, match="fitted again"):
            scored(orders.iloc[1:], store, FIRST)
    assert stored == {name: store.versions(name) for name in ("value", "churn")}
    late = scored(orders.iloc[1:], store, FIRST)
    for before, after in zip(first.records, late.records, strict=True):
        assert before.fingerprint != after.fingerprint
        assert before.version != after.version
    found = read(store.folder / "churn" / str(first.records[1].version))
    assert found.arrays, "the numbers of the classifier are in the artefact"


def _check_the_clock(orders: pd.DataFrame, scores: modelling.ValueScores) -> None:
    """One-time buyers are expected to come back after the gap of their category's repeat buyers."""
    days = modelling.core.order_days(orders[orders["order_date"] <= pd.Timestamp(FIRST)])
    history = modelling.core.summarise(days, FIRST).set_index("one_id")
    clock = scores.frame.set_index("one_id")
    assert set(clock.index) == set(history.index)
    is_tea = history.index < "p00300"
    gaps = {}
    for category in (True, False):
        own = history[is_tea == category]
        once = clock.loc[own.index[own["repeat_orders"] == 0], "expected_gap_days"]
        gaps[category] = own["recency_days"].sum() / own["repeat_orders"].sum()
        assert once.to_numpy() == pytest.approx(gaps[category])
    assert gaps[True] != pytest.approx(gaps[False], abs=0.1)
    late = clock["overdue_ratio"] * clock["expected_gap_days"]
    assert late.to_numpy() == pytest.approx(history["days_since_last"].to_numpy())


def refusals(orders: pd.DataFrame, store: ModelStore) -> tuple[pd.DataFrame, dict[str, str]]:
    scores = scored(orders, store, FIRST)
    return scores.frame, {row.model: row.words for row in scores.records if row.engine == "none"}


def test_orders_without_an_amount_leave_the_columns_empty_and_are_told(
    orders: pd.DataFrame, tmp_path: Path
) -> None:
    frame, words = refusals(
        orders.iloc[:50].assign(net_amount=float("inf")), ModelStore(tmp_path, 9)
    )
    assert frame.empty
    assert {*modelling.core.OUTPUT, "value_tier", "churn_probability", "overdue_ratio"} <= {*frame}
    assert words["value"].startswith("value: orders need a one_id, a date and a finite amount")
    assert words["churn"].startswith("churn: nobody is scored")


def test_churn_that_fails_leaves_value_alone(
    orders: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leak(*_: object, **__: object) -> None:
        raise ChurnLeakError("churn: features are newer than their label date")

    monkeypatch.setattr(modelling.churn, "fit", leak)
    frame, words = refusals(orders.iloc[:200], ModelStore(tmp_path, 9))
    assert words == {"churn": "churn: features are newer than their label date"}
    assert frame["churn_probability"].isna().all()
    assert frame["predicted_value"].notna().all()


def test_before_the_first_order_both_models_say_so(orders: pd.DataFrame, tmp_path: Path) -> None:
    frame, words = refusals(orders.iloc[:0], ModelStore(tmp_path, 9))
    assert frame.empty
    assert words == {}
    scores = scored(orders.iloc[:0], ModelStore(tmp_path, 9), FIRST)
    assert "Nobody has bought yet" in scores.records[0].words
    assert "0 days of orders, 181 are needed" in scores.records[1].words
