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
        *_people_stay(context),
    )


def _people_stay(context: GateContext) -> tuple[Expectation, ...]:
    """Not more accounts than configured have another person than in the served version."""
    previous = context.previous_table("user_accounts")
    if previous is None:
        return ()
    share = context.configuration.gate.maximum_moved_share
    return (
        no_rows(
            "accounts_keep_their_person",
            "select count(*) filter (where o.one_id != b.one_id) as moved, count(*) as accounts "
            f"from {{batch}} b inner join {previous} o on o.account_key = b.account_key "
            f"having count(*) filter (where o.one_id != b.one_id) > {share} * count(*)",
            f"At most {share:.1%} of the accounts belong to another person than in the version served now.",
            "Look at identity.history for the causes, and at what a change of rules does with "
            "`doubleloop identity plan`; if the change is right, raise gate.maximum_moved_share in "
            "configuration.yaml for one run.",
        ),
    )
