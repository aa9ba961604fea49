"""The period of a sample: its days, its seasons, its clock, and when exports were taken.

All times inside the sample are whole seconds since the first day's local midnight (the merchant
is in Asia/Shanghai, which has no summer time). ``NEVER`` marks what did not happen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
import pyarrow as pa

from orchestration.sample.text import Flags, Floats, Ints, joined, take, whole

DAY = 86_400
HOUR = 3_600
NEVER = 2**60
UTC_OFFSET = 8 * HOUR
BEFORE_DAYS = 500
"""Contacts and members may date from so many days before the first day."""
AFTER_DAYS = 90

_WEEKDAY = (0.93, 0.92, 0.95, 0.97, 1.05, 1.14, 1.12)
_HOUR = (
    *(0.9, 0.5, 0.25, 0.15, 0.12, 0.2, 0.5, 0.9, 1.3, 1.7, 1.9, 1.7),
    *(1.8, 1.7, 1.5, 1.5, 1.5, 1.5, 1.6, 1.9, 2.4, 2.7, 2.4, 1.6),
)
_FESTIVALS = {
    (6, 1): 1.6, (6, 16): 1.6, (6, 17): 2.0, (6, 18): 4.0, (6, 19): 1.4,
    (9, 9): 1.5, (10, 31): 1.6, (11, 1): 2.0, (11, 10): 2.0, (11, 11): 5.0, (11, 12): 1.6,
    (12, 12): 2.2, (2, 14): 1.3, (3, 8): 1.8,
}  # fmt: skip


@dataclass(frozen=True)
class Window:
    """One order export: which created times it holds, and when it was taken."""

    label: str
    begins: int
    ends: int
    taken: int


@dataclass(frozen=True)
class Period:
    """``days`` merchant-local days, the last of them ``end``."""

    end: dt.date
    days: int

    @property
    def start(self) -> dt.date:
        """The first day."""
        return self.end - dt.timedelta(days=self.days - 1)

    @property
    def close(self) -> int:
        """The end of the last day, exclusive."""
        return self.days * DAY

    @property
    def epoch(self) -> int:
        """UTC epoch seconds of the first local midnight."""
        midnight = dt.datetime.combine(self.start, dt.time(), dt.UTC)
        return int(midnight.timestamp()) - UTC_OFFSET

    def date(self, day: int) -> dt.date:
        """The date of a day number (0 is the first day)."""
        return self.start + dt.timedelta(days=day)

    def moment(self, seconds: int) -> dt.datetime:
        """The merchant-local time (without a zone) of one moment."""
        return dt.datetime.combine(self.start, dt.time()) + dt.timedelta(seconds=seconds)

    @cached_property
    def _cumulative(self) -> Floats:
        days = [self.date(day) for day in range(self.days)]
        season = np.array(
            [_WEEKDAY[d.weekday()] * _FESTIVALS.get((d.month, d.day), 1.0) for d in days]
        )
        hourly = (season[:, None] * (np.array(_HOUR) / sum(_HOUR))[None, :]).ravel()
        return np.concatenate([[0.0], np.cumsum(hourly) / hourly.sum()])

    @cached_property
    def season(self) -> Floats:
        """Each day's share of the period's demand."""
        return np.diff(self._cumulative[::24])

    def warp(self, share: Floats) -> Ints:
        """The time by which ``share`` of the period's demand has passed; seasons become spikes."""
        hours = np.interp(share, self._cumulative, np.arange(len(self._cumulative)))
        return np.minimum((hours * HOUR).astype(np.int64), self.close - 1)

    def unwarp(self, seconds: Ints | Floats) -> Floats:
        """The share of the period's demand that has passed by a time."""
        return np.interp(seconds / HOUR, np.arange(len(self._cumulative)), self._cumulative)

    @cached_property
    def _day_names(self) -> pa.Array:
        days = range(-BEFORE_DAYS, self.days + AFTER_DAYS)
        return pa.array([self.date(day).isoformat() for day in days])

    def days_text(self, seconds: Ints) -> pa.Array:
        """``2026-11-11``."""
        return take(self._day_names, seconds // DAY + BEFORE_DAYS)

    def clock_text(
        self, seconds: Ints, present: Flags | None = None, between: str = " "
    ) -> pa.Array:
        """``2026-11-11 20:05:59``; empty where ``present`` is false."""
        seconds = seconds if present is None else np.where(present, seconds, 0)
        day = take(self._day_names, seconds // DAY + BEFORE_DAYS, present)
        clock = take(_clock_names(between), seconds % DAY, present)
        return joined(day, clock)

    def iso_text(self, seconds: Ints, present: Flags | None = None) -> pa.Array:
        """``2026-11-11T20:05:59+08:00``; empty where ``present`` is false."""
        text = self.clock_text(seconds, present, between="T")
        return joined(text, _offset(present, len(seconds), "+08:00"))

    def shop_text(self, seconds: Ints, present: Flags | None = None) -> pa.Array:
        """``2026-11-11 20:05:59 +0800``; empty where ``present`` is false."""
        return joined(self.clock_text(seconds, present), _offset(present, len(seconds), " +0800"))

    def epoch_text(self, seconds: Ints) -> pa.Array:
        """UTC epoch seconds as text."""
        return whole(seconds + self.epoch)

    @cached_property
    def months(self) -> list[tuple[int, int]]:
        """Day numbers [first, last) of each calendar month in the period."""
        firsts = [day for day in range(1, self.days) if self.date(day).day == 1]
        edges = [0, *firsts, self.days]
        return list(pairwise(edges))

    def windows(self, minutes: int) -> list[Window]:
        """The order exports of one platform, oldest first; ``minutes`` sets the clerk's hour.

        Whole months are exported after the close of the period. Before that, the last week of
        each month was exported the night it ended: those older files overlap the new ones and
        carry earlier statuses.
        """
        late = 2 * HOUR + minutes * 60
        weeks = [(max(first, last - 7), last) for first, last in self.months[:-1]]
        if not weeks and self.days > 14:
            weeks = [(self.days - 14, self.days - 7)]
        windows = [
            Window(f"{self.date(last - 1):%Y%m%d}", first * DAY, last * DAY, last * DAY + late)
            for first, last in weeks
        ]
        windows += [
            Window(
                f"{self.date(first):%Y%m}",
                first * DAY,
                last * DAY,
                self.close + late + number * 120,
            )
            for number, (first, last) in enumerate(self.months)
        ]
        return windows


def _offset(present: Flags | None, rows: int, text: str) -> pa.Array:
    flags = np.ones(rows, dtype=np.bool_) if present is None else present
    return take(pa.array(["", text]), flags.astype(np.int64))


@cache
def _clock_names(between: str) -> pa.Array:
    return pa.array(
        [
            f"{between}{hour:02d}:{minute:02d}:{second:02d}"
            for hour in range(24)
            for minute in range(60)
            for second in range(60)
        ]
    )
