"""Expectations of lookalike_features."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, exists_in, is_between

_EVALUATION = "Materialise the lookalikes again; look at their seed and their features."


def expectations(_context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_between("position", 1, None, _EVALUATION),
        is_between("drift", 0, None, _EVALUATION),
        exists_in(
            "audience",
            "audiences",
            "audience_is_published",
            "Every lookalike is in audiences.",
            _EVALUATION,
        ),
    )
