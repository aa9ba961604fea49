"""The usual ways to find connected components, each on the same integer edges.

Each takes the graph in the form it likes best and returns what is timed: a function that finds
the number of components.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.packages import package_code


class Graph:
    """Integer edges: accounts are 0 to ``accounts - 1``, values follow."""

    def __init__(self, folder: Path) -> None:
        stored = np.load(folder / "edges.npz")
        self.accounts, self.values = int(stored["accounts"]), int(stored["values"])
        self.account, self.value = stored["account"], stored["value"]
        self.nodes = self.accounts + self.values


def ours(graph: Graph) -> Callable[[], int]:
    from orchestration.core.identity.components import label_accounts

    order = np.argsort(graph.account, kind="stable")
    account = graph.account[order].astype(np.int32)
    value = graph.value[order].astype(np.int32)
    # Values nobody carries do not exist here, so components of accounts are all components.
    return lambda: label_accounts(graph.accounts, graph.values, account, value)[0]


def scipy(graph: Graph) -> Callable[[], int]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    def find() -> int:
        ends = (graph.account, graph.value + graph.accounts)
        ones = np.ones(len(graph.account), dtype=np.int8)
        matrix = coo_matrix((ones, ends), shape=(graph.nodes, graph.nodes))
        return int(connected_components(matrix, directed=False)[0])

    return find


def igraph(graph: Graph) -> Callable[[], int]:
    library = _library("igraph", "igraph")
    ends = np.column_stack([graph.account, graph.value + graph.accounts])
    return lambda: len(library.Graph(n=graph.nodes, edges=ends).connected_components())


def rustworkx(graph: Graph) -> Callable[[], int]:
    library = _library("rustworkx", "rustworkx")
    ends = list(zip(graph.account.tolist(), (graph.value + graph.accounts).tolist(), strict=True))

    def find() -> int:
        whole = library.PyGraph()
        whole.add_nodes_from(range(graph.nodes))
        whole.add_edges_from_no_data(ends)
        return library.number_connected_components(whole)

    return find


def networkx(graph: Graph) -> Callable[[], int]:
    import networkx as nx

    ends = list(zip(graph.account.tolist(), (graph.value + graph.accounts).tolist(), strict=True))

    def find() -> int:
        whole = nx.Graph()
        whole.add_nodes_from(range(graph.nodes))
        whole.add_edges_from(ends)
        return nx.number_connected_components(whole)

    return find


def union_find(graph: Graph) -> Callable[[], int]:
    ends = list(zip(graph.account.tolist(), (graph.value + graph.accounts).tolist(), strict=True))

    def find() -> int:
        parent = list(range(graph.nodes))

        def root(at: int) -> int:
            while parent[at] != at:
                parent[at] = parent[parent[at]]
                at = parent[at]
            return at

        left = graph.nodes
        for one, other in ends:
            a, b = root(one), root(other)
            if a != b:
                parent[max(a, b)] = min(a, b)
                left -= 1
        return left

    return find


def duckdb_jumping(graph: Graph) -> Callable[[], int]:
    """Smallest label of the neighbours, then pointer jumping, until nothing changes."""
    import duckdb

    connection = duckdb.connect()
    connection.execute("set threads = 2")
    frame = pd.DataFrame({"account": graph.account, "value": graph.value})
    connection.execute("create table edges as select * from frame")
    assert len(frame) == len(graph.account)

    def find() -> int:
        connection.execute(
            f"create or replace table labels as select range as account, range as label from range({graph.accounts})"
        )
        changed = 1
        while changed:
            connection.execute(
                """
                create or replace table hopped as
                with of_value as (
                    select value, min(label) as label from edges join labels using (account) group by value
                ),
                nearest as (
                    select account, min(label) as label from edges join of_value using (value) group by account
                )
                select l.account, least(l.label, coalesce(n.label, l.label)) as label, l.label as before
                from labels l left join nearest n using (account)
                """
            )
            ((changed,),) = connection.execute(
                "select count(*) from hopped where label <> before"
            ).fetchall()
            connection.execute(
                "create or replace table labels as "
                "select h.account, up.label from hopped h join hopped up on up.account = h.label"
            )
        ((found,),) = connection.execute("select count(distinct label) from labels").fetchall()
        return found

    return find


COMPONENTS = {
    "ours: components alone": ours,
    "scipy.sparse.csgraph": scipy,
    "igraph": igraph,
    "rustworkx": rustworkx,
    "union-find in Python": union_find,
    "pointer jumping in DuckDB": duckdb_jumping,
    "networkx": networkx,
}


def _library(package: str, module: str) -> Any:
    sys.path.append(str(package_code(package)))
    return importlib.import_module(module)
