"""Expectations of channel_health: counts, cost and shares that can be."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_between, is_one_of, no_rows

_HEALTH = "Mend feedback.channel_health in dbt_project/models/feedback."
_COUNTS = ("page_views", "unique_visitors", "orders", "buyers", "new_customers")
_SHARES = ("search_share", "content_share", "potential_to_new_rate", "first_to_second_rate")


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_one_of("loop", ("inner", "outer"), "Give the channel a loop in the seed channels."),
        no_rows(
            "day_is_not_in_the_future",
            f"select distinct day from {{batch}} where day > date '{context.as_of}'",
            f"No day is after {context.as_of}.",
            "A model reads staging without the as-of bound; find it through the lineage.",
        ),
        no_rows(
            "counts_are_not_negative",
            f"select day, channel from {{batch}} where least({', '.join(_COUNTS)}) < 0",
            "No count is below zero.",
            _HEALTH,
        ),
        is_between(
            "cost",
            0,
            None,
            "Look at the spend exports of that day; a correction is negative.",
            "warning",
        ),
        no_rows(
            "buyers_are_not_more_than_orders",
            "select day, channel, buyers, orders from {batch} where buyers > orders",
            "There are no more buyers than orders.",
            _HEALTH,
        ),
        *(is_between(share, 0, 1, _HEALTH) for share in _SHARES),
    )
