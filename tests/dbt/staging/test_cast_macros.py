"""The casting and cleaning macros, rendered by plain Jinja and run on literal cells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import duckdb
import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.resources.dbt import PROJECT
from orchestration.warehouse.session import prepare_session

Evaluate = Callable[..., object]
UTC8 = dt.timedelta(hours=8)


def _macros() -> Any:
    names = ("session", "cast", "identifiers", "digests", "personal_data", "reports")
    text = "\n".join(
        (PROJECT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in names
    )
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    return environment.from_string(text).make_module()


MACROS = _macros()


def _connect(timezone: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    prepare_session(
        connection, {"as_of": "2026-11-22", "timezone": timezone, "id_salt": "salt-for-the-tests"}
    )
    return connection


@pytest.fixture(scope="module")
def shanghai() -> Iterator[duckdb.DuckDBPyConnection]:
    with _connect("Asia/Shanghai") as connection:
        yield connection


@pytest.fixture(scope="module")
def evaluate(shanghai: duckdb.DuckDBPyConnection) -> Evaluate:
    """Value of a macro on one cell."""

    def run(macro: str, *cells: str | None) -> object:
        columns = ", ".join(f"$c{i}::varchar as c{i}" for i in range(len(cells)))
        call = getattr(MACROS, macro)(*(f"c{i}" for i in range(len(cells))))
        row = shanghai.execute(
            f"select {call} from (select {columns})",
            {f"c{i}": cell for i, cell in enumerate(cells)},
        ).fetchone()
        assert row is not None
        return row[0]

    return run


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1299.00", "1299.00"), ("1,299.00", "1299.00"), ("12,345,678.9", "12345678.90"), ("￥1,299.5", "1299.50"),
        ("¥ 88", "88.00"), ("-5.20", "-5.20"), ("-￥5.20", "-5.20"), ("１２３．４５", "123.45"), ("1.5万", "15000.00"),
        ("2亿", "200000000.00"), ("0元", "0.00"), ("499.00（系统计算中，该值仅供参考）", "499.00"), ("CNY 12.30", "12.30"),
        ("$7", "7.00"), (".5", "0.50"),
        ("无退款申请", None), ("", None), ("1.234.567", None), ("1,23", None), ("12-34", None), ("abc", None), (None, None),
    ],
)  # fmt: skip
def test_money(evaluate: Evaluate, cell: str | None, amount: str | None) -> None:
    assert evaluate("to_money", cell) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("3", 3),
        ("2.00", 2),
        ("1,024", 1024),
        ("１２", 12),
        ("1.2万", 12000),
        ("2.5", None),
        ("two", None),
        (None, None),
    ],
)
def test_whole_numbers(evaluate: Evaluate, cell: str | None, number: int | None) -> None:
    assert evaluate("to_integer", cell) == number


@pytest.mark.parametrize(
    ("cell", "number"),
    [("12.5", 12.5), ("1,200.5", 1200.5), ("nan", None), ("inf", None), ("x", None)],
)
def test_numbers(evaluate: Evaluate, cell: str, number: float | None) -> None:
    assert evaluate("to_number", cell) == number


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1.2w", 12000), ("12W", 120000), ("3千", 3000), ("1.5k", 1500), ("2亿", 200_000_000), ("5千克", None), ("10万+", None)],
)  # fmt: skip
def test_large_numbers_written_short(evaluate: Evaluate, cell: str, number: int | None) -> None:
    assert evaluate("to_integer", cell) == number


@pytest.mark.parametrize(
    ("cell", "rate"),
    [
        ("77.48%", 0.7748), ("0.7748", 0.7748), ("120.00%", 1.2), ("１２％", 0.12), ("-5.5%", -0.055), ("0", 0.0), ("1", 1.0), ("1,234.5%", 12.345),
        ("1.2", None), ("12.5", None), ("x%", None), ("x", None), (None, None),
    ],
)  # fmt: skip
def test_rates_are_fractions(evaluate: Evaluate, cell: str | None, rate: float | None) -> None:
    assert evaluate("to_rate", cell) == rate


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("85.5", 85.5), ("85秒", 85.0), ("12.5s", 12.5), ("1分25秒", 85.0), ("3分钟", 180.0), ("1小时2分3秒", 3723.0), ("00:01:25", 85.0), ("1,200", 1200.0),
        ("1分半", None), ("00:61:00", None), ("long", None), (None, None),
    ],
)  # fmt: skip
def test_durations(evaluate: Evaluate, cell: str | None, seconds: float | None) -> None:
    assert evaluate("to_seconds", cell) == seconds


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11-05", "2026-11-05", "2026-11-05"), ("生意参谋-2026-11-05_2026-11-11.xls", "2026-11-05", "2026-11-11"),
        ("20261105-20261111 20261112_083000", "2026-11-05", "2026-11-11"), ("2026年11月5日至2026年11月11日", "2026-11-05", "2026-11-11"),
        ("统计时间：2026-11-05 ～ 2026-11-05 导出时间 2026-11-06 09:00:00", "2026-11-05", "2026-11-05"),
        ("导出时间 2026-11-06 09:00:00 统计日期 2026-11-05", "2026-11-05", "2026-11-05"), ("商品712345678901_2026.11.5", "2026-11-05", "2026-11-05"),
        ("2026_11_05_2026_11_06", "2026-11-05", "2026-11-06"), ("报告(20261105).xlsx", "2026-11-05", "2026-11-05"), ("2026-11-05(1).xls", "2026-11-05", "2026-11-05"),
        ("x 20261106083000", None, None), ("1793836800_a", None, None), ("2026-13-45", None, None), ("2026-11-11~2026-11-05", "2026-11-11", None), ("无", None, None),
    ],
)  # fmt: skip
def test_days_that_a_name_tells(
    shanghai: duckdb.DuckDBPyConnection, text: str, first: str | None, last: str | None
) -> None:
    """A folder, an item id, an epoch and a time of export are no days of a report."""
    assert shanghai.execute(
        f"select ({MACROS.day_named('days.first_day')})::varchar, ({MACROS.last_day_named('days')})::varchar "
        f"from (select {MACROS.days_named('c')} as days from (select $c::varchar as c))",
        {"c": text},
    ).fetchone() == (first, last)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("商品流量来源_712345678901_2026-11-05.xls", "712345678901"), ("流量_20261106083000_712345678901.xls", "712345678901"), ("商品ID：712345678", "712345678"),
        ("单品 81234567890", "81234567890"), ("1793836800000.xls", None), ("202611060830.xls", None), ("1793836800", None), ("无", None),
    ],
)  # fmt: skip
def test_items_that_a_name_tells(evaluate: Evaluate, text: str, item: str | None) -> None:
    assert evaluate("item_named", text) == item


LOCAL = dt.datetime(2026, 9, 7, 8, 55, 37)
TO_THE_MINUTE = dt.datetime(2026, 9, 7, 8, 55)
MIDNIGHT = dt.datetime(2026, 9, 7)


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        # On the merchant's clock.
        ("2026-09-07 08:55:37", LOCAL - UTC8), ("2026-09-07T08:55:37", LOCAL - UTC8),
        ("2026/9/7 8:55", TO_THE_MINUTE - UTC8), ("2026/09/07 08:55:37", LOCAL - UTC8),
        ("2026.09.07", MIDNIGHT - UTC8), ("20260907", MIDNIGHT - UTC8), ("20260907085537", LOCAL - UTC8),
        ("2026年09月07日08时55分37秒", LOCAL - UTC8), ("2026年09月07日 08:55", TO_THE_MINUTE - UTC8),
        ("2026年9月7日", MIDNIGHT - UTC8), ("2026-09-07", MIDNIGHT - UTC8), ("2026-9-7", MIDNIGHT - UTC8),
        ("46272", MIDNIGHT - UTC8), ("46272.3719560185", LOCAL - UTC8), ("２０２６-09-07 08:55:37", LOCAL - UTC8),
        ("2026-09-07 08:55:37.250", LOCAL - UTC8 + dt.timedelta(milliseconds=250)),
        # Instants.
        ("2026-09-07T08:55:37+08:00", LOCAL - UTC8), ("2026-09-07T08:55:37Z", LOCAL), ("2026-09-07 08:55:37 -0500", LOCAL + dt.timedelta(hours=5)),
        ("2026-09-07 08:55:37 +0800", LOCAL - UTC8), ("2026-09-07T08:55+08", TO_THE_MINUTE - UTC8), ("2026-09-07 08:55+08", TO_THE_MINUTE - UTC8),
        ("2026-09-07T08:55:37.250Z", LOCAL + dt.timedelta(milliseconds=250)),
        ("1788771337", dt.datetime(2026, 9, 7, 8, 55, 37)), ("1788771337250", dt.datetime(2026, 9, 7, 8, 55, 37, 250000)),
        # Neither.
        ("2026-13-07 08:55:37", None), ("2026-02-30", None), ("yesterday", None), ("07/09/2026", None), ("", None), ("0", None), (None, None),
    ],
)  # fmt: skip
def test_times(evaluate: Evaluate, cell: str | None, utc: dt.datetime | None) -> None:
    assert evaluate("to_utc", cell) == utc


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-09-07", dt.date(2026, 9, 7)), ("20260907", dt.date(2026, 9, 7)), ("2026-09-07 23:30:00", dt.date(2026, 9, 7)),
        ("2026-09-06T16:00:00Z", dt.date(2026, 9, 7)), ("2026-09-06T15:59:59Z", dt.date(2026, 9, 6)), ("46272", dt.date(2026, 9, 7)), ("x", None),
    ],
)  # fmt: skip
def test_dates(evaluate: Evaluate, cell: str, day: dt.date | None) -> None:
    assert evaluate("to_date", cell) == day


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("o" + "x" * 27, "unionid"),
        ("o" + "x" * 26, "user_id"),
        ("13912345678", "phone"),
        ("12345", "user_id"),
    ],
)
def test_login_ids(evaluate: Evaluate, cell: str, kind: str) -> None:
    assert evaluate("login_type", cell) == kind


@pytest.mark.parametrize(
    ("address", "province", "city"),
    [
        ("浙江省 杭州市 西湖区 ****", "浙江省", "杭州市"), ("广东省广州市天河区******", "广东省", "广州市"),
        ("上海市上海市徐汇区", "上海市", "上海市"), ("广西壮族自治区南宁市青秀区", "广西壮族自治区", "南宁市"),
        ("湖北省恩施土家族苗族自治州恩施市", "湖北省", "恩施土家族苗族自治州"), ("****", None, None),
    ],
)  # fmt: skip
def test_addresses_of_receivers(
    evaluate: Evaluate, address: str, province: str | None, city: str | None
) -> None:
    assert evaluate("province_of", address) == province
    assert evaluate("city_of", address) == city


def test_personal_data_leaves_quarantined_cells(evaluate: Evaluate) -> None:
    assert (
        evaluate("without_personal_data", "call 13912345678 or anna@qq.com, 12.5")
        == "call <digits> or <name>@qq.com, 12.5"
    )


@given(st.decimals(min_value=-9999999999, max_value=9999999999, places=2))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_money_written_with_commas_and_signs_comes_back(amount: Decimal) -> None:
    with duckdb.connect() as connection:
        for text in (f"{amount}", f"{amount:,}", f"￥{amount:,}", f"{amount:,}元"):
            row = connection.execute(
                f"select {MACROS.to_money('c')} from (select $c::varchar as c)", {"c": text}
            ).fetchone()
            assert row == (amount,)


@pytest.mark.parametrize(
    "timezone",
    ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"],
)
def test_the_steady_offset_never_differs_from_the_time_zone(timezone: str) -> None:
    """Every hour of six years, both ways, against the look-up in the time zone data."""
    sql = f"""
        with hours as (select unnest(generate_series(timestamp '2022-01-01', timestamp '2028-01-01', interval 30 minute)) as t)
        select
            count(*),
            count(*) filter (where ({MACROS.local_date("t")}) <> timezone($zone, timezone('UTC', t))::date),
            count(*) filter (where ({MACROS.local_to_utc("t")}) <> timezone('UTC', timezone($zone, t)))
        from hours
    """
    with _connect(timezone) as connection:
        hours, wrong_dates, wrong_instants = connection.execute(sql, {"zone": timezone}).fetchall()[
            0
        ]
    assert hours > 100_000
    assert (wrong_dates, wrong_instants) == (0, 0)
