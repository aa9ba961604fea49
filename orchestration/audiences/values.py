"""The values a definition may hold: texts, numbers, days, and ranges of numbers.

YAML guesses types (``no`` is false, ``1e3`` is text); the validators here refuse a wrong guess
with a sentence that says how to write it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, cast

from pydantic import BeforeValidator, Field, PlainValidator

Scalar = str | bool | Decimal | dt.date


def _text(value: object) -> str:
    if isinstance(value, bool):
        raise ValueError("is read by YAML as true or false; put it in quotes if it is text")  # noqa: TRY004
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be text that is not empty; put numbers in quotes")
    if not value.isprintable():
        raise ValueError("must be one line of printable text")
    return value


def _listed(value: object) -> Sequence[object]:
    return cast("Sequence[object]", value) if isinstance(value, list | tuple) else [value]


def _texts(value: object) -> tuple[str, ...]:
    values = _listed(value)
    if not values:
        raise ValueError("must name at least one value")
    return tuple(_text(item) for item in values)


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")  # noqa: TRY004
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("must be a finite number")
    return number


def _day(value: object) -> dt.date:
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ValueError("must be a date such as 2026-11-11")


def _scalar(value: object) -> Scalar:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float | Decimal):
        return _number(value)
    return _day(value) if isinstance(value, dt.date) else _text(value)


def _scalars(value: object) -> tuple[Scalar, ...]:
    values = _listed(value)
    if not values:
        raise ValueError("must name at least one value")
    return tuple(_scalar(item) for item in values)


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
Number = Annotated[Decimal, BeforeValidator(_number)]
Day = Annotated[dt.date, BeforeValidator(_day)]
Days = Annotated[int, Field(strict=True, ge=1, le=36500)]
Scalars = Annotated[tuple[Scalar, ...], PlainValidator(_scalars)]


@dataclass(frozen=True)
class Range:
    """Numbers between two bounds; None is no bound, ``*_open`` leaves the bound itself out."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    high_open: bool = False

    @property
    def is_bounded(self) -> bool:
        """Whether any bound was given."""
        return self.low is not None or self.high is not None

    def holds(self, value: Decimal) -> bool:
        """Whether ``value`` lies in the range."""
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below

    @property
    def is_empty(self) -> bool:
        """Whether no number can lie in the range."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))
