"""The language of tag definitions, typed. An unknown word is an error, never ignored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Privacy = Literal["public", "internal", "personal", "sensitive"]
Subject = Literal["category", "brand", "channel", "place"]
Measure = Literal["count", "days", "sum", "recency", "distinct"]

SUMMED = ("amount", "dwell_seconds")
DISTINCT = ("category", "brand", "channel", "place")
ALL_TIME = "all_time"


class TagError(ValueError):
    """A tag file cannot be used; the message names file, tag, key and mend."""


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Words = Annotated[
    list[Annotated[str, Field(min_length=1)]], BeforeValidator(_as_list), Field(min_length=1)
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class TagEntry(_Part):
    """What the registry says about one tag, or about a family such as ``interest.*``."""

    type: Literal["interest", "rule", "statistic", "profile", "predicted"]
    description: str = Field(min_length=1)
    owner: str = Field(min_length=1)
    purpose: str = Field(min_length=1)
    window: str = Field(min_length=1)
    refresh: str = "daily"
    expiry: str = Field(min_length=1)
    privacy: Privacy


class Window(_Part):
    """The last N days, the as-of day included; or two dates, both included."""

    last_days: int | None = Field(default=None, ge=1)
    from_date: dt.date | None = Field(default=None, alias="from")
    to_date: dt.date | None = Field(default=None, alias="to")

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        has_dates = self.from_date is not None and self.to_date is not None
        if (self.last_days is None) != has_dates or (
            self.last_days is not None and (self.from_date or self.to_date)
        ):
            raise ValueError("write either last_days, or both from and to")
        if (
            self.from_date is not None
            and self.to_date is not None
            and self.to_date < self.from_date
        ):
            raise ValueError("to is before from")
        return self

    def __str__(self) -> str:
        if self.last_days is not None:
            return "last day" if self.last_days == 1 else f"last {self.last_days} days"
        return f"{self.from_date} to {self.to_date}"


class Comparison(_Part):
    """Exactly one comparison with its threshold."""

    at_least: float | None = None
    at_most: float | None = None
    more_than: float | None = None
    less_than: float | None = None
    exactly: float | None = None
    between: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _is_exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1 or getattr(self, self.name) is None:
            raise ValueError("write exactly one of " + ", ".join(type(self).model_fields))
        if self.between is not None and self.between[1] < self.between[0]:
            raise ValueError("between needs the lower bound first")
        return self

    @property
    def name(self) -> str:
        """The comparison's word."""
        return next(iter(self.model_fields_set))

    @property
    def bounds(self) -> tuple[float, float | None]:
        """Threshold, and the upper bound of ``between``."""
        value = getattr(self, self.name)
        return value if isinstance(value, tuple) else (value, None)


class RuleTag(_Part):
    """One rule tag: who did what, how much, and when."""

    description: str = Field(min_length=1)
    event_type: Words
    where: dict[Subject, Words] = Field(default_factory=dict, max_length=1)
    measure: Measure
    of: str | None = None
    window: Window | Literal["all_time"]
    is_: Comparison = Field(alias="is")
    owner: str = "customer analytics"
    purpose: str = Field(min_length=1)
    refresh: str = "daily"
    expiry: str = "when it no longer holds"
    privacy: Privacy = "personal"

    @model_validator(mode="after")
    def _measures_something(self) -> Self:
        allowed = {"sum": SUMMED, "distinct": DISTINCT}.get(self.measure, ())
        if allowed and self.of not in allowed:
            raise ValueError(f"measure {self.measure} needs of: one of {', '.join(allowed)}")
        if not allowed and self.of is not None:
            raise ValueError(f"measure {self.measure} takes no of")
        if "purchase" in self.event_type and (
            self.of in ("dwell_seconds", "place") or "place" in self.where
        ):
            raise ValueError("a purchase has no dwell_seconds and no place")
        return self

    @property
    def subject(self) -> str:
        """The dimension that narrows the rule, or ``any``."""
        return next(iter(self.where), "any")

    @property
    def subject_values(self) -> Sequence[str | None]:
        """Its values, sorted; one NULL for ``any``."""
        return sorted(set(next(iter(self.where.values())))) if self.where else [None]

    @property
    def evidence(self) -> tuple[object, ...]:
        """What is measured, apart from the comparison: equal evidence is measured once."""
        return (
            tuple(sorted(set(self.event_type))), self.subject, tuple(self.subject_values), self.measure, self.of, str(self.window),
        )  # fmt: skip


class TagDefinitions(_Part):
    """All tags: registry entries by full name or family, rules by name (without ``rule.``)."""

    registry: dict[Annotated[str, Field(pattern=r"^[a-z_]+\.(\*|[^\s.*][^*]*)$")], TagEntry]
    rules: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], RuleTag]

    @model_validator(mode="after")
    def _says_each_thing_once(self) -> Self:
        twice = sorted(name for name in self.registry if name.startswith("rule."))
        if twice:
            raise ValueError(
                f"{', '.join(twice)}: a rule describes itself; remove it from registry"
            )
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """Full names of all tags and families (``interest.*``), sorted."""
        return tuple(sorted({*self.registry, *(f"rule.{name}" for name in self.rules)}))
