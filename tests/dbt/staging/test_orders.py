"""What the staged tables say of the literal order and after-sales files of data_orders."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.dbt.staging.conftest import Query
from tests.dbt.staging.data_orders import FILES
from tests.dbt.staging.staging_warehouse import SALT


def _money(amount: str) -> Decimal:
    return Decimal(amount)


def _at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


@pytest.fixture
def ask_lines(ask: Query) -> Query:
    """Order lines with the readable numbers of their order and line, as ``lines`` of a query."""
    names = f"""
        with numbers as (
            select distinct platform, order_id, line_id,
                left(md5('{SALT}|' || platform || ':line:' || order_id || ':' || coalesce(line_id, '')), 16) as order_line_key
            from vault.main.delivered_orders
        ), lines as (
            select numbers.order_id, numbers.line_id, l.* from staging.order_lines as l
            inner join numbers on l.order_line_key = numbers.order_line_key
        )
    """
    return lambda sql: ask(names + sql)


@pytest.mark.parametrize(
    ("platform", "order", "line", "status", "gross", "refund"),
    [
        # Taobao, the web seller centre: every word of the status map.
        ("taobao", "Q2", None, "closed", "0.00", "0.00"),
        ("taobao", "Q3", None, "closed", "30.00", "30.00"),
        ("taobao", "Q4", None, "pending", "0.00", "0.00"),
        ("taobao", "Q6", None, "paid", "32.00", "0.00"),
        ("taobao", "Q7", None, "paid", "33.00", "0.00"),
        ("taobao", "Q9", None, "shipped", "35.00", "0.00"),
        ("taobao", "Q10", None, "paid", "36.00", "6.00"),
        ("taobao", "Q11", None, "completed", "37.00", "0.00"),  # no column of the payment's time
        ("taobao", "Q12", None, "paid", "38.00", "0.00"),  # no column of the state
        ("taobao", "Q13", None, "pending", "0.00", "0.00"),
        ("taobao", "Q1", "Q1a", "completed", "45.00", "0.00"),
        ("taobao", "Q1", "Q1b", "completed", "45.00", "12.50"),
        ("taobao", "Q20", "Q20a", "completed", "60.00", "0.00"),
        ("taobao", "Q20", "Q20b", "closed", "40.00", "40.00"),  # an empty payment: by list value
        ("kuaishou", "K2", "1", "pending", "0.00", "0.00"),
        ("kuaishou", "K3", "1", "paid", "3.00", "0.00"),
        ("kuaishou", "K4", "1", "shipped", "4.00", "0.00"),
        ("kuaishou", "K5", "1", "completed", "5.00", "0.00"),
        ("kuaishou", "K6", "1", "closed", "6.00", "6.00"),
        ("kuaishou", "K7", "1", "closed", "0.00", "0.00"),
        ("kuaishou", "K8", "1", "refunded", "80.00", "80.00"),
        ("xiaohongshu", "P1", "S1", "completed", "60.00", "0.00"),
        ("xiaohongshu", "P1", "S1#2", "completed", "59.99", "0.00"),
        ("xiaohongshu", "P1", "S2", "completed", "0.00", "0.00"),  # a gift
        ("xiaohongshu", "P2", "S1", "pending", "0.00", "0.00"),
        ("xiaohongshu", "P3", "S1", "paid", "3.00", "0.00"),
        ("xiaohongshu", "P4", "S1", "shipped", "4.00", "0.00"),
        ("xiaohongshu", "P5", "S1", "shipped", "5.00", "0.00"),
        ("xiaohongshu", "P6", "S1", "closed", "0.00", "0.00"),
        ("xiaohongshu", "P7", "S1", "closed", "7.00", "7.00"),
        ("xiaohongshu", "P8", "S1", "refunded", "8.00", "8.00"),
        ("wechat", "W2", "1", "pending", "0.00", "0.00"),
        ("wechat", "W3", "1", "paid", "3.00", "0.00"),
        ("wechat", "W4", "1", "paid", "4.00", "0.00"),
        ("wechat", "W5", "1", "shipped", "5.00", "0.00"),
        ("wechat", "W6", "1", "closed", "6.00", "6.00"),
        ("wechat", "W7", "1", "closed", "0.00", "0.00"),
        ("wechat", "W8", "1", "completed", "8.00", "0.00"),  # no payment of the order
        ("youzan", "Y1", "B1|大", "completed", "55.00", "11.00"),  # 88.00 over 50 and 30
        ("youzan", "Y1", "B2|小", "completed", "33.00", "3.00"),
        ("youzan", "Y2", None, "pending", "0.00", "0.00"),
        ("youzan", "Y3", None, "paid", "3.00", "0.00"),
        ("youzan", "Y4", None, "closed", "4.00", "4.00"),
        ("youzan", "Y5", None, "shipped", "50.00", "25.50"),
        # Amazon: 20.00 + 4.99 + 1.00 - 2.00 - 4.99, without the tax.
        ("amazon", "111-1", "M", "shipped", "19.00", "0.00"),
        ("amazon", "111-1", "M#2", "shipped", "10.00", "0.00"),
        (
            "amazon",
            "111-2",
            "M",
            "paid",
            "21.00",
            "0.00",
        ),  # pending, then paid as a newer report says
        ("amazon", "111-3", "M", "paid", "19.00", "0.00"),  # the newer report has no amounts
        ("amazon", "111-4", "M", "paid", "19.00", "0.00"),
        ("amazon", "111-5", "M", "completed", "19.00", "0.00"),  # the newer report has no discounts
        ("amazon", "111-6", "M", "refunded", "19.00", "19.00"),
        ("amazon", "111-7", "M", "closed", "0.00", "0.00"),
        ("amazon", "111-8", "M", "closed", "0.00", "0.00"),  # only the line was cancelled
        ("amazon", "111-10", "M", "shipped", "19.00", "0.00"),  # two states of one line in one file
        ("amazon", "111-20", "M", "paid", "0.00", "0.00"),  # no report has its amount yet
        ("amazon", "111-30", "M", "shipped", "30.51", "0.00"),  # two parcels
        ("amazon", "111-30", "M#2", "shipped", "9.00", "0.00"),
        ("woocommerce", "2", None, "pending", "0.00", "0.00"),
        ("woocommerce", "3", None, "pending", "0.00", "0.00"),
        ("woocommerce", "4", None, "paid", "4.00", "0.00"),
        ("woocommerce", "5", None, "closed", "0.00", "0.00"),
        ("woocommerce", "6", None, "refunded", "6.00", "6.00"),
        ("woocommerce", "7", None, "closed", "0.00", "0.00"),
        ("woocommerce", "8", None, "completed", "1008.00", "0.00"),
    ],
)
def test_states_and_money(
    ask_lines: Query,
    platform: str,
    order: str,
    line: str | None,
    status: str,
    gross: str,
    refund: str,
) -> None:
    named = "line_id is null" if line is None else f"line_id = '{line}'"
    assert ask_lines(f"""
        select status, gross_amount, refund_amount, net_amount from lines
        where platform = '{platform}' and order_id = '{order}' and {named}
    """) == [(status, _money(gross), _money(refund), _money(gross) - _money(refund))]  # fmt: skip


def test_a_payment_that_repeats_on_the_lines_of_a_wechat_order_is_shared(ask_lines: Query) -> None:
    """100.00 over lines of 30 and 60, of which one gave 10.00 back."""
    rows = ask_lines(
        "select line_id, gross_amount, refund_amount from lines where order_id = 'W1' order by 1"
    )
    assert {(row[0], row[2]) for row in rows} == {("1", _money("0.00")), ("2", _money("10.00"))}
    assert sorted(row[1] for row in rows) in (  # pyright: ignore[reportArgumentType]
        [_money("33.33"), _money("66.67")],
        [_money("33.34"), _money("66.66")],
    )


def test_a_newer_file_with_fewer_columns_does_not_forget_what_an_older_one_knew(
    ask_lines: Query,
) -> None:
    """Q5 got its state from a file without the time of ordering and the place."""
    assert ask_lines(
        "select status, ordered_at, paid_at, province from lines where order_id = 'Q5'"
    ) == [("completed", _at("2026-10-01 02:00:00"), _at("2026-10-01 02:05:00"), "江苏省")]


def test_a_buyer_whom_a_newer_file_masks_stays_known(ask_lines: Query, ask: Query) -> None:
    """Q40: the old seller centre named the buyer, the new one tells the newest state."""
    assert ask_lines("select status, gross_amount, province from lines where order_id = 'Q40' and account_key is not null") == [
        ("completed", _money("70.00"), "江苏省")
    ]  # fmt: skip
    assert ask(
        "select platform, is_usable from vault.main.identifiers where identifier_value = 'old_nick'"
    ) == [("taobao", True)]


def test_lines_without_numbers_give_way_to_numbered_ones(ask_lines: Query) -> None:
    """Q30 in both eras, the old one exported last; Q8 has only lines of the old one."""
    assert ask_lines("select order_id, line_id, gross_amount from lines where order_id in ('Q8', 'Q30') order by 1, 2") == [
        ("Q30", "Q30a", _money("30.00")), ("Q30", "Q30c", _money("30.00")), ("Q8", "M3", _money("34.00")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "type_", "value", "usable"),
    [
        ("taobao", "phone", "13900000031", True),  # before a decrypted address
        ("kuaishou", "phone", "13900000041", True),
        ("youzan", "phone", "13900000021", True),
        ("xiaohongshu", "phone", "136****0000", False),
        ("amazon", "email", "abc123@marketplace.amazon.com", False),  # joins nobody elsewhere
    ],
)
def test_identifiers_of_orders(
    ask: Query, platform: str, type_: str, value: str, usable: bool
) -> None:
    assert ask(f"""
        select distinct is_usable from vault.main.identifiers
        where platform = '{platform}' and identifier_type = '{type_}' and identifier_value = '{value}'
    """) == [(usable,)]  # fmt: skip


def test_the_person_before_a_decrypted_address_is_not_its_province(ask_lines: Query) -> None:
    assert ask_lines(
        "select province, city, account_key is not null from lines where order_id = 'Q14'"
    ) == [("江苏省", "扬州市", True)]


def test_masked_buyers_have_no_account_but_count(ask_lines: Query) -> None:
    assert ask_lines("""
        select platform, count(*), count(account_key), sum(gross_amount) from lines
        where order_id in ('Q6', 'W3', 'K3', 'P8', '111-4', '4') and account_key is null group by all order by 1
    """) == [
        ("amazon", 1, 0, _money("19.00")), ("kuaishou", 1, 0, _money("3.00")), ("taobao", 1, 0, _money("32.00")),
        ("wechat", 1, 0, _money("3.00")), ("woocommerce", 1, 0, _money("4.00")), ("xiaohongshu", 1, 0, _money("8.00")),
    ]  # fmt: skip


def test_the_buyer_of_a_youzan_order_is_the_buyer_not_the_receiver(ask_lines: Query) -> None:
    assert ask_lines(f"""
        select distinct order_id from lines
        where account_key = left(md5('{SALT}|youzan:13900000021'), 16) and order_id in ('Y1', 'Y5')
    """) == [("Y1",)]


@pytest.mark.parametrize(
    ("order", "line", "gross", "refund", "refunded_at"),
    [
        (
            "R1",
            None,
            "50.00",
            "50.00",
            "2026-11-10 16:00:00",
        ),  # 30 + 15 + 15: no line gives back more than it got
        ("R2", "R2a", "40.00", "1.50", "2026-10-06 01:00:00"),  # found by the number of the line
        ("R2", "R2b", "40.00", "15.00", "2026-10-06 01:00:00"),  # the item list says the same: once
        ("R4", "R4a", "40.00", "0.00", None),
        ("R4", "R4b", "40.00", "40.00", "2026-10-06 01:00:00"),  # found by the item
        ("R5", "R5a", "30.00", "3.00", "2026-10-06 01:00:00"),  # 8.00 of the order, shared
        ("R5", "R5b", "50.00", "5.00", "2026-10-06 01:00:00"),
        ("R6", None, "50.00", "20.00", "2026-10-06 01:00:00"),  # the order list says 5.00
        (
            "R7",
            None,
            "50.00",
            "25.00",
            "2026-10-06 01:00:00",
        ),  # the order list says 25.00, the case 20.00
        ("R8", None, "50.00", "0.00", None),  # closed, open, exchanged, resent, repaired
        ("R9", None, "50.00", "50.00", None),
        (
            "A1",
            "A11",
            "50.00",
            "10.00",
            "2026-10-05 04:00:00",
        ),  # goods and shipping; the order said only: refunded
        ("A1", "A12", "25.00", "3.00", "2026-10-07 01:30:00"),
        ("K1", "1", "1050.00", "50.00", "2026-10-04 01:00:00"),
        ("K4", "1", "4.00", "0.00", None),
        ("K8", "1", "80.00", "80.00", "2026-10-04 01:00:00"),
        ("Y4", None, "4.00", "4.00", "2026-10-07 01:00:00"),
        ("Y5", None, "50.00", "25.50", "2026-10-07 02:00:00"),
        ("1", None, "40.00", "15.01", "2026-11-10 15:00:00"),  # WooCommerce: rows below zero
    ],
)
def test_cases_give_money_back_once_and_say_when(
    ask_lines: Query, order: str, line: str | None, gross: str, refund: str, refunded_at: str | None
) -> None:
    named = "line_id is null" if line is None else f"line_id = '{line}'"
    assert ask_lines(f"""
        select gross_amount, refund_amount, refunded_at from lines
        where order_id = '{order}' and {named} and platform <> 'weimob'
    """) == [(_money(gross), _money(refund), _at(refunded_at) if refunded_at else None)]  # fmt: skip


def test_refunds_are_one_row_per_time(ask_lines: Query) -> None:
    rows = ask_lines("""
        select lines.order_id, r.refunded_at, r.refund_amount from lines
        inner join staging.refunds as r on lines.order_line_key = r.order_line_key
        where lines.order_id in ('R1', 'R7', 'R9') order by 1, 2 nulls last
    """)
    assert rows == [
        ("R1", _at("2026-10-06 01:00:00"), _money("30.00")), ("R1", _at("2026-11-08 04:00:00"), _money("15.00")),
        ("R1", _at("2026-11-10 16:00:00"), _money("5.00")), ("R7", _at("2026-10-06 01:00:00"), _money("20.00")),
        ("R7", None, _money("5.00")), ("R9", None, _money("50.00")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "case", "state", "amount", "kind", "has_line", "is_waiting"),
    [
        (
            "taobao",
            "c60",
            "refunded",
            "20.00",
            "refund",
            True,
            False,
        ),  # requested in the older file
        ("taobao", "c80", "processing", "10.00", "refund", True, False),
        ("taobao", "c81", "closed", "50.00", "return", True, False),
        ("taobao", "c82", "processing", "50.00", "return", True, False),
        ("taobao", "c83", "closed", "0.00", "exchange", True, False),
        ("taobao", "c84", "closed", "0.00", "resend", True, False),
        ("taobao", "c85", "closed", "0.00", "repair", True, False),
        ("taobao", "c91", "refunded", "50.00", "refund", True, False),
        (
            "taobao",
            "c51",
            "refunded",
            "8.00",
            "refund",
            False,
            False,
        ),  # of the order, not of a line
        ("taobao", "c131", "refunded", "9.99", "refund", False, True),
        ("douyin", "d2", "closed", "50.00", "return", True, False),
        ("douyin", "d4", "refunded", "4.00", "refund", False, True),
        ("douyin", "d5", "requested", "25.00", None, True, False),
        ("kuaishou", "s99", "refunded", "50.00", "return", False, True),
        ("youzan", "y6", "processing", "1.00", None, True, False),
        ("youzan", "y7", "refunded", "3.00", None, True, False),  # found by the title
        ("woocommerce", "99@2026-10-07T02:00:00Z", "refunded", "1.00", "refund", False, True),
    ],
)
def test_cases(
    ask: Query,
    platform: str,
    case: str,
    state: str,
    amount: str,
    kind: str | None,
    has_line: bool,
    is_waiting: bool,
) -> None:
    assert ask(f"""
        select state, refund_amount, kind, order_line_key is not null, is_waiting from staging.refund_cases
        where platform = '{platform}' and case_id = '{case}'
    """) == [(state, _money(amount), kind, has_line, is_waiting)]  # fmt: skip


def test_the_buyer_of_a_kuaishou_case_is_known_also_of_its_order(
    ask: Query, ask_lines: Query
) -> None:
    assert ask_lines(
        f"select order_id from lines where account_key = left(md5('{SALT}|kuaishou:900001'), 16)"
    ) == [("K1",)]
    assert ask(
        f"select platform from staging.accounts where account_key = left(md5('{SALT}|kuaishou:900099'), 16)"
    ) == [("kuaishou",)]


def test_reasons_have_no_personal_data(ask: Query) -> None:
    assert ask("select distinct reason from staging.refund_cases where platform = 'kuaishou'") == [
        ("坏了，请打<digits>",)
    ]


@pytest.mark.parametrize(
    ("file", "row", "column", "reason"),
    [
        ("千牛订单.xlsx", 15, "paid_amount", "missing"),
        ("千牛订单.xlsx", 16, "paid_amount", "not an amount"),
        ("千牛订单.xlsx", 17, "status_raw", "not a known value"),
        ("千牛订单.xlsx", 18, "order_id", "order not delivered"),
        ("千牛宝贝.xlsx", 6, "quantity", "not a whole number"),
        ("退款2.xlsx", 17, "refund_status_raw", "not a known value"),
        ("退款2.xlsx", 18, "refund_amount", "missing"),
        ("退款2.xlsx", 19, "refund_applied_at", "not a time"),
        ("退款2.xlsx", 20, "refund_amount", "negative amount"),
        ("快手订单.xlsx", 9, "paid_amount", "missing"),
        ("小红书.xlsx", 11, "quantity", "not a whole number"),
        ("视频号.xlsx", 10, "paid_amount", "not an amount"),
        ("有赞订单.csv", 6, "created_at", "not a time"),
        ("1001.txt", 10, "created_at", "not a time"),
        ("有赞售后.csv", 5, "refund_status_raw", "missing"),
        ("orders.csv", 11, "status_raw", "not a known value"),
    ],
)
def test_what_cannot_be_typed_waits_in_quarantine(
    ask: Query, file: str, row: int, column: str, reason: str
) -> None:
    assert ask(f"""
        select column_name, reason, mend is not null from staging.quarantine
        where source_file = '{file}' and row_number = {row}
        and source_export <> 'generic.orders'
    """) == [(column, reason, True)]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "delivered", "staged", "quarantined", "superseded"),
    [
        ("千牛订单.xlsx", 20, 15, 4, 1),
        ("旧订单.csv", 2, 0, 0, 2),
        ("千牛宝贝.xlsx", 7, 6, 1, 0),
        ("旧宝贝.csv", 3, 1, 0, 2),
        ("退款1.xlsx", 2, 1, 0, 1),
        ("退款2.xlsx", 20, 16, 4, 0),  # waiting cases are staged
        ("售后.csv", 5, 5, 0, 0),
        ("1001.txt", 12, 7, 1, 4),
        ("1004.txt", 3, 2, 0, 1),
    ],
)
def test_every_row_is_accounted_for(
    ask: Query, file: str, delivered: int, staged: int, quarantined: int, superseded: int
) -> None:
    assert ask(f"""
        select rows_delivered, rows_staged, rows_quarantined, rows_superseded, difference
        from staging.reconciliation where source_file = '{file}'
    """) == [(delivered, staged, quarantined, superseded, 0)]  # fmt: skip


def test_orders_and_refunds_of_one_report_are_counted_once(ask: Query) -> None:
    woocommerce = next(file for file in FILES if file.export.startswith("woocommerce"))
    assert ask(f"""
        select rows_delivered, rows_staged, rows_quarantined, difference from staging.reconciliation
        where source_hash = '{woocommerce.hash}'
    """) == [(12, 11, 1, 0)]  # fmt: skip
