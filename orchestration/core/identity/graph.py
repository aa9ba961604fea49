"""The graph of accounts and identifier values, integer-coded, whatever the order of the rows."""

# pyarrow ships no types; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.core.identity.keys import (
    Flags,
    Ints,
    Keys,
    align,
    decode,
    encode,
    factorise,
    find,
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


@dataclass(frozen=True)
class Union:
    """A graph extended by another, and how to carry over what was known of the first.

    account_place, identifier_place, edge_place: where ``np.insert`` puts a value for each new one;
    account_map: the code now of each account of the first graph.
    """

    graph: Graph
    account_place: Ints
    account_map: Codes
    identifier_place: Ints
    edge_place: Ints
    is_new_account: Flags
    is_changed_edge: Flags


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
            f"{_sample(account_key, code[torn])} stand on more than one platform; "
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


def union(old: Graph, new: Graph) -> Union:
    """``old`` with the accounts and edges of ``new`` added; the earlier first time wins.

    Costs one pass over ``old`` in memory order and sorts nothing but ``new``.
    """
    old, new = _same_names(old, new)
    old_keys, new_keys = align(old.account_key, new.account_key)
    position, known_account = find(old_keys, new_keys)
    moved = known_account.copy()
    moved[known_account] = (
        old.account_platform[position[known_account]] != new.account_platform[known_account]
    )
    if moved.any():
        raise ValueError(
            f"{_sample(new_keys, np.flatnonzero(moved))} changed platform; an account_key belongs to one."
        )
    account_place = position[~known_account]
    account_map, new_account_map = _maps(len(old_keys), position, known_account)
    is_new_account = np.zeros(old.accounts + len(account_place), dtype=np.bool_)
    is_new_account[new_account_map[~known_account]] = True

    position, known, old_values, new_values = _find_identifiers(old, new)
    identifier_place = position[~known]
    identifier_map, new_identifier_map = _maps(len(old_values), position, known)
    kept_account = account_map[old.edge_account]
    kept_identifier = identifier_map[old.edge_identifier]
    given_account = new_account_map[new.edge_account]
    given_identifier = new_identifier_map[new.edge_identifier]
    position, there = find_edges(kept_account, kept_identifier, given_account, given_identifier)
    edge_place = position[~there]
    _, new_edge_map = _maps(len(kept_account), position, there)
    edge_first = np.insert(old.edge_first, edge_place, NEVER)
    before = edge_first[new_edge_map]
    edge_first[new_edge_map] = np.minimum(before, new.edge_first)
    is_changed_edge = np.zeros(len(edge_first), dtype=np.bool_)
    is_changed_edge[new_edge_map] = ~there | (new.edge_first < before)
    graph = replace(
        old,
        account_key=np.insert(old_keys, account_place, new_keys[~known_account]),
        account_platform=np.insert(
            old.account_platform, account_place, new.account_platform[~known_account]
        ),
        identifier_type=np.insert(
            old.identifier_type, identifier_place, new.identifier_type[~known]
        ),
        identifier_key=np.insert(old_values, identifier_place, new_values[~known]),
        edge_account=np.insert(kept_account, edge_place, given_account[~there]),
        edge_identifier=np.insert(kept_identifier, edge_place, given_identifier[~there]),
        edge_first=edge_first,
    )
    return Union(
        graph,
        account_place,
        account_map,
        identifier_place,
        edge_place,
        is_new_account,
        is_changed_edge,
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


def _same_names(old: Graph, new: Graph) -> tuple[Graph, Graph]:
    """Both graphs with the platforms and types of either; the order of codes does not change."""
    platforms = tuple(sorted({*old.platforms, *new.platforms}))
    types = tuple(sorted({*old.types, *new.types}))

    def recoded(graph: Graph) -> Graph:
        if graph.platforms == platforms and graph.types == types:
            return graph
        platform = np.array([platforms.index(name) for name in graph.platforms], dtype=np.int32)
        kind = np.array([types.index(name) for name in graph.types], dtype=np.int32)
        return replace(
            graph,
            platforms=platforms,
            types=types,
            account_platform=platform[graph.account_platform]
            if graph.accounts
            else graph.account_platform,
            identifier_type=kind[graph.identifier_type]
            if graph.identifiers
            else graph.identifier_type,
        )

    return recoded(old), recoded(new)


def _maps(size: int, position: Ints, known: Flags) -> tuple[Codes, Codes]:
    """Where ``size`` sorted elements and those searched among them stand after insertion."""
    added = position[~known]
    steps = np.diff(np.concatenate([[0], added, [size]]))
    old_map = np.arange(size, dtype=np.int32)
    old_map += np.repeat(np.arange(len(added) + 1, dtype=np.int32), steps)
    new_map = np.empty(len(position), dtype=np.int32)
    new_map[known] = old_map[position[known]]
    new_map[~known] = added + np.arange(len(added))
    return old_map, new_map


def _find_identifiers(old: Graph, new: Graph) -> tuple[Ints, Flags, Keys, Keys]:
    """(position, whether it is there) of the new identifiers among the old; both keys, aligned."""
    old_keys, new_keys = align(old.identifier_key, new.identifier_key)
    position = np.empty(len(new_keys), dtype=np.int64)
    known = np.empty(len(new_keys), dtype=np.bool_)
    codes = np.arange(len(old.types) + 1, dtype=np.int32)
    old_bounds = np.searchsorted(old.identifier_type, codes)
    new_bounds = np.searchsorted(new.identifier_type, codes)
    for code in range(len(old.types)):
        rows = slice(new_bounds[code], new_bounds[code + 1])
        start = old_bounds[code]
        at, there = find(old_keys[start : old_bounds[code + 1]], new_keys[rows])
        position[rows], known[rows] = at + start, there
    return position, known, old_keys, new_keys


def find_edges(
    account: Codes, identifier: Codes, new_account: Codes, new_identifier: Codes
) -> tuple[Ints, Flags]:
    """(position, whether it is there) of new edges among edges sorted by account and identifier.

    Looks only at the edges of the accounts in question.
    """
    concerned = np.unique(new_account)
    starts = np.searchsorted(account, concerned)
    ends = np.searchsorted(account, concerned, side="right")
    own = np.searchsorted(concerned, new_account)
    edges = ranges(starts, ends)
    size = np.int64(1 << 31)
    known = np.repeat(np.arange(len(concerned)), ends - starts) * size + identifier[edges]
    at, there = find(known, own * size + new_identifier)
    offsets = np.cumsum(ends - starts) - (ends - starts)
    return starts[own] + (at - offsets[own]), there


def ranges(starts: Ints, ends: Ints) -> Ints:
    """All positions of the half-open ranges, one after the other."""
    lengths = ends - starts
    offsets = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) + np.repeat(starts - offsets, lengths)


def _sample(keys: Keys, rows: Ints) -> str:
    return ", ".join(decode(keys[np.unique(rows)[:3]]).tolist())
