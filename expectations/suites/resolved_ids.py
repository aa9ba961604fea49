"""Expectations of resolved_ids."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, has_form, no_rows


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        has_form(
            "one_id",
            "^p[0-9a-f]{16}$",
            "the letter p and 16 hexadecimal digits",
            "Identity must name people; find what else wrote the table.",
        ),
        has_form(
            "current_one_id",
            "^p[0-9a-f]{16}$",
            "the letter p and 16 hexadecimal digits, or empty",
            "Identity must name people; find what else wrote the table.",
        ),
        no_rows(
            "stands_for_a_published_person",
            "select distinct b.current_one_id from {batch} b "
            "anti join user_profiles p on p.one_id = b.current_one_id "
            "where b.current_one_id is not null",
            "Every id stands for a published person, or for nobody.",
            "Materialise identity and profiles again; they are of different runs.",
        ),
        no_rows(
            "people_stand_for_themselves",
            "select p.one_id from user_profiles p "
            "anti join {batch} b on b.one_id = p.one_id and b.current_one_id = p.one_id",
            "The id of every published person is listed and stands for that person.",
            "Materialise identity again; its ledger of ids is incomplete.",
        ),
        *_ids_stay_known(context),
    )


def _ids_stay_known(context: GateContext) -> tuple[Expectation, ...]:
    previous = context.previous_table("resolved_ids")
    if previous is None:
        return ()
    return (
        no_rows(
            "earlier_ids_stay_known",
            f"select o.one_id from {previous} o anti join {{batch}} b on b.one_id = o.one_id",
            "Every id that the version served now knows is still listed.",
            "The state of identity was lost or set back: put HOME/state/identity back from a copy.",
        ),
    )
