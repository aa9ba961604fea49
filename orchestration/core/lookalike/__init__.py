"""Lookalikes: engines behind one interface, chosen on held-out members of the seed."""

from orchestration.core.lookalike.errors import LookalikeError
from orchestration.core.lookalike.result import LookalikeResult, evaluate_and_score

__all__ = ["LookalikeError", "LookalikeResult", "evaluate_and_score"]
