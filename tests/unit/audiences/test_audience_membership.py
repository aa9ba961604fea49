"""Members, holdout, sizes and overlaps."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.audiences.columns import KnownNames
from orchestration.audiences.language import Audience
from orchestration.audiences.loading import AudienceSet, load_audiences, order_audiences
from orchestration.audiences.membership import (
    evaluate_base,
    evaluate_dependent,
    seed_of,
    write_audiences,
    write_overlaps,
)
from orchestration.audiences.parsing import AudienceError
from orchestration.configuration import Holdout
from tests.unit.audiences.warehouse import AS_OF, Warehouse, audience

HOLDOUT = Holdout(share=0.05, name="global")


def audiences_of(*items: Audience) -> AudienceSet:
    return order_audiences(list(items))


def everybody(name: str = "everybody") -> Audience:
    return audience({"profile": "one_id", "is_known": True}, name)


def crowd(warehouse: Warehouse, people: int) -> None:
    warehouse.connection.execute(
        f"insert into audiences.profiles (one_id, orders) select 'p' || i, i % 7 from range({people}) t(i)"
    )


def held_out(warehouse: Warehouse) -> set[str]:
    return {
        row[0]
        for row in warehouse.rows(
            "select one_id from audiences.audience_members where role = 'holdout'"
        )
    }


def test_the_holdout_is_about_its_share_and_the_same_every_time(warehouse: Warehouse) -> None:
    crowd(warehouse, 20_000)
    audiences = audiences_of(everybody())
    assert evaluate_base(warehouse.connection, audiences, HOLDOUT) == {"everybody": 20_000}
    first = held_out(warehouse)
    assert 0.045 < len(first) / 20_000 < 0.055
    warehouse.connection.execute("set variable as_of = date '2027-03-01'")
    evaluate_base(warehouse.connection, audiences, HOLDOUT)
    assert held_out(warehouse) == first


def test_a_larger_share_keeps_and_another_name_or_salt_redraws(warehouse: Warehouse) -> None:
    crowd(warehouse, 5_000)
    audiences = audiences_of(everybody())
    evaluate_base(warehouse.connection, audiences, HOLDOUT)
    first = held_out(warehouse)
    evaluate_base(warehouse.connection, audiences, Holdout(share=0.2, name="global"))
    assert held_out(warehouse) > first
    evaluate_base(warehouse.connection, audiences, Holdout(share=0.05, name="spring"))
    assert len(held_out(warehouse) & first) < len(first) / 2
    warehouse.connection.execute("set variable id_salt = 'another salt'")
    evaluate_base(warehouse.connection, audiences, HOLDOUT)
    assert len(held_out(warehouse) & first) < len(first) / 2
    evaluate_base(warehouse.connection, audiences, Holdout(share=0, name="global"))
    assert not held_out(warehouse)


def test_a_person_is_held_out_everywhere_or_nowhere(warehouse: Warehouse) -> None:
    crowd(warehouse, 3_000)
    few = audience({"profile": "orders", "at_most": 3}, "few")
    evaluate_base(warehouse.connection, audiences_of(everybody(), few), HOLDOUT)
    assert (
        warehouse.rows(
            "select one_id from audiences.audience_members group by one_id having count(distinct role) > 1"
        )
        == []
    )


def lookalikes() -> AudienceSet:
    return audiences_of(
        audience({"profile": "orders", "at_least": 6}, "seed"),
        audience({"lookalike": {"of": "seed", "count": 3}}, "alike"),
        audience({"not": {"in_audience": "alike"}}, "others"),
    )


def test_two_phases_with_a_lookalike_between(warehouse: Warehouse) -> None:
    crowd(warehouse, 21)
    audiences, connection = lookalikes(), warehouse.connection
    assert evaluate_base(connection, audiences, Holdout(share=0, name="x")) == {"seed": 3}
    assert list(seed_of(connection, audiences, "alike")) == ["p13", "p20", "p6"]
    with pytest.raises(KeyError):
        seed_of(connection, audiences, "seed")
    connection.execute(
        "insert into audiences.lookalike_members select 'alike', 'p' || i, i / 100, '5%' from range(21) t(i)"
    )
    # The seed (6, 13, 20) is left out although it was scored.
    for _ in range(2):
        assert evaluate_dependent(connection, audiences) == {"alike": 3, "others": 18}
        assert warehouse.rows(
            "select one_id, role, score, tier from audiences.audience_members where audience = 'alike' "
            "order by score desc"
        ) == [
            ("p19", "target", 0.19, "5%"),
            ("p18", "target", 0.18, "5%"),
            ("p17", "target", 0.17, "5%"),
        ]
    assert warehouse.rows(
        "select count(*) from audiences.audience_members where score is null"
    ) == [(21,)]


def test_a_lookalike_that_was_not_published_is_an_empty_audience(warehouse: Warehouse) -> None:
    crowd(warehouse, 14)
    audiences = lookalikes()
    evaluate_base(warehouse.connection, audiences, HOLDOUT)
    assert evaluate_dependent(warehouse.connection, audiences) == {"alike": 0, "others": 14}
    write_audiences(warehouse.connection, audiences)
    assert warehouse.rows(
        "select people, targets, holdout from audiences.audiences where audience = 'alike'"
    ) == [(0, 0, 0)]


def test_sizes_and_definitions_are_written(warehouse: Warehouse) -> None:
    crowd(warehouse, 1_000)
    audiences = audiences_of(everybody())
    evaluate_base(warehouse.connection, audiences, HOLDOUT)
    write_audiences(warehouse.connection, audiences)
    (row,) = warehouse.rows(
        "select audience, title, goal, loop, owner, definition, people, targets + holdout, holdout, as_of, priority "
        "from audiences.audiences"
    )
    assert row[:8] == (
        *("everybody", "Everybody", "convert", "inner", "tests"),
        *("People who have one_id known.", 1_000, 1_000),
    )
    assert (row[8], row[9:]) == (len(held_out(warehouse)), (AS_OF, 10))


def test_a_missing_table_names_the_audience(warehouse: Warehouse) -> None:
    warehouse.connection.execute("drop table facts.user_orders")
    audiences = audiences_of(audience({"ordered": "orders"}, "buyers"))
    with pytest.raises(
        AudienceError, match=r"audience 'buyers' cannot be evaluated: .*user_orders"
    ):
        evaluate_base(warehouse.connection, audiences, HOLDOUT)


NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def shared() -> Warehouse:
    return Warehouse()


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    st.fixed_dictionaries({name: st.sets(st.integers(0, 12)) for name in NAMES}), st.integers(0, 4)
)
def test_overlaps_agree_with_brute_force(
    shared: Warehouse, held: dict[str, set[int]], used: int
) -> None:
    audiences = audiences_of(*(everybody(name) for name in NAMES[:used]))
    connection = shared.connection
    connection.execute(
        "create or replace table audiences.audience_members "
        "(audience varchar, one_id varchar, role varchar, score double, tier varchar)"
    )
    for name, ids in held.items():
        for one_id in ids:
            connection.execute(
                "insert into audiences.audience_members values (?, ?, 'target', null, null)",
                [name, f"p{one_id}"],
            )
    write_overlaps(connection, audiences)
    expected = [
        (
            one,
            other,
            len(held[one] & held[other]),
            len(held[one] & held[other]) / max(1, len(held[one] | held[other])),
        )
        for one, other in itertools.combinations(NAMES[:used], 2)
    ]
    found = shared.rows(
        "select audience, other_audience, people, jaccard from audiences.audience_overlaps order by 1, 2"
    )
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    assert [row[3] for row in found] == pytest.approx([row[3] for row in expected])


def test_all_shipped_audiences_run_on_an_empty_warehouse(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    audiences = load_audiences(tmp_path, KnownNames())
    sizes = evaluate_base(warehouse.connection, audiences, HOLDOUT)
    sizes |= evaluate_dependent(warehouse.connection, audiences)
    assert sizes == dict.fromkeys(sizes, 0)
    write_audiences(warehouse.connection, audiences)
    write_overlaps(warehouse.connection, audiences)
    assert warehouse.rows("select count(*) from audiences.audiences") == [(12,)]
    assert warehouse.rows(
        "select count(*), sum(people), max(jaccard) from audiences.audience_overlaps"
    ) == [(66, 0, 0.0)]
