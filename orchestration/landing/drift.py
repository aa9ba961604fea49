"""What is unlike before in a file of an export: units, volume, a period with fewer rows.

Belongs here: the judgement, from profiles to statements; no file, no database. It is a function
of the set of files alone: each is compared with the files exported before it that were taken in,
so the order in which they arrived does not matter.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from orchestration.landing.limits import DriftLimits
from orchestration.landing.profile import Magnitude, Profile
from orchestration.landing.reasons import Finding

_MAD_TO_SIGMA = 1.4826
# Decimal places by which an amount moves when its unit changes, and between which units.
_UNITS = {
    2: "分 instead of 元",
    -2: "元 instead of 分",
    4: "元 instead of 万元",
    -4: "万元 instead of 元",
}
_RATES = {2: "per cent instead of a fraction", -2: "a fraction instead of per cent"}
_DAYS_SHOWN = 5
_LATE_SHARE = 0.05  # rows of a file that may be of other days than the file is


@dataclass(frozen=True)
class Dated:
    """A file of one export with its export time (UTC), and the delivery it is a part of."""

    source_hash: str
    exported_at: dt.datetime
    profile: Profile
    is_named: bool = True  # the time is from its name
    delivery: str = ""  # empty: it is one by itself

    @property
    def delivered(self) -> str:
        """What is one for all parts of an export."""
        return self.delivery or self.source_hash


@dataclass(frozen=True)
class Drift:
    """One difference of one file. A blocking one would change numbers: the file is held back."""

    source_hash: str
    finding: Finding
    subject: str
    observed: str
    expected: str

    @property
    def is_blocking(self) -> bool:
        """Whether the file must not count until somebody has looked at it."""
        return self.finding is Finding.CHANGED_UNIT

    @property
    def mend(self) -> str:
        """What to do about it, for this file."""
        return self.finding.mend.replace("<hash>", self.source_hash[:12])


@dataclass
class _History:
    """What the earlier files of an export were like."""

    profiles: list[Profile] = field(default_factory=list[Profile])
    periods: list[Mapping[dt.date, int]] = field(default_factory=list[Mapping[dt.date, int]])
    days: dict[dt.date, int] = field(default_factory=dict[dt.date, int])

    def add(self, parts: Iterable[Dated], days: Mapping[dt.date, int]) -> None:
        self.profiles += [part.profile for part in parts]
        self.periods.append(days)
        for day, rows in days.items():
            self.days[day] = max(rows, self.days.get(day, 0))


def judge(files: Iterable[Dated], rates: frozenset[str], limits: DriftLimits) -> list[Drift]:
    """All differences of the files of one export; ``rates`` are its columns that hold rates.

    A file with a blocking difference is no part of what later ones are compared with, unless the
    merchant accepts it: then it is the measure for those that follow.
    """
    history = _History()
    every = list(files)
    drifts = _uncertain_times(every)
    for parts in _deliveries(every):
        kept: list[Dated] = []
        for file in parts:
            changed = _changed_units(file, history.profiles, rates, limits)
            if changed and limits.accepts(file.source_hash):
                history, changed = _History(days=history.days), []
            drifts += changed
            if not changed:
                kept.append(file)
        if not kept:
            continue
        whole = _whole(kept)
        if not any(limits.accepts(file.source_hash) for file in kept):
            drifts += _shrunken(whole, history.periods, limits)
            drifts += _unusual_volume(whole, history.days, limits)
        history.add(kept, whole.profile.days)
    return drifts


def _deliveries(files: Iterable[Dated]) -> list[list[Dated]]:
    """The files of each delivery, in order; the deliveries in order of their newest file."""
    groups: dict[str, list[Dated]] = {}
    for file in sorted(files, key=lambda file: (file.exported_at, file.source_hash)):
        groups.setdefault(file.delivered, []).append(file)
    return sorted(groups.values(), key=lambda parts: (parts[-1].exported_at, parts[-1].source_hash))


def _whole(parts: Sequence[Dated]) -> Dated:
    """The parts of a delivery as one file, under the name of the last."""
    days: Counter[dt.date] = Counter()
    for part in parts:
        days.update(part.profile.days)
    return Dated(parts[-1].source_hash, parts[-1].exported_at, Profile({}, dict(days)))


def _uncertain_times(files: Sequence[Dated]) -> list[Drift]:
    """Files whose time of export cannot be right, one by one, and once for all those it is guessed of."""
    days = {file.source_hash: _bulk(file.profile.days) for file in files}
    owners: dict[dt.date | None, set[str]] = {}
    for file in files:
        for day in days[file.source_hash] or (None,):
            owners.setdefault(day, set()).add(file.delivered)
    found: list[Drift] = []
    guessed: list[Dated] = []
    for file in sorted(files, key=lambda file: (file.exported_at, file.source_hash)):
        own = days[file.source_hash]
        last = max(own, default=None)
        if last is not None and last > file.exported_at.date() + dt.timedelta(days=1):
            told = "name" if file.is_named else "file"
            said = f"{file.exported_at} UTC, the time of the {told}"
            expected = f"a time after its rows, which reach to {last}"
            found.append(
                Drift(file.source_hash, Finding.UNCERTAIN_TIME, "exported at", said, expected)
            )
        elif not file.is_named and any(len(owners[day]) > 1 for day in own or (None,)):
            guessed.append(file)
    if guessed:
        # As a rule all files of an export are named alike: one word for them is enough.
        said = f"{len(guessed)} files of days that others have too, with no time in their names"
        expected = "a name with the time of the export; the time of the file decides which is newer"
        found.append(
            Drift(guessed[-1].source_hash, Finding.UNCERTAIN_TIME, "export", said, expected)
        )
    return found


def _changed_units(
    file: Dated, history: Sequence[Profile], rates: frozenset[str], limits: DriftLimits
) -> list[Drift]:
    found: list[Drift] = []
    for name, now in sorted(file.profile.columns.items()):
        before = [
            profile.columns[name]
            for profile in history[-limits.history_files :]
            if name in profile.columns
            and profile.columns[name].values >= limits.unit_minimum_values
        ]
        if now.values < limits.unit_minimum_values or len(before) < limits.unit_minimum_files:
            continue
        places = _moved_places(now, before, limits)
        meaning = (_RATES if name in rates else _UNITS).get(places)
        if meaning is not None:
            usual = median(column.middle for column in before)
            found.append(
                Drift(
                    file.source_hash,
                    Finding.CHANGED_UNIT,
                    name,
                    f"median {_amount(now.middle)} of {now.values} values: looks like {meaning}",
                    f"median near {_amount(usual)}, as in {len(before)} earlier {'files' if len(before) > 1 else 'file'}",
                )
            )
    return found


def _moved_places(now: Magnitude, before: Sequence[Magnitude], limits: DriftLimits) -> int:
    """By how many decimal places all quartiles moved together; 0 for any other change."""
    middles = [column.middle for column in before]
    usual = median(middles)
    places = 2 * round((now.middle - usual) / 2)
    spread = _MAD_TO_SIGMA * median(abs(middle - usual) for middle in middles)
    if places not in _UNITS or 4 * spread > abs(places):
        return 0  # an export whose files differ that much by themselves says nothing
    if abs(now.middle - usual - places) > limits.unit_tolerance:
        return 0
    ends = (
        now.low - median(column.low for column in before),
        now.high - median(column.high for column in before),
    )
    return places if all(abs(end - places) <= limits.unit_shape_tolerance for end in ends) else 0


def _amount(logarithm: float) -> str:
    return f"{10**logarithm:.4g}" if logarithm < 4 else f"{10**logarithm:,.0f}"


def _shrunken(
    file: Dated, periods: Sequence[Mapping[dt.date, int]], limits: DriftLimits
) -> list[Drift]:
    """The file's period was delivered before, with far more rows in one file."""
    days = _bulk(file.profile.days)
    if not days:
        return []
    first, last = min(days), max(days)
    earlier = max(
        (sum(rows for day, rows in days.items() if first <= day <= last) for days in periods),
        default=0,
    )
    now = sum(days.values())
    if earlier < limits.shrunken_minimum_rows or now >= limits.shrunken_share * earlier:
        return []
    return [
        Drift(
            file.source_hash,
            Finding.SHRUNKEN_FILE,
            f"{first} to {last}",
            f"{now} rows",
            f"about {earlier} rows, as an earlier file has of these days",
        )
    ]


def _bulk(days: Mapping[dt.date, int]) -> dict[dt.date, int]:
    """The days without those at either end that only a few late rows of a file are of."""
    ordered = sorted(days.items())
    spare = _LATE_SHARE * sum(days.values())
    for end in (0, -1):
        while ordered and ordered[end][1] <= spare:
            spare -= ordered.pop(end)[1]
    return dict(ordered)


def _unusual_volume(
    file: Dated, history: Mapping[dt.date, int], limits: DriftLimits
) -> list[Drift]:
    """Days with far more or far fewer rows than the same weekday usually has."""
    days = file.profile.days
    if not days:
        return []
    first, last = min(days), max(days)
    known = {**history, **{day: max(rows, history.get(day, 0)) for day, rows in days.items()}}
    since = last - dt.timedelta(days=limits.history_days)
    by_weekday: dict[int, list[float]] = {}
    for day, rows in known.items():
        if day >= since and limits.factors(day) == (1.0, 1.0):
            by_weekday.setdefault(day.weekday(), []).append(math.log(rows))
    unusual: list[tuple[dt.date, int, float]] = []
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        usual = by_weekday.get(day.weekday(), [])
        if len(usual) < limits.volume_minimum_days:
            continue
        centre = median(usual)
        if centre < math.log(limits.volume_minimum_rows):
            continue
        rows = known.get(day, 0)
        spread = _MAD_TO_SIGMA * median(abs(value - centre) for value in usual)
        room = max(limits.volume_deviations * spread, math.log(limits.volume_ratio))
        upper, lower = limits.factors(day)
        # The first and the last day of a file may be cut by the hour of the export.
        may_be_short = len(days) > 1 and day in (first, last)
        is_high = rows > math.exp(centre + room) * upper
        is_low = not may_be_short and rows < math.exp(centre - room) * lower
        if day in days or is_low:
            unusual += [(day, rows, math.exp(centre))] if is_high or is_low else []
    if not unusual:
        return []
    shown = unusual[:_DAYS_SHOWN]
    more = f" and {len(unusual) - len(shown)} more days" if len(unusual) > len(shown) else ""
    return [
        Drift(
            file.source_hash,
            Finding.UNUSUAL_VOLUME,
            ", ".join(str(day) for day, _, _ in shown) + more,
            ", ".join(f"{rows} rows" for _, rows, _ in shown),
            ", ".join(f"about {centre:.0f} rows on a {day:%A}" for day, _, centre in shown),
        )
    ]
