"""The typed tree of an audience definition.

One class per condition; a condition is the YAML mapping whose first word (``did``, ``ordered``,
``tag`` ...) names the class. Every condition is either true or false for every person: a
comparison with something unknown is false, so ``not`` of it is true. Measures that count or sum
are 0 for people with nothing to count, so "at most" includes them.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    Tag,
    model_validator,
)

from orchestration.audiences.columns import PROFILE_COLUMNS, Kind
from orchestration.audiences.values import Day, Days, Number, Range, Scalars, Text, Texts


class Node(BaseModel):
    """Anything a condition can be."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Bounds(Node):
    """Comparison of a number; several bounds are all required."""

    at_least: Number | None = None
    at_most: Number | None = None
    more_than: Number | None = None
    less_than: Number | None = None
    exactly: Number | None = None

    @property
    def range(self) -> Range:
        """The bounds as one range."""
        if self.exactly is not None:
            return Range(self.exactly, self.exactly)
        return Range(
            low=self.at_least if self.at_least is not None else self.more_than,
            high=self.at_most if self.at_most is not None else self.less_than,
            low_open=self.at_least is None,
            high_open=self.at_most is None,
        )

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        given = [
            name
            for name in ("at_least", "at_most", "more_than", "less_than", "exactly")
            if getattr(self, name) is not None
        ]
        for one, other in (("at_least", "more_than"), ("at_most", "less_than")):
            if one in given and other in given:
                raise ValueError(f"{one} and {other} exclude each other; keep one")
        if "exactly" in given and len(given) > 1:
            raise ValueError("exactly stands alone; remove the other bounds")
        if self.range.is_empty:
            raise ValueError("no number satisfies these bounds")
        return self


class Window(Node):
    """Days that count, merchant-local and inclusive; without one, all days up to the as-of day.

    ``last_days: N`` is the N days that end with the as-of day. Nothing after the as-of day counts.
    """

    last_days: Days | None = None
    between: tuple[Day, Day] | None = None

    @model_validator(mode="after")
    def _window_is_one(self) -> Self:
        if self.last_days is not None and self.between is not None:
            raise ValueError("last_days and between exclude each other; keep one")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("between needs the earlier date first")
        return self


class AllOf(Node):
    """Every condition holds."""

    conditions: tuple[Condition, ...]


class AnyOf(Node):
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


class Not(Node):
    """The condition does not hold."""

    condition: Condition


class _Measured(Bounds, Window):
    """A count or sum per person, compared; without a bound: at least 1."""

    @property
    def is_sum(self) -> bool:
        """Whether the measure is an amount of money, for which "at least 1" says nothing."""
        return False

    @property
    def bounds(self) -> Range:
        """The given bounds, or at least 1."""
        given = self.range
        return given if given.is_bounded else Range(low=Decimal(1))

    @model_validator(mode="after")
    def _sums_are_bounded(self) -> Self:
        if self.is_sum and not self.range.is_bounded:
            raise ValueError("an amount needs a bound such as at_least: 100")
        return self


class Did(_Measured):
    """Did one of the events so often (``count``), on so many ``days``, or for so much ``amount``."""

    did: Texts
    measure: Literal["count", "days", "amount"] = "count"
    category: Texts | None = None
    brand: Texts | None = None
    channel: Texts | None = None
    place: Texts | None = None
    campaign: Texts | None = None

    @property
    def is_sum(self) -> bool:
        """Whether the events' amounts are summed."""
        return self.measure == "amount"


class Ordered(_Measured):
    """Orders that count (paid, net sales above 0): how many, for how much, units, days."""

    measure: Literal["orders", "net_amount", "units", "days"] = Field(alias="ordered")
    category: Texts | None = None
    platform: Texts | None = None
    channel: Texts | None = None

    @property
    def is_sum(self) -> bool:
        """Whether net sales are summed."""
        return self.measure == "net_amount"


class Comparison(Bounds):
    """Comparison of a tag's weight."""

    @model_validator(mode="after")
    def _is_given(self) -> Self:
        if not self.range.is_bounded:
            raise ValueError("needs a bound such as at_least: 5")
        return self


class ValueComparison(Bounds):
    """Comparison of a tag's value: with texts, or as a number."""

    is_values: Texts | None = Field(default=None, alias="is")

    @model_validator(mode="after")
    def _is_given(self) -> Self:
        if (self.is_values is None) != self.range.is_bounded:
            raise ValueError("needs either is: or number bounds such as at_least: 5")
        return self


class Tagged(Node):
    """Carries a tag, perhaps with a weight or value."""

    tag: Text
    weight: Comparison | None = None
    value: ValueComparison | None = None


class BestSelling(Node):
    """The merchant's categories with the most net sales."""

    best_selling: Annotated[int, Field(strict=True, ge=1)]
    last_days: Days | None = None


def _top_interest_form(value: Any) -> str:
    return "<mapping>" if isinstance(value, dict | BestSelling) else "<names>"


class TopInterest(Node):
    """The heaviest ``interest.`` tag of the person (ties: first by name) is one of these."""

    top_interest: Annotated[
        Annotated[Texts, Tag("<names>")] | Annotated[BestSelling, Tag("<mapping>")],
        Discriminator(_top_interest_form),
    ]


class InLayer(Node):
    """Is in one of these values of a layer."""

    layer: str
    is_values: Texts | None = Field(default=None, alias="is")
    is_not: Texts | None = None

    @model_validator(mode="after")
    def _one_test(self) -> Self:
        if (self.is_values is None) == (self.is_not is None):
            raise ValueError("needs either is: or is_not:")
        return self


_TESTS: dict[Kind, tuple[str, ...]] = {
    "text": ("is", "is_not", "is_known"),
    "number": (
        *("is", "is_not", "is_known"),
        *("at_least", "at_most", "more_than", "less_than", "exactly"),
    ),
    "boolean": ("is", "is_known"),
    "date": ("is", "is_not", "is_known", "last_days", "between", "not_in_last_days"),
    "time": ("is", "is_not", "is_known", "last_days", "between", "not_in_last_days"),
    "list": ("contains", "contains_all", "is_known"),
}
_VALUES: dict[Kind, type] = {
    "text": str,
    "number": Decimal,
    "boolean": bool,
    "date": dt.date,
    "time": dt.date,
}
_WORDS: dict[Kind, str] = {
    "text": "text",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date",
    "time": "a time, compared by its day",
    "list": "a list",
}


class Profile(Bounds, Window):
    """A column of ``audiences.profiles`` compared; several tests are all required.

    Apart from ``is_known: false`` every test is false where the column is unknown.
    """

    profile: str
    is_values: Scalars | None = Field(default=None, alias="is")
    is_not: Scalars | None = None
    is_known: StrictBool | None = None
    contains: Texts | None = None
    contains_all: Texts | None = None
    not_in_last_days: Days | None = None

    @property
    def kind(self) -> Kind:
        """What the column holds. The parser has checked that it exists."""
        return PROFILE_COLUMNS[self.profile].kind

    @model_validator(mode="after")
    def _tests_suit_the_column(self) -> Self:
        if self.profile not in PROFILE_COLUMNS:
            return self  # the parser names it, with suggestions
        tests = _TESTS[self.kind]
        given = [
            "is" if name == "is_values" else name
            for name in type(self).model_fields
            if name != "profile" and getattr(self, name) is not None
        ]
        wrong = [name for name in given if name not in tests]
        if wrong or not given:
            problem = f"{', '.join(wrong)} cannot be used" if wrong else "a comparison is missing"
            raise ValueError(
                f"{problem}: {self.profile} is {_WORDS[self.kind]}; use {', '.join(tests)}"
            )
        if self.is_known is False and len(given) > 1:
            raise ValueError("is_known: false stands alone; an unknown value cannot be compared")
        for value in (*(self.is_values or ()), *(self.is_not or ())):
            if not isinstance(value, _VALUES[self.kind]):
                raise ValueError(  # noqa: TRY004
                    f"{value!r} does not suit {self.profile}, which is {_WORDS[self.kind]}"
                )
        return self


class Reachable(Node):
    """Can be reached, and did not opt out, in at least one of the channels."""

    reachable: Texts


class PrivateDomain(Node):
    """Is (or is not) in the private domain."""

    private_domain: StrictBool


class Invited(Bounds):
    """How many people this person invited; without a bound: at least 1."""

    invited: Literal["people"]

    @property
    def bounds(self) -> Range:
        """The given bounds, or at least 1."""
        given = self.range
        return given if given.is_bounded else Range(low=Decimal(1))


class InAudience(Node):
    """Is in one of these audiences, whatever the role."""

    in_audience: Texts


class Lookalike(Node):
    """Is among the people most similar to a seed audience, without the seed itself.

    ``share`` is of everybody outside the seed (rounded down), ``count`` a number of people.
    ``tiers``: narrower sizes in the same unit, those of the configuration where not given.
    ``weight``: a number of ``user_profiles`` by which members of the seed count; unknown and
    negative is 0. ``exclude``: audiences whose members are never in the result.
    """

    of: Text
    share: Annotated[Number, Field(gt=0, le=1)] | None = None
    count: Annotated[int, Field(strict=True, ge=1)] | None = None
    tiers: Annotated[tuple[Annotated[Number, Field(gt=0)], ...], Field(min_length=1)] | None = None
    weight: Text | None = None
    exclude: Texts | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.share is None) == (self.count is None):
            raise ValueError("needs either share (0 to 1) or count (people)")
        size = self.share if self.share is not None else Decimal(self.count or 0)
        if any(tier > size for tier in self.tiers or ()):
            raise ValueError(f"tiers must not be wider than the whole lookalike ({size})")
        if self.count is not None and any(tier % 1 for tier in self.tiers or ()):
            raise ValueError("tiers of a lookalike with count are whole numbers of people")
        return self

    @model_validator(mode="after")
    def _weight_is_a_number(self) -> Self:
        if self.weight is not None and (
            self.weight not in PROFILE_COLUMNS or PROFILE_COLUMNS[self.weight].kind != "number"
        ):
            numbers = [name for name, column in PROFILE_COLUMNS.items() if column.kind == "number"]
            raise ValueError(f"weight must be a number of user_profiles: {', '.join(numbers)}")
        return self


Leaf = (
    Did
    | Ordered
    | Tagged
    | TopInterest
    | InLayer
    | Profile
    | Reachable
    | PrivateDomain
    | Invited
    | InAudience
    | Lookalike
)
Condition = AllOf | AnyOf | Not | Leaf


class Header(Node):
    """What every definition says about itself, beside its conditions."""

    audience: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
    title: Text
    goal: Text
    loop: Literal["inner", "outer"]
    owner: Text
    priority: Annotated[int, Field(strict=True, ge=0, le=1000)]
    channels: tuple[Text, ...] | None = None


class Audience(Header):
    """One parsed definition. A higher ``priority`` is contacted first.

    ``channels``: channels its message may use; None is all, empty is "never contacted for this".
    """

    conditions: Condition
    source: str = ""

    @property
    def name(self) -> str:
        """The audience's name."""
        return self.audience


for _model in (AllOf, AnyOf, Not, Audience):
    _model.model_rebuild()


def children(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly below a group; none below a leaf."""
    match condition:
        case AllOf() | AnyOf():
            return condition.conditions
        case Not():
            return (condition.condition,)
        case _:
            return ()


def leaves(condition: Condition) -> tuple[Leaf, ...]:
    """All leaves of a tree, in the order they are written."""
    if isinstance(condition, AllOf | AnyOf | Not):
        return tuple(leaf for child in children(condition) for leaf in leaves(child))
    return (condition,)
