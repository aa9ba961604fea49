"""The person-grain models on a small random merchant, against loops in plain Python; and their checks turning red."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
import yaml

from orchestration.configuration import load_configuration
from tests.dbt.person import person_oracle as oracle
from tests.dbt.person.person_data import AS_OF, RULES, small_merchant
from tests.dbt.person.person_warehouse import PersonWarehouse, tags_from

HALF_LIVES = {"oil": 20.0}
YESTERDAY = AS_OF - dt.timedelta(days=1)


@dataclass(frozen=True)
class Built:
    """What dbt made of the merchant, and the rows it was made of."""

    warehouse: PersonWarehouse
    rows: dict[str, list[dict[str, Any]]]
    people: dict[str, str]
    lifecycle_yesterday: dict[str, str]

    def read(self, sql: str) -> pd.DataFrame:
        """The rows of a query as of the date."""
        return self.warehouse.read(sql, AS_OF)

    def known(self, as_of: dt.date) -> set[str]:
        """People first seen by the end of the day."""
        end = dt.datetime.combine(as_of + dt.timedelta(days=1), dt.time()) - oracle.SHANGHAI
        return {row["one_id"] for row in self.rows["known"] if row["first_seen_at"] < end}

    def accounts(self, as_of: dt.date) -> dict[str, str]:
        """Accounts known by the end of the day, with their person."""
        return {
            account: person
            for account, person in self.people.items()
            if person in self.known(as_of)
        }


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("person")
    warehouse = PersonWarehouse(folder / "home", folder / "target")
    frames, rows, people = small_merchant()
    configuration = load_configuration()
    interest = configuration.interest.model_copy(update={"half_life_days": HALF_LIVES})
    warehouse.fill(
        frames,
        configuration.model_copy(update={"interest": interest}),
        tags_from(RULES, folder / "config"),
    )
    # Of the day before only the stages are asked for.
    warehouse.build(
        YESTERDAY, "--exclude-resource-type", "unit_test", models="+lifecycle,tag:person_grain"
    )
    yesterday = _pairs(
        warehouse.read("select one_id, lifecycle_stage from layers.lifecycle", YESTERDAY)
    )
    warehouse.build(AS_OF)
    return Built(warehouse, rows, people, yesterday)


def _pairs(frame: pd.DataFrame) -> dict[str, Any]:
    return dict(frame.itertuples(index=False, name=None))


def test_interests_equal_the_oracle(built: Built) -> None:
    expected = oracle.interests(built.rows["interests"], built.accounts(AS_OF), AS_OF, HALF_LIVES)
    found = built.read("select one_id, interest, weight from tags.user_interests")
    weights = {(row.one_id, row.interest): row.weight for row in found.itertuples()}
    assert len(expected) > 40
    assert weights == pytest.approx(expected, abs=1e-7)


def test_rule_tags_equal_the_oracle(built: Built) -> None:
    facts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for day in built.rows["days"]:
        facts[built.people[day["account_key"]]].append(day)
    for line in built.rows["lines"]:
        person = built.people.get(line["account_key"])
        kept = line["gross_amount"] - oracle.refunded_until(line, AS_OF)
        if person is not None and line["paid_date"] <= AS_OF and kept > 0.001:
            facts[person].append(
                {
                    **line,
                    "event_date": line["paid_date"],
                    "event_type": "purchase",
                    "event_count": 1,
                    "amount": kept,
                }
            )
    rules = yaml.safe_load(RULES)
    expected = {
        (person, f"rule.{name}")
        for name, rule in rules.items()
        for person in built.known(AS_OF)
        if oracle.rule_holds(rule, facts[person], AS_OF)
    }
    found = built.read("select one_id, tag from tags.user_rule_tags")
    assert set(found.itertuples(index=False, name=None)) == expected
    assert {tag for _, tag in expected} == {f"rule.{name}" for name in rules}


def test_lifecycle_equals_the_oracle_today_and_the_day_before(built: Built) -> None:
    found = built.read(
        "select one_id, lifecycle_stage, previous_stage from layers.lifecycle"
    ).set_index("one_id")
    assert set(found.index) == built.known(AS_OF)
    visits: dict[str, list[dt.date]] = defaultdict(list)
    for day in built.rows["days"]:
        if day["event_type"] in oracle.VISITS:
            visits[built.people[day["account_key"]]].append(day["event_date"])
    for as_of, column in ((AS_OF, "lifecycle_stage"), (YESTERDAY, "previous_stage")):
        orders = oracle.orders_by_person(built.rows["lines"], built.accounts(as_of), as_of)
        expected = {
            person: oracle.lifecycle(orders.get(person, []), visits[person], as_of)
            if person in built.known(as_of)
            else "not_known"
            for person in built.known(AS_OF)
        }
        assert found[column].to_dict() == expected
    assert found["lifecycle_stage"].nunique() == 8


def test_the_stage_of_the_day_before_is_what_that_day_published(built: Built) -> None:
    found = _pairs(
        built.read(
            "select one_id, previous_stage from layers.lifecycle where previous_stage <> 'not_known'"
        )
    )
    assert found == built.lifecycle_yesterday


def test_flows_conserve_people(built: Built) -> None:
    flows = built.read("select * from layers.lifecycle_flows")
    assert flows["people"].sum() == len(built.known(AS_OF))
    assert flows.loc[flows["from_stage"] != "not_known", "people"].sum() == len(
        built.known(YESTERDAY)
    )
    into = flows.groupby("to_stage")["people"].sum().to_dict()
    assert into == _pairs(
        built.read("select lifecycle_stage, count(*) from layers.lifecycle group by all")
    )


def test_user_facts_sum_what_was_paid_and_kept(built: Built) -> None:
    orders = oracle.orders_by_person(built.rows["lines"], built.accounts(AS_OF), AS_OF)
    found = _pairs(built.read("select one_id, orders from facts.user_facts"))
    assert found == {person: len(orders.get(person, [])) for person in built.known(AS_OF)}


def test_reported_visitors_count_where_no_event_tells(built: Built) -> None:
    """Forty days of jd, and those days of taobao that have no page view; parents and tomorrow never count."""
    with_events = {
        row["event_date"]
        for row in built.rows["days"]
        if row["event_type"] in ("visit", "view", "content_view")
    }
    days = {AS_OF - dt.timedelta(days=age) for age in range(40)}
    assert 0 < len(days - with_events) < 40
    expected = 30 * (40 + len(days - with_events)), 50 * (40 + len(days - with_events))
    row = built.read(
        "select sum(reported_visitors) as visitors, sum(reported_page_views) as page_views from feedback.channel_visits"
    ).iloc[0]
    assert (row["visitors"], row["page_views"]) == expected
    health = built.read("""
        select sum(health.page_views - visits.page_views) as difference, count(*) as days
        from feedback.channel_health as health inner join feedback.channel_visits as visits using (day, channel)
    """).iloc[0]
    assert health["difference"] == 0
    assert health["days"] >= 40


def test_campaign_results_split_people_into_two_arms(built: Built) -> None:
    row = built.read("select * from feedback.campaign_results").iloc[0]
    paid: dict[str, list[dt.datetime]] = defaultdict(list)
    kept = set(built.read("select order_key from facts.user_orders")["order_key"])
    for line in built.rows["lines"]:
        if line["order_key"] in kept:
            paid[built.people[line["account_key"]]].append(line["paid_at"])
    start = dt.datetime(2026, 10, 1, 2)
    everyone = sorted(set(built.people.values()))
    bought = {
        person
        for person in everyone
        if any(start <= moment < start + dt.timedelta(days=14) for moment in paid[person])
    }
    assert (row["reached"], row["holdout"]) == (60, 20)
    assert (row["bought"], row["holdout_bought"]) == (
        sum(person in bought for number, person in enumerate(everyone) if number % 4),
        sum(person in bought for number, person in enumerate(everyone) if number % 4 == 0),
    )
    assert -1 <= row["lift_low"] < row["lift"] < row["lift_high"] <= 1
    assert float(row["cost"]) == pytest.approx(3.0)


def test_every_carried_tag_is_in_the_registry(built: Built) -> None:
    missing = built.read(
        "select distinct tag from tags.user_tags where tag not in (select tag from tags.registry)"
    )
    assert missing.empty
    coverage = built.read("select tag, coverage from tags.registry where tag = 'rule.views'")
    assert 0 < coverage["coverage"].iloc[0] < 1


def test_one_evidence_is_measured_once_however_many_rules_ask(built: Built) -> None:
    shared = built.read(
        "select count(distinct evidence) as evidence, count(distinct tag) as tags from config.rule_tags "
        "where tag in ('rule.views', 'rule.views_more')"
    ).iloc[0]
    assert (shared["evidence"], shared["tags"]) == (1, 2)


def test_checks_turn_red_on_tables_that_lie(built: Built) -> None:
    """One person forgotten, one counted twice, one cent gone, one share above one: each has its check."""
    for sql in (
        "delete from layers.lifecycle where one_id = (select min(one_id) from layers.lifecycle)",
        "insert into facts.user_orders select * from facts.user_orders order by order_key limit 1",
        "insert into tags.user_tags select * from tags.user_tags order by one_id, tag limit 1",
        "update facts.paid_orders set net_amount = net_amount + 0.01 where order_key = (select min(order_key) from facts.paid_orders)",
        "update tags.registry set coverage = 1.5 where tag = 'rule.views'",
        "update feedback.campaign_results set bought = reached + 1",
        "update feedback.channel_health set buyers = orders + 1",
    ):
        built.warehouse.execute(sql)
    done = built.warehouse.dbt("test", AS_OF, "--exclude-resource-type", "unit_test")
    assert done.returncode == 1
    for check in (
        "lifecycle_is_total",
        "lifecycle_flows_conserve_people",
        "unique_user_orders_order_key",
        "unique_together_user_tags_one_id__tag",
        "user_money_adds_up",
        "channel_health_counts_every_order",
        "paid_orders_gross_amount_refund_amount_net_amount",
        "registry_coverage_between_0_and_1",
        "campaign_results_bought_reached",
        "channel_health_buyers_orders",
    ):
        assert any("FAIL" in line and check in line for line in done.stdout.splitlines()), (
            f"{check} stayed green\n{done.stdout[-3000:]}"
        )
