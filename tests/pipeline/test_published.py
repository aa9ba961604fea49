"""What BI finds after one run: the contract, the people, the money."""

import csv
import hashlib
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import sqlalchemy as sa

from orchestration.automation.instance import open_instance
from orchestration.settings import SAMPLE_SALT
from tests.pipeline.merchant import END, Merchant

# Section by section as promised to users: these names may gain neighbours, never change.
CONTRACT = {
    "publications": "version as_of run_id published_at tables people audiences gate",
    "user_profiles": "one_id as_of accounts platforms first_seen_at last_seen_at orders net_amount lifecycle_stage "
    "aipl_stage r_score f_score m_score rfm_segment rfm_segment_8 value_tier predicted_value churn_probability "
    "reachable_channels gender gender_source age_band age_band_source",
    "user_tags": "one_id tag value weight as_of",
    "tags": "tag type description owner purpose coverage used_by",
    "user_accounts": "account_key platform one_id",
    "audiences": "audience title goal loop owner definition people targets holdout as_of",
    "audience_members": "audience one_id role score tier",
    "audience_overlaps": "audience other_audience people jaccard",
    "community_groups": "one_id community_group region age_band",
    "contact_plan": "one_id audience channel reason",
    "lookalike_evaluations": "audience seed engine auc average_precision lift tier",
    "lookalike_features": "audience feature seed_mean base_mean standardised_difference drift words",
    "lookalike_gates": "audience seed platform checked_on seed_people is_seed_accepted people is_accepted words",
    "models": "model engine version trained_on fingerprint is_used people metrics words",
    "lifecycle_flows": "as_of from_stage to_stage people",
    "rfm_flows": "as_of compared_as_of from_segment to_segment people net_amount_before net_amount_after",
    "channel_health": "day channel loop",
    "campaign_results": "campaign audience reached opened clicked joined bought net_amount units peak_hour cost",
    "quality_results": "table check severity passed observed run_id",
}
SHIPPED = {
    "potential_content_touched",
    "cart_left_7d",
    "first_purchase_second_due",
    "high_value_keep",
    "high_value_winback",
    "churn_warning",
    "sleeping_promotion",
    "missed_private_domain",
    "referrers",
    "lookalike_of_best_customers",
    "interest_top_category",
}


def truth(sample: Path, name: str) -> list[dict[str, str]]:
    with (sample / "truth" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def account_key(platform: str, account_id: str) -> str:
    return hashlib.md5(f"{SAMPLE_SALT}|{platform}:{account_id}".encode()).hexdigest()[:16]


@pytest.mark.parametrize("table", CONTRACT)
def test_every_promised_table_has_its_columns(published: Merchant, table: str) -> None:
    columns = {row[0] for row in published.rows(f"select column_name from (describe {table})")}
    assert set(CONTRACT[table].split()) <= columns


def test_shipped_audiences_are_published_and_most_have_people(published: Merchant) -> None:
    sizes = dict(published.rows("select audience, people from audiences"))
    assert set(sizes) >= SHIPPED
    assert not [name for name in SHIPPED if sizes[name] == 0]


def test_sqlalchemy_reads_what_the_client_reads(published: Merchant) -> None:
    engine = sa.create_engine(f"duckdb:///{published.published}", connect_args={"read_only": True})
    try:
        with engine.connect() as connection:
            people = connection.execute(sa.text("select count(*) from user_profiles")).scalar_one()
    finally:
        engine.dispose()
    assert [(people,)] == published.rows("select people from publications")


def test_parquet_holds_the_same_tables(published: Merchant) -> None:
    ((version,),) = published.rows("select version from publications")
    folder = published.settings.published / "versions" / version
    for table in CONTRACT:
        (parquet,) = duckdb.sql(
            f"select count(*) from '{folder / (table + '.parquet')}'"
        ).fetchall()
        assert [parquet] == published.rows(f'select count(*) from "{table}"'), table


def test_the_ui_shows_the_reconciliation_that_is_published(published: Merchant) -> None:
    with open_instance(published.settings) as instance:
        event = instance.get_latest_materialization_event(
            dg.AssetKey(["candidate", "reconciliation"])
        )
    assert event is not None
    assert event.asset_materialization is not None
    shown = event.asset_materialization.metadata["table"]
    assert isinstance(shown, dg.TableMetadataValue)
    said = {(r.data["export"], r.data["measure"], r.data["difference"]) for r in shown.records}
    assert said == set(
        published.rows("select export, measure, difference::text from reconciliation")
    )


def test_people_are_found_across_platforms(published: Merchant, sample: Path) -> None:
    person_of = {
        account_key(row["platform"], row["account_id"]): row["person_id"]
        for row in truth(sample, "accounts.csv")
    }
    one_id_of = dict(published.rows("select account_key, one_id from user_accounts"))
    found: dict[str, list[str]] = {}
    for key, one_id in one_id_of.items():
        if key in person_of:
            found.setdefault(one_id, []).append(key)
    joined = [pair for keys in found.values() for pair in combinations(sorted(keys), 2)]
    right = sum(person_of[a] == person_of[b] for a, b in joined)
    assert right / len(joined) >= 0.99

    evidence: dict[tuple[str, str, str], list[str]] = {}
    for row in truth(sample, "identifiers.csv"):
        if row["usable"].lower() in ("true", "1"):
            key = account_key(row["platform"], row["account_id"])
            evidence.setdefault(
                (person_of[key], row["identifier_type"], row["identifier_value"]), []
            ).append(key)
    expected = {pair for keys in evidence.values() for pair in combinations(sorted(set(keys)), 2)}
    recalled = sum(
        one_id_of.get(a) is not None and one_id_of.get(a) == one_id_of.get(b) for a, b in expected
    )
    assert recalled / len(expected) >= 0.95


def test_net_sales_equal_the_truth_to_the_cent(published: Merchant, sample: Path) -> None:
    ((in_profiles,),) = published.rows("select sum(net_amount) from user_profiles")
    expected = sum(Decimal(row["net_amount_identified"]) for row in truth(sample, "money.csv"))
    assert in_profiles == expected
    ((in_channels,),) = published.rows("select sum(net_amount) from channel_health")
    assert in_channels == sum(Decimal(row["net_amount"]) for row in truth(sample, "money.csv"))


def test_every_person_has_the_net_sales_of_the_truth(published: Merchant, sample: Path) -> None:
    expected = {row["person_id"]: Decimal(row["net_amount"]) for row in truth(sample, "people.csv")}
    person_of = {
        account_key(row["platform"], row["account_id"]): row["person_id"]
        for row in truth(sample, "accounts.csv")
    }
    people: dict[str, set[str]] = {}
    accounts: dict[str, set[str]] = {}
    for key, one_id in published.rows("select account_key, one_id from user_accounts"):
        if key in person_of:
            people.setdefault(one_id, set()).add(person_of[key])
            accounts.setdefault(person_of[key], set()).add(one_id)
    net = dict(published.rows("select one_id, net_amount from user_profiles"))
    compared = 0
    for one_id, persons in people.items():
        (person,) = persons if len(persons) == 1 else (None,)
        # Only people found whole and alone: a split or merged one has other sums by definition.
        if person is None or len(accounts[person]) > 1:
            continue
        compared += 1
        assert net[one_id] == expected[person]
    assert compared > 500


def test_nothing_personal_is_published(published: Merchant, sample: Path) -> None:
    values = {
        row["identifier_value"]
        for row in truth(sample, "identifiers.csv")
        if row["identifier_type"] in ("phone", "email", "buyer_name", "unionid", "external_userid")
    }
    for table in CONTRACT:
        names = [
            name
            for name, type_ in published.rows(
                f"select column_name, column_type from (describe {table})"
            )
            if type_ == "VARCHAR"
        ]
        for name in names:
            seen = {
                value for (value,) in published.rows(f'select distinct "{name}" from "{table}"')
            }
            assert not seen & values, f"{table}.{name}"


def test_as_of_is_the_day_of_the_run(published: Merchant) -> None:
    assert published.rows("select distinct as_of from user_profiles") == [(END,)]
    assert published.rows("select max(day) <= date '2026-11-20' from channel_health") == [(True,)]


def test_rfm_flows_conserve_people_and_money_of_both_dates(published: Merchant) -> None:
    with duckdb.connect(str(published.settings.warehouse), read_only=True) as warehouse:
        for side, table in (("before", "rfm_inputs_compared"), ("after", "rfm_inputs")):
            segment = "from_segment" if side == "before" else "to_segment"
            flowed = published.rows(
                f"select sum(people), sum(net_amount_{side}) from rfm_flows where {segment} != 'no_orders'"
            )
            counted = warehouse.execute(f"select count(*), sum(monetary) from layers.{table}")
            assert flowed == counted.fetchall()
            assert flowed[0][0] > 0
    moved = published.rows("select sum(people) from rfm_flows where from_segment != to_segment")
    assert moved[0][0] > 0
