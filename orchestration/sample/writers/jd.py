"""``jd.order``: GBK, one row per line, order money repeated on each, cells that end in a TAB."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample.chunk import Chunk
from orchestration.sample.files import GBK, CsvFormat, Folder
from orchestration.sample.orders import CANCELLED, Orders, State, scattered, state_at
from orchestration.sample.population import JD
from orchestration.sample.text import Text, csv_lines, joined, money, padded, take, where, whole
from orchestration.sample.writers.headers import JD_ORDER

FORMAT = CsvFormat(JD_ORDER, GBK)
EXPORT_MINUTE = 23

_WAITS, _PAID, _SHIPPED, _DONE, _GIVEN_UP, _CANCELLED, _REJECTED = range(7)
_STATUS = pa.array(
    [
        "等待付款",
        "等待出库",
        "等待确认收货",
        "完成",
        "(删除)等待付款",
        "(删除)等待出库",
        "(删除)等待确认收货",
    ]
)
_CHANNELS = pa.array(["APP", "微信", "PC", "手机QQ"])


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the chunk's JD orders; the files are named by a task number only."""
    orders = chunk.orders.select(chunk.orders.platform == JD)
    for window in chunk.period.windows(EXPORT_MINUTE):
        part = orders.select((orders.created >= window.begins) & (orders.created < window.ends))
        state = state_at(part, min(window.taken, chunk.period.close))
        folder.append_csv(
            f"jd/{window.label}/{27_000_000 + window.begins // 3600 * 37 + window.taken % 997}.csv",
            FORMAT,
            _lines(chunk, part, state),
            chunk.period.epoch + window.taken,
        )


def _lines(chunk: Chunk, orders: Orders, state: State) -> pa.Array:
    people, period, row = chunk.people, chunk.period, orders.line_order
    person = orders.person[row]
    code = np.select(
        [
            state.is_given_up,
            state.is_refunded & (orders.refund_kind == CANCELLED),
            state.is_refunded,
            state.is_completed,
            state.is_shipped,
            state.is_paid,
        ],
        [_GIVEN_UP, _CANCELLED, _REJECTED, _DONE, _SHIPPED, _PAID],
        _WAITS,
    )
    listed = orders.per_order(orders.line_list)
    due = orders.per_order(orders.line_paid)
    shown = people.pin_is_shown[person]
    number = padded(scattered(orders.number, 12) + 10**12, 13)
    cells: dict[str, Text] = {
        "订单号": joined(take(number, row), "\t"),
        "商品ID": joined(
            take(chunk.catalogue.platform_ids(10_021_000_000_001, 7), orders.line_item), "\t"
        ),
        "商品名称": take(chunk.catalogue.title, orders.line_item),
        "订购数量": whole(orders.line_quantity),
        "支付方式": "在线支付",
        "下单时间": joined(period.clock_text(orders.created[row]), "\t"),
        "京东价": money(chunk.catalogue.price[orders.line_item]),
        "订单金额": money(listed[row]),
        "结算金额": money(due[row]),
        "余额支付": "0.00",
        "应付金额": money(due[row]),
        "订单状态": take(_STATUS, code[row]),
        "订单类型": "SOP",
        "下单帐号": where(shown, take(people.pin, person)),
        "客户姓名": joined(take(people.surname, person), "**"),
        "客户地址": joined(
            chunk.provinces(person), chunk.cities(person), chunk.districts(person), "******"
        ),
        "联系电话": joined(take(people.masked_phone(6, "******"), person), "\t"),
        "发票类型": "电子发票",
        "发票内容": "明细",
        "运费金额": "0.00",
        "付款确认时间": joined(period.clock_text(orders.paid[row], state.is_paid[row]), "\t"),
        "货号": take(chunk.catalogue.sku, orders.line_item),
        "订单完成时间": joined(
            period.clock_text(orders.completed[row], state.is_completed[row]), "\t"
        ),
        "订单来源": "京东",
        "订单渠道": take(_CHANNELS, np.searchsorted([70, 85, 95], orders.source, "right")[row]),
    }
    return csv_lines(JD_ORDER, cells, len(row))
