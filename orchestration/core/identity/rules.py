"""Which edges may join, as far as single values and single components decide it.

Every edge ends with one rule code. A value that breaks a limit of its own (blocked, too many
accounts) joins nobody at all; refusals.py has what is decided among the values of a component.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.core.identity.components import Labels, Part
from orchestration.core.identity.graph import Codes, Graph
from orchestration.core.identity.keys import Flags, Ints, align, encode, find
from orchestration.core.identity.limits import IdentityLimits

RuleCodes = npt.NDArray[np.uint8]


class Rule(IntEnum):
    """Why an edge does not join; names in lower case are the ``rule`` of a violation."""

    KEPT = 0
    BLOCKED = 1
    RELATION = 2
    MAXIMUM_ACCOUNTS = 3
    MAXIMUM_ACCOUNTS_PER_PLATFORM = 4
    MAXIMUM_VALUES = 5
    MAXIMUM_PERSON_ACCOUNTS = 6
    CORRECTION = 7
    CONTRADICTION = 8


#: Values under these rules join nobody, whatever their component. RELATION is no violation: the value
#: does what its type should (a trait always, another relation unless it is on too many accounts).
VALUE_RULES = (
    Rule.BLOCKED,
    Rule.RELATION,
    Rule.MAXIMUM_ACCOUNTS,
    Rule.MAXIMUM_ACCOUNTS_PER_PLATFORM,
)


def value_rules(graph: Graph, limits: IdentityLimits, edges: Ints | None = None) -> RuleCodes:
    """The rule of each edge as far as its value alone decides it (KEPT when the value may join).

    ``edges``: only these, which are all the edges of some values, in order.
    """
    value = graph.edge_identifier if edges is None else graph.edge_identifier[edges]
    if edges is None:
        values, position = np.arange(graph.identifiers), value
    else:
        values, position = np.unique(value, return_inverse=True)
    degree = np.bincount(position, minlength=len(values))
    rules = np.zeros(len(values), dtype=np.uint8)
    bounds = np.searchsorted(
        graph.identifier_type[values], np.arange(len(graph.types) + 1, dtype=np.int32)
    )
    for code, name in enumerate(graph.types):
        start, end = bounds[code], bounds[code + 1]
        if name in limits.traits:
            rules[start:end] = Rule.RELATION
            continue
        if name in limits.relations:
            rules[start:end] = Rule.RELATION
        on_platform = limits.accounts_allowed_on_platform(name)
        if on_platform is not None:
            suspects = start + np.flatnonzero(degree[start:end] > on_platform)
            concerned = np.zeros(len(values), dtype=np.bool_)
            concerned[suspects] = True
            at = np.flatnonzero(concerned[position])
            account = graph.edge_account[at if edges is None else edges[at]]
            most = _most_on_platform(graph, np.searchsorted(suspects, position[at]), account)
            rules[suspects[most > on_platform]] = Rule.MAXIMUM_ACCOUNTS_PER_PLATFORM
        allowed = limits.accounts_allowed(name)
        if allowed is not None:
            rules[start:end][degree[start:end] > allowed] = Rule.MAXIMUM_ACCOUNTS
    rules[np.isin(values, _blocked(graph, limits.blocked))] = Rule.BLOCKED
    return rules[position]


def _most_on_platform(graph: Graph, value: Ints, account: Ints | Codes) -> Ints:
    """For each value the accounts it has on the platform where it has most.

    value, account: the ends of its edges; values are numbered from 0.
    """
    platforms = len(graph.platforms)
    cell = value * platforms + graph.account_platform[account]
    size = (int(value.max()) + 1 if len(value) else 0) * platforms
    return np.bincount(cell, minlength=size).reshape(-1, max(platforms, 1)).max(axis=1)


def joins(rule: RuleCodes) -> Flags:
    """Which edges have a value that may join, whatever became of it among others."""
    return (rule == Rule.KEPT) | (rule > max(VALUE_RULES))


def is_trait(graph: Graph, limits: IdentityLimits) -> Flags:
    """Which edges only say what an account declares."""
    types = np.array([name in limits.traits for name in graph.types], dtype=np.bool_)
    if not types.any():
        return np.zeros(graph.edges, dtype=np.bool_)
    return types[graph.identifier_type][graph.edge_identifier]


def strength(graph: Graph, limits: IdentityLimits) -> Ints:
    """Rank of each identifier value by its type; 0 is the strongest."""
    return np.array([limits.rank(name) for name in graph.types], dtype=np.int64)[
        graph.identifier_type
    ]


def overfull(part: Part, count: int, labels: Labels, limits: IdentityLimits) -> Flags:
    """Which components carry more values of a limited type than a person may."""
    graph = part.graph
    found = np.zeros(count, dtype=np.bool_)
    value_label = np.zeros(len(part.identifiers), dtype=np.int32)
    value_label[part.edge_identifier] = labels[part.edge_account]
    value_type = graph.identifier_type[part.identifiers]
    for code, name in enumerate(graph.types):
        limit = limits.values_allowed(name)
        if limit is None:
            continue
        of_type = value_type == code
        many = np.bincount(value_label[of_type], minlength=count) > limit.maximum
        if limit.per_platform and many.any():
            many = _overfull_platforms(part, labels, many, of_type, limit.maximum)
        found |= many
    return found


def _overfull_platforms(
    part: Part, labels: Labels, many: Flags, of_type: Flags, maximum: int
) -> Flags:
    edges = np.flatnonzero(of_type[part.edge_identifier] & many[labels[part.edge_account]])
    account = part.edge_account[edges]
    platforms = len(part.graph.platforms)
    cell = labels[account].astype(np.int64) * platforms
    cell += part.graph.account_platform[part.accounts[account]]
    size = max(len(part.identifiers), 1)
    pairs = np.unique(cell * size + part.edge_identifier[edges])
    cells, values = np.unique(pairs // size, return_counts=True)
    found = np.zeros(len(many), dtype=np.bool_)
    found[cells[values > maximum] // platforms] = True
    return found


def _blocked(graph: Graph, blocked: frozenset[tuple[str, str]]) -> Ints:
    found: list[Ints] = [np.empty(0, dtype=np.int64)]
    for code, name in enumerate(graph.types):
        hashes = sorted(value for kind, value in blocked if kind == name)
        if hashes:
            bounds = np.searchsorted(graph.identifier_type, [code, code + 1])
            keys, wanted = align(
                graph.identifier_key[bounds[0] : bounds[1]], encode(pd.Series(hashes), "blocked")
            )
            position, there = find(keys, wanted)
            found.append(position[there] + bounds[0])
    return np.concatenate(found)
