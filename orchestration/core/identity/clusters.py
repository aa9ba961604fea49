"""From a graph and its limits to clusters: the part of the work that an increment repeats locally.

The result inside one component depends on that component alone. Components are those over the
edges whose value may join; what later limits refuse stays inside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.core.identity.bridges import cut_giant
from orchestration.core.identity.components import Labels, Part, first_members, renumber
from orchestration.core.identity.contradictions import Statements, doubtful
from orchestration.core.identity.graph import Graph
from orchestration.core.identity.keys import Flags, Ints
from orchestration.core.identity.limits import IdentityLimits
from orchestration.core.identity.refusals import refuse
from orchestration.core.identity.rules import Rule, RuleCodes, is_trait, overfull


@dataclass(frozen=True)
class Clusters:
    """The clusters of some accounts of a graph.

    accounts: their codes; component: the smallest account of the component of each; label: the
    cluster of each, numbered by the smallest account; edges and rules: their usable edges and the
    rule that each ends with.
    """

    accounts: Ints
    component: Ints
    count: int
    label: Labels
    edges: Ints
    rules: RuleCodes


def cluster(graph: Graph, limits: IdentityLimits, is_account: Flags, is_usable: Flags) -> Clusters:
    """Clusters of the flagged accounts over their usable edges (``is_usable`` by edge).

    The flagged accounts must be whole components.
    """
    part = Part.of(graph, is_account, is_usable)
    count, labels = part.components()
    component = part.accounts[first_members(labels, count)[labels]]
    rules = np.zeros(len(part.edges), dtype=np.uint8)
    traits = Part.of(graph, is_account, is_trait(graph, limits))
    broken = overfull(part, count, labels, limits)
    broken |= doubtful(part, traits, count, labels, limits)
    if broken.any():
        is_broken = broken[labels]
        narrow, edges = part.narrowed(is_broken, rules == Rule.KEPT)
        declared, _ = traits.narrowed(is_broken, np.ones(len(traits.edges), dtype=np.bool_))
        refused = refuse(narrow, limits, statements=Statements(narrow, declared, limits))
        rules[edges] = refused[narrow.edge_identifier]
        count, labels = _relabel(part, rules, labels, count, is_broken)
    giants = _giants(limits, labels)
    if giants.any() and limits.maximum_person_accounts is not None:
        is_giant = giants[labels]
        together, edges = part.narrowed(is_giant, rules == Rule.KEPT)
        of_account = labels[is_giant]
        every_edge = np.ones(len(edges), dtype=np.bool_)
        for label in np.flatnonzero(giants).tolist():
            giant, at = together.narrowed(of_account == label, every_edge)
            dropped = cut_giant(giant, limits, limits.maximum_person_accounts)
            rules[edges[at[dropped[giant.edge_identifier]]]] = Rule.MAXIMUM_PERSON_ACCOUNTS
        count, labels = _relabel(part, rules, labels, count, is_giant)
    return Clusters(part.accounts, component, count, labels, part.edges, rules)


def _giants(limits: IdentityLimits, labels: Labels) -> Flags:
    sizes = np.bincount(labels)
    maximum = limits.maximum_person_accounts
    return sizes > (len(labels) if maximum is None else maximum)


def _relabel(
    part: Part, rules: RuleCodes, labels: Labels, count: int, is_account: Flags
) -> tuple[int, Labels]:
    """Labels after edges of the flagged accounts (whole clusters) stopped joining."""
    narrow, _ = part.narrowed(is_account, rules == Rule.KEPT)
    pieces, piece_labels = narrow.components()
    merged = labels.copy()
    merged[is_account] = piece_labels + np.int32(count)
    used = np.zeros(count + pieces, dtype=np.bool_)
    used[merged] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    total = int(used.sum())
    return total, renumber(number[merged], total)
