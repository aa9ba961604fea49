"""Predictions for people: guards, intervals, tiers, backtest, errors."""

from __future__ import annotations

import json
import math
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.configuration import Value, load_configuration
from orchestration.core import value
from orchestration.core.portable import pack, unpack
from orchestration.core.value.backtest import TEMPERATURE, WORST, _weights
from orchestration.core.value.engines import ENGINES, HEURISTIC, MIXTURE, MODEL
from orchestration.core.value.history import FEATURES, features
from orchestration.core.value.intervals import learn_intervals
from orchestration.core.value.prediction import below_median_repeat

sys.path.insert(0, str(Path(__file__).parent))
from histories import START, simulated_orders

DEFAULT = load_configuration().value
AS_OF = date(2026, 6, 24)


def configured(**changes: object) -> Value:
    return Value.model_validate(DEFAULT.model_dump() | changes)


def buyers(rows: list[tuple[float, float, float, float]]) -> pd.DataFrame:
    """repeat_orders, recency_days, age_days, mean_amount."""
    frame = pd.DataFrame(
        rows, columns=["repeat_orders", "recency_days", "age_days", "mean_amount"], dtype=float
    )
    return frame.assign(
        one_id=[f"p{n:04d}" for n in range(len(rows))], orders=frame["repeat_orders"] + 1
    )


def assert_intervals(got: pd.DataFrame) -> None:
    """Everything lies in its interval, nothing is negative, the short horizon holds no more than the long one."""
    for name in ("predicted_orders", "predicted_value"):
        for short, long in ((name + "_90", name), (f"{name}_90_low", f"{name}_low")):
            assert (got[short] >= 0).all()
            assert (got[short] <= got[long]).all()
        assert (got[f"{name}_90_high"] <= got[f"{name}_high"]).all()
        for column in (name, name + "_90"):
            assert (got[f"{column}_low"] <= got[column]).all()
            assert (got[column] <= got[f"{column}_high"]).all()


histories = st.lists(
    st.tuples(st.integers(0, 20), st.floats(0, 1), st.integers(0, 800), st.floats(-20, 5000)),
    min_size=1,
    max_size=30,
).map(
    lambda rows: [
        (x, 0.0 if x == 0 else share * age, age, amount) for x, share, age, amount in rows
    ]
)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(rows=histories, seed=st.integers(0, 9))
def test_predictions_are_ordered_finite_and_do_not_depend_on_row_order(rows, seed: int) -> None:
    frame = buyers(rows)
    got = value.predict(frame, DEFAULT)
    assert np.isfinite(got.drop(columns="one_id").to_numpy()).all()
    assert_intervals(got)
    assert got["alive_probability"].between(0, 1).all()
    pd.testing.assert_frame_equal(
        got, value.predict(frame.sample(frac=1, random_state=seed), DEFAULT)
    )
    once = (frame["repeat_orders"] == 0).to_numpy()
    if once.any() and not once.all():
        for name in (
            "predicted_orders_90",
            "predicted_orders",
            "predicted_value_90",
            "predicted_value",
        ):
            assert got.loc[once, name].max() <= got.loc[~once, name].median() + 1e-9


def test_one_time_buyers_are_pressed_below_the_median_and_keep_their_order() -> None:
    values = np.array([10.0, 20.0, 30.0, 50.0, 5.0, 19.9])
    once = np.array([False, False, False, True, True, True])
    got = below_median_repeat(values, once)
    assert got[:3].tolist() == [10.0, 20.0, 30.0]
    assert got[4] == 5.0
    assert got[5] < got[3] <= 20.0


def test_more_orders_and_more_recent_orders_are_worth_more() -> None:
    frame = buyers(
        [(x, 300, 330, 100) for x in range(1, 12)] + [(5, r, 330, 100) for r in range(30, 330, 30)]
    )
    got = value.predict(frame, DEFAULT)
    assert (np.diff(got["predicted_orders"][:11]) > 0).all()
    assert (np.diff(got["alive_probability"][11:]) > 0).all()


def test_a_reseller_moves_the_others_little() -> None:
    random = np.random.default_rng(1)
    rows = [
        (x, 200.0 if x else 0.0, 300.0, float(a))
        for x, a in zip(random.poisson(1.0, 600), random.uniform(20, 200, 600), strict=True)
    ]
    before = value.predict(buyers(rows), DEFAULT)
    after = value.predict(buyers([*rows, (5000, 299, 300, 1e7)]), DEFAULT)
    assert after["predicted_value"][:600].to_numpy() == pytest.approx(
        before["predicted_value"].to_numpy(), rel=0.05
    )
    assert np.isfinite(after["predicted_value"].iloc[-1])


def test_correlated_amounts_are_said() -> None:
    random = np.random.default_rng(2)
    x = random.integers(1, 20, 500)
    model = value.fit(buyers([(int(n), 100, 200, 10.0 * n) for n in x]), DEFAULT)
    assert any("go together (rank correlation +1.00" in note for note in model.notes)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(values=st.lists(st.integers(0, 6), max_size=120))
def test_tiers_are_exact_nested_and_ties_end_in_the_id(values: list[int]) -> None:
    frame = pd.DataFrame(
        {
            "one_id": [f"p{n:03d}" for n in range(len(values))],
            "predicted_value": np.asarray(values, float),
        }
    )
    got = value.tiers(frame.sample(frac=1, random_state=3), DEFAULT.tiers)
    order = sorted(range(len(values)), key=lambda n: (-values[n], n))
    labels = got.set_index("one_id")["value_tier"]
    held = 0
    for share in DEFAULT.tiers:
        wanted = math.ceil(round(share * len(values), 9))
        expected = {f"p{n:03d}" for n in order[held:wanted]}
        assert set(labels.index[labels == f"{share * 100:g}%"]) == expected
        held = max(held, wanted)
    assert (labels == "rest").sum() == len(values) - held


@pytest.fixture(scope="module")
def result() -> value.ValueResult:
    return value.predict_orders(simulated_orders(), AS_OF, configured(horizon_days=120))


def test_backtest_judges_every_engine_and_beats_the_heuristic(result: value.ValueResult) -> None:
    metrics = result.backtest.metrics
    assert set(metrics["engine"]) == {*ENGINES, HEURISTIC, MIXTURE}
    mean = metrics.groupby("engine")[["rmse", "value_rmse", "coverage"]].mean()
    assert mean.loc[result.backtest.engine, "rmse"] < mean.loc["same_rate", "rmse"]
    assert mean.loc[result.backtest.engine, "value_rmse"] < mean.loc["same_rate", "value_rmse"]
    assert mean.loc[result.backtest.engine, "coverage"] > 0.88
    assert result.backtest.engine == MIXTURE
    for engine, weight in result.backtest.weights.items():
        assert f"{engine} {weight:.2f}" in result.backtest.reason


def test_what_comes_later_lies_in_the_interval_and_near_the_prediction(
    result: value.ValueResult,
) -> None:
    early = date(2026, 2, 24)
    got = value.predict_orders(simulated_orders(), early, configured(horizon_days=120)).predictions
    days = value.order_days(simulated_orders())
    truth = value.outcome(days, got["one_id"], pd.Timestamp(early), 120)
    assert_intervals(got)
    soon = value.outcome(days, got["one_id"], pd.Timestamp(early), DEFAULT.short_horizon_days)
    for column, came in (
        ("predicted_value", truth["amount"]),
        ("predicted_orders", truth["orders"]),
        ("predicted_value_90", soon["amount"]),
        ("predicted_orders_90", soon["orders"]),
    ):
        assert came.between(got[f"{column}_low"], got[f"{column}_high"]).mean() > 0.85
    assert got["predicted_orders"].sum() == pytest.approx(truth["orders"].sum(), rel=0.25)
    assert np.corrcoef(got["predicted_value"], truth["amount"])[0, 1] > 0.4


def test_same_orders_in_another_order_give_the_same_predictions(result: value.ValueResult) -> None:
    shuffled = simulated_orders().sample(frac=1.0, random_state=8)
    again = value.predict_orders(shuffled, AS_OF, configured(horizon_days=120))
    pd.testing.assert_frame_equal(again.predictions, result.predictions)


def test_orders_after_the_date_are_not_read() -> None:
    orders, early = simulated_orders(300), date(2025, 9, 1)
    known = orders[orders["order_date"] <= pd.Timestamp(early)]
    short = configured(horizon_days=60, backtest_minimum_people=50)
    pd.testing.assert_frame_equal(
        value.predict_orders(orders, early, short).predictions,
        value.predict_orders(known, early, short).predictions,
    )


def test_a_spell_without_sales_does_not_break_it() -> None:
    orders = simulated_orders(300, days=200)
    got = value.predict_orders(
        orders, date(2026, 6, 1), configured(horizon_days=120, backtest_minimum_people=50)
    )
    assert np.isfinite(got.predictions.drop(columns="one_id").to_numpy()).all()
    assert ("No backtest" in got.backtest.reason) == (got.backtest.engine == MODEL)


def test_short_history_says_that_there_is_no_backtest() -> None:
    orders = simulated_orders(200, days=40)
    got = value.predict_orders(orders, date(2025, 2, 10), DEFAULT)
    assert "84 are needed" in got.backtest.reason
    assert (
        len(got.predictions) == orders.loc[orders["order_date"] <= "2025-02-10", "one_id"].nunique()
    )


def test_before_the_first_order_nothing_is_predicted() -> None:
    got = value.predict_orders(simulated_orders(50), date(2024, 1, 1), DEFAULT)
    assert got.predictions.empty
    assert "Nobody has bought yet" in got.notes[0]


def test_summary_is_what_a_loop_counts() -> None:
    orders = simulated_orders(40)
    end = START + pd.Timedelta(days=300)
    got = value.summarise(value.order_days(orders), end).set_index("one_id")
    known = orders[orders["order_date"] <= end]
    assert set(got.index) == set(known["one_id"])
    for one_id, own in known.groupby("one_id"):
        dates = sorted(set(own["order_date"]))
        row = got.loc[one_id]
        assert row["repeat_orders"] == len(dates) - 1
        assert row["recency_days"] == (dates[-1] - dates[0]).days
        assert row["age_days"] == (end - dates[0]).days
        assert row["days_since_last"] == (end - dates[-1]).days
        assert row["mean_amount"] == pytest.approx(own["net_amount"].sum() / len(dates))


def test_intervals_hold_what_they_promise() -> None:
    random = np.random.default_rng(0)
    predicted = random.gamma(2.0, 50.0, 20_000)
    actual = predicted * random.lognormal(0.0, 0.5, 20_000) * (random.random(20_000) > 0.3)
    low, high = learn_intervals(predicted[::2], actual[::2], 0.9).bounds(predicted[1::2])
    assert ((actual[1::2] >= low) & (actual[1::2] <= high)).mean() == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize(
    ("rows", "change", "message"),
    [
        ([(1, 9, 5, 10)], lambda f: f, "impossible history"),
        ([(1, 1, 5, 10)], lambda f: f.drop(columns="orders"), "no column orders"),
        ([(1, 1, 5, 10)], lambda f: f.assign(mean_amount=np.inf), "infinite mean_amount"),
        ([(1, 1, 5, 10)], lambda f: pd.concat([f, f]), "more than once"),
    ],
)
def test_bad_input_says_what_to_mend(rows, change, message: str) -> None:
    with pytest.raises(value.ValueModelError, match=message):
        value.predict(change(buyers(rows)), DEFAULT)


def test_bad_tiers_are_refused() -> None:
    frame = pd.DataFrame({"one_id": ["a"], "predicted_value": [1.0]})
    with pytest.raises(value.ValueModelError, match="different shares"):
        value.tiers(frame, [0.1, 0.1])


def test_weights_fall_with_the_loss_and_the_rule_of_thumb_has_none() -> None:
    losses = pd.DataFrame(
        {
            HEURISTIC: [0.1, 0.1],
            MODEL: [1.0, 1.0],
            "poisson": [1.0 + TEMPERATURE] * 2,
            "trees": [1.0, 9.0],
        }
    )
    got = _weights(losses)
    assert sum(got.values()) == pytest.approx(1.0)
    assert set(got) == {MODEL, "poisson", "trees"}
    assert got["poisson"] / got[MODEL] == pytest.approx(math.exp(-1.0))
    assert got["trees"] / got[MODEL] == pytest.approx(math.exp(-WORST / 2 / TEMPERATURE))
    assert set(_weights(losses.assign(trees=[1.0, np.nan]))) == {MODEL, "poisson"}


def test_a_stored_fit_says_the_same(result: value.ValueResult) -> None:
    parameters, arrays = pack(result.fit)
    again = unpack(json.loads(json.dumps(parameters)), arrays, value.KINDS)
    predicted = value.predict_orders(simulated_orders(), AS_OF, configured(horizon_days=120), again)
    pd.testing.assert_frame_equal(predicted.predictions, result.predictions)
    assert predicted.notes == result.notes
    assert again.backtest.averages == result.backtest.averages


def test_rhythm_is_what_a_loop_finds() -> None:
    days = value.order_days(simulated_orders(30))
    end = START + pd.Timedelta(days=400)
    people = value.summarise(days, end)["one_id"]
    table = pd.DataFrame(features(days, end, people), columns=list(FEATURES), index=people)
    for one_id, own in days[days["order_date"] <= end].groupby("one_id"):
        dates = own["order_date"].sort_values()
        gaps = dates.diff().dropna().dt.days.to_numpy(dtype=float)
        row = table.loc[one_id]
        assert row["longest_gap_days"] == (gaps.max() if len(gaps) else 0.0)
        since = (end - dates.iloc[-1]).days
        assert row["silence_ratio"] == pytest.approx(
            since / max(row["longest_gap_days"], row["mean_gap_days"])
        )
        if len(gaps):
            spread = ((gaps - gaps.mean()) ** 2).sum() + 2 * gaps.mean() ** 2
            expected = math.sqrt(spread / (len(gaps) + 2)) / gaps.mean()
            assert row["gap_variation"] == pytest.approx(expected)


def test_predictions_do_not_depend_on_what_people_are_called() -> None:
    orders = simulated_orders(800, seed=5)
    names = pd.Series(sorted(orders["one_id"].unique()))
    other = dict(zip(names, names.sample(frac=1.0, random_state=2), strict=True))
    renamed = orders.assign(one_id=orders["one_id"].map(other))
    first = value.predict_orders(orders, AS_OF, DEFAULT).predictions
    second = value.predict_orders(renamed, AS_OF, DEFAULT).predictions.set_index("one_id")
    back = second.loc[first["one_id"].map(other)].reset_index(drop=True)
    pd.testing.assert_frame_equal(
        first.drop(columns="one_id"), back[first.columns.drop("one_id")], rtol=1e-9
    )
