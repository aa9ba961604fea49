"""Which new cluster keeps which old id: greatest overlap, with ties that always end in a key."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from orchestration.core.identity.components import Labels
from orchestration.core.identity.graph import NEVER
from orchestration.core.identity.keys import NO_ID, Ids, Ints

#: The date (days) each id was minted on.
MintedOn = Callable[[Ids], Ints]
#: When the accounts at some positions were first seen (microseconds UTC).
Seen = Callable[[Ints], Ints]


def match(
    label: Labels | Ints,
    count: int,
    candidate: Ids,
    minted_on: MintedOn,
    seen: Seen,
    preferred: Ids | None = None,
) -> Ids:
    """The id of each cluster 0..count-1, or ``NO_ID``; no id goes to two clusters.

    ``candidate`` is the id that each account votes for (``NO_ID``: none), ``seen`` says when
    accounts (by position) were first seen. The pair of cluster and id with the most votes is settled first; ties go to the
    pair with more ``preferred`` votes, then to the id minted earlier, then to the smaller id, then to
    the cluster that was seen first, then to the one with the smaller number (clusters are numbered by
    their smallest account).
    """
    assigned = np.zeros(count, dtype=np.uint64)
    votes = np.flatnonzero(candidate != NO_ID)
    if len(votes) == 0:
        return assigned
    cluster, ids, overlap = count_pairs(label[votes], candidate[votes])
    _, code, holders = np.unique(ids, return_inverse=True, return_counts=True)
    alone = (np.bincount(cluster, minlength=count)[cluster] == 1) & (holders[code] == 1)
    assigned[cluster[alone]] = ids[alone]
    cluster, ids, overlap, code = cluster[~alone], ids[~alone], overlap[~alone], code[~alone]
    if len(cluster) == 0:
        return assigned
    favour = np.zeros(len(cluster), dtype=np.int64)
    if preferred is not None:
        favour = _favour(label, preferred, cluster, ids)
    first = np.full(count, NEVER, dtype=np.int64)
    concerned = np.flatnonzero(np.isin(label, cluster))
    np.minimum.at(first, label[concerned], seen(concerned))
    order = np.lexsort((cluster, first[cluster], ids, minted_on(ids), -favour, -overlap))
    cluster, ids, code = cluster[order], ids[order], code[order]
    while len(cluster):
        # A pair first in the list for its cluster and for its id is what a greedy walk down the
        # list would settle, so settling all such pairs at once gives the same result.
        position = np.arange(len(cluster))
        settled = (_first_position(cluster) == position) & (_first_position(code) == position)
        assigned[cluster[settled]] = ids[settled]
        open_ = ~(np.isin(cluster, cluster[settled]) | np.isin(code, code[settled]))
        cluster, ids, code = cluster[open_], ids[open_], code[open_]
    return assigned


def count_pairs(left: Labels | Ints, right: Ids) -> tuple[Ints, Ids, Ints]:
    """(left, right, rows) of the distinct pairs, sorted by both."""
    if len(left) == 0:
        return (
            np.empty(0, dtype=np.int64),
            np.empty(0, dtype=np.uint64),
            np.empty(0, dtype=np.int64),
        )
    order = np.lexsort((right, left))
    sorted_left, sorted_right = left[order], right[order]
    starts = np.flatnonzero(
        np.concatenate(
            [[True], (np.diff(sorted_left) != 0) | (sorted_right[1:] != sorted_right[:-1])]
        )
    )
    rows = np.diff(np.append(starts, len(left)))
    return sorted_left[starts].astype(np.int64), sorted_right[starts], rows


def _favour(label: Labels | Ints, preferred: Ids, cluster: Ints, ids: Ids) -> Ints:
    """How many accounts of the cluster prefer the id, for each given pair."""
    concerned = np.isin(label, cluster) & np.isin(preferred, ids)
    left, right, rows = count_pairs(label[concerned], preferred[concerned])
    found = dict(zip(zip(left.tolist(), right.tolist(), strict=True), rows.tolist(), strict=True))
    pairs = zip(cluster.tolist(), ids.tolist(), strict=True)
    return np.array([found.get(pair, 0) for pair in pairs], dtype=np.int64)


def _first_position(values: Ints) -> Ints:
    """For each element the position of the first equal one."""
    _, first, code = np.unique(values, return_index=True, return_inverse=True)
    return first[code]
