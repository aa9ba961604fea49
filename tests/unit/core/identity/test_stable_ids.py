"""Ids stay: under new data, other rules, corrections and their withdrawal, and sudden death."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.core.identity import Gone
from orchestration.core.identity.matching import match
from tests.unit.core.identity.frames import (
    DAY,
    LIMITS,
    accounts,
    assert_same,
    corrections,
    identifiers,
    ids_of,
    people_of,
    run,
)

NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)


def _events(result, on=None) -> set[tuple]:
    rows = result.history if on is None else result.history[result.history["on_date"] == str(on)]
    rows = rows.assign(other_one_id=rows["other_one_id"].fillna(""))
    return set(
        rows[["one_id", "event", "other_one_id", "cause"]].itertuples(index=False, name=None)
    )


def test_the_bigger_person_survives_a_merge_and_the_old_id_resolves() -> None:
    first = run([("b1", "phone", "p"), ("c1", "phone", "p")], extra=["a1"])
    old = ids_of(first)
    second = run(
        [("a1", "email", "e"), ("b1", "email", "e")], first.state, on=NEXT, is_increment=True
    )
    assert set(ids_of(second).values()) == {old["b1"]}
    assert _events(second, NEXT) == {(old["a1"], "merged", old["b1"], "new_data")}
    assert dict(second.resolved_ids.itertuples(index=False)) == {
        old["a1"]: old["b1"],
        old["b1"]: old["b1"],
    }


def test_among_equals_the_older_id_survives() -> None:
    first = run([], extra=["b1"])
    second = run([], first.state, extra=["a1"], on=NEXT, is_increment=True)
    third = run(
        [("a1", "phone", "p"), ("b1", "phone", "p")], second.state, on=LATER, is_increment=True
    )
    assert set(ids_of(third).values()) == {ids_of(first)["b1"]}


def test_an_unmerged_person_takes_its_own_id_back() -> None:
    apart = [
        ("a1", "phone", "p"),
        ("b1", "phone", "p"),
        ("c1", "email", "e"),
        ("d1", "email", "e"),
        ("d2", "email", "e"),
    ]
    first = run(apart)
    bridge = [("b1", "device_id", "x"), ("c1", "device_id", "x")]
    merged = run(apart + bridge, first.state, on=NEXT)
    assert len(merged.people) == 1
    blocked = replace(LIMITS, blocked=frozenset({("device_id", "x")}))
    back = run(apart + bridge, merged.state, limits=blocked, on=LATER)
    assert ids_of(back) == ids_of(first)
    old = ids_of(first)
    assert _events(back, LATER) == {(old["c1"], "split", old["a1"], "rules_changed")}


def test_halves_of_equal_size_go_back_to_their_own_ids() -> None:
    """b1 was there first and gave the merged person its id; parted, it keeps it, not a1."""
    first = run([], extra=["b1"])
    second = run([], first.state, extra=["a1", "b1"], on=NEXT)
    phone = [("a1", "phone", "p"), ("b1", "phone", "p")]
    merged = run(phone, second.state, on=NEXT)
    assert set(ids_of(merged).values()) == {ids_of(first)["b1"]}
    blocked = replace(LIMITS, blocked=frozenset({("phone", "p")}))
    assert ids_of(run(phone, merged.state, limits=blocked, on=LATER)) == ids_of(second)


@pytest.mark.parametrize("first", ["a1", "b1", "c1"])
def test_of_a_person_parted_into_equals_the_account_seen_first_keeps_the_id(first: str) -> None:
    """An account delivered after the as-of day is nobody of that day: the id must not go with it."""
    days = dict.fromkeys(("a1", "b1", "c1"), "2026-01-09") | {first: "2026-01-02"}
    edges = [(key, "phone", "p", day) for key, day in days.items()]
    together = run(edges)
    strict = replace(LIMITS, maximum_accounts={"other": 1})
    parted = run(edges, together.state, limits=strict, on=NEXT)
    assert len(parted.people) == 3
    assert ids_of(parted)[first] == ids_of(together)["a1"]


def test_a_new_id_never_repeats_an_old_one() -> None:
    """The split-off account would mint the id that its old person was minted from."""
    first = run(
        [
            ("a1", "phone", "p"),
            ("b1", "phone", "p"),
            ("c1", "phone", "p"),
            ("b1", "email", "e"),
            ("c1", "email", "e"),
        ]
    )
    blocked = replace(LIMITS, blocked=frozenset({("phone", "p")}))
    second = run(
        [
            ("a1", "phone", "p"),
            ("b1", "phone", "p"),
            ("c1", "phone", "p"),
            ("b1", "email", "e"),
            ("c1", "email", "e"),
        ],
        first.state,
        limits=blocked,
        on=NEXT,
    )
    old, new = ids_of(first), ids_of(second)
    assert new["b1"] == old["a1"]
    assert new["a1"] != old["a1"]
    assert _events(second, NEXT) == {
        (new["a1"], "minted", "", "rules_changed"),
        (old["a1"], "split", new["a1"], "rules_changed"),
    }


def test_an_increment_that_overfills_a_value_parts_the_people_it_joined() -> None:
    """The new account is alone in its component; those the value joined before must be seen too."""
    shared = [(f"{letter}1", "device_id", "d") for letter in "abc"]
    first = run(shared, extra=["z1"])
    assert len(first.people) == 2
    fourth = [("d1", "device_id", "d")]
    increment = run(fourth, first.state, on=NEXT, is_increment=True)
    full = run(shared + fourth, first.state, extra=["z1"], on=NEXT)
    assert_same(increment, full)
    assert len(increment.people) == 5


def test_an_account_that_vanishes_retires_its_id() -> None:
    first = run([], extra=["a1", "b1"])
    second = run([], first.state, extra=["b1"], on=NEXT)
    gone = ids_of(first)["a1"]
    assert _events(second, NEXT) == {(gone, "retired", "", "data_removed")}
    assert dict(second.resolved_ids.itertuples(index=False))[gone] is np.nan
    third = run([], second.state, extra=["a1", "b1"], on=LATER)
    assert ids_of(third)["a1"] != gone


def test_different_and_back_restores_every_table_exactly() -> None:
    edges = [("a1", "phone", "p"), ("b1", "phone", "p"), ("c1", "email", "e"), ("b1", "email", "e")]
    before = run(edges)
    parted = run(
        edges, before.state, stated=corrections(("a1", "b1", "different", "2026-02-01")), on=NEXT
    )
    assert people_of(parted) == {frozenset({"a1"}), frozenset({"b1", "c1"})}
    assert ids_of(parted)["b1"] == ids_of(before)["b1"]
    assert set(parted.history.loc[parted.history["on_date"] == str(NEXT), "cause"]) == {
        "correction"
    }
    back = run(edges, parted.state, on=LATER)
    assert_same(back, before, ("accounts", "people", "violations", "evidence"))
    assert len(back.history) == len(before.history) + 3


def test_a_withdrawn_statement_leaves_no_trace() -> None:
    edges = [("a1", "phone", "p"), ("b1", "phone", "p")]
    before = run(edges)
    apart = ("b1", "a1", "different", "2026-02-01")
    parted = run(edges, before.state, stated=corrections(apart), on=NEXT)
    assert len(people_of(parted)) == 2
    taken_back = corrections(apart, ("a1", "b1", "withdrawn", "2026-02-02"))
    back = run(edges, parted.state, stated=taken_back, on=LATER)
    assert_same(back, before, ("accounts", "people", "violations", "evidence"))
    at_once = corrections(apart, ("a1", "b1", "withdrawn", "2026-02-01"))
    assert len(people_of(run(edges, stated=at_once))) == 2
    older = corrections(apart, ("a1", "b1", "withdrawn", "2026-01-31"))
    assert len(people_of(run(edges, stated=older))) == 2


def test_a_person_parted_by_hand_keeps_its_id_while_the_correction_stands() -> None:
    """Even when the other half grows larger, and also when the correction comes a second time."""
    edges = [("a1", "phone", "p", "2026-01-02"), ("b1", "phone", "p", "2026-01-01")]
    apart = corrections(("a1", "b1", "different", "2026-02-01"))
    first = run(edges)
    parted = run(edges, first.state, stated=apart)
    grown = edges + [(f"c{n}", "email", "e") for n in range(3)] + [("a1", "email", "e")]
    later = run(grown, parted.state, stated=apart, on=NEXT)
    assert {key: ids_of(later)[key] for key in ("a1", "b1")} == ids_of(parted)
    back = run(edges, run(edges, parted.state).state, stated=apart, on=LATER)
    assert ids_of(back) == ids_of(parted)


def test_a_rule_change_amid_a_history_keeps_the_ids_of_unchanged_people() -> None:
    rng = np.random.default_rng(20260301)
    people = 1500
    edges: list[tuple[str, str, str]] = []
    for person in range(people):
        shops = "abc"[: int(rng.integers(1, 4))]
        edges += [(f"{shop}{person}", "phone", f"p{person}") for shop in shops]
    households = rng.choice(people, (60, 2), replace=False).tolist()
    for one, other in households:
        edges += [(f"a{one}", "device_id", f"d{one}"), (f"a{other}", "device_id", f"d{one}")]
    days = np.array_split(rng.permutation(len(edges)), 30)
    result, seen = None, []
    for number, rows in enumerate(days[:15]):
        seen += [edges[row] for row in rows]
        result = run(seen, result and result.state, on=DAY + timedelta(days=number))
    assert result is not None
    strict = replace(LIMITS, maximum_accounts={"device_id": 1, "other": 8})
    before = ids_of(result)
    groups_before = people_of(result)
    changed = run(seen, result.state, limits=strict, on=DAY + timedelta(days=15))
    after = ids_of(changed)
    unchanged = people_of(changed) & groups_before
    kept = [before[next(iter(group))] == after[next(iter(group))] for group in unchanged]
    assert len(kept) > 700
    assert all(kept)
    moved = {(before[key], after[key]) for key in before if before[key] != after[key]}
    assert moved
    told = changed.history[changed.history["on_date"] == str(DAY + timedelta(days=15))]
    assert set(told["cause"]) == {"rules_changed"}
    assert moved == set(
        told.loc[told["event"] == "split", ["one_id", "other_one_id"]].itertuples(
            index=False, name=None
        )
    )
    for number, rows in enumerate(days[15:]):
        seen += [edges[row] for row in rows]
        changed = run(seen, changed.state, limits=strict, on=DAY + timedelta(days=16 + number))
    rebuilt = run(list(reversed(seen)), changed.state, limits=strict, on=DAY + timedelta(days=40))
    assert ids_of(rebuilt) == ids_of(changed)
    assert len(rebuilt.history) == len(changed.history)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 6)), min_size=1, max_size=30),
    st.lists(st.integers(0, 3), min_size=7, max_size=7),
    st.lists(st.integers(0, 3), min_size=30, max_size=30),
)
def test_matching_is_the_greedy_walk_down_the_overlaps(rows: list, ages: list, times: list) -> None:
    label = np.array([row[0] for row in rows])
    _, label = np.unique(label, return_inverse=True)
    old = np.array([row[1] for row in rows], dtype=np.uint64)
    minted = np.array(ages, dtype=np.int64)
    pairs: dict[tuple[int, int], int] = {}
    for cluster, one_id in zip(label.tolist(), old.tolist(), strict=True):
        if one_id:
            pairs[cluster, one_id] = pairs.get((cluster, one_id), 0) + 1
    expected = [0] * (label.max() + 1)
    seen = np.array(times[: len(rows)], dtype=np.int64)
    first = [int(seen[label == cluster].min()) for cluster in range(label.max() + 1)]
    order = sorted(
        pairs, key=lambda pair: (-pairs[pair], ages[pair[1]], pair[1], first[pair[0]], pair[0])
    )
    for cluster, one_id in order:
        if not expected[cluster] and one_id not in expected:
            expected[cluster] = one_id
    found = match(
        label, len(expected), old, lambda ids: minted[ids.astype(int)], lambda at: seen[at]
    )
    assert found.tolist() == expected


def test_a_value_that_falls_under_its_limit_again_joins_whom_it_is_left_with() -> None:
    """One of four accounts on a device goes, three are allowed: an increment finds the other three."""
    edges = [(f"{letter}1", "device_id", "d") for letter in "abcd"]
    first = run(edges)
    assert len(first.people) == 4
    gone = Gone(accounts("d1"), identifiers(edges[3:]))
    later = run([], first.state, is_increment=True, gone=gone, on=LATER)
    assert people_of(later) == {frozenset({"a1", "b1", "c1"})}
    assert_same(later, run(edges[:3], first.state, on=LATER))
    assert "retired" in set(later.history["event"])
