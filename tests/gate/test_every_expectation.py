"""Every expectation of every suite: green on a valid candidate, red on a candidate with one fault.

``CORRUPTIONS`` has at least one fault for each expectation; a test counts them, so an expectation
that nothing can turn red cannot be added.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import duckdb
import pytest

from expectations.context import GateContext
from expectations.registry import suite
from expectations.runner import run_suite
from orchestration.configuration import load_configuration
from orchestration.publishing.table import quoted
from orchestration.publishing.tables import CANDIDATE_TABLES, PUBLISHED_TABLES
from tests.gate.valid_candidate import (
    AS_OF,
    ROWS,
    change,
    write_valid_candidate,
    write_valid_version,
)

# The version that is served, with braces and a quote in its path.
SERVED = tempfile.TemporaryDirectory(prefix="ser{v}ed'")
CONTEXT = GateContext(
    AS_OF,
    "Asia/Shanghai",
    load_configuration(),
    {name: len(rows) for name, rows in ROWS.items()},
    write_valid_version(Path(SERVED.name)),
)

ONE_THREAD = {"threads": 1}

# table -> check -> (what else is red because of the same fault, statements)
Fault = tuple[set[str], list[str]]


def fault(*statements: str, also: set[str] | None = None) -> Fault:
    return also or set(), list(statements)


CORRUPTIONS: dict[str, dict[str, Fault]] = {
    "user_profiles": {
        "has_rows": fault("delete from user_profiles", also={"rows_are_near_the_last_publication"}),
        "rows_are_near_the_last_publication": fault(
            "delete from user_profiles where one_id > 'paaaaaaaaaaaaaaaa'"
        ),
        "types_are_as_published": fault("alter table user_profiles alter accounts type hugeint"),
        "holds_no_personal_data": fault(
            "update user_profiles set city = '上海 138 1234 5678' where orders > 0"
        ),
        "one_id_has_its_form": fault(
            "update user_profiles set one_id = '13812345678' where one_id = 'paaaaaaaaaaaaaaaa'",
            "update user_accounts set one_id = '13812345678' where one_id = 'paaaaaaaaaaaaaaaa'",
        ),
        "as_of_is_the_day_of_the_run": fault("update user_profiles set as_of = as_of - 1"),
        "everyone_has_an_account": fault(
            "delete from user_accounts where one_id = 'pbbbbbbbbbbbbbbbb'"
        ),
        "lifecycle_stage_is_known": fault(
            "update user_profiles set lifecycle_stage = 'awake' where orders > 0"
        ),
        "aipl_stage_is_known": fault("update user_profiles set aipl_stage = 'awake'"),
        "stage_agrees_with_orders": fault("update user_profiles set lifecycle_stage = 'loyal'"),
        "r_score_is_in_range": fault("update user_profiles set r_score = 6 where orders > 0"),
        "f_score_is_in_range": fault("update user_profiles set f_score = 0 where orders > 0"),
        "m_score_is_in_range": fault("update user_profiles set m_score = 6 where orders > 0"),
        "rfm_segment_8_is_known": fault(
            "update user_profiles set rfm_segment_8 = '重要' where orders > 0"
        ),
        "scores_come_together": fault("update user_profiles set m_score = null"),
        "segment_follows_scores": fault(
            "update user_profiles set rfm_segment = 'hibernating' where orders > 0"
        ),
        "churn_probability_is_in_range": fault("update user_profiles set churn_probability = 1.01"),
        "expected_gap_days_is_in_range": fault(
            "update user_profiles set expected_gap_days = 0.5 where orders > 0"
        ),
        "overdue_follows_the_clock": fault(
            "update user_profiles set overdue_ratio = 1 where orders > 0"
        ),
        "predicted_value_is_in_range": fault(
            "update user_profiles set predicted_value = -1, predicted_value_90 = null",
            "update user_profiles set predicted_value_90_low = null, predicted_value_90_high = null",
            also={"value_lies_in_its_interval"},
        ),
        "the_short_horizon_holds_no_more": fault(
            "update user_profiles set predicted_value_90 = 120.01, predicted_value_90_high = 130 where orders > 0"
        ),
        "orders_lie_in_their_interval": fault(
            "update user_profiles set predicted_orders_90_high = null where orders > 0"
        ),
        "value_lies_in_its_interval": fault("update user_profiles set predicted_value_low = 121"),
        "net_is_gross_less_refunds": fault(
            "update user_profiles set net_amount = net_amount + 0.01"
        ),
        "counts_are_not_negative": fault("update user_profiles set invites = -1"),
        "times_are_in_order": fault("update user_profiles set first_seen_at = '2026-09-30'"),
        "nothing_is_from_the_future": fault(
            "update user_profiles set last_order_at = '2026-09-30 16:00:00' where orders > 0"
        ),
        "gender_is_known": fault(
            "update user_profiles set gender = 'F', gender_source = 'declared'"
        ),
        "gender_source_is_known": fault(
            "update user_profiles set gender_source = 'guessed' where gender is not null"
        ),
        "attributes_have_a_source": fault("update user_profiles set age_band_source = null"),
        "predicted_attributes_are_tags": fault(
            "update user_profiles set age_band = '35-44' where age_band is not null"
        ),
        "reachable_channels_are_known": fault(
            "update user_profiles set reachable_channels = 'wecom;pigeon'"
        ),
    },
    "user_tags": {
        "has_rows": fault("delete from user_tags", also={"rows_are_near_the_last_publication"}),
        "rows_are_near_the_last_publication": fault("delete from user_tags where weight < 8"),
        "types_are_as_published": fault("alter table user_tags alter weight type float"),
        "holds_no_personal_data": fault(
            "update user_tags set value = 'ann@example.com' where tag = 'profile.gender'"
        ),
        "person_is_published": fault(
            "delete from user_profiles where one_id = 'paaaaaaaaaaaaaaaa'"
        ),
        "tag_is_registered": fault("delete from tags where tag = 'rule.visitor'"),
        "as_of_is_the_day_of_the_run": fault("update user_tags set as_of = as_of + 1"),
        "says_something": fault(
            "update user_tags set value = null, weight = null where tag = 'rule.visitor'"
        ),
        "interests_are_on_their_scale": fault(
            "update user_tags set weight = 10.5 where tag = 'interest.tea'"
        ),
        "predictions_have_a_model": fault(
            "update models set is_used = false where model = 'attribute.skin_type'"
        ),
        "predictions_carry_their_confidence": fault(
            "update user_tags set weight = 0.79 where tag = 'profile.skin_type'"
        ),
    },
    "tags": {
        "has_rows": fault("delete from tags"),
        "types_are_as_published": fault("alter table tags alter coverage type float"),
        "holds_no_personal_data": fault("update tags set owner = 'ann.lee@example.com'"),
        "coverage_is_in_range": fault(
            "update tags set coverage = 1.5", also={"coverage_is_measured"}
        ),
        "tag_is_filled": fault(
            "update tags set tag = null where tag = 'rule.visitor'",
            "delete from user_tags where tag = 'rule.visitor'",
            also={"coverage_is_measured"},
        ),
        "required_values_are_filled": fault("update tags set description = null where rowid = 0"),
        "coverage_is_measured": fault("update tags set coverage = 0.9 where tag = 'rule.visitor'"),
        "words_are_not_blank": fault("update tags set purpose = ' '"),
        "is_used": fault("update tags set used_by = null"),
    },
    "user_accounts": {
        "has_rows": fault("delete from user_accounts", also={"rows_are_near_the_last_publication"}),
        "rows_are_near_the_last_publication": fault(
            "delete from user_accounts where platform = 'taobao'",
            "delete from user_accounts where platform = 'jd'",
        ),
        "types_are_as_published": fault(
            "alter table user_accounts alter one_id type enum("
            "'paaaaaaaaaaaaaaaa', 'pbbbbbbbbbbbbbbbb', 'pcccccccccccccccc', 'pdddddddddddddddd')"
        ),
        "holds_no_personal_data": fault("update user_accounts set platform = '+86 138-1234-5678'"),
        "account_key_has_its_form": fault(
            "update user_accounts set account_key = 'ann' where platform = 'wecom'"
        ),
        "person_is_published": fault(
            "delete from user_profiles where one_id = 'pdddddddddddddddd'"
        ),
        "platform_is_lower_case": fault("update user_accounts set platform = 'Taobao'"),
        "accounts_keep_their_person": fault(
            "update user_accounts set one_id = 'pbbbbbbbbbbbbbbbb' where platform = 'wecom'"
        ),
    },
    "resolved_ids": {
        "has_rows": fault(
            "delete from resolved_ids",
            also={"people_stand_for_themselves", "earlier_ids_stay_known"},
        ),
        "types_are_as_published": fault(
            "alter table resolved_ids alter current_one_id type enum("
            "'paaaaaaaaaaaaaaaa', 'pbbbbbbbbbbbbbbbb', 'pcccccccccccccccc', 'pdddddddddddddddd')"
        ),
        "one_id_has_its_form": fault("insert into resolved_ids values ('old one', null)"),
        "current_one_id_has_its_form": fault(
            "insert into resolved_ids values ('pffffffffffffffff', '13812345678')",
            also={"stands_for_a_published_person"},
        ),
        "stands_for_a_published_person": fault(
            "delete from user_profiles where one_id = 'pdddddddddddddddd'"
        ),
        "people_stand_for_themselves": fault(
            "update resolved_ids set current_one_id = 'paaaaaaaaaaaaaaaa' "
            "where one_id = 'pbbbbbbbbbbbbbbbb'"
        ),
        "earlier_ids_stay_known": fault(
            "delete from resolved_ids where one_id = 'p9999999999999999'"
        ),
        "one_id_is_filled": fault("insert into resolved_ids values (null, null)"),
    },
    "audiences": {
        "has_rows": fault("delete from audiences"),
        "types_are_as_published": fault("alter table audiences alter people type integer"),
        "holds_no_personal_data": fault("update audiences set title = '南京东路100号的邻居'"),
        "loop_is_known": fault("update audiences set loop = 'both'"),
        "as_of_is_the_day_of_the_run": fault("update audiences set as_of = as_of - 1"),
        "people_are_targets_and_holdout": fault("update audiences set people = people + 1"),
        "audience_is_filled": fault(
            "update audiences set audience = null, people = 0, targets = 0, holdout = 0 "
            "where audience = 'visitors'",
            also={"has_people"},
        ),
        "counts_are_those_of_the_members": fault(
            "delete from audience_members where one_id = 'pcccccccccccccccc'"
        ),
        "has_people": fault(
            "update audiences set people = 0, targets = 0, holdout = 0 where audience = 'buyers'",
            "delete from audience_members where audience = 'buyers'",
        ),
    },
    "audience_members": {
        "has_rows": fault("delete from audience_members"),
        "types_are_as_published": fault("alter table audience_members alter score type float"),
        "holds_no_personal_data": fault(
            "update audience_members set audience = '13812345678' where audience = 'buyers'",
            "update audiences set audience = '13812345678' where audience = 'buyers'",
        ),
        "role_is_known": fault(
            "update audience_members set role = 'control' where role = 'holdout'"
        ),
        "person_is_published": fault(
            "delete from user_profiles where one_id = 'pcccccccccccccccc'"
        ),
        "audience_is_published": fault("delete from audiences where audience = 'visitors'"),
        "holdout_is_the_same_everywhere": fault(
            "update audience_members set role = 'holdout' "
            "where audience = 'visitors' and one_id = 'paaaaaaaaaaaaaaaa'"
        ),
        "nobody_opted_out_is_in_a_lookalike": fault(
            "update audience_members set tier = '1%' where one_id = 'pdddddddddddddddd'"
        ),
    },
    "audience_overlaps": {
        "types_are_as_published": fault("alter table audience_overlaps alter jaccard type float"),
        "holds_no_personal_data": fault(
            "update audiences set audience = '13812345678' where audience = 'buyers'",
            "update audience_overlaps set audience = '13812345678' where audience = 'buyers'",
        ),
        "jaccard_is_in_range": fault("update audience_overlaps set jaccard = 1.5"),
        "people_is_in_range": fault("update audience_overlaps set people = -1"),
        "audiences_are_two_and_published": fault(
            "delete from audiences where audience = 'visitors'"
        ),
        "jaccard_follows_the_counts": fault("update audience_overlaps set jaccard = 0.5"),
    },
    "contact_plan": {
        "types_are_as_published": fault(
            "alter table contact_plan alter channel type enum('wecom', 'sms')"
        ),
        "holds_no_personal_data": fault(
            "update contact_plan set reason = '11010119900307123X' where rowid = 0"
        ),
        "channel_is_known": fault(
            "update contact_plan set channel = 'pigeon' where channel is not null"
        ),
        "person_is_published": fault(
            "delete from user_profiles where one_id = 'paaaaaaaaaaaaaaaa'"
        ),
        "person_is_a_target": fault(
            "update audience_members set role = 'holdout' where one_id = 'pbbbbbbbbbbbbbbbb'"
        ),
        "channel_reaches_the_person": fault(
            "update contact_plan set channel = 'sms' where channel is not null"
        ),
        "nobody_opted_out": fault(
            "update contact_plan set channel = 'email' where one_id = 'pbbbbbbbbbbbbbbbb'"
        ),
        "left_out_people_are_members": fault("delete from audience_members where role = 'holdout'"),
        "as_of_is_the_day_of_the_run": fault("update contact_plan set as_of = as_of - 1"),
        "required_values_are_filled": fault(
            "update contact_plan set reason = null where rowid = 1"
        ),
    },
    "lookalike_evaluations": {
        "types_are_as_published": fault("alter table lookalike_evaluations alter auc type float"),
        "holds_no_personal_data": fault("update lookalike_evaluations set seed = '13812345678'"),
        "auc_is_in_range": fault("update lookalike_evaluations set auc = 1.2"),
        "average_precision_is_in_range": fault(
            "update lookalike_evaluations set average_precision = -0.1"
        ),
        "lift_is_in_range": fault("update lookalike_evaluations set lift = -1"),
        "audience_is_published": fault("delete from audiences where audience = 'visitors'"),
        "seed_is_not_in_its_lookalike": fault(
            "update audience_members set tier = '1%' "
            "where audience = 'visitors' and one_id = 'paaaaaaaaaaaaaaaa'"
        ),
        "what_does_not_beat_chance_has_no_members": fault(
            "update lookalike_evaluations set is_published = false",
            "update audience_members set tier = '1%' "
            "where audience = 'visitors' and one_id = 'pcccccccccccccccc'",
        ),
    },
    "community_groups": {
        "types_are_as_published": fault("alter table community_groups alter age_band type integer"),
        "holds_no_personal_data": fault(
            "update community_groups set region = '13812345678' where rowid = 0"
        ),
        "person_is_published": fault(
            "delete from user_profiles where one_id = 'pbbbbbbbbbbbbbbbb'"
        ),
        "groups_are_of_their_size": fault(
            "insert into user_profiles by name select p.* replace ('n' || n as one_id) "
            "from (from user_profiles limit 1) p, range(61) t(n)",
            "insert into community_groups select 'n' || n, 'g2', null, null from range(61) t(n)",
        ),
    },
    "lookalike_features": {
        "types_are_as_published": fault("alter table lookalike_features alter drift type float"),
        "holds_no_personal_data": fault(
            "update lookalike_features set words = '13812345678' where rowid = 0"
        ),
        "position_is_in_range": fault("update lookalike_features set position = 0"),
        "drift_is_in_range": fault("update lookalike_features set drift = -1"),
        "audience_is_published": fault("delete from audiences where audience = 'visitors'"),
    },
    "lookalike_gates": {
        "types_are_as_published": fault("alter table lookalike_gates alter people type integer"),
        "holds_no_personal_data": fault(
            "update lookalike_gates set words = '13812345678' where rowid = 0"
        ),
        "audience_is_published": fault("delete from audiences where audience = 'visitors'"),
        "seed_is_as_large_as_its_audience": fault("update lookalike_gates set seed_people = 9"),
    },
    "models": {
        "has_rows": fault("delete from models", also={"value_and_churn_say_what_they_are"}),
        "types_are_as_published": fault("alter table models alter people type integer"),
        "holds_no_personal_data": fault("update models set engine = '13812345678'"),
        "people_is_in_range": fault("update models set people = -1"),
        "no_model_is_from_the_future": fault("update models set trained_on = trained_on + 1"),
        "value_and_churn_say_what_they_are": fault(
            "update models set model = 'guess' where model = 'churn'"
        ),
        "used_models_are_stored": fault("update models set version = null"),
        "used_attributes_reach_the_floor": fault(
            """update models set metrics = '{"balanced_accuracy": 0.849}' where model = 'attribute.age_band'"""
        ),
        "metrics_are_json": fault("update models set metrics = '{'"),
    },
    "lifecycle_flows": {
        "has_rows": fault("delete from lifecycle_flows", also={"flows_conserve_people"}),
        "types_are_as_published": fault("alter table lifecycle_flows alter people type integer"),
        "key_is_unique": fault(
            "update lifecycle_flows set people = 1",
            "insert into lifecycle_flows select * from lifecycle_flows",
        ),
        "holds_no_personal_data": fault(
            "update lifecycle_flows set from_stage = '13812345678'", also={"from_stage_is_known"}
        ),
        "as_of_is_the_day_of_the_run": fault(
            "insert into lifecycle_flows select as_of - 1, from_stage, to_stage, people from lifecycle_flows"
        ),
        "from_stage_is_known": fault("update lifecycle_flows set from_stage = 'awake'"),
        "to_stage_is_known": fault(
            "update lifecycle_flows set to_stage = 'awake' where to_stage = 'active'",
            "update user_profiles set lifecycle_stage = 'awake' where lifecycle_stage = 'active'",
        ),
        "people_is_in_range": fault(
            "insert into lifecycle_flows select as_of, 'lost', to_stage, 0 from lifecycle_flows"
        ),
        "flows_conserve_people": fault(
            "update lifecycle_flows set people = 3 where to_stage = 'active'"
        ),
        "as_of_is_filled": fault(
            "insert into lifecycle_flows select null, from_stage, to_stage, people from lifecycle_flows"
        ),
        "required_values_are_filled": fault(
            "insert into lifecycle_flows select as_of, 'lost', to_stage, null from lifecycle_flows"
        ),
        "to_stage_is_filled": fault(
            "insert into lifecycle_flows select as_of, 'lost', null, 1 from lifecycle_flows limit 1",
            also={"flows_conserve_people"},
        ),
    },
    "rfm_flows": {
        "types_are_as_published": fault("alter table rfm_flows alter people type integer"),
        "key_is_unique": fault(
            "update rfm_flows set people = 1, net_amount_after = 200.05 where to_segment = 'champions'",
            "insert into rfm_flows select * from rfm_flows",
        ),
        "holds_no_personal_data": fault(
            "update rfm_flows set from_segment = '13812345678' where from_segment = 'promising'",
            also={"from_segment_is_known"},
        ),
        "as_of_is_the_day_of_the_run": fault(
            "insert into rfm_flows by name select * replace (as_of - 1 as as_of) from rfm_flows",
            "update rfm_flows set compared_as_of = '2026-01-01'",
        ),
        "from_segment_is_known": fault("update rfm_flows set from_segment = 'rich'"),
        "to_segment_is_known": fault(
            "update rfm_flows set to_segment = 'rich' where to_segment = 'champions'",
            "update user_profiles set rfm_segment = 'rich' where rfm_segment = 'champions'",
        ),
        "people_is_in_range": fault(
            "insert into rfm_flows by name select * replace ('hibernating' as from_segment, 0 as people, 0 as net_amount_after) "
            "from rfm_flows where to_segment = 'champions'"
        ),
        "compared_with_one_earlier_date": fault("update rfm_flows set compared_as_of = as_of"),
        "flows_conserve_people": fault(
            "update rfm_flows set people = 3 where to_segment = 'champions'"
        ),
        "flows_conserve_money": fault(
            "update rfm_flows set net_amount_after = 400.11 where to_segment = 'champions'"
        ),
        "without_orders_is_without_money": fault(
            "update rfm_flows set net_amount_after = 0.01 where to_segment = 'no_orders'"
        ),
    },
    "channel_health": {
        "has_rows": fault("delete from channel_health"),
        "types_are_as_published": fault("alter table channel_health alter orders type integer"),
        "holds_no_personal_data": fault(
            "update channel_health set channel = channel || ' 13812345678'"
        ),
        "loop_is_known": fault("update channel_health set loop = 'both'"),
        "day_is_not_in_the_future": fault("update channel_health set day = day + 1"),
        "counts_are_not_negative": fault("update channel_health set page_views = -1"),
        "cost_is_in_range": fault("update channel_health set cost = -0.01"),
        "buyers_are_not_more_than_orders": fault("update channel_health set buyers = 5"),
        "search_share_is_in_range": fault("update channel_health set search_share = 1.1"),
        "content_share_is_in_range": fault("update channel_health set content_share = -0.1"),
        "potential_to_new_rate_is_in_range": fault(
            "update channel_health set potential_to_new_rate = 1.1"
        ),
        "first_to_second_rate_is_in_range": fault(
            "update channel_health set first_to_second_rate = 1.1"
        ),
    },
    "reconciliation": {
        "has_rows": fault("delete from reconciliation"),
        "types_are_as_published": fault("alter table reconciliation alter files type integer"),
        "holds_no_personal_data": fault(
            "update reconciliation set export = export || ' of a@b.cn'"
        ),
        "every_row_is_accounted_for": fault(
            "update reconciliation set in_facts = 9, difference = 1 where measure = 'rows'"
        ),
        "every_cent_is_accounted_for": fault(
            "update reconciliation set in_facts = 800.11, difference = -0.01 where measure = 'order payments'"
        ),
        "the_account_adds_up": fault(
            "update reconciliation set superseded = 1 where measure = 'rows'"
        ),
        "not_too_much_is_missing": fault(
            "update reconciliation set in_facts = 3, quarantined = 7 where measure = 'rows'",
            also={"no_row_waits_for_a_mend"},
        ),
        "no_row_waits_for_a_mend": fault(
            "update reconciliation set in_facts = 9, quarantined = 1 where measure = 'rows'"
        ),
        "no_file_is_held_back": fault(
            "update reconciliation set files_held = 1 where measure = 'rows'"
        ),
    },
    "landing_findings": {
        "types_are_as_published": fault(
            "alter table landing_findings alter contract_version type integer"
        ),
        "holds_no_personal_data": fault("update landing_findings set source_file = '13812345678'"),
        "finding_is_known": fault("update landing_findings set finding = 'odd'"),
        "every_file_can_be_used": fault(
            "update landing_findings set finding = 'missing_column', is_blocking = true"
        ),
        **{
            f"no_{code}": fault(
                f"update landing_findings set finding = '{code}' where finding_number = 1"
            )
            for code in (
                "new_column",
                "uncertain_export_time",
                "total_differs",
                "other_sheet",
                "unknown_status",
                "changed_unit",
                "shrunken_file",
                "unrecognised_file",
                "unusual_volume",
            )
        },
    },
    "campaign_results": {
        "types_are_as_published": fault("alter table campaign_results alter units type integer"),
        "holds_no_personal_data": fault(
            "update campaign_results set campaign = campaign || ' for a@b.cn'"
        ),
        "parts_fit_into_wholes": fault("update campaign_results set bought = 101"),
        "counts_are_not_negative": fault("update campaign_results set joined = -1"),
        "conversion_rate_is_in_range": fault("update campaign_results set conversion_rate = 1.1"),
        "holdout_conversion_rate_is_in_range": fault(
            "update campaign_results set holdout_conversion_rate = -0.1"
        ),
        "peak_hour_is_in_range": fault("update campaign_results set peak_hour = 24"),
        "interval_holds_the_lift": fault("update campaign_results set lift_low = 0.06"),
        "days_are_in_order": fault("update campaign_results set starts_on = '2026-09-04'"),
    },
}
# What every table has, in an order in which all faults of a table can be applied together.
GENERIC: dict[str, list[str]] = {}
for _name in CANDIDATE_TABLES:
    _table, _faults = PUBLISHED_TABLES[_name], CORRUPTIONS[_name]
    _last = f"where rowid = (select max(rowid) from {_name})"
    _filled = [f"{column}_is_filled" for column in _table.key]
    for _column in _table.key:
        _faults.setdefault(
            f"{_column}_is_filled", fault(f"update {_name} set {quoted(_column)} = null {_last}")
        )
    _others = [name for name in _table.required if name not in _table.key]
    if _others:
        _filled.append("required_values_are_filled")
        _faults.setdefault(
            _filled[-1], fault(f"update {_name} set {quoted(_others[-1])} = null {_last}")
        )
    _faults.setdefault("key_is_unique", fault(f"insert into {_name} select * from {_name} limit 1"))
    _faults["columns_are_as_published"] = fault(f"alter table {_name} add column extra varchar")
    GENERIC[_name] = [
        *_filled,
        "key_is_unique",
        *(["holds_no_personal_data"] if "holds_no_personal_data" in _faults else []),
        "types_are_as_published",
        "columns_are_as_published",
    ]

# The generic expectations are one piece of code for all tables. Each alone turns exactly itself
# red on these two tables, and on the others all of them together turn exactly themselves red.
ALONE = {"user_tags", "lifecycle_flows"}
CASES = [
    (table, (check,))
    for table, faults in CORRUPTIONS.items()
    for check in faults
    if table in ALONE or check not in GENERIC[table]
] + [(table, tuple(GENERIC[table])) for table in CANDIDATE_TABLES if table not in ALONE]


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_valid_candidate(tmp_path_factory.mktemp("valid") / "candidate.duckdb")


@pytest.mark.parametrize("table", CANDIDATE_TABLES)
def test_the_valid_candidate_is_green(valid: Path, table: str) -> None:
    results = run_suite(valid, table, CONTEXT, ONE_THREAD)
    assert [r for r in results if not r.passed] == []
    assert [r.check for r in results] == [e.name for e in suite(table, CONTEXT).expectations]


@pytest.mark.parametrize(
    ("table", "checks"), CASES, ids=[f"{t}-{c[0] if len(c) == 1 else 'generic'}" for t, c in CASES]
)
def test_a_fault_turns_exactly_its_check_red(
    valid: Path, tmp_path: Path, table: str, checks: tuple[str, ...]
) -> None:
    broken = Path(shutil.copy(valid, tmp_path / "broken.duckdb"))
    expected = set(checks)
    for check in checks:
        also, statements = CORRUPTIONS[table][check]
        change(broken, *statements)
        expected |= also
    results = {r.check: r for r in run_suite(broken, table, CONTEXT, ONE_THREAD)}
    assert {name for name, r in results.items() if not r.passed} == expected
    expectations = {e.name: e for e in suite(table, CONTEXT).expectations}
    for check in checks:
        assert results[check].severity == expectations[check].severity
        assert expectations[check].description in results[check].message
        assert expectations[check].mend in results[check].message
        assert "could not be evaluated" not in results[check].observed
        assert "13812345678" not in results[check].observed


@pytest.mark.parametrize(
    "table",
    [
        t
        for t in CANDIDATE_TABLES
        if len(PUBLISHED_TABLES[t].required) > len(PUBLISHED_TABLES[t].key)
    ],
)
def test_each_required_column_is_looked_at(valid: Path, tmp_path: Path, table: str) -> None:
    described = PUBLISHED_TABLES[table]
    (filled,) = [
        e for e in suite(table, CONTEXT).expectations if e.name == "required_values_are_filled"
    ]
    query = filled.kwargs["unexpected_rows_query"].format(batch=table)
    broken = Path(shutil.copy(valid, tmp_path / "broken.duckdb"))
    with duckdb.connect(str(broken)) as connection:
        for column in set(described.required) - set(described.key):
            connection.execute("begin")
            connection.execute(f"update {table} set {quoted(column)} = null where rowid = 0")
            assert connection.execute(query).fetchall() == [(column, 1)]
            connection.execute("rollback")


def test_every_expectation_has_a_fault_that_turns_it_red() -> None:
    every = {(t, e.name) for t in CANDIDATE_TABLES for e in suite(t, CONTEXT).expectations}
    assert every == {(table, check) for table, checks in CASES for check in checks}
