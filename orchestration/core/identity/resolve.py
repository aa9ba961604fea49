"""Who is who: accounts and identifiers in, one_ids out, the same ids as yesterday."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.core.identity.clusters import Clusters, cluster
from orchestration.core.identity.components import first_members
from orchestration.core.identity.corrections import Corrections, Overlay, overlay
from orchestration.core.identity.events import Change, record
from orchestration.core.identity.graph import Graph, build, union
from orchestration.core.identity.keys import NO_ID, Flags, Ids, Ints, align, find
from orchestration.core.identity.ledger import History, Register
from orchestration.core.identity.limits import IdentityLimits
from orchestration.core.identity.matching import match
from orchestration.core.identity.result import IdentityResult
from orchestration.core.identity.rules import VALUE_RULES, Rule, value_rules
from orchestration.core.identity.state import Assignment, IdentityState


def resolve(
    accounts: pd.DataFrame,
    identifiers: pd.DataFrame,
    previous: IdentityState | None,
    limits: IdentityLimits,
    corrections: pd.DataFrame | None,
    on_date: date,
    *,
    is_increment: bool = False,
) -> IdentityResult:
    """The people behind the accounts.

    accounts: account_key, platform. identifiers: account_key, platform, identifier_type,
    identifier_hash, and first_seen_at (UTC) where known; usable ones only. corrections: account_key,
    other_account_key, relation ("same", "different"), stated_at; always all that are in force.
    ``previous`` is the state of the run before, None for the first.

    With ``is_increment`` the frames hold only accounts and identifiers added since ``previous``
    (rows already known do no harm) and only the components that they touch are computed again; the
    result is the one that all the data would give. Nothing can be taken away by an increment.

    Rows may come in any order. Raises :class:`ValueError` for missing keys, an account on two
    platforms, an unknown relation, or an increment without a state.
    """
    if is_increment and previous is None:
        raise ValueError(
            "An increment needs the state of the run before; give all the data instead."
        )
    given = build(accounts, identifiers)
    work = _everything(given, previous)
    if is_increment and previous is not None:
        work = _addition(given, previous)
    before = _Before.of(work, previous)
    statements = Corrections.of(corrections)
    rules = limits.fingerprint()
    if previous is not None and previous.rules != rules:
        work = replace(work, is_touched=np.ones(work.graph.accounts, dtype=np.bool_))

    by_value = value_rules(work.graph, limits)
    touched = _touched(work, before, by_value)
    is_usable = (by_value == Rule.KEPT)[work.graph.edge_identifier]
    clusters = cluster(work.graph, limits, touched, is_usable)
    rule = np.where(is_usable, before.rule, by_value[work.graph.edge_identifier])
    rule[clusters.edges] = clusters.rules
    component = before.component
    component[clusters.accounts] = clusters.component

    register, base, home = _base_ids(work.graph, clusters, before, on_date)
    corrected = overlay(work.graph, limits, statements, base, rule == Rule.KEPT)
    register, published, spare = _published_ids(
        work.graph, corrected, base, before, register, on_date
    )
    is_cut = np.zeros(work.graph.edges, dtype=np.bool_)
    is_cut[corrected.cut] = True

    changed = np.flatnonzero(published != before.published)
    gone = np.zeros(len(work.removed), dtype=np.uint64)
    register, events = record(
        register,
        Change(
            before=np.concatenate([before.published[changed], work.removed]),
            after=np.concatenate([published[changed], gone]),
            corrected=_corrected_ids(work.graph, statements, before, published, previous),
            is_rule_change=previous is not None and previous.rules != rules,
            on_date=on_date,
        ),
    )
    state = IdentityState(
        graph=work.graph,
        assignment=Assignment(
            component, base, home, published, spare, rule.astype(np.uint8), is_cut
        ),
        register=register,
        history=before.history.followed_by(events),
        corrections=corrected.corrections,
        rules=rules,
        on_date=on_date,
    )
    return IdentityResult(state, limits, changed)


@dataclass(frozen=True)
class _Work:
    """The graph of a run, and where the accounts and edges of the run before are in it.

    account_map, edge_map: from codes before to codes now, -1 for what is gone (edges of a full run
    are all new). is_touched: accounts whose component must be computed again, as far as their own
    rows say. removed: published ids of accounts that are gone.
    """

    graph: Graph
    account_map: Ints
    edge_map: Ints
    is_touched: Flags
    is_changed_edge: Flags
    removed: Ids


@dataclass(frozen=True)
class _Before:
    """The run before in the codes of this run; new accounts and edges have 0."""

    component: Ints
    base: Ids
    home: Ids
    published: Ids
    spare: Ids
    rule: npt.NDArray[np.uint8]
    removed_base: Ids
    register: Register
    history: History

    @classmethod
    def of(cls, work: _Work, previous: IdentityState | None) -> _Before:
        """The run before, or an empty one."""
        accounts = work.graph.accounts
        ids = [np.zeros(accounts, dtype=np.uint64) for _ in range(4)]
        component = np.arange(accounts)
        rule = np.zeros(work.graph.edges, dtype=np.uint8)
        removed = np.empty(0, dtype=np.uint64)
        if previous is None:
            return cls(component, *ids, rule, removed, Register.empty(), History.empty())
        last = previous.assignment
        kept = work.account_map >= 0
        to = work.account_map[kept]
        for target, source in zip(
            ids, (last.base, last.home, last.published, last.spare), strict=True
        ):
            target[to] = source[kept]
        if len(work.edge_map):
            rule[work.edge_map] = last.rule
            component[to] = work.account_map[last.component]
        return cls(component, *ids, rule, last.base[~kept], previous.register, previous.history)


def _everything(graph: Graph, previous: IdentityState | None) -> _Work:
    """A full run: every component is computed again."""
    account_map = np.empty(0, dtype=np.int64)
    removed = np.empty(0, dtype=np.uint64)
    if previous is not None:
        keys, old_keys = align(graph.account_key, previous.graph.account_key)
        position, there = find(keys, old_keys)
        account_map = np.where(there, position, -1)
        removed = previous.assignment.published[~there]
    return _Work(
        graph=graph,
        account_map=account_map,
        edge_map=np.empty(0, dtype=np.int64),
        is_touched=np.ones(graph.accounts, dtype=np.bool_),
        is_changed_edge=np.ones(graph.edges, dtype=np.bool_),
        removed=removed,
    )


def _addition(given: Graph, previous: IdentityState) -> _Work:
    """An increment: components of new accounts and new or earlier edges are touched."""
    joined = union(previous.graph, given)
    is_touched = joined.is_new_account.copy()
    is_touched[joined.graph.edge_account[joined.is_changed_edge]] = True
    return _Work(
        graph=joined.graph,
        account_map=joined.account_map,
        edge_map=joined.edge_map,
        is_touched=is_touched,
        is_changed_edge=joined.is_changed_edge,
        removed=np.empty(0, dtype=np.uint64),
    )


def _touched(work: _Work, before: _Before, by_value: npt.NDArray[np.uint8]) -> Flags:
    """Accounts of every component that the changed rows touch, directly or through a value.

    A value that gained an account touches everyone it joins now or joined before; one that was over
    its limit and still is touches nobody.
    """
    if work.is_touched.all():
        return work.is_touched
    graph = work.graph
    gained = np.zeros(graph.identifiers, dtype=np.bool_)
    gained[graph.edge_identifier[work.is_changed_edge]] = True
    edges = np.flatnonzero(gained[graph.edge_identifier])
    joins_now = by_value[graph.edge_identifier[edges]] == Rule.KEPT
    joined_before = ~work.is_changed_edge[edges] & ~np.isin(before.rule[edges], VALUE_RULES)
    root = np.zeros(graph.accounts, dtype=np.bool_)
    root[before.component[work.is_touched]] = True
    root[before.component[graph.edge_account[edges[joins_now | joined_before]]]] = True
    return root[before.component]


def _base_ids(
    graph: Graph, clusters: Clusters, before: _Before, on_date: date
) -> tuple[Register, Ids, Ids]:
    """(register, id that data and rules give each account, its home).

    Clusters take the old id they overlap most. One that none is left for takes back the id most of
    its accounts had before a merge, if nobody carries it; else an id is minted.
    """
    register = before.register
    old = before.base[clusters.accounts]
    old_home = before.home[clusters.accounts]
    assigned = match(clusters.label, clusters.count, old, register.minted, old_home)
    lacking = assigned == NO_ID
    orphans = lacking[clusters.label] & (old_home != NO_ID)
    if orphans.any():
        vacant = _vacant(register, np.unique(old_home[orphans]), old, before.removed_base, assigned)
        candidate = np.where(orphans & np.isin(old_home, vacant), old_home, NO_ID)
        assigned[lacking] = match(clusters.label, clusters.count, candidate, register.minted)[
            lacking
        ]
    lacking = assigned == NO_ID
    smallest = clusters.accounts[first_members(clusters.label, clusters.count)[lacking]]
    assigned[lacking] = register.mint(graph.account_key[smallest], is_from_correction=False)
    register = register.with_minted(assigned[lacking], on_date, is_from_correction=False)

    new = assigned[clusters.label]
    moved = np.flatnonzero(old != new)
    register = register.moved(
        "clusters", np.concatenate([old[moved], before.removed_base]), new[moved]
    )
    base, home = before.base.copy(), before.home.copy()
    base[clusters.accounts] = new
    # Home follows an account that left a living person, and stays where its person was absorbed.
    is_absorbed = np.zeros(len(moved), dtype=np.bool_)
    known = old[moved] != NO_ID
    is_absorbed[known] = register.clusters[register.at(old[moved][known])] == 0
    home[clusters.accounts[moved[~is_absorbed]]] = new[moved[~is_absorbed]]
    return register, base, home


def _vacant(register: Register, ids: Ids, old: Ids, removed: Ids, assigned: Ids) -> Ids:
    """Which of some ids no cluster carries once the old ids of touched clusters are given out."""
    left = np.concatenate([old, removed])
    left = left[np.isin(left, ids)]
    position = np.searchsorted(ids, left)
    carriers = register.clusters[register.at(ids)] - np.bincount(position, minlength=len(ids))
    return ids[(carriers == 0) & ~np.isin(ids, assigned)]


def _published_ids(
    graph: Graph,
    corrected: Overlay,
    base: Ids,
    before: _Before,
    register: Register,
    on_date: date,
) -> tuple[Register, Ids, Ids]:
    """(register, id of each account as corrected, its spare).

    Outside the clusters that corrections changed it is the base id. Inside, people keep the id they
    were published under, else take a base id of their own, else the id an earlier correction made
    for them, else a new one. Base ids of clusters left alone are never given away.
    """
    published, spare = base.copy(), before.spare.copy()
    if corrected.count == 0:
        return register, published, spare
    own = base[corrected.accounts]
    within = np.unique(own)
    assigned = np.zeros(corrected.count, dtype=np.uint64)
    for wish in (before.published[corrected.accounts], own, spare[corrected.accounts]):
        allowed = np.isin(wish, within)
        known = ~allowed & (wish != NO_ID)
        allowed[known] = register.is_from_correction[register.at(wish[known])]
        open_ = allowed & (assigned[corrected.label] == NO_ID) & ~np.isin(wish, assigned)
        found = match(
            corrected.label, corrected.count, np.where(open_, wish, NO_ID), register.minted, own
        )
        assigned = np.where(assigned == NO_ID, found, assigned)
    lacking = assigned == NO_ID
    smallest = corrected.accounts[first_members(corrected.label, corrected.count)[lacking]]
    minted = register.mint(graph.account_key[smallest], is_from_correction=True)
    assigned[lacking] = minted
    register = register.with_minted(minted, on_date, is_from_correction=True)
    published[corrected.accounts] = assigned[corrected.label]
    by_correction = register.is_from_correction[register.at(published[corrected.accounts])]
    spare[corrected.accounts[by_correction]] = published[corrected.accounts[by_correction]]
    return register, published, spare


def _corrected_ids(
    graph: Graph,
    statements: Corrections,
    before: _Before,
    published: Ids,
    previous: IdentityState | None,
) -> Ids:
    """Ids, before and after, of the accounts whose corrections changed."""
    changed = statements.accounts_changed_since(
        Corrections.of(None) if previous is None else previous.corrections
    )
    keys, changed = align(graph.account_key, changed)
    position, there = find(keys, changed)
    accounts = position[there]
    return np.unique(np.concatenate([before.published[accounts], published[accounts]]))
