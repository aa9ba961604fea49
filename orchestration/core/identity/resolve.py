"""Who is who: accounts and identifiers in, one_ids out, the same ids as yesterday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from orchestration.core.identity.clusters import Clusters, cluster
from orchestration.core.identity.components import first_members
from orchestration.core.identity.corrections import Corrections, Overlay, overlay
from orchestration.core.identity.events import Change, record
from orchestration.core.identity.graph import Graph, build
from orchestration.core.identity.keys import NO_ID, Ids, Ints, align, find
from orchestration.core.identity.ledger import Register
from orchestration.core.identity.limits import IdentityLimits
from orchestration.core.identity.matching import match
from orchestration.core.identity.removal import Gone, remainder
from orchestration.core.identity.result import IdentityResult
from orchestration.core.identity.rules import Rule, joins
from orchestration.core.identity.state import Assignment, IdentityState
from orchestration.core.identity.work import Before, Work, everything, increment, touched_by


def resolve(
    accounts: pd.DataFrame,
    identifiers: pd.DataFrame,
    previous: IdentityState | None,
    limits: IdentityLimits,
    corrections: pd.DataFrame | None,
    on_date: date,
    *,
    is_increment: bool = False,
    gone: Gone | None = None,
) -> IdentityResult:
    """The people behind the accounts.

    accounts: account_key, platform. identifiers: account_key, platform, identifier_type,
    identifier_hash, and first_seen_at (UTC) where known; usable ones only, and what accounts declare
    (types in ``limits.traits``). corrections: account_key,
    other_account_key, relation ("same", "different", "withdrawn"), stated_at; always all that were ever stated.
    ``previous`` is the state of the run before, None for the first.

    With ``is_increment`` the frames hold only accounts and identifiers added since ``previous``
    (rows already known do no harm), ``gone`` those taken away since, and only the components that
    these touch are computed again; the result is the one that all the data would give. A time first
    seen that became later is taken away and added.

    Rows may come in any order. Raises :class:`ValueError` for missing keys, an account on two
    platforms, an unknown relation, or an increment without a state.
    """
    if is_increment and previous is None:
        raise ValueError(
            "An increment needs the state of the run before; give all the data instead."
        )
    given = build(accounts, identifiers)
    if previous is not None and is_increment:
        work = increment(given, remainder(previous, gone), previous)
    else:
        work = everything(given, previous)
    before = work.before
    statements = Corrections.of(corrections)
    rules = limits.fingerprint()
    if previous is not None and previous.rules != rules:
        work = replace(work, is_touched=np.ones(work.graph.accounts, dtype=np.bool_))

    touched, rule = touched_by(work, limits)
    clusters = cluster(work.graph, limits, touched, joins(rule))
    rule[clusters.edges] = clusters.rules
    component = before.component
    component[clusters.accounts] = clusters.component

    register, base, home = _base_ids(work, clusters, on_date)
    corrected = overlay(work.graph, limits, statements, base, rule == Rule.KEPT)
    register, published, spare = _published_ids(
        work.graph, corrected, base, before, register, on_date
    )
    is_cut = np.zeros(work.graph.edges, dtype=np.bool_)
    is_cut[corrected.cut] = True

    changed = np.flatnonzero(published != before.published)
    removed = work.removed[1]
    register, events = record(
        register,
        Change(
            before=np.concatenate([before.published[changed], removed]),
            after=np.concatenate([published[changed], np.zeros_like(removed)]),
            corrected=_corrected_ids(work.graph, statements, before, published, previous),
            is_rule_change=previous is not None and previous.rules != rules,
            on_date=on_date,
        ),
    )
    state = IdentityState(
        graph=work.graph,
        assignment=Assignment(component, base, home, published, spare, rule, is_cut),
        register=register,
        history=before.history.followed_by(events),
        corrections=corrected.corrections,
        rules=rules,
        on_date=on_date,
    )
    return IdentityResult(state, limits, changed)


def _base_ids(work: Work, clusters: Clusters, on_date: date) -> tuple[Register, Ids, Ids]:
    """(register, id that data and rules give each account, its home).

    Clusters take the old id they overlap most. One that none is left for takes back the id most of
    its accounts had before a merge, if nobody carries it; else an id is minted.
    """
    before, removed = work.before, work.removed[0]
    register = before.register
    old = before.base[clusters.accounts]
    old_home = before.home[clusters.accounts]

    def seen(at: Ints) -> Ints:
        return work.graph.seen(clusters.accounts[at])

    assigned = match(clusters.label, clusters.count, old, register.minted, seen, old_home)
    lacking = assigned == NO_ID
    orphans = lacking[clusters.label] & (old_home != NO_ID)
    if orphans.any():
        vacant = _vacant(register, np.unique(old_home[orphans]), old, removed, assigned)
        candidate = np.where(orphans & np.isin(old_home, vacant), old_home, NO_ID)
        taken_back = match(clusters.label, clusters.count, candidate, register.minted, seen)
        assigned[lacking] = taken_back[lacking]
    lacking = assigned == NO_ID
    smallest = clusters.accounts[first_members(clusters.label, clusters.count)[lacking]]
    assigned[lacking] = register.mint(work.graph.account_key[smallest], is_from_correction=False)
    register = register.with_minted(assigned[lacking], on_date, is_from_correction=False)

    new = assigned[clusters.label]
    moved = np.flatnonzero(old != new)
    register = register.moved("clusters", np.concatenate([old[moved], removed]), new[moved])
    base, home = before.base, before.home
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
    before: Before,
    register: Register,
    on_date: date,
) -> tuple[Register, Ids, Ids]:
    """(register, id of each account as corrected, its spare).

    Outside the clusters that corrections changed it is the base id. Inside, people keep the id they
    were published under, else take a base id of their own, else the id an earlier correction made
    for them, else a new one. Base ids of clusters left alone are never given away.
    """
    published, spare = base.copy(), before.spare
    if corrected.count == 0:
        return register, published, spare
    own = base[corrected.accounts]

    def seen(at: Ints) -> Ints:
        return graph.seen(corrected.accounts[at])

    within = np.unique(own)
    assigned = np.zeros(corrected.count, dtype=np.uint64)
    for wish in (before.published[corrected.accounts], own, spare[corrected.accounts]):
        allowed = np.isin(wish, within)
        known = ~allowed & (wish != NO_ID)
        allowed[known] = register.is_from_correction[register.at(wish[known])]
        open_ = allowed & (assigned[corrected.label] == NO_ID) & ~np.isin(wish, assigned)
        found = match(
            corrected.label,
            corrected.count,
            np.where(open_, wish, NO_ID),
            register.minted,
            seen,
            own,
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
    before: Before,
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
