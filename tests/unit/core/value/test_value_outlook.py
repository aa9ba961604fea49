"""How engines are put together: order by the chance to buy, growth with the horizon, intervals of both horizons."""

from __future__ import annotations

import math
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.configuration import Value, load_configuration
from orchestration.core import value
from orchestration.core.value.engines import MODEL, Near, Snapshot, ranked_by_chance
from orchestration.core.value.growth import DIFFERENCE, MONTH, PRIOR, Ahead, learn_growth
from orchestration.core.value.history import order_days
from orchestration.core.value.intervals import Expected, Intervals
from orchestration.core.value.outlook import Outlook
from orchestration.core.value.prediction import assemble
from orchestration.core.value.regressors import NOTHING, learn

sys.path.insert(0, str(Path(__file__).parent))
from histories import START, simulated_orders

DEFAULT = load_configuration().value
END = pd.Timestamp("2026-06-24")


def configured(**changes: object) -> Value:
    return Value.model_validate(DEFAULT.model_dump() | changes)


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    days = order_days(simulated_orders(300))
    return Snapshot.of(days[days["order_date"] <= END], END, DEFAULT)


def test_the_likelier_buyer_comes_first_and_the_numbers_stay() -> None:
    random = np.random.default_rng(4)
    orders = random.gamma(0.5, 2.0, 5000)
    got = ranked_by_chance(orders, random.normal(0.0, 2.0, 5000))
    shares = np.linspace(0.0, 0.99, 50)
    assert np.quantile(got, shares) == pytest.approx(
        np.quantile(orders, shares), rel=0.05, abs=1e-3
    )
    assert got.max() == pytest.approx(orders.max())
    assert (got != orders).mean() > 0.9
    same = np.full(4, 0.7)
    odds = np.array([-2.0, 0.0, 0.0, 3.0])
    assert ranked_by_chance(same, odds) == pytest.approx(same)
    apart = ranked_by_chance(np.array([0.4, 0.5, 0.5, 0.6]), odds[::-1])
    assert apart[0] > apart[1] == apart[2] > apart[3]


def test_a_chance_that_says_what_the_orders_say_changes_nothing() -> None:
    orders = np.random.default_rng(5).gamma(0.5, 2.0, 5000)
    own = 1.0 - (1.0 + orders / 0.5) ** -0.5
    got = ranked_by_chance(orders, np.log(own / (1.0 - own)))
    assert got == pytest.approx(orders, rel=0.05, abs=0.002)


def test_chance_is_learned_where_some_order_and_some_do_not() -> None:
    random = np.random.default_rng(6)
    matrix = random.normal(0.0, 1.0, (400, 3))
    orders = (matrix[:, 0] + random.normal(0.0, 0.5, 400) > 0).astype(float)
    found = learn(matrix, np.full(400, 0.5), orders, 400, 1)
    assert found.chance is not None
    odds = found.chance.log_odds(matrix)
    assert odds[orders > 0].mean() > 1.0 > -1.0 > odds[orders == 0].mean()
    assert learn(matrix, np.full(400, 0.5), orders + 1.0, 400, 1).chance is None
    assert learn(matrix, np.full(400, 0.5), orders * 0.0, 400, 1) is NOTHING


def test_growth_lies_between_the_model_and_the_pace_of_a_month(snapshot: Snapshot) -> None:
    near = snapshot.orders(60.0)
    by_model, half, by_pace = (Ahead(snapshot, 60.0, growth) for growth in (0.0, 0.5, 1.0))
    model = float(snapshot.orders(300.0).sum())
    pace = float(snapshot.orders(MONTH).sum()) * 10.0
    assert by_model.orders(near, 300.0) == pytest.approx(snapshot.orders(300.0))
    assert by_pace.orders(near, 300.0).sum() == pytest.approx(pace)
    assert half.orders(near, 300.0).sum() == pytest.approx(math.sqrt(model * pace))
    assert model < pace
    # Within a month there is no pace to keep, and people keep the model's proportions.
    assert by_pace.orders(near, 20.0) == pytest.approx(snapshot.orders(20.0))
    one, other = by_pace.orders(near, 300.0)[:2]
    assert one / other == pytest.approx(snapshot.orders(300.0)[0] / snapshot.orders(300.0)[1])


def test_growth_is_learned_from_earlier_dates() -> None:
    """One date where the model was right pulls towards it, one where the pace was kept towards that."""
    few = configured(backtest_minimum_people=20)
    days = order_days(simulated_orders(300))
    got = learn_growth(days, END, few)
    assert 0.0 <= got < PRIOR
    steady = pd.DataFrame(
        [
            (f"p{person:03d}", START + pd.Timedelta(days=int(day)), 10.0)
            for person in range(60)
            for day in range(person % 20, 540, 20 + person % 15)
        ],
        columns=["one_id", "order_date", "net_amount"],
    )
    assert learn_growth(order_days(steady), END, few) >= PRIOR - DIFFERENCE
    assert learn_growth(days.iloc[:0], END, few) == PRIOR
    assert learn_growth(days, END, configured(backtest_minimum_people=5000)) == PRIOR
    assert learn_growth(days, END, configured(horizon_days=int(MONTH))) == PRIOR


def test_orders_take_the_order_of_the_chance_and_net_sales_do_not(snapshot: Snapshot) -> None:
    said = snapshot.orders(60.0)
    odds = np.random.default_rng(7).normal(0.0, 2.0, len(said))
    ahead = Ahead(snapshot, 60.0, 0.5)
    with_chance, without = (
        Outlook(snapshot, Near({MODEL: said}, log_odds), {MODEL: 1.0}, ahead).expected(90.0)
        for log_odds in (odds, None)
    )
    assert with_chance.value == pytest.approx(without.value)
    assert with_chance.orders.sum() == pytest.approx(without.orders.sum())
    gained = with_chance.orders > without.orders
    assert odds[gained].mean() > odds[~gained].mean() + 1.0


def test_intervals_grow_with_what_all_people_do() -> None:
    random = np.random.default_rng(8)
    mean = random.gamma(2.0, 1.0, 4000)
    came = random.poisson(mean).astype(float)
    learned, wanted = Expected(mean, mean * 10.0), Expected(mean * 3.0, mean * 20.0)
    short = Intervals.learn(learned, Expected(came, came * 10.0), 0.9)
    long = short.stretched(learned, wanted)
    for got, expected, factor in zip(
        long.bounds(wanted), short.bounds(learned), (3.0, 2.0), strict=True
    ):
        for end, start in zip(got, expected, strict=True):
            assert end == pytest.approx(start * factor)
    low, high = short.bounds(learned)[0]
    assert ((came >= low) & (came <= high)).mean() == pytest.approx(0.9, abs=0.05)


def test_one_time_buyers_stay_below_where_the_short_horizon_is_cut_to_the_long_one() -> None:
    once = np.array([True, False, False, False])
    people = pd.DataFrame({"one_id": list("abcd"), "repeat_orders": [0.0, 2.0, 2.0, 2.0]})
    people = people.assign(recency_days=50.0, age_days=90.0, mean_amount=10.0, orders=[1, 3, 3, 3])
    short = Expected(np.array([4.0, 9.0, 9.0, 9.0]), np.array([40.0, 90.0, 90.0, 90.0]))
    long = Expected(np.array([5.0, 3.0, 3.0, 10.0]), np.array([50.0, 30.0, 30.0, 100.0]))
    model = value.fit(people, DEFAULT)
    got = assemble(people, short, long, np.full(4, 0.5), model, DEFAULT)
    for name in ("predicted_orders", "predicted_value"):
        for column in (name, f"{name}_90"):
            assert got.loc[once, column].max() <= got.loc[~once, column].median()
        assert (got[f"{name}_90"] <= got[name]).all()


def test_without_a_backtest_there_are_intervals_of_the_model() -> None:
    orders = simulated_orders(200, days=40)
    got = value.predict_orders(orders, date(2025, 2, 10), DEFAULT)
    assert got.backtest.intervals is None
    said = got.predictions
    assert (said["predicted_orders_high"] > said["predicted_orders_90_high"]).any()
    assert (said["predicted_value_90_high"] > said["predicted_value_90"]).all()
