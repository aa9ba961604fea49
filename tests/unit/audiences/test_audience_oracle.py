"""SQL and a second evaluator agree on random definitions over random data."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.audiences.compiling import compile_audience
from orchestration.audiences.explaining import explain_audience
from tests.unit.audiences.oracle import Oracle
from tests.unit.audiences.warehouse import AS_OF, TABLES, Warehouse, audience

PEOPLE = [f"p{i}" for i in range(5)]
DAYS = [AS_OF + dt.timedelta(days=offset) for offset in (-8, -7, -6, -1, 0, 1)]
CATEGORIES = ["女装", "it's", "home"]
EVENTS = ["cart", "visit"]

one_ids = st.sampled_from(PEOPLE)
days = st.sampled_from(DAYS)
categories = st.sampled_from([*CATEGORIES, None])
channels = st.sampled_from(["search", "live"])
money = st.sampled_from(["-5.00", "0.00", "9.99", "10.00", "100.00"])


def optional(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings with any subset of these keys."""
    return st.fixed_dictionaries({}, optional=strategies)


def one_of_keys(*keys: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Mappings with exactly one of the keys."""
    return st.one_of([st.fixed_dictionaries({key: values}) for key in keys])


def merged(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """The parts of one condition, in order."""
    return st.tuples(*parts).map(lambda items: {k: v for item in items for k, v in item.items()})


def some(values: list[str]) -> st.SearchStrategy[Any]:
    """One value, or a list of them."""
    return st.one_of(
        st.sampled_from(values),
        st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True),
    )


tables = st.fixed_dictionaries(
    {
        "audiences.profiles": st.just(PEOPLE).flatmap(
            lambda names: st.tuples(
                *[
                    st.fixed_dictionaries(
                        {
                            "one_id": st.just(name),
                            "province": st.sampled_from(["上海", "O'Hara", None]),
                            "lifecycle_stage": st.sampled_from(["active", "lost", None]),
                            "orders": st.sampled_from([0, 1, 2, None]),
                            "churn_probability": st.sampled_from([0.1, 0.5, None]),
                            "invites": st.sampled_from([0, 1, 3, None]),
                            "is_private_domain": st.sampled_from([True, False, None]),
                            "last_visit_date": st.sampled_from([*DAYS, None]),
                            "last_seen_at": st.sampled_from(
                                [
                                    # Around merchant-local midnight: 16:00 UTC.
                                    dt.datetime(2026, 11, 13, 15, 59, 59),
                                    dt.datetime(2026, 11, 13, 16, 0, 0),
                                    dt.datetime(2026, 11, 20, 15, 59, 59),
                                    None,
                                ]
                            ),
                            "reachable_channels": st.sampled_from(["", "sms", "email;sms", None]),
                        }
                    )
                    for name in names
                ]
            )
        ),
        "facts.user_event_days": st.lists(
            st.fixed_dictionaries(
                {
                    "one_id": one_ids,
                    "event_date": days,
                    "event_type": st.sampled_from(EVENTS),
                    "category": categories,
                    "channel": channels,
                    "event_count": st.integers(1, 3),
                    "amount": st.one_of(st.none(), money),
                }
            ),
            min_size=10,
            max_size=18,
        ),
        "facts.user_orders": st.lists(
            st.fixed_dictionaries(
                {
                    "one_id": one_ids,
                    "order_date": days,
                    "platform": st.sampled_from(["jd", "pdd"]),
                    "channel": channels,
                    "net_amount": money,
                    "units": st.integers(0, 3),
                    "top_category": categories,
                }
            ),
            min_size=5,
            max_size=10,
        ),
        "facts.user_channels": st.lists(
            st.fixed_dictionaries(
                {
                    "one_id": one_ids,
                    "channel": st.sampled_from(["sms", "email"]),
                    "is_reachable": st.booleans(),
                    "is_opted_out": st.sampled_from([True, False, None]),
                }
            ),
            min_size=2,
            max_size=6,
        ),
        "tags.user_tags": st.lists(
            st.fixed_dictionaries(
                {
                    "one_id": one_ids,
                    "tag": st.sampled_from(
                        ["interest.女装", "interest.home", "interest.it's", "rule.saver"]
                    ),
                    "value": st.sampled_from(["5", "true", "-1.5", None]),
                    "weight": st.sampled_from([0.5, 5.0, 10.0, None]),
                }
            ),
            min_size=5,
            max_size=15,
            unique_by=lambda row: (row["one_id"], row["tag"]),
        ),
        "identity.accounts": st.just(
            [
                {"account_key": f"a{i}", "one_id": name}
                for i, name in enumerate([*PEOPLE, *PEOPLE[:2]])
            ]
        ),
        "staging.events": st.lists(
            st.fixed_dictionaries(
                {
                    "account_key": st.sampled_from([f"a{i}" for i in range(8)]),
                    "event_date": days,
                    "event_type": st.sampled_from(EVENTS),
                    "category": categories,
                    "channel": channels,
                    "campaign": st.sampled_from(["double eleven", "x", None]),
                    "amount": st.one_of(st.none(), money),
                }
            ),
            min_size=4,
            max_size=8,
        ),
    }
)

window = st.one_of(
    st.just({}),
    st.sampled_from([1, 7, 8]).map(lambda n: {"last_days": n}),
    st.tuples(days, days).map(lambda pair: {"between": sorted(pair)}),
)
bound = st.sampled_from([0, 1, 2, 5])
bounds = st.one_of(
    one_of_keys("at_least", "at_most", "more_than", "less_than", "exactly", values=bound),
    st.tuples(bound, bound).map(lambda pair: {"at_least": min(pair), "at_most": max(pair)}),
)
sums = one_of_keys("at_least", "at_most", "exactly", values=st.sampled_from([-5, 0, 9.99, 10, 20]))
filters = optional(category=some(CATEGORIES), channel=some(["search", "live"]))

leaf = st.one_of(
    merged(
        st.fixed_dictionaries({"did": some(EVENTS)}),
        window,
        filters,
        st.one_of(st.just({}), bounds),
    ),
    merged(
        st.fixed_dictionaries({"did": some(EVENTS), "measure": st.just("days")}),
        window,
        filters,
        bounds,
    ),
    merged(
        st.fixed_dictionaries({"did": some(EVENTS), "measure": st.just("amount")}),
        window,
        filters,
        sums,
    ),
    merged(
        st.fixed_dictionaries({"did": some(EVENTS), "campaign": some(["double eleven", "x"])}),
        window,
        bounds,
    ),
    merged(
        st.fixed_dictionaries({"ordered": st.sampled_from(["orders", "units", "days"])}),
        window,
        optional(category=some(CATEGORIES), platform=some(["jd", "pdd"])),
        st.one_of(st.just({}), bounds),
    ),
    merged(st.just({"ordered": "net_amount"}), window, filters, sums),
    merged(
        st.fixed_dictionaries({"tag": st.sampled_from(["interest.女装", "rule.saver"])}),
        optional(
            weight=bounds, value=st.one_of(bounds, some(["5", "true"]).map(lambda v: {"is": v}))
        ),
    ),
    st.fixed_dictionaries(
        {
            "top_interest": st.one_of(
                some(CATEGORIES),
                merged(
                    st.sampled_from([1, 2]).map(lambda n: {"best_selling": n}),
                    optional(last_days=st.just(7)),
                ),
            )
        }
    ),
    merged(
        st.just({"layer": "lifecycle_stage"}),
        one_of_keys("is", "is_not", values=some(["active", "lost"])),
    ),
    merged(
        st.just({"profile": "province"}),
        one_of_keys("is", "is_not", values=some(["上海", "O'Hara"])),
    ),
    merged(st.just({"profile": "orders"}), bounds),
    merged(
        st.just({"profile": "churn_probability"}),
        one_of_keys("at_least", "less_than", "exactly", values=st.sampled_from([0.1, 0.5])),
    ),
    st.fixed_dictionaries(
        {
            "profile": st.sampled_from(
                ["province", "last_visit_date", "reachable_channels", "orders"]
            ),
            "is_known": st.booleans(),
        }
    ),
    merged(st.just({"profile": "is_private_domain"}), st.booleans().map(lambda b: {"is": b})),
    merged(
        st.fixed_dictionaries({"profile": st.sampled_from(["last_visit_date", "last_seen_at"])}),
        st.one_of(
            window.filter(bool),
            st.sampled_from([1, 7]).map(lambda n: {"not_in_last_days": n}),
            days.map(lambda day: {"is": day}),
        ),
    ),
    merged(
        st.just({"profile": "reachable_channels"}),
        one_of_keys("contains", "contains_all", values=some(["sms", "email"])),
    ),
    st.fixed_dictionaries({"reachable": some(["sms", "email"])}),
    st.fixed_dictionaries({"private_domain": st.booleans()}),
    merged(st.just({"invited": "people"}), st.one_of(st.just({}), bounds)),
    st.fixed_dictionaries({"in_audience": some(["one", "two"])}),
    st.just({"never": True}),
).filter(lambda node: "never" not in node)


def lists(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nested groups."""
    several = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"all": several}),
        st.fixed_dictionaries({"any": several}),
        st.fixed_dictionaries({"not": children}),
    )


conditions = st.recursive(leaf, lists, max_leaves=6)
members = st.fixed_dictionaries({"one": st.sets(one_ids), "two": st.sets(one_ids)})
scores = st.dictionaries(
    st.sampled_from([*PEOPLE, "stranger"]), st.sampled_from([0.1, 0.5, 0.9]), max_size=8
)


def load(warehouse: Warehouse, rows: dict[str, Any], held: dict[str, set[str]]) -> None:
    """Fill the warehouse anew."""
    warehouse.clear()
    for table in TABLES:
        warehouse.insert(table, rows.get(table, []))
    warehouse.connection.execute(
        "create or replace table audiences.audience_members (audience varchar, one_id varchar)"
    )
    pairs = [[name, one_id] for name, ids in held.items() for one_id in sorted(ids)]
    if pairs:
        warehouse.connection.executemany(
            "insert into audiences.audience_members values (?, ?)", pairs
        )


@pytest.fixture(scope="module")
def shared() -> Warehouse:
    """One warehouse for all examples; each fills it anew."""
    return Warehouse()


@settings(max_examples=100, derandomize=True, deadline=None)
@given(rows=tables, held=members, several=st.lists(conditions, min_size=6, max_size=10))
def test_sql_agrees_with_the_second_evaluator(
    shared: Warehouse, rows: dict[str, Any], held: dict[str, set[str]], several: list[Any]
) -> None:
    load(shared, rows, held)
    oracle = Oracle(rows, AS_OF, held)
    for condition in several:
        example = audience(condition)
        found = [row[0] for row in shared.rows(compile_audience(example))]
        assert len(found) == len(set(found))
        assert set(found) == oracle.evaluate(condition), explain_audience(example)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    held=members,
    scored=scores,
    size=st.one_of(
        st.integers(1, 4).map(lambda n: {"count": n}),
        st.sampled_from([0.05, 0.3, 0.5, 1]).map(lambda share: {"share": share}),
    ),
    beside=st.one_of(st.none(), leaf),
    rows=tables,
)
def test_lookalikes_agree_with_the_second_evaluator(
    shared: Warehouse, held: Any, scored: Any, size: Any, beside: Any, rows: Any
) -> None:
    load(shared, rows, held)
    shared.connection.execute(
        "create or replace table audiences.lookalike_members "
        "(audience varchar, one_id varchar, score double, tier varchar)"
    )
    for one_id, score in scored.items():
        shared.connection.execute(
            "insert into audiences.lookalike_members values ('example', ?, ?, '5%'), ('other', ?, 1, '1%')",
            [one_id, score, one_id],
        )
    similar = {"lookalike": {"of": "one", **size}}
    condition = similar if beside is None else {"all": [similar, beside]}
    found = {row[0] for row in shared.rows(compile_audience(audience(condition)))}
    oracle = Oracle(rows, AS_OF, held, {"example": scored})
    assert found == oracle.evaluate(condition)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(condition=conditions)
def test_the_same_definition_gives_the_same_text(condition: Any) -> None:
    one, other = audience(condition), audience(condition)
    assert compile_audience(one) == compile_audience(other)
    assert explain_audience(one) == explain_audience(other)
    assert explain_audience(one).startswith("People who ")
    assert explain_audience(one).endswith(".")
