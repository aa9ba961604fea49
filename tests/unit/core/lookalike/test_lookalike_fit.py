"""Prepared features, and fits that are stored: the same scores from plain numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from orchestration.configuration import load_configuration
from orchestration.core.lookalike import (
    KINDS,
    Crowd,
    LookalikeError,
    crowd_of,
    fit_lookalike,
    score_crowd,
)
from orchestration.core.lookalike.engines import Options, few_features
from orchestration.core.lookalike.preparation import prepare
from orchestration.core.metrics import area_under_curve
from orchestration.core.portable import pack, unpack

CONFIG = load_configuration().lookalike.model_copy(update={"repeats": 1, "bags": 4, "folds": 2})
NAMES = ["spend", "baskets", "coupons", "growth", "noise"]
PEOPLE = 1_200


def people() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, ids and a seed that spends and uses coupons more than others."""
    random = np.random.default_rng(3)
    alike = random.random(PEOPLE) < 0.15
    features = random.lognormal(3.0, 1.0, (PEOPLE, len(NAMES))).astype(np.float32)
    features[:, 2] = random.poisson(np.where(alike, 1.5, 0.1))
    features[:, 3] = random.normal(size=PEOPLE)
    features[alike, 0] *= 3.0
    ids = np.array([f"p{n:05d}" for n in random.permutation(PEOPLE)], dtype=object)
    return features, ids, alike & (random.random(PEOPLE) < 0.5)


def crowd(rows: np.ndarray | None = None, **changed: object) -> Crowd:
    features, ids, seed = people()
    order = np.arange(PEOPLE) if rows is None else rows
    given: dict = {"exclude": (), "weights": None} | changed
    return crowd_of(
        features[order],
        NAMES,
        ids[order],
        seed[order],
        np.ones(PEOPLE, dtype=bool),
        CONFIG,
        given["weights"],
        audience="vip",
        exclude=given["exclude"],
    )


@pytest.mark.parametrize("engines", [["pu_trees"], ["centroids"], ["lda", "few_features"]])
def test_a_stored_fit_gives_the_same_scores(engines: list[str]) -> None:
    everybody = crowd()
    fit = fit_lookalike(everybody, CONFIG.model_copy(update={"engines": engines}))
    assert set(fit.engines) <= set(engines)
    parameters, arrays = pack(fit)
    again = unpack(json.loads(json.dumps(parameters)), arrays, KINDS)
    one, other = score_crowd(everybody, fit, CONFIG), score_crowd(everybody, again, CONFIG)
    np.testing.assert_array_equal(one.scores, other.scores)
    assert one.members.equals(other.members)
    assert one.evaluations.equals(other.evaluations)
    assert one.features.equals(other.features)
    assert (one.reason, one.notes) == (other.reason, other.notes)
    assert fit.metrics == again.metrics
    assert fit.metrics["auc"] == one.auc > 0.7


def test_the_fingerprint_knows_what_a_fit_learns_from_and_no_order() -> None:
    said = crowd().fingerprint()
    assert crowd(np.random.default_rng(5).permutation(PEOPLE)).fingerprint() == said
    assert crowd(exclude=("spend",)).fingerprint() != said
    features, _, seed = people()
    assert crowd(weights=features[:, 1].astype(np.float64)).fingerprint() != said
    assert crowd(weights=np.where(seed, 7.0, 1.0)).fingerprint() == said


def test_units_and_whales_change_nobody_elses_values() -> None:
    features, _, _ = people()
    before = prepare(features, NAMES, (), "vip").apply(features)
    assert before.dtype == np.float32
    assert np.abs(before).max() <= 4.0
    assert before.mean(axis=0) == pytest.approx(0.0, abs=0.02)
    in_cents = features * np.array([100, 1, 1, 0.01, 1], dtype=np.float32)
    after = prepare(in_cents, NAMES, (), "vip").apply(in_cents)
    np.testing.assert_allclose(after, before, atol=1e-3)
    with_whale = features.copy()
    with_whale[7, 0] = 100.0 * features[:, 0].max()
    moved = prepare(with_whale, NAMES, (), "vip").apply(with_whale)
    assert moved[7, 0] == 4.0
    others = np.arange(PEOPLE) != 7
    assert np.abs(moved[others] - before[others]).max() < 0.1


def test_order_is_kept_and_what_is_missing_is_the_mean() -> None:
    features, _, _ = people()
    features[5, :] = np.nan
    prepared = prepare(features, NAMES, (), "vip").apply(features)
    assert (prepared[5] == 0).all()
    known = np.arange(PEOPLE) != 5
    for column in range(len(NAMES)):
        order = np.argsort(features[known, column], kind="stable")
        assert (np.diff(prepared[known, column][order]) >= 0).all()


def test_few_features_find_what_three_define() -> None:
    random = np.random.default_rng(8)
    rows = random.normal(size=(3_000, 30)).astype(np.float32)
    best = np.argsort(-rows[:, [2, 9, 17]].sum(axis=1))[:150]
    seed = np.isin(np.arange(3_000), random.choice(best, 60, replace=False))
    hidden = np.isin(np.arange(3_000), best) & ~seed
    scorer = few_features(rows[seed], rows[~seed], np.ones(60), Options(8, 3, 1))
    assert area_under_curve(scorer(rows[~seed]), hidden[~seed]) > 0.98


def test_everybody_alike_is_no_lookalike() -> None:
    features, ids, seed = people()
    features[:] = features[0]
    same = crowd_of(features, NAMES, ids, seed, np.ones(PEOPLE, dtype=bool), CONFIG, audience="vip")
    with pytest.raises(LookalikeError, match="Lookalike vip: no usable feature"):
        fit_lookalike(same, CONFIG)
