"""Expectations of lookalike_gates."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, no_rows

_EVALUATION = "Materialise the lookalikes and the audiences again; they are of different runs."


def expectations(_context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        exists_in(
            "audience",
            "audiences",
            "audience_is_published",
            "Every lookalike is in audiences.",
            _EVALUATION,
        ),
        no_rows(
            "seed_is_as_large_as_its_audience",
            "select b.audience, b.platform from {batch} b join audiences a on a.audience = b.seed "
            "where a.people <> b.seed_people",
            "The seed has as many people as the audience it is.",
            _EVALUATION,
        ),
    )
