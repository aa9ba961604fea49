"""``taobao.order_list.legacy`` and ``taobao.item_list.legacy``: GB18030, every cell quoted.

Item lists carry the lines with what was paid and refunded; the order list carries their sums.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample.chunk import Chunk
from orchestration.sample.files import GB18030, CsvFormat, Folder
from orchestration.sample.orders import Orders, State, scattered, state_at
from orchestration.sample.period import DAY
from orchestration.sample.population import PLAIN, TAOBAO, VIRTUAL
from orchestration.sample.text import (
    Flags,
    Text,
    csv_lines,
    joined,
    money,
    padded,
    take,
    where,
    whole,
)
from orchestration.sample.writers.headers import TAOBAO_ITEM_LIST, TAOBAO_ORDER_LIST

ORDER_LIST = CsvFormat(TAOBAO_ORDER_LIST, GB18030, quote_all=True)
ITEM_LIST = CsvFormat(TAOBAO_ITEM_LIST, GB18030, quote_all=True)
EXPORT_MINUTE = 11

_MESSAGES = pa.array(
    [
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "麻烦尽快发货，谢谢",
        '请用""礼盒""包装\n不要放小票',
        "null",
    ]
)
_WAITS, _PAID, _SHIPPED, _DONE, _CLOSED = range(5)
_STATUS = pa.array(
    ["等待买家付款", "买家已付款，等待卖家发货", "卖家已发货，等待买家确认", "交易成功", "交易关闭"]
)


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the chunk's Taobao orders to the files of every export window."""
    orders = chunk.orders.select(chunk.orders.platform == TAOBAO)
    for window in chunk.period.windows(EXPORT_MINUTE):
        part = orders.select((orders.created >= window.begins) & (orders.created < window.ends))
        state = state_at(part, min(window.taken, chunk.period.close))
        exported = chunk.period.epoch + window.taken
        stamp = f"{chunk.period.moment(window.taken):%Y%m%d%H%M}"
        folder.append_csv(
            f"taobao/{window.label}/ExportOrderList{stamp}.csv",
            ORDER_LIST,
            _order_lines(chunk, part, state),
            exported,
        )
        folder.append_csv(
            f"taobao/{window.label}/ExportOrderDetailList{stamp}.csv",
            ITEM_LIST,
            _item_lines(chunk, part, state),
            exported + 60,
        )


def order_id(orders: Orders) -> pa.Array:
    """The 19-digit order number."""
    return joined("4", padded(scattered(orders.number, 18), 18))


def _guarded(text: pa.Array) -> pa.Array:
    """Long numbers stand as ``="..."`` so that spreadsheets keep their digits."""
    return joined('=""', text, '""')


def _status(paid: Flags, shipped: Flags, completed: Flags, closed: Flags) -> pa.Array:
    code = np.select([closed, completed, shipped, paid], [_CLOSED, _DONE, _SHIPPED, _PAID], _WAITS)
    return take(_STATUS, code)


def _order_lines(chunk: Chunk, orders: Orders, state: State) -> pa.Array:
    people, period = chunk.people, chunk.period
    person = orders.person
    closed = state.is_given_up | state.is_void
    plain_nick = people.nick_is_plain[person]
    nick = where(plain_nick, take(people.nick, person), take(people.masked_nick, person))
    kind = people.taobao_phone[person]
    phone = take(people.phone, person)
    virtual = joined(
        "1849",
        padded(scattered(orders.number, 12) % 10**7, 7),
        "-",
        padded(orders.number % 10_000, 4),
    )
    shown = where(
        kind == PLAIN,
        joined("'", phone),
        where(kind == VIRTUAL, virtual, take(people.masked_phone(4, "****"), person)),
    )
    due = orders.per_order(orders.line_paid)
    titles, kinds, units = _contents(chunk, orders)
    cells: dict[str, Text] = {
        "订单编号": _guarded(order_id(orders)),
        "买家会员名": nick,
        "买家会员昵称": nick,
        "支付单号": where(state.is_paid, _guarded(_payment_id(orders))),
        "支付详情": where(state.is_paid, joined("支付宝:", money(due))),
        "买家应付货款": money(due),
        "买家应付邮费": "0.00",
        "买家支付积分": "0",
        "总金额": money(due),
        "返点积分": "0",
        "买家实际支付金额": money(state.gross),
        "买家实际支付积分": "0",
        "订单状态": _status(state.is_paid, state.is_shipped, state.is_completed, closed),
        "买家留言": take(_MESSAGES, orders.source % len(_MESSAGES)),
        "收货人姓名": joined(take(people.surname, person), "**"),
        "收货地址 ": joined(
            chunk.provinces(person),
            " ",
            chunk.cities(person),
            " ",
            chunk.districts(person),
            " ****",
        ),
        "运送方式": "快递",
        "联系手机": shown,
        "虚拟号过期时间": period.clock_text(orders.created + 60 * DAY, kind == VIRTUAL),
        "订单创建时间": period.clock_text(orders.created),
        "订单付款时间 ": period.clock_text(orders.paid, state.is_paid),
        "宝贝标题 ": titles,
        "宝贝种类 ": kinds,
        "物流单号 ": where(state.is_shipped, joined("No:YT", padded(orders.number % 10**13, 13))),
        "物流公司": where(state.is_shipped, "圆通速递"),
        "订单备注": "null",
        "宝贝总数量": units,
        "店铺Id": "104729618",
        "店铺名称": "双环旗舰店",
        "订单关闭原因": where(
            state.is_given_up,
            "买家未付款",
            where(state.is_void, "退款成功，交易关闭", "订单未关闭"),
        ),
        "卖家服务费": "0元",
        "买家服务费": "0元",
        "是否手机订单": where(orders.source < 88, "手机订单"),
        "是否代付": "否",
        "退款金额": money(state.refund),
        "确认收货时间": period.clock_text(orders.completed, state.is_completed),
        "打款商家金额": where(state.is_completed, money(state.gross - state.refund), "0.00"),
        "发货时间": period.clock_text(orders.shipped, state.is_shipped),
        "主订单编号": _guarded(order_id(orders)),
    }
    return csv_lines(TAOBAO_ORDER_LIST, cells, orders.size, quote_all=True)


def _contents(chunk: Chunk, orders: Orders) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Titles of an order joined by full-width commas, different items, units."""
    kinds = orders.per_order(np.ones(len(orders.line_order), dtype=np.int64))
    first = np.searchsorted(orders.line_order, np.arange(orders.size))
    title = take(chunk.catalogue.title, orders.line_item)
    pieces: list[Text] = []
    for place in range(3):
        has = kinds > place
        line = np.where(has, first + place, 0)
        mark = take(pa.array(["，" if place else ""]), np.zeros(orders.size, dtype=np.int64), has)
        pieces += [mark, take(title, line, has)]
    return joined(*pieces), whole(kinds), whole(orders.per_order(orders.line_quantity))


def _payment_id(orders: Orders) -> pa.Array:
    return joined("2026", padded(scattered(orders.number, 16), 16))


def _item_lines(chunk: Chunk, orders: Orders, state: State) -> pa.Array:
    catalogue, period = chunk.catalogue, chunk.period
    row = orders.line_order
    code = take(catalogue.sku, orders.line_item)
    paid = state.is_paid[row]
    closed = state.is_given_up[row] | state.line_is_void
    parent = take(order_id(orders), row)
    refunded = state.line_refund > 0
    cells: dict[str, Text] = {
        "子订单编号": _guarded(joined(parent, whole(orders.line_place + 1))),
        "主订单编号": _guarded(parent),
        "标题": take(catalogue.title, orders.line_item),
        "价格": money(catalogue.price[orders.line_item]),
        "购买数量": whole(orders.line_quantity),
        "外部系统编号": code,
        "商品属性": "规格：标准",
        "备注": "null",
        "订单状态": _status(paid, state.is_shipped[row], state.is_completed[row], closed),
        "商家编码": code,
        "支付单号": where(paid, _guarded(take(_payment_id(orders), row))),
        "买家应付货款": money(orders.line_paid),
        "买家实际支付金额": money(state.line_gross),
        "退款状态": where(refunded, "退款成功", "没有申请退款"),
        "退款金额": where(refunded, money(state.line_refund), "无退款申请"),
        "订单创建时间": period.clock_text(orders.created[row]),
        "订单付款时间": period.clock_text(orders.paid[row], paid),
    }
    return csv_lines(TAOBAO_ITEM_LIST, cells, len(row), quote_all=True)
