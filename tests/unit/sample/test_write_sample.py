"""The generator as a whole: same bytes, safe folders, believable people."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import pytest

from orchestration.sample import SampleSummary, write_sample
from orchestration.sample.campaigns import CAMPAIGNS, PLANNED, WINDOW_DAYS, effect_counts
from orchestration.sample.catalogue import CATEGORIES, catalogue
from orchestration.sample.chunk import Chunk, make_chunk
from orchestration.sample.generate import people_per_chunk
from orchestration.sample.orders import state_at
from orchestration.sample.period import DAY, Period
from tests.unit.sample.reading import END


def _fingerprint(folder: Path) -> dict[str, tuple[str, float]]:
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def city() -> Chunk:
    """8,000 people over 120 days, in memory."""
    return make_chunk(Period(END, 120), catalogue(), 3, 0, 0, 8_000)


def test_same_arguments_same_bytes_and_times(tiny: SampleSummary, tmp_path: Path) -> None:
    again = write_sample(tmp_path, 200, 40, END, 11)
    assert _fingerprint(tmp_path) == _fingerprint(tiny.landing.parent)
    assert (again.events, again.orders, again.bytes) == (tiny.events, tiny.orders, tiny.bytes)
    assert again.bytes == sum(p.stat().st_size for p in again.landing.rglob("*") if p.is_file())


def test_another_seed_is_another_sample(tiny: SampleSummary, tmp_path: Path) -> None:
    write_sample(tmp_path, 200, 40, END, 12)
    ours, theirs = _fingerprint(tmp_path / "landing"), _fingerprint(tiny.landing)
    common = set(ours) & set(theirs)
    assert not [name for name in common if ours[name][0] == theirs[name][0]]


def test_chunks_make_one_sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("orchestration.sample.generate._MOST_PER_CHUNK", 40)
    said: list[str] = []
    summary = write_sample(tmp_path, 100, 20, END, 1, said.append)
    assert len(said) == 3
    assert said[-1].startswith("100 of 100 people")
    people = (summary.truth / "people.csv").read_text("utf-8").splitlines()
    assert [line.split(",")[0] for line in people[1:]] == [f"person-{n:07d}" for n in range(1, 101)]
    orders = (summary.landing / "youzan" / "有赞订单商品_202611.csv").read_text("utf-8-sig")
    assert orders.count("订单号") == 1


def test_chunks_are_even_and_shrink_with_the_period() -> None:
    assert people_per_chunk(120) == 10_000
    assert people_per_chunk(365) < 4_000
    assert all(people_per_chunk(days) % 2 == 0 for days in range(2, 2_000, 7))


def test_an_earlier_sample_is_replaced(tmp_path: Path) -> None:
    write_sample(tmp_path, 60, 10, END, 1)
    write_sample(tmp_path, 30, 5, END, 1)
    assert len((tmp_path / "truth" / "people.csv").read_text("utf-8").splitlines()) == 31
    assert len(list((tmp_path / "landing" / "sensors").iterdir())) <= 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["landing", "truth"]


def test_a_merchants_own_landing_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "orders.csv").write_text("mine")
    with pytest.raises(FileExistsError, match="not written by this generator"):
        write_sample(tmp_path, 10, 5, END, 1)
    assert (tmp_path / "landing" / "orders.csv").read_text() == "mine"


@pytest.mark.parametrize(
    ("people", "days", "seed"), [(0, 10, 1), (5_000_001, 10, 1), (10, 1, 1), (10, 10, -1)]
)
def test_impossible_numbers_are_refused(tmp_path: Path, people: int, days: int, seed: int) -> None:
    with pytest.raises(ValueError, match="at least 1 person"):
        write_sample(tmp_path, people, days, END, seed)


@pytest.mark.parametrize(("people", "days"), [(1, 2), (3, 9), (25, 400)])
def test_small_and_long_samples_work(tmp_path: Path, people: int, days: int) -> None:
    summary = write_sample(tmp_path, people, days, dt.date(2024, 3, 1), 2)
    assert summary.end - summary.start == dt.timedelta(days=days - 1)
    assert (summary.truth / "money.csv").is_file()


def test_sizes_are_those_of_a_shop(city: Chunk) -> None:
    assert 2.0 < city.orders.size / 8_000 < 3.2
    assert 18 < city.events.size / 8_000 < 30


def test_festivals_are_spikes(city: Chunk) -> None:
    period = city.period
    daily = np.bincount(city.orders.created // DAY, minlength=period.days)
    singles_day = (dt.date(2026, 11, 11) - period.start).days
    assert daily[singles_day] > 3 * np.median(daily)
    assert int(daily.argmax()) == singles_day


def test_gaps_differ_between_people(city: Chunk) -> None:
    gaps = city.people.gap_days
    assert 38 < np.median(gaps) < 46
    assert np.percentile(gaps, 90) > 4 * np.percentile(gaps, 10)


def test_people_stop_when_they_churn(city: Chunk) -> None:
    own = city.orders.campaign < 0
    assert (city.orders.created[own] < city.people.stops[city.orders.person[own]]).all()
    assert 0.1 < city.people.churned.mean() < 0.2


def test_gender_shows_in_behaviour(city: Chunk) -> None:
    """Adding up what people looked at, women's categories against men's, tells nearly everybody."""
    known = city.events.category >= 0
    leaning = np.select([city.events.category < 5, city.events.category >= 7], [1.0, -1.0], 0.0)
    score = np.bincount(city.events.person, weights=leaning * known, minlength=8_000)
    seen = np.bincount(city.events.person, weights=known, minlength=8_000) >= 3
    women = city.people.gender == 0
    said = score > 0
    accuracy = (said[seen & women].mean() + (~said)[seen & ~women].mean()) / 2
    assert accuracy > 0.92
    assert CATEGORIES[7:] == ("sportswear", "digital")


def test_measured_lift_agrees_with_the_true_one(city: Chunk) -> None:
    orders, touches = city.orders, city.touches
    state = state_at(orders, city.period.close)
    counted = state.counts & orders.is_identified
    for number, (reached, held, caused) in enumerate(effect_counts(touches, orders, state)):
        mine = touches.campaign == number
        at = np.full(8_000, 2**61)
        at[touches.person[mine]] = touches.at[mine]
        since = orders.paid - at[orders.person]
        bought = np.zeros(8_000, dtype=bool)
        bought[orders.person[counted & (since >= 0) & (since < WINDOW_DAYS * DAY)]] = True
        treated = touches.person[mine & touches.is_reached]
        holdout = touches.person[mine & (touches.status == PLANNED)]
        assert (len(treated), len(holdout)) == (reached, held)
        assert 0.05 <= held / (held + reached) <= 0.13
        true_lift = caused / reached
        assert 0.4 * CAMPAIGNS[number].effect < true_lift <= 1.3 * CAMPAIGNS[number].effect
        shares = bought[treated].mean(), bought[holdout].mean()
        error = np.sqrt(sum(p * (1 - p) / n for p, n in zip(shares, (reached, held), strict=True)))
        assert abs(shares[0] - shares[1] - true_lift) < 4 * error
