"""The purchase and amount models: known truth, closed form, published fits, robustness."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from orchestration.core.value.amounts import fit_amounts
from orchestration.core.value.purchases import (
    PurchaseModel,
    _negative_log_likelihood,
    fit_purchases,
)


def simulate(people: int, r: float, alpha: float, a: float, b: float, seed: int):
    """Histories of BG/NBD customers over 1 to 2 years: x, tx, T."""
    random = np.random.default_rng(seed)
    rate = random.gamma(r, 1.0 / alpha, people)
    leave = random.beta(a, b, people)
    age = random.uniform(365, 730, people)
    x, tx, now, alive = (
        np.zeros(people),
        np.zeros(people),
        np.zeros(people),
        np.ones(people, dtype=bool),
    )
    while alive.any():
        now = now + random.exponential(1.0 / rate)
        bought = alive & (now <= age)
        x, tx = x + bought, np.where(bought, now, tx)
        alive = bought & (random.random(people) > leave)
    return x, tx, age


@pytest.fixture(scope="module")
def simulated():
    return simulate(30_000, r=0.6, alpha=40.0, a=0.8, b=2.5, seed=5)


@pytest.fixture(scope="module")
def recovered(simulated) -> PurchaseModel:
    return fit_purchases(*simulated, prior_people=20, leaves_at_once=False)


def test_recovers_the_parameters_it_was_simulated_with(recovered: PurchaseModel) -> None:
    assert recovered.r == pytest.approx(0.6, rel=0.06)
    assert recovered.alpha == pytest.approx(40.0, rel=0.08)
    assert recovered.a / (recovered.a + recovered.b) == pytest.approx(0.8 / 3.3, rel=0.08)


def test_expected_orders_equal_the_closed_form() -> None:
    model = PurchaseModel(
        r=0.24, alpha=30.9, a=0.79, b=2.43, leaves_at_once=False, log_likelihood=0.0, people=1
    )
    x, tx, age = (
        np.array([0.0, 1, 2, 5, 12]),
        np.array([0.0, 50, 100, 200, 250]),
        np.array([270.0, 260, 150, 210, 251]),
    )
    r, alpha, a, b, t = model.r, model.alpha, model.a, model.b, 273.0
    growth = 1 - ((alpha + age) / (alpha + age + t)) ** (r + x) * special.hyp2f1(
        r + x, b + x, a + b + x - 1, t / (alpha + age + t)
    )
    left = np.where(
        x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + tx)) ** (r + x), 0
    )
    closed = (a + b + x - 1) / (a - 1) * growth / (1 + left)
    assert model.expected(x, tx, age, t) == pytest.approx(closed, rel=1e-9)


@pytest.mark.parametrize("leaves_at_once", [False, True])
def test_gradient_equals_differences(leaves_at_once: bool) -> None:
    x, tx, age = np.array([0.0, 1, 4]), np.array([0.0, 0.3, 1.0]), np.array([1.2, 0.9, 1.1])
    weights, theta = np.array([0.5, 0.3, 0.2]), np.array([-0.3, 0.2, -0.2, 0.5])
    _, gradient = _negative_log_likelihood(theta, x, tx, age, weights, leaves_at_once)
    for position in range(4):
        step = np.zeros(4)
        step[position] = 1e-6
        above, below = (
            _negative_log_likelihood(theta + s, x, tx, age, weights, leaves_at_once)[0]
            for s in (step, -step)
        )
        assert gradient[position] == pytest.approx((above - below) / 2e-6, abs=1e-6)


def test_likelihood_of_both_models_sums_to_one_over_two_outcomes() -> None:
    """Nobody buys, or somebody does: the chance of x = 0 is the NBD's in BG/NBD, more in MBG/NBD."""
    theta = np.log(np.array([0.6, 0.4, 0.8, 2.5]))
    zero, one = np.zeros(1), np.ones(1)
    value, _ = _negative_log_likelihood(theta, zero, zero, one, one, False)
    assert np.exp(-value) == pytest.approx((0.4 / 1.4) ** 0.6)
    value, _ = _negative_log_likelihood(theta, zero, zero, one, one, True)
    leaves = 0.8 / 3.3
    assert np.exp(-value) == pytest.approx(leaves + (1 - leaves) * (0.4 / 1.4) ** 0.6)


@pytest.mark.parametrize("leaves_at_once", [False, True])
def test_never_breaks_on_extreme_histories(leaves_at_once: bool) -> None:
    x = np.array([0.0, 0, 1, 400, 5000, 3])
    tx = np.array([0.0, 0, 0.1, 3000, 3600, 1])
    age = np.array([0.0, 3650, 3650, 3650, 3650, 3650])
    model = fit_purchases(x, tx, age, 20, leaves_at_once)
    for days in (1, 90, 3650):
        expected = model.expected(x, tx, age, days)
        assert np.isfinite(expected).all()
        assert (expected >= 0).all()
        buying = model.buying(x, tx, age, days)
        assert ((buying >= 0) & (buying <= 1)).all()
        # Nobody orders once on average without at least that chance to order at all.
        assert (expected >= buying - 1e-9).all()
    alive = model.alive(x, tx, age)
    assert ((alive >= 0) & (alive <= 1)).all()


def test_buying_goes_to_zero_and_to_alive(recovered: PurchaseModel) -> None:
    history = np.array([3.0]), np.array([200.0]), np.array([220.0])
    assert recovered.buying(*history, 0.0)[0] == 0.0
    assert recovered.buying(*history, 1e12)[0] == pytest.approx(
        recovered.alive(*history)[0], rel=1e-3
    )


def test_few_people_lean_on_the_prior() -> None:
    lone = fit_purchases(np.array([9.0]), np.array([10.0]), np.array([10.0]), 20)
    assert 0.1 < lone.r < 5.0
    assert np.isfinite(
        lone.expected(np.array([9.0]), np.array([10.0]), np.array([10.0]), 365.0)
    ).all()


def test_amounts_recover_the_population_and_shrink_to_it() -> None:
    random = np.random.default_rng(3)
    p, q, v, people = 6.0, 4.0, 60.0, 20_000
    scale = random.gamma(q, 1.0 / v, people)
    orders = random.integers(1, 9, people).astype(float)
    mean = random.gamma(p * orders, 1.0 / (scale * orders))
    fitted = fit_amounts(orders, mean, 20, 0.0, 0.3)
    assert fitted.is_independent
    population = v * p / (q - 1)
    assert fitted.bin_means[0] == pytest.approx(population, rel=0.05)
    one, many = fitted.expected(np.array([1.0, 50.0]), np.array([400.0, 400.0]))
    assert population < one < many < 400.0


def test_amounts_that_go_with_frequency_are_told_and_shrunk_by_frequency() -> None:
    random = np.random.default_rng(4)
    orders = random.integers(1, 20, 5000).astype(float)
    mean = 20.0 * orders * random.lognormal(0.0, 0.2, 5000)
    fitted = fit_amounts(orders, mean, 20, 0.005, 0.3)
    assert not fitted.is_independent
    assert fitted.correlation > 0.8
    assert fitted.bin_means[0] < fitted.bin_means[3] < fitted.bin_means[5]


def test_nobody_with_a_positive_amount_is_worth_nothing() -> None:
    fitted = fit_amounts(np.array([1.0, 2.0]), np.array([0.0, -5.0]), 20, 0.005, 0.3)
    assert fitted.expected(np.array([1.0, 2.0]), np.array([0.0, -5.0])).tolist() == [0.0, 0.0]
