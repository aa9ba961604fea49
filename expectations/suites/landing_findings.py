"""Expectations of landing_findings: each kind of drift is a warning of its own, with the files it is about."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_one_of, no_rows
from orchestration.landing.reasons import Finding, Reason

# That identity-card data is dropped at the door is as it should be, and only told.
_WARNED = tuple(finding for finding in Finding if finding is not Finding.LEFT_OUT)
_SHOWN = (
    "select export, contract_version as version, source_file as file, subject, observed, expected"
)


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    del context
    return (
        is_one_of(
            "finding",
            [*map(str, Finding), *map(str, Reason)],
            "Name the finding in orchestration/landing/reasons.py.",
        ),
        *(
            no_rows(
                f"no_{finding}",
                f"{_SHOWN} from {{batch}} where finding = '{finding}'",
                f"No file has this: {finding.text}.",
                finding.mend,
                "warning",
            )
            for finding in _WARNED
        ),
        no_rows(
            "every_file_can_be_used",
            f"{_SHOWN}, finding from {{batch}} where is_blocking and finding != '{Finding.CHANGED_UNIT}'",
            "Every file that was recognised could be read.",
            "The column mend says what to do about each file.",
            "warning",
        ),
    )
