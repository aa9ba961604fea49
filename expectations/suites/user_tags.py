"""Expectations of user_tags: known people, known tags, weights on their scale."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, is_as_of, no_rows
from expectations.generic import near_last_publication


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        exists_in(
            "one_id",
            "user_profiles",
            "person_is_published",
            "Every tagged person is in user_profiles.",
            "Materialise tags and profiles again; they are of different runs.",
        ),
        exists_in(
            "tag",
            "tags",
            "tag_is_registered",
            "Every tag is in table tags.",
            "Describe the tag, or its family, in the tag definitions.",
        ),
        is_as_of(context.as_of.isoformat()),
        no_rows(
            "says_something",
            "select tag, count(*) as people from {batch} "
            "where value is null and weight is null group by tag",
            "Every tag has a value or a weight.",
            "Mend the tag's model in dbt_project/models/tags.",
        ),
        no_rows(
            "interests_are_on_their_scale",
            "select tag, min(weight) as lowest, max(weight) as highest from {batch} "
            "where starts_with(tag, 'interest.') and (weight is null or weight < 0 or weight > 10) "
            "group by tag",
            "The weight of every interest lies between 0 and 10.",
            "Look at interest.squash_k in the configuration and at the model of the interests.",
        ),
        *near_last_publication("user_tags", context, "warning"),
    )
