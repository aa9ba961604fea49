"""Expectations of contact_plan: one message a person, to targets only, on a channel that reaches them."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, is_as_of, is_one_of, no_rows

_PLAN = "Materialise the contact plan again, after profiles and audience members."


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_one_of(
            "channel",
            context.configuration.contact_plan.channel_priority,
            "Only channels of contact_plan.channel_priority can be planned.",
        ),
        exists_in(
            "one_id",
            "user_profiles",
            "person_is_published",
            "Every planned person is in user_profiles.",
            _PLAN,
        ),
        no_rows(
            "person_is_a_target",
            "select b.one_id, b.audience from {batch} b semi join user_profiles p on p.one_id = b.one_id "
            "anti join audience_members m on m.one_id = b.one_id and m.audience = b.audience "
            "and m.role = 'target' where b.audience is not null and b.channel is not null",
            "Every person with a channel is a target of that audience; the holdout is never contacted.",
            _PLAN,
        ),
        no_rows(
            "left_out_people_are_members",
            "select b.one_id, b.audience, b.reason from {batch} b "
            "anti join audience_members m on m.one_id = b.one_id and m.audience = b.audience "
            "where b.one_id is not null and b.audience is not null and b.channel is null",
            "Every person who is left out is a member of the audience they are listed under.",
            _PLAN,
        ),
        is_as_of(context.as_of.isoformat()),
        no_rows(
            "channel_reaches_the_person",
            "select b.one_id, b.channel from {batch} b inner join user_profiles p "
            "on p.one_id = b.one_id where b.channel in ("
            + ", ".join(f"'{c}'" for c in context.configuration.contact_plan.channel_priority)
            + ") and not list_contains(string_split(coalesce(p.reachable_channels, ''), ';'), b.channel)",
            "The channel is one that reaches the person.",
            _PLAN,
        ),
        no_rows(
            "nobody_opted_out",
            "select b.one_id, b.channel from {batch} b inner join user_profiles p "
            "on p.one_id = b.one_id where b.channel is not null and (p.is_opted_out_all "
            "or list_contains(string_split(coalesce(p.opted_out_channels, ''), ';'), b.channel))",
            "Nobody is contacted on a channel they opted out of.",
            _PLAN,
        ),
    )
