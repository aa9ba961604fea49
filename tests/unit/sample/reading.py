"""Reads the sample's files back with nothing but the standard library, as a sceptic would."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from orchestration.sample import SampleSummary

END = dt.date(2026, 11, 22)
ENCODINGS = {"taobao": "gb18030", "jd": "gbk", "pdd": "utf-8-sig", "douyin": "utf-8-sig",
             "youzan": "utf-8-sig", "shopify": "utf-8", "generic": "utf-8-sig"}  # fmt: skip


def files(summary: SampleSummary, pattern: str) -> list[Path]:
    """Landing files of a pattern; never none."""
    found = sorted(summary.landing.glob(pattern))
    assert found, pattern
    return found


def cleaned(cell: str) -> str:
    cell = cell.strip("\t ")
    guarded = re.fullmatch(r'="(.*)"', cell)
    return (guarded.group(1) if guarded else cell).removeprefix("'")


def table(path: Path, encoding: str) -> list[dict[str, str]]:
    with path.open(encoding=encoding, errors="strict", newline="") as stream:
        rows = list(csv.reader(stream))
    assert all(len(row) == len(rows[0]) for row in rows), path
    return [dict(zip(rows[0], map(cleaned, row), strict=True)) for row in rows[1:]]


def taken(path: Path) -> float:
    epoch = re.match(r"(\d{10})_", path.name)
    return float(epoch.group(1)) if epoch else path.stat().st_mtime


def newest(summary: SampleSummary, pattern: str, order: str) -> list[dict[str, str]]:
    """Rows of the newest export of every order."""
    found: dict[str, list[dict[str, str]]] = {}
    paths = sorted(summary.landing.glob(pattern), key=taken)
    assert paths, pattern
    for path in paths:
        rows = table(path, ENCODINGS[pattern.split("/")[0]])
        for key in {row[order] for row in rows}:
            found[key] = []
        for row in rows:
            found[row[order]].append(row)
    return [row for rows in found.values() for row in rows]


def amount(cell: str) -> Decimal:
    return Decimal(cell.replace(",", "") or "0")


def records(summary: SampleSummary) -> Iterator[dict]:
    for path in sorted(summary.landing.glob("sensors/*.jsonl")):
        with path.open(encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)


def truth(summary: SampleSummary, name: str) -> list[dict[str, str]]:
    return table(summary.truth / name, "utf-8")


def youzan_paid(row: dict[str, str]) -> bool:
    return bool(row["买家付款时间"])


def orders_found(summary: SampleSummary) -> dict[str, dict[str, tuple[Decimal, Decimal, bool]]]:
    """By platform and order: what was paid, what came back, whether an account is shown."""
    zero = Decimal(0)
    found: dict[str, dict[str, tuple[Decimal, Decimal, bool]]] = {}

    def add(platform: str, order: str, gross: Decimal, refund: Decimal, shown: bool) -> None:
        orders = found.setdefault(platform, {})
        before = orders.get(order, (zero, zero, False))
        orders[order] = (before[0] + gross, before[1] + refund, shown)

    for row in newest(summary, "taobao/*/ExportOrderList*.csv", "订单编号"):
        shown = "*" not in row["买家会员名"] or bool(re.fullmatch(r"1\d{10}", row["联系手机"]))
        gross = amount(row["买家实际支付金额"]) if row["订单付款时间 "] else zero
        add("taobao", row["订单编号"], gross, amount(row["退款金额"]), shown)
    seen = set()
    for row in newest(summary, "jd/*/*.csv", "订单号"):
        if row["订单号"] in seen:
            continue
        seen.add(row["订单号"])
        gross = amount(row["应付金额"]) if row["付款确认时间"] else zero
        refund = gross if row["订单状态"].startswith("(删除)") else zero
        add("jd", row["订单号"], gross, refund, bool(row["下单帐号"]))
    for row in newest(summary, "pdd/*.csv", "订单号"):
        gross = amount(row["用户实付金额(元)"]) if row["支付时间"] else zero
        refund = gross if row["售后状态"] == "退款成功" else zero
        add("pdd", row["订单号"], gross, refund, False)
    for row in newest(summary, "douyin/1*.csv", "主订单编号"):
        gross = amount(row["订单应付金额"]) if row["支付完成时间"] != "-" else zero
        refund = gross if row["订单状态"] == "已关闭" else zero
        add("douyin", row["主订单编号"], gross, refund, False)
    for row in newest(summary, "youzan/*.csv", "订单号"):
        gross = amount(row["商品实际成交金额"]) if youzan_paid(row) else zero
        add("youzan", row["订单号"], gross, amount(row["商品已退款金额"]), True)
    for row in newest(summary, "shopify/orders_export*.csv", "Name"):
        gross = amount(row["Total"]) if row["Paid at"] else zero
        add("shopify", row["Name"], gross, amount(row["Refunded Amount"]), True)
    return found
