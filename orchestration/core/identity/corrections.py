"""Corrections by hand: "these two accounts are the same" or "different". Applied last, they win.

The clusters of data and rules are computed as if there were no corrections; this module lays the
corrections over them. A statement that is taken back therefore leaves no trace.
"""

# scipy ships no types; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from orchestration.core.identity.components import Labels, label_accounts
from orchestration.core.identity.graph import NEVER, Graph
from orchestration.core.identity.keys import Flags, Ints, Keys, align, encode, find
from orchestration.core.identity.limits import IdentityLimits

# In this order where two statements about one pair are of the same time.
_RELATIONS = ("different", "same", "withdrawn")
_MICROSECONDS = "datetime64[us]"


class Outcome(IntEnum):
    """What became of a statement."""

    APPLIED = 0
    OVERRULED = 1
    UNKNOWN_ACCOUNT = 2


@dataclass(frozen=True)
class Corrections:
    """The newest statement about each pair of accounts, newest first.

    ``first`` < ``second``; ``stated`` in microseconds UTC, the smallest integer where unknown.
    """

    first: Keys
    second: Keys
    is_same: Flags
    stated: Ints
    outcome: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, frame: pd.DataFrame | None) -> Corrections:
        """Statements of a frame (account_key, other_account_key, relation, stated_at).

        Of two about one pair the later wins, then "different". A pair whose winner is "withdrawn" is
        left out, as if nobody had ever said anything about it; so is a pair of one account with
        itself. Raises :class:`ValueError` for an unknown relation.
        """
        if frame is None or frame.empty:
            none = np.empty(0, dtype=np.uint64)
            no_flag, no_code = np.empty(0, dtype=np.bool_), np.empty(0, dtype=np.uint8)
            return cls(none, none, no_flag, np.empty(0, dtype=np.int64), no_code)
        unknown = set(frame["relation"]) - set(_RELATIONS)
        if unknown:
            raise ValueError(
                f"relation {sorted(map(str, unknown))} is not one of {list(_RELATIONS)}."
            )
        left, right = align(
            encode(frame["account_key"], "corrections.account_key"),
            encode(frame["other_account_key"], "corrections.other_account_key"),
        )
        relation = pd.Categorical(frame["relation"], categories=_RELATIONS).codes.astype(np.int64)
        times = pd.to_datetime(frame["stated_at"], utc=True).dt.tz_localize(None)
        stated = times.to_numpy(dtype=_MICROSECONDS).view(np.int64)
        swap = left > right
        first, second = np.where(swap, right, left), np.where(swap, left, right)
        order = np.lexsort((second, first, relation, ~stated))
        order = order[first[order] != second[order]]
        _, newest = np.unique(_pairs(first[order], second[order]), return_index=True)
        kept = order[np.sort(newest)]
        kept = kept[relation[kept] < _RELATIONS.index("withdrawn")]
        is_same = relation[kept] == _RELATIONS.index("same")
        outcome = np.zeros(len(kept), dtype=np.uint8)
        return cls(first[kept], second[kept], is_same, stated[kept], outcome)

    def __len__(self) -> int:
        return len(self.first)

    def accounts_changed_since(self, before: Corrections) -> Keys:
        """Accounts of statements that were added, withdrawn or turned round."""
        first, second, old_first, old_second = align(
            self.first, self.second, before.first, before.second
        )
        now = _statements(first, second, self.is_same, self.stated)
        then = _statements(old_first, old_second, before.is_same, before.stated)
        changed = {key for statement in now ^ then for key in statement[:2]}
        return np.array(sorted(changed), dtype=first.dtype)


@dataclass(frozen=True)
class Overlay:
    """People as corrected.

    accounts: codes of the accounts of every cluster that a correction changed; label: their person,
    numbered by the smallest account; cut: codes of edges that a "different" stopped; corrections:
    the statements with their outcome.
    """

    accounts: Ints
    count: int
    label: Labels
    cut: Ints
    corrections: Corrections


def overlay(
    graph: Graph,
    limits: IdentityLimits,
    corrections: Corrections,
    cluster_of: npt.NDArray[np.uint64],
    is_kept: Flags,
) -> Overlay:
    """People after the corrections, where they differ from the clusters.

    ``cluster_of`` names the cluster of each account, ``is_kept`` flags the joining edges. Statements
    are heard from the newest to the oldest; one that contradicts what newer ones already decided is
    overruled. Then each "different" pair that is still connected is parted by the minimum cut, where
    an edge weighs the confidence of its identifier type; of several minimum cuts it is the one that
    takes least along with the account seen later.
    """
    nobody = np.empty(0, dtype=np.int64)
    if len(corrections) == 0:
        return Overlay(nobody, 0, nobody.astype(np.int32), nobody, corrections)
    keys, first, second = align(graph.account_key, corrections.first, corrections.second)
    left, left_known = find(keys, first)
    right, right_known = find(keys, second)
    known = left_known & right_known
    outcome = np.where(known, Outcome.APPLIED, Outcome.UNKNOWN_ACCOUNT).astype(np.uint8)
    zone = np.isin(cluster_of, np.unique(cluster_of[np.concatenate([left[known], right[known]])]))
    accounts = np.flatnonzero(zone)
    position = np.cumsum(zone) - 1
    statements = [
        (row, int(position[left[row]]), int(position[right[row]]), bool(corrections.is_same[row]))
        for row in np.flatnonzero(known).tolist()
    ]
    closures, parted, overruled = _settle(len(accounts), statements)
    outcome[overruled] = Outcome.OVERRULED

    edges = np.flatnonzero(is_kept & zone[graph.edge_account])
    local = _Local(graph, limits, position, edges, closures)
    for one, other in parted:
        local.part(one, other)
    count, label = local.labels()

    changed = _changed(label, count, cluster_of[accounts])
    numbers = np.unique(label[changed], return_inverse=True)
    return Overlay(
        accounts=accounts[changed],
        count=len(numbers[0]),
        label=numbers[1].astype(np.int32),
        cut=edges[~local.open_],
        corrections=replace(corrections, outcome=outcome),
    )


class _Local:
    """The zone of the corrections: closures of "same" accounts, identifiers, and edges still open."""

    def __init__(
        self,
        graph: Graph,
        limits: IdentityLimits,
        position: Ints,
        edges: Ints,
        closures: Ints,
    ) -> None:
        self.closures = closures
        self.node = closures[position[graph.edge_account[edges]]]
        self.values, identifier = np.unique(graph.edge_identifier[edges], return_inverse=True)
        self.identifier = identifier
        self.open_ = np.ones(len(edges), dtype=np.bool_)
        weight = [max(1, round(100 * limits.confidence_of(name))) for name in graph.types]
        self.weight = np.array([*weight, 0], dtype=np.int32)[
            graph.identifier_type[graph.edge_identifier[edges]]
        ]
        self.seen = np.full(len(closures), NEVER, dtype=np.int64)
        np.minimum.at(self.seen, self.node, graph.edge_first[edges])
        _, self.component = self._components()
        self.by_component = np.argsort(self.component[self.node], kind="stable")
        self.sorted_component = self.component[self.node][self.by_component]

    def labels(self) -> tuple[int, Labels]:
        """(people, person of each account of the zone), numbered by the smallest account."""
        # A closure is named by its smallest account, so the order of the labels of closures is
        # the order of the smallest accounts of people.
        used, label = np.unique(self._components()[1][self.closures], return_inverse=True)
        return len(used), label.astype(np.int32)

    def part(self, one: int, other: int) -> None:
        """Close the minimum cut between two closures; nothing where they are not connected."""
        bounds = np.searchsorted(
            self.sorted_component, [self.component[one], self.component[one] + 1]
        )
        inside = self.by_component[bounds[0] : bounds[1]]
        inside = inside[self.open_[inside]]
        nodes, node = np.unique(self.node[inside], return_inverse=True)
        later, earlier = sorted((one, other), key=lambda at: (int(self.seen[at]), at), reverse=True)
        ends, there = find(nodes, np.array([later, earlier]))
        if not there.all():
            return
        values, value = np.unique(self.identifier[inside], return_inverse=True)
        size = len(nodes) + len(values)
        value = value + len(nodes)
        weight = self.weight[inside]
        network = coo_array(
            (
                np.concatenate([weight, weight]),
                (np.concatenate([node, value]), np.concatenate([value, node])),
            ),
            shape=(size, size),
            dtype=np.int32,
        )
        capacity = csr_array(network)
        flow = maximum_flow(capacity, int(ends[0]), int(ends[1])).flow
        residual = csr_array(capacity - flow)
        residual.eliminate_zeros()
        reached = np.zeros(size, dtype=np.bool_)
        reached[breadth_first_order(residual, int(ends[0]), return_predecessors=False)] = True
        self.open_[inside[reached[node] != reached[value]]] = False

    def _components(self) -> tuple[int, Labels]:
        order = np.argsort(self.node[self.open_], kind="stable")
        return label_accounts(
            len(self.closures),
            len(self.values),
            self.node[self.open_][order].astype(np.int32),
            self.identifier[self.open_][order].astype(np.int32),
        )


def _settle(
    accounts: int, statements: list[tuple[int, int, int, bool]]
) -> tuple[Ints, list[tuple[int, int]], list[int]]:
    """(closure of each account, pairs of closures to part, overruled rows), newest statement first.

    A closure is named by its smallest account.
    """
    parent = list(range(accounts))
    apart: dict[int, set[int]] = {}
    parted: list[tuple[int, int]] = []
    overruled: list[int] = []

    def root(at: int) -> int:
        while parent[at] != at:
            at = parent[at]
        return at

    for row, left, right, is_same in statements:
        one, other = sorted((root(left), root(right)))
        if is_same and other in apart.get(one, ()):
            overruled.append(row)
        elif is_same and one != other:
            parent[other] = one
            for enemy in apart.pop(other, set()):
                apart[enemy].discard(other)
                apart[enemy].add(one)
                apart.setdefault(one, set()).add(enemy)
        elif not is_same and one == other:
            overruled.append(row)
        elif not is_same:
            apart.setdefault(one, set()).add(other)
            apart.setdefault(other, set()).add(one)
            parted.append((left, right))
    closures = np.array([root(at) for at in range(accounts)], dtype=np.int64)
    return closures, [(int(closures[a]), int(closures[b])) for a, b in parted], overruled


def _changed(label: Labels, count: int, cluster: npt.NDArray[np.uint64]) -> Flags:
    """Accounts whose person is not exactly their cluster."""
    _, code = np.unique(cluster, return_inverse=True)
    size_of_cluster = np.bincount(code)
    pairs, at = np.unique(label.astype(np.int64) * len(size_of_cluster) + code, return_inverse=True)
    size_of_pair = np.bincount(at)
    people_of_cluster = np.bincount(pairs % len(size_of_cluster), minlength=len(size_of_cluster))
    clusters_of_person = np.bincount(pairs // len(size_of_cluster), minlength=count)
    whole = size_of_pair[at] == size_of_cluster[code]
    return ~(whole & (people_of_cluster[code] == 1) & (clusters_of_person[label] == 1))


def _pairs(first: Keys, second: Keys) -> Ints:
    """One number for each distinct pair."""
    _, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    half = len(first)
    return codes[:half].astype(np.int64) * (len(codes) + 1) + codes[half:]


def _statements(first: Keys, second: Keys, is_same: Flags, stated: Ints) -> set[tuple[Any, ...]]:
    return set(zip(first.tolist(), second.tolist(), is_same.tolist(), stated.tolist(), strict=True))
