"""What speaks against a join: two sides that differ in what one person seldom has two of.

People share phones, addresses and devices, and pass them on. A value of such a type joins only
while nothing weightier says that its carriers are two: see :class:`Contradictions` for the odds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from orchestration.core.identity.components import Labels, Part
from orchestration.core.identity.graph import NEVER
from orchestration.core.identity.keys import Flags
from orchestration.core.identity.limits import IdentityLimits

_DAY = 86_400_000_000


def doubtful(part: Part, traits: Part, count: int, labels: Labels, limits: IdentityLimits) -> Flags:
    """Which components of the part may hold a value that contradictions stop; no other does.

    ``traits``: the accounts of the part with the traits they declare.
    """
    rules, types = limits.contradictions, part.graph.types
    found = np.zeros(count, dtype=np.bool_)
    value_label = np.zeros(len(part.identifiers), dtype=np.int32)
    value_label[part.edge_identifier] = labels[part.edge_account]
    value_type = part.graph.identifier_type[part.identifiers]
    several = _several(part, value_label, value_type, count, limits)
    several |= _several_traits(traits, labels, count, limits)
    joins = np.bincount(part.edge_identifier, minlength=len(part.identifiers)) > 1
    for code, name in enumerate(types):
        if name not in rules.types:
            continue
        against = np.ones(count)
        for other, weight in _weights(limits, types).items():
            if other != code:
                against *= np.where(several[other], weight, 1.0)
        differs = against > 1
        against *= rules.passed_on.get(name, 1.0)
        joining = np.zeros(count, dtype=np.bool_)
        joining[value_label[joins & (value_type == code)]] = True
        found |= joining & differs & (_odds(limits, name) < against)
    return found


class Statements:
    """What each group of accounts of a part says of its owner, while values join them one by one."""

    def __init__(self, part: Part, traits: Part, limits: IdentityLimits) -> None:
        graph = part.graph
        self._names = graph.types
        self._rules = limits.contradictions
        self._odds = {
            code: _odds(limits, name)
            for code, name in enumerate(graph.types)
            if name in limits.contradictions.types
        }
        self._weights = _weights(limits, graph.types)
        self._type: list[int] = graph.identifier_type[part.identifiers].tolist()
        self._stated = [defaultdict[int, set[int]](set) for _ in range(len(part.accounts))]
        self._add(part, 0)
        self._add(traits, len(part.identifiers))
        by_value = np.argsort(part.edge_identifier, kind="stable")
        self._first: list[int] = part.graph.edge_first[part.edges[by_value]].tolist()
        degree = np.bincount(part.edge_identifier, minlength=len(part.identifiers))
        self._start: list[int] = (np.cumsum(degree) - degree).tolist()

    def contradict(self, value: int, roots: Sequence[int], groups: Sequence[int]) -> bool:
        """Whether any two of the groups differ too much to be joined by the value.

        ``groups``: of each account that carries the value, in order; ``roots``: the distinct ones.
        """
        kind = self._type[value]
        odds = self._odds.get(kind)
        if odds is None:
            return False
        passed_on = self._rules.passed_on.get(self._names[kind], 1.0)
        first = self._first_seen(value, groups) if passed_on > 1 else {}
        for one, other in combinations(roots, 2):
            against = self._against(one, other)
            if against > 1:
                if passed_on > 1 and self._is_apart(first[one], first[other]):
                    against *= passed_on
                if odds < against:
                    return True
        return False

    def merge(self, into: int, other: int) -> None:
        """Two groups became one."""
        stated = self._stated[into]
        for kind, values in self._stated[other].items():
            stated[kind] |= values

    def forget(self, value: int, roots: Sequence[int]) -> None:
        """The value joins nobody: it says nothing of the groups that carry it any more."""
        kind = self._type[value]
        if kind in self._weights:
            for root in roots:
                self._stated[root][kind].discard(value)

    def _add(self, part: Part, offset: int) -> None:
        kind = part.graph.identifier_type[part.identifiers[part.edge_identifier]]
        rows = np.flatnonzero(np.isin(kind, list(self._weights)))
        columns = (part.edge_account[rows], part.edge_identifier[rows] + offset, kind[rows])
        table: list[list[int]] = np.column_stack(columns).tolist()
        for account, value, code in table:
            self._stated[account][code].add(value)

    def _against(self, one: int, other: int) -> float:
        left, right = self._stated[one], self._stated[other]
        against = 1.0
        for code, weight in self._weights.items():
            if code in left and code in right:
                ours, theirs = left[code], right[code]
                if ours and theirs and ours.isdisjoint(theirs):
                    against *= weight
        return against

    def _first_seen(self, value: int, groups: Sequence[int]) -> dict[int, int]:
        first: dict[int, int] = {}
        start = self._start[value]
        for group, seen in zip(groups, self._first[start : start + len(groups)], strict=True):
            first[group] = min(first.get(group, NEVER), seen)
        return first

    def _is_apart(self, one: int, other: int) -> bool:
        is_dated = NEVER not in (one, other)
        return is_dated and abs(one - other) > self._rules.passed_on_days * _DAY


def _several(
    part: Part, value_label: Labels, value_type: Labels, count: int, limits: IdentityLimits
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """[type, component]: whether the component carries more than one value of a type with a weight."""
    found = np.zeros((len(part.graph.types), count), dtype=np.bool_)
    for code in _weights(limits, part.graph.types):
        found[code] = np.bincount(value_label[value_type == code], minlength=count) > 1
    return found


def _several_traits(
    traits: Part, labels: Labels, count: int, limits: IdentityLimits
) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """The same of traits, whose values stand in many components."""
    found = np.zeros((len(traits.graph.types), count), dtype=np.bool_)
    size = np.int64(max(len(traits.identifiers), 1))
    met = np.unique(labels[traits.edge_account] * size + traits.edge_identifier)
    label = met // size
    kind = traits.graph.identifier_type[traits.identifiers[met % size]]
    for code in _weights(limits, traits.graph.types):
        found[code] = np.bincount(label[kind == code], minlength=count) > 1
    return found


def _weights(limits: IdentityLimits, types: Sequence[str]) -> dict[int, float]:
    """Type code -> weight, in the order of the codes."""
    weights = limits.contradictions.weights
    return {code: weights[name] for code, name in enumerate(types) if weights.get(name, 1) > 1}


def _odds(limits: IdentityLimits, name: str) -> float:
    """The odds of a type, in units of the least that join."""
    confidence = min(limits.confidence_of(name), 1 - 1e-12)
    least = limits.contradictions.minimum_confidence
    return confidence / (1 - confidence) / (least / (1 - least))
