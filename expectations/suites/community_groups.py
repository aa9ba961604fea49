"""Expectations of community_groups."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, no_rows


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    size = context.configuration.grouping.size
    return (
        exists_in(
            "one_id",
            "user_profiles",
            "person_is_published",
            "Every member of a group is in user_profiles.",
            "Materialise profiles and community_groups again; they are of different runs.",
        ),
        no_rows(
            "groups_are_of_their_size",
            "select community_group, count(*) as people from {batch} group by community_group "
            f"having count(*) > {2 * size}",
            f"No group has more than twice the {size} people it should have.",
            "Look at the regions of the grouped audience, or raise grouping.tolerance.",
            severity="warning",
        ),
    )
