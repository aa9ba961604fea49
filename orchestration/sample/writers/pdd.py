"""``pdd.order``: UTF-8 with a mark, one item per order, no buyer at all, thousands commas."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample.chunk import Chunk
from orchestration.sample.files import UTF8_BOM, CsvFormat, Folder
from orchestration.sample.orders import Orders, State, scattered, state_at
from orchestration.sample.period import DAY
from orchestration.sample.population import PDD
from orchestration.sample.text import (
    Text,
    csv_lines,
    joined,
    money,
    padded,
    sliced,
    take,
    where,
    whole,
)
from orchestration.sample.writers.headers import PDD_ORDER

FORMAT = CsvFormat(PDD_ORDER, UTF8_BOM)
EXPORT_MINUTE = 35

_WAITS, _PAID, _SHIPPED, _DONE, _GIVEN_UP, _CANCELLED, _RETURNED = range(7)
_STATUS = pa.array(
    [
        "待支付",
        "待发货",
        "已发货，待收货",
        "已收货",
        "已取消",
        "未发货，退款成功",
        "已收货，退款成功",
    ]
)


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the chunk's Pinduoduo orders to the files of every export window."""
    orders = chunk.orders.select(chunk.orders.platform == PDD)
    for window in chunk.period.windows(EXPORT_MINUTE):
        part = orders.select((orders.created >= window.begins) & (orders.created < window.ends))
        state = state_at(part, min(window.taken, chunk.period.close))
        folder.append_csv(
            f"pdd/orders_export_{window.label}.csv",
            FORMAT,
            _lines(chunk, part, state),
            chunk.period.epoch + window.taken,
        )


def _lines(chunk: Chunk, orders: Orders, state: State) -> pa.Array:
    period, catalogue, person = chunk.period, chunk.catalogue, orders.person
    code = np.select(
        [
            state.is_given_up,
            state.is_cancelled,
            state.is_refunded,
            state.is_completed,
            state.is_shipped,
            state.is_paid,
        ],
        [_GIVEN_UP, _CANCELLED, _RETURNED, _DONE, _SHIPPED, _PAID],
        _WAITS,
    )
    discount = orders.line_list - orders.line_paid
    by_platform = discount * 4 // 10
    paid_at = period.clock_text(orders.paid, state.is_paid)
    day = joined(period.days_text(orders.created))
    parts = [sliced(day, start, start + 2) for start in (2, 5, 8)]
    item = take(catalogue.platform_ids(580_100_000_001, 13), orders.line_item)
    cells: dict[str, Text] = {
        "商品": take(catalogue.title, orders.line_item),
        "订单号": joined(*parts, "-", padded(scattered(orders.number, 15), 15), "\t"),
        "订单状态": take(_STATUS, code),
        "商品数量(件)": whole(orders.line_quantity),
        "是否审核中": "否",
        "支付时间": joined(paid_at, "\t"),
        "承诺发货时间": period.clock_text(orders.paid + 2 * DAY, state.is_paid),
        "发货时间": period.clock_text(orders.shipped, state.is_shipped),
        "确认收货时间": period.clock_text(orders.completed, state.is_completed),
        "商品id": joined(item, "\t"),
        "商品规格": "标准",
        "样式ID": joined(item, "01\t"),
        "商品一级类目": take(catalogue.category, orders.line_item),
        "商家编码-规格维度": take(catalogue.sku, orders.line_item),
        "商家编码-商品维度": take(catalogue.sku, orders.line_item),
        "售后状态": where(state.is_refunded, "退款成功", "无售后或售后取消"),
        "订单成交时间": where(orders.source < 70, paid_at),
        "商品总价(元)": money(orders.line_list, commas=True),
        "邮费(元)": "0.00",
        "店铺优惠折扣(元)": money(discount - by_platform, commas=True),
        "平台优惠折扣(元)": money(by_platform, commas=True),
        "多多支付立减金额(元)": "0.00",
        "上门安装费(元)": "0.00",
        "送货入户费(元)": "0.00",
        "送货入户并安装费(元)": "0.00",
        "用户实付金额(元)": money(orders.line_paid, commas=True),
        "商家实收金额(元)": money(orders.line_paid + by_platform, commas=True),
        "快递单号": where(state.is_shipped, joined("YT", padded(orders.number % 10**13, 13), "\t")),
        "快递公司": where(state.is_shipped, "圆通快递"),
        "省": chunk.provinces(person),
        "市": chunk.cities(person),
        "区": chunk.districts(person),
        "是否抽奖或0元试用": "否",
        "是否顺丰加价": "否",
        "用户购买手机号": "\t",
        "是否门店自提": "否",
        "支付方式": where(state.is_paid, "微信支付"),
        "是否直播间成交": where(orders.source < 12, "是", "否"),
        "是否直播间引导成交": "否",
        "是否分期": "否",
        "是否社区团购": "否",
    }
    return csv_lines(PDD_ORDER, cells, orders.size)
