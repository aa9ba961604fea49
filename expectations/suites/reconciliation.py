"""Expectations of reconciliation: every row and every cent is somewhere, and not too much is missing."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, no_rows

_MODELS = (
    "Look at staging.reconciliation and staging.reconciliation_money for the file, and mend the model that "
    "lost or doubled it."
)
_QUARANTINE = "staging.quarantine names file, row, cell and mend."


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    share = context.configuration.gate.maximum_missing_share
    return (
        no_rows(
            "every_row_is_accounted_for",
            "select export, difference from {batch} where measure = 'rows' and difference != 0",
            "Every delivered row is staged, in quarantine or dropped by a rule.",
            _MODELS,
        ),
        no_rows(
            "every_cent_is_accounted_for",
            "select export, measure, difference from {batch} where measure != 'rows' and difference != 0",
            "All delivered money is in the facts or itemised.",
            _MODELS,
        ),
        no_rows(
            "the_account_adds_up",
            "select export, measure from {batch} where delivered + added != in_facts + quarantined + mended "
            "+ superseded + repeated + unpaid + dropped + difference",
            "The columns of each line add up.",
            "Build staging.reconciliation_by_export and the candidate again.",
        ),
        no_rows(
            "not_too_much_is_missing",
            "select sum(quarantined) as quarantined, sum(delivered) as delivered from {batch} "
            f"where measure = 'rows' having sum(quarantined) > {share} * sum(delivered)",
            f"At most {share:.0%} of all delivered rows wait in quarantine.",
            f"{_QUARANTINE} If what is missing does not matter, raise gate.maximum_missing_share in "
            "configuration.yaml for one run.",
        ),
        no_rows(
            "no_row_waits_for_a_mend",
            "select export, quarantined from {batch} where measure = 'rows' and quarantined > 0",
            "No row is in quarantine.",
            _QUARANTINE,
            "warning",
        ),
        no_rows(
            "no_file_is_held_back",
            "select export, files_held, files from {batch} where measure = 'rows' and files_held > 0",
            "Every landing file was taken in.",
            "landing_findings names the files, why they are held back, and the mend.",
            "warning",
        ),
    )
