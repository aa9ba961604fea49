"""Every engine finds what is planted; each finds what it is there for."""

from __future__ import annotations

import numpy as np
import pytest

from orchestration.core.lookalike import evaluate_and_score
from orchestration.core.lookalike.engines import (
    ENGINES,
    Options,
    pu_logistic,
    ridge_logistic,
)
from orchestration.core.lookalike.scorers import Line
from orchestration.core.metrics import area_under_curve
from tests.unit.core.lookalike.crowds import configured, planted


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_engine_ranks_the_planted(name: str) -> None:
    features, _, hidden, chosen = planted()
    rows = np.log(features)
    scorer = ENGINES[name](
        rows[chosen], rows[~chosen], np.ones(int(chosen.sum())), Options(8, 3, 1)
    )
    assert area_under_curve(scorer(rows[~chosen]), hidden[~chosen]) > 0.75


def test_one_feature_solves_what_one_feature_defines() -> None:
    random = np.random.default_rng(4)
    features = random.lognormal(size=(2000, 30)).astype(np.float32)
    best = np.argsort(-features[:, 11])[:200]
    seed = np.isin(np.arange(2000), random.choice(best, 40, replace=False))
    hidden = np.isin(np.arange(2000), best) & ~seed
    found = evaluate_and_score(
        features,
        [f"f{n}" for n in range(30)],
        np.array([f"p{n:05d}" for n in range(2000)], dtype=object),
        seed,
        np.ones(2000, dtype=bool),
        configured(),
    )
    assert area_under_curve(found.scores[~seed].astype(float), hidden[~seed]) > 0.99


def test_focused_engines_keep_to_what_tells_the_seed_from_others() -> None:
    random = np.random.default_rng(6)
    rows = random.normal(size=(3_000, 60)).astype(np.float32)
    rows[:, 5] = 0.8 * rows[:, 4] + 0.6 * rows[:, 5]
    best = np.argsort(-(rows[:, 4] + rows[:, 17]))[:200]
    seed = np.isin(np.arange(3_000), random.choice(best, 25, replace=False))
    hidden = np.isin(np.arange(3_000), best)[~seed]
    options = Options(20, 3, 1)
    found = {
        name: ENGINES[name](rows[seed], rows[~seed], np.ones(25), options)(rows[~seed])
        for name in ("lda", "focused_lda", "pu_logistic")
    }
    areas = {name: area_under_curve(scores, hidden) for name, scores in found.items()}
    assert areas["focused_lda"] > areas["lda"] + 0.02
    assert areas["pu_logistic"] > areas["lda"]
    line = pu_logistic(rows[seed], rows[~seed], np.ones(25), options)
    assert isinstance(line, Line)
    assert np.count_nonzero(line.coefficients) == 10


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_a_seed_like_everybody_is_scored_all_the_same(name: str) -> None:
    rows = np.tile(np.random.default_rng(1).normal(size=(30, 4)), (2, 1)).astype(np.float32)
    scores = ENGINES[name](rows[:30], rows[30:], np.ones(30), Options(4, 3, 1))(rows[30:])
    assert np.isfinite(scores).all()


def test_ridge_logistic_equals_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    positive, negative = random.normal(0.4, 1, (80, 3)), random.normal(0, 1, (200, 3))
    ours = ridge_logistic(positive, negative, ridge=20.0, steps=30)
    theirs = LogisticRegression(C=1 / 20.0, class_weight="balanced", tol=1e-10).fit(
        np.concatenate([positive, negative]), np.repeat([1, 0], [80, 200])
    )
    assert ours == pytest.approx(theirs.coef_[0], abs=1e-4)
