"""Ledgers of ad accounts: their entries to the cent, and beside the ad reports instead of added to them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.dbt.staging.conftest import Query, waiting
from tests.dbt.staging.data_ad_ledgers import FILES

EXPORTS = ", ".join(f"'{export}'" for export in sorted({file.export for file in FILES}))


@pytest.mark.parametrize(
    ("export", "row", "entry", "fee", "other", "day"),
    [
        ("jd.ad_account_flow", 1, "ad", "-345.00", "0.00", "2026-09-01"),
        ("jd.ad_account_flow", 2, "ad", "-10.00", "0.00", "2026-09-02"),
        ("jd.ad_account_flow", 3, "ad_refund", "5.00", "0.00", "2026-09-02"),
        ("jd.ad_account_flow", 4, "ad", "-2.00", "0.00", "2026-09-04"),
        ("jd.ad_account_flow", 5, "other", "0.00", "-1.00", "2026-09-04"),
        ("pdd.ads.account_flow", 1, "ad", "-100.00", "0.00", "2026-09-01"),
        ("pdd.ads.account_flow", 2, "top_up", "0.00", "500.00", "2026-09-01"),
        ("pdd.ads.account_flow", 3, "other", "0.00", "-7.00", "2026-09-01"),  # not of the account
        ("pdd.ads.account_flow", 4, "ad", "-34.00", "0.00", "2026-09-02"),
        ("xiaohongshu.ad_account_flow", 1, "ad", "-1317.01", "0.00", "2026-09-01"),
        ("xiaohongshu.ad_account_flow", 2, "ad_refund", "10.00", "0.00", "2026-09-02"),
        ("xiaohongshu.ad_account_flow", 3, "top_up", "0.00", "2000.00", "2026-09-01"),
        ("taobao.alimama.coupon_flow", 1, "top_up", "0.00", "50.00", "2026-11-04"),
        ("taobao.alimama.coupon_flow", 2, "ad", "-8.00", "0.00", "2026-11-05"),
        ("taobao.alimama.coupon_flow", 3, "ad_refund", "1.00", "0.00", "2026-11-05"),
        ("taobao.alimama.coupon_flow", 4, "withdrawal", "0.00", "-2.00", "2026-11-06"),
        ("douyin.qianchuan.account_flow", 1, "ad", "-1400.00", "2000.00", "2026-09-01"),  # restated
        ("douyin.qianchuan.account_flow", 2, "ad", "-90.00", "50.00", "2026-09-01"),
        ("kuaishou.ad_account_flow", 1, "ad", "-3.02", "86.00", "2026-09-01"),
    ],
)
def test_entries(
    ask: Query, export: str, row: int, entry: str, fee: str, other: str, day: str
) -> None:
    amounts = Decimal(fee), Decimal(other)
    assert ask(f"""
        select ledger, entry_type, fee_amount, other_amount, net_amount, settlement_date, order_key, goods_amount, commission_amount
        from staging.settlements where source_export = '{export}' and _row_number = {row}
    """) == [
        ("ads", entry, *amounts, sum(amounts), dt.date.fromisoformat(day), None, Decimal(0), Decimal(0))
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("export", "row", "column", "reason"),
    [
        ("jd.ad_account_flow", 6, "amount_out", "not an amount"),
        ("pdd.ads.account_flow", 5, "booked_at", "missing"),
        ("xiaohongshu.ad_account_flow", 4, "ledger_direction", "not a known value"),
        ("taobao.alimama.coupon_flow", 5, "stat_date", "not a date"),
        ("douyin.qianchuan.account_flow", 3, "spend", "missing"),
        ("kuaishou.ad_account_flow", 2, "spend_planned", "not an amount"),
    ],
)
def test_what_cannot_be_typed_waits_in_quarantine(
    ask: Query, export: str, row: int, column: str, reason: str
) -> None:
    assert waiting(ask, export, row) == [(column, reason, True)]


def test_their_money_is_not_spend_again(ask: Query) -> None:
    assert ask(f"select count(*) from staging.spend where source_export in ({EXPORTS})") == [(0,)]


def test_ledgers_stand_beside_the_reports_and_each_difference_has_a_name(ask: Query) -> None:
    rows = ask("""
        select platform, spend_date::varchar, ledger_cost, reported_cost, difference, outcome
        from staging.ad_ledger_days order by all
    """)  # fmt: skip
    assert [(p, d, *(None if m is None else str(m) for m in ms), o) for p, d, *ms, o in rows] == [
        ("douyin", "2026-09-01", "1490.00", "1490.00", "0.00", "equal"),
        ("jd", "2026-09-01", "345.00", "345.00", "0.00", "equal"),
        ("jd", "2026-09-02", "5.00", "7.77", "-2.77", "the reports tell more"),
        ("jd", "2026-09-03", None, "50.00", "-50.00", "no entry in the ledger"),
        ("jd", "2026-09-04", "2.00", None, "2.00", "no ad report of the day"),
        ("kuaishou", "2026-09-01", "3.02", "3.02", "0.00", "equal"),
        ("pdd", "2026-09-01", "100.00", "100.00", "0.00", "equal"),
        ("pdd", "2026-09-02", "34.00", "33.30", "0.70", "the ledger tells more"),
        ("taobao", "2026-11-04", "0.00", None, "0.00", "equal"),
        ("taobao", "2026-11-05", "127.00", "18.00", "109.00", "the ledger tells more"),
        ("taobao", "2026-11-06", "0.00", None, "0.00", "equal"),
        ("taobao", "2026-11-07", "-20.00", None, "-20.00", "no ad report of the day"),
        ("xiaohongshu", "2026-09-01", "1317.01", "1317.01", "0.00", "equal"),
        ("xiaohongshu", "2026-09-02", "-10.00", "10.00", "-20.00", "the reports tell more"),
    ]  # fmt: skip


def test_every_row_and_cent_of_a_ledger_is_accounted_for(ask: Query) -> None:
    names = ", ".join(f"'{file.name}'" for file in FILES)
    rows = ask(f"""
        select r.source_file, rows_delivered, rows_staged, rows_quarantined, rows_superseded, r.difference,
            m.delivered, m.in_facts, m.superseded, m.difference
        from staging.reconciliation as r
        left join staging.reconciliation_money as m on r.source_hash = m.source_hash and m.measure = 'settlements'
        where r.source_file in ({names})
    """)
    found = {str(row[0]): tuple(map(str, row[1:])) for row in rows}
    assert found == {
        "京准通结算账单.csv": ("6", "5", "1", "0", "0", "-353.00", "-353.00", "0.00", "0.00"),
        "推广账户流水.xlsx": ("5", "4", "1", "0", "0", "358.00", "359.00", "0.00", "0.00"),
        "聚光账户流水.xlsx": ("4", "3", "1", "0", "0", "693.99", "692.99", "0.00", "0.00"),
        "优惠券收支明细.csv": ("5", "4", "1", "0", "0", "33.00", "41.00", "0.00", "0.00"),
        "千川财务流水.xlsx": ("3", "1", "1", "1", "0", "561.00", "-40.00", "601.00", "0.00"),
        "千川财务流水2.xlsx": ("1", "1", "0", "0", "0", "600.00", "600.00", "0.00", "0.00"),
        "磁力金牛流水.xlsx": ("2", "1", "1", "0", "0", "82.98", "82.98", "0.00", "0.00"),
    }
