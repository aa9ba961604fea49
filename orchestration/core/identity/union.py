"""One graph extended by another, without sorting the first again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from orchestration.core.identity.graph import NEVER, Codes, Graph, ranges, some_of
from orchestration.core.identity.keys import Flags, Ints, Keys, align, find


@dataclass(frozen=True)
class Union:
    """A graph extended by another, and how to carry over what was known of the first.

    account_place, identifier_place, edge_place: where ``np.insert`` puts a value for each new one;
    account_map: the code now of each account of the first graph.
    """

    graph: Graph
    account_place: Ints
    account_map: Codes
    identifier_place: Ints
    edge_place: Ints
    is_new_account: Flags
    is_changed_edge: Flags


def union(old: Graph, new: Graph) -> Union:
    """``old`` with the accounts and edges of ``new`` added; the earlier first time wins.

    Costs one pass over ``old`` in memory order and sorts nothing but ``new``.
    """
    old, new = _same_names(old, new)
    old_keys, new_keys = align(old.account_key, new.account_key)
    position, known_account = find(old_keys, new_keys)
    moved = known_account.copy()
    moved[known_account] = (
        old.account_platform[position[known_account]] != new.account_platform[known_account]
    )
    if moved.any():
        raise ValueError(
            f"{some_of(new_keys, np.flatnonzero(moved))} changed platform; an account_key belongs to one."
        )
    account_place = position[~known_account]
    account_map, new_account_map = _maps(len(old_keys), position, known_account)
    is_new_account = np.zeros(old.accounts + len(account_place), dtype=np.bool_)
    is_new_account[new_account_map[~known_account]] = True

    position, known, old_values, new_values = _find_identifiers(old, new)
    identifier_place = position[~known]
    identifier_map, new_identifier_map = _maps(len(old_values), position, known)
    kept_account = account_map[old.edge_account]
    kept_identifier = identifier_map[old.edge_identifier]
    given_account = new_account_map[new.edge_account]
    given_identifier = new_identifier_map[new.edge_identifier]
    position, there = find_edges(kept_account, kept_identifier, given_account, given_identifier)
    edge_place = position[~there]
    _, new_edge_map = _maps(len(kept_account), position, there)
    edge_first = np.insert(old.edge_first, edge_place, NEVER)
    before = edge_first[new_edge_map]
    edge_first[new_edge_map] = np.minimum(before, new.edge_first)
    is_changed_edge = np.zeros(len(edge_first), dtype=np.bool_)
    is_changed_edge[new_edge_map] = ~there | (new.edge_first < before)
    graph = replace(
        old,
        account_key=np.insert(old_keys, account_place, new_keys[~known_account]),
        account_platform=np.insert(
            old.account_platform, account_place, new.account_platform[~known_account]
        ),
        identifier_type=np.insert(
            old.identifier_type, identifier_place, new.identifier_type[~known]
        ),
        identifier_key=np.insert(old_values, identifier_place, new_values[~known]),
        edge_account=np.insert(kept_account, edge_place, given_account[~there]),
        edge_identifier=np.insert(kept_identifier, edge_place, given_identifier[~there]),
        edge_first=edge_first,
    )
    return Union(
        graph,
        account_place,
        account_map,
        identifier_place,
        edge_place,
        is_new_account,
        is_changed_edge,
    )


def _same_names(old: Graph, new: Graph) -> tuple[Graph, Graph]:
    """Both graphs with the platforms and types of either; the order of codes does not change."""
    platforms = tuple(sorted({*old.platforms, *new.platforms}))
    types = tuple(sorted({*old.types, *new.types}))

    def recoded(graph: Graph) -> Graph:
        if graph.platforms == platforms and graph.types == types:
            return graph
        platform = np.array([platforms.index(name) for name in graph.platforms], dtype=np.int32)
        kind = np.array([types.index(name) for name in graph.types], dtype=np.int32)
        return replace(
            graph,
            platforms=platforms,
            types=types,
            account_platform=platform[graph.account_platform]
            if graph.accounts
            else graph.account_platform,
            identifier_type=kind[graph.identifier_type]
            if graph.identifiers
            else graph.identifier_type,
        )

    return recoded(old), recoded(new)


def _maps(size: int, position: Ints, known: Flags) -> tuple[Codes, Codes]:
    """Where ``size`` sorted elements and those searched among them stand after insertion."""
    added = position[~known]
    steps = np.diff(np.concatenate([[0], added, [size]]))
    old_map = np.arange(size, dtype=np.int32)
    old_map += np.repeat(np.arange(len(added) + 1, dtype=np.int32), steps)
    new_map = np.empty(len(position), dtype=np.int32)
    new_map[known] = old_map[position[known]]
    new_map[~known] = added + np.arange(len(added))
    return old_map, new_map


def _find_identifiers(old: Graph, new: Graph) -> tuple[Ints, Flags, Keys, Keys]:
    """(position, whether it is there) of the new identifiers among the old; both keys, aligned."""
    old_keys, new_keys = align(old.identifier_key, new.identifier_key)
    position = np.empty(len(new_keys), dtype=np.int64)
    known = np.empty(len(new_keys), dtype=np.bool_)
    codes = np.arange(len(old.types) + 1, dtype=np.int32)
    old_bounds = np.searchsorted(old.identifier_type, codes)
    new_bounds = np.searchsorted(new.identifier_type, codes)
    for code in range(len(old.types)):
        rows = slice(new_bounds[code], new_bounds[code + 1])
        start = old_bounds[code]
        at, there = find(old_keys[start : old_bounds[code + 1]], new_keys[rows])
        position[rows], known[rows] = at + start, there
    return position, known, old_keys, new_keys


def find_edges(
    account: Codes, identifier: Codes, new_account: Codes, new_identifier: Codes
) -> tuple[Ints, Flags]:
    """(position, whether it is there) of new edges among edges sorted by account and identifier.

    Looks only at the edges of the accounts in question.
    """
    concerned = np.unique(new_account)
    starts = np.searchsorted(account, concerned)
    ends = np.searchsorted(account, concerned, side="right")
    own = np.searchsorted(concerned, new_account)
    edges = ranges(starts, ends)
    size = np.int64(1 << 31)
    known = np.repeat(np.arange(len(concerned)), ends - starts) * size + identifier[edges]
    at, there = find(known, own * size + new_identifier)
    offsets = np.cumsum(ends - starts) - (ends - starts)
    return starts[own] + (at - offsets[own]), there
