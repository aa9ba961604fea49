"""The truth about money equals what the files say, recomputed without any code of the sample."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest

from orchestration.sample import SampleSummary
from tests.unit.sample.reading import (
    ENCODINGS,
    amount,
    files,
    newest,
    orders_found,
    table,
    taken,
    truth,
)


@pytest.mark.parametrize("size", ["tiny", "town"])
def test_money_equals_the_files(size: str, request: pytest.FixtureRequest) -> None:
    summary: SampleSummary = request.getfixturevalue(size)
    found = orders_found(summary)
    for row in truth(summary, "money.csv"):
        orders = found[row["platform"]].values()
        assert int(row["orders_that_count"]) == sum(g > r for g, r, _ in orders)
        assert Decimal(row["gross_amount"]) == sum(g for g, _, _ in orders)
        assert Decimal(row["refund_amount"]) == sum(r for _, r, _ in orders)
        assert Decimal(row["net_amount"]) == sum(g - r for g, r, _ in orders)
        assert Decimal(row["net_amount_identified"]) == sum(
            g - r for g, r, shown in orders if shown
        )
        assert int(row["orders_that_count"]) > 0
    assert summary.orders == sum(len(orders) for orders in found.values())


def test_people_sum_to_the_identified_money(town: SampleSummary) -> None:
    people = truth(town, "people.csv")
    by_people = sum(Decimal(row["net_amount"]) for row in people)
    assert by_people == sum(Decimal(r["net_amount_identified"]) for r in truth(town, "money.csv"))
    shown = sum(
        g > r and s for orders in orders_found(town).values() for g, r, s in orders.values()
    )
    assert shown == sum(int(row["orders"]) for row in people)


def test_every_kind_of_fate_occurs(town: SampleSummary) -> None:
    kinds = defaultdict(int)
    for platform, orders in orders_found(town).items():
        for gross, refund, _ in orders.values():
            kind = (
                "unpaid"
                if not gross
                else "void"
                if gross == refund
                else "part"
                if refund
                else "kept"
            )
            kinds[platform, kind] += 1
    for platform in ("taobao", "jd", "pdd", "douyin", "youzan", "shopify"):
        for kind in ("unpaid", "void", "kept"):
            assert kinds[platform, kind], (platform, kind)
    assert {p for p, kind in kinds if kind == "part"} == {"taobao", "douyin", "youzan", "shopify"}


def test_taobao_order_totals_are_the_sums_of_their_lines(town: SampleSummary) -> None:
    for path in files(town, "taobao/*/ExportOrderList*.csv"):
        (items,) = path.parent.glob("ExportOrderDetailList*.csv")
        paid, refunded, units = defaultdict(Decimal), defaultdict(Decimal), defaultdict(int)
        for row in table(items, "gb18030"):
            paid[row["主订单编号"]] += amount(row["买家实际支付金额"])
            if row["退款金额"] != "无退款申请":
                refunded[row["主订单编号"]] += amount(row["退款金额"])
            units[row["主订单编号"]] += int(row["购买数量"])
        orders = table(path, "gb18030")
        assert {row["订单编号"] for row in orders} == set(paid)
        for row in orders:
            order = row["订单编号"]
            assert amount(row["买家实际支付金额"]) == paid[order]
            assert amount(row["退款金额"]) == refunded[order]
            assert int(row["宝贝总数量"]) == units[order]


def test_jd_repeats_order_money_on_every_line(town: SampleSummary) -> None:
    lines = defaultdict(list)
    for row in newest(town, "jd/*/*.csv", "订单号"):
        lines[row["订单号"]].append(row)
    assert any(len(rows) == 3 for rows in lines.values())
    for rows in lines.values():
        assert len({(row["订单金额"], row["应付金额"], row["订单状态"]) for row in rows}) == 1
        listed = sum(amount(row["京东价"]) * int(row["订购数量"]) for row in rows)
        assert amount(rows[0]["订单金额"]) == listed
        assert len({row["商品ID"] for row in rows}) == len(rows)


def test_shopify_order_fields_stand_on_the_first_row_only(town: SampleSummary) -> None:
    rows = newest(town, "shopify/orders_export*.csv", "Name")
    seen: set[str] = set()
    lines = defaultdict(Decimal)
    for row in rows:
        is_first = row["Name"] not in seen
        seen.add(row["Name"])
        for header in ("Total", "Financial Status", "Currency", "Id", "Subtotal"):
            assert bool(row[header]) == is_first
        lines[row["Name"]] += amount(row["Lineitem price"]) * int(row["Lineitem quantity"])
        lines[row["Name"]] -= amount(row["Lineitem discount"])
    assert len(rows) > len(seen)
    for row in rows:
        if row["Total"]:
            assert amount(row["Subtotal"]) == lines[row["Name"]]
            assert amount(row["Total"]) == lines[row["Name"]] + amount(row["Shipping"])


@pytest.mark.parametrize(
    ("pattern", "order", "status"),
    [
        ("taobao/*/ExportOrderList*.csv", "订单编号", "订单状态"),
        ("jd/*/*.csv", "订单号", "订单状态"),
        ("pdd/*.csv", "订单号", "订单状态"),
        ("douyin/1*.csv", "子订单编号", "订单状态"),
        ("youzan/*.csv", "订单号", "订单商品状态"),
        ("shopify/orders_export*.csv", "Name", "Fulfillment Status"),
    ],
)
def test_old_exports_overlap_new_ones_with_earlier_statuses(
    town: SampleSummary, pattern: str, order: str, status: str
) -> None:
    versions = defaultdict(list)
    for path in sorted(files(town, pattern), key=taken):
        for row in table(path, ENCODINGS[pattern.split("/")[0]]):
            versions[row[order]].append(row[status])
    changed = [v for v in versions.values() if len(set(v) - {""}) > 1]
    assert changed
    # The file name says nothing about age: some old export sorts after a newer one.
    by_name = files(town, pattern)
    if not pattern.startswith(("douyin", "jd")):
        assert sorted(by_name, key=taken) != by_name
