"""What a run computes again: the graph, what the given rows touch, and the run before in its codes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orchestration.core.identity.graph import Codes, Graph
from orchestration.core.identity.keys import NO_ID, Flags, Ids, align, find
from orchestration.core.identity.ledger import History, Register
from orchestration.core.identity.limits import IdentityLimits
from orchestration.core.identity.removal import Remainder
from orchestration.core.identity.rules import Rule, is_trait, joins, value_rules
from orchestration.core.identity.state import IdentityState
from orchestration.core.identity.union import union


@dataclass(frozen=True)
class Work:
    """The graph of a run, what its own rows touch, and the run before in its codes.

    is_touched: accounts whose component must be computed again, as far as their own rows say;
    is_lost: identifiers that lost an account.
    removed: (base, published) ids of accounts that are gone.
    """

    graph: Graph
    is_touched: Flags
    is_changed_edge: Flags
    is_lost: Flags
    removed: tuple[Ids, Ids]
    before: Before


@dataclass(frozen=True)
class Before:
    """The run before; new accounts and edges have 0 (a new account is its own component).

    component, base, home, spare and rule become those of this run in place.
    """

    component: Codes
    base: Ids
    home: Ids
    published: Ids
    spare: Ids
    rule: npt.NDArray[np.uint8]
    register: Register
    history: History


def everything(graph: Graph, previous: IdentityState | None) -> Work:
    """A full run: every component is computed again."""
    none = np.empty(0, dtype=np.uint64)
    removed = (none, none)
    base, home, published, spare = (np.zeros(graph.accounts, dtype=np.uint64) for _ in range(4))
    if previous is not None:
        last = previous.assignment
        keys, old_keys = align(graph.account_key, previous.graph.account_key)
        position, kept = find(keys, old_keys)
        for target, source in (
            (base, last.base),
            (home, last.home),
            (published, last.published),
            (spare, last.spare),
        ):
            target[position[kept]] = source[kept]
        removed = (last.base[~kept], last.published[~kept])
    return Work(
        graph=graph,
        is_touched=np.ones(graph.accounts, dtype=np.bool_),
        is_changed_edge=np.ones(graph.edges, dtype=np.bool_),
        is_lost=np.zeros(graph.identifiers, dtype=np.bool_),
        removed=removed,
        before=Before(
            component=np.arange(graph.accounts, dtype=np.int32),
            base=base,
            home=home,
            published=published,
            spare=spare,
            rule=np.zeros(graph.edges, dtype=np.uint8),
            register=Register.empty() if previous is None else previous.register,
            history=History.empty() if previous is None else previous.history,
        ),
    )


def increment(given: Graph, left: Remainder, previous: IdentityState) -> Work:
    """An increment: components of new, earlier and gone edges and accounts are touched."""
    joined = union(left.graph, given)
    last = left.assignment
    is_touched = np.insert(left.is_touched, joined.account_place, True)
    is_touched[joined.graph.edge_account[joined.is_changed_edge]] = True
    component = np.insert(joined.account_map[last.component], joined.account_place, 0)
    component[joined.is_new_account] = np.flatnonzero(joined.is_new_account)

    def with_new(ids: Ids) -> Ids:
        return np.insert(ids, joined.account_place, NO_ID)

    return Work(
        graph=joined.graph,
        is_touched=is_touched,
        is_changed_edge=joined.is_changed_edge,
        is_lost=np.insert(left.is_lost, joined.identifier_place, False),
        removed=left.removed,
        before=Before(
            component=component,
            base=with_new(last.base),
            home=with_new(last.home),
            published=with_new(last.published),
            spare=with_new(last.spare),
            rule=np.insert(last.rule, joined.edge_place, 0),
            register=previous.register,
            history=previous.history,
        ),
    )


def touched_by(work: Work, limits: IdentityLimits) -> tuple[Flags, npt.NDArray[np.uint8]]:
    """(accounts of every component that the changed rows touch, rule of each edge by its value).

    A value that gained or lost an account touches everyone it joins now or joined before; one that was
    over its limit and still is touches nobody. Edges of components left alone keep the rule they had.
    """
    graph, before = work.graph, work.before
    if work.is_touched.all():
        return work.is_touched, value_rules(graph, limits)
    declared = is_trait(graph, limits)
    changed = work.is_lost.copy()
    changed[graph.edge_identifier[work.is_changed_edge]] = True
    edges = np.flatnonzero(changed[graph.edge_identifier] & ~declared)
    by_value = value_rules(graph, limits, edges)
    joined_before = ~work.is_changed_edge[edges] & joins(before.rule[edges])
    concerned = edges[(by_value == Rule.KEPT) | joined_before]
    before.rule[edges] = by_value
    before.rule[work.is_changed_edge & declared] = Rule.RELATION
    root = np.zeros(graph.accounts, dtype=np.bool_)
    root[before.component[work.is_touched]] = True
    root[before.component[graph.edge_account[concerned]]] = True
    return root[before.component], before.rule
