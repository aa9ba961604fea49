from __future__ import annotations

import duckdb
import pytest

from orchestration.publishing.candidate import SOURCES
from orchestration.publishing.table import quoted
from orchestration.publishing.tables import CANDIDATE_TABLES, PUBLISHED_TABLES, create_statement

# The public contract (design, section 6): names that BI relies on.
PROMISED = {
    "publications": "version as_of run_id published_at tables people audiences gate",
    "user_profiles": (
        "one_id as_of accounts platforms first_seen_at last_seen_at orders net_amount lifecycle_stage aipl_stage "
        "r_score f_score m_score rfm_segment rfm_segment_8 value_tier predicted_value churn_probability "
        "reachable_channels gender gender_source age_band age_band_source province city member_level"
    ),
    "user_tags": "one_id tag value weight as_of",
    "tags": "tag type description owner purpose coverage used_by",
    "user_accounts": "account_key platform one_id",
    "resolved_ids": "one_id current_one_id",
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
    "channel_health": (
        "day channel loop page_views unique_visitors value_per_pv value_per_uv acquisition_cost payback_7d payback_30d "
        "payback_90d ltv_to_cac natural_to_paid_ratio search_share content_share potential_to_new_rate "
        "first_to_second_rate invites_per_member k_factor penetration"
    ),
    "campaign_results": (
        "campaign audience reached opened clicked joined bought net_amount units peak_hour cost lift lift_low lift_high "
        "incremental_net_amount"
    ),
    "reconciliation": "export measure delivered in_facts quarantined difference",
    "landing_findings": "export contract_version source_file finding observed expected mend",
    "quality_results": "table check severity passed observed run_id",
}


def test_exactly_the_promised_tables_are_published() -> None:
    assert set(PUBLISHED_TABLES) == set(PROMISED)
    assert set(PUBLISHED_TABLES) - set(CANDIDATE_TABLES) == {"publications", "quality_results"}


@pytest.mark.parametrize("table", PROMISED)
def test_promised_columns_are_there(table: str) -> None:
    assert set(PROMISED[table].split()) <= set(PUBLISHED_TABLES[table].column_names)


@pytest.mark.parametrize("table", PUBLISHED_TABLES.values(), ids=lambda t: t.name)
def test_a_table_is_described_whole(table) -> None:
    assert table.grain.startswith("one row")
    assert table.description.endswith(".")
    assert table.key
    assert set(table.key) <= set(table.column_names)
    assert len(set(table.column_names)) == len(table.columns)
    assert all(column.description for column in table.columns)


@pytest.mark.parametrize("table", PUBLISHED_TABLES.values(), ids=lambda t: t.name)
def test_the_create_statement_gives_the_declared_types(table) -> None:
    with duckdb.connect() as connection:
        connection.execute(create_statement(table, "main"))
        described = connection.execute(f"describe {quoted(table.name)}").fetchall()
    assert [(row[0], row[1]) for row in described] == [(c.name, c.type) for c in table.columns]


def test_every_candidate_table_has_a_source() -> None:
    assert set(SOURCES) == set(CANDIDATE_TABLES)


def test_names_are_quoted() -> None:
    assert quoted('a"b') == '"a""b"'
