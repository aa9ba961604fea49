"""Random graphs: the same people as an independent slow oracle, in any order, in any batches."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.core.identity import Gone, load_state, resolve
from tests.unit.core.identity.frames import (
    DAY,
    Story,
    accounts,
    assert_same,
    edge_rows,
    identifiers,
    people_of,
    run,
    store,
    stories,
)
from tests.unit.core.identity.oracle import Oracle

# derandomize: the examples follow from the test itself, so every run sees the same ones.
thorough = settings(max_examples=60, deadline=None, derandomize=True)
brisk = settings(max_examples=25, deadline=None, derandomize=True)


@thorough
@given(stories(days=1))
def test_people_and_refusals_are_those_of_the_oracle(story: Story) -> None:
    edges = story.until(0)
    expected = Oracle(edges, story.limits)
    found = run(edges, limits=story.limits)
    assert people_of(found) == expected.people
    refused = {
        (row.identifier_type, row.identifier_hash): row.rule
        for row in found.violations.itertuples()
    }
    assert refused == expected.refused


@thorough
@given(stories(days=1))
def test_corrected_people_are_those_of_the_oracle(story: Story) -> None:
    edges = story.until(0)
    expected = Oracle(edges, story.limits, story.statements)
    found = run(edges, limits=story.limits, stated=story.stated)
    assert people_of(found) == expected.people


@brisk
@given(stories(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(story: Story, random) -> None:
    edges = story.until(2)
    shuffled = edges + edges[:3]
    random.shuffle(shuffled)
    turned = [(b, a, relation, at) for a, b, relation, at in story.statements]
    random.shuffle(turned)
    left = run(edges, limits=story.limits, stated=story.stated)
    right = run(shuffled, limits=story.limits, stated=Story([], story.limits, turned).stated)
    assert_same(left, right)


@thorough
@given(stories(), st.booleans())
def test_increments_equal_the_full_computation(story: Story, with_corrections: bool) -> None:
    stated = story.stated if with_corrections else None
    full = increment = run(story.days[0], limits=story.limits)
    for day in (1, 2):
        full = run(story.until(day), full.state, limits=story.limits, stated=stated)
        increment = run(
            story.days[day], increment.state, limits=story.limits, stated=stated, is_increment=True
        )
        assert_same(full, increment)
        pd.testing.assert_frame_equal(full.changed_accounts, increment.changed_accounts)


@thorough
@given(stories(days=2), st.lists(st.integers(0, 40), max_size=8), st.booleans())
def test_an_increment_that_takes_away_equals_the_full_computation(
    story: Story, places: list[int], with_corrections: bool
) -> None:
    """Identifiers, and with their last one accounts, go; some come back later than they were seen."""
    stated = story.stated if with_corrections else None
    first = run(story.until(0), limits=story.limits, stated=stated)
    taken = {edge[:3] for place, edge in enumerate(story.days[0]) if place in places}
    left = [edge for edge in story.days[0] if edge[:3] not in taken] + story.days[1]
    nobody = {edge[0] for edge in story.days[0]} - {edge[0] for edge in left}
    full = run(left, first.state, limits=story.limits, stated=stated)
    gone = Gone(accounts(*sorted(nobody)), identifiers(sorted(taken)))
    increment = run(
        story.days[1], first.state, limits=story.limits, stated=stated, is_increment=True, gone=gone
    )
    assert_same(full, increment)
    pd.testing.assert_frame_equal(full.changed_accounts, increment.changed_accounts)


@brisk
@given(stories(), stories(days=1))
def test_an_increment_under_changed_rules_equals_the_full_computation(
    story: Story, other: Story
) -> None:
    first = run(story.days[0], limits=story.limits)
    full = run(story.until(1), first.state, limits=other.limits)
    increment = run(story.days[1], first.state, limits=other.limits, is_increment=True)
    assert_same(full, increment)


@brisk
@given(stories())
def test_running_again_changes_nothing(story: Story) -> None:
    once = run(story.until(2), limits=story.limits, stated=story.stated)
    again = run(story.until(2), once.state, limits=story.limits, stated=story.stated)
    assert_same(once, again)
    assert again.changed_accounts.empty


@thorough
@given(stories(), st.lists(edge_rows(), max_size=6))
def test_corrections_taken_back_leave_no_trace(story: Story, later: list) -> None:
    """Even where data arrived in between: all is as if nobody had ever stated anything."""
    first = run(story.until(0), limits=story.limits)
    corrected = run(story.until(1), first.state, limits=story.limits, stated=story.stated)
    back = run(story.until(2) + later, corrected.state, limits=story.limits)
    never = run(story.until(1), first.state, limits=story.limits)
    never = run(story.until(2) + later, never.state, limits=story.limits)
    assert_same(back, never, ("accounts", "people", "violations", "evidence"))


@brisk
@given(stories())
def test_ids_are_a_division_and_the_ledger_explains_every_move(story: Story) -> None:
    result = None
    before: dict[str, str] = {}
    for day in range(3):
        stated = story.stated if day else None
        last_events = 0 if result is None else len(result.history)
        state = None if result is None else result.state
        result = run(story.until(day), state, limits=story.limits, stated=stated)
        after = dict(zip(result.accounts["account_key"], result.accounts["one_id"], strict=True))
        assert len(result.people) == len(set(after.values()))
        assert result.people["accounts"].sum() == len(after)
        assert result.people["confidence"].between(0, 1).all()
        events = result.history.iloc[last_events:]
        told = {
            (row.one_id, row.other_one_id)
            for row in events.itertuples()
            if row.event in ("merged", "split")
        }
        moved = {(before[key], after[key]) for key in before if before[key] != after[key]}
        assert moved == told
        minted = set(events.loc[events["event"] == "minted", "one_id"])
        assert minted == set(after.values()) - set(result.history.iloc[:last_events]["one_id"])
        resolved = dict(result.resolved_ids.itertuples(index=False))
        assert set(resolved) >= set(before.values()) | set(after.values())
        assert set(resolved.values()) <= set(after.values())
        assert all(resolved[one_id] == one_id for one_id in after.values())
        before = after


@brisk
@given(stories(days=2))
def test_a_stored_state_continues_like_the_one_in_memory(tmp_path_factory, story: Story) -> None:
    folder = tmp_path_factory.mktemp("state")
    first = run(story.days[0], limits=story.limits, stated=story.stated)
    store(folder, first.state)
    assert_same(
        run(story.days[1], load_state(folder), limits=story.limits, is_increment=True),
        run(story.days[1], first.state, limits=story.limits, is_increment=True),
    )


@brisk
@given(stories())
def test_hexadecimal_keys_give_the_people_of_any_other_keys(story: Story) -> None:
    """Sixteen hex digits travel as numbers; what they decide must not depend on it."""
    limits = replace(story.limits, blocked=frozenset())

    def as_hex(keys: pd.Series) -> list[str]:
        return [key.encode().hex().ljust(16, "0") for key in keys]

    def coded(edges: list, state=None, *, is_increment: bool = False):
        listed = accounts(*sorted({edge[0] for edge in edges}))
        carried = identifiers(edges)
        stated = story.stated.assign(
            account_key=as_hex(story.stated["account_key"]),
            other_account_key=as_hex(story.stated["other_account_key"]),
        )
        return resolve(
            listed.assign(account_key=as_hex(listed["account_key"])),
            carried.assign(
                account_key=as_hex(carried["account_key"]),
                identifier_hash=as_hex(carried["identifier_hash"]),
            ),
            state,
            limits,
            stated,
            DAY,
            is_increment=is_increment,
        )

    plain = run(story.until(1), limits=limits, stated=story.stated)
    first = coded(story.until(0))
    full = coded(story.until(1), first.state)
    increment = coded(story.days[1], first.state, is_increment=True)
    assert_same(full, increment)
    texts = plain.accounts["account_key"]
    names = dict(zip(as_hex(texts), texts, strict=True))
    regrouped = {frozenset(names[key] for key in person) for person in people_of(full)}
    assert regrouped == people_of(plain)
