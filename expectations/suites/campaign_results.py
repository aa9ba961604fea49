"""Expectations of campaign_results: parts are not larger than wholes, the interval holds the lift."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_between, no_rows

_RESULTS = "Mend feedback.campaign_results in dbt_project/models/feedback."


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        no_rows(
            "parts_fit_into_wholes",
            "select campaign, audience, reached, holdout, bought, holdout_bought from {batch} "
            "where bought > reached or holdout_bought > holdout or opened > reached "
            "or clicked > reached or joined > reached",
            "No more people opened, clicked, joined or bought than were reached or held out.",
            _RESULTS,
        ),
        no_rows(
            "counts_are_not_negative",
            "select campaign, audience from {batch} "
            "where least(reached, holdout, opened, clicked, joined, bought, holdout_bought) < 0",
            "No count is below zero.",
            _RESULTS,
        ),
        is_between("conversion_rate", 0, 1, _RESULTS),
        is_between("holdout_conversion_rate", 0, 1, _RESULTS),
        is_between("peak_hour", 0, 23, _RESULTS),
        no_rows(
            "interval_holds_the_lift",
            "select campaign, audience, lift_low, lift, lift_high from {batch} "
            "where lift_low > lift + 1e-9 or lift > lift_high + 1e-9",
            "The lift lies in its interval.",
            _RESULTS,
        ),
        no_rows(
            "days_are_in_order",
            "select campaign, audience, starts_on, ends_on from {batch} where starts_on > ends_on "
            f"or starts_on > date '{context.as_of}'",
            "A campaign starts before it ends, and not after the as-of date.",
            _RESULTS,
        ),
    )
