"""The literal landing files of the staging tests. The merchant's clock is Asia/Shanghai, the date 2026-11-10.

Every file says what it is there for. Epochs: 1793836800 is 2026-11-05 00:00:00 UTC.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping

from tests.dbt.staging import (
    data_ad_ledgers,
    data_attribution,
    data_events,
    data_orders,
    data_reports,
    data_settlements,
    data_spend,
)
from tests.dbt.staging.staging_warehouse import File

AS_OF = dt.date(2026, 11, 10)
Row = Mapping[str, str | None]
_UNIONID = "o" + "U" * 27


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def _order(number: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "buyer_nick": "anna_nick", "created_at": "2026-11-01 10:00:00", "paid_at": "2026-11-01 10:05:00",
        "status_raw": "交易成功", "paid_amount": "0.00", "item_title": "鞋，帽", "order_quantity": "2",
        "receiver_phone": "139****0001", "receiver_address": "浙江省 杭州市 西湖区 ****", **cells,
    }  # fmt: skip


def _jd(number: str, item: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "item_id": item, "item_title": f"货{item}", "quantity": "1", "unit_price": "33.33",
        "amount_due": "100.00", "paid_by_balance": "0.00", "created_at": "2026-11-02 09:00:00", "paid_at": "2026-11-02 09:01:00",
        "status_raw": "完成", "buyer_account": "jd_pin", "receiver_address": "广东省广州市天河区****", **cells,
    }  # fmt: skip


def _pdd(number: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "item_id": "9", "item_title": "袜子", "category_l1": "服饰", "quantity": "1", "paid_amount": "1,020.00",
        "status_raw": "已收货", "paid_at": "2026-11-03 12:00:00", "refund_status_raw": "无售后或售后取消", **cells,
    }  # fmt: skip


def _douyin(number: str, line: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "order_line_id": line, "item_title": "茶", "item_id": "T1", "quantity": "1", "unit_price": "60.00",
        "paid_amount": "50.00", "created_at": "2026-11-04 20:00:00", "paid_at": "2026-11-04 20:00:30", "status_raw": "已完成",
        "content_type": "直播", "traffic_source": "直播间", **cells,
    }  # fmt: skip


def _youzan(number: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "status_raw": "交易完成", "item_title": "帽", "item_category": "帽类", "sku_id": "K1", "sku_spec": "标准",
        "quantity": "1", "line_paid_amount": "80.00", "refund_amount": "0.00", "receiver_phone": "13900000001",
        "receiver_province": "浙江省", "receiver_city": "杭州市", **cells,
    }  # fmt: skip


def _event(number: str, kind: str, at: str, **cells: str | None) -> Row:
    return {
        "platform": "App",
        "account_id": "u1",
        "event_id": number,
        "event_type": kind,
        "occurred_at": at,
        **cells,
    }


def _record(number: str | None, name: str | None, milliseconds: str, **cells: str | None) -> Row:
    return {
        "distinct_id": "dev-1", "anonymous_id": "dev-1", "event_type": "track", "event_name": name, "event_at": milliseconds,
        "event_id": number, "is_login_id": "false", **cells,
    }  # fmt: skip


def _generic_order(number: str, line: str, **cells: str | None) -> Row:
    return {
        "platform": "Weimob", "account_id": "w1", "order_id": number, "line_id": line, "ordered_at": "2026-11-06T10:00:00+08:00",
        "paid_at": "2026-11-06T10:01:00+08:00", "item_id": "i", "quantity": "1", "line_amount": "30.00", "status": "completed",
        "item_title": "帽", "category": "帽类", "brand": "B1", "traffic_source": "search", **cells,
    }  # fmt: skip


# The newer snapshot lies first in the list: files count by their time of export, not by their order.
TAOBAO_ORDERS_NEWER = File("taobao.order_list.legacy", "ExportOrderList2.csv", "2026-11-09 01:00:00", [
    _order("T1", paid_amount="100.01", status_raw="交易成功"),
    _order("T5", created_at="tomorrow", paid_amount="5.00"),
], dropped=1)  # fmt: skip
TAOBAO_ORDERS = File("taobao.order_list.legacy", "ExportOrderList1.csv", "2026-11-05 01:00:00", [
    _order("T1", paid_amount="100.01", status_raw="卖家已发货，等待买家确认"),
    _order("T2", paid_amount="59.90", item_title="茶", order_quantity="1"),
    _order("T3", paid_amount="20.00", status_raw="交易关闭", buyer_nick="a**", receiver_phone="13900000003"),
    _order("T4", paid_amount=None, paid_at=None, status_raw="等待买家付款", buyer_nick="b**", receiver_phone="18491234567-0001"),
    _order("T6", status_raw="一种新状态", paid_amount="1.00"),
])  # fmt: skip
# The ten-column era: no line numbers, no times, no payments. T9 was never delivered as an order.
TAOBAO_ITEMS = File("taobao.item_list.legacy", "ExportOrderDetailList1.csv", "2026-11-09 01:01:00", [
    {"order_id": "T1", "item_title": "鞋", "unit_price": "60.00", "quantity": "1", "merchant_sku": "A", "status_raw": "交易成功"},
    {"order_id": "T1", "item_title": "帽", "unit_price": "30.00", "quantity": "2", "merchant_sku": "B", "status_raw": "交易成功", "refund_amount": "无退款申请"},
    {"order_id": "T9", "item_title": "帽", "unit_price": "30.00", "quantity": "1", "merchant_sku": "B", "status_raw": "交易成功"},
])  # fmt: skip
JD_ORDERS = File("jd.order", "27000001.csv", "2026-11-08 00:00:00", [
    _jd("J1", "1"), _jd("J1", "2"), _jd("J1", "2"),
    _jd("J2", "1", amount_due="33.33", status_raw="(删除)等待出库", buyer_account=None),
])  # fmt: skip
PDD_ORDERS = File("pdd.order", "orders_export1.csv", "2026-11-12 00:00:00", [
    _pdd("261103-1"),
    _pdd("261103-2", status_raw="已发货，退款成功", refund_status_raw="退款成功"),
    _pdd("261110-3", paid_at="2026-11-10 23:59:59"),
    _pdd("261111-4", paid_at="2026-11-11 00:00:00"),
    _pdd("261110-5", paid_at=None, paid_amount=None, status_raw="待支付"),
])  # fmt: skip
DOUYIN_ORDERS = File("douyin.order", "1794000000_a.csv", "2026-11-08 00:00:00", [
    _douyin("D1", "D11"),
    _douyin("D1", "D12", status_raw="已关闭", refund_status_raw="退款成功"),
    _douyin("D2", "D21", status_raw="已关闭", paid_at=None),
])  # fmt: skip
YOUZAN_ORDERS = File("youzan.order_items", "有赞1.csv", "2026-11-08 00:00:00", [
    _youzan("E20261105090000000001", refund_amount="30.00"),
    _youzan("E20261105100000000002", status_raw="交易关闭", refund_amount="80.00"),
    _youzan("E20261105110000000003", status_raw="待付款"),
])  # fmt: skip
# The first row of an order holds its money and its state; the second only its number.
SHOPIFY_ORDERS = File("shopify.orders", "orders_export_1.csv", "2026-11-08 00:00:00", [
    {"order_no": "#1", "buyer_email": "Anna@QQ.com", "buyer_phone": "+8613900000001", "created_at": "2026-11-03 08:00:00 +0800",
     "paid_at": "2026-11-03 08:01:00 +0800", "payment_status_raw": "partially_refunded", "fulfillment_status_raw": "fulfilled",
     "currency": "CNY", "paid_amount": "50.00", "refund_amount": "10.01", "quantity": "1", "unit_price": "30.00", "item_title": "Cap",
     "merchant_sku": "C", "brand": "B2", "sales_channel": "web", "receiver_city": "杭州市"},
    {"order_no": "#1", "quantity": "2", "unit_price": "10.00", "item_title": "Sock", "merchant_sku": "S", "brand": "B2"},
    {"order_no": "#2", "buyer_email": "bo@qq.com", "created_at": "2026-11-03 09:00:00 +0800", "paid_at": "2026-11-03 09:01:00 +0800",
     "payment_status_raw": "paid", "currency": "XAU", "paid_amount": "9.00", "quantity": "1", "unit_price": "9.00", "merchant_sku": "C"},
])  # fmt: skip
SHOPIFY_CUSTOMERS = File("shopify.customers", "customers_export.csv", "2026-11-08 00:00:00", [
    {"customer_id": "1", "buyer_email": "anna@qq.com", "buyer_phone": "+8613900000001", "accepts_email": "yes", "accepts_sms": "no"},
    {"customer_id": "2"},
])  # fmt: skip
WECOM_CUSTOMERS = File("wecom.customers", "客户.xlsx", "2026-11-08 00:00:00", [
    {"contact_name": "Anna@微信", "employee_userid": "e1", "touch_at": "2026-11-02 10:00:00", "contact_phone": "139 0000 0001", "touch_source": "扫码"},
    {"contact_name": "Bo", "employee_userid": "e1", "touch_at": "2026-11-02 11:00:00"},
])  # fmt: skip
WECOM_API = File("wecom.api", "wecom.jsonl", "2026-11-08 00:00:00", [
    {"external_userid": "wm1", "unionid": _UNIONID, "employee_userid": "e1", "touch_at": "1793836800", "gender": "2", "touch_source": "1",
     "touch_campaign": "spring", "contact_phone": '["13900000001","13900000004"]'},
    {"external_userid": "wm1", "unionid": _UNIONID, "employee_userid": "e2", "touch_at": "1793840400", "gender": "2", "touch_source": "1"},
])  # fmt: skip
SENSORS = File("sensors.event", "sensors_1.jsonl", "2026-11-06 17:00:00", [
    _record("1", "content_view", "1793836800000", dwell_seconds="5", interests="hats;shoes", traffic_source="短视频", province="浙江省", city="杭州市"),
    _record("2", "$pageview", "1793836860000", category="hats", dwell_seconds="10"),
    _record("3", "$SignUp", "1793836900000", event_type="track_signup", distinct_id="13900000001", user_id="13900000001",
            anonymous_id_before_login="dev-1", is_login_id="true"),
    _record("4", "view", "1793836960000", distinct_id="13900000001", user_id="13900000001", is_login_id="true", category="hats", dwell_seconds="60", unionid=_UNIONID),
    _record("5", None, "1793837000000", event_type="profile_set"),
    _record("6", "view", "not a time"),
    _record(None, "like", "1793837060000", content_id="c1"),
    _record(None, "like", "1793837060000", content_id="c1"),
])  # fmt: skip
EVENTS = File("generic.events", "events_1.csv", "2026-11-06 17:00:00", [
    _event("e1", "view", "2026-11-05 23:59:59", category="hats", dwell_seconds="9.9", traffic_source="search"),
    _event("e2", "View", "2026-11-06 00:00:00", category="hats", brand="B1", dwell_seconds="59.9", traffic_source="live", amount="1,000.50"),
    _event("e3", "cart", "2026-11-06T00:30:00+08:00", category="shoes"),
    _event("e4", "favorite", "2026-11-06 01:00:00", account_id=None, device_id="DEV-9", interests="hats"),
    _event("e5", "expose", "2026-11-06 02:00:00", category="hats"),
    _event("e6", "view", "2026-11-06 03:00:00", category="hats", dwell_seconds="long"),
    _event("e7", "view", "2026-11-06 04:00:00", account_id=None),
    _event("e8", "share", "2026-11-07 08:00:00", category="bags"),
])  # fmt: skip
# A day that nothing touches later.
EARLY = File("generic.events", "events_early.csv", "2026-11-03 00:00:00", [_event("e0", "expose", "2026-11-02 12:00:00")])  # fmt: skip
GENERIC_ORDERS = File("generic.orders", "orders.csv", "2026-11-09 00:00:00", [
    _generic_order("G1", "1", phone="13900000001", email="service@shop.cn"),
    _generic_order("G1", "2", item_title="鞋", category="鞋类", refund_amount="30.00", refunded_at="2026-11-11T00:00:00+08:00"),
    _generic_order("G2", "1", status="refunded", refunded_at="2026-11-07T00:00:00+08:00"),
    _generic_order("G3", "1", status="completed", paid_at=None, traffic_source="nobody knows"),
    _generic_order("G4", "1", line_amount="-3.00"),
])  # fmt: skip
CUSTOMERS_OLDER = File("generic.customers", "customers_1.csv", "2026-11-01 00:00:00", [
    {"platform": "weimob", "account_id": "w1", "joined_at": "2025-01-01", "gender": "男", "member_level": "silver", "phone": "13900000001",
     "_extra": '{"Skin_Type": "dry", "x": "1"}'},
])  # fmt: skip
CUSTOMERS = File("generic.customers", "customers_2.csv", "2026-11-02 00:00:00", [
    {"platform": "weimob", "account_id": "w1", "joined_at": "2025-01-01", "gender": "女", "phone": "13900000001", "referred_by_account_id": "w2",
     "_extra": '{"Skin_Type": "oily"}'},
    {"platform": "weimob", "account_id": "w3", "joined_at": None},
])  # fmt: skip
IDENTITIES = File("generic.identities", "identities.csv", "2026-11-02 00:00:00", [
    {"platform": "weimob", "account_id": "w1", "identifier_type": "Email", "identifier_value": "ANNA@qq.com", "seen_at": "2026-10-01"},
    {"platform": "weimob", "account_id": "w1", "identifier_type": "shoe_size", "identifier_value": "38", "seen_at": "2026-10-01"},
    {"platform": "weimob", "account_id": "w5", "identifier_type": "Phone_MD5", "identifier_value": _md5("+8613900000004").upper(), "seen_at": "2026-10-01"},
    {"platform": "weimob", "account_id": "w5", "identifier_type": "phone_keyed", "identifier_value": _md5("13900000004"), "seen_at": "2026-10-01"},
    {"platform": "weimob", "account_id": "w5", "identifier_type": "imei", "identifier_value": "490154203237519", "seen_at": "2026-10-01"},
    {"platform": "weimob", "account_id": "w5", "identifier_type": "address", "identifier_value": "浙江省 杭州市西湖区１号", "seen_at": "2026-10-01"},
])  # fmt: skip
TOUCHES = [
    File("generic.touch_log", "touch_1.csv", "2026-11-06 00:00:00", [
        {"campaign": "wake", "channel": "sms", "touch_at": "2026-11-05 10:00:00", "status": "sent", "phone": "13900000001", "cost": "0.05"},
        {"campaign": "wake", "channel": "sms", "touch_at": "2026-11-05 10:00:00", "status": "planned", "phone": _md5("8613900000004"), "variant": "holdout"},
        {"campaign": "wake", "channel": "sms", "touch_at": "2026-11-05 10:00:00", "status": "sent"},
    ]),
    File("generic.touch_log", "touch_2.csv", "2026-11-07 00:00:00", [
        {"campaign": "wake", "channel": "sms", "touch_at": "2026-11-05 10:00:00", "status": "clicked", "phone": "13900000001", "cost": "0.05",
         "clicked_at": "2026-11-05 11:00:00"},
        {"campaign": "wake", "channel": "wecom", "touch_at": "2026-11-06 10:00:00", "status": "delivered", "platform": "wecom", "account_id": "wm7"},
    ]),
]  # fmt: skip
# The second report restates the fifth of November whole: plan A costs more, plan B is gone and so is its cost.
SPEND = [
    File("taobao.wanxiangtai.report", "万相台_1.csv", "2026-11-06 00:00:00", [
        {"stat_date": "2026-11-05", "campaign_id": "A", "campaign_name": "plan A", "spend": "10.00", "impressions": "1,000", "clicks": "10", "item_id": "1"},
        {"stat_date": "2026-11-05", "campaign_id": "A", "campaign_name": "plan A", "spend": "5.00", "impressions": "500", "clicks": "5", "item_id": "2"},
        {"stat_date": "2026-11-05", "campaign_id": "B", "campaign_name": "plan B", "spend": "1.00", "item_id": "3"},
    ]),
    File("taobao.wanxiangtai.report", "万相台_2.csv", "2026-11-07 00:00:00", [
        {"stat_date": "20261105", "campaign_id": "A", "campaign_name": "plan A", "spend": "18.00", "item_id": "1"},
    ]),
    File("douyin.qianchuan.plan", "千川.csv", "2026-11-07 00:00:00", [
        {"stat_date": "2026-11-05", "advertiser_id": "9", "campaign_id": "Q", "campaign_name": "plan Q", "spend": "1,200.00"},
    ]),
    File("generic.spend", "spend.csv", "2026-11-07 00:00:00", [
        {"day": "2026-11-05", "platform": "web", "channel": "offsite_ads", "campaign": "c", "cost": "7"},
        {"day": "2026-11-05", "platform": "web", "channel": "offsite_ads", "campaign": "d", "cost": "many"},
    ]),
]  # fmt: skip
STATEMENTS = [
    File("generic.consents", "consents.csv", "2026-11-07 00:00:00", [
        {"purpose": "marketing", "channel": "sms", "state": "withdrawn", "stated_at": "2026-11-01 00:00:00", "phone": "+86 13900000001"},
        {"purpose": "marketing", "channel": "sms", "state": "maybe", "stated_at": "2026-11-01 00:00:00", "phone": "13900000001"},
    ]),
    File("generic.referrals", "referrals.csv", "2026-11-07 00:00:00", [
        {"platform": "weimob", "inviter_account_id": "w1", "invitee_account_id": "w5", "invited_at": "2026-11-01", "accepted_at": "2026-11-02", "campaign": "friends"},
    ]),
    File("generic.corrections", "corrections.csv", "2026-11-07 00:00:00", [
        {"platform": "weimob", "account_id": "w1", "other_platform": "wecom", "other_account_id": "wm1", "relation": "same", "stated_at": "2026-11-07 23:00:00"},
    ]),
    # By key, as a human copied it; what is no key; half a name.
    File("generic.corrections", "corrections_by_key.csv", "2026-11-07 00:00:00", [
        {"account_key": " 00000000000000AB", "other_account_key": "00000000000000cd", "relation": "different", "stated_at": "2026-11-07 23:00:00"},
        {"account_key": "anna_nick", "other_account_key": "00000000000000cd", "relation": "different", "stated_at": "2026-11-07 23:00:00"},
        {"platform": "weimob", "other_account_key": "00000000000000cd", "relation": "different", "stated_at": "2026-11-07 23:00:00"},
    ]),
]  # fmt: skip
# Of a contract of the merchant's own that no staging view reads.
WITHOUT_VIEW = File("merchant.stock", "stock.csv", "2026-11-07 00:00:00", [{}, {}], rejected=1)

FIRST = [
    TAOBAO_ORDERS_NEWER, TAOBAO_ORDERS, TAOBAO_ITEMS, JD_ORDERS, PDD_ORDERS, DOUYIN_ORDERS, YOUZAN_ORDERS, SHOPIFY_ORDERS,
    SHOPIFY_CUSTOMERS, WECOM_CUSTOMERS, WECOM_API, SENSORS, EVENTS, EARLY, GENERIC_ORDERS, CUSTOMERS, CUSTOMERS_OLDER, IDENTITIES,
    *TOUCHES, *SPEND, *STATEMENTS, WITHOUT_VIEW,
    *data_events.FILES,
    *data_spend.FILES,
    *data_reports.FILES,
    *data_attribution.FILES,
    *data_settlements.FILES,
    *data_ad_ledgers.FILES,
    *data_orders.FILES,
]  # fmt: skip

# What arrives later: a late event, a restated one, one that moves to another day and leaves its own day
# empty, one that an older export tells (and loses), one known already, and a bad one.
LATE = [
    File("generic.events", "events_2.csv", "2026-11-08 17:00:00", [
        _event("e9", "like", "2026-11-05 12:00:00", category="hats"),
        _event("e2", "view", "2026-11-06 00:00:00", category="hats", brand="B1", dwell_seconds="120", traffic_source="live"),
        _event("e8", "share", "2026-11-08 08:00:00", category="bags"),
        _event("e3", "cart", "2026-11-06T00:30:00+08:00", category="shoes"),
        _event("e10", "view", "never"),
    ]),
    File("generic.events", "events_0.csv", "2026-11-01 17:00:00", [
        _event("e1", "view", "2026-11-04 23:59:59", category="old news", dwell_seconds="999"),
        _event("e11", "view", "2026-11-04 12:00:00", category="hats"),
    ]),
    File("sensors.event", "sensors_2.jsonl", "2026-11-07 17:00:00", [
        _record("4", "view", "1793836960000", distinct_id="13900000001", user_id="13900000001", is_login_id="true", category="hats", dwell_seconds="60", unionid=_UNIONID),
        _record("7", "visit", "1793923200000", province="上海市", city="上海市"),
    ]),
]  # fmt: skip
