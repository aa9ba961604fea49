"""Ledgers and statements to the cent, and who bears what of promotions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.dbt.staging.conftest import Query, waiting
from tests.dbt.staging.data_settlements import FILES
from tests.dbt.staging.staging_warehouse import SALT


@pytest.mark.parametrize(
    ("export", "row", "ledger", "entry", "goods", "freight", "fee", "other", "commission", "day"),
    [
        ("douyin.settlement", 1, "statement", "goods", "50.00", "2.00", "-7.50", "0.00", "-5.00", 7),
        ("douyin.settlement", 2, "statement", "goods", "50.00", "0.00", "-7.50", "0.00", "-5.00", 7),
        ("douyin.settlement", 3, "statement", "refund", "-50.00", "0.00", "7.50", "0.00", "5.00", 8),
        ("douyin.settlement", 4, "statement", "goods", "10.00", "0.00", "-1.00", "-0.01", "0.00", 7),
        ("douyin.funds_flow", 1, "account", "goods", "44.50", "0.00", "0.00", "0.00", "0.00", 7),
        ("douyin.funds_flow", 2, "account", "withdrawal", "0.00", "0.00", "0.00", "-40.00", "0.00", 7),
        ("douyin.qic_fees", 1, "statement", "service_fee", "0.00", "0.00", "-3.50", "0.00", "0.00", 7),
        ("douyin.shipping_insurance", 1, "statement", "insurance", "0.00", "0.00", "-0.80", "0.00", "0.00", 5),
        ("jd.settlement", 1, "statement", "goods", "100.00", "0.00", "0.00", "0.00", "0.00", 6),
        ("jd.settlement", 2, "statement", "commission", "0.00", "0.00", "-8.00", "0.00", "-8.00", 6),
        ("jd.settlement", 3, "statement", "freight", "0.00", "6.00", "0.00", "0.00", "0.00", 6),
        ("jd.settlement", 4, "statement", "refund", "-30.00", "0.00", "0.00", "0.00", "0.00", 7),
        ("jd.settlement", 5, "statement", "compensation", "0.00", "0.00", "-1.50", "0.00", "0.00", 7),
        ("jd.settlement", 6, "statement", "compensation", "0.00", "0.00", "-1.50", "0.00", "0.00", 7),
        ("jd.settlement", 7, "statement", "other", "0.00", "0.00", "0.00", "-1.00", "0.00", None),
        ("kuaishou.settlement", 1, "statement", "goods", "100.00", "0.00", "-15.00", "0.00", "-10.00", 7),
        ("kuaishou.settlement", 2, "statement", "goods", "60.00", "0.00", "-9.00", "0.00", "-6.00", 7),
        ("kuaishou.settlement", 3, "statement", "goods", "60.00", "0.00", "-9.00", "0.00", "-6.00", 7),
        ("kuaishou.settlement", 4, "statement", "goods", "60.00", "0.00", "-9.00", "0.00", "0.00", None),
        ("kuaishou.account_flow", 1, "account", "goods", "85.00", "0.00", "0.00", "0.00", "0.00", 7),
        ("kuaishou.shipping_insurance", 1, "statement", "insurance", "0.00", "0.00", "-0.60", "0.00", "0.00", 4),
        ("xiaohongshu.settlement", 1, "statement", "goods", "100.00", "8.00", "-10.00", "0.00", "-4.00", 7),
        ("xiaohongshu.settlement", 2, "statement", "goods", "50.00", "0.00", "-5.00", "-1.00", "0.00", 7),
        ("xiaohongshu.settlement", 3, "statement", "refund", "-95.00", "0.00", "4.75", "0.00", "0.00", 8),
        ("xiaohongshu.account_flow", 1, "account", "goods", "98.00", "0.00", "0.00", "0.00", "0.00", 7),
        ("xiaohongshu.account_flow", 2, "account", "withdrawal", "0.00", "0.00", "0.00", "-98.00", "0.00", 7),
        ("xiaohongshu.service_fees", 1, "statement", "insurance", "0.00", "0.00", "-0.90", "0.00", "0.00", 7),
        ("wechat.shop_funds_flow", 1, "account", "goods", "66.00", "0.00", "0.00", "0.00", "0.00", 7),
        ("wechat.shop_funds_flow", 2, "account", "refund", "-66.00", "0.00", "0.00", "0.00", "0.00", 7),
        ("wechat.shop_qic_fees", 1, "statement", "service_fee", "0.00", "0.00", "-12.00", "0.00", "0.00", None),
        ("taobao.alimama.account_flow", 1, "ads", "ad", "0.00", "0.00", "-120.00", "0.00", "0.00", 5),
        ("taobao.alimama.account_flow", 2, "ads", "top_up", "0.00", "0.00", "0.00", "1000.00", "0.00", 4),
        ("taobao.alimama.account_flow", 3, "ads", "prepayment", "0.00", "0.00", "0.00", "-300.00", "0.00", 6),
        ("taobao.alimama.account_flow", 4, "ads", "ad_refund", "0.00", "0.00", "20.00", "0.00", "0.00", 7),
        ("taobao.alimama.account_flow", 5, "ads", "other", "0.00", "0.00", "0.00", "-1.00", "0.00", 7),
    ],
)  # fmt: skip
def test_entries(
    ask: Query,
    export: str,
    row: int,
    ledger: str,
    entry: str,
    goods: str,
    freight: str,
    fee: str,
    other: str,
    commission: str,
    day: int | None,
) -> None:
    amounts = [Decimal(text) for text in (goods, freight, fee, other)]
    assert ask(f"""
        select ledger, entry_type, goods_amount, freight_amount, fee_amount, other_amount, net_amount, commission_amount,
            settlement_date
        from staging.settlements where source_export = '{export}' and _row_number = {row}
    """) == [
        (ledger, entry, *amounts, sum(amounts), Decimal(commission), day and dt.date(2026, 11, day))
    ]  # fmt: skip


def test_a_ledger_exported_again_counts_once(ask: Query) -> None:
    """Three of its entries come twice; entries that name no order are entries too."""
    assert ask("""
        select entry_type, goods_amount, fee_amount, other_amount, net_amount, order_key is null
        from staging.settlements where source_export = 'pdd.bill' order by settled_at, net_amount
    """) == [
        ("service_fee", Decimal("0.00"), Decimal("-6.12"), Decimal("0.00"), Decimal("-6.12"), False),
        ("goods", Decimal("1020.00"), Decimal("0.00"), Decimal("0.00"), Decimal("1020.00"), False),
        ("refund", Decimal("-20.00"), Decimal("0.00"), Decimal("0.00"), Decimal("-20.00"), False),
        ("subsidy", Decimal("5.00"), Decimal("0.00"), Decimal("0.00"), Decimal("5.00"), False),
        ("withdrawal", Decimal("0.00"), Decimal("0.00"), Decimal("-500.00"), Decimal("-500.00"), True),
        ("commission", Decimal("0.00"), Decimal("-10.00"), Decimal("0.00"), Decimal("-10.00"), True),
        ("other", Decimal("0.00"), Decimal("0.00"), Decimal("3.00"), Decimal("3.00"), True),
        ("top_up", Decimal("0.00"), Decimal("0.00"), Decimal("100.00"), Decimal("100.00"), True),
    ]  # fmt: skip


def test_an_entry_names_its_order_as_the_orders_do(ask: Query) -> None:
    assert ask(f"""
        select order_key = left(md5('{SALT}|jd:order:SJ1'), 16), entry_text, settled_at
        from staging.settlements where source_export = 'jd.settlement' and _row_number = 1
    """) == [(True, "货款", dt.datetime(2026, 11, 7, 4))]  # fmt: skip


def test_ad_accounts_are_not_spend(ask: Query) -> None:
    assert ask(
        "select count(*) from staging.spend where source_export = 'taobao.alimama.account_flow'"
    ) == [(0,)]


@pytest.mark.parametrize(
    ("export", "row", "column", "reason"),
    [
        ("douyin.settlement", 5, "settled_at", "not a time"),
        ("jd.settlement", 8, "direction", "not a known value"),
        ("jd.settlement", 9, "currency", "unknown currency"),
        ("kuaishou.settlement", 5, "settled_amount", "missing"),
        ("pdd.bill", 8, "amount_in", "missing"),
        ("taobao.alimama.account_flow", 6, "ledger_direction", "missing"),
        ("jd.promotion_split", 3, "promotion_id", "missing"),
        ("jd.promotion_split", 4, "discount_shop", "not an amount"),
    ],
)
def test_what_cannot_be_typed_waits_in_quarantine(
    ask: Query, export: str, row: int, column: str, reason: str
) -> None:
    assert waiting(ask, export, row) == [(column, reason, True)]


def test_who_bears_a_promotion(ask: Query) -> None:
    assert ask("""
        select item_id, promotion_id, promotion_name, promotion_type, quantity, platform_amount, merchant_amount, government_amount
        from staging.coupon_costs order by 2
    """) == [
        ("1", "P1", "满100减10", "优惠券", 1, Decimal("4.00"), Decimal("6.00"), Decimal("0.00")),
        ("1", "P2", "以旧换新", "国补", None, Decimal("0.00"), Decimal("0.00"), Decimal("15.00")),
    ]  # fmt: skip
    assert ask(
        "select count(*) from staging.coupon_costs semi join staging.orders using (order_key)"
    ) == [(2,)]


def test_a_coupon_report_restates_its_day_and_leaves_the_other_kind_alone(ask: Query) -> None:
    assert ask("""
        select stat_date, coupon_kind, coupons_taken, coupons_used, pay_amount, pay_buyers, pay_items
        from staging.coupon_reports order by 1, 2
    """) == [
        (dt.date(2026, 11, 4), "shop", 1, None, None, None, None),
        (dt.date(2026, 11, 5), "item", 10, 5, Decimal("50.00"), 5, 5),
        (dt.date(2026, 11, 5), "shop", 1000, 100, Decimal("12000.00"), 88, 130),
    ]  # fmt: skip


def test_every_row_is_accounted_for(ask: Query) -> None:
    names = ", ".join(f"'{file.name}'" for file in FILES)
    rows = ask(f"""
        select source_file, rows_delivered, rows_staged, rows_quarantined, rows_superseded, difference
        from staging.reconciliation where source_file in ({names})
    """)
    assert len(rows) == len(FILES)
    assert all(row[-1] == 0 for row in rows)
    by_file = {row[0]: row[1:-1] for row in rows}
    assert by_file["账务明细.csv"] == (9, 4, 1, 3)
    assert by_file["账务明细2.csv"] == (4, 4, 0, 0)
    assert by_file["店铺优惠券1.xls"] == (1, 0, 0, 1)
