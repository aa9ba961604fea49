"""Connected components of accounts and identifiers, and the part of a graph under work."""

# scipy ships no types; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from orchestration.core.identity.graph import NEVER, Codes, Graph, ranges
from orchestration.core.identity.keys import Flags, Ints

Labels = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Part:
    """Some accounts of a graph with some of their edges, renumbered from 0 in the same order.

    ``accounts``, ``identifiers`` and ``edges`` hold the codes in the whole graph;
    ``edge_account`` and ``edge_identifier`` the codes inside the part.
    """

    graph: Graph
    accounts: Ints
    identifiers: Ints
    edges: Ints
    edge_account: Codes
    edge_identifier: Codes

    @classmethod
    def of(cls, graph: Graph, is_account: Flags, is_edge: Flags) -> Part:
        """The accounts flagged, with those of their edges that are flagged."""
        accounts = np.flatnonzero(is_account)
        if len(accounts) == graph.accounts:
            edges = np.flatnonzero(is_edge)
            carried = np.zeros(graph.identifiers, dtype=np.bool_)
            carried[graph.edge_identifier[edges]] = True
            renumbered = np.cumsum(carried, dtype=np.int32) - np.int32(1)
            return cls(
                graph=graph,
                accounts=accounts,
                identifiers=np.flatnonzero(carried),
                edges=edges,
                edge_account=graph.edge_account[edges],
                edge_identifier=renumbered[graph.edge_identifier[edges]],
            )
        # A small part must not cost a pass over the graph: edges are sorted by account.
        starts = np.searchsorted(graph.edge_account, accounts.astype(np.int32))
        ends = np.searchsorted(graph.edge_account, accounts.astype(np.int32), side="right")
        edges = ranges(starts, ends)
        of_account = np.repeat(np.arange(len(accounts), dtype=np.int32), ends - starts)
        flagged = is_edge[edges]
        edges = edges[flagged]
        identifiers, edge_identifier = np.unique(graph.edge_identifier[edges], return_inverse=True)
        return cls(
            graph=graph,
            accounts=accounts,
            identifiers=identifiers.astype(np.int64),
            edges=edges,
            edge_account=of_account[flagged],
            edge_identifier=edge_identifier.astype(np.int32),
        )

    def first_seen(self) -> Ints:
        """When each identifier of the part was first seen on an account of it."""
        first = np.full(len(self.identifiers), NEVER, dtype=np.int64)
        np.minimum.at(first, self.edge_identifier, self.graph.edge_first[self.edges])
        return first

    def narrowed(self, is_account: Flags, is_edge: Flags) -> tuple[Part, Ints]:
        """The part of flagged accounts and edges (by position here), and its edges' positions here."""
        kept = np.flatnonzero(is_edge & is_account[self.edge_account])
        carried = np.zeros(len(self.identifiers), dtype=np.bool_)
        carried[self.edge_identifier[kept]] = True
        account = np.cumsum(is_account, dtype=np.int32) - np.int32(1)
        identifier = np.cumsum(carried, dtype=np.int32) - np.int32(1)
        part = Part(
            graph=self.graph,
            accounts=self.accounts[is_account],
            identifiers=self.identifiers[carried],
            edges=self.edges[kept],
            edge_account=account[self.edge_account[kept]],
            edge_identifier=identifier[self.edge_identifier[kept]],
        )
        return part, kept

    def components(self) -> tuple[int, Labels]:
        """(number, label of each account), numbered by their smallest account."""
        return label_accounts(
            len(self.accounts), len(self.identifiers), self.edge_account, self.edge_identifier
        )


def label_accounts(
    accounts: int, identifiers: int, edge_account: Codes, edge_identifier: Codes
) -> tuple[int, Labels]:
    """Components of a bipartite graph: (number, label of each account).

    ``edge_account`` ascends. Labels number the components that hold an account by their smallest
    account, so equal graphs have equal labels.
    """
    degree = np.bincount(edge_identifier, minlength=identifiers)
    joins = degree > 1
    # A value on one account joins nothing: leaving it out halves the usual graph.
    kept = joins[edge_identifier]
    row, column = edge_account[kept], edge_identifier[kept]
    number = np.cumsum(joins, dtype=np.int32) - np.int32(1)
    size = accounts + int(joins.sum())
    starts = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=size), out=starts[1:])
    matrix = csr_matrix(
        (np.ones(len(row)), number[column] + np.int32(accounts), starts), shape=(size, size)
    )
    # Every joining value has an account, so numbering by the accounts leaves none out.
    count, labels = connected_components(matrix, directed=False)
    return int(count), renumber(labels[:accounts].astype(np.int32, copy=False), int(count))


def renumber(labels: Labels, count: int) -> Labels:
    """The same division with labels in the order of their first member."""
    first = first_members(labels, count)
    order = np.argsort(first)
    if (np.diff(first) > 0).all():
        return labels
    number = np.empty(count, dtype=np.int32)
    number[order] = np.arange(count, dtype=np.int32)
    return number[labels]


def first_members(labels: Labels | Ints, count: int) -> Ints:
    """The smallest position that carries each label (labels 0..count-1, none unused)."""
    first = np.zeros(count, dtype=np.int64)
    first[labels[::-1]] = np.arange(len(labels) - 1, -1, -1)
    return first
