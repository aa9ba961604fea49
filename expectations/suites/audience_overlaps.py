"""Expectations of audience_overlaps."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_between, no_rows

_OVERLAPS = "Materialise the overlaps again, after the audience members."


def expectations(_context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_between("jaccard", 0, 1, _OVERLAPS),
        is_between("people", 0, None, _OVERLAPS),
        no_rows(
            "audiences_are_two_and_published",
            "select audience, other_audience from {batch} where audience = other_audience "
            "or audience not in (select audience from audiences where audience is not null) "
            "or other_audience not in (select audience from audiences where audience is not null)",
            "Both audiences are published, and they are not the same.",
            _OVERLAPS,
        ),
        no_rows(
            "jaccard_follows_the_counts",
            "select b.audience, b.other_audience, b.jaccard, b.people from {batch} b "
            "inner join audiences l on l.audience = b.audience "
            "inner join audiences r on r.audience = b.other_audience "
            "where b.jaccard between 0 and 1 and b.people >= 0 "
            "and abs(b.jaccard * (l.people + r.people - b.people) - b.people) > 1e-6",
            "jaccard is the people in both divided by the people in either.",
            _OVERLAPS,
        ),
    )
