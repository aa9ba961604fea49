"""From the published ids before and after a run to ledger rows with their cause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from orchestration.core.identity.keys import NO_ID, Flags, Ids, Ints
from orchestration.core.identity.ledger import Cause, Event, History, Register, days
from orchestration.core.identity.matching import count_pairs


@dataclass(frozen=True)
class Change:
    """What a run changed in the published ids.

    before, after: the id of each account that moved, came (before ``NO_ID``) or went (after
    ``NO_ID``). corrected: ids of accounts whose corrections changed, before and after.
    """

    before: Ids
    after: Ids
    corrected: Ids
    is_rule_change: bool
    on_date: date


def record(register: Register, change: Change) -> tuple[Register, History]:
    """The register and the events after a change of published ids.

    Of an id that lost its last account the biggest part decides: ``merged`` names the person it
    went to, and every other part is a ``split``. An id that lives on records a ``split`` to each
    person that took accounts from it. ``minted`` is the first time an id is seen; ``retired`` means
    nobody is left. Each cause is that of the run, a changed correction before a changed rule
    before new data; a person of accounts never seen before is always new data.
    """
    before_members = register.members
    register = register.moved("members", change.before, change.after)
    minted = np.flatnonzero((register.members > 0) & ~register.is_published)
    died = np.flatnonzero((before_members > 0) & (register.members == 0))
    revived = np.flatnonzero((before_members == 0) & (register.members > 0))

    known = change.before != NO_ID
    old, new, accounts = _flows(change.before[known], change.after[known])
    main = _main_flow(old, new, accounts)
    dead = np.isin(old, register.id[died])
    merged = dead & main & (new != NO_ID)
    retired = dead & ~_any_left(old, new)
    split = (new != NO_ID) & ~merged

    successor = register.successor.copy()
    successor[revived] = NO_ID
    successor[died] = NO_ID
    successor[register.at(old[merged])] = new[merged]
    is_published = register.is_published.copy()
    is_published[minted] = True
    register = replace(register, successor=successor, is_published=is_published)

    fresh = register.id[minted]
    rows = [
        (Event.MINTED, fresh, np.zeros(len(fresh), dtype=np.uint64), np.isin(fresh, new)),
        (Event.SPLIT, old[split], new[split], np.ones(int(split.sum()), dtype=np.bool_)),
        (Event.MERGED, old[merged], new[merged], np.ones(int(merged.sum()), dtype=np.bool_)),
        (Event.RETIRED, old[retired], new[retired], np.ones(int(retired.sum()), dtype=np.bool_)),
    ]
    history = History.empty()
    for event, ids, others, is_of_known in rows:
        order = np.lexsort((others, ids))
        ids, others = ids[order], others[order]
        causes = _causes(change, ids, others, is_of_known[order])
        if event is Event.RETIRED:
            causes[:] = Cause.DATA_REMOVED
        history = history.followed_by(
            History(
                id=ids,
                event=np.full(len(ids), event, dtype=np.uint8),
                other=others,
                on_date=np.full(len(ids), days(change.on_date), dtype=np.int32),
                cause=causes.astype(np.uint8),
            )
        )
    return register, history


def _causes(change: Change, ids: Ids, others: Ids, is_of_known: Flags) -> Ints:
    causes = np.full(len(ids), Cause.NEW_DATA, dtype=np.int64)
    if change.is_rule_change:
        causes[is_of_known] = Cause.RULES_CHANGED
    corrected = change.corrected[change.corrected != NO_ID]
    causes[is_of_known & (np.isin(ids, corrected) | np.isin(others, corrected))] = Cause.CORRECTION
    return causes


def _flows(before: Ids, after: Ids) -> tuple[Ids, Ids, Ints]:
    """(old id, new id, accounts) of the accounts that moved, sorted by both."""
    distinct, code = np.unique(before, return_inverse=True)
    left, new, accounts = count_pairs(code, after)
    return distinct[left], new, accounts


def _main_flow(old: Ids, new: Ids, accounts: Ints) -> Flags:
    """The biggest flow out of each old id to a person, ties to the smaller new id."""
    order = np.lexsort((new, -np.where(new == NO_ID, 0, accounts), old))
    first = np.ones(len(old), dtype=np.bool_)
    first[1:] = old[order][1:] != old[order][:-1]
    main = np.zeros(len(old), dtype=np.bool_)
    main[order[first]] = True
    return main


def _any_left(old: Ids, new: Ids) -> Flags:
    """For each flow whether any flow out of the same id ends in a person."""
    return np.isin(old, old[new != NO_ID])
