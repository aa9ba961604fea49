"""Writes the sample: chunk after chunk of people, so that memory does not grow with their number."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from orchestration.sample.catalogue import catalogue
from orchestration.sample.chunk import make_chunk
from orchestration.sample.files import Folder
from orchestration.sample.period import Period
from orchestration.sample.truth import Truth
from orchestration.sample.writers import (
    advertising,
    douyin,
    generic,
    jd,
    old_systems,
    pdd,
    sensors,
    shopify,
    taobao,
    wecom,
    youzan,
)

_PERSON_DAYS_PER_CHUNK = 1_200_000
_MOST_PER_CHUNK = 10_000
MOST_PEOPLE = 5_000_000
"""More would not fit into the one xlsx sheet of contacts."""
_ADVERTISING = 1_000_003
_MARK = "sample.txt"


@dataclass(frozen=True)
class SampleSummary:
    """What was written."""

    landing: Path
    truth: Path
    start: dt.date
    end: dt.date
    people: int
    accounts: int
    orders: int
    order_lines: int
    events: int
    touches: int
    files: int
    bytes: int


def write_sample(
    out: Path,
    people: int,
    days: int,
    end: dt.date,
    seed: int,
    progress: Callable[[str], None] | None = None,
) -> SampleSummary:
    """Write exports of ``people`` people over ``days`` days to ``out/landing``, and ``out/truth``.

    ``end`` is the last day. The same arguments give the same bytes and modification times. An
    earlier sample in ``out`` is replaced once the new one is complete; ``progress`` gets a line
    per chunk. Raises ValueError for numbers that cannot be, and FileExistsError when ``out`` has a
    landing or truth folder that no sample made.
    """
    if not 1 <= people <= MOST_PEOPLE or days < 2 or seed < 0:
        raise ValueError(
            f"people={people}, days={days}, seed={seed}: a sample needs at least 1 person (and at "
            f"most {MOST_PEOPLE:,}), 2 days, and a seed that is not negative."
        )
    for name in ("landing", "truth"):
        if (out / name).exists() and not (out / "truth" / _MARK).is_file():
            raise FileExistsError(
                f"{out / name} exists and was not written by this generator. "
                "Choose another folder, or move it away."
            )
    unfinished = out / ".unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    summary = _write(unfinished, out, people, days, end, seed, progress or _silent)
    for name in ("truth", "landing"):
        shutil.rmtree(out / name, ignore_errors=True)
    # The landing folder comes last: where it exists, the sample is complete.
    for name in ("truth", "landing"):
        (unfinished / name).rename(out / name)
    unfinished.rmdir()
    return summary


def people_per_chunk(days: int) -> int:
    """How many people are drawn at once: fewer for longer periods, so that memory stays the same.

    Even, so that a couple is never divided.
    """
    return max(2, min(_MOST_PER_CHUNK, _PERSON_DAYS_PER_CHUNK // days) // 2 * 2)


def _silent(_: str) -> None:
    """No progress wanted."""


def _write(
    folder: Path,
    out: Path,
    people: int,
    days: int,
    end: dt.date,
    seed: int,
    progress: Callable[[str], None],
) -> SampleSummary:
    period = Period(end, days)
    items = catalogue()
    landing = Folder(folder / "landing")
    exported = period.epoch + period.close
    truth_folder = Folder(folder / "truth")
    truth = Truth(truth_folder, exported)
    sheet = wecom.Sheet(landing, period)
    orders = lines = events = touches = 0
    step = people_per_chunk(days)
    for index, first in enumerate(range(0, people, step)):
        size = min(step, people - first)
        chunk = make_chunk(period, items, seed, index, first, size)
        for writer in (taobao, jd, pdd, douyin, youzan, shopify, sensors, generic, old_systems):
            writer.write(landing, chunk)
        wecom.write_api(landing, chunk)
        sheet.write(chunk)
        truth.add(chunk)
        orders += chunk.orders.size
        lines += len(chunk.orders.line_order)
        events += chunk.events.size
        touches += len(chunk.touches.person)
        progress(f"{first + size:,} of {people:,} people, {orders:,} orders, {events:,} events")
    sheet.close()
    spend_rng = np.random.default_rng([seed, _ADVERTISING])
    advertising.write(
        landing,
        period,
        advertising.make_spend(spend_rng, period, people),
        advertising.make_spend(spend_rng, period, people),
    )
    truth.finish()
    mark = truth_folder.registered(_MARK, 1, exported)
    mark.write_text(
        f"doubleloop sample: people {people}, days {days}, end {end}, seed {seed}\n", "utf-8"
    )
    written = landing.stamp()
    truth_folder.stamp()
    for path in (landing.path, *(p for p in landing.path.iterdir() if p.is_dir())):
        os.utime(path, (exported, exported))
    return SampleSummary(
        landing=out / "landing",
        truth=out / "truth",
        start=period.start,
        end=end,
        people=people,
        accounts=truth.accounts,
        orders=orders,
        order_lines=lines,
        events=events,
        touches=touches,
        files=len(landing.exported),
        bytes=written,
    )
