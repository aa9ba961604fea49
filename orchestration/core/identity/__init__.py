"""Identity: accounts and identifiers in, people with stable ids out. Frames to frames, no engine.

keys and graph code the input as integers; rules, refusals, contradictions, bridges and clusters decide who
belongs together;
matching, ledger and events keep ids stable and tell their history; corrections overlay what people
stated by hand; state is what a run remembers; resolve is the whole. metrics and plan judge a result.
"""

from orchestration.core.identity.limits import Contradictions, IdentityLimits, ValueLimit
from orchestration.core.identity.metrics import IdentityMetrics, evaluate
from orchestration.core.identity.plan import IdentityPlan, compare
from orchestration.core.identity.removal import Gone
from orchestration.core.identity.resolve import resolve
from orchestration.core.identity.result import IdentityResult
from orchestration.core.identity.state import (
    IdentityState,
    IdentityStateError,
    accept_state,
    load_proposal,
    load_state,
    propose_state,
)

__all__ = [
    "Contradictions",
    "Gone",
    "IdentityLimits",
    "IdentityMetrics",
    "IdentityPlan",
    "IdentityResult",
    "IdentityState",
    "IdentityStateError",
    "ValueLimit",
    "accept_state",
    "compare",
    "evaluate",
    "load_proposal",
    "load_state",
    "propose_state",
    "resolve",
]
