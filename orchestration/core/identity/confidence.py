"""How sure a link and a person are: documented formulas, 0 to 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from orchestration.core.identity.graph import Graph
from orchestration.core.identity.keys import Flags, Ints
from orchestration.core.identity.limits import IdentityLimits

Shares = npt.NDArray[np.float64]


def edge_confidence(graph: Graph, limits: IdentityLimits, edges: Ints, carriers: Ints) -> Shares:
    """How far each edge says "this account is this person".

    ``c = base x (1 - 0.5 x (n - 1) / m)`` with ``base`` the confidence of the identifier type, ``n``
    the accounts that the value joins and ``m`` the most it may join (``n`` where there is no limit):
    a value on two accounts is nearly as good as its type, one at its limit half as good.
    ``carriers`` is ``n`` for each identifier of the graph.
    """
    base = np.array([limits.confidence_of(name) for name in graph.types], dtype=np.float64)
    allowed = [limits.accounts_allowed(name) for name in graph.types]
    most = np.array([0 if value is None else value for value in allowed], dtype=np.float64)
    value = graph.edge_identifier[edges]
    kind = graph.identifier_type[value]
    accounts = carriers[value].astype(np.float64)
    return base[kind] * (1 - 0.5 * (accounts - 1) / np.maximum(most[kind], accounts))


def account_confidence(accounts: int, account: Ints, confidence: Shares, certain: Ints) -> Shares:
    """How far the joining edges of each account tie it to its person: ``1 - product(1 - c)``.

    Accounts without a joining edge get 0; ``certain`` ones (a "same" correction) get 1.
    """
    doubt = np.log1p(-np.minimum(confidence, 1 - 1e-12))
    tied = -np.expm1(np.bincount(account, weights=doubt, minlength=accounts))
    tied[certain] = 1.0
    return tied


def person_confidence(person: Ints, people: int, tied: Shares) -> Shares:
    """A person is as sure as the account that is tied to it most loosely; a single account is sure."""
    confidence = np.ones(people, dtype=np.float64)
    is_single = np.bincount(person, minlength=people) == 1
    np.minimum.at(confidence, person, np.where(is_single[person], 1.0, tied))
    return confidence


def joining(graph: Graph, is_open: Flags) -> tuple[Ints, Ints]:
    """(edges that join their account to another, accounts that each identifier joins)."""
    edges = np.flatnonzero(is_open)
    carriers = np.bincount(graph.edge_identifier[edges], minlength=graph.identifiers)
    return edges[carriers[graph.edge_identifier[edges]] > 1], carriers
