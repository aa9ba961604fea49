"""How much an engine counts, and the measures it is judged by."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.core.lookalike.blending import (
    averaged_shares,
    distances,
    equal_blends,
    log_likelihood,
    normal_score,
)
from orchestration.core.lookalike.evaluation import wilson
from orchestration.core.metrics import area_under_curve, average_precision


def test_the_blend_is_the_better_the_more_is_known() -> None:
    blends = equal_blends(2)
    assert blends.tolist() == [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]
    best_is_b, best_is_both = np.log([10.0, 2.5, 10 / 3]), np.log([5.0, 5.0, 10.0])
    # Nobody held out: the mean of all blends. Many: the best one, also where that is a blend. What is
    # known beforehand weighs as much as 20 people.
    assert averaged_shares("ab", blends, best_is_b, 0) == {"a": 0.5, "b": 0.5}
    assert averaged_shares("ab", blends, best_is_b, 380)["b"] == pytest.approx(0.95 + 0.05 * 0.5)
    assert averaged_shares("ab", blends, best_is_both, 100) == pytest.approx({"a": 0.5, "b": 0.5})
    # Likelihoods of two people: 100 for b, 6.25 for a, 11.1 for both.
    few = averaged_shares("ab", blends, best_is_b, 2)
    told = (100 + 11.1111 / 2) / (100 + 6.25 + 11.1111)
    assert few["b"] == pytest.approx((2 * told + 20 * 0.5) / 22, rel=1e-4)


def test_trees_wait_until_held_out_people_ask_for_them() -> None:
    engines, blends = ["lda", "pu_trees"], equal_blends(2)
    # Beforehand 0.1 for the trees alone and for both, 1 for the other alone.
    beforehand = (0.1 + 0.05) / 1.2
    unknown = averaged_shares(engines, blends, np.zeros(3), 40)
    assert unknown["pu_trees"] == pytest.approx(beforehand)
    told = averaged_shares(engines, blends, np.array([0.5, 0.0, 0.1]), 380)
    assert told["pu_trees"] == pytest.approx(0.95 + 0.05 * beforehand)


def test_distances_are_one_minus_the_area_and_never_none() -> None:
    random = np.random.default_rng(5)
    scores = np.round(random.normal(size=(3, 200)), 1)
    positive = random.random(200) < 0.2
    assert 1.0 - distances(scores, positive).mean(axis=1) == pytest.approx(
        [area_under_curve(row, positive) for row in scores], abs=0.002
    )
    perfect = distances(np.array([[3.0, 2.0, 1.0, 0.0], [0.0, 1.0, 2.0, 3.0]]), np.arange(4) < 2)
    assert perfect.tolist() == [[0.25, 0.25], [0.75, 0.75]]


def test_the_likelihood_is_that_of_an_exponential_and_a_power_law() -> None:
    from scipy import stats

    place = np.random.default_rng(2).beta(0.5, 2.0, 500)
    mean, logarithm = np.array([place.mean()]), np.array([np.log(place).mean()])
    exponential = stats.expon(scale=mean).logpdf(place)
    power_law = stats.powerlaw(-1.0 / logarithm).logpdf(place)
    expected = float(np.mean([exponential, power_law]))
    assert float(log_likelihood(mean, logarithm)[0]) == pytest.approx(expected)


def test_normal_scores_keep_the_order_inside_and_outside_the_reference() -> None:
    reference = np.sort(np.random.default_rng(0).normal(size=500))
    scores = np.linspace(-9, 9, 400)
    assert (np.diff(normal_score(scores, reference)) >= 0).all()
    outside = normal_score(np.array([5.0, 6.0]), reference)
    assert outside[1] > outside[0]


def test_measures_equal_scikit_learn() -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score

    random = np.random.default_rng(0)
    scores, positive = random.integers(0, 12, 300).astype(float), random.random(300) < 0.2
    assert area_under_curve(scores, positive) == pytest.approx(roc_auc_score(positive, scores))
    assert average_precision(scores, positive) == pytest.approx(
        average_precision_score(positive, scores)
    )


def test_wilson_is_the_published_interval() -> None:
    assert wilson(0.5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
