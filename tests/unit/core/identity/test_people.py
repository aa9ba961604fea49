"""Who becomes one person, on literal tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from orchestration.configuration import load_configuration
from orchestration.core.identity import IdentityLimits, ValueLimit, resolve
from tests.unit.core.identity.frames import (
    DAY,
    LIMITS,
    accounts,
    corrections,
    identifiers,
    ids_of,
    people_of,
    run,
)

DEFAULTS = IdentityLimits.from_mapping(load_configuration().identity.model_dump())


def _people(*groups: str) -> set[frozenset[str]]:
    return {frozenset(group.split()) for group in groups}


def _violations(result) -> set[tuple]:
    columns = ["identifier_type", "identifier_hash", "accounts", "rule", "would_merge"]
    return set(result.violations[columns].itertuples(index=False, name=None))


def test_accounts_that_share_identifiers_are_one_person() -> None:
    result = run(
        [
            ("a1", "phone", "p1"),
            ("b1", "phone", "p1"),
            ("b1", "email", "e1"),
            ("c1", "email", "e1"),
        ],
        extra=["a9"],
    )
    assert people_of(result) == _people("a1 b1 c1", "a9")
    person = result.people.set_index("accounts")
    assert person["platforms"].to_dict() == {3: 3, 1: 1}
    assert person["confidence"].to_dict() == pytest.approx({3: 0.9 * (1 - 0.5 / 8), 1: 1.0})
    assert result.violations.empty
    assert set(result.history["event"]) == {"minted"}
    assert result.people["one_id"].str.fullmatch("p[0-9a-f]{16}").all()


def test_the_same_hash_of_two_types_is_two_identifiers() -> None:
    result = run([("a1", "phone", "x"), ("b1", "email", "x")])
    assert people_of(result) == _people("a1", "b1")


def test_a_second_user_id_with_a_shared_email_makes_a_new_person() -> None:
    """Segment's documented case: the e-mail gives way, and the first person keeps its id."""
    first = run([("a1", "user_id", "u1"), ("a1", "email", "e1")], limits=DEFAULTS)
    later = run(
        [("a2", "user_id", "u2"), ("a2", "email", "e1")],
        first.state,
        limits=DEFAULTS,
        is_increment=True,
    )
    assert people_of(later) == _people("a1", "a2")
    assert later.accounts["one_id"][0] == first.accounts["one_id"][0]
    assert _violations(later) == {("email", "e1", 2, "maximum_values", 2)}


def test_user_ids_are_limited_on_each_platform_alone() -> None:
    result = run(
        [
            ("a1", "user_id", "u1"),
            ("b1", "user_id", "u2"),
            ("a1", "phone", "p"),
            ("b1", "phone", "p"),
        ]
    )
    assert people_of(result) == _people("a1 b1")


def test_the_weakest_identifier_gives_way() -> None:
    """Two union ids meet through a phone and a device; the phone joins first, so the device goes."""
    result = run(
        [
            ("a1", "unionid", "u1"),
            ("b1", "unionid", "u2"),
            ("a1", "phone", "p1"),
            ("c1", "phone", "p1"),
            ("c1", "device_id", "d1"),
            ("b1", "device_id", "d1"),
        ]
    )
    assert people_of(result) == _people("a1 c1", "b1")
    assert _violations(result) == {("device_id", "d1", 2, "maximum_values", 2)}


def test_a_stronger_join_is_not_stopped_by_weaker_values() -> None:
    """The union id joins three phones where two are allowed; the third phone then joins nobody."""
    limits = replace(LIMITS, maximum_values={"phone": ValueLimit(2)})
    result = run(
        [(f"a{n}", "unionid", "u") for n in (1, 2, 3)]
        + [(f"a{n}", "phone", f"p{n}") for n in (1, 2, 3)]
        + [("b1", "phone", "p1")],
        limits=limits,
    )
    assert people_of(result) == _people("a1 a2 a3", "b1")
    assert _violations(result) == {("phone", "p1", 2, "maximum_values", 2)}


@pytest.mark.parametrize(("days_apart", "together"), [(364, False), (365, True)])
def test_a_window_limits_values_first_seen_within_it(days_apart: int, together: bool) -> None:
    limits = replace(LIMITS, maximum_values={"email": ValueLimit(1, window_days=365)})
    later = str((pd.Timestamp("2025-01-01") + pd.Timedelta(days=days_apart)).date())
    result = run(
        [
            ("a1", "email", "e1", "2025-01-01"),
            ("b1", "email", "e2", later),
            ("a1", "device_id", "d"),
            ("b1", "device_id", "d"),
        ],
        limits=limits,
    )
    assert (len(result.people) == 1) is together


def test_values_over_their_own_limits_join_nobody() -> None:
    limits = replace(LIMITS, blocked=frozenset({("phone", "p1")}))
    result = run(
        [(f"{letter}1", "device_id", "d") for letter in "abcd"]
        + [(f"e{n}", "email", "e") for n in range(4)]
        + [("f1", "phone", "p1"), ("g1", "phone", "p1")],
        limits=limits,
    )
    assert (result.people["accounts"] == 1).all()
    assert _violations(result) == {
        ("device_id", "d", 4, "maximum_accounts", 4),
        ("email", "e", 4, "maximum_accounts_per_platform", 4),
        ("phone", "p1", 2, "blocked", 2),
    }


def test_ten_planted_shared_devices_merge_nobody_and_are_ten_violations() -> None:
    """Ten shop tablets, each seen with eight customers who have their own phones elsewhere."""
    edges = []
    for device in range(10):
        for number in range(8):
            person = f"{device}_{number}"
            edges += [
                (f"a{person}", "phone", f"p{person}"),
                (f"b{person}", "phone", f"p{person}"),
                (f"a{person}", "device_id", f"shop{device}"),
            ]
    result = run(edges, limits=DEFAULTS)
    assert people_of(result) == {
        frozenset({f"a{device}_{number}", f"b{device}_{number}"})
        for device in range(10)
        for number in range(8)
    }
    assert _violations(result) == {
        ("device_id", f"shop{device}", 8, "maximum_accounts", 8) for device in range(10)
    }


@pytest.mark.parametrize("limited", [True, False])
def test_a_hub_of_five_thousand_is_not_merged_and_its_bridge_is_named(limited: bool) -> None:
    """Also where the type has no limit of its own: then the size of the person stops it."""
    edges = [(f"a{n}", "address", "hub") for n in range(5000)]
    edges += [(f"b{n}", "phone", f"p{n}") for n in range(5000)]
    edges += [(f"a{n}", "phone", f"p{n}") for n in range(5000)]
    unlimited = replace(DEFAULTS, maximum_accounts={}, maximum_values={}, relations=())
    limits = DEFAULTS if limited else unlimited
    result = run(edges, limits=limits)
    assert (result.people["accounts"] == 2).all()
    rule = "maximum_accounts" if limited else "maximum_person_accounts"
    assert _violations(result) == {("address", "hub", 5000, rule, 5000)}


def test_an_address_relates_people_and_joins_nobody() -> None:
    """A couple with one address and one device too many for a key; the tower block is no household."""
    limits = replace(
        LIMITS,
        relations=("address",),
        household_people=3,
        maximum_accounts={"device_id": 2, "other": 8},
    )
    edges = [
        ("a1", "phone", "p1"),
        ("b1", "phone", "p1"),
        ("a1", "address", "home"),
        ("b1", "address", "home"),
        ("c1", "address", "home"),
        ("c1", "address", "summer"),
        ("a1", "address", "summer"),
        ("a1", "device_id", "tablet"),
        ("b1", "device_id", "tablet"),
        ("c1", "device_id", "tablet"),
    ]
    edges += [(f"d{n}", "address", "tower") for n in range(3)] + [("a1", "address", "tower")]
    result = run(edges, limits=limits)
    assert people_of(result) == _people("a1 b1", "c1", "d0", "d1", "d2")
    ids = ids_of(result)
    pair = sorted((ids["a1"], ids["c1"]))
    assert result.relations.values.tolist() == [
        [*pair, "address", 2],
        [*pair, "device_id", 1],
    ]
    assert _violations(result) == {("device_id", "tablet", 3, "maximum_accounts", 2)}
    wider = run(edges, limits=replace(limits, household_people=4))
    assert len(wider.relations) == 2 + 6
    grown = run([("e1", "address", "summer")], result.state, limits=limits, is_increment=True)
    assert len(grown.people) == 6
    assert len(grown.relations) == 4


def test_a_giant_is_cut_at_its_weakest_bridge() -> None:
    """Two families of sixty hold together by phones; one device between them is the bridge."""
    edges = []
    for family in "ab":
        for n in range(59):
            edges += [
                (f"{family}{n}", "phone", f"{family}{n}"),
                (f"{family}{n + 1}", "phone", f"{family}{n}"),
            ]
    edges += [("a7", "device_id", "bridge"), ("b9", "device_id", "bridge")]
    result = run(edges)
    assert sorted(result.people["accounts"]) == [60, 60]
    assert _violations(result) == {("device_id", "bridge", 2, "maximum_person_accounts", 2)}


def test_a_weak_leaf_is_not_a_bridge_worth_cutting() -> None:
    """Eight and eight hang on a phone, two of them on a weaker device: the phone parts most."""
    limits = replace(LIMITS, maximum_person_accounts=10)
    edges = [(f"{side}{n}", "user_id", f"u{side}") for side in "ab" for n in range(6)]
    edges += [("a0", "phone", "bridge"), ("b0", "phone", "bridge")]
    for side in "ab":
        edges += [(f"{side}0", "device_id", side), (f"{side}7", "device_id", side)]
        edges += [(f"{side}7", "email", side), (f"{side}8", "email", side)]
    result = run(edges, limits=replace(limits, maximum_values={}))
    assert sorted(result.people["accounts"]) == [8, 8]
    assert _violations(result) == {("phone", "bridge", 2, "maximum_person_accounts", 2)}


def test_a_giant_without_bridges_is_put_together_up_to_the_limit() -> None:
    """A ring has no bridge: no person exceeds the limit, and what was refused is named."""
    limits = replace(LIMITS, maximum_person_accounts=10)
    edges = []
    for n in range(30):
        edges += [(f"a{n}", "phone", f"p{n}"), (f"a{(n + 1) % 30}", "phone", f"p{n}")]
        edges += [(f"a{n}", "user_id", f"u{n}"), (f"a{(n + 2) % 30}", "user_id", f"u{n}")]
    loose = replace(limits, maximum_values={})
    result = run(edges, limits=loose)
    assert result.people["accounts"].max() <= 10
    assert set(result.violations["rule"]) == {"maximum_person_accounts"}


def test_different_parts_two_accounts_at_their_weakest_tie() -> None:
    edges = [
        ("a1", "phone", "p", "2026-01-01"),
        ("b1", "phone", "p", "2026-01-05"),
        ("c1", "phone", "p", "2026-01-03"),
        ("a1", "email", "e", "2026-01-01"),
        ("c1", "email", "e", "2026-01-03"),
    ]
    apart = corrections(("a1", "b1", "different", "2026-02-01"))
    result = run(edges, stated=apart)
    assert people_of(result) == _people("a1 c1", "b1")
    assert _violations(result) == {("phone", "p", 3, "correction", 2)}


@pytest.mark.parametrize("later", ["a1", "b1"])
def test_of_equal_cuts_the_account_seen_later_goes_alone(later: str) -> None:
    days = dict.fromkeys(("a1", "b1", "c1"), "2026-01-01") | {later: "2026-01-09"}
    edges = [(key, "phone", "p", day) for key, day in days.items()]
    result = run(edges, stated=corrections(("a1", "b1", "different", "2026-02-01")))
    earlier = {"a1": "b1", "b1": "a1"}[later]
    assert people_of(result) == _people(f"{earlier} c1", later)


def test_same_joins_what_the_limits_keep_apart() -> None:
    edges = [("a1", "unionid", "u1"), ("b1", "unionid", "u2")]
    result = run(edges, stated=corrections(("b1", "a1", "same", "2026-02-01")))
    assert people_of(result) == _people("a1 b1")
    assert result.people["confidence"].tolist() == [1.0]
    assert set(result.evidence["identifier_type"]) == {"correction"}


def test_the_newest_statement_wins_and_the_overruled_one_is_named() -> None:
    stated = corrections(
        ("a1", "b1", "same", "2026-02-01"),
        ("b1", "c1", "same", "2026-02-02"),
        ("a1", "c1", "different", "2026-02-03"),
    )
    result = run([], extra=["a1", "b1", "c1"], stated=stated)
    assert people_of(result) == _people("a1", "b1 c1")
    assert _violations(result) == {("correction", "a1|b1", 2, "correction_overruled", 2)}


def test_a_statement_about_an_unknown_account_is_named() -> None:
    result = run([], extra=["a1"], stated=corrections(("a1", "z1", "same", "2026-02-01")))
    assert _violations(result) == {("correction", "a1|z1", 0, "correction_unknown_account", 0)}


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda a, i: (a.assign(account_key=None), i), "accounts.account_key is missing in 1"),
        (lambda a, i: (a, i.assign(identifier_hash=None)), "identifier_hash is missing in 1"),
        (lambda a, i: (a, i.assign(identifier_type=None)), "identifier_type is missing in 1"),
        (lambda a, i: (a, i.assign(platform="z")), "a1 stand on more than one platform"),
        (lambda a, i: (a.assign(account_key=""), i), "empty text"),
    ],
)
def test_rows_that_cannot_be_keys_are_refused(break_it, message: str) -> None:
    listed, carried = break_it(accounts("a1"), identifiers([("a1", "phone", "p")]))
    with pytest.raises(ValueError, match=message):
        resolve(listed, carried, None, LIMITS, None, DAY)


def test_an_unknown_relation_and_an_increment_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="relation"):
        run([], extra=["a1"], stated=corrections(("a1", "b1", "cousin", "2026-02-01")))
    with pytest.raises(ValueError, match="increment needs the state"):
        run([], extra=["a1"], is_increment=True)
    state = run([], extra=["a1"]).state
    moved = pd.DataFrame({"account_key": ["a1"], "platform": ["b"]}, dtype="str")
    with pytest.raises(ValueError, match="a1 changed platform"):
        resolve(moved, identifiers([]), state, LIMITS, None, DAY, is_increment=True)


@pytest.mark.parametrize(
    "change",
    [
        {"priority": ("phone", "phone")},
        {"maximum_accounts": {"phone": 0}},
        {"maximum_accounts_per_platform": {"phone": 0}},
        {"maximum_person_accounts": 0},
        {"household_people": 1},
        {"confidence": {"phone": 1.5}},
    ],
)
def test_impossible_limits_are_refused(change: dict) -> None:
    with pytest.raises(ValueError, match=r"phone|person|people"):
        replace(LIMITS, **change)
    with pytest.raises(ValueError, match="at least 1"):
        ValueLimit(0)


def test_the_fingerprint_tells_rules_apart_but_not_confidence() -> None:
    assert LIMITS.fingerprint() == replace(LIMITS, confidence={}).fingerprint()
    assert LIMITS.fingerprint() != replace(LIMITS, maximum_person_accounts=99).fingerprint()
    assert (
        LIMITS.fingerprint() != replace(LIMITS, blocked=frozenset({("phone", "1")})).fingerprint()
    )


def test_an_empty_shop_has_nobody() -> None:
    result = run([])
    for name in (
        "accounts",
        "people",
        "history",
        "violations",
        "evidence",
        "relations",
        "resolved_ids",
    ):
        assert getattr(result, name).empty
    assert (
        run([("a1", "phone", "p")], result.state, is_increment=True).people["accounts"].sum() == 1
    )
    assert np.array_equal(result.changed_accounts.columns, ["account_key", "one_id", "platform"])
