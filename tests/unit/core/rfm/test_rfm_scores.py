"""Scores and segments against a plain loop, and the properties the maps and cuts must have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.configuration import Rfm, load_configuration
from orchestration.core import rfm as core

MAPS = core.load_maps()
DEFAULT = load_configuration().rfm
CUTS = ["quantile", "fixed", "mean", "median", "trimmed_mean"]
ROBUST = ["quantile", "fixed", "median", "trimmed_mean"]


def configured(**changes: object) -> Rfm:
    return Rfm.model_validate(DEFAULT.model_dump() | changes)


def people(rows: list[tuple[float, float, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["recency_days", "frequency", "monetary"], dtype=float)
    return frame.assign(one_id=[f"p{position:04d}" for position in range(len(rows))])


rows_of_people = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 12), st.integers(-50, 5000)),
    min_size=1,
    max_size=40,
)


def loop_score(frame: pd.DataFrame, rfm: Rfm) -> Mapping[str, tuple[int, int, int]]:
    """The definition, person by person, without numpy."""
    result: dict[str, list[int]] = {one_id: [] for one_id in frame["one_id"]}
    for measure in ("recency_days", "frequency", "monetary"):
        values = list(frame[measure])
        better = [-value for value in values] if measure == "recency_days" else values
        ordered = sorted(better)
        for one_id, own, value in zip(frame["one_id"], better, values, strict=True):
            if rfm.cut == "quantile":
                count = len(ordered)
                reached = {v: 5 * sum(w <= v for w in ordered) for v in ordered}
                bounds = [
                    next(v for v in ordered if reached[v] >= share * count)
                    for share in (1, 2, 3, 4)
                ]
                top = next(v for v in ordered if 20 * reached[v] >= 99 * count)
                lower = [v for v in ordered if v < top]
                if lower:
                    bounds = [min(bound, lower[-1]) for bound in bounds]
                elif measure == "recency_days":
                    bounds = [top - 1] * 4
                above = sum(bound < own for bound in bounds)
            else:
                if rfm.cut == "fixed":
                    limits = getattr(rfm.fixed, measure)
                else:
                    centre = sum(values) / len(values)
                    if rfm.cut == "median":
                        middle = sorted(values)
                        half = len(middle) // 2
                        centre = (
                            middle[half]
                            if len(middle) % 2
                            else (middle[half - 1] + middle[half]) / 2
                        )
                    if rfm.cut == "trimmed_mean" and len(values) > 2:
                        cut = max(int(rfm.trim_share * len(values)), 1)
                        kept = sorted(values)[cut:-cut]
                        centre = sum(kept) / len(kept)
                    limits = [multiple * centre for multiple in rfm.centre_multiples]
                above = (
                    sum(value <= limit for limit in limits)
                    if measure == "recency_days"
                    else sum(value > limit for limit in limits)
                )
            result[one_id].append(1 + above)
    return {one_id: (scores[0], scores[1], scores[2]) for one_id, scores in result.items()}


@pytest.mark.parametrize("cut", ["quantile", "fixed", "median"])
@settings(max_examples=20, deadline=None, derandomize=True)
@given(rows=rows_of_people)
def test_equals_the_plain_loop(cut: str, rows: list[tuple[float, float, float]]) -> None:
    rfm = configured(cut=cut)
    frame = people(rows)
    scored = core.score(frame, rfm, MAPS).set_index("one_id")
    expected = loop_score(frame, rfm)
    got = {one_id: (row.r_score, row.f_score, row.m_score) for one_id, row in scored.iterrows()}
    assert got == expected
    for one_id, (r, f, _) in expected.items():
        assert scored.loc[one_id, "rfm_segment"] == MAPS.segments[(r, f)]


@pytest.mark.parametrize("cut", ["mean", "trimmed_mean"])
def test_means_equal_the_plain_loop_on_a_case_without_ties(cut: str) -> None:
    frame = people([(3, 1, 10.0), (41, 2, 333.0), (77, 5, 901.0), (160, 9, 40.0), (12, 3, 77.0)])
    rfm = configured(cut=cut)
    scored = core.score(frame, rfm, MAPS)
    assert {
        row.one_id: (row.r_score, row.f_score, row.m_score) for row in scored.itertuples()
    } == loop_score(frame, rfm)


@pytest.mark.parametrize("cut", CUTS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(rows=rows_of_people, seed=st.integers(0, 99))
def test_row_order_changes_nothing(
    cut: str, rows: list[tuple[float, float, float]], seed: int
) -> None:
    frame = people(rows)
    shuffled = frame.sample(frac=1.0, random_state=seed)
    rfm = configured(cut=cut)
    pd.testing.assert_frame_equal(core.score(frame, rfm, MAPS), core.score(shuffled, rfm, MAPS))


@pytest.mark.parametrize("cut", CUTS)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(rows=rows_of_people)
def test_monotone_and_equal_values_equal_scores(
    cut: str, rows: list[tuple[float, float, float]]
) -> None:
    scored = core.score(people(rows), configured(cut=cut), MAPS)
    for measure, score, sign in (
        ("recency_days", "r_score", -1),
        ("frequency", "f_score", 1),
        ("monetary", "m_score", 1),
    ):
        ordered = scored.assign(better=sign * scored[measure]).sort_values("better")
        assert (np.diff(ordered[score].to_numpy()) >= 0).all()
        by_value = ordered.groupby("better")[score]
        assert (by_value.min() == by_value.max()).all()
        assert ordered[score].between(1, 5).all()


@pytest.mark.parametrize("cut", ROBUST)
@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    rows=rows_of_people.filter(lambda rows: len(rows) >= 5), whale=st.sampled_from([1e5, 1e7, 1e12])
)
def test_how_rich_the_whale_is_moves_nobody(
    cut: str, rows: list[tuple[float, float, float]], whale: float
) -> None:
    rfm = configured(cut=cut, high_low="median")
    richest = core.score(people([*rows, (1, 1, 6000.0)]), rfm, MAPS)
    whaled = core.score(people([*rows, (1, 1, whale)]), rfm, MAPS)
    others = richest["one_id"] != f"p{len(rows):04d}"
    columns = ["r_score", "f_score", "m_score", "rfm_segment", "rfm_segment_8"]
    pd.testing.assert_frame_equal(richest.loc[others, columns], whaled.loc[others, columns])


@pytest.mark.parametrize(
    ("cut", "fewest", "most"),
    [("quantile", 0, 1), ("median", 0, 1), ("trimmed_mean", 0, 1), ("mean", 49, 49)],
)
def test_one_more_whale(cut: str, fewest: int, most: int) -> None:
    """One more person shifts a rank by one; only the plain mean lets the whale drag everyone."""
    frame = people([(10 + i, 1 + i % 7, 100.0 + i) for i in range(49)])
    rfm = configured(cut=cut, centre_multiples=[0.5, 0.9, 1.1, 2])
    whale = pd.DataFrame(
        {"one_id": ["whale"], "recency_days": [30.0], "frequency": [4.0], "monetary": [1e9]}
    )
    before = core.score(frame, rfm, MAPS).set_index("one_id")["m_score"]
    after = (
        core.score(pd.concat([frame, whale]), rfm, MAPS)
        .set_index("one_id")["m_score"]
        .drop("whale")
    )
    assert fewest <= int((before != after).sum()) <= most


def test_many_at_the_best_value_score_five_and_many_at_the_worst_one() -> None:
    today = people(
        [(0, 1, 10.0 + n) for n in range(44)] + [(5 + n, 2 + n % 3, 60.0 + n) for n in range(56)]
    )
    scored = core.score(today, configured(), MAPS)
    assert set(scored.loc[scored["recency_days"] == 0, "r_score"]) == {5}
    assert set(scored.loc[scored["frequency"] == 1, "f_score"]) == {1}
    assert set(scored["r_score"]) == {1, 2, 3, 5}
    whale = pd.DataFrame(
        {"one_id": ["whale"], "recency_days": [0.0], "frequency": [900.0], "monetary": [1e9]}
    )
    after = core.score(pd.concat([today, whale]), configured(), MAPS).query("one_id != 'whale'")
    assert (after["f_score"].to_numpy() == scored["f_score"].to_numpy()).all()


def test_where_everyone_is_equal_recency_is_best_and_the_rest_lowest() -> None:
    scored = core.score(people([(3, 1, 50.0)] * 4), configured(), MAPS)
    assert scored[["r_score", "f_score", "m_score"]].drop_duplicates().to_numpy().tolist() == [
        [5, 1, 1]
    ]
    assert set(scored["rfm_segment"]) == {"new_customers"}


def test_fixed_bounds_belong_to_the_class_below() -> None:
    frame = people([(7, 1, 100), (8, 2, 100.01), (30, 4, 300), (120, 8, 2000), (121, 9, 2000.01)])
    scored = core.score(frame, configured(cut="fixed"), MAPS)
    assert scored["r_score"].tolist() == [5, 4, 4, 2, 1]
    assert scored["f_score"].tolist() == [1, 2, 3, 4, 5]
    assert scored["m_score"].tolist() == [1, 2, 2, 4, 5]


def test_eight_segments_have_digits_in_the_order_recency_frequency_monetary() -> None:
    combinations = [(r, f, m) for r in (10, 100) for f in (1, 10) for m in (50, 500)]
    scored = core.score(people(combinations), configured(high_low="mean"), MAPS)
    assert scored["rfm_segment_8"].tolist() == [
        "一般发展", "重要发展", "一般价值", "重要价值", "一般挽留", "重要挽留", "一般保持", "重要保持",
    ]  # fmt: skip


def test_groups_are_cut_on_their_own_and_small_ones_with_everyone() -> None:
    cheap = people([(i, 1, 10.0 + i) for i in range(10)]).assign(platform="pdd")
    dear = people([(i, 1, 1000.0 + i) for i in range(10)]).assign(platform="jd")
    dear["one_id"] = "q" + dear["one_id"]
    both = pd.concat([cheap, dear])
    alone = core.score(both, configured(group_by="platform", group_minimum=10), MAPS)
    assert alone.groupby("platform")["m_score"].agg(["min", "max"]).to_numpy().tolist() == [
        [1, 5],
        [1, 5],
    ]
    together = core.score(both, configured(group_by="platform", group_minimum=11), MAPS)
    assert together.groupby("platform")["m_score"].max()["pdd"] == 3
    plain = core.score(both.drop(columns="platform"), configured(), MAPS)
    pd.testing.assert_frame_equal(together.drop(columns="platform"), plain)


def test_nobody_is_scored_without_complaint() -> None:
    assert core.score(people([]), DEFAULT, MAPS).columns.tolist() == [
        "one_id", "recency_days", "frequency", "monetary", "r_score", "f_score", "m_score", "rfm_segment", "rfm_segment_8",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="monetary"), "no column monetary"),
        (lambda frame: pd.concat([frame, frame]), "p0000 appears more than once"),
        (lambda frame: frame.assign(monetary=float("inf")), "infinite monetary"),
        (lambda frame: frame.assign(recency_days=None), "missing or infinite recency_days"),
        (lambda frame: frame.assign(one_id=None), "no one_id"),
    ],
)
def test_bad_input_says_what_to_mend(change, message: str) -> None:
    with pytest.raises(core.RfmError, match=message):
        core.score(change(people([(1, 1, 1)])), DEFAULT, MAPS)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(
    before=st.dictionaries(
        st.integers(0, 20), st.tuples(st.sampled_from("abc"), st.integers(0, 99)), max_size=15
    ),
    after=st.dictionaries(
        st.integers(0, 20), st.tuples(st.sampled_from("abc"), st.integers(0, 99)), max_size=15
    ),
)
def test_migration_conserves_people_and_money(before, after) -> None:
    def frame(values) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "one_id": pd.Series([f"p{key}" for key in values], dtype="str"),
                "rfm_segment": pd.Series([segment for segment, _ in values.values()], dtype="str"),
                "monetary": pd.Series(
                    [float(money) for _, money in values.values()], dtype="float64"
                ),
            }
        )

    moved = core.migration(frame(before), frame(after))
    assert moved["people"].sum() == len(before.keys() | after.keys())
    assert moved["monetary_before"].sum() == sum(money for _, money in before.values())
    assert moved["monetary_after"].sum() == sum(money for _, money in after.values())
    left = (
        moved[moved["from_segment"] != "no_orders"]
        .groupby("from_segment")["people"]
        .sum()
        .to_dict()
    )
    assert (
        left
        == pd.Series([segment for segment, _ in before.values()], dtype="str")
        .value_counts()
        .to_dict()
    )
