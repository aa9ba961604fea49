"""A state without accounts and identifiers that are no more, as the start of an increment."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from orchestration.core.identity.graph import Graph, ranges
from orchestration.core.identity.keys import Flags, Ids, Ints, Keys, align, encode, find, text_array
from orchestration.core.identity.state import Assignment, IdentityState
from orchestration.core.identity.union import find_edges


@dataclass(frozen=True)
class Gone:
    """What the state knows and is no more: accounts (account_key), identifiers of accounts (account_key,
    identifier_type, identifier_hash). All identifiers of a gone account go with it; rows that the
    state does not know do no harm.
    """

    accounts: pd.DataFrame
    identifiers: pd.DataFrame


@dataclass(frozen=True)
class Remainder:
    """What is left of a state.

    is_touched: accounts whose component lost an account or an edge; each is a component of its own in
    ``assignment`` until it is computed again. is_lost: identifiers that lost an account.
    removed: (base, published) ids of the accounts that are gone.
    """

    graph: Graph
    assignment: Assignment
    is_touched: Flags
    is_lost: Flags
    removed: tuple[Ids, Ids]


def remainder(state: IdentityState, gone: Gone | None) -> Remainder:
    """The state without what is gone; costs one pass over it where anything is."""
    graph, last = state.graph, state.assignment
    accounts, edges = _positions(graph, gone)
    if len(accounts) == 0 and len(edges) == 0:
        none = np.empty(0, dtype=np.uint64)
        return Remainder(
            graph,
            last,
            np.zeros(graph.accounts, dtype=np.bool_),
            np.zeros(graph.identifiers, dtype=np.bool_),
            (none, none),
        )
    is_kept = np.ones(graph.accounts, dtype=np.bool_)
    is_kept[accounts] = False
    is_kept_edge = np.ones(graph.edges, dtype=np.bool_)
    is_kept_edge[edges] = False
    is_root = np.zeros(graph.accounts, dtype=np.bool_)
    is_root[last.component[accounts]] = True
    is_root[last.component[graph.edge_account[edges]]] = True
    is_touched = is_root[last.component][is_kept]
    is_lost = np.zeros(graph.identifiers, dtype=np.bool_)
    is_lost[graph.edge_identifier[edges]] = True
    is_carried = np.zeros(graph.identifiers, dtype=np.bool_)
    is_carried[graph.edge_identifier[is_kept_edge]] = True

    account = np.cumsum(is_kept, dtype=np.int32) - np.int32(1)
    identifier = np.cumsum(is_carried, dtype=np.int32) - np.int32(1)
    component = account[last.component[is_kept]]
    component[is_touched] = np.flatnonzero(is_touched)
    left = replace(
        graph,
        account_key=graph.account_key[is_kept],
        account_platform=graph.account_platform[is_kept],
        identifier_type=graph.identifier_type[is_carried],
        identifier_key=graph.identifier_key[is_carried],
        edge_account=account[graph.edge_account[is_kept_edge]],
        edge_identifier=identifier[graph.edge_identifier[is_kept_edge]],
        edge_first=graph.edge_first[is_kept_edge],
    )
    assignment = Assignment(
        component=component,
        base=last.base[is_kept],
        home=last.home[is_kept],
        published=last.published[is_kept],
        spare=last.spare[is_kept],
        rule=last.rule[is_kept_edge],
        is_cut=last.is_cut[is_kept_edge],
    )
    removed = (last.base[~is_kept], last.published[~is_kept])
    return Remainder(left, assignment, is_touched, is_lost[is_carried], removed)


def _positions(graph: Graph, gone: Gone | None) -> tuple[Ints, Ints]:
    """(codes of the gone accounts, positions of the gone edges)."""
    none = np.empty(0, dtype=np.int64)
    if gone is None:
        return none, none
    accounts = _codes(graph.account_key, gone.accounts["account_key"], "gone accounts")
    accounts = accounts[accounts >= 0]
    starts = np.searchsorted(graph.edge_account, accounts.astype(np.int32))
    ends = np.searchsorted(graph.edge_account, accounts.astype(np.int32), side="right")

    stated = gone.identifiers
    account = _codes(graph.account_key, stated["account_key"], "gone identifiers")
    identifier = np.full(len(stated), -1, dtype=np.int64)
    names = np.array(text_array(stated["identifier_type"]).to_pylist(), dtype=object)
    bounds = np.searchsorted(graph.identifier_type, np.arange(len(graph.types) + 1, dtype=np.int32))
    for code, name in enumerate(graph.types):
        rows = np.flatnonzero(names == name)
        values = graph.identifier_key[bounds[code] : bounds[code + 1]]
        found = _codes(values, stated["identifier_hash"].iloc[rows], "gone identifiers")
        identifier[rows] = np.where(found >= 0, found + bounds[code], -1)
    known = (account >= 0) & (identifier >= 0)
    position, there = find_edges(
        graph.edge_account,
        graph.edge_identifier,
        account[known].astype(np.int32),
        identifier[known].astype(np.int32),
    )
    return np.unique(accounts), np.unique(np.concatenate([ranges(starts, ends), position[there]]))


def _codes(sorted_keys: Keys, texts: pd.Series, name: str) -> Ints:
    """The code of each key; -1 where there is none."""
    known, keys = align(sorted_keys, encode(texts, name))
    position, there = find(known, keys)
    return np.where(there, position, -1)
