"""``youzan.order_items``: one row per line, the receiver's phone in plain."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample.chunk import Chunk
from orchestration.sample.files import UTF8_BOM, CsvFormat, Folder
from orchestration.sample.orders import Orders, State, scattered, state_at
from orchestration.sample.population import YOUZAN
from orchestration.sample.text import (
    Text,
    csv_lines,
    digits,
    joined,
    money,
    padded,
    take,
    where,
    whole,
)
from orchestration.sample.writers.headers import YOUZAN_ORDER_ITEMS

FORMAT = CsvFormat(YOUZAN_ORDER_ITEMS, UTF8_BOM)
EXPORT_MINUTE = 58

_WAITS, _PAID, _SHIPPED, _DONE, _CLOSED = range(5)
_STATUS = pa.array(["待付款", "待发货", "已发货", "交易完成", "交易关闭"])


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the chunk's Youzan orders to the files of every export window."""
    orders = chunk.orders.select(chunk.orders.platform == YOUZAN)
    for window in chunk.period.windows(EXPORT_MINUTE):
        part = orders.select((orders.created >= window.begins) & (orders.created < window.ends))
        state = state_at(part, min(window.taken, chunk.period.close))
        folder.append_csv(
            f"youzan/有赞订单商品_{window.label}.csv",
            FORMAT,
            _lines(chunk, part, state),
            chunk.period.epoch + window.taken,
        )


def _lines(chunk: Chunk, orders: Orders, state: State) -> pa.Array:
    people, period, catalogue, row = chunk.people, chunk.period, chunk.catalogue, orders.line_order
    person = orders.person[row]
    paid = state.is_paid[row]
    code = np.select(
        [
            state.is_given_up[row] | state.line_is_void,
            state.is_completed[row],
            state.is_shipped[row],
            paid,
        ],
        [_CLOSED, _DONE, _SHIPPED, _PAID],
        _WAITS,
    )
    moment = digits(period.clock_text(orders.created))
    number = joined("E", moment, padded(scattered(orders.number, 12), 12))
    item = take(catalogue.platform_ids(2_900_000_001, 3), orders.line_item)
    sku = take(catalogue.sku, orders.line_item)
    cells: dict[str, Text] = {
        "订单号": take(number, row),
        "商品名称": take(catalogue.title, orders.line_item),
        "买家付款时间": period.clock_text(orders.paid[row], paid),
        "交易成功时间": period.clock_text(orders.completed[row], state.is_completed[row]),
        "收货人/提货人": joined(take(people.surname, person), "**"),
        "收货人手机号/提货人手机号": take(people.phone, person),
        "收货人省份": chunk.provinces(person),
        "收货人城市": chunk.cities(person),
        "收货人地区": chunk.districts(person),
        "详细收货地址/提货地址": joined(chunk.districts(person), "****"),
        "订单商品状态": take(_STATUS, code),
        "商品规格": "标准",
        "商品规格ID": joined(item, "1"),
        "规格编码": sku,
        "商品编码": sku,
        "商品数量": whole(orders.line_quantity),
        "商品实际成交金额": money(orders.line_paid),
        "商品退款状态": where(
            state.line_is_void,
            "全额退款成功",
            where(state.line_refund > 0, "部分退款成功", "无退款"),
        ),
        "商品已退款金额": money(state.line_refund),
        "商品成本价": money(catalogue.price[orders.line_item] * 4 // 10),
        "商品ID": item,
    }
    return csv_lines(YOUZAN_ORDER_ITEMS, cells, len(row))
