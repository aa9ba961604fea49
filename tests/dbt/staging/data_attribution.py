"""Literal files that tie orders to partners and live sessions, and their commissions."""

from __future__ import annotations

from collections.abc import Mapping

from tests.dbt.staging.staging_warehouse import File

Row = Mapping[str, str | None]


def _alliance(line: str, **cells: str | None) -> Row:
    return {
        "order_line_id": line, "item_id": "T1", "influencer_name": "小张", "influencer_id": "dy_zhang", "paid_amount": "50.00",
        "commission_estimated": "10.00", "status_raw": "订单付款", "paid_at": "2026-11-04 20:00:30", "traffic_source": "直播",
        "campaign_type": "普通计划", **cells,
    }  # fmt: skip


def _cps(line: str, **cells: str | None) -> Row:
    return {
        "order_id": "T2", "order_line_id": line, "created_at": "2026-11-01 10:00:00", "settled_at": "2026-11-06 00:00:00",
        "received_at": "2026-11-05 00:00:00", "paid_amount": "1,000.00", "commission": "50.00", "service_fee": "5.00",
        "campaign_name": "双11计划", "influencer_name": "优惠站", **cells,
    }  # fmt: skip


def _unbilled(line: str, **cells: str | None) -> Row:
    return {
        "order_id": "T2", "order_line_id": line, "influencer_name": "主播A", "created_at": "2026-11-01 10:00:00",
        "paid_at": "2026-11-01 10:05:00", "status_raw": "已付款", "paid_amount": "80.00", "commission_base": "80.00",
        "commission_estimated": "8.00", **cells,
    }  # fmt: skip


def _live(line: str, **cells: str | None) -> Row:
    return {
        "live_title": "开学季", "live_session_id": "L900", "host_name": "小王", "order_id": "T2", "order_line_id": line,
        "created_at": "2026-11-01 10:00:00", "paid_at": "2026-11-01 10:05:00", "pay_amount": "80.00", **cells,
    }  # fmt: skip


def _jd(number: str, item: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "sku_id": item, "created_at": "2026-11-02", "status_raw": "已完成", "influencer_id": "jd_tuike",
        "commission_base": "100.00", "commission": "6.00", "completed_at": "20261106", "is_valid": "是",
        "campaign_name": "秋季计划", **cells,
    }  # fmt: skip


def _xhs(number: str | None, sku: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "sku_id": sku, "paid_at": "2026-11-05 09:00:00", "status_raw": "待发货", "influencer_name": "薯薯",
        "influencer_id": "5f0", "paid_amount": "99.00", "commission_base": "99.00", "commission_estimated": "9.90",
        "campaign_type": "定向计划", "traffic_channel": "笔记", **cells,
    }  # fmt: skip


ALLIANCE = File("douyin.alliance_orders", "联盟订单明细.csv", "2026-11-08 00:00:00", [
    _alliance("DA11"),  # paid: 10.00 expected
    _alliance("DA12", status_raw="订单收货", received_at="2026-11-07 00:00:00", bonus_estimated="1.00", promotion_fee_estimated="0.50"),
    _alliance("DA13", status_raw="订单结算", settled_at="2026-11-07 10:00:00", settled_amount="45.00", commission="9.00", bonus="0.99",
              promotion_fee="0.01", traffic_source=None, traffic_channel="橱窗"),
    _alliance("DA14", status_raw="订单退货退款", traffic_source=None),
    _alliance("DA15", status_raw="一种新状态"),  # a word nobody knows says nothing: paid
    _alliance("DA16", paid_at="昨天"),
    _alliance("DA17", commission_estimated="十元"),
])  # fmt: skip
CPS_OLDER = File("taobao.cps_orders", "淘宝客订单10月.xlsx", "2026-11-07 00:00:00", [
    _cps("T21", commission="49.00"),  # restated by the newer file
])  # fmt: skip
CPS = File("taobao.cps_orders", "淘宝客订单.xlsx", "2026-11-08 00:00:00", [
    _cps("T21"),
    _cps("T21", settled_at="2026-11-07 00:00:00", paid_amount="-100.00", commission="-5.00", service_fee="-0.50"),
    _cps("T22", settled_at=None, charged_at=None, commission="2.00", service_fee=None),
    _cps("T23", commission=None),
])  # fmt: skip
# T21 is billed meanwhile: its expected commission counts no more.
UNBILLED = File("taobao.cps_unbilled_orders", "未出账订单.xlsx", "2026-11-08 00:00:00", [
    _unbilled("T21"),
    _unbilled("T24", order_id="TQ", status_raw="交易成功", completed_at="2026-11-07 00:00:00"),
    _unbilled("T25", order_id="TQ", status_raw="交易关闭"),
    _unbilled("T26", order_id="TQ", status_raw=None, paid_at=None),
])  # fmt: skip
LIVE = File("taobao.sycm.live_orders", "直播订单明细.xlsx", "2026-11-08 00:00:00", [
    _live("T21", buyer_nick="a**"),  # 2022: the buyer, masked
    _live("T31", order_id="T3", received_at="2026-11-06 00:00:00", received_amount="1,080.00", refund_amount="10.00", host_id="77"),
    _live("T32", order_id="T3", paid_at=None, pay_amount=None),
    _live("T33", order_id="T3", created_at=None),
])  # fmt: skip
JINGTIAOKE = File("jd.jingtiaoke_orders", "京挑客.csv", "2026-11-08 00:00:00", [
    _jd("J1", "1", commission_total="7.20", platform_fee="1.20"),
    _jd("J1", "2", platform_fee="0.60", commission="3.00"),  # without a total
    _jd("J2", "9", completed_at=None, status_raw="已付款"),
    _jd("JA3", "1", is_valid="否", completed_at=None),
    _jd("JA4", "1", status_raw="已取消", completed_at=None, is_valid=None),
    _jd("JA5", "1", is_valid="也许"),
])  # fmt: skip
JINGTIAOKE_REFUNDS = File("jd.jingtiaoke_refunds", "京挑客返款.csv", "2026-11-08 00:00:00", [
    {"order_id": "J1", "sku_id": "1", "created_at": "2026-11-02", "goods_amount": "100.00", "commission_refunded": "7.20",
     "commission_refunded_at": "2026-11-07", "campaign_name": "秋季计划"},
    {"order_id": "J1", "sku_id": "2", "created_at": "2026-11-02", "commission_refunded_at": "2026-11-07"},
])  # fmt: skip
XHS = File("xiaohongshu.cps_orders", "佣金订单.xlsx", "2026-11-08 00:00:00", [
    _xhs("XA1", "s1"),
    _xhs("XA1", "s2", traffic_channel=None, status_raw="已完成"),
    _xhs("XA2", "s1", status_raw="已取消", refund_amount="99.00"),
    _xhs("XA3", "s1", status_raw="待付款", paid_at=None),
    _xhs(None, "s1"),
])  # fmt: skip

# Orders without a buyer. DA11 names its source itself, the others do not. (The orders T2, T3, J1 and J2 are
# those of staging_data.)
DOUYIN_ORDERS = File("douyin.order", "1794000009_a.csv", "2026-11-08 00:00:00", [
    {"order_id": f"DA{n}", "order_line_id": line, "item_title": "茶杯", "item_id": "T1", "quantity": "1", "unit_price": "60.00",
     "paid_amount": "50.00", "created_at": "2026-11-04 20:00:00", "paid_at": "2026-11-04 20:00:30", "status_raw": "已完成",
     "traffic_source": source}
    for n, line, source in ((1, "DA11", "短视频"), (1, "DA12", None), (2, "DA13", None), (3, "DA99", None))
])  # fmt: skip
FILES = [
    ALLIANCE, CPS, CPS_OLDER, UNBILLED, LIVE, JINGTIAOKE, JINGTIAOKE_REFUNDS, XHS, DOUYIN_ORDERS,
]  # fmt: skip
