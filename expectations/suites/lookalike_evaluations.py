"""Expectations of lookalike_evaluations."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, is_between, no_rows

_EVALUATION = "Materialise the lookalikes again; look at their seed and their features."


def expectations(_context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_between("auc", 0, 1, _EVALUATION),
        is_between("average_precision", 0, 1, _EVALUATION),
        is_between("lift", 0, None, _EVALUATION),
        exists_in(
            "audience",
            "audiences",
            "audience_is_published",
            "Every evaluated lookalike is in audiences.",
            _EVALUATION,
        ),
        no_rows(
            "seed_is_not_in_its_lookalike",
            "select b.audience, count(*) as people from (select distinct audience, seed from {batch}) b "
            "join audience_members m on m.audience = b.audience and m.tier is not null "
            "semi join audience_members s on s.audience = b.seed and s.one_id = m.one_id group by b.audience",
            "Nobody of a seed is found again in its lookalike.",
            "Materialise the audiences from base_members on; a definition changed between its seed and its lookalike.",
        ),
        no_rows(
            "what_does_not_beat_chance_has_no_members",
            "select b.audience, count(*) as people from (select distinct audience from {batch} "
            "where not is_published) b "
            "join audience_members m on m.audience = b.audience and m.tier is not null group by b.audience",
            "A lookalike that does not beat chance by its margin has no members.",
            "Materialise the audiences after the lookalikes again.",
        ),
    )
