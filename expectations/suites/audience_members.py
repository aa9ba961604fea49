"""Expectations of audience_members."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, is_one_of, no_rows


def expectations(_context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_one_of("role", ("target", "holdout"), "Mend the step that draws the holdout."),
        exists_in(
            "one_id",
            "user_profiles",
            "person_is_published",
            "Every member is in user_profiles.",
            "Materialise profiles and audiences again; they are of different runs.",
        ),
        exists_in(
            "audience",
            "audiences",
            "audience_is_published",
            "Every audience with members is in audiences.",
            "Materialise the audiences again; a definition was renamed or taken out.",
        ),
        no_rows(
            "holdout_is_the_same_everywhere",
            "select one_id from {batch} group by one_id having count(distinct role) > 1",
            "A person is held out of every audience or of none.",
            "The holdout is drawn by salted hash of the person; find the step that draws it otherwise.",
        ),
        no_rows(
            "nobody_opted_out_is_in_a_lookalike",
            "select b.audience, count(*) as people from {batch} b join user_profiles p on p.one_id = b.one_id "
            "where b.tier is not null and p.is_opted_out_all group by b.audience",
            "Nobody who opted out of everything is found by a lookalike.",
            "Materialise the lookalikes after the profiles again.",
        ),
    )
