"""The ledger: every id ever minted, what became of it, and the events in between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.core.identity.keys import (
    NO_ID,
    Flags,
    Ids,
    Ints,
    Keys,
    decode_ids,
    find,
    hash_keys,
    spell,
)

_EPOCH = date(1970, 1, 1)
#: Apart from the salts of data mints, so that an id born of a correction never takes the id that
#: the data alone would have minted.
_CORRECTION_SALT = 1 << 32


class Event(IntEnum):
    """What happened to an id; the names in lower case are published."""

    MINTED = 0
    SPLIT = 1
    MERGED = 2
    RETIRED = 3


class Cause(IntEnum):
    """Why; the names in lower case are published."""

    NEW_DATA = 0
    RULES_CHANGED = 1
    CORRECTION = 2
    DATA_REMOVED = 3


@dataclass(frozen=True)
class Register:
    """One row per id ever minted, sorted by id.

    successor: the id that took over most accounts when this one lost its last, ``NO_ID`` while it
    lives. clusters: accounts that the data alone gives it. members: accounts published under it.
    is_published: ever seen outside. is_from_correction: minted for a person only a correction made.
    """

    id: Ids
    minted_on: Ints
    successor: Ids
    clusters: Ints
    members: Ints
    is_published: Flags
    is_from_correction: Flags

    @classmethod
    def empty(cls) -> Register:
        """No id yet."""
        none = np.empty(0, dtype=np.int64)
        no_id, no_flag = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.bool_)
        return cls(no_id, none, no_id, none, none, no_flag, no_flag)

    def at(self, ids: Ids) -> Ints:
        """Rows of ids. Raises :class:`KeyError` for one that was never minted."""
        position, there = find(self.id, ids)
        if not there.all():
            raise KeyError(f"{decode_ids(ids[~there])[0]} is not in the register of ids.")
        return position

    def minted(self, ids: Ids) -> Ints:
        """When each id was minted (days since 1970-01-01)."""
        return self.minted_on[self.at(ids)]

    def with_minted(self, ids: Ids, on_date: date, *, is_from_correction: bool) -> Register:
        """The register with new ids added."""
        if len(ids) == 0:
            return self
        ids = np.sort(ids)
        place, _ = find(self.id, ids)
        return Register(
            id=np.insert(self.id, place, ids),
            minted_on=np.insert(self.minted_on, place, days(on_date)),
            successor=np.insert(self.successor, place, NO_ID),
            clusters=np.insert(self.clusters, place, 0),
            members=np.insert(self.members, place, 0),
            is_published=np.insert(self.is_published, place, False),
            is_from_correction=np.insert(self.is_from_correction, place, is_from_correction),
        )

    def mint(self, smallest: Keys, *, is_from_correction: bool) -> Ids:
        """A new id for each cluster from its smallest account key (in ascending order of the keys).

        The id is the hash of the key; where that id was ever used, the next hash of the same key.
        """
        salt = _CORRECTION_SALT if is_from_correction else 0
        ids = hash_keys(smallest, salt)
        while True:
            _, used = find(self.id, ids)
            _, first = np.unique(ids, return_index=True)
            again = np.ones(len(ids), dtype=np.bool_)
            again[first] = False
            again |= used | (ids == NO_ID)
            if not again.any():
                return ids
            salt += 1
            ids[again] = hash_keys(smallest[again], salt)

    def counted(self, *, clusters: Ids | None = None, members: Ids | None = None) -> Register:
        """The register with the accounts of each id counted anew, from the id of every account."""
        changes: dict[str, Ints] = {}
        for name, ids in (("clusters", clusters), ("members", members)):
            if ids is not None:
                distinct, rows = np.unique(ids[ids != NO_ID], return_counts=True)
                changes[name] = np.zeros(len(self.id), dtype=np.int64)
                changes[name][self.at(distinct)] = rows
        return replace(self, **changes)

    def moved(self, name: str, before: Ids, after: Ids) -> Register:
        """The register with accounts moved from ``before`` to ``after`` (``NO_ID``: nowhere)."""
        counts: Ints = getattr(self, name).copy()
        for ids, sign in ((before, -1), (after, 1)):
            distinct, rows = np.unique(ids[ids != NO_ID], return_counts=True)
            counts[self.at(distinct)] += sign * rows
        return replace(self, **{name: counts})

    def resolved(self) -> Ids:
        """The current id of every id ever minted; ``NO_ID`` where nobody is left."""
        lives = self.members > 0
        current = np.where(lives, self.id, self.successor)
        open_ = np.flatnonzero(~lives & (current != NO_ID))
        while len(open_):
            at = self.at(current[open_])
            current[open_] = np.where(lives[at], current[open_], self.successor[at])
            open_ = open_[~lives[at] & (self.successor[at] != NO_ID)]
        return current


@dataclass(frozen=True)
class History:
    """Events in the order they were recorded; ``other`` is ``NO_ID`` where there is none."""

    id: Ids
    event: npt.NDArray[np.uint8]
    other: Ids
    on_date: npt.NDArray[np.int32]
    cause: npt.NDArray[np.uint8]

    @classmethod
    def empty(cls) -> History:
        """No event yet."""
        no_id, no_code = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint8)
        return cls(no_id, no_code, no_id, np.empty(0, dtype=np.int32), no_code)

    def followed_by(self, later: History) -> History:
        """Both, one after the other."""
        names = ("id", "event", "other", "on_date", "cause")
        return History(*(np.concatenate([getattr(self, n), getattr(later, n)]) for n in names))

    def frame(self) -> pd.DataFrame:
        """One row per event: one_id, event, other_one_id, on_date, cause."""
        return pd.DataFrame(
            {
                "one_id": decode_ids(self.id),
                "event": _labels(Event, self.event),
                "other_one_id": decode_ids(self.other),
                "on_date": dates(self.on_date),
                "cause": _labels(Cause, self.cause),
            }
        )


def days(on_date: date) -> int:
    """Days since 1970-01-01."""
    return (on_date - _EPOCH).days


def day(number: int) -> date:
    """The date of a number of days since 1970-01-01."""
    return _EPOCH + timedelta(days=number)


def dates(numbers: npt.NDArray[np.integer]) -> pd.Series:
    """Days since 1970-01-01 as dates (datetime64, midnight)."""
    return pd.Series(numbers.astype("datetime64[D]").astype("datetime64[s]"))


def _labels(names: type[IntEnum], codes: npt.NDArray[np.uint8]) -> pd.Series:
    return spell([name.name.lower() for name in names], codes)
