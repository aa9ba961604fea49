"""Community groups: balanced, near, mixed, and the same tomorrow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.configuration import Grouping, load_configuration
from orchestration.core.grouping import GroupingError, describe_groups, make_groups

DEFAULT = load_configuration().grouping


def configured(**changes: object) -> Grouping:
    return Grouping.model_validate(DEFAULT.model_dump() | changes)


def people(size: int, seed: int = 0, regions: int = 4):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "one_id": [f"p{n:05d}" for n in range(size)],
            "region": random.choice([f"region {n}" for n in range(regions)], size),
            "age_band": random.choice(["18-24", "25-34", "35-44"], size),
            "gender": random.choice(
                np.array(["female", "male", None], dtype=object), size, p=[0.6, 0.3, 0.1]
            ),
        }
    )
    return frame, random.normal(size=(size, 5))


@pytest.fixture(scope="module")
def crowd():
    return people(2400)


def test_groups_are_balanced_near_and_mixed(crowd) -> None:
    frame, interests = crowd
    groups = make_groups(frame, interests, DEFAULT)
    assert groups["one_id"].tolist() == frame["one_id"].tolist()
    table = describe_groups(frame, groups)
    assert table["people"].between(24, 36).all()
    assert (table["region_share"] == 1.0).all()
    assert (table["age_band_share"] == 1.0).all()
    assert table["women_share"].between(0.5, 0.85).all()
    group = groups["group"].to_numpy()
    within = sum(
        interests[group == name].var(axis=0).sum() * (group == name).sum() for name in set(group)
    ) / len(group)
    assert within < 0.8 * interests.var(axis=0).sum()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(size=st.integers(1, 160), regions=st.integers(1, 5), seed=st.integers(0, 50))
def test_everyone_has_one_group_and_row_order_changes_nothing(
    size: int, regions: int, seed: int
) -> None:
    frame, interests = people(size, seed, regions)
    small = configured(size=10)
    groups = make_groups(frame, interests, small)
    assert groups["one_id"].tolist() == sorted(frame["one_id"])
    assert (groups["group"] != "").all()
    sizes = groups["group"].value_counts()
    assert (sizes >= min(8, size)).all()
    order = np.random.default_rng(seed).permutation(size)
    pd.testing.assert_frame_equal(make_groups(frame.iloc[order], interests[order], small), groups)


def test_tomorrow_is_today_unless_members_leave(crowd) -> None:
    frame, interests = crowd
    today = make_groups(frame, interests, DEFAULT)
    pd.testing.assert_frame_equal(make_groups(frame, interests[::-1], DEFAULT, today), today)

    leaves = frame["one_id"].isin(
        today.loc[today["group"] == today["group"].iloc[0], "one_id"].iloc[:3]
    )
    tomorrow = make_groups(frame[~leaves], interests[~leaves.to_numpy()], DEFAULT, today)
    kept = today[~leaves].reset_index(drop=True)
    pd.testing.assert_frame_equal(tomorrow, kept)


def test_newcomers_take_the_places_of_leavers_near_them(crowd) -> None:
    frame, interests = crowd
    today = make_groups(frame, interests, DEFAULT)
    name = today["group"].iloc[0]
    leavers = today.loc[today["group"] == name, "one_id"].iloc[:4].tolist()
    example = frame[frame["one_id"] == leavers[0]].iloc[0]
    newcomer = pd.DataFrame([{**example.to_dict(), "one_id": "q00001"}])
    staying = ~frame["one_id"].isin(leavers)
    after = pd.concat([frame[staying], newcomer], ignore_index=True)
    vectors = np.concatenate([interests[staying.to_numpy()], interests[:1]])
    tomorrow = make_groups(after, vectors, DEFAULT, today).set_index("one_id")["group"]
    home = frame.set_index("one_id").loc[
        today.loc[today["group"] == tomorrow["q00001"], "one_id"], ["region", "age_band"]
    ]
    assert (home == example[["region", "age_band"]]).all(axis=None)
    before = today.set_index("one_id")["group"]
    assert (tomorrow.drop("q00001") == before[tomorrow.drop("q00001").index]).all()


def test_a_group_that_lost_too_many_is_dissolved(crowd) -> None:
    frame, interests = crowd
    today = make_groups(frame, interests, DEFAULT)
    name = today["group"].iloc[0]
    gone = frame["one_id"].isin(today.loc[today["group"] == name, "one_id"].iloc[:20])
    tomorrow = make_groups(frame[~gone], interests[~gone.to_numpy()], DEFAULT, today)
    assert name not in set(tomorrow["group"])
    sizes = tomorrow["group"].value_counts()
    assert sizes.between(24, 36).all()


def test_missing_attributes_are_a_group_of_their_own() -> None:
    frame, interests = people(60)
    frame["region"] = None
    frame["age_band"] = None
    groups = make_groups(frame, interests, DEFAULT)
    assert groups["group"].nunique() == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f, v: (f.drop(columns="region"), v), "no column region"),
        (lambda f, v: (f, v[:-1]), "Give one row per person"),
        (lambda f, v: (f, v * np.nan), "missing or infinite"),
        (lambda f, v: (pd.concat([f.iloc[:1], f.iloc[:-1]]), v), "more than once"),
    ],
)
def test_bad_input_says_what_to_mend(change, message: str) -> None:
    with pytest.raises(GroupingError, match=message):
        make_groups(*change(*people(20)), DEFAULT)
