"""Literal ledgers of ad accounts, beside the ad reports of data_spend (days of September) and staging_data."""

from __future__ import annotations

from tests.dbt.staging.staging_warehouse import File

AT = "2026-11-08 00:00:00"
JD = File("jd.ad_account_flow", "京准通结算账单.csv", AT, [
    {"ledger_entry_id": "A1", "advertiser_name": "京东一", "stat_date": "2026-09-01", "entry_type": "投放消耗", "amount_out": "345.00",
     "settled_at": "2026-09-02 01:00:00", "balance": "700.00"},
    {"ledger_entry_id": "A2", "stat_date": "20260902", "entry_type": "投放消耗", "amount_out": "10.00"},
    {"ledger_entry_id": "A3", "stat_date": "2026-09-02", "entry_type": "消耗退款", "amount_out": "5.00"},
    {"ledger_entry_id": "A4", "stat_date": "2026-09-04", "entry_type": "投放消耗", "amount_out": "-2.00"},
    {"ledger_entry_id": "A5", "stat_date": "2026-09-04", "entry_type": "新种类", "amount_out": "1.00"},
    {"ledger_entry_id": "A6", "stat_date": "2026-09-04", "entry_type": "投放消耗", "amount_out": "许多"},
])  # fmt: skip
PDD = File("pdd.ads.account_flow", "推广账户流水.xlsx", AT, [
    {"booked_at": "2026-09-01 23:59:59", "fund_type": "现金", "entry_type": "消耗", "is_counted": "是", "amount": "-100.00", "balance": "400.00"},
    {"booked_at": "2026-09-01 10:00:00", "fund_type": "现金", "entry_type": "充值", "is_counted": "是", "amount": "500.00", "balance": "500.00"},
    {"booked_at": "2026-09-01 11:00:00", "fund_type": "红包", "entry_type": "消耗", "is_counted": "否", "amount": "7.00", "balance": "0.00"},
    {"booked_at": "2026-09-02 12:00:00", "fund_type": "现金", "entry_type": "其他", "amount": "34.00", "balance": "366.00", "business_desc": "商品推广扣费"},
    {"booked_at": None, "fund_type": "现金", "entry_type": "消耗", "amount": "1.00"},
])  # fmt: skip
XHS = File("xiaohongshu.ad_account_flow", "聚光账户流水.xlsx", AT, [
    {"stat_date": "2026-09-01", "ledger_direction": "支出", "entry_type": "广告消耗", "fund_type": "现金", "amount": "1,317.01", "balance": "682.99",
     "booked_at": "2026-09-02 00:10:00"},
    {"stat_date": "2026-09-02", "ledger_direction": "收入", "entry_type": "广告消耗", "fund_type": "现金", "amount": "10.00", "balance": "692.99"},
    {"stat_date": "2026-09-01", "ledger_direction": "充值", "entry_type": "账户入金", "fund_type": "现金", "amount": "2,000.00", "balance": "2,000.00"},
    {"stat_date": "2026-09-02", "ledger_direction": "划拨", "entry_type": "账户划拨", "amount": "1.00"},
])  # fmt: skip
COUPONS = File("taobao.alimama.coupon_flow", "优惠券收支明细.csv", AT, [
    {"stat_date": "2026-11-04", "coupon_name": "新客券", "coupon_type": "通用", "entry_type": "领取", "amount": "50.00"},
    {"stat_date": "2026-11-05", "coupon_name": "新客券", "coupon_type": "通用", "entry_type": "使用", "amount": "8.00"},
    {"stat_date": "2026-11-05", "coupon_name": "新客券", "coupon_type": "通用", "entry_type": "退回", "amount": "1.00"},
    {"stat_date": "2026-11-06", "coupon_name": "新客券", "coupon_type": "通用", "entry_type": "过期", "amount": "2.00"},
    {"stat_date": "11月", "coupon_name": "新客券", "coupon_type": "通用", "entry_type": "使用", "amount": "8.00"},
])  # fmt: skip
QIANCHUAN = File("douyin.qianchuan.account_flow", "千川财务流水.xlsx", AT, [
    {"stat_date": "2026-09-01", "fund_type": "通用", "spend": "1,399.00", "spend_cash": "1,000.00", "topped_up": "2,000.00", "amount_in": "0.00", "amount_out": "0.00"},
    {"stat_date": "2026-09-01", "fund_type": "品牌", "spend": "90.00", "topped_up": None, "amount_in": "100.00", "amount_out": "50.00"},
    {"stat_date": "2026-09-02", "fund_type": "通用", "spend": None},
])  # fmt: skip
# The same day of the pool told again: what was deducted later that night is in it.
QIANCHUAN_NEWER = File("douyin.qianchuan.account_flow", "千川财务流水2.xlsx", "2026-11-09 00:00:00", [
    {"stat_date": "2026-09-01", "fund_type": "通用", "spend": "1,400.00", "spend_cash": "1,001.00", "topped_up": "2,000.00"},
])  # fmt: skip
KUAISHOU = File("kuaishou.ad_account_flow", "磁力金牛流水.xlsx", AT, [
    {"stat_date": "2026-09-01", "influencer_id": "k1", "advertiser_id": "55", "spend_planned": "3.02", "amount_in": "100.00", "amount_out": "10.00",
     "paid_amount": "5.00", "refund_amount": "1.00", "balance": "82.98"},
    {"stat_date": "2026-09-02", "influencer_id": "k1", "advertiser_id": "55", "spend_planned": "一元"},
])  # fmt: skip

FILES = [JD, PDD, XHS, COUPONS, QIANCHUAN, QIANCHUAN_NEWER, KUAISHOU]
