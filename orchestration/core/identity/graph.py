"""The graph of accounts and identifier values, integer-coded, whatever the order of the rows."""

# pyarrow ships no types; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.core.identity.keys import (
    Ints,
    Keys,
    align,
    decode,
    encode,
    factorise,
    spell,
    text_array,
)

Codes = npt.NDArray[np.int32]

#: first seen "never": sorts after every real time.
NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Graph:
    """Accounts, identifier values and the edges between them.

    Accounts are sorted by key, identifiers by (type, key), edges by (account, identifier), all
    without duplicates: a code's order is its key's order, so ties can end in codes.
    ``edge_first`` is the first time the account was seen with the value, microseconds in UTC.
    """

    platforms: tuple[str, ...]
    types: tuple[str, ...]
    account_key: Keys
    account_platform: Codes
    identifier_type: Codes
    identifier_key: Keys
    edge_account: Codes
    edge_identifier: Codes
    edge_first: Ints

    @property
    def accounts(self) -> int:
        """Number of accounts."""
        return len(self.account_key)

    @property
    def identifiers(self) -> int:
        """Number of identifier values."""
        return len(self.identifier_key)

    @property
    def edges(self) -> int:
        """Number of edges."""
        return len(self.edge_account)

    def seen(self, accounts: Ints) -> Ints:
        """When each account was first seen with any value; ``NEVER`` without a dated one."""
        starts = np.searchsorted(self.edge_account, accounts.astype(np.int32))
        ends = np.searchsorted(self.edge_account, accounts.astype(np.int32), side="right")
        first = np.full(len(accounts), NEVER, dtype=np.int64)
        owner = np.repeat(np.arange(len(accounts)), ends - starts)
        np.minimum.at(first, owner, self.edge_first[ranges(starts, ends)])
        return first

    def type_names(self, identifiers: Ints | Codes) -> pd.Series:
        """The type of each identifier, as text."""
        return spell(self.types, self.identifier_type[identifiers])

    def platform_names(self) -> pd.Series:
        """The platform of each account, as text."""
        return spell(self.platforms, self.account_platform)

    def account_texts(self, accounts: Ints | Codes) -> pd.Series:
        """The keys of accounts, as text."""
        return decode(self.account_key[accounts])

    def identifier_texts(self, identifiers: Ints | Codes) -> pd.Series:
        """The hashes of identifiers, as text."""
        return decode(self.identifier_key[identifiers])


def build(accounts: pd.DataFrame, identifiers: pd.DataFrame) -> Graph:
    """The graph of two frames (columns as in :func:`resolve`); rows may repeat, in any order.

    An account that only ``identifiers`` names is an account. Raises :class:`ValueError` for
    missing keys and for an account on two platforms.
    """
    listed, carrying = align(
        encode(accounts["account_key"], "accounts.account_key"),
        encode(identifiers["account_key"], "identifiers.account_key"),
    )
    platforms, platform_codes = _codes(
        pd.concat([accounts["platform"], identifiers["platform"]], ignore_index=True), "platform"
    )
    code, account_key = factorise(np.concatenate([listed, carrying]))
    account_platform = np.zeros(len(account_key), dtype=np.int32)
    account_platform[code] = platform_codes
    torn = account_platform[code] != platform_codes
    if torn.any():
        raise ValueError(
            f"{some_of(account_key, code[torn])} stand on more than one platform; "
            "an account_key belongs to one."
        )
    types, type_codes = _codes(identifiers["identifier_type"], "identifier_type")
    hashes = encode(identifiers["identifier_hash"], "identifiers.identifier_hash")
    identifier_type, identifier_key, identifier = _identifiers(types, type_codes, hashes)
    edge_account, edge_identifier, edge_first = _edges(
        code[len(listed) :], identifier, len(identifier_key), _times(identifiers)
    )
    return Graph(
        platforms=platforms,
        types=types,
        account_key=account_key,
        account_platform=account_platform,
        identifier_type=identifier_type,
        identifier_key=identifier_key,
        edge_account=edge_account,
        edge_identifier=edge_identifier,
        edge_first=edge_first,
    )


def _identifiers(
    types: tuple[str, ...], type_codes: Codes, hashes: Keys
) -> tuple[Codes, Keys, Ints]:
    """(type, key) of the distinct values sorted by both, and the value of each row."""
    value = np.empty(len(hashes), dtype=np.int64)
    keys: list[Keys] = [hashes[:0]]
    sizes: list[int] = []
    for code in range(len(types)):
        rows = np.flatnonzero(type_codes == code)
        position, distinct = factorise(hashes[rows])
        value[rows] = position + sum(sizes)
        keys.append(distinct)
        sizes.append(len(distinct))
    identifier_type = np.repeat(np.arange(len(types), dtype=np.int32), sizes)
    return identifier_type, np.concatenate(keys), value


def _edges(account: Ints, identifier: Ints, size: int, first: Ints) -> tuple[Codes, Codes, Ints]:
    size = max(size, 1)
    edge = account * np.int64(size) + identifier
    if not (np.diff(edge) > 0).all():
        order = np.argsort(edge, kind="stable")
        edge, first = edge[order], first[order]
        starts = np.flatnonzero(np.diff(edge, prepend=-1))
        if len(starts) < len(edge):
            edge, first = edge[starts], np.minimum.reduceat(first, starts)
    return (edge // size).astype(np.int32), (edge % size).astype(np.int32), first


def _times(identifiers: pd.DataFrame) -> Ints:
    if "first_seen_at" not in identifiers:
        return np.full(len(identifiers), NEVER, dtype=np.int64)
    seen = identifiers["first_seen_at"]
    if not np.issubdtype(getattr(seen.dtype, "type", object), np.datetime64):
        seen = pd.to_datetime(seen, utc=True).dt.tz_localize(None)
    times = seen.to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(times), NEVER, times.view(np.int64))


def _codes(values: pd.Series, name: str) -> tuple[tuple[str, ...], Codes]:
    array = text_array(values)
    if array.null_count:
        raise ValueError(f"{name} is missing in {array.null_count} rows; every row needs one.")
    encoded = array.dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order))
    return tuple(names[at] for at in order), rank[encoded.indices.to_numpy()]


def ranges(starts: Ints, ends: Ints) -> Ints:
    """All positions of the half-open ranges, one after the other."""
    lengths = ends - starts
    offsets = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) + np.repeat(starts - offsets, lengths)


def some_of(keys: Keys, rows: Ints) -> str:
    """Up to three of the keys, for a message."""
    return ", ".join(decode(keys[np.unique(rows)[:3]]).tolist())
