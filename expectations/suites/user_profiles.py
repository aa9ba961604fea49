"""Expectations of user_profiles: total layers, sane numbers, nothing from after the as-of date."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import (
    Expectation,
    has_form,
    is_as_of,
    is_between,
    is_one_of,
    no_rows,
    row_count,
)
from expectations.generic import near_last_publication
from orchestration.audiences.columns import AIPL_STAGES, CONTACT_CHANNELS, LIFECYCLE_STAGES

_NOT_BOUGHT = ("potential", "new_visitor")
_LIFECYCLE = "Mend the lifecycle model in dbt_project/models/layers."
_RFM = "Mend orchestration/core/rfm, or materialise layers.rfm again for this day."
_VALUE = "Materialise layers.value again; look at its calibration."
_FACTS = "Mend facts.user_facts in dbt_project/models/facts."
_SOURCE = "Mend the step that joins predicted attributes to the profiles."


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (*_people(context), *_layers(context), *_amounts(context), *_attributes())


def _people(context: GateContext) -> tuple[Expectation, ...]:
    minimum = context.configuration.gate.minimum_people
    return (
        row_count(
            "has_rows",
            minimum,
            None,
            f"At least {minimum} people are published.",
            "Look at the identity and profile assets; the setting is gate.minimum_people.",
        ),
        *near_last_publication("user_profiles", context),
        has_form(
            "one_id",
            "^p[0-9a-f]{16}$",
            "p and 16 hexadecimal digits",
            "Only identity makes one_ids; find the step that wrote another.",
        ),
        is_as_of(context.as_of.isoformat()),
        no_rows(
            "everyone_has_an_account",
            "select b.one_id from {batch} b anti join user_accounts a on a.one_id = b.one_id "
            "where b.one_id is not null",
            "Every person has at least one account in user_accounts.",
            "Materialise identity and the profiles again; they are of different runs.",
        ),
    )


def _within_interval(check: str, measure: str) -> Expectation:
    """``measure`` and its interval, over both horizons."""
    wrong = " or ".join(
        f"{name}_low < 0 or {name}_low > {name} or {name} > {name}_high "
        f"or ({name} is null) != ({name}_low is null) or ({name} is null) != ({name}_high is null)"
        for name in (f"{measure}_90", measure)
    )
    return no_rows(
        check,
        f"select one_id, {measure}_90, {measure} from {{batch}} where {wrong}",
        f"{measure} lies between its low and high, over both horizons.",
        _VALUE,
    )


def _layers(context: GateContext) -> tuple[Expectation, ...]:
    maps, horizons = context.rfm_maps, context.configuration.value
    is_within = horizons.short_horizon_days <= horizons.horizon_days
    segments = ", ".join(f"({r}, {f}, '{name}')" for (r, f), name in maps.segments.items())
    not_bought = ", ".join(f"'{stage}'" for stage in _NOT_BOUGHT)
    return (
        is_one_of("lifecycle_stage", LIFECYCLE_STAGES, _LIFECYCLE),
        is_one_of("aipl_stage", AIPL_STAGES, _LIFECYCLE),
        no_rows(
            "stage_agrees_with_orders",
            "select lifecycle_stage, orders > 0 as bought, count(*) as people from {batch} "
            f"where lifecycle_stage is not null and (orders > 0) = (lifecycle_stage in ({not_bought})) "
            "group by all",
            f"People without orders, and only they, are in {' or '.join(_NOT_BOUGHT)}.",
            _LIFECYCLE,
        ),
        is_between("r_score", 1, 5, _RFM),
        is_between("f_score", 1, 5, _RFM),
        is_between("m_score", 1, 5, _RFM),
        is_one_of("rfm_segment_8", maps.high_low.values(), _RFM),
        no_rows(
            "scores_come_together",
            "select one_id from {batch} where not ("
            "(r_score is null) = (f_score is null) and (r_score is null) = (m_score is null) "
            "and (r_score is null) = (rfm_segment is null) "
            "and (r_score is null) = (rfm_segment_8 is null))",
            "A person has all three scores and both segments, or none of them.",
            _RFM,
        ),
        no_rows(
            "segment_follows_scores",
            "select b.r_score, b.f_score, b.rfm_segment, count(*) as people from {batch} b "
            f"inner join (values {segments}) m(r, f, segment) on b.r_score = m.r and b.f_score = m.f "
            "where b.rfm_segment != m.segment group by all",
            "rfm_segment is the one the map gives to the recency and frequency scores.",
            _RFM,
        ),
        is_between("churn_probability", 0, 1, _VALUE),
        is_between("expected_gap_days", 1, None, _VALUE),
        no_rows(
            "overdue_follows_the_clock",
            "select one_id, days_since_last_order, expected_gap_days, overdue_ratio from {batch} "
            "where (overdue_ratio is null) != (expected_gap_days is null) "
            "or abs(overdue_ratio * expected_gap_days - days_since_last_order) > 0.001",
            "overdue_ratio is the days since the last order over expected_gap_days.",
            _VALUE,
        ),
        is_between("predicted_value", 0, None, _VALUE),
        no_rows(
            "the_short_horizon_holds_no_more",
            "select one_id from {batch} where predicted_orders_90 < 0 or predicted_value_90 < 0 "
            f"or {str(is_within).lower()} and (predicted_orders_90 > predicted_orders + 1e-9 or predicted_value_90 > predicted_value)",
            "No less than nothing and no more than over the long horizon is expected of the short one.",
            _VALUE,
        ),
        _within_interval("orders_lie_in_their_interval", "predicted_orders"),
        _within_interval("value_lies_in_its_interval", "predicted_value"),
    )


def _amounts(context: GateContext) -> tuple[Expectation, ...]:
    return (
        no_rows(
            "net_is_gross_less_refunds",
            "select one_id, gross_amount, refund_amount, net_amount from {batch} "
            "where net_amount != gross_amount - refund_amount",
            "net_amount is gross_amount less refund_amount, to the cent.",
            _FACTS,
        ),
        no_rows(
            "counts_are_not_negative",
            "select one_id, accounts, orders, units, invites from {batch} "
            "where accounts < 1 or orders < 0 or units < 0 or invites < 0",
            "Every person has an account, and no count is below zero.",
            _FACTS,
        ),
        no_rows(
            "times_are_in_order",
            "select one_id, first_seen_at, last_seen_at, first_order_at, last_order_at from {batch} "
            "where first_seen_at > last_seen_at or first_order_at > last_order_at",
            "First times are not after last times.",
            _FACTS,
        ),
        no_rows(
            "nothing_is_from_the_future",
            "select one_id, last_order_at, last_visit_date from {batch} where "
            f"last_order_at >= timestamp '{context.as_of_end_at}' "
            f"or last_visit_date > date '{context.as_of}'",
            f"No order or visit is from after {context.as_of}, in the merchant's time.",
            "A model reads staging without the as-of bound; find it through the lineage.",
        ),
    )


def _attributes() -> tuple[Expectation, ...]:
    known = ", ".join(f"'{channel}'" for channel in CONTACT_CHANNELS)
    return (
        is_one_of("gender", ("female", "male"), _SOURCE),
        is_one_of("gender_source", ("declared", "predicted"), _SOURCE),
        no_rows(
            "attributes_have_a_source",
            "select one_id, gender_source, age_band_source from {batch} where "
            "(gender is null) != (gender_source is null) "
            "or (age_band is null) != (age_band_source is null)",
            "gender and age_band say where they come from, and only then.",
            _SOURCE,
        ),
        no_rows(
            "predicted_attributes_are_tags",
            "select p.tag, count(*) as people from (select one_id, 'profile.gender' as tag, gender as value from {batch} "
            "where gender_source = 'predicted' union all select one_id, 'profile.age_band', age_band from {batch} "
            "where age_band_source = 'predicted') p anti join (from user_tags where source = 'predicted') t "
            "on t.one_id = p.one_id and t.tag = p.tag and t.value = p.value group by p.tag",
            "A predicted gender or age band is the predicted tag of the person, which says how sure it is.",
            _SOURCE,
        ),
        no_rows(
            "reachable_channels_are_known",
            "select distinct channel from (select unnest(string_split(reachable_channels, ';')) "
            "as channel from (select distinct reachable_channels from {batch})) "
            f"where channel not in ('', {known})",
            f"reachable_channels are of {known}.",
            "Mend facts.user_channels in dbt_project/models/facts.",
        ),
    )
