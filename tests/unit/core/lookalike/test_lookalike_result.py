"""Lookalikes: planted ones are found, nobody excluded is in, chance is refused, errors name the audience."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from orchestration.core.lookalike import LookalikeError, LookalikeResult, evaluate_and_score
from orchestration.core.metrics import area_under_curve
from tests.unit.core.lookalike.crowds import DEFAULT, NAMES, configured, planted


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
