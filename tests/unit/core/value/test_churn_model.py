"""Churn: clock, calibration, refusal, champion, leaks."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.configuration import Churn, load_configuration
from orchestration.core import value
from orchestration.core.metrics import area_under_curve, expected_calibration_error
from orchestration.core.portable import pack, unpack
from orchestration.core.value import churn, classifier
from orchestration.core.value.classifier import ENGINES, WORDS
from orchestration.core.value.clock import ChurnError, clock
from orchestration.core.value.history import FEATURES
from orchestration.core.value.snapshots import (
    ChurnLeakError,
    Examples,
    examples,
    learned_dates,
    snapshot_dates,
    take,
)
from orchestration.sample.orders import base_purchases
from orchestration.sample.period import DAY, Period
from orchestration.sample.population import make_people

sys.path.insert(0, str(Path(__file__).parent))
from histories import simulated_orders

DEFAULT = load_configuration().churn
AS_OF = date(2026, 3, 26)


def configured(**changes: object) -> Churn:
    return Churn.model_validate(
        DEFAULT.model_dump() | {"maximum_expected_calibration_error": 0.1} | changes
    )


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return simulated_orders(1500, seed=3)


@pytest.fixture(scope="module")
def model(orders: pd.DataFrame) -> value.ValueModel:
    known = value.order_days(orders[orders["order_date"] <= pd.Timestamp(AS_OF)])
    return value.fit(value.summarise(known, AS_OF), load_configuration().value)


def predicted(
    orders: pd.DataFrame, as_of: date, config: Churn, model: value.ValueModel, **features: object
) -> churn.ChurnResult:
    fitted = churn.fit(orders, as_of, config, **features)
    return churn.predict(orders, as_of, config, model, fitted, **features)


@pytest.fixture(scope="module")
def result(orders: pd.DataFrame, model: value.ValueModel) -> churn.ChurnResult:
    return predicted(orders, AS_OF, configured(), model)


def test_probabilities_are_calibrated_and_rank_who_leaves(
    orders: pd.DataFrame, result: churn.ChurnResult
) -> None:
    assert result.fit.engine in ENGINES
    days = value.order_days(orders)
    later = value.outcome(
        days, result.predictions["one_id"], pd.Timestamp(AS_OF), DEFAULT.horizon_days
    )
    left = (later["orders"] == 0).to_numpy()
    said = result.predictions["churn_probability"].to_numpy()
    assert expected_calibration_error(said, left) < 0.08
    assert result.fit.area_under_curve > 0.75
    assert said[left].mean() > said[~left].mean() + 0.2


def test_reasons_are_words_for_those_at_risk(result: churn.ChurnResult) -> None:
    risky = result.predictions.nlargest(50, "churn_probability")
    assert risky["reason"].isin(list(WORDS.values())).all()


def test_row_order_changes_nothing(
    orders: pd.DataFrame, model: value.ValueModel, result: churn.ChurnResult
) -> None:
    again = predicted(orders.sample(frac=1.0, random_state=2), AS_OF, configured(), model)
    pd.testing.assert_frame_equal(again.predictions, result.predictions)


def test_few_churned_are_refused_and_the_purchase_model_takes_over(
    orders: pd.DataFrame, model: value.ValueModel
) -> None:
    got = predicted(orders, AS_OF, configured(minimum_positives=5000), model)
    assert got.fit.engine == churn.FALLBACK
    assert "2500 are needed" in got.fit.reason
    assert got.predictions["churn_probability"].between(0, 1).all()


def test_short_history_is_refused(orders: pd.DataFrame, model: value.ValueModel) -> None:
    got = predicted(orders, date(2025, 4, 1), configured(), model)
    assert got.fit.engine == churn.FALLBACK
    assert "days of orders, 181 are needed" in got.fit.reason


def test_bad_calibration_is_refused(orders: pd.DataFrame, model: value.ValueModel) -> None:
    got = predicted(orders, AS_OF, configured(maximum_expected_calibration_error=1e-6), model)
    assert got.fit.engine == churn.FALLBACK
    assert "was off by" in got.fit.reason


def test_the_champion_stays_unless_clearly_beaten() -> None:
    judged = {"blend": (0.81, 0.0, 0.0), "logistic": (0.80, 0.0, 0.0), "trees": (0.85, 0.0, 0.0)}
    assert churn._choose(judged, None, DEFAULT) == "blend"
    assert churn._choose(judged, "an engine of old", DEFAULT) == "blend"
    assert churn._choose(judged | {"blend": (0.70, 0.0, 0.0)}, None, DEFAULT) == "trees"
    assert churn._choose(judged, "logistic", DEFAULT) == "logistic"
    assert churn._choose(judged | {"logistic": (0.70, 0.0, 0.0)}, "logistic", DEFAULT) == "trees"


def test_a_planted_leak_is_caught(orders: pd.DataFrame, model: value.ValueModel) -> None:
    """A feature that looks into its own label: the last order of all time, known at no snapshot."""
    dates = snapshot_dates(AS_OF, DEFAULT.horizon_days)
    last = orders.groupby("one_id")["order_date"].max()
    frame = pd.DataFrame(
        {"one_id": last.index, "last_order": last.astype("int64").to_numpy(dtype=float)}
    )
    evidence = {at: {"last_order": last.to_numpy()} for at in dates}
    with pytest.raises(
        ChurnLeakError, match=r"newer than their label date 2025-06-29: last_order \(2026"
    ):
        predicted(
            orders,
            AS_OF,
            configured(),
            model,
            extra=dict.fromkeys(dates, frame),
            newest_evidence=evidence,
        )
    with pytest.raises(
        ChurnLeakError, match="newest evidence of last_order at 2025-06-29 is not stated"
    ):
        predicted(orders, AS_OF, configured(), model, extra=dict.fromkeys(dates, frame))
    with pytest.raises(ChurnError, match="extra features for 2025-06-29 are missing"):
        predicted(orders, AS_OF, configured(), model, extra={})


def test_the_samples_people_leave_as_often_as_said() -> None:
    """The sample's own buyers, with its festivals; who stopped for good is its hidden truth."""
    period = Period(date(2026, 11, 20), 400)
    random = np.random.default_rng(1)
    people = make_people(random, period, 1, 0, 2000)
    bought = base_purchases(random, period, people)
    first_day = pd.Timestamp(period.start)
    orders = pd.DataFrame(
        {
            "one_id": [f"p{number:04d}" for number in bought.person],
            "order_date": first_day + pd.to_timedelta(bought.created // DAY, unit="D"),
            "net_amount": 100.0,
        }
    )
    until = period.end - timedelta(days=DEFAULT.horizon_days)
    known = value.order_days(orders[orders["order_date"] <= pd.Timestamp(until)])
    model = value.fit(value.summarise(known, until), load_configuration().value)
    got = predicted(known, until, DEFAULT, model)
    assert got.fit.engine in ENGINES
    said = got.predictions["churn_probability"].to_numpy()
    later = value.outcome(
        value.order_days(orders), got.predictions["one_id"], pd.Timestamp(until), 90
    )
    left = (later["orders"] == 0).to_numpy()
    assert expected_calibration_error(said, left) < 0.05
    assert area_under_curve(said, left) > 0.8
    whose = got.predictions["one_id"].str[1:].astype(int).to_numpy()
    stopped = people.stops[whose] < (pd.Timestamp(until) - first_day).days * DAY
    assert said[stopped].mean() > said[~stopped].mean() + 0.3


def test_examples_are_labelled_by_what_came_before_the_date() -> None:
    """Three horizons of 10 days up to the 31st: snapshots of the 21st, 16th and 11th, labels to the 31st, 26th, 21st."""
    as_of = pd.Timestamp("2026-03-31")
    assert [at.day for at in snapshot_dates(as_of, 10)] == [31, 21, 16, 11, 6, 1]
    bought = {"a": (1, 18, 26), "b": (2, 31), "c": (20,), "d": (12, 13)}
    days = value.order_days(
        pd.DataFrame(
            [(who, as_of.replace(day=day), 9.0) for who, on in bought.items() for day in on],
            columns=["one_id", "order_date", "net_amount"],
        )
    )
    taken = [take(days, at, None, None) for at in learned_dates(as_of, 10)]
    made = examples(days, taken, 10)
    people = np.concatenate([snapshot.one_ids for snapshot in taken])
    at = np.repeat([snapshot.at.day for snapshot in taken], [len(s.one_ids) for s in taken])
    assert sorted(zip(at, people, made.churned, strict=True)) == [
        (11, "a", False), (11, "b", True),
        (16, "a", False), (16, "b", True), (16, "d", True),
        (21, "a", False), (21, "b", False), (21, "c", True), (21, "d", True),
    ]  # fmt: skip
    assert [len(set(made.person[people == who])) for who in "abcd"] == [1, 1, 1, 1]
    fold = classifier._folds(made, seed=1)
    assert all(len(set(fold[people == who])) == 1 for who in "abcd")


def test_every_fold_has_its_share_of_those_who_left() -> None:
    rows = np.tile(np.arange(100), 2)
    made = Examples(np.zeros((200, 1)), rows < 10, rows, ("x",))
    fold = classifier._folds(made, seed=1)
    assert [(fold[made.churned] == k).sum() for k in range(5)] == [4] * 5
    assert [(fold == k).sum() for k in range(5)] == [40] * 5


def test_own_features_do_not_see_the_label_window(
    orders: pd.DataFrame, model: value.ValueModel, result: churn.ChurnResult
) -> None:
    """Orders after the as-of date change neither probability nor metrics."""
    known = orders[orders["order_date"] <= pd.Timestamp(AS_OF)]
    again = predicted(known, AS_OF, configured(), model)
    pd.testing.assert_frame_equal(again.predictions, result.predictions)
    assert again.fit.reason == result.fit.reason


def test_the_clock_runs_at_everyones_own_pace() -> None:
    frame = pd.DataFrame(
        {
            "one_id": ["daily", "once", "yearly"],
            "repeat_orders": [50.0, 0.0, 4.0],
            "recency_days": [50.0, 0.0, 1460.0],
            "days_since_last": [60.0, 60.0, 60.0],
        }
    )
    got = clock(frame, configured(prior_orders=2)).set_index("one_id")
    prior = 1510.0 / 54.0
    assert got.loc["daily", "expected_gap_days"] == pytest.approx((50 + 2 * prior) / 52)
    assert got.loc["once", "expected_gap_days"] == pytest.approx(prior)
    assert (
        got.loc["daily", "overdue_ratio"]
        > got.loc["once", "overdue_ratio"]
        > got.loc["yearly", "overdue_ratio"]
    )
    grouped = clock(
        frame.assign(category=["tea", "tea", "sofas"]), configured(), group="category"
    ).set_index("one_id")
    assert grouped.loc["once", "expected_gap_days"] == pytest.approx(1.0)


def test_empty_history_gives_empty_predictions(
    model: value.ValueModel, orders: pd.DataFrame
) -> None:
    got = predicted(orders.iloc[:0], AS_OF, configured(), model)
    assert got.predictions.empty
    assert np.isfinite(got.fit.average_precision)


def test_a_stored_fit_says_the_same(
    orders: pd.DataFrame, model: value.ValueModel, result: churn.ChurnResult
) -> None:
    for engine in ENGINES:
        # The other engine, too: as champion it stays whatever the challenger does.
        stays = configured(challenger_share=0.01)
        fitted = churn.fit(orders, AS_OF, stays, champion=engine)
        assert fitted.engine == engine
        parameters, arrays = pack(fitted)
        again = unpack(json.loads(json.dumps(parameters)), arrays, churn.KINDS)
        assert again.metrics == fitted.metrics
        one, two = (churn.predict(orders, AS_OF, stays, model, each) for each in (fitted, again))
        pd.testing.assert_frame_equal(one.predictions, two.predictions)
    assert result.fit.engine in ENGINES


def test_every_feature_has_words() -> None:
    assert set(WORDS) == set(FEATURES)


def test_where_everyone_is_the_same_churn_refuses_and_value_is_one_number() -> None:
    """Constant features and equal labels: 220 people who order every week, nobody leaves."""
    weeks = pd.date_range("2025-01-01", AS_OF, freq="7D")
    orders = pd.DataFrame(
        {
            "one_id": np.repeat([f"p{number:03d}" for number in range(220)], len(weeks)),
            "order_date": np.tile(weeks, 220),
            "net_amount": 20.0,
        }
    )
    short = load_configuration().value.model_copy(update={"horizon_days": 60})
    result = value.predict_orders(orders, AS_OF, short)
    expected = result.predictions["predicted_value"].to_numpy()
    assert expected == pytest.approx(expected[0])
    assert np.isfinite(expected).all()
    got = predicted(orders, AS_OF, configured(), result.fit.model)
    assert got.fit.engine == churn.FALLBACK
    assert "only 0 people churned" in got.fit.reason
    assert got.predictions["churn_probability"].between(0, 1).all()


def test_missing_columns_and_infinite_amounts_name_the_model(orders: pd.DataFrame) -> None:
    few = orders.iloc[:20]
    for bad, message in (
        (few.drop(columns="net_amount"), "the orders have no column net_amount"),
        (few.assign(net_amount=np.inf), "a finite amount"),
        (few.assign(one_id=None), "orders need a one_id"),
    ):
        with pytest.raises(value.ValueModelError, match=f"value: .*{message}"):
            churn.fit(bad, AS_OF, configured())
