"""What conditions mean, on the smallest data that can tell: boundary days, nulls, people with nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from orchestration.audiences.compiling import compile_audience
from orchestration.audiences.explaining import explain_audience
from orchestration.audiences.loading import load_audiences
from tests.unit.audiences.warehouse import AS_OF, Warehouse, audience


def day(ago: int) -> dt.date:
    return AS_OF - dt.timedelta(days=ago)


def people(warehouse: Warehouse, conditions: dict[str, Any]) -> set[str]:
    return {row[0] for row in warehouse.rows(compile_audience(audience(conditions)))}


def event(
    one_id: str, ago: int, event_type: str = "cart", count: int = 1, **more: Any
) -> dict[str, Any]:
    return {
        "one_id": one_id, "event_date": day(ago), "event_type": event_type, "event_count": count, **more
    }  # fmt: skip


def test_last_days_holds_the_as_of_day_and_n_minus_one_before(warehouse: Warehouse) -> None:
    warehouse.people("today", "first", "too_old", "tomorrow")
    warehouse.insert(
        "facts.user_event_days",
        [event("today", 0), event("first", 6), event("too_old", 7), event("tomorrow", -1)],
    )
    assert people(warehouse, {"did": "cart", "last_days": 7}) == {"today", "first"}
    assert people(warehouse, {"did": "cart", "last_days": 1}) == {"today"}
    assert people(warehouse, {"did": "cart"}) == {"today", "first", "too_old"}


def test_fixed_dates_are_inclusive_and_nothing_after_the_as_of_day_counts(
    warehouse: Warehouse,
) -> None:
    warehouse.people("a", "b", "c", "d")
    warehouse.insert(
        "facts.user_event_days",
        [event("a", 10), event("b", 8), event("c", 7), event("d", -1)],
    )
    between = {"did": "cart", "between": [day(10), day(8)]}
    assert people(warehouse, between) == {"a", "b"}
    assert people(warehouse, {"did": "cart", "between": [day(8), day(-5)]}) == {"b", "c"}


def test_at_most_includes_people_with_none(warehouse: Warehouse) -> None:
    warehouse.people("none", "one", "two", "other")
    warehouse.insert(
        "facts.user_event_days",
        [event("one", 0), event("two", 0, count=2), event("other", 0, "visit")],
    )
    assert people(warehouse, {"did": "cart", "at_most": 0}) == {"none", "other"}
    assert people(warehouse, {"did": "cart", "at_most": 1}) == {"none", "other", "one"}
    assert people(warehouse, {"did": "cart", "exactly": 0}) == {"none", "other"}
    assert people(warehouse, {"did": "cart", "exactly": 1}) == {"one"}
    assert people(warehouse, {"did": "cart", "less_than": 2}) == {"none", "other", "one"}
    assert people(warehouse, {"ordered": "orders", "at_most": 0}) == {"none", "one", "two", "other"}


def test_count_days_and_amount_are_different_measures(warehouse: Warehouse) -> None:
    warehouse.people("one_day", "two_days")
    warehouse.insert(
        "facts.user_event_days",
        [
            event("one_day", 1, count=5, amount=10, category="女装"),
            event("one_day", 1, count=5, amount=5.01, category="home"),
            event("two_days", 1, amount=None),
            event("two_days", 2),
        ],
    )
    assert people(warehouse, {"did": "cart", "at_least": 3}) == {"one_day"}
    assert people(warehouse, {"did": "cart", "measure": "days", "at_least": 2}) == {"two_days"}
    amount = {"did": "cart", "measure": "amount"}
    assert people(warehouse, {**amount, "at_least": 15.01}) == {"one_day"}
    assert people(warehouse, {**amount, "more_than": 15.01}) == set()
    assert people(warehouse, {**amount, "exactly": 0}) == {"two_days"}
    assert people(warehouse, {"did": "cart", "category": "女装", "at_least": 6}) == set()


def test_not_of_an_unknown_value_is_true(warehouse: Warehouse) -> None:
    warehouse.people("here", province="上海")
    warehouse.people("there", province="北京")
    warehouse.people("nowhere")
    is_here = {"profile": "province", "is": "上海"}
    assert people(warehouse, {"not": is_here}) == {"there", "nowhere"}
    assert people(warehouse, {"profile": "province", "is_not": "上海"}) == {"there"}
    assert people(warehouse, {"profile": "province", "is_known": False}) == {"nowhere"}
    assert people(warehouse, {"not": {"not": {"not": is_here}}}) == {"there", "nowhere"}


def test_a_time_is_compared_by_its_merchant_local_day(warehouse: Warehouse) -> None:
    # 16:00 UTC is midnight in Shanghai.
    warehouse.people("before_midnight", last_seen_at=dt.datetime(2026, 11, 19, 15, 59, 59))
    warehouse.people("after_midnight", last_seen_at=dt.datetime(2026, 11, 19, 16, 0, 0))
    assert people(warehouse, {"profile": "last_seen_at", "last_days": 1}) == {"after_midnight"}
    assert people(warehouse, {"profile": "last_seen_at", "not_in_last_days": 1}) == {
        "before_midnight"
    }


def test_an_empty_list_is_unknown(warehouse: Warehouse) -> None:
    warehouse.people("empty", reachable_channels="")
    warehouse.people("both", reachable_channels="email;sms")
    assert people(warehouse, {"profile": "reachable_channels", "is_known": False}) == {"empty"}
    assert people(warehouse, {"profile": "reachable_channels", "contains": ["sms", "wecom"]}) == {
        "both"
    }
    assert (
        people(warehouse, {"profile": "reachable_channels", "contains_all": ["sms", "wecom"]})
        == set()
    )


def test_values_with_quotes_are_data(warehouse: Warehouse) -> None:
    nasty = "x'); drop table audiences.profiles; --"
    warehouse.people("a", province=nasty)
    assert people(warehouse, {"profile": "province", "is": nasty}) == {"a"}
    assert people(warehouse, {"tag": nasty}) == set()
    assert people(warehouse, {"profile": "province", "is_known": True}) == {"a"}


def test_top_interest_is_the_heaviest_and_ties_go_by_name(warehouse: Warehouse) -> None:
    warehouse.people("clear", "tie", "rule_only", "weightless")
    rows = [
        ("clear", "interest.a", 2.0), ("clear", "interest.b", 5.0), ("clear", "rule.z", 10.0),
        ("tie", "interest.b", 5.0), ("tie", "interest.a", 5.0),
        ("rule_only", "rule.z", 10.0), ("weightless", "interest.a", None),
    ]  # fmt: skip
    warehouse.insert("tags.user_tags", [{"one_id": p, "tag": t, "weight": w} for p, t, w in rows])
    assert people(warehouse, {"top_interest": "a"}) == {"tie"}
    assert people(warehouse, {"top_interest": "b"}) == {"clear"}


def test_best_selling_goes_by_net_sales_in_the_window(warehouse: Warehouse) -> None:
    warehouse.people("a", "b")
    warehouse.insert(
        "tags.user_tags",
        [
            {"one_id": "a", "tag": "interest.a", "weight": 1},
            {"one_id": "b", "tag": "interest.b", "weight": 1},
        ],
    )
    orders = [("a", 0, 10), ("b", 0, 6), ("b", 5, 6), ("b", 30, 100), (None, 0, 500)]
    warehouse.insert(
        "facts.user_orders",
        [
            {"one_id": "a", "order_date": day(n), "top_category": c, "net_amount": m}
            for c, n, m in orders
        ],
    )
    top = {"best_selling": 1}
    assert people(warehouse, {"top_interest": {**top, "last_days": 7}}) == {"b"}
    assert people(warehouse, {"top_interest": {**top, "last_days": 1}}) == {"a"}
    assert people(warehouse, {"top_interest": {"best_selling": 2}}) == {"a", "b"}


def test_a_campaign_filter_reads_the_events_of_all_accounts(warehouse: Warehouse) -> None:
    warehouse.people("a", "b")
    warehouse.insert(
        "identity.accounts",
        [{"account_key": k, "one_id": p} for k, p in (("a1", "a"), ("a2", "a"), ("b1", "b"))],
    )
    warehouse.insert(
        "staging.events",
        [
            {"account_key": k, "event_type": "click", "event_date": day(1), "campaign": "11.11"}
            for k in ("a1", "a2", "b1", "stranger")
        ],
    )
    condition = {"did": "click", "campaign": "11.11", "last_days": 7}
    assert people(warehouse, {**condition, "at_least": 2}) == {"a"}
    assert people(warehouse, {**condition, "campaign": "6.18", "at_most": 0}) == {"a", "b"}


def test_equal_conditions_share_one_subquery() -> None:
    leaf = {"did": "cart", "last_days": 7}
    sql = compile_audience(audience({"any": [leaf, {"all": [leaf, {"did": "visit"}]}]}))
    assert sql.count("facts.user_event_days") == 2


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ({"did": "cart", "last_days": 7}, "did cart at least 1 time in the last 7 days"),
        ({"did": ["cart", "pay"], "at_most": 0}, "never did cart or pay"),
        (
            {"did": "pay", "measure": "amount", "more_than": 99.5, "category": "女装"},
            "did pay (category 女装) for an amount of more than 99.5",
        ),
        ({"did": "visit", "measure": "days", "exactly": 2}, "did visit on exactly 2 days"),
        ({"ordered": "orders", "exactly": 0, "last_days": 1}, "placed no order on the as-of day"),
        (
            {"ordered": "net_amount", "at_least": 1000, "between": [dt.date(2026, 11, 1), dt.date(2026, 11, 11)]},
            "bought for net sales of at least 1000 between 2026-11-01 and 2026-11-11",
        ),
        ({"tag": "rule.saver", "weight": {"at_least": 5}}, "have the tag rule.saver with a weight of at least 5"),
        ({"layer": "lifecycle_stage", "is": ["lost", "sleeping"]}, "are in lifecycle_stage lost or sleeping"),
        ({"not": {"private_domain": True}}, "do not match [are in the private domain]"),
        ({"profile": "last_seen_at", "not_in_last_days": 30}, "have last_seen_at before the last 30 days"),
        ({"profile": "is_private_domain", "is": True}, "have is_private_domain true"),
        ({"reachable": ["sms", "email"]}, "can be reached by sms or email and did not opt out there"),
        ({"invited": "people", "at_least": 2}, "invited at least 2 people"),
        (
            {"lookalike": {"of": "best", "share": 0.05}},
            "are among the 5 % of people outside the audience best who are most similar to it",
        ),
        ({"top_interest": {"best_selling": 3, "last_days": 90}},
         "have one of the merchant's 3 best-selling categories (by net sales in the last 90 days) as their top interest"),
        (
            {"all": [{"did": "cart"}, {"any": [{"private_domain": False}, {"in_audience": "x"}]}]},
            "did cart at least 1 time, and (are not in the private domain, or are in the audience x)",
        ),
    ],
)  # fmt: skip
def test_explanations(conditions: dict[str, Any], sentence: str) -> None:
    assert explain_audience(audience(conditions)) == f"People who {sentence}."


def test_shipped_definitions_explain_themselves_differently() -> None:
    audiences = load_audiences()
    assert len({explain_audience(item) for item in audiences}) == len(audiences)
    assert len({compile_audience(item) for item in audiences}) == len(audiences)
