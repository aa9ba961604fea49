"""Columns of text agree with plain Python, and unique numbers stay unique."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.sample.orders import scattered
from orchestration.sample.period import DAY, Period
from orchestration.sample.text import (
    HEX,
    csv_lines,
    joined,
    line_bytes,
    mixed,
    money,
    padded,
    spelled,
    take,
    where,
    whole,
)

ints = st.lists(st.integers(0, 10**9), min_size=1, max_size=20)
checked = settings(derandomize=True, deadline=None, max_examples=60)


@checked
@given(ints)
def test_money_is_decimal_text(cents: list[int]) -> None:
    array = np.array(cents)
    assert money(array).to_pylist() == [f"{c // 100}.{c % 100:02d}" for c in cents]
    commas = [f"{c // 100:,}.{c % 100:02d}" for c in cents if c < 10**8]
    small = np.array([c for c in cents if c < 10**8], dtype=np.int64)
    assert [t.strip('"') for t in money(small, commas=True).to_pylist()] == commas


@checked
@given(st.lists(st.integers(0, 2**62), min_size=2, max_size=50, unique=True), st.integers(0, 10**6))
def test_spelled_keys_stay_different(keys: list[int], salt: int) -> None:
    for alphabet in (HEX, b"abcdefghijkmnpqrstuvwxyz23456789"):
        words = spelled(mixed(np.array(keys, dtype=np.uint64), salt), alphabet).to_pylist()
        assert len(set(words)) == len(keys)


@checked
@given(st.lists(st.integers(1, 2**31), min_size=2, max_size=50, unique=True))
def test_scattered_numbers_stay_different(numbers: list[int]) -> None:
    for width in (12, 15, 18):
        found = scattered(np.array(numbers, dtype=np.int64), width)
        assert len(set(found.tolist())) == len(numbers)
        assert (found >= 0).all()
        assert (found < 10**width).all()


@checked
@given(st.lists(st.integers(0, 60 * DAY), min_size=1, max_size=20))
def test_clocks_agree_with_datetime(seconds: list[int]) -> None:
    period = Period(dt.date(2026, 3, 1), 40)
    begin = dt.datetime.combine(period.start, dt.time())
    moments = [begin + dt.timedelta(seconds=s) for s in seconds]
    array = np.array(seconds)
    assert period.clock_text(array).to_pylist() == [f"{m:%Y-%m-%d %H:%M:%S}" for m in moments]
    zone = dt.timezone(dt.timedelta(hours=8))
    epochs = [str(int(m.replace(tzinfo=zone).timestamp())) for m in moments]
    assert period.epoch_text(array).to_pylist() == epochs
    assert period.iso_text(array).to_pylist() == [
        m.replace(tzinfo=zone).isoformat() for m in moments
    ]


def test_absent_cells_are_empty() -> None:
    here = np.array([True, False])
    period = Period(dt.date(2026, 3, 1), 40)
    numbers = np.array([5, 2**60])
    assert period.clock_text(numbers, here).to_pylist()[1] == ""
    assert period.shop_text(numbers, here).to_pylist()[1] == ""
    assert joined("a", whole(numbers, here), "b").to_pylist() == ["a5b", "ab"]
    assert where(here, "x").to_pylist() == ["x", ""]
    assert joined(take(padded(numbers[:1], 3), np.array([0, 0]), here)).to_pylist() == ["005", ""]


def test_lines_become_bytes() -> None:
    lines = csv_lines(("a", "b", "c"), {"c": whole(np.array([1, 2])), "a": "用"}, 2, quote_all=True)
    assert bytes(line_bytes(lines)).decode() == '"用","","1"\r\n"用","","2"\r\n'
    assert bytes(line_bytes(lines, 1, 2)).decode() == '"用","","2"\r\n'
    assert bytes(line_bytes(lines, 1, 1)) == b""
    with pytest.raises(ValueError, match="without a header"):
        csv_lines(("a",), {"z": "1"}, 1)


def test_windows_cover_the_period_once_and_overlap_before() -> None:
    period = Period(dt.date(2026, 11, 22), 60)
    windows = period.windows(5)
    final = [w for w in windows if w.taken >= period.close]
    early = [w for w in windows if w.taken < period.close]
    assert [w.begins for w in final[1:]] == [w.ends for w in final[:-1]]
    assert (final[0].begins, final[-1].ends) == (0, period.close)
    assert early
    assert all(w.ends <= w.taken and w.ends - w.begins <= 7 * DAY for w in early)
    assert len({w.label for w in windows}) == len(windows)


def test_the_season_is_a_clock() -> None:
    period = Period(dt.date(2026, 11, 22), 60)
    share = np.linspace(0, 1, 500)
    seconds = period.warp(share)
    assert (np.diff(seconds) >= 0).all()
    assert seconds[-1] < period.close
    np.testing.assert_allclose(period.unwarp(seconds), share, atol=1e-5)
    assert period.season.sum() == pytest.approx(1)
