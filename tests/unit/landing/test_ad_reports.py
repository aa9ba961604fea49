"""Ad reports are read with their own total rows, preambles and names of the same thing."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
import xlsxwriter

from tests.unit.landing.landing_files import House, csv_bytes


def sheet(*rows: Sequence[str]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return out.getvalue()


def test_the_gap_between_items_and_total_is_told(house: House) -> None:
    """Pinduoduo: a preamble, dashes in the text cells of the total row, and money that no item has."""
    house.put("商品推广.xlsx", sheet(
        ["名称：推广"],
        ["日期", "商品ID", "商品名称", "推广场景", "推广名称", "出价方式", "分组", "是否已删除", "成交花费(元)", "交易额(元)",
         "实际投产比", "总花费(元)", "曝光量", "点击量"],
        ["2026-09-01", "9", "袜子", "全站推广", "全站", "-", "-", "否", "70.00", "500.00", "7.1", "75.00", "1,000", "10"],
        ["2026-09-01", "8", "帽", "全站推广", "全站", "-", "-", "否", "5.00", "0.00", "0", "5.00", "100", "1"],
        ["总计", "-", "-", "-", "-", "-", "-", "-", "75.00", "500.00", "6.7", "100.00", "1,100", "11"],
    ))  # fmt: skip
    house.ingest()
    assert house.query("select rows_loaded, rows_dropped from raw.files") == [(2, 1)]
    assert house.query("select finding, subject, detail from raw.findings") == [
        ("total_differs", "spend", "the total row says 100.0000, the rows add up to 80.0000")
    ]


@pytest.mark.parametrize(
    ("export", "header", "row", "total"),
    [
        ("jd__jingzhuntong", ["产品线", "日期", "跟单SKU ID", "总费用", "总订单金额"], ["快车", "2026-09-01", "100", "7.77", "9.00"], 0),
        ("jd__jingzhuntong", ["总费用", "日期", "产品线", "跟单SKU ID", "总订单金额"], ["7.77", "2026-09-01", "快车", "100", "9.00"], 2),
        ("xiaohongshu__juguang", ["消费", "展现量", "平均点击成本", "计划名称", "日期"], ["7.77", "10", "0.5", "计划", "2026-09-01"], 3),
        ("kuaishou__niu", ["花费(元)", "商品ID", "商品名称", "t0Roi", "日期", "账户ID"], ["7.77", "1", "裙", "2", "2026-09-01", "55"], 4),
        ("taobao__zhitongche_report", ["花费", "日期", "单元id", "计划名称", "展现量", "千次展现花费"], ["7.77", "2026-09-01", "5", "搜索", "9", "1"], 3),
    ],
)  # fmt: skip
def test_a_total_row_is_dropped_wherever_its_label_is(
    house: House, export: str, header: list[str], row: list[str], total: int
) -> None:
    summed = [
        cell if name in ("总费用", "消费", "花费(元)", "花费") else "-"
        for name, cell in zip(header, row, strict=True)
    ]
    summed[total] = "合计1条记录"
    house.put("report.csv", csv_bytes([header, row, summed]))
    house.ingest()
    assert house.query("select rows_loaded, rows_dropped, state from raw.files") == [
        (1, 1, "loaded")
    ]
    assert house.query(f"select stat_date, spend from raw.{export}") == [("2026-09-01", "7.77")]
    assert house.query("select finding from raw.findings") == []


def test_names_with_and_without_a_unit_are_one_column(house: House) -> None:
    house.put("a.xlsx", sheet(
        ["抖音号", "日期", "整体消耗(元)", "整体支付ROI", "整体成交金额(元)", "整体成交订单数", "整体成交订单成本(元)", "整体成交智能优惠券金额(元)"],
        ["69012345678", "2026-09-01", "180.00", "2.1", "378.00", "6", "30.00", "5.00"],
    ))  # fmt: skip
    house.put("b.xlsx", sheet(
        ["商品ID", "商品名称", "日期", "整体展示次数", "整体消耗", "整体支付ROI", "整体成交金额"],
        ["T1", "茶", "2026-09-01", "1,000", "150.00", "2.0", "300.00"],
    ))  # fmt: skip
    house.put("c.csv", csv_bytes([
        ["抖音号", "抖音号名称", "日期", "消耗(元)", "展现次数", "直接支付ROI", "账户", "账户ID"],
        ["6901", "旗舰店", "2026-09-01", "99.50", "10", "1.0", "九", "9"],
    ]))  # fmt: skip
    house.put("d.csv", csv_bytes([
        ["商品ID", "花费(元)", "t0Roi", "日期", "账户ID"], ["K1", "2.000", "1", "2026-09-01", "55"],
    ]))  # fmt: skip
    house.ingest()
    assert house.query("""
        select account_id, item_id, spend, ad_gmv, coupon_deduct_amount, impressions from raw.douyin__qianchuan_uni order by all
    """) == [
        ("69012345678", None, "180.00", "378.00", "5.00", None),
        (None, "T1", "150.00", "300.00", None, "1,000"),
    ]  # fmt: skip
    assert house.query("select account_id, account_name, advertiser_id, advertiser_name, impressions from raw.douyin__qianchuan_plan") == [
        ("6901", "旗舰店", "9", "九", "10")
    ]  # fmt: skip
    assert house.query("select advertiser_id, spend from raw.kuaishou__niu") == [("55", "2.000")]
    assert house.query("select finding, subject from raw.findings") == []
