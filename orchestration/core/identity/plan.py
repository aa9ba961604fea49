"""What a change of rules or data would do to people, before anything is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.core.identity.bridges import bridges
from orchestration.core.identity.components import Part
from orchestration.core.identity.graph import Graph
from orchestration.core.identity.keys import Ids, Ints, align, decode, decode_ids, factorise, find
from orchestration.core.identity.result import IdentityResult
from orchestration.core.identity.rules import Rule
from orchestration.core.identity.state import IdentityState

#: How many of the largest people a plan describes with their bridges.
LARGEST = 10


@dataclass(frozen=True)
class IdentityPlan:
    """The difference between two runs.

    summary: one row: people_before, people_after, new, gone, merged, split, changed, unchanged,
        accounts_before, accounts_after, accounts_moved, moved_share (of the accounts in both).
        ``unchanged`` people keep their id and exactly their accounts; ``changed`` ones keep their id
        and won or lost accounts without a merge or split (accounts came or went).
    moves: account_key, one_id_before, one_id_after of every account in both runs whose id differs.
    merged: one_id_before, one_id_after, accounts: ids that disappear into another.
    split: one_id_before, one_id_after, accounts: accounts that leave an id which lives on, or go
        another way than most of it.
    new: one_id, accounts of people without any account known before.
    largest: one_id, accounts, identifier_type, identifier_hash, parted: the largest people after, one
        row per bridge (null without one) and the accounts its removal would part from the rest.
    """

    summary: pd.DataFrame
    moves: pd.DataFrame
    merged: pd.DataFrame
    split: pd.DataFrame
    new: pd.DataFrame
    largest: pd.DataFrame


def compare(
    before: IdentityResult | IdentityState | None,
    after: IdentityResult | IdentityState,
    *,
    largest: int = LARGEST,
) -> IdentityPlan:
    """What happens to people between two runs; without ``before`` everybody is new."""
    now = after.state if isinstance(after, IdentityResult) else after
    then = before.state if isinstance(before, IdentityResult) else before
    new_ids = now.assignment.published
    old_ids = np.zeros(len(new_ids), dtype=np.uint64)
    lost: Ids = np.empty(0, dtype=np.uint64)
    known = np.zeros(len(new_ids), dtype=np.bool_)
    if then is not None:
        keys, old_keys = align(now.graph.account_key, then.graph.account_key)
        position, kept = find(keys, old_keys)
        old_ids[position[kept]] = then.assignment.published[kept]
        known[position[kept]] = True
        lost = then.assignment.published[~kept]
    flows = _flows(old_ids[known], new_ids[known])
    moved = np.flatnonzero(known & (old_ids != new_ids))
    survivors = np.unique(new_ids)
    old_people = np.unique(np.concatenate([old_ids[known], lost]))
    leaving = flows[flows["before"] != flows["after"]]
    dies = ~leaving["before"].isin(survivors)
    main = ~leaving.sort_values(
        ["accounts", "after"], ascending=[False, True], kind="stable"
    ).duplicated("before")
    is_merge = dies & main.reindex(leaving.index)
    fresh_ids, fresh_counts = np.unique(new_ids[~known], return_counts=True)
    is_new = ~np.isin(fresh_ids, new_ids[known])

    touched = np.concatenate([leaving["before"], leaving["after"], lost, fresh_ids]).astype(
        np.uint64
    )
    staying = np.intersect1d(old_people, survivors)
    unchanged = int((~np.isin(staying, touched)).sum())
    summary = pd.DataFrame(
        {
            "people_before": [len(old_people)],
            "people_after": [len(survivors)],
            "new": [int(is_new.sum())],
            "gone": [len(np.setdiff1d(old_people, np.concatenate([survivors, leaving["before"]])))],
            "merged": [int(is_merge.sum())],
            "split": [int(leaving.loc[~is_merge, "before"].nunique())],
            "changed": [len(staying) - unchanged],
            "unchanged": [unchanged],
            "accounts_before": [0 if then is None else then.graph.accounts],
            "accounts_after": [now.graph.accounts],
            "accounts_moved": [len(moved)],
            "moved_share": [len(moved) / max(int(known.sum()), 1)],
        }
    )
    return IdentityPlan(
        summary=summary,
        moves=pd.DataFrame(
            {
                "account_key": now.graph.account_texts(moved),
                "one_id_before": decode_ids(old_ids[moved]),
                "one_id_after": decode_ids(new_ids[moved]),
            }
        ),
        merged=_flow_frame(leaving[is_merge]),
        split=_flow_frame(leaving[~is_merge]),
        new=pd.DataFrame(
            {"one_id": decode_ids(fresh_ids[is_new]), "accounts": fresh_counts[is_new]}
        ),
        largest=_largest(now, largest),
    )


def _flows(before: Ids, after: Ids) -> pd.DataFrame:
    """before, after, accounts of the accounts in both runs."""
    flows = pd.DataFrame({"before": before, "after": after})
    return (
        flows.groupby(["before", "after"], as_index=False)
        .size()
        .rename(columns={"size": "accounts"})
    )


def _flow_frame(flows: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "one_id_before": decode_ids(flows["before"].to_numpy(dtype=np.uint64)),
            "one_id_after": decode_ids(flows["after"].to_numpy(dtype=np.uint64)),
            "accounts": flows["accounts"].to_numpy(dtype=np.int64),
        }
    )


def _largest(state: IdentityState, number: int) -> pd.DataFrame:
    person, ids = factorise(state.assignment.published)
    sizes = np.bincount(person, minlength=len(ids))
    chosen = np.lexsort((ids, -sizes))[:number]
    is_open = (state.assignment.rule == Rule.KEPT) & ~state.assignment.is_cut
    parts = [_bridges_of(state.graph, person == one, is_open) for one in chosen.tolist()]
    frames = [
        frame.assign(one_id=decode_ids(ids[[one]])[0], accounts=int(sizes[one]))
        for one, frame in zip(chosen.tolist(), parts, strict=True)
    ]
    columns = ["one_id", "accounts", "identifier_type", "identifier_hash", "parted"]
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True)[columns]


def _bridges_of(
    graph: Graph,
    is_account: np.ndarray[tuple[int], np.dtype[np.bool_]],
    is_open: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> pd.DataFrame:
    """The bridges of one person, the most parting first; one row of nulls where it has none."""
    part = Part.of(graph, is_account, is_open)
    found = bridges(part)
    values: Ints = part.identifiers[found.identifiers]
    order = np.lexsort((values, -found.parted))
    if len(order) == 0:
        return pd.DataFrame(
            {
                "identifier_type": pd.Series([None], dtype="str"),
                "identifier_hash": pd.Series([None], dtype="str"),
                "parted": [0],
            }
        )
    return pd.DataFrame(
        {
            "identifier_type": graph.type_names(values[order]),
            "identifier_hash": decode(graph.identifier_key[values[order]]),
            "parted": found.parted[order],
        }
    )
