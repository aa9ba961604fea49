"""Expectations of user_tags: known people, known tags, weights on their scale."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, is_as_of, no_rows
from expectations.generic import near_last_publication

_PREDICTIONS = (
    "Materialise layers.predictions and audiences.user_tags again; they are of different runs."
)


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    least_sure = context.configuration.prediction.minimum_confidence
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
        no_rows(
            "predictions_have_a_model",
            "select b.tag, count(*) as people from {batch} b anti join "
            "(select 'profile.' || substr(model, 11) as tag from models where is_used and starts_with(model, 'attribute.')) m "
            "on m.tag = b.tag where b.source = 'predicted' group by b.tag",
            "What is predicted of people comes from a model that is used.",
            _PREDICTIONS,
        ),
        no_rows(
            "predictions_carry_their_confidence",
            "select tag, min(weight) as lowest, max(weight) as highest from {batch} "
            f"where source = 'predicted' and (weight is null or weight < {least_sure} or weight >= 1) group by tag",
            f"The weight of a predicted attribute is its confidence, at least {least_sure} and below 1.",
            _PREDICTIONS + " The setting is prediction.minimum_confidence.",
        ),
        *near_last_publication("user_tags", context, "warning"),
    )
