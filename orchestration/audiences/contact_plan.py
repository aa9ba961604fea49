"""Who gets which message today: ``audiences.contact_plan``, one row per person in an audience.

The audience with the highest priority (ties: first by name) in whose channels the person can be
reached gets the person, through the first such channel of ``contact_plan.channel_priority``.
Everybody else stays with channel NULL and the reason, the first that applies of

``opted_out``       opted out of everything, or of every channel that could reach them
``recent_buyer``    bought within the last ``recent_buyer_days`` days
``pending_refund``  an after-sales case is open, or a paid or shipped order line has a refund that is not settled
``not_for_contact`` only in audiences that are never contacted (``channels: []``)
``unreachable``     no channel reaches them
``holdout``         would have been contacted, and is held out to measure the effect

Holdout comes last, so that its people are exactly those who would have been contacted: the
comparison with the contacted is fair.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from orchestration.audiences.compiling import quote
from orchestration.audiences.loading import AudienceSet
from orchestration.configuration import ContactPlan


def build_contact_plan(
    connection: duckdb.DuckDBPyConnection, audiences: AudienceSet, plan: ContactPlan
) -> dict[str, int]:
    """Write ``audiences.contact_plan`` (one_id, audience, channel, reason, as_of).

    Reads audience_members, holdout_people, ``audiences.profiles``, ``facts.user_channels``,
    ``facts.user_orders``, ``staging.order_lines``, ``staging.refunds``, ``staging.refund_cases`` and
    ``identity.accounts``.
    Returns people per outcome: each channel, and each reason of those left out.
    """
    _write_options(connection, audiences, plan.channel_priority)
    connection.execute(_PLAN, {"recent_buyer_days": plan.recent_buyer_days})
    connection.execute("drop table plan_options")
    connection.execute("drop table plan_audiences")
    return {
        str(outcome): int(people)
        for outcome, people in connection.execute(
            "select coalesce(channel, reason) as outcome, count(*) from audiences.contact_plan "
            "group by outcome order by outcome"
        ).fetchall()
    }


def _write_options(
    connection: duckdb.DuckDBPyConnection, audiences: AudienceSet, channels: Sequence[str]
) -> None:
    """All (audience, channel) that a message may take, best first, as temporary tables."""
    ranked = sorted(audiences, key=lambda audience: (-audience.priority, audience.name))
    headers = [
        f"({rank}, {quote(a.name)}, {quote(a.channels is None or len(a.channels) > 0)})"
        for rank, a in enumerate(ranked)
    ]
    options = [
        f"({rank * len(channels) + channel_rank}, {quote(a.name)}, {quote(channel)}, "
        f"{quote(f'{a.goal}: {a.title}')})"
        for rank, a in enumerate(ranked)
        for channel_rank, channel in enumerate(channels)
        if a.channels is None or channel in a.channels
    ]
    connection.execute(
        "create or replace temporary table plan_audiences "
        "(rank integer, audience varchar, is_contactable boolean)"
    )
    connection.execute(
        "create or replace temporary table plan_options "
        "(rank integer, audience varchar, channel varchar, reason varchar)"
    )
    if headers:
        connection.execute(f"insert into plan_audiences values {', '.join(headers)}")
    if options:
        connection.execute(f"insert into plan_options values {', '.join(options)}")


_PLAN = """
create or replace table audiences.contact_plan as
with people as (
    -- The best audience of each person whatever the channel: where those left out are listed.
    select
        members.one_id,
        min(plan_audiences.rank) as rank,
        bool_or(plan_audiences.is_contactable) as is_contactable
    from audiences.audience_members as members
    inner join plan_audiences on members.audience = plan_audiences.audience
    group by members.one_id
),
choices as (
    select
        members.one_id,
        min(plan_options.rank) filter (where not coalesce(channels.is_opted_out, false)) as rank,
        bool_or(coalesce(channels.is_opted_out, false)) as has_opted_out
    from audiences.audience_members as members
    inner join plan_options on members.audience = plan_options.audience
    inner join facts.user_channels as channels
        on members.one_id = channels.one_id and plan_options.channel = channels.channel
    where channels.is_reachable or coalesce(channels.is_opted_out, false)
    group by members.one_id
),
recent_buyers as (
    select distinct one_id
    from facts.user_orders
    where order_date > getvariable('as_of') - $recent_buyer_days
        and order_date <= getvariable('as_of')
),
pending_refunds as (
    select distinct accounts.one_id
    from staging.refunds as refunds
    inner join staging.order_lines as order_lines
        on refunds.order_line_key = order_lines.order_line_key
    inner join identity.accounts as accounts
        on order_lines.account_key = accounts.account_key
    where order_lines.status in ('paid', 'shipped')
        and order_lines.ordered_at < getvariable('as_of_end_at')
        and (refunds.refunded_at is null or refunds.refunded_at >= getvariable('as_of_end_at'))
    union
    select accounts.one_id
    from staging.refund_cases as cases
    inner join staging.order_lines as order_lines
        on cases.order_key = order_lines.order_key
    inner join identity.accounts as accounts
        on order_lines.account_key = accounts.account_key
    where cases.applied_at < getvariable('as_of_end_at')
        and (
            cases.state in ('requested', 'processing')
            or (cases.state = 'refunded' and cases.refunded_at >= getvariable('as_of_end_at'))
        )
),
outcomes as (
    select
        people.one_id,
        people.rank as audience_rank,
        choices.rank as choice_rank,
        case
            when coalesce(profiles.is_opted_out_all, false) then 'opted_out'
            when recent_buyers.one_id is not null then 'recent_buyer'
            when pending_refunds.one_id is not null then 'pending_refund'
            when choices.rank is null and choices.has_opted_out then 'opted_out'
            when choices.rank is null and not people.is_contactable then 'not_for_contact'
            when choices.rank is null then 'unreachable'
            when holdout.one_id is not null then 'holdout'
        end as left_out
    from people
    inner join audiences.profiles as profiles on people.one_id = profiles.one_id
    left join choices on people.one_id = choices.one_id
    left join recent_buyers on people.one_id = recent_buyers.one_id
    left join pending_refunds on people.one_id = pending_refunds.one_id
    left join audiences.holdout_people as holdout on people.one_id = holdout.one_id
)
select
    outcomes.one_id,
    coalesce(plan_options.audience, best.audience) as audience,
    if(outcomes.left_out is null, plan_options.channel, null) as channel,
    coalesce(outcomes.left_out, plan_options.reason) as reason,
    getvariable('as_of') as as_of
from outcomes
inner join plan_audiences as best on outcomes.audience_rank = best.rank
left join plan_options on outcomes.choice_rank = plan_options.rank
order by outcomes.one_id
"""
