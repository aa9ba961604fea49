"""What is shared by a household, lent or passed on does not make one person of two, on literal tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.configuration import load_configuration
from orchestration.core.identity import Contradictions, IdentityLimits
from tests.unit.core.identity.frames import ids_of, people_of, run

LIMITS = IdentityLimits.from_mapping(load_configuration().identity.model_dump())


def _people(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group.split()) for group in groups}


def _two(kind: str, *, days: tuple[str | None, str | None] = (None, None), **differs: str) -> list:
    """Two accounts that share one value, and carry a different one of every type in ``differs``."""
    edges: list = [("a1", kind, "shared", days[0]), ("b1", kind, "shared", days[1])]
    for other, values in differs.items():
        edges += [
            (account, other, value)
            for account, value in zip(("a1", "b1"), values.split(), strict=False)
        ]
    return edges


@pytest.mark.parametrize("differs", [{"phone": "p1 p2"}, {"email": "e1 e2"}, {"gender": "f m"}])
def test_a_device_of_a_household_relates_its_people_and_joins_nobody(differs: dict) -> None:
    result = run(_two("device_id", **differs), limits=LIMITS)
    assert people_of(result) == _people("a1", "b1")
    pair = sorted(ids_of(result).values())
    assert result.relations.values.tolist() == [[*pair, "device_id", 1]]
    violations = result.violations.values.tolist()
    assert violations == [["device_id", "shared", 2, "contradiction", 2]]


@pytest.mark.parametrize(
    ("kind", "differs", "is_one"),
    [
        ("device_id", {}, True),
        ("phone", {"email": "e1 e2"}, True),
        ("phone", {"gender": "f m"}, False),
        ("phone", {"birth_date": "1990-01-01 1991-05-05"}, False),
        ("phone", {"email": "e e", "gender": "f f", "birth_date": "1990-01-01"}, True),
        ("email", {"phone": "p1 p2"}, True),
        ("email", {"phone": "p1 p2", "birth_date": "1990-01-01 1991-05-05"}, False),
        ("unionid", {"gender": "f m", "birth_date": "1990-01-01 1991-05-05"}, True),
    ],
)
def test_weights_against_odds(kind: str, differs: dict, is_one: bool) -> None:
    assert (len(run(_two(kind, **differs), limits=LIMITS).people) == 1) is is_one


@pytest.mark.parametrize(
    ("days", "differs", "is_one"),
    [
        (("2025-01-01", "2025-06-30"), {"email": "e1 e2"}, True),
        (("2025-01-01", "2025-07-01"), {"email": "e1 e2"}, False),
        (("2025-07-01", "2025-01-01"), {"email": "e1 e2"}, False),
        (("2025-01-01", None), {"email": "e1 e2"}, True),
        (("2025-01-01", "2026-07-01"), {}, True),
    ],
)
def test_a_number_seen_long_apart_joins_only_what_nothing_else_speaks_against(
    days: tuple, differs: dict, is_one: bool
) -> None:
    assert (len(run(_two("phone", days=days, **differs), limits=LIMITS).people) == 1) is is_one


def test_the_first_sight_on_either_side_counts_for_numbers_passed_on() -> None:
    """The later account of the second side is long after the first side, the earlier one is not."""
    edges = _two("phone", days=("2025-01-01", "2025-03-01"), email="e1 e2")
    edges += [
        ("c1", "phone", "shared", "2025-12-01"),
        ("c1", "unionid", "u"),
        ("b1", "unionid", "u"),
    ]
    assert people_of(run(edges, limits=LIMITS)) == _people("a1 b1 c1")


def test_stronger_ties_first_then_groups_are_compared_as_a_whole() -> None:
    """b1 says nothing itself, but the union id makes it one with c1, whose phone is another."""
    edges = [
        ("a1", "phone", "p1"),
        ("a1", "device_id", "tablet"),
        ("b1", "device_id", "tablet"),
        ("b1", "unionid", "u"),
        ("c1", "unionid", "u"),
        ("c1", "phone", "p2"),
    ]
    assert people_of(run(edges, limits=LIMITS)) == _people("a1", "b1 c1")
    edges += [("c1", "phone", "p1")]
    assert people_of(run(edges, limits=LIMITS)) == _people("a1 b1 c1")


def test_a_value_that_joins_nobody_says_nothing_of_its_carriers() -> None:
    """The phone of two union ids is no common phone: what is left of phones differs, the tablet yields.

    Without the further phones nothing is left to differ, and still nothing makes them one.
    """
    shared = [
        ("a1", "phone", "home"),
        ("b1", "phone", "home"),
        ("a1", "unionid", "u1"),
        ("b1", "unionid", "u2"),
    ]
    tablet = [("a1", "device_id", "t"), ("c1", "device_id", "t"), ("c1", "phone", "home")]
    loose = replace(LIMITS, maximum_accounts_per_platform={})
    result = run([*shared, *tablet], limits=loose)
    assert people_of(result) == _people("a1 c1", "b1")
    own = [("a1", "phone", "p1"), ("c1", "phone", "p3")]
    apart = run([*shared, *tablet, *own], limits=loose)
    assert people_of(apart) == _people("a1", "b1", "c1")


def test_what_an_account_declares_joins_and_relates_nobody() -> None:
    edges = [(f"{letter}{n}", "gender", "female") for letter in "ab" for n in range(2)]
    result = run(edges, limits=LIMITS)
    assert len(result.people) == 4
    assert result.relations.empty
    assert result.violations.empty
    assert result.evidence.empty


def test_a_gender_that_comes_later_parts_a_couple() -> None:
    both = _two("phone", days=("2026-01-01", "2026-01-05"))
    first = run([*both, ("a1", "gender", "female")], limits=LIMITS)
    later = run([("b1", "gender", "male")], first.state, limits=LIMITS, is_increment=True)
    assert people_of(first) == _people("a1 b1")
    assert people_of(later) == _people("a1", "b1")
    assert set(later.history.loc[later.history["event"] == "split", "cause"]) == {"new_data"}


@pytest.mark.parametrize(
    "change",
    [
        {"weights": {"phone": 0.5}},
        {"passed_on": {"phone": 0}},
        {"passed_on_days": 0},
        {"minimum_confidence": 1},
    ],
)
def test_impossible_weights_are_refused(change: dict) -> None:
    with pytest.raises(ValueError, match="contradictions"):
        Contradictions(**change)


def test_the_fingerprint_knows_the_confidence_of_what_is_weighed() -> None:
    surer = replace(LIMITS, confidence={**LIMITS.confidence, "phone": 0.99})
    assert surer.fingerprint() != LIMITS.fingerprint()
    surer = replace(LIMITS, confidence={**LIMITS.confidence, "unionid": 0.5})
    assert surer.fingerprint() == LIMITS.fingerprint()
