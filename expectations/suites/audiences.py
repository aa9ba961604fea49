"""Expectations of audiences: the counts agree with the members."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_as_of, is_one_of, no_rows

_MEMBERS = "Materialise the audience members and the audiences again, in this order."


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_one_of(
            "loop", ("inner", "outer"), "Write loop: inner or loop: outer in the definition."
        ),
        is_as_of(context.as_of.isoformat()),
        no_rows(
            "people_are_targets_and_holdout",
            "select audience, people, targets, holdout from {batch} "
            "where people != targets + holdout or targets < 0 or holdout < 0",
            "people is the sum of targets and holdout.",
            _MEMBERS,
        ),
        no_rows(
            "counts_are_those_of_the_members",
            "select b.audience, b.targets, b.holdout, m.targets as member_targets, "
            "m.holdout as member_holdout from {batch} b left join ("
            "select audience, count(*) filter (role = 'target') as targets, "
            "count(*) filter (role = 'holdout') as holdout from audience_members group by audience"
            ") m on m.audience = b.audience "
            "where b.targets != coalesce(m.targets, 0) or b.holdout != coalesce(m.holdout, 0)",
            "targets and holdout are the numbers of such members in audience_members.",
            _MEMBERS,
        ),
        no_rows(
            "has_people",
            "select audience from {batch} where people = 0 and targets = 0 and holdout = 0",
            "No audience is empty.",
            "Look at the definition with the explain command; a condition may be too narrow, or an "
            "export it needs has not arrived.",
            "warning",
        ),
    )
