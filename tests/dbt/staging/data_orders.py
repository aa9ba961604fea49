"""Literal files of the order and after-sales exports: every form, every status, money to the cent."""

from __future__ import annotations

from collections.abc import Mapping

from tests.dbt.staging.staging_warehouse import File

Row = Mapping[str, str | None]


def _qianniu(number: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "status_raw": "交易成功", "created_at": "2026-10-01 10:00:00", "paid_at": "2026-10-01 10:05:00",
        "paid_amount": "90.00", "refund_amount": "0.00", "item_title": "杯", "order_quantity": "1",
        "receiver_address": "江苏省 南京市 建邺区 沙洲街道****", **cells,
    }  # fmt: skip


def _item(order: str, line: str, **cells: str | None) -> Row:
    return {
        "order_id": order, "order_line_id": line, "status_raw": "交易成功", "item_title": f"杯{line}", "item_id": f"i{line}",
        "unit_price": "45.00", "quantity": "1", "paid_amount": "45.00", "refund_amount": "无退款申请",
        "refund_status_raw": "没有申请退款", "created_at": "2026-10-01 10:00:00", "paid_at": "2026-10-01 10:05:00", **cells,
    }  # fmt: skip


def _refund(number: str, case: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "refund_id": case, "refund_status_raw": "退款成功", "refund_amount": "10.00", "refund_type": "仅退款",
        "refund_applied_at": "2026-10-05 09:00:00", "refund_finished_at": "2026-10-06 09:00:00", "refund_reason": "不喜欢", **cells,
    }  # fmt: skip


def _kuaishou(number: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "created_at": "2026-10-02 10:00:00", "paid_at": "2026-10-02 10:01:00", "status_raw": "交易成功",
        "paid_amount": "¥1,050.00", "quantity": "2", "item_title": "灯", "item_id": "k1", "unit_price": "525.00",
        "content_type": "直播", "receiver_phone": "138****0001", "receiver_province": "山东省", "receiver_city": "青岛市", **cells,
    }  # fmt: skip


def _kuaishou_case(number: str, case: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "refund_id": case, "refund_status_raw": "售后成功", "refund_amount": "50.00", "refund_type": "退货退款",
        "refund_applied_at": "2026-10-03 09:00:00", "refund_finished_at": "2026-10-04 09:00:00", "buyer_user_id": "900001",
        "refund_reason": "坏了，请打13900000009", **cells,
    }  # fmt: skip


def _xiaohongshu(number: str, sku: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "sku_id": sku, "status_raw": "已完成", "created_at": "2026-10-03 10:00:00",
        "paid_at": "2026-10-03 10:01:00", "completed_at": "2026-10-09 10:00:00", "quantity": "1", "paid_amount": "60.00",
        "item_id": "x1", "item_title": "伞", "buyer_user_id": "u700", "receiver_phone": "136****0000", **cells,
    }  # fmt: skip


def _wechat(number: str, item: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "created_at": "2026-10-04 10:00:00", "paid_at": "2026-10-04 10:01:00", "status_raw": "已完成",
        "paid_amount": "100.00", "line_paid_amount": "30.00", "refund_amount": "0.00", "quantity": "1", "unit_price": "40.00",
        "item_id": item, "item_title": f"书{item}", "content_type": "短视频", "receiver_phone": "137****0001", **cells,
    }  # fmt: skip


def _youzan(number: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "status_raw": "交易完成", "created_at": "2026-10-05 10:00:00", "paid_at": "2026-10-05 10:01:00",
        "completed_at": "2026-10-08 10:00:00", "paid_amount": "88.00", "refund_amount": "0.00", "item_title": "碗，盘",
        "buyer_phone": "13900000021", "receiver_phone": "13900000022", "receiver_province": "四川省", "receiver_city": "成都市", **cells,
    }  # fmt: skip


def _youzan_item(number: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "status_raw": "交易完成", "item_title": "碗", "quantity": "1", "line_paid_amount": "50.00",
        "refund_amount": "0.00", "receiver_phone": "13900000022", "paid_at": "2026-10-05 10:01:00", **cells,
    }  # fmt: skip


def _amazon(number: str, sku: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "merchant_sku": sku, "created_at": "2026-10-06T02:00:00+00:00", "updated_at": "2026-10-07T02:00:00+00:00",
        "status_raw": "Shipped", "line_status_raw": "Shipped", "quantity": "1", "currency": "USD", "goods_amount": "20.00",
        "tax": "1.60", "shipping_fee": "4.99", "gift_wrap_fee": "1.00", "discount_total": "2.00", "discount_shipping": "-4.99",
        "item_title": "Mug 11\" blue", "item_id": "B0", "receiver_province": "WA", "receiver_city": "Seattle", **cells,
    }  # fmt: skip


def _amazon_detail(number: str, line: str, sku: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "order_line_id": line, "merchant_sku": sku, "created_at": "2026-10-06T02:00:00+00:00",
        "paid_at": "2026-10-06T02:30:00+00:00", "quantity": "1", "item_title": "Mug 11\" blue",
        "buyer_email_alias": "Abc123@marketplace.amazon.com", **cells,
    }  # fmt: skip


def _woo(number: str, **cells: str | None) -> Row:
    return {
        "order_id": number, "created_at": "2026-10-07 10:00:00", "status_raw": "completed", "buyer_name": "Anna B", "quantity": "2",
        "items_text": "2× Tea, green", "paid_amount": "40.00", "net_sales_text": "¥40.00", "traffic_source": "Organic: Google", **cells,
    }  # fmt: skip


# Every status of the map. Q2 was closed before payment, Q3 after it; Q12 and Q13 know no state.
TAOBAO = [
    File("taobao.order_list.qianniu", "千牛订单.xlsx", "2026-10-20 01:00:00", [
        _qianniu("Q1"),
        _qianniu("Q2", status_raw="交易关闭", paid_at=None, paid_amount=None, close_reason="买家取消"),
        _qianniu("Q3", status_raw="交易关闭", paid_amount="30.00"),
        _qianniu("Q4", status_raw="等待买家付款", paid_at=None, paid_amount="0.00"),
        _qianniu("Q5", status_raw="买家已付款,等待卖家发货", paid_amount="31.00"),
        _qianniu("Q6", status_raw="买家已付款，等待卖家发货", paid_amount="32.00"),
        _qianniu("Q7", status_raw="卖家部分发货", paid_amount="33.00"),
        _qianniu("Q8", status_raw="卖家已发货，等待买家确认", paid_amount="34.00"),
        _qianniu("Q9", status_raw="等待买家确认", paid_amount="35.00"),
        _qianniu("Q10", status_raw="等待卖家发货", paid_amount="36.00", refund_amount="6.00"),
        # The form of 21 columns has no time of payment.
        _qianniu("Q11", paid_at=None, paid_amount="37.00", refund_amount=None),
        # The form of 19 columns has no state.
        _qianniu("Q12", status_raw=None, paid_amount="38.00"),
        _qianniu("Q13", status_raw=None, paid_at=None, paid_amount="0.00", receiver_address=None),
        # Who may decrypt finds the person before the address.
        _qianniu("Q14", paid_amount="39.00", receiver_address="王小明，86-13900000031，江苏省 扬州市 广陵区 文昌路1号"),
        _qianniu("Q15", paid_amount=None),
        _qianniu("Q16", paid_amount="free"),
        _qianniu("Q17", status_raw="新状态"),
        # Nothing tells when: it waits.
        _qianniu("Q18", created_at=None, paid_at=None, status_raw="交易关闭", paid_amount=None),
        _qianniu("Q20", paid_amount="100.00"),
        _qianniu("Q30", paid_amount="60.00"),
    ]),
    # The form of 9 columns, exported later: no time of ordering, no place; the older file still knows them.
    File("taobao.order_list.qianniu", "千牛订单9列.xlsx", "2026-10-25 01:00:00", [
        {"order_id": "Q5", "paid_amount": "31.00", "status_raw": "交易成功", "paid_at": "2026-10-01 10:05:00"},
    ]),
    # Q40 was exported before the masking: a newer, masked file does not forget who bought.
    File("taobao.order_list.legacy", "旧订单.csv", "2026-10-10 01:00:00", [
        {"order_id": "Q40", "buyer_nick": "old_nick", "status_raw": "卖家已发货，等待买家确认", "created_at": "2026-10-01 10:00:00",
         "paid_at": "2026-10-01 10:05:00", "paid_amount": "70.00", "item_title": "杯", "receiver_address": "江苏省 南京市 建邺区 ****"},
        {"order_id": "Q30", "buyer_nick": "q***", "status_raw": "交易成功", "created_at": "2026-10-01 10:00:00",
         "paid_at": "2026-10-01 10:05:00", "paid_amount": "61.00"},
    ]),
    File("taobao.order_list.qianniu", "千牛订单后.xlsx", "2026-10-26 01:00:00", [
        _qianniu("Q40", paid_amount="70.00", receiver_address=None),
    ]),
    # Q1 in two lines with a refund of one; the closed line of Q20 has an empty payment.
    File("taobao.item_list.qianniu", "千牛宝贝.xlsx", "2026-10-20 01:01:00", [
        _item("Q1", "Q1a"),
        _item("Q1", "Q1b", refund_status_raw="退款成功", refund_amount="12.50"),
        _item("Q20", "Q20a", unit_price="60.00", paid_amount="60.00"),
        _item("Q20", "Q20b", unit_price="40.00", paid_amount=None, status_raw="交易关闭"),
        _item("Q30", "Q30a", unit_price="30.00", paid_amount="30.00"),
        _item("Q30", "Q30b", unit_price="30.00", paid_amount="30.00", quantity="one and a half"),
        _item("Q30", "Q30c", unit_price="30.00", paid_amount="30.00"),
    ]),
    # The lines of the era without numbers: those of Q30 give way, whichever file is newer.
    File("taobao.item_list.legacy", "旧宝贝.csv", "2026-10-28 01:00:00", [
        {"order_id": "Q30", "item_title": "杯Q30a", "unit_price": "30.00", "quantity": "1", "merchant_sku": "M1", "status_raw": "交易成功"},
        {"order_id": "Q30", "item_title": "杯Q30c", "unit_price": "30.00", "quantity": "1", "merchant_sku": "M2", "status_raw": "交易成功"},
        {"order_id": "Q8", "item_title": "杯", "unit_price": "34.00", "quantity": "1", "merchant_sku": "M3", "status_raw": "交易成功"},
    ]),
]  # fmt: skip

# R1: several cases on one line, more than it cost. R2, R3: by the number of the line. R4: by its item. R5: of the order.
# R6: larger than what the order list says; R7: smaller. R8 to R12 moved no money. R13: an order never delivered.
TAOBAO_REFUNDS = [
    File("taobao.order_list.qianniu", "千牛售后订单.xlsx", "2026-10-20 02:00:00", [
        _qianniu("R1", paid_amount="50.00"),
        _qianniu("R2", paid_amount="80.00"),
        _qianniu("R4", paid_amount="80.00"),
        _qianniu("R5", paid_amount="80.00"),
        _qianniu("R6", paid_amount="50.00", refund_amount="5.00"),
        _qianniu("R7", paid_amount="50.00", refund_amount="25.00"),
        _qianniu("R8", paid_amount="50.00"),
        _qianniu("R9", paid_amount="50.00", status_raw="交易关闭"),
    ]),
    File("taobao.item_list.qianniu", "千牛售后宝贝.xlsx", "2026-10-20 02:01:00", [
        _item("R2", "R2a", paid_amount="40.00"),
        _item("R2", "R2b", paid_amount="40.00", refund_amount="15.00"),
        _item("R4", "R4a", paid_amount="40.00"),
        _item("R4", "R4b", paid_amount="40.00"),
        _item("R5", "R5a", paid_amount="30.00"),
        _item("R5", "R5b", paid_amount="50.00"),
    ]),
    File("taobao.refund", "退款1.xlsx", "2026-10-19 00:00:00", [
        _refund("R8", "c80", refund_status_raw="退款中", refund_finished_at=None),
        _refund("R6", "c60", refund_status_raw="等待卖家同意", refund_finished_at=None),
    ]),
    File("taobao.refund", "退款2.xlsx", "2026-11-09 00:00:00", [
        _refund("R1", "c11", refund_amount="30.00"),
        _refund("R1", "c12", refund_amount="15.00", refund_finished_at="2026-11-08 12:00:00"),
        _refund("R1", "c13", refund_amount="15.00", refund_finished_at="2026-11-11 00:00:00"),
        _refund("R2b", "c21", refund_amount="15.00"),
        _refund("R2a", "c22", refund_amount="1.50", refund_type="退货退款"),
        _refund("R4", "c41", refund_amount="40.00", item_id="iR4b"),
        _refund("R5", "c51", refund_amount="8.00"),
        _refund("R6", "c60", refund_amount="20.00"),
        _refund("R7", "c71", refund_amount="20.00"),
        _refund("R8", "c81", refund_status_raw="退款关闭", refund_amount="50.00", refund_type="退货退款"),
        _refund("R8", "c82", refund_status_raw="等待买家退货", refund_amount="50.00", refund_type="是", refund_finished_at=None),
        _refund("R8", "c83", refund_status_raw="换货成功", refund_amount=None, refund_type="换货"),
        _refund("R8", "c84", refund_status_raw="补寄成功", refund_amount="0.00", refund_type="补寄"),
        _refund("R8", "c85", refund_status_raw="维修成功", refund_amount="0", refund_type="维修"),
        _refund("R9", "c91", refund_amount="50.00", refund_finished_at=None, refund_type="否"),
        _refund("R13", "c131", refund_amount="9.99"),
        _refund("R8", "c86", refund_status_raw="没见过的状态"),
        _refund("R8", "c87", refund_amount=None),
        _refund("R8", "c88", refund_applied_at="soon"),
        _refund("R8", "c89", refund_amount="-5.00"),
    ]),
]  # fmt: skip

DOUYIN = [
    File("douyin.order", "1794000000_b.csv", "2026-10-20 00:00:00", [
        {"order_id": "A1", "order_line_id": "A11", "quantity": "1", "paid_amount": "50.00", "created_at": "2026-10-04 20:00:00",
         "paid_at": "2026-10-04 20:00:30", "status_raw": "已完成", "refund_status_raw": "退款成功"},
        {"order_id": "A1", "order_line_id": "A12", "quantity": "1", "paid_amount": "25.00", "created_at": "2026-10-04 20:00:00",
         "paid_at": "2026-10-04 20:00:30", "status_raw": "已完成"},
    ]),
    File("douyin.aftersale", "售后.csv", "2026-10-21 00:00:00", [
        {"refund_id": "d1", "order_id": "A1", "order_line_id": "A11", "refund_amount": "8.00", "refund_shipping": "2.00",
         "refund_status_raw": "同意退款，退款成功", "refund_type": "仅退款", "refund_applied_at": "2026-10-05 10:00:00",
         "refund_paid_at": "2026-10-05 12:00:00", "refund_finished_at": "2026-10-06 12:00:00"},
        {"refund_id": "d2", "order_id": "A1", "order_line_id": "A11", "refund_amount": "50.00", "refund_status_raw": "售后关闭",
         "refund_type": "退货退款", "refund_applied_at": "2026-10-05 09:00:00", "refund_closed_at": "2026-10-05 09:30:00"},
        {"refund_id": "d3", "order_line_id": "A12", "refund_amount": "3.00", "refund_status_raw": "退款成功", "refund_type": "仅退款",
         "refund_applied_at": "2026-10-05 09:00:00", "refund_received_at": "2026-10-07 09:30:00"},
        {"refund_id": "d4", "order_line_id": "A99", "refund_amount": "4.00", "refund_status_raw": "退款成功", "refund_type": "仅退款"},
        {"refund_id": "d5", "order_id": "A1", "order_line_id": "A12", "refund_amount": "25.00", "refund_status_raw": "待商家处理"},
    ]),
]  # fmt: skip

KUAISHOU = [
    File("kuaishou.order", "快手订单.xlsx", "2026-10-20 00:00:00", [
        _kuaishou("K1"),
        _kuaishou("K2", status_raw="待付款", paid_at=None, paid_amount=None),
        _kuaishou("K3", status_raw="待发货", paid_amount="3.00"),
        _kuaishou("K4", status_raw="已发货", paid_amount="4.00"),
        _kuaishou("K5", status_raw="已收货", paid_amount="5.00"),
        _kuaishou("K6", status_raw="交易关闭", paid_amount="6.00"),
        _kuaishou("K7", status_raw="交易关闭", paid_at=None, paid_amount="7.00"),
        _kuaishou("K8", refund_status_raw="退款成功", paid_amount="80.00"),
        _kuaishou("K9", paid_amount=None),
        _kuaishou("K10", content_type=None, traffic_channel="短视频", receiver_phone="13900000041", paid_amount="10.00"),
    ]),
    File("kuaishou.aftersale", "快手售后.xlsx", "2026-10-21 00:00:00", [
        _kuaishou_case("K1", "s1"),
        _kuaishou_case("K8", "s8", refund_amount="80.00", buyer_user_id="9***1"),
        _kuaishou_case("K4", "s4", refund_status_raw="售后关闭", refund_amount="4.00", buyer_user_id=None),
        _kuaishou_case("K99", "s99", buyer_user_id="900099"),
    ]),
]  # fmt: skip

XIAOHONGSHU = File("xiaohongshu.order", "小红书.xlsx", "2026-10-20 00:00:00", [
    _xiaohongshu("P1", "S1"),
    _xiaohongshu("P1", "S1", paid_amount="59.99"),  # the same SKU in a second package
    _xiaohongshu("P1", "S2", paid_amount=None, is_gift="是", item_title="赠品"),
    _xiaohongshu("P2", "S1", status_raw="待支付", paid_at=None, completed_at=None),
    _xiaohongshu("P3", "S1", status_raw="待发货", paid_amount="3.00", completed_at=None),
    _xiaohongshu("P4", "S1", status_raw="待收货", paid_amount="4.00", completed_at=None),
    _xiaohongshu("P5", "S1", status_raw="已发货", paid_amount="5.00", completed_at=None),
    _xiaohongshu("P6", "S1", status_raw="已取消", paid_amount="6.00", paid_at=None, completed_at=None),
    _xiaohongshu("P7", "S1", status_raw="已关闭", paid_amount="7.00", completed_at=None),
    _xiaohongshu("P8", "S1", refund_status_raw="退款成功", paid_amount="8.00", buyer_user_id=None),
    _xiaohongshu("P9", "S1", quantity="0.5"),
])  # fmt: skip

# W1: 100.00 over lines that say 30.00 and 60.00; a refund of the second.
WECHAT = File("wechat.shop_order", "视频号.xlsx", "2026-10-20 00:00:00", [
    _wechat("W1", "1"),
    _wechat("W1", "2", line_paid_amount="60.00", refund_amount="10.00"),
    _wechat("W2", "1", status_raw="待付款", paid_at=None, paid_amount=None, line_paid_amount=None),
    _wechat("W3", "1", status_raw="待发货", paid_amount="3.00"),
    _wechat("W4", "1", status_raw="部分发货", paid_amount="4.00"),
    _wechat("W5", "1", status_raw="待收货", paid_amount="5.00"),
    _wechat("W6", "1", status_raw="已取消", paid_amount="6.00"),
    _wechat("W7", "1", status_raw="已取消", paid_amount="7.00", paid_at=None),
    _wechat("W8", "1", paid_amount=None, line_paid_amount="8.00"),
    _wechat("W9", "1", paid_amount="ten"),
])  # fmt: skip

YOUZAN = [
    File("youzan.orders", "有赞订单.csv", "2026-10-20 00:00:00", [
        _youzan("Y1"),
        _youzan("Y2", status_raw="待付款", paid_at=None, completed_at=None, paid_amount=None),
        _youzan("Y3", status_raw=None, completed_at=None, paid_amount="3.00"),
        _youzan("Y4", status_raw="交易关闭", completed_at=None, paid_amount="4.00", refund_amount="4.00"),
        _youzan("Y5", status_raw="已发货", completed_at=None, paid_amount="50.00", refund_amount="20.00", buyer_phone=None),
        _youzan("Y6", created_at="??"),
    ]),
    # Y4: the case and the order tell of the same money; Y5: the case of more than the order, in part still open.
    File("youzan.aftersale", "有赞售后.csv", "2026-10-21 00:00:00", [
        {"refund_id": "y4", "order_id": "Y4", "refund_status_raw": "退款成功", "refund_amount": "4.00", "refund_type": "仅退款",
         "refund_applied_at": "2026-10-06 09:00:00", "refund_finished_at": "2026-10-07 09:00:00", "buyer_phone": "13900000021"},
        {"refund_id": "y5", "order_id": "Y5", "refund_status_raw": "售后完成", "refund_amount": "25.50", "refund_type": "退货退款",
         "refund_applied_at": "2026-10-06 09:00:00", "refund_finished_at": "2026-10-07 10:00:00"},
        {"refund_id": "y6", "order_id": "Y5", "refund_status_raw": "处理中", "refund_amount": "1.00"},
        {"refund_id": "y7", "order_id": "Y1", "refund_status_raw": "退款成功", "refund_amount": "3.00", "item_title": "盘"},
        {"refund_id": "y8", "order_id": "Y1", "refund_amount": "3.00"},
    ]),
    # Two forms of the item export: the newer names the line by another number, but it is the same line.
    File("youzan.order_items", "有赞商品1.csv", "2026-10-19 00:00:00", [
        _youzan_item("Y1", merchant_sku="B1", sku_spec="大"),
        _youzan_item("Y1", merchant_sku="B2", sku_spec="小", item_title="盘", line_paid_amount="30.00"),
    ]),
    File("youzan.order_items", "有赞商品2.csv", "2026-10-21 00:00:00", [
        _youzan_item("Y1", merchant_sku="B1", sku_spec="大", sku_id="777", refund_amount="11.00"),
    ]),
]  # fmt: skip

# 7.00 CNY to the dollar in the configuration of the tests' currency table is not assumed: amounts are asked in CNY.
AMAZON = [
    File("amazon.all_orders", "1001.txt", "2026-10-20 00:00:00", [
        _amazon("111-1", "M", currency="CNY"),
        _amazon("111-1", "M", currency="CNY", goods_amount="10.00", shipping_fee=None, gift_wrap_fee=None, discount_total=None, discount_shipping=None),
        _amazon("111-2", "M", currency="CNY", status_raw="Pending", goods_amount=None, shipping_fee=None),
        _amazon("111-3", "M", currency="CNY", status_raw="Unshipped"),
        _amazon("111-4", "M", currency="CNY", status_raw="Shipping"),
        _amazon("111-5", "M", currency="CNY", status_raw="Shipped - Delivered to Buyer"),
        _amazon("111-6", "M", currency="CNY", status_raw="Shipped - Returned to Seller"),
        _amazon("111-7", "M", currency="CNY", status_raw="Cancelled", goods_amount=None, quantity="0"),
        _amazon("111-8", "M", currency="CNY", line_status_raw="Cancelled"),
        _amazon("111-9", "M", currency="CNY", created_at="yesterday"),
        _amazon("111-10", "M", currency="CNY", updated_at="2026-10-07T02:00:00+00:00", status_raw="Unshipped"),
        _amazon("111-10", "M", currency="CNY", updated_at="2026-10-08T02:00:00+00:00", status_raw="Shipped"),
    ]),
    # New orders, exported later: the alias names the buyer; no state, so the state above stays.
    File("amazon.orders_detail", "1002.txt", "2026-10-21 00:00:00", [
        _amazon_detail("111-5", "51", "M", currency="CNY", goods_amount="20.00", shipping_fee="4.99"),
        _amazon_detail("111-2", "21", "M", currency="CNY", goods_amount="21.00"),
    ]),
    # Unshipped orders have no amounts and no currency.
    File("amazon.orders_detail", "1003.txt", "2026-10-22 00:00:00", [
        _amazon_detail("111-3", "31", "M", quantity_shipped="0"),
        _amazon_detail("111-20", "201", "M"),
    ]),
    # Shipments: one line in two parcels, another line of the same SKU.
    File("amazon.orders_detail", "1004.txt", "2026-10-23 00:00:00", [
        _amazon_detail("111-30", "301", "M", quantity=None, quantity_shipped="2", currency="CNY", goods_amount="20.00", shipping_fee="1.00",
                       discount_total="-0.50", shipped_at="2026-10-08T00:00:00+00:00", buyer_email_alias=None),
        _amazon_detail("111-30", "301", "M", quantity=None, quantity_shipped="1", currency="CNY", goods_amount="10.00", shipping_fee="0.01",
                       shipped_at="2026-10-09T00:00:00+00:00", buyer_email_alias=None),
        _amazon_detail("111-30", "302", "M", quantity=None, quantity_shipped="1", currency="CNY", goods_amount="9.00",
                       shipped_at="2026-10-09T00:00:00+00:00", buyer_email_alias=None),
    ]),
]  # fmt: skip

WOOCOMMERCE = File("woocommerce.analytics_orders", "orders.csv", "2026-11-09 00:00:00", [
    _woo("1", items_text="2× Tea, green"),
    _woo("1", created_at="2026-10-09 10:00:00", paid_amount="-5.00", net_sales_text="-¥5.00", quantity="-1"),
    _woo("1", created_at="2026-11-10 23:00:00", paid_amount="-10.01"),
    _woo("2", status_raw="pending", paid_amount="2.00"),
    _woo("3", status_raw="on-hold", paid_amount="3.00"),
    _woo("4", status_raw="processing", paid_amount="4.00"),
    _woo("5", status_raw="cancelled", paid_amount="5.00"),
    _woo("6", status_raw="refunded", paid_amount="6.00"),
    _woo("7", status_raw="failed", paid_amount="7.00"),
    _woo("8", paid_amount=None, net_sales_text="¥1,008.00", items_text="1× Tea, 1× Cup"),
    _woo("9", status_raw="sleeping"),
    _woo("99", paid_amount="-1.00"),
])  # fmt: skip

FILES = [
    *TAOBAO, *TAOBAO_REFUNDS, *DOUYIN, *KUAISHOU, XIAOHONGSHU, WECHAT, *YOUZAN, *AMAZON, WOOCOMMERCE,
]  # fmt: skip
