"""Which edges may join: limits of single values, then limits of the person they would make.

Every edge ends with one rule code. A value that breaks a limit of its own (blocked, too many
accounts) joins nobody at all. Inside a component that would hold too many values of a strong type,
identifiers are tried from the strongest to the weakest, and one that would make an impossible
person is dropped whole: two people who share a phone are told apart, and nobody can say to which
of them a third account with only that phone belongs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.core.identity.components import Labels, Part
from orchestration.core.identity.graph import NEVER, Codes, Graph
from orchestration.core.identity.keys import Flags, Ints, align, encode, find
from orchestration.core.identity.limits import IdentityLimits, ValueLimit

RuleCodes = npt.NDArray[np.uint8]

_DAY = 86_400_000_000


class Rule(IntEnum):
    """Why an edge does not join; names in lower case are the ``rule`` of a violation."""

    KEPT = 0
    BLOCKED = 1
    RELATION = 2
    MAXIMUM_ACCOUNTS = 3
    MAXIMUM_ACCOUNTS_PER_PLATFORM = 4
    MAXIMUM_VALUES = 5
    MAXIMUM_PERSON_ACCOUNTS = 6
    CORRECTION = 7


#: Values under these rules join nobody, whatever their component. RELATION is no violation: the value
#: does what its type should, unless it is on too many accounts.
VALUE_RULES = (
    Rule.BLOCKED,
    Rule.RELATION,
    Rule.MAXIMUM_ACCOUNTS,
    Rule.MAXIMUM_ACCOUNTS_PER_PLATFORM,
)


def value_rules(graph: Graph, limits: IdentityLimits, edges: Ints | None = None) -> RuleCodes:
    """The rule of each edge as far as its value alone decides it (KEPT when the value may join).

    ``edges``: only these, which are all the edges of some values, in order.
    """
    value = graph.edge_identifier if edges is None else graph.edge_identifier[edges]
    if edges is None:
        values, position = np.arange(graph.identifiers), value
    else:
        values, position = np.unique(value, return_inverse=True)
    degree = np.bincount(position, minlength=len(values))
    rules = np.zeros(len(values), dtype=np.uint8)
    bounds = np.searchsorted(
        graph.identifier_type[values], np.arange(len(graph.types) + 1, dtype=np.int32)
    )
    for code, name in enumerate(graph.types):
        start, end = bounds[code], bounds[code + 1]
        if name in limits.relations:
            rules[start:end] = Rule.RELATION
        on_platform = limits.accounts_allowed_on_platform(name)
        if on_platform is not None:
            suspects = start + np.flatnonzero(degree[start:end] > on_platform)
            concerned = np.zeros(len(values), dtype=np.bool_)
            concerned[suspects] = True
            at = np.flatnonzero(concerned[position])
            account = graph.edge_account[at if edges is None else edges[at]]
            most = _most_on_platform(graph, np.searchsorted(suspects, position[at]), account)
            rules[suspects[most > on_platform]] = Rule.MAXIMUM_ACCOUNTS_PER_PLATFORM
        allowed = limits.accounts_allowed(name)
        if allowed is not None:
            rules[start:end][degree[start:end] > allowed] = Rule.MAXIMUM_ACCOUNTS
    rules[np.isin(values, _blocked(graph, limits.blocked))] = Rule.BLOCKED
    return rules[position]


def _most_on_platform(graph: Graph, value: Ints, account: Ints | Codes) -> Ints:
    """For each value the accounts it has on the platform where it has most.

    value, account: the ends of its edges; values are numbered from 0.
    """
    platforms = len(graph.platforms)
    cell = value * platforms + graph.account_platform[account]
    size = (int(value.max()) + 1 if len(value) else 0) * platforms
    return np.bincount(cell, minlength=size).reshape(-1, max(platforms, 1)).max(axis=1)


def joins(rule: RuleCodes) -> Flags:
    """Which edges have a value that may join, whatever became of it among others."""
    return (rule == Rule.KEPT) | (rule > max(VALUE_RULES))


def strength(graph: Graph, limits: IdentityLimits) -> Ints:
    """Rank of each identifier value by its type; 0 is the strongest."""
    return np.array([limits.rank(name) for name in graph.types], dtype=np.int64)[
        graph.identifier_type
    ]


def overfull(part: Part, count: int, labels: Labels, limits: IdentityLimits) -> Flags:
    """Which components carry more values of a limited type than a person may."""
    graph = part.graph
    found = np.zeros(count, dtype=np.bool_)
    value_label = np.zeros(len(part.identifiers), dtype=np.int32)
    value_label[part.edge_identifier] = labels[part.edge_account]
    value_type = graph.identifier_type[part.identifiers]
    for code, name in enumerate(graph.types):
        limit = limits.values_allowed(name)
        if limit is None:
            continue
        of_type = value_type == code
        many = np.bincount(value_label[of_type], minlength=count) > limit.maximum
        if limit.per_platform and many.any():
            many = _overfull_platforms(part, labels, many, of_type, limit.maximum)
        found |= many
    return found


def _overfull_platforms(
    part: Part, labels: Labels, many: Flags, of_type: Flags, maximum: int
) -> Flags:
    edges = np.flatnonzero(of_type[part.edge_identifier] & many[labels[part.edge_account]])
    account = part.edge_account[edges]
    platforms = len(part.graph.platforms)
    cell = labels[account].astype(np.int64) * platforms
    cell += part.graph.account_platform[part.accounts[account]]
    size = max(len(part.identifiers), 1)
    pairs = np.unique(cell * size + part.edge_identifier[edges])
    cells, values = np.unique(pairs // size, return_counts=True)
    found = np.zeros(len(many), dtype=np.bool_)
    found[cells[values > maximum] // platforms] = True
    return found


@dataclass(frozen=True)
class _Tables:
    """Limits by type code, for the loop over the few components that break one."""

    rank: list[int]
    limit: dict[int, ValueLimit]
    first: Ints

    def binding(self, kind: int) -> list[tuple[int, ValueLimit]]:
        """The limits that a join by type ``kind`` must respect: of its own strength or above."""
        return [
            (code, limit)
            for code, limit in self.limit.items()
            if self.rank[code] <= self.rank[kind]
        ]


def refuse(part: Part, limits: IdentityLimits, maximum_accounts: int | None = None) -> Flags:
    """Which identifiers of the part join nobody, so that no person breaks a limit.

    Identifiers are tried from the strongest type to the weakest, inside a type by the time first
    seen, then by key. One whose join would put more values of a type of its own strength or above
    on a person than ``limits.maximum_values`` allows is refused whole. (Weaker types do not stand
    in the way of a stronger join: their own values are refused when their turn comes.) With
    ``maximum_accounts``, so is one that would make a larger person. The part must hold every edge
    of its identifiers.
    """
    graph = part.graph
    kinds: list[int] = graph.identifier_type[part.identifiers].tolist()
    rank_of_value = strength(graph, limits)[part.identifiers]
    named = [(code, limits.values_allowed(name)) for code, name in enumerate(graph.types)]
    tables = _Tables(
        rank=[limits.rank(name) for name in graph.types],
        limit={code: limit for code, limit in named if limit is not None},
        first=part.first_seen(),
    )
    degree = np.bincount(part.edge_identifier, minlength=len(part.identifiers))
    by_value = np.argsort(part.edge_identifier, kind="stable")
    members: list[int] = part.edge_account[by_value].tolist()
    ends: list[int] = np.cumsum(degree).tolist()
    order = np.lexsort((np.arange(len(degree)), tables.first, rank_of_value))

    parent = list(range(len(part.accounts)))
    size = [1] * len(parent)
    carried = _carried(part, tables)
    refused = np.zeros(len(part.identifiers), dtype=np.bool_)
    tried: list[int] = order[degree[order] > 1].tolist()
    binding = [tables.binding(kind) for kind in range(len(graph.types))]
    for value in tried:
        roots = sorted(
            {_root(parent, at) for at in members[ends[value] - degree[value] : ends[value]]}
        )
        if len(roots) == 1:
            continue
        accounts = sum(size[root] for root in roots)
        too_large = maximum_accounts is not None and accounts > maximum_accounts
        if too_large or _breaks(
            tables.first, binding[kinds[value]], [carried[root] for root in roots]
        ):
            refused[value] = True
            continue
        survivor = max(roots, key=lambda root: size[root])
        for root in roots:
            if root != survivor:
                parent[root] = survivor
                _absorb(carried[survivor], carried[root])
        size[survivor] = accounts
    return refused


def _carried(part: Part, tables: _Tables) -> list[defaultdict[int, set[tuple[int, int]]]]:
    """For each account the (platform, value) pairs it carries, by limited type."""
    carried = [defaultdict[int, set[tuple[int, int]]](set) for _ in range(len(part.accounts))]
    kind = part.graph.identifier_type[part.identifiers[part.edge_identifier]]
    platform = part.graph.account_platform[part.accounts[part.edge_account]]
    limited = np.flatnonzero(np.isin(kind, list(tables.limit)))
    columns = (
        part.edge_account[limited],
        part.edge_identifier[limited],
        kind[limited],
        platform[limited],
    )
    rows: list[list[int]] = np.column_stack(columns).tolist()
    for account, value, code, place in rows:
        per_platform = tables.limit[code].per_platform
        values: set[tuple[int, int]] = carried[account][code]
        values.add((place if per_platform else 0, value))
    return carried


def _breaks(
    first: Ints,
    binding: Sequence[tuple[int, ValueLimit]],
    people: Sequence[Mapping[int, set[tuple[int, int]]]],
) -> bool:
    """Whether one person made of all would carry too many values of a type whose limit binds."""
    for code, limit in binding:
        carried = [person[code] for person in people if code in person]
        # Most people are far below every limit: no need to see which values they share.
        if sum(map(len, carried)) <= limit.maximum:
            continue
        together = set[tuple[int, int]]().union(*carried)
        if len(together) <= limit.maximum:
            continue
        places = Counter(place for place, _ in together)
        for place, values in places.items():
            if values > limit.maximum and (
                limit.window_days is None
                or _most_in_window(
                    [int(first[value]) for at, value in together if at == place],
                    limit.window_days * _DAY,
                )
                > limit.maximum
            ):
                return True
    return False


def _most_in_window(times: Iterable[int], window: int) -> int:
    """The most times inside any half-open window; times never known count in every one."""
    dated = sorted(times)
    unknown = dated.count(NEVER)
    if unknown:
        dated = dated[: len(dated) - unknown]
    most = start = 0
    for end, time in enumerate(dated):
        while time - dated[start] >= window:
            start += 1
        most = max(most, end - start + 1)
    return most + unknown


def _absorb(
    into: dict[int, set[tuple[int, int]]], other: Mapping[int, set[tuple[int, int]]]
) -> None:
    for code, values in other.items():
        into.setdefault(code, set()).update(values)


def _root(parent: list[int], at: int) -> int:
    while parent[at] != at:
        parent[at] = parent[parent[at]]
        at = parent[at]
    return at


def _blocked(graph: Graph, blocked: frozenset[tuple[str, str]]) -> Ints:
    found: list[Ints] = [np.empty(0, dtype=np.int64)]
    for code, name in enumerate(graph.types):
        hashes = sorted(value for kind, value in blocked if kind == name)
        if hashes:
            bounds = np.searchsorted(graph.identifier_type, [code, code + 1])
            keys, wanted = align(
                graph.identifier_key[bounds[0] : bounds[1]], encode(pd.Series(hashes), "blocked")
            )
            position, there = find(keys, wanted)
            found.append(position[there] + bounds[0])
    return np.concatenate(found)
