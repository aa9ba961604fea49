"""Drift: units, shrunken files, unusual volume; judged from the set of files, whatever their order."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from orchestration.configuration import load_configuration
from orchestration.landing.drift import Dated, Drift, judge
from orchestration.landing.ledger import Ledger
from orchestration.landing.profile import Magnitude, Profile
from orchestration.landing.reasons import Finding
from tests.unit.landing.landing_files import House, csv_bytes

LIMITS = load_configuration().landing
MONDAY = dt.date(2026, 3, 2)


def amounts(typical: float, values: int = 100, spread: float = 0.3) -> Magnitude:
    middle = math.log10(typical)
    return Magnitude(values, middle - spread, middle, middle + spread)


def dated(name: str, day: int, profile: Profile) -> Dated:
    return Dated(name, dt.datetime(2027, 1, 1) + dt.timedelta(days=day), profile)


def money(name: str, day: int, typical: float, **shape: float) -> Dated:
    values = int(shape.get("values", 100))
    return dated(
        name, day, Profile({"paid": amounts(typical, values, shape.get("spread", 0.3))}, {})
    )


def kinds(drifts: Sequence[Drift]) -> list[tuple[str, Finding]]:
    return [(drift.source_hash, drift.finding) for drift in drifts]


@pytest.mark.parametrize(
    ("typical", "blocked"),
    [
        (12_900, True),  # 分
        (1.29, True),
        (1_290_000, True),  # 万
        (0.0129, True),
        (51 * 129, True),  # within 10 ** 0.3 of a hundred
        (49 * 129, False),
        (190 * 129, True),
        (205 * 129, False),
        (1_290, False),  # ten times: a festival, not a unit
        (129_000, False),
        (150, False),
    ],
)
def test_amounts_that_move_two_or_four_places_are_held_back(typical: float, blocked: bool) -> None:
    drifts = judge([money("a", 0, 129), money("b", 1, typical)], frozenset(), LIMITS)
    assert kinds(drifts) == ([("b", Finding.CHANGED_UNIT)] if blocked else [])
    assert all(drift.is_blocking for drift in drifts)


def test_a_changed_unit_says_what_was_seen_what_was_expected_and_the_mend() -> None:
    files = [money("a", 0, 120), money("b", 1, 140), money("f" * 64, 2, 12_900)]
    (drift,) = judge(files, frozenset(), LIMITS)
    assert drift.subject == "paid"
    assert drift.observed == "median 12,900 of 100 values: looks like 分 instead of 元"
    assert drift.expected == "median near 129.6, as in 2 earlier files"
    assert f"write its hash {'f' * 12} under landing.accept" in drift.mend
    (rate,) = judge([money("a", 0, 0.03), money("b", 1, 3)], frozenset({"paid"}), LIMITS)
    assert rate.observed.endswith("looks like per cent instead of a fraction")


def test_few_values_another_shape_or_a_wild_history_say_nothing() -> None:
    few = judge([money("a", 0, 129), money("b", 1, 12_900, values=19)], frozenset(), LIMITS)
    shape = judge([money("a", 0, 129), money("b", 1, 12_900, spread=1.0)], frozenset(), LIMITS)
    wild = [money(str(day), day, 10.0 ** (day % 2)) for day in range(6)]
    spread = judge([*wild, money("x", 9, 10**2.5)], frozenset(), LIMITS)
    assert (few, shape, spread) == ([], [], [])


def test_a_held_file_is_no_measure_for_later_ones_and_an_accepted_one_is() -> None:
    files = [
        money("a", 0, 129),
        money("bbbbbbbb", 1, 12_900),
        money("c", 2, 130),
        money("d", 3, 12_000),
    ]
    assert kinds(judge(files, frozenset(), LIMITS)) == [
        ("bbbbbbbb", Finding.CHANGED_UNIT),
        ("d", Finding.CHANGED_UNIT),
    ]
    accepting = LIMITS.model_copy(update={"accept": ["BBBBBBBB"]})
    assert kinds(judge(files, frozenset(), accepting)) == [("c", Finding.CHANGED_UNIT)]


def test_the_judgement_does_not_depend_on_the_order_of_arrival() -> None:
    files = [money("a", 0, 129), money("b", 1, 12_900), money("c", 2, 130), money("d", 2, 12_000)]
    expected = judge(files, frozenset(), LIMITS)
    for order in itertools.permutations(files):
        assert judge(order, frozenset(), LIMITS) == expected


def days(first: dt.date, rows: Sequence[int]) -> Profile:
    return Profile({}, {first + dt.timedelta(days=i): n for i, n in enumerate(rows) if n})


@pytest.mark.parametrize(("rows", "shrunken"), [(40, True), (49, True), (50, False), (100, False)])
def test_a_second_export_of_the_same_days_with_far_fewer_rows_is_reported(
    rows: int, shrunken: bool
) -> None:
    limits = LIMITS.model_copy(update={"volume_minimum_rows": 1e9})
    files = [
        dated("a", 0, days(MONDAY, [100] * 10)),
        dated("b", 1, days(MONDAY + dt.timedelta(days=2), [rows] * 5)),
    ]
    found = judge(files, frozenset(), limits)
    assert kinds(found) == ([("b", Finding.SHRUNKEN_FILE)] if shrunken else [])
    if shrunken:
        assert (found[0].subject, found[0].observed) == (
            "2026-03-04 to 2026-03-08",
            f"{5 * rows} rows",
        )
        assert found[0].expected.startswith("about 500 rows")
        assert not found[0].is_blocking


def test_a_first_export_and_other_days_are_not_shrunken() -> None:
    later = days(MONDAY + dt.timedelta(days=10), [10] * 10)
    assert (
        judge([dated("a", 0, days(MONDAY, [100] * 10)), dated("b", 1, later)], frozenset(), LIMITS)
        == []
    )


def test_late_rows_do_not_make_a_daily_file_a_second_export() -> None:
    files = [
        dated("a", 0, days(MONDAY, [2, 200])),
        dated("b", 1, days(MONDAY + dt.timedelta(days=1), [4, 96])),
    ]
    assert judge(files, frozenset(), LIMITS) == []


@pytest.mark.parametrize(
    ("day", "rows", "unusual"),
    [
        (dt.date(2026, 4, 15), 100, False),
        (dt.date(2026, 4, 15), 299, False),
        (dt.date(2026, 4, 15), 301, True),
        (dt.date(2026, 4, 15), 33, True),
        (dt.date(2026, 4, 15), 34, False),
        (dt.date(2026, 6, 17), 2_900, False),  # before 6.18: ten times as much is usual
        (dt.date(2026, 6, 17), 3_100, True),
        (dt.date(2026, 11, 11), 5_900, False),
        (dt.date(2026, 11, 11), 6_100, True),
        (dt.date(2026, 2, 18), 4, False),  # spring festival: shops rest
        (dt.date(2026, 2, 18), 3, True),
    ],
)
def test_volume_is_judged_by_weekday_and_festival(day: dt.date, rows: int, unusual: bool) -> None:
    # Wednesdays of the weeks before have about 100 rows, all other days 1,000.
    start = day - dt.timedelta(days=140)
    usual = {
        start + dt.timedelta(days=i): 100
        if (start + dt.timedelta(days=i)).weekday() == 2
        else 1_000
        for i in range(140)
    }
    files = [
        dated("usual", 0, Profile({}, usual)),
        dated("new", 1, Profile({}, {day: rows})),
    ]
    found = judge(files, frozenset(), LIMITS)
    assert kinds(found) == ([("new", Finding.UNUSUAL_VOLUME)] if unusual else [])
    if unusual:
        assert found[0].subject == str(day)
        assert found[0].expected == "about 100 rows on a Wednesday"


def test_a_missing_day_is_unusual_and_the_ends_of_a_file_may_be_cut() -> None:
    rows = [100] * 70
    rows[0] = rows[-1] = 1
    assert judge([dated("a", 0, days(MONDAY, rows))], frozenset(), LIMITS) == []
    rows[30] = 0
    (found,) = judge([dated("a", 0, days(MONDAY, rows))], frozenset(), LIMITS)
    assert (found.subject, found.observed) == ("2026-04-01", "0 rows")


def orders(first: int, count: int, factor: int = 1, day: str = "2026-03-02", **more: str) -> bytes:
    header = [
        "platform", "account_id", "order_id", "line_id", "ordered_at", "item_id", "quantity", "line_amount", "status", *more,
    ]  # fmt: skip
    rows = [
        ["web", "u", str(number), "1", f"{day} 10:00:00", "i", "1", f"{(50 + number % 40) * factor}.00", "paid", *more.values()]
        for number in range(first, first + count)
    ]  # fmt: skip
    return csv_bytes([header, *rows])


def test_the_parts_of_an_export_are_judged_as_one() -> None:
    days = {MONDAY: 100, MONDAY + dt.timedelta(days=1): 100}
    halves = [{day: rows // 2 for day, rows in days.items()}] * 2
    parts = [
        replace(dated(f"b{n}", 1, Profile({}, half)), delivery="b1")
        for n, half in enumerate(halves)
    ]
    first = dated("a", 0, Profile({}, days))
    assert judge([first, *parts], frozenset(), LIMITS) == []
    assert judge([*parts, dated("c", 2, Profile({}, days))], frozenset(), LIMITS) == []
    small = replace(parts[0], profile=Profile({}, dict.fromkeys(days, 20)))
    assert kinds(judge([first, small], frozenset(), LIMITS)) == [("b0", Finding.SHRUNKEN_FILE)]


@pytest.mark.parametrize(
    ("is_named", "days_before", "days", "said"),
    [
        (False, 0, {MONDAY: 5}, ["b"]),  # which of the two is newer is a guess; said once
        (False, 0, {}, ["b"]),  # so it is of exports without days
        (True, 0, {MONDAY: 5}, []),
        (True, 302, {MONDAY: 5}, []),  # exported the evening before, by another clock
        (True, 303, {MONDAY: 5}, ["a", "b"]),  # the digits in the name are no time
    ],
)
def test_times_of_export_that_are_not_sure(
    is_named: bool, days_before: int, days: dict[dt.date, int], said: list[str]
) -> None:
    first = dt.datetime(2026, 12, 28, 20) - dt.timedelta(days=days_before)
    files = [Dated(name, first, Profile({}, days), is_named) for name in "ab"]
    assert kinds(judge(files, frozenset(), LIMITS)) == [(n, Finding.UNCERTAIN_TIME) for n in said]
    assert (
        judge(files[:1], frozenset(), LIMITS)
        == judge(files, frozenset(), LIMITS)[: days_before == 303]
    )


def test_a_changed_unit_holds_back_one_file_until_it_is_accepted(house: House) -> None:
    house.put("a_1772500000.csv", orders(0, 30))
    house.put("b_1772600000.csv", orders(100, 30, factor=100))
    house.put("spend.csv", "day,platform,channel,campaign,cost\n2023-01-01,x,search,c,1\n")
    report = house.ingest(limits=LIMITS)
    assert [path for path, _ in report.held] == ["b_1772600000.csv"]
    assert len(report.new_hashes) == 2  # not the one that was held back
    assert house.query("select count(*) from raw.generic__orders") == [(30,)]
    assert house.query("select count(*) from raw.generic__spend") == [(1,)]
    ((state, rows, rejected, is_new),) = house.query(
        "select state, rows_loaded, rows_rejected, is_new from raw.files where source_file like 'b_%'"
    )
    assert (state, rows, rejected, is_new) == ("held", 0, 30, False)
    ((key, column, reason, mend),) = house.query(
        "select source_hash, column_name, reason, mend from raw.rejects"
    )
    assert (column, reason) == ("line_amount", "changed_unit")
    assert key[:12] in mend
    ((version, observed, expected, blocking),) = house.query(
        "select contract_version, observed, expected, is_blocking from raw.findings"
    )
    assert (version, blocking) == (house.contracts["generic.orders"].version, True)
    assert "分 instead of 元" in observed
    assert expected.endswith("as in 1 earlier file")

    second = house.ingest(limits=LIMITS)
    assert (second.held, second.unchanged) == ([], 3)  # known, still held
    accepting = LIMITS.model_copy(update={"accept": [key[:12]]})
    third = house.ingest(limits=accepting)
    assert third.new_hashes == [key]
    assert house.query("select count(*) from raw.generic__orders") == [(60,)]
    assert house.query("select count(*) from raw.rejects") == [(0,)]


def test_files_in_any_order_are_held_alike(house: House) -> None:
    """The wrong file lands first: it counts until the earlier export arrives."""
    house.put("b_1772600000.csv", orders(100, 30, factor=100))
    assert house.ingest(limits=LIMITS).held == []
    house.put("a_1772500000.csv", orders(0, 30))
    report = house.ingest(limits=LIMITS)
    assert [path for path, _ in report.held] == ["b_1772600000.csv"]
    assert len(report.new_hashes) == 2
    assert house.query("select min(order_id::int), count(*) from raw.generic__orders") == [(0, 30)]


def test_new_columns_and_statuses_are_reported_with_contract_version_and_mend(house: House) -> None:
    house.put(
        "jd_1772500000.csv",
        csv_bytes(
            [
                ["订单号", "商品ID", "商品名称", "订购数量", "京东价", "应付金额", "下单时间", "下单帐号", "订单状态", "新来的列"],
                ["J1", "1", "货", "1", "9", "9", "2026-03-02 10:00:00", "pin", "火星签收", "x"],
            ]
        ),
    )  # fmt: skip
    house.ingest(limits=LIMITS)
    found = house.query(
        "select export, contract_version, finding, observed, expected, mend <> '' from raw.findings order by finding"
    )
    version = house.contracts["jd.order"].version
    assert found == [
        ("jd.order", version, "new_column", "新来的列", Finding.NEW_COLUMN.expected, True),
        ("jd.order", version, "unknown_status", "火星签收", Finding.UNKNOWN_STATUS.expected, True),
    ]
    assert house.query("select count(*) from raw.jd__order") == [(1,)]


def test_a_profile_reads_every_form_of_numbers_and_days(house: House) -> None:
    cells = ["1,200.00", "￥120", "1.2万", "-12", "0", "nan", "inf", "许多", ""]
    text = "day,platform,channel,campaign,cost\n" + "".join(
        f'2026/3/{2 + n % 2},x,search,c{n},"{cell}"\n' for n, cell in enumerate(cells)
    )
    house.put("spend.csv", text)
    house.ingest()
    with Ledger(house.ledger) as book:
        (stored,) = book.profiles("generic.spend").values()
    profile = Profile.from_text(stored)
    assert profile.days == {dt.date(2026, 3, 2): 5, dt.date(2026, 3, 3): 4}
    cost = profile.columns["cost"]
    assert cost.values == 4  # 12, 120, 1,200 and 12,000
    assert cost.middle == pytest.approx(math.log10(12) + 1.5, abs=1e-3)
