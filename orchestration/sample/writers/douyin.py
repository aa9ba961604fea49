"""``douyin.order``: a TAB before ids, ciphertext for people, the export time in the file name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample.chunk import Chunk
from orchestration.sample.files import UTF8_BOM, CsvFormat, Folder
from orchestration.sample.orders import Orders, State, scattered, state_at
from orchestration.sample.period import DAY
from orchestration.sample.population import DOUYIN
from orchestration.sample.text import (
    Text,
    csv_lines,
    joined,
    mixed,
    money,
    padded,
    spelled,
    take,
    where,
    whole,
)
from orchestration.sample.writers.headers import DOUYIN_ORDER

FORMAT = CsvFormat(DOUYIN_ORDER, UTF8_BOM)
EXPORT_MINUTE = 47

_WAITS, _PAID, _SHIPPED, _DONE, _CLOSED = range(5)
_STATUS = pa.array(["待支付", "待发货", "已发货", "已完成", "已关闭"])
_LIVE, _VIDEO, _CARD, _NOTE = range(4)
_CONTENT = pa.array(["直播", "短视频", "商品卡", "图文"])
_SOURCE = pa.array(["直播间", "短视频", "商城", "图文"])


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the chunk's Douyin orders; only the file name says when the export was taken."""
    orders = chunk.orders.select(chunk.orders.platform == DOUYIN)
    for window in chunk.period.windows(EXPORT_MINUTE):
        part = orders.select((orders.created >= window.begins) & (orders.created < window.ends))
        state = state_at(part, min(window.taken, chunk.period.close))
        exported = chunk.period.epoch + window.taken
        folder.append_csv(
            f"douyin/{exported}_{window.label}.csv",
            FORMAT,
            _lines(chunk, part, state, exported),
            exported,
        )


def _guarded(text: pa.Array) -> pa.Array:
    return joined('"\t', text, '"')


def _lines(chunk: Chunk, orders: Orders, state: State, exported: int) -> pa.Array:
    period, catalogue, row = chunk.period, chunk.catalogue, orders.line_order
    person = orders.person[row]
    paid = state.is_paid[row]
    refunded = state.line_refund > 0
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
    content = np.searchsorted([46, 72, 92], orders.source, "right")[row]
    parent = joined("69", padded(scattered(orders.number, 16), 16))
    parent = take(parent, row)
    discount = orders.line_list - orders.line_paid
    by_platform = discount * 4 // 10
    # The cipher changes with every export, so it is no identity.
    cipher = spelled(mixed(chunk.people.number[person].astype(np.uint64), exported))
    influencer = where(content == _LIVE, padded(88_000_001 + orders.source[row] % 9, 11))
    cells: dict[str, Text] = {
        "主订单编号": _guarded(joined(parent, "0")),
        "子订单编号": _guarded(joined(parent, whole(orders.line_place + 1))),
        "选购商品": take(catalogue.title, orders.line_item),
        "商品规格": "规格:标准",
        "商品数量": whole(orders.line_quantity),
        "商品ID": _guarded(
            take(catalogue.platform_ids(3_510_000_000_000_000_001, 11), orders.line_item)
        ),
        "商家编码": take(catalogue.sku, orders.line_item),
        "商品单价": money(catalogue.price[orders.line_item], commas=True),
        "订单应付金额": money(orders.line_paid, commas=True),
        "运费": "0.00",
        "优惠总金额": money(discount, commas=True),
        "平台优惠": money(by_platform, commas=True),
        "商家优惠": money(discount - by_platform, commas=True),
        "达人优惠": "0.00",
        "商家改价": "0.00",
        "支付优惠": "0.00",
        "红包抵扣": "0.00",
        "支付方式": where(paid, "抖音支付", "-"),
        "手续费": "0.00",
        "收件人": joined("##", cipher, "##n"),
        "收件人手机号": joined("$$", cipher, "$$p"),
        "省": chunk.provinces(person),
        "市": chunk.cities(person),
        "区": chunk.districts(person),
        "详细地址": joined("##", cipher, "##a"),
        "是否修改过地址": "否",
        "买家留言": "-",
        "订单提交时间": joined(period.clock_text(orders.created[row]), "\t"),
        "商家备注": "-",
        "订单完成时间": where(
            state.is_completed[row],
            period.clock_text(orders.completed[row], state.is_completed[row]),
            "-",
        ),
        "支付完成时间": where(paid, period.clock_text(orders.paid[row], paid), "-"),
        "APP渠道": "抖音",
        "流量来源": take(_SOURCE, content),
        "订单状态": take(_STATUS, code),
        "承诺发货时间": period.clock_text(orders.paid[row] + 2 * DAY, paid),
        "订单类型": "普通订单",
        "达人ID": influencer,
        "达人昵称": where(content == _LIVE, "双环优选主播"),
        "售后状态": where(refunded, "退款成功", "-"),
        "取消原因": where(state.is_given_up[row], "超时未支付", where(refunded, "用户退款", "-")),
        "广告渠道": where(orders.source[row] % 5 == 0, "千川"),
        "流量类型": where(orders.source[row] % 5 == 0, "付费", "自然"),
        "流量体裁": take(_CONTENT, content),
        "流量渠道": take(_SOURCE, content),
        "发货时间": where(
            state.is_shipped[row],
            period.clock_text(orders.shipped[row], state.is_shipped[row]),
            "-",
        ),
        "降价类优惠": "0.00",
        "平台实际承担优惠金额": money(by_platform, commas=True),
        "商家实际承担优惠金额": money(discount - by_platform, commas=True),
        "达人实际承担优惠金额": "0.00",
    }
    return csv_lines(DOUYIN_ORDER, cells, len(row))
