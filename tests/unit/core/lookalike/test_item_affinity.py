"""Items that the same people buy are near; people are the mean of their items."""

from __future__ import annotations

import numpy as np

from orchestration.core.lookalike.affinity import DIMENSIONS, item_affinity
from orchestration.core.metrics import area_under_curve

PEOPLE, ITEMS = 600, 40
NAMES = [f"item {number}" for number in range(ITEMS)]


def baskets() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Person, item, amount; and who is of the kind that buys the first ten items, four of them each."""
    random = np.random.default_rng(4)
    kind = random.random(PEOPLE) < 0.3
    person = np.repeat(np.arange(PEOPLE), 6)
    item = random.integers(10, ITEMS, PEOPLE * 6)
    own = kind[person] & (np.arange(PEOPLE * 6) % 6 < 4)
    item[own] = random.integers(0, 10, int(own.sum()))
    return person, item, random.integers(1, 5, PEOPLE * 6).astype(np.float64), kind


def test_people_of_one_kind_are_told_by_items_they_do_not_share() -> None:
    person, item, amount, kind = baskets()
    # The halves of the kind are known by different items: only what others bought joins them.
    names, values = item_affinity(PEOPLE, person, item, amount, NAMES)
    assert len(names) == DIMENSIONS
    assert values.shape == (PEOPLE, DIMENSIONS)
    found = max(
        abs(area_under_curve(values[:, at].astype(np.float64), kind) - 0.5)
        for at in range(DIMENSIONS)
    )
    assert found > 0.45


def test_the_order_of_rows_and_split_amounts_change_nothing() -> None:
    person, item, amount, _ = baskets()
    names, values = item_affinity(PEOPLE, person, item, amount, NAMES)
    order = np.random.default_rng(1).permutation(len(person))
    again, shuffled = item_affinity(PEOPLE, person[order], item[order], amount[order], NAMES)
    assert again == names
    np.testing.assert_allclose(shuffled, values, rtol=1e-5, atol=1e-6)
    twice = np.concatenate([person, person])
    parts = item_affinity(PEOPLE, twice, np.tile(item, 2), np.tile(amount / 2, 2), NAMES)
    np.testing.assert_allclose(parts[1], values, rtol=1e-5, atol=1e-6)


def test_items_of_one_person_and_empty_purchases_give_no_column() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert item_affinity(5, nothing, nothing, nothing.astype(np.float64), [])[0] == ()
    alone = np.arange(3)
    names, values = item_affinity(5, alone, alone, np.ones(3), NAMES[:3])
    assert names == ()
    assert values.shape == (5, 0)
