"""The rules of the graph: which identifiers are strong, and how much each may join."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

#: The entry of a table that speaks for every type without one of its own.
OTHER = "other"


@dataclass(frozen=True)
class ValueLimit:
    """At most ``maximum`` distinct values of a type on one person.

    With ``window_days``, at most so many first seen within any window of that many days (values
    never dated count in every window). With ``per_platform``, counted for each platform alone.
    """

    maximum: int
    window_days: int | None = None
    per_platform: bool = False

    def __post_init__(self) -> None:
        if self.maximum < 1 or (self.window_days is not None and self.window_days < 1):
            raise ValueError(f"{self} is impossible; a limit and its window are at least 1.")


@dataclass(frozen=True)
class Contradictions:
    """What speaks against joining two groups of accounts by a value that people share or pass on.

    Odds in the way of Fellegi and Sunter (1969): a value of confidence ``c`` joins at odds
    ``c / (1 - c)``, divided by the weight of every type in which the two sides differ (both carry
    it and have no value of it in common). A value whose odds fall below those of
    ``minimum_confidence`` joins nobody.

    types: identifier types that are weighed at all.
    weights: of identifier types and traits; how many times likelier it is to differ for two people
        than for one.
    passed_on: of numbers and devices that change hands; counts where something else differs too,
        and the sides were first seen with the value more than ``passed_on_days`` apart.
    """

    types: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict[str, float])
    passed_on: Mapping[str, float] = field(default_factory=dict[str, float])
    passed_on_days: int = 180
    minimum_confidence: float = 0.7

    def __post_init__(self) -> None:
        for name in ("weights", "passed_on"):
            for identifier_type, weight in getattr(self, name).items():
                if weight < 1:
                    raise ValueError(
                        f"contradictions.{name}.{identifier_type} is {weight}; the least is 1."
                    )
        if not 0 < self.minimum_confidence < 1:
            raise ValueError(
                f"contradictions.minimum_confidence is {self.minimum_confidence}; it lies between 0 and 1."
            )
        if self.passed_on_days < 1:
            raise ValueError(
                f"contradictions.passed_on_days is {self.passed_on_days}; the least is 1."
            )


@dataclass(frozen=True)
class IdentityLimits:
    """Every rule that shapes the graph; equal limits give an equal :meth:`fingerprint`.

    priority: identifier types, strongest first; a type not named is the weakest.
    maximum_accounts: a value carried by more accounts joins nobody. ``other`` speaks for the rest;
        without it the rest has no limit.
    maximum_accounts_per_platform: the same, counted on each platform alone.
    maximum_values: distinct values of a type on one person.
    maximum_person_accounts: a person with more accounts is cut at its weakest bridges.
    relations: types that say who lives or shops together, never who is who: their values join nobody.
    traits: what an account declares of its owner (gender, birth date): joins and relates nobody, and
        speaks against a join where two sides differ.
    contradictions: what else speaks against one.
    household_people: a value of any type on more people than this relates none of them.
    confidence: how far one carried value of a type says "this person" (0 to 1).
    blocked: (identifier_type, identifier_hash) that never join.
    """

    priority: tuple[str, ...]
    maximum_accounts: Mapping[str, int]
    maximum_accounts_per_platform: Mapping[str, int] = field(default_factory=dict[str, int])
    maximum_values: Mapping[str, ValueLimit] = field(default_factory=dict[str, ValueLimit])
    maximum_person_accounts: int | None = None
    relations: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()
    contradictions: Contradictions = Contradictions()
    household_people: int = 6
    confidence: Mapping[str, float] = field(default_factory=dict[str, float])
    blocked: frozenset[tuple[str, str]] = frozenset()

    def __post_init__(self) -> None:
        if len(set(self.priority)) < len(self.priority):
            raise ValueError(f"priority names a type twice: {list(self.priority)}.")
        for name in ("maximum_accounts", "maximum_accounts_per_platform"):
            for identifier_type, maximum in getattr(self, name).items():
                if maximum < 1:
                    raise ValueError(f"{name}.{identifier_type} is {maximum}; the least is 1.")
        if self.maximum_person_accounts is not None and self.maximum_person_accounts < 1:
            raise ValueError(
                f"maximum_person_accounts is {self.maximum_person_accounts}; the least is 1."
            )
        if self.household_people < 2:
            raise ValueError(f"household_people is {self.household_people}; the least is 2.")
        for identifier_type, share in self.confidence.items():
            if not 0 <= share <= 1:
                raise ValueError(f"confidence.{identifier_type} is {share}; it lies in 0..1.")

    @classmethod
    def from_mapping(cls, section: Mapping[str, Any]) -> IdentityLimits:
        """Limits from the plain values of the ``identity`` section of the configuration.

        ``blocked`` is type -> list of hashes; ``maximum_values`` is type -> mapping of
        :class:`ValueLimit`. Keys of the section that are no rule of the graph are left alone.
        """
        blocked: Mapping[str, Iterable[str]] = section.get("blocked", {})
        return cls(
            priority=tuple(section["priority"]),
            maximum_accounts=dict(section["maximum_accounts"]),
            maximum_accounts_per_platform=dict(section.get("maximum_accounts_per_platform", {})),
            maximum_values={
                identifier_type: ValueLimit(**values)
                for identifier_type, values in section.get("maximum_values", {}).items()
            },
            maximum_person_accounts=section.get("maximum_person_accounts"),
            relations=tuple(section.get("relations", ())),
            traits=tuple(section.get("traits", ())),
            contradictions=_contradictions(section.get("contradictions", {})),
            household_people=section.get("household_people", 6),
            confidence=dict(section.get("confidence", {})),
            blocked=frozenset(
                (kind, value) for kind, values in blocked.items() for value in values
            ),
        )

    def rank(self, identifier_type: str) -> int:
        """0 is the strongest type; all types that ``priority`` does not name share the last rank."""
        named = identifier_type in self.priority
        return self.priority.index(identifier_type) if named else len(self.priority)

    def accounts_allowed(self, identifier_type: str) -> int | None:
        """How many accounts one value of the type may join; None is no limit."""
        return self.maximum_accounts.get(identifier_type, self.maximum_accounts.get(OTHER))

    def accounts_allowed_on_platform(self, identifier_type: str) -> int | None:
        """How many accounts of one platform a value of the type may join; None is no limit."""
        table = self.maximum_accounts_per_platform
        return table.get(identifier_type, table.get(OTHER))

    def values_allowed(self, identifier_type: str) -> ValueLimit | None:
        """How many values of the type one person may carry; None is no limit."""
        return self.maximum_values.get(identifier_type, self.maximum_values.get(OTHER))

    def confidence_of(self, identifier_type: str) -> float:
        """The confidence of one carried value of the type; 0.5 when none is configured."""
        return self.confidence.get(identifier_type, self.confidence.get(OTHER, 0.5))

    def fingerprint(self) -> str:
        """Equal for equal rules; what decides nothing is left out: household_people, and the
        confidence of types that are not weighed.
        """
        rules = asdict(self)
        del rules["household_people"]
        rules["confidence"] = {name: self.confidence_of(name) for name in self.contradictions.types}
        rules["blocked"] = sorted(self.blocked)
        return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:16]


def _contradictions(section: Mapping[str, Any]) -> Contradictions:
    types: Iterable[str] = section.get("types", ())
    given = {name: value for name, value in section.items() if name != "types"}
    return Contradictions(types=tuple(types), **given)
