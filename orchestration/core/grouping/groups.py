"""Divide people into community groups that stay the same from day to day.

New groups come from balanced bisection: people of one region and age band are halved again and
again along the direction in which their interests differ most, each gender on its own and in the
same proportion. So groups are near in region, age and interest, have the gender mix of where they
come from, and differ in size by a few people.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import hashlib
import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.configuration import Grouping
from orchestration.core.frames import Floats, one_row_per_person

Rows = NDArray[np.int64]
UNKNOWN = ""


class GroupingError(ValueError):
    """Groups cannot be made from this input; the message says what to mend."""


def make_groups(
    frame: pd.DataFrame,
    interests: Floats,
    grouping: Grouping,
    previous: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Give everyone a group; one row per one_id, sorted: one_id, ``group``.

    ``frame``: one_id, region, age_band, gender (missing allowed); ``interests``: one row per row of
    ``frame``, one column per interest. ``previous``: the groups of the day before (one_id, group).
    Who was in a group stays in it. Newcomers fill groups of their region and age band that people
    left; a group below ``size x (1 - tolerance)`` that newcomers cannot fill is dissolved; the
    rest form new groups. Sizes stay within the tolerance wherever a region has people enough.
    """
    people = one_row_per_person(
        frame.assign(_row=np.arange(len(frame))),
        ["region", "age_band", "gender", "_row"],
        GroupingError,
        "grouping",
    )
    vectors = np.asarray(interests, dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != len(frame):
        raise GroupingError(
            f"grouping: interests have shape {vectors.shape} for {len(frame)} people. Give one row per person."
        )
    if not np.isfinite(vectors).all():
        raise GroupingError(
            "grouping: interests are missing or infinite for some people. No interest is 0."
        )
    vectors = vectors[people["_row"].to_numpy()]
    for column in ("region", "age_band", "gender"):
        people[column] = people[column].astype("string").fillna(UNKNOWN).astype("str")
    group = _kept(people, previous)
    lowest = max(math.ceil(grouping.size * (1.0 - grouping.tolerance)), 1)
    highest = max(math.floor(grouping.size * (1.0 + grouping.tolerance)), grouping.size)
    sizes = (grouping.size, lowest, highest)
    _fill(people, group, grouping.size, exact=True)
    _fill(people, group, grouping.size, exact=False, only_below=lowest)
    counts = group[group != UNKNOWN].value_counts()
    group[group.isin(counts.index[counts < lowest])] = UNKNOWN
    _fill(people, group, grouping.size, exact=True)
    for rows in _regions(people, group):
        _form(people, vectors, group, rows, sizes)
    _place_remainder(people, vectors, group, sizes)
    return pd.DataFrame({"one_id": people["one_id"], "group": group.astype("str")})


def describe_groups(frame: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """One row per group: people, region and age_band of most, their shares, share of women."""
    joined = groups.merge(frame, on="one_id", how="left")
    keys = joined.groupby("group", sort=True)
    known = joined.assign(
        is_woman=(joined["gender"] == "female").where(joined["gender"].notna()).astype("float64")
    )
    table = pd.DataFrame({"people": keys.size()})
    for column in ("region", "age_band"):
        counts = joined.groupby(["group", column], sort=True).size().rename("n").reset_index()
        first = counts.sort_values(
            ["group", "n", column], ascending=[True, False, True]
        ).drop_duplicates("group")
        first = first.set_index("group")
        table[column] = first[column]
        table[f"{column}_share"] = first["n"] / table["people"]
    table["women_share"] = known.groupby("group", sort=True)["is_woman"].mean()
    return table.reset_index()


def _kept(people: pd.DataFrame, previous: pd.DataFrame | None) -> pd.Series:
    if previous is None or previous.empty:
        return pd.Series(UNKNOWN, index=people.index, dtype=object)
    before = one_row_per_person(previous, ["group"], GroupingError, "previous groups").set_index(
        "one_id"
    )["group"]
    return people["one_id"].map(before).fillna(UNKNOWN).astype(object)


def _fill(
    people: pd.DataFrame, group: pd.Series, size: int, *, exact: bool, only_below: int | None = None
) -> None:
    """Put newcomers into free places of groups of the same region (and age band where ``exact``).

    Newcomers come gender by gender, and every group with room gets one before any gets a second:
    so each gender is spread over the groups.
    """
    grouped = group != UNKNOWN
    if not grouped.any() or grouped.all():
        return
    counts = group[grouped].value_counts()
    free = size - counts
    free = free[(free > 0) & ((counts < only_below) if only_below else True)]
    if free.empty:
        return
    members = people[grouped].assign(group=group[grouped])
    home = members.groupby("group")[["region", "age_band"]].agg(_most_frequent).loc[free.index]
    place = home.assign(group=free.index, free=free.to_numpy()).reset_index(drop=True)
    slots = place.loc[place.index.repeat(place["free"])].reset_index(drop=True)
    # Round after round: the first free place of each group, then the second.
    slots["round"] = slots.groupby("group").cumcount()
    key = ["region", "age_band"] if exact else ["region"]
    slots = slots.sort_values([*key, "round", "group"]).reset_index(drop=True)
    newcomers = people[~grouped].sort_values([*key, "gender", "one_id"])
    newcomers = newcomers.assign(turn=newcomers.groupby(key).cumcount(), row=newcomers.index)
    slots["turn"] = slots.groupby(key).cumcount()
    placed = newcomers.merge(slots[[*key, "turn", "group"]], on=[*key, "turn"], how="inner")
    group.loc[placed["row"].to_numpy()] = placed["group"].to_numpy()


def _most_frequent(values: pd.Series) -> str:
    counts = values.value_counts()
    return str(min(counts.index[counts == counts.iloc[0]]))


def _regions(people: pd.DataFrame, group: pd.Series) -> list[Rows]:
    """Rows without a group, one array per region."""
    free = people[group == UNKNOWN]
    return [
        free.index.to_numpy()[rows] for _, rows in sorted(free.groupby("region").indices.items())
    ]


def _form(
    people: pd.DataFrame,
    vectors: Floats,
    group: pd.Series,
    rows: Rows,
    sizes: tuple[int, int, int],
) -> None:
    """New groups of one region: age bands with people enough on their own, neighbours together.

    People beyond what groups of an allowed size hold stay without one for now.
    """
    _, lowest, highest = sizes
    ages = people["age_band"].to_numpy()[rows]
    waiting = rows[:0]
    for age in sorted(set(ages)):
        waiting = np.concatenate([waiting, rows[ages == age]])
        count = _group_count(len(waiting), sizes)
        if count:
            _bisect(people, vectors, group, waiting, count)
            waiting = rows[:0]
    count = len(waiting) // lowest
    if count:
        _bisect(people, vectors, group, waiting[: count * highest], count)


def _group_count(people: int, sizes: tuple[int, int, int]) -> int:
    """The number of groups nearest to the wished size that keeps all within bounds; 0 if none does."""
    size, lowest, highest = sizes
    fewest, most = -(-people // highest), people // lowest
    return min(max(round(people / size), fewest), most) if 0 < fewest <= most else 0


def _bisect(
    people: pd.DataFrame, vectors: Floats, group: pd.Series, rows: Rows, groups: int
) -> None:
    """Halve ``rows`` again and again until there are ``groups``; sizes differ by at most one."""
    genders = people["gender"].to_numpy()
    ids = people["one_id"].to_numpy()
    pending = [(np.sort(rows), groups)]
    while pending:
        part, count = pending.pop()
        if count == 1:
            group.iloc[part] = _name(ids[part])
            continue
        left_count = count // 2
        is_left = _split(_direction(vectors[part]), genders[part], left_count / count)
        pending += [(part[is_left], left_count), (part[~is_left], count - left_count)]


def _direction(vectors: Floats) -> Floats:
    """Positions along the first principal direction, with its sign fixed."""
    centred = vectors - vectors.mean(axis=0)
    if not vectors.shape[1] or not centred.any():
        return np.zeros(len(vectors))
    _, directions = np.linalg.eigh(centred.T @ centred)
    first = directions[:, -1]
    first = first * np.sign(first[np.argmax(np.abs(first))])
    return np.round(centred @ first, 9)


def _split(projected: Floats, genders: NDArray[np.object_], share: float) -> NDArray[np.bool_]:
    """The first ``share`` of every gender along the projection; the total is exact to one person."""
    _, code, counts = np.unique(genders, return_inverse=True, return_counts=True)
    wanted = counts * share
    taken = np.floor(wanted).astype(np.int64)
    missing = round(len(genders) * share) - int(taken.sum())
    taken[np.argsort(taken - wanted, kind="stable")[:missing]] += 1
    order = np.lexsort((np.arange(len(genders)), projected, code))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    is_left = np.zeros(len(genders), dtype=bool)
    is_left[order] = (np.arange(len(genders)) - np.repeat(starts, counts)) < np.repeat(
        taken, counts
    )
    return is_left


def _place_remainder(
    people: pd.DataFrame, vectors: Floats, group: pd.Series, sizes: tuple[int, int, int]
) -> None:
    """Regions too small for a group of their own: into groups with room, else together."""
    _, lowest, highest = sizes
    _fill(people, group, highest, exact=True)
    _fill(people, group, highest, exact=False)
    rest = people.index.to_numpy()[(group == UNKNOWN).to_numpy()]
    if not len(rest):
        return
    if len(rest) >= lowest or not (group != UNKNOWN).any():
        _bisect(
            people,
            vectors,
            group,
            rest,
            _group_count(len(rest), sizes) or max(len(rest) // lowest, 1),
        )
        return
    # Fewer than a group and nobody near has room: the smallest groups take one more each.
    counts = group[group != UNKNOWN].value_counts()
    names = counts.sort_index().sort_values(kind="stable").index.to_numpy()
    group.loc[rest] = names[np.arange(len(rest)) % len(names)]


def _name(ids: NDArray[np.object_]) -> str:
    """Named by its first members, so that the same groups have the same names everywhere."""
    digest = hashlib.sha256("|".join(map(str, ids)).encode()).hexdigest()
    return f"g{digest[:12]}"
