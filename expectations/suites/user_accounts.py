"""Expectations of user_accounts."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, has_form, no_rows
from expectations.generic import near_last_publication


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        has_form(
            "account_key",
            "^[0-9a-f]{16}$",
            "16 hexadecimal digits of a keyed hash",
            "Staging must key accounts with the macro keyed_hash; find the model that does not.",
        ),
        exists_in(
            "one_id",
            "user_profiles",
            "person_is_published",
            "Every account belongs to a published person.",
            "Materialise identity and profiles again; they are of different runs.",
        ),
        no_rows(
            "platform_is_lower_case",
            "select distinct platform from {batch} "
            "where platform != lower(platform) or trim(platform) = ''",
            "Platforms are written in lower case and not blank.",
            "Mend the platform name in staging.",
        ),
        *near_last_publication("user_accounts", context, "warning"),
    )
