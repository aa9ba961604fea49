"""Which identifiers of a component join nobody, so that no person is impossible or contradicts itself.

Identifiers are tried from the strongest to the weakest, and one that would make an impossible
person is dropped whole: two people who share a phone are told apart, and nobody can say to which
of them a third account with only that phone belongs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orchestration.core.identity.components import Part
from orchestration.core.identity.contradictions import Statements
from orchestration.core.identity.graph import NEVER
from orchestration.core.identity.keys import Ints
from orchestration.core.identity.limits import IdentityLimits, ValueLimit
from orchestration.core.identity.rules import Rule, RuleCodes, strength

_DAY = 86_400_000_000


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


def refuse(
    part: Part,
    limits: IdentityLimits,
    maximum_accounts: int | None = None,
    statements: Statements | None = None,
) -> RuleCodes:
    """The rule under which each identifier of the part joins nobody (KEPT where it may join), so that
    no person breaks a limit.

    Identifiers are tried from the strongest type to the weakest, inside a type by the time first
    seen, then by key. One whose join would put more values of a type of its own strength or above
    on a person than ``limits.maximum_values`` allows is refused whole. (Weaker types do not stand
    in the way of a stronger join: their own values are refused when their turn comes.) With
    ``maximum_accounts``, so is one that would make a larger person; with ``statements``, one whose
    sides contradict each other. The part must hold every edge of its identifiers.
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
    refused = np.zeros(len(part.identifiers), dtype=np.uint8)
    tried: list[int] = order[degree[order] > 1].tolist()
    binding = [tables.binding(kind) for kind in range(len(graph.types))]
    for value in tried:
        carriers = members[ends[value] - degree[value] : ends[value]]
        roots = sorted({_root(parent, at) for at in carriers})
        if len(roots) == 1:
            continue
        accounts = sum(size[root] for root in roots)
        if maximum_accounts is not None and accounts > maximum_accounts:
            refused[value] = Rule.MAXIMUM_PERSON_ACCOUNTS
        elif _breaks(tables.first, binding[kinds[value]], [carried[root] for root in roots]):
            refused[value] = Rule.MAXIMUM_VALUES
        elif statements is not None and statements.contradict(
            value, roots, [_root(parent, at) for at in carriers]
        ):
            refused[value] = Rule.CONTRADICTION
        if refused[value]:
            if statements is not None:
                statements.forget(value, roots)
            continue
        survivor = max(roots, key=lambda root: size[root])
        for root in roots:
            if root != survivor:
                parent[root] = survivor
                _absorb(carried[survivor], carried[root])
                if statements is not None:
                    statements.merge(survivor, root)
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
