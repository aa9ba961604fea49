"""Lookalikes: engines behind one interface, weighed on held-out members of the seed."""

from orchestration.core.lookalike.crowd import Crowd, crowd_of
from orchestration.core.lookalike.errors import LookalikeError
from orchestration.core.lookalike.fitting import KINDS, LookalikeFit, fit_lookalike
from orchestration.core.lookalike.result import LookalikeResult, evaluate_and_score, score_crowd

__all__ = [
    "KINDS",
    "Crowd",
    "LookalikeError",
    "LookalikeFit",
    "LookalikeResult",
    "crowd_of",
    "evaluate_and_score",
    "fit_lookalike",
    "score_crowd",
]
