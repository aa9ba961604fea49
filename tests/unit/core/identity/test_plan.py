"""The dry run: what would happen to people."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from orchestration.core.identity import compare
from tests.unit.core.identity.frames import LIMITS, Story, ids_of, people_of, run, stories


def test_a_plan_tells_merges_splits_and_the_bridges_of_the_largest() -> None:
    edges = [
        ("a1", "phone", "p"),
        ("b1", "phone", "p"),
        ("b2", "phone", "p"),
        ("d1", "email", "e"),
        ("d2", "email", "e"),
    ]
    before = run(edges, extra=["c1", "f1"])
    blocked = replace(LIMITS, blocked=frozenset({("email", "e")}))
    more = [("c1", "user_id", "u"), ("a1", "user_id", "u"), ("g1", "phone", "q")]
    after = run(edges + more, before.state, extra=["f1"], limits=blocked)
    plan = compare(before, after)
    old, new = ids_of(before), ids_of(after)
    told = plan.summary.iloc[0].to_dict()
    assert told == {
        "people_before": 4,
        "people_after": 5,
        "new": 1,
        "gone": 0,
        "merged": 1,
        "split": 1,
        "changed": 2,
        "unchanged": 1,
        "accounts_before": 7,
        "accounts_after": 8,
        "accounts_moved": 2,
        "moved_share": 2 / 7,
    }
    assert plan.merged.values.tolist() == [[old["c1"], old["a1"], 1]]
    assert plan.split["one_id_before"].tolist() == [old["d1"]]
    assert plan.new.values.tolist() == [[new["g1"], 1]]
    assert set(plan.moves["account_key"]) == {"c1", plan.moves["account_key"][1]}
    largest = plan.largest[plan.largest["one_id"] == old["a1"]]
    assert largest[
        ["accounts", "identifier_type", "identifier_hash", "parted"]
    ].values.tolist() == [
        [4, "phone", "p", 2],
        [4, "user_id", "u", 1],
    ]


def test_the_first_plan_is_all_new_people() -> None:
    plan = compare(None, run([("a1", "phone", "p"), ("b1", "phone", "p")], extra=["c1"]))
    assert plan.summary.iloc[0]["new"] == 2
    assert plan.moves.empty
    assert compare(None, run([])).largest.empty


@settings(max_examples=40, deadline=None, derandomize=True)
@given(stories(days=2))
def test_plans_conserve_people(story: Story) -> None:
    before = run(story.days[0], limits=story.limits)
    after = run(story.until(1), before.state, limits=story.limits, stated=story.stated)
    told = compare(before.state, after.state).summary.iloc[0]
    born = len(set(ids_of(after).values()) - set(ids_of(before).values()))
    assert told["people_after"] == told["people_before"] - told["merged"] - told["gone"] + born
    groups = {frozenset(group): None for group in people_of(before) & people_of(after)}
    stayed = [g for g in groups if ids_of(before)[next(iter(g))] == ids_of(after)[next(iter(g))]]
    assert told["unchanged"] == len(stayed)
    moved = [key for key, one_id in ids_of(before).items() if ids_of(after)[key] != one_id]
    assert told["accounts_moved"] == len(moved)
