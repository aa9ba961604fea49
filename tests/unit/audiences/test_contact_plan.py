"""One message per person, and a reason for everybody who gets none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.audiences.contact_plan import build_contact_plan
from orchestration.audiences.language import Audience
from orchestration.audiences.loading import AudienceSet, order_audiences
from orchestration.audiences.membership import evaluate_base
from orchestration.configuration import ContactPlan, Holdout
from tests.unit.audiences.warehouse import AS_OF, Warehouse, audience

PLAN = ContactPlan(
    channel_priority=["wecom", "sms", "email"], recent_buyer_days=3, campaign_window_days=14
)
NOBODY_HELD = Holdout(share=0.0, name="none")


def carries(tag: str, priority: int, **header: Any) -> Audience:
    return audience({"tag": f"rule.{tag}"}, tag, priority=priority, goal=f"goal of {tag}", **header)


AUDIENCES: AudienceSet = order_audiences(
    [
        carries("high", 90, channels=["sms"]),
        carries("middle", 50),
        carries("equal", 50),
        carries("silent", 99, channels=[]),
    ]
)


def put(
    warehouse: Warehouse,
    one_id: str,
    tags: str,
    reachable: str = "",
    opted_out: str = "",
    **profile: Any,
) -> None:
    warehouse.people(one_id, **profile)
    warehouse.insert(
        "tags.user_tags", [{"one_id": one_id, "tag": f"rule.{tag}"} for tag in tags.split()]
    )
    warehouse.insert("facts.user_channels", [
        {"one_id": one_id, "channel": channel, "is_reachable": channel not in opted_out.split(),
         "is_opted_out": channel in opted_out.split()}
        for channel in sorted({*reachable.split(), *opted_out.split()})
    ])  # fmt: skip


def plan(warehouse: Warehouse, holdout: Holdout = NOBODY_HELD) -> dict[str, tuple[Any, ...]]:
    evaluate_base(warehouse.connection, AUDIENCES, holdout)
    outcomes = build_contact_plan(warehouse.connection, AUDIENCES, PLAN)
    rows = warehouse.rows(
        "select one_id, audience, channel, reason, as_of from audiences.contact_plan"
    )
    assert len({row[0] for row in rows}) == len(rows) == sum(outcomes.values())
    assert {row[4] for row in rows} <= {AS_OF}
    return {row[0]: row[1:4] for row in rows}


@pytest.mark.parametrize(
    ("tags", "reachable", "opted_out", "expected"),
    [
        ("high middle", "wecom sms", "", ("high", "sms", "goal of high: High")),
        ("high middle", "wecom", "", ("middle", "wecom", "goal of middle: Middle")),
        ("middle equal", "email", "", ("equal", "email", "goal of equal: Equal")),
        ("middle", "sms email", "", ("middle", "sms", "goal of middle: Middle")),
        ("high middle", "wecom", "sms", ("middle", "wecom", "goal of middle: Middle")),
        ("high", "wecom", "sms", ("high", None, "opted_out")),
        ("high", "wecom", "", ("high", None, "unreachable")),
        ("middle", "", "", ("middle", None, "unreachable")),
        ("silent", "sms", "", ("silent", None, "not_for_contact")),
        ("silent middle", "sms", "", ("middle", "sms", "goal of middle: Middle")),
    ],
)
def test_the_best_reachable_audience_gets_the_person(
    warehouse: Warehouse, tags: str, reachable: str, opted_out: str, expected: tuple[Any, ...]
) -> None:
    put(warehouse, "p", tags, reachable, opted_out)
    assert plan(warehouse) == {"p": expected}


def test_people_in_no_audience_are_not_in_the_plan(warehouse: Warehouse) -> None:
    put(warehouse, "p", "", "sms")
    assert plan(warehouse) == {}


def test_recent_buyers_are_left_alone(warehouse: Warehouse) -> None:
    for days in (0, 2, 3):
        put(warehouse, f"p{days}", "middle", "sms")
        warehouse.insert(
            "facts.user_orders",
            [{"one_id": f"p{days}", "order_date": AS_OF - dt.timedelta(days=days)}],
        )
    assert {one_id: row[2] for one_id, row in plan(warehouse).items()} == {
        "p0": "recent_buyer", "p2": "recent_buyer", "p3": "goal of middle: Middle"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("status", "refunded_at", "is_pending"),
    [
        ("paid", None, True),
        ("shipped", None, True),
        ("shipped", dt.datetime(2026, 11, 20, 16, 0), True),
        ("shipped", dt.datetime(2026, 11, 20, 15, 59), False),
        ("completed", None, False),
        ("refunded", None, False),
    ],
)
def test_a_refund_under_way_is_left_alone(
    warehouse: Warehouse, status: str, refunded_at: dt.datetime | None, is_pending: bool
) -> None:
    put(warehouse, "p", "middle", "sms")
    warehouse.insert("identity.accounts", [{"account_key": "a", "one_id": "p"}])
    warehouse.insert(
        "staging.order_lines",
        [
            {
                "order_line_key": "l",
                "account_key": "a",
                "ordered_at": dt.datetime(2026, 11, 1),
                "status": status,
            }
        ],
    )
    warehouse.insert(
        "staging.refunds", [{"order_line_key": "l", "refunded_at": refunded_at, "refund_amount": 5}]
    )
    assert (plan(warehouse)["p"][2] == "pending_refund") == is_pending


@pytest.mark.parametrize(
    ("state", "applied_at", "refunded_at", "is_pending"),
    [
        ("requested", dt.datetime(2026, 11, 20, 15, 59), None, True),
        ("processing", dt.datetime(2026, 11, 1), None, True),
        ("requested", dt.datetime(2026, 11, 20, 16, 0), None, False),  # asked after the as-of date
        ("refunded", dt.datetime(2026, 11, 1), dt.datetime(2026, 11, 20, 15, 59), False),
        ("refunded", dt.datetime(2026, 11, 1), dt.datetime(2026, 11, 20, 16, 0), True),  # not yet
        ("closed", dt.datetime(2026, 11, 1), None, False),
    ],
)
def test_who_waits_for_an_after_sales_case_is_left_alone(
    warehouse: Warehouse,
    state: str,
    applied_at: dt.datetime,
    refunded_at: dt.datetime | None,
    is_pending: bool,
) -> None:
    put(warehouse, "p", "middle", "sms")
    warehouse.insert("identity.accounts", [{"account_key": "a", "one_id": "p"}])
    warehouse.insert(
        "staging.order_lines",
        [{"order_line_key": "l", "order_key": "o", "account_key": "a", "ordered_at": dt.datetime(2026, 10, 1), "status": "completed"}],
    )  # fmt: skip
    warehouse.insert(
        "staging.refund_cases",
        [{"order_key": "o", "applied_at": applied_at, "refunded_at": refunded_at, "state": state}],
    )
    assert (plan(warehouse)["p"][2] == "pending_refund") == is_pending


def test_everybody_who_opted_out_of_everything_is_left_out(warehouse: Warehouse) -> None:
    put(warehouse, "p", "middle", "sms", is_opted_out_all=True)
    assert plan(warehouse)["p"] == ("middle", None, "opted_out")


def test_the_holdout_is_those_who_would_have_been_contacted(warehouse: Warehouse) -> None:
    for i in range(60):
        put(warehouse, f"p{i:02}", "high middle", "wecom" if i % 3 else "")
    would = plan(warehouse)
    found = plan(warehouse, Holdout(share=0.4, name="x"))
    held = {row[0] for row in warehouse.rows("select one_id from audiences.holdout_people")}
    assert 10 < len(held) < 40
    for one_id, row in found.items():
        if would[one_id][1] is None:
            assert row == would[one_id]
        elif one_id in held:
            assert row == (would[one_id][0], None, "holdout")
        else:
            assert row == would[one_id]


channels = st.sets(st.sampled_from(["wecom", "sms", "email"])).map(" ".join)
tags = st.sets(st.sampled_from(["high", "middle", "equal", "silent"]), min_size=1).map(" ".join)


@pytest.fixture(scope="module")
def shared() -> Warehouse:
    return Warehouse()


@settings(max_examples=30, derandomize=True, deadline=None)
@given(st.lists(st.tuples(tags, channels, channels), min_size=1, max_size=8))
def test_the_plan_agrees_with_a_loop_over_people(
    shared: Warehouse, people: list[tuple[str, str, str]]
) -> None:
    shared.clear()
    for i, (tag, reachable, opted_out) in enumerate(people):
        put(shared, f"p{i}", tag, reachable, opted_out)
    found = plan(shared)
    allowed = {"high": ["sms"], "equal": PLAN.channel_priority, "middle": PLAN.channel_priority}
    for i, (tag, reachable, opted_out) in enumerate(people):
        open_channels = set(reachable.split()) - set(opted_out.split())
        choices = [
            (name, channel)
            for name in ("high", "equal", "middle")
            for channel in allowed[name]
            if name in tag.split() and channel in open_channels
        ]
        audience_name, channel, _ = found[f"p{i}"]
        assert channel == (choices[0][1] if choices else None)
        if choices:
            assert audience_name == choices[0][0]
