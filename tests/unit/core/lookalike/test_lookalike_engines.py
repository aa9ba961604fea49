"""Lookalikes: planted ones are found, nobody excluded is in, chance is refused, errors name the audience."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from orchestration.configuration import Lookalike, load_configuration
from orchestration.core.lookalike import LookalikeError, LookalikeResult, evaluate_and_score
from orchestration.core.lookalike.blending import (
    areas_under_curve,
    averaged_shares,
    equal_blends,
    normal_score,
)
from orchestration.core.lookalike.engines import ENGINES, Options, ridge_logistic
from orchestration.core.lookalike.evaluation import wilson
from orchestration.core.metrics import area_under_curve, average_precision

DEFAULT = load_configuration().lookalike
NAMES = [f"f{n}" for n in range(12)]


def configured(**changes: object) -> Lookalike:
    return Lookalike.model_validate(DEFAULT.model_dump() | {"repeats": 1, "bags": 8} | changes)


def planted(people: int = 3000, alike: int = 300, seed: int = 1):
    """Hidden likes differ in three of twelve skewed features; half of them are the seed."""
    random = np.random.default_rng(seed)
    features = random.lognormal(0.0, 1.0, (people, len(NAMES))).astype(np.float32)
    hidden = np.zeros(people, dtype=bool)
    hidden[random.choice(people, alike, replace=False)] = True
    features[np.ix_(hidden, [0, 3])] *= 3.0
    features[hidden, 7] /= 3.0
    members = np.flatnonzero(hidden)
    chosen = np.zeros(people, dtype=bool)
    chosen[random.choice(members, alike // 2, replace=False)] = True
    ids = np.array([f"p{n:05d}" for n in random.permutation(people)], dtype=object)
    return features, ids, hidden, chosen


@pytest.fixture(scope="module")
def data():
    return planted()


@pytest.fixture(scope="module")
def result(data) -> LookalikeResult:
    features, ids, _, chosen = data
    eligible = np.ones(len(ids), dtype=bool)
    eligible[:200] = False
    return evaluate_and_score(features, NAMES, ids, chosen, eligible, configured(), audience="test")


def test_planted_lookalikes_are_found(data, result: LookalikeResult) -> None:
    _, _, hidden, _ = data
    scored = ~np.isnan(result.scores)
    assert area_under_curve(result.scores[scored].astype(float), hidden[scored]) > 0.85
    assert result.auc == pytest.approx(
        area_under_curve(result.scores[scored].astype(float), hidden[scored]), abs=0.07
    )
    assert result.beats_chance
    assert result.is_published
    assert any(words.startswith("f7 is lower in the seed") for words in result.top_features[:3])


def test_neither_seed_nor_excluded_people_are_in_the_result(data, result: LookalikeResult) -> None:
    _, ids, _, chosen = data
    outside = chosen.copy()
    outside[:200] = True
    assert np.isnan(result.scores[outside]).all()
    assert not np.isnan(result.scores[~outside]).any()
    assert not set(result.members["one_id"]) & set(ids[outside])


def test_tiers_are_exact_and_nested(data, result: LookalikeResult) -> None:
    _, ids, _, _ = data
    pool = int((~np.isnan(result.scores)).sum())
    assert result.tiers["people"].tolist() == [
        math.ceil(round(share * pool, 9)) for share in DEFAULT.tiers
    ]
    for tier, people in result.tiers.itertuples(index=False):
        position = result.tiers["tier"].tolist().index(tier)
        inside = result.members["tier"].isin(result.tiers["tier"][: position + 1])
        assert int(inside.sum()) == people
    scores = pd.Series(result.scores, index=ids).dropna().sort_values(ascending=False)
    assert set(scores.index[: len(result.members)]) == set(result.members["one_id"])
    assert result.members["score"].is_monotonic_decreasing


def test_percentiles_run_from_one_down(result: LookalikeResult) -> None:
    scored = np.sort(result.scores[~np.isnan(result.scores)].astype(float))
    assert scored == pytest.approx((np.arange(len(scored)) + 1) / len(scored), abs=1e-6)


def test_row_order_and_batches_change_nothing(data, result: LookalikeResult) -> None:
    features, ids, _, chosen = data
    eligible = np.ones(len(ids), dtype=bool)
    eligible[:200] = False
    order = np.random.default_rng(5).permutation(len(ids))
    again = evaluate_and_score(
        features[order],
        NAMES,
        ids[order],
        chosen[order],
        eligible[order],
        configured(batch_rows=777),
        audience="test",
    )
    pd.testing.assert_frame_equal(again.members, result.members)
    pd.testing.assert_frame_equal(again.evaluations, result.evaluations)
    assert np.array_equal(again.scores, result.scores[order], equal_nan=True)


def test_evaluations_have_every_engine_and_tier(result: LookalikeResult) -> None:
    table = result.evaluations
    assert table.columns.tolist() == [
        "engine",
        "tier",
        "auc",
        "average_precision",
        "lift",
        "lift_low",
        "lift_high",
    ]
    assert table["engine"].unique().tolist() == [*DEFAULT.engines, "blend"]
    assert len(table) == (len(DEFAULT.engines) + 1) * len(DEFAULT.tiers)
    assert ((table["lift_low"] <= table["lift"]) & (table["lift"] <= table["lift_high"])).all()
    assert table.groupby("engine")["auc"].first().min() > 0.7


def test_counts_make_tiers_of_people(data) -> None:
    features, ids, _, chosen = data
    got = evaluate_and_score(
        features,
        NAMES,
        ids,
        chosen,
        np.ones(len(ids), dtype=bool),
        configured(tier_counts=[100, 10], engines=["lda"]),
    )
    assert got.tiers.to_numpy().tolist() == [["top 10", 10], ["top 100", 100]]
    assert got.members["tier"].value_counts().to_dict() == {"top 10": 10, "top 100": 90}


def test_a_random_seed_does_not_beat_chance_and_is_not_published() -> None:
    published = 0
    for seed in range(4):
        random = np.random.default_rng(seed)
        features = random.normal(size=(1500, 12)).astype(np.float32)
        chosen = np.zeros(1500, dtype=bool)
        chosen[random.choice(1500, 100, replace=False)] = True
        ids = np.array([f"p{n:04d}" for n in range(1500)], dtype=object)
        got = evaluate_and_score(
            features,
            NAMES,
            ids,
            chosen,
            np.ones(1500, dtype=bool),
            configured(engines=["lda", "pu_logistic"]),
            audience="lucky",
        )
        published += got.is_published
        assert got.is_published or "Lookalike lucky is not published" in got.reason
    assert published == 0


def test_a_small_seed_is_scored_but_not_published(data) -> None:
    features, ids, _, chosen = data
    few = chosen & (np.cumsum(chosen) <= 30)
    got = evaluate_and_score(
        features, NAMES, ids, few, np.ones(len(ids), dtype=bool), configured(engines=["lda"])
    )
    assert not got.is_published
    assert "seed has 30 people, lookalike.seed_minimum is 50" in got.reason
    assert len(got.members)


def test_seed_weights_pull_towards_the_valuable() -> None:
    random = np.random.default_rng(2)
    features = random.normal(size=(2000, 2)).astype(np.float32)
    chosen = np.zeros(2000, dtype=bool)
    chosen[:200] = True
    features[:100, 0] += 2.5
    features[100:200, 1] += 2.5
    ids = np.array([f"p{n:04d}" for n in range(2000)], dtype=object)
    weights = np.where(np.arange(2000) < 100, 10.0, 0.5)
    arguments = (
        features,
        ["a", "b"],
        ids,
        chosen,
        np.ones(2000, dtype=bool),
        configured(engines=["lda"]),
    )
    plain, weighted = (
        evaluate_and_score(*arguments),
        evaluate_and_score(*arguments, weights=weights),
    )
    rows = {one_id: row for row, one_id in enumerate(ids)}
    mean = [
        features[[rows[i] for i in got.members["one_id"]], 0].mean() for got in (plain, weighted)
    ]
    assert mean[1] > mean[0] + 0.3


def test_excluded_and_constant_features_are_not_used_and_said(data) -> None:
    features, ids, _, chosen = data
    features = features.copy()
    features[:, 1] = 7.0
    features[:, 2] = np.nan
    got = evaluate_and_score(
        features,
        NAMES,
        ids,
        chosen,
        np.ones(len(ids), dtype=bool),
        configured(engines=["lda"]),
        exclude=["f0", "f3"],
    )
    assert not {"f0", "f1", "f2", "f3"} & set(got.features["feature"])
    assert any(
        "2 features are the same for everyone and are not used: f1, f2." in note
        for note in got.notes
    )
    assert any("f0, f3" in note for note in got.notes)


def test_a_feature_that_defines_the_seed_is_pointed_at(data) -> None:
    features, ids, _, chosen = data
    features = features.copy()
    features[:, 5] = chosen
    got = evaluate_and_score(
        features, NAMES, ids, chosen, np.ones(len(ids), dtype=bool), configured(engines=["lda"])
    )
    assert any(note.startswith("f5 alone tells the seed") for note in got.notes)


def test_missing_values_are_survived(data) -> None:
    features, ids, hidden, chosen = data
    features = features.copy()
    features[np.random.default_rng(1).random(features.shape) < 0.2] = np.nan
    got = evaluate_and_score(
        features, NAMES, ids, chosen, np.ones(len(ids), dtype=bool), configured()
    )
    scored = ~np.isnan(got.scores)
    assert area_under_curve(got.scores[scored].astype(float), hidden[scored]) > 0.75


def everyone(size: int, value: bool) -> np.ndarray:
    return np.full(size, value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": "none"}, "Lookalike vip: the seed is empty"),
        ({"seed": "one"}, "Lookalike vip: a seed of one"),
        ({"seed": "all"}, "Lookalike vip: the seed of 60 leaves 0 eligible people"),
        ({"features": "constant"}, "Lookalike vip: no usable feature"),
        ({"features": "infinite"}, "Lookalike vip: infinite values in f3"),
        ({"features": "none"}, "Lookalike vip: features .* do not belong together"),
        ({"weights": "nan"}, "Lookalike vip: seed weights must be finite"),
        ({"ids": "doubled"}, "Lookalike vip: a one_id appears more than once"),
        ({"tiers": [0.0]}, "Lookalike vip: lookalike.tiers must be shares"),
        ({"tier_counts": [0]}, "tier_counts must be at least 1"),
        ({"engines": ["magic"]}, "unknown magic. Known engines: cosine"),
    ],
)
def test_errors_name_the_audience_and_the_mend(change: dict, message: str) -> None:
    random = np.random.default_rng(0)
    features = random.normal(size=(60, 12)).astype(np.float32)
    ids = np.array([f"p{n:02d}" for n in range(60)], dtype=object)
    chosen = np.arange(60) < {"none": 0, "one": 1, "all": 60}.get(change.get("seed", ""), 20)
    weights = np.full(60, np.nan) if "weights" in change else None
    if change.get("features") == "constant":
        features[:] = 1.0
    if change.get("features") == "infinite":
        features[50, 3] = np.inf
    if change.get("features") == "none":
        features = features[:30]
    if "ids" in change:
        ids[7] = ids[9]
    settings = {
        key: value for key, value in change.items() if key in {"tiers", "tier_counts", "engines"}
    }
    with pytest.raises(LookalikeError, match=message):
        evaluate_and_score(
            features,
            NAMES,
            ids,
            chosen,
            everyone(60, True),
            configured(**settings),
            weights,
            audience="vip",
        )


def test_infinite_values_outside_the_samples_are_found_too(data) -> None:
    features, ids, _, chosen = data
    features = features.copy()
    order = np.argsort(ids)
    row = next(row for row in order[1::2] if not chosen[row])
    features[row, 4] = -np.inf
    with pytest.raises(LookalikeError, match="infinite values in f4"):
        evaluate_and_score(
            features,
            NAMES,
            ids,
            chosen,
            np.ones(len(ids), dtype=bool),
            configured(pool_sample=100, engines=["lda"]),
        )


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_engine_ranks_the_planted(data, name: str) -> None:
    features, _, hidden, chosen = data
    rows = np.log(features)
    scorer = ENGINES[name](
        rows[chosen], rows[~chosen], np.ones(int(chosen.sum())), Options(8, 3, 1)
    )
    assert area_under_curve(scorer(rows[~chosen]), hidden[~chosen]) > 0.75


def test_the_blend_is_the_better_the_more_is_known() -> None:
    blends = equal_blends(2)
    assert blends.tolist() == [[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]
    # Nobody held out: the mean of all blends. Many: the best one alone, also where that is a blend.
    assert averaged_shares("ab", blends, np.array([0.9, 0.6, 0.7]), 0) == {"a": 0.5, "b": 0.5}
    alone = averaged_shares("ab", blends, np.array([0.9, 0.6, 0.7]), 100)
    assert alone["b"] == pytest.approx(1.0)
    together = averaged_shares("ab", blends, np.array([0.8, 0.8, 0.9]), 100)
    assert together == pytest.approx({"a": 0.5, "b": 0.5})
    few = averaged_shares("ab", blends, np.array([0.9, 0.6, 0.7]), 2)
    # Likelihoods (1 - AUC) ** -2: 100 for b, 6.25 for a, 11.1 for both.
    assert few["b"] == pytest.approx((100 + 11.1111 / 2) / (100 + 6.25 + 11.1111), rel=1e-4)


def test_areas_under_curve_equal_the_measure_of_one_ranking() -> None:
    random = np.random.default_rng(5)
    scores = np.round(random.normal(size=(3, 200)), 1)
    positive = random.random(200) < 0.2
    assert areas_under_curve(scores, positive) == pytest.approx(
        [area_under_curve(row, positive) for row in scores]
    )


@pytest.mark.parametrize(("people", "seeds"), [(5, 3), (5, 2), (9, 6), (40, 30)])
def test_tiny_crowds_of_alike_people_are_survived(people: int, seeds: int) -> None:
    random = np.random.default_rng(people)
    features = (random.random((people, 2)) < 0.5).astype(np.float32)
    features[0], features[-1] = (0, 1), (1, 0)
    seed = np.arange(people) < seeds
    result = evaluate_and_score(
        features,
        ["a", "b"],
        np.array([f"p{n:02d}" for n in range(people)], dtype=object),
        seed,
        np.ones(people, dtype=bool),
        configured(),
    )
    assert np.isfinite(result.scores[~seed]).all()
    assert np.isfinite(result.evaluations.select_dtypes("number")).all(axis=None)
    assert not result.is_published


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


def test_ridge_logistic_equals_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    positive, negative = random.normal(0.4, 1, (80, 3)), random.normal(0, 1, (200, 3))
    ours = ridge_logistic(positive, negative, ridge=20.0, steps=30)
    theirs = LogisticRegression(C=1 / 20.0, class_weight="balanced", tol=1e-10).fit(
        np.concatenate([positive, negative]), np.repeat([1, 0], [80, 200])
    )
    assert ours == pytest.approx(theirs.coef_[0], abs=1e-4)


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
