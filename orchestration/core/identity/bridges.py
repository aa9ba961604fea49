"""Bridges: identifier values whose removal parts a person in two, and the cutting of giants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.core.identity.components import Part
from orchestration.core.identity.keys import Flags, Ints
from orchestration.core.identity.limits import IdentityLimits
from orchestration.core.identity.refusals import refuse
from orchestration.core.identity.rules import strength

#: A cut must part at least this share of the accounts; smaller cuts peel a giant leaf by leaf.
_LEAST_SHARE = 0.1


@dataclass(frozen=True)
class Bridges:
    """Identifiers of a connected part whose removal disconnects accounts.

    ``parted`` is how many accounts each removal takes away from the largest remaining piece.
    """

    identifiers: Ints
    parted: Ints


def bridges(part: Part) -> Bridges:
    """The articulation identifiers of a connected part (Hopcroft and Tarjan 1973), in code order."""
    accounts = len(part.accounts)
    neighbours = _neighbours(part)
    size = len(neighbours)
    entered = [-1] * size
    low = [0] * size
    below = [1] * accounts + [0] * (size - accounts)
    largest_piece = [0] * size
    separated = [0] * size
    progress = [0] * size
    parent = [-1] * size
    clock = 0
    stack = [0]
    entered[0] = low[0] = clock
    while stack:
        node = stack[-1]
        if progress[node] < len(neighbours[node]):
            other = neighbours[node][progress[node]]
            progress[node] += 1
            if entered[other] < 0:
                clock += 1
                entered[other] = low[other] = clock
                parent[other] = node
                stack.append(other)
            elif other != parent[node]:
                low[node] = min(low[node], entered[other])
            continue
        stack.pop()
        above = parent[node]
        if above < 0:
            continue
        low[above] = min(low[above], low[node])
        below[above] += below[node]
        if low[node] >= entered[above]:
            separated[above] += below[node]
            largest_piece[above] = max(largest_piece[above], below[node])
    away = np.array(separated[accounts:], dtype=np.int64)
    rest = accounts - away
    parted = accounts - np.maximum(rest, np.array(largest_piece[accounts:], dtype=np.int64))
    # The search starts at an account, so one separated piece below already means a cut.
    found = np.flatnonzero((away > 0) & (parted > 0))
    return Bridges(found, parted[found])


def cut_giant(part: Part, limits: IdentityLimits, maximum_accounts: int) -> Flags:
    """Which identifiers of a connected part to drop until no person exceeds ``maximum_accounts``.

    Among the bridges that part at least half as many accounts as the best one, the weakest type
    goes first, then the one that parts most, then the last key. A piece without a bridge worth
    cutting is put together again from its strongest identifiers, refusing the join that would
    exceed the maximum.
    """
    dropped = np.zeros(len(part.identifiers), dtype=np.bool_)
    everything = np.ones(len(part.accounts), dtype=np.bool_)
    whole, _ = part.narrowed(everything, np.ones(len(part.edges), dtype=np.bool_))
    pending: list[tuple[Part, Ints]] = [(whole, np.arange(len(part.identifiers)))]
    rank = strength(part.graph, limits)
    while pending:
        piece, position = pending.pop()
        cut = np.zeros(len(piece.identifiers), dtype=np.bool_)
        found = bridges(piece)
        best = int(found.parted.max(initial=0))
        if best >= max(1, _LEAST_SHARE * len(piece.accounts)):
            worth = found.parted * 2 >= best
            candidates, parted = found.identifiers[worth], found.parted[worth]
            order = np.lexsort((candidates, parted, rank[piece.identifiers[candidates]]))
            cut[candidates[order[-1]]] = True
        else:
            cut = refuse(piece, limits, maximum_accounts) > 0
        dropped[position[cut]] = True
        kept = ~cut[piece.edge_identifier]
        remaining, _ = piece.narrowed(np.ones(len(piece.accounts), dtype=np.bool_), kept)
        count, labels = remaining.components()
        sizes = np.bincount(labels, minlength=count)
        for label in np.flatnonzero(sizes > maximum_accounts).tolist():
            smaller, edges = piece.narrowed(labels == label, kept)
            carried = np.zeros(len(piece.identifiers), dtype=np.bool_)
            carried[piece.edge_identifier[edges]] = True
            pending.append((smaller, position[carried]))
    return dropped


def _neighbours(part: Part) -> list[list[int]]:
    """Adjacency lists; accounts first, then identifiers."""
    accounts = len(part.accounts)
    neighbours: list[list[int]] = [[] for _ in range(accounts + len(part.identifiers))]
    ends: tuple[list[int], list[int]] = (part.edge_account.tolist(), part.edge_identifier.tolist())
    for account, identifier in zip(*ends, strict=True):
        neighbours[account].append(accounts + identifier)
        neighbours[accounts + identifier].append(account)
    return neighbours
