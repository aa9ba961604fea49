"""Reader rules that the other tests leave open: totals of several kinds, identity data, encodings."""

from __future__ import annotations

import json

import pytest

from tests.unit.landing.landing_files import House, csv_bytes

REPORT = ["日期", "场景ID", "展现量", "花费", "总成交金额"]
DAYS = [["2026-11-01", "1", "1,000", "10.50", "1.2万"], ["2026-11-02", "1", "500", "4.50", "0"]]


@pytest.mark.parametrize(
    ("tail", "differs"),
    [
        ([["小计", "", "1000", "10.50", "12000"], ["小计", "", "500", "4.50", "0"], ["总计", "", "1,500", "15.00", "1.2万"]], []),
        ([["小计", "", "1000", "10.50", "12000"], ["总计", "", "1,500", "15.01", "12000"]], ["spend"]),
        ([["小计", "", "1500", "15", "0.0001亿"]], ["ad_gmv"]),
        ([["汇总", "--", "--", "--", "--"]], []),
        ([["共2条", "", "1500", "￥15.00", "12,000"]], []),
        ([["合计 2 条记录", "", "1501", "15", "12000"]], ["impressions"]),
    ],
)  # fmt: skip
def test_total_rows_are_dropped_and_compared(
    house: House, tail: list[list[str]], differs: list[str]
) -> None:
    house.put("a.csv", csv_bytes([REPORT, *DAYS, *tail]))
    house.ingest()
    assert house.query("select rows_loaded, rows_dropped from raw.files") == [(2, len(tail))]
    found = house.query(
        "select subject from raw.findings where finding = 'total_differs' order by 1"
    )
    assert [name for (name,) in found] == differs


def test_a_title_with_the_word_of_a_count_is_no_total(house: House) -> None:
    rows = [[f"条纹衬衫{n}", *row[1:]] for n, row in enumerate(DAYS)]
    house.put("a.csv", csv_bytes([REPORT, *rows]))
    house.ingest()
    assert house.query("select rows_loaded, rows_dropped from raw.files") == [(2, 0)]


CUSTOMERS = ["platform", "account_id", "joined_at", "phone"]
CARD = "11010119900307123X"


def test_identity_numbers_of_ragged_rows_are_not_kept(house: House) -> None:
    rows = [
        [*CUSTOMERS, "收件人身份证号"],
        *[["crm", str(n), "2026-01-01", "", CARD] for n in range(30)],
    ]
    rows.append(["crm", "x", "2026-01-01", "", CARD, "one more"])
    house.put("a.csv", csv_bytes(rows))
    house.ingest()
    assert house.query("select value from raw.rejects") == [("crm,x,2026-01-01,,******,one more",)]
    files = [path for folder in (house.raw, house.ledger.parent) for path in folder.rglob("*")]
    assert not any(CARD.encode() in path.read_bytes() for path in files if path.is_file())


def test_numbers_of_eighteen_digits_are_shown_where_no_identity_column_is(house: House) -> None:
    rows = [CUSTOMERS, *[["crm", str(n), "2026-01-01", ""] for n in range(30)], ["crm", "1" * 18]]
    house.put("a.csv", csv_bytes(rows))
    house.ingest()
    assert house.query("select value from raw.rejects") == [("crm," + "1" * 18,)]


def test_identity_data_inside_unknown_objects_is_left_out(house: House) -> None:
    items = [
        {"distinct_id": "a", "type": "track", "event": "e", "time": 1, "收件": {"身份证号": CARD}, "more": {"x": 1}},
        {"distinct_id": "b", "type": "track", "event": "e", "time": 2, "收件": {"城市": "南京"}},
    ]  # fmt: skip
    house.put("a.json", "\n".join(json.dumps(item, ensure_ascii=False) for item in items))
    house.ingest()
    extras = [row[0] for row in house.rows("sensors.event", "_extra")]
    assert [json.loads(text) for text in extras] == [
        {"more": '{"x":1}'},
        {"收件": '{"城市":"南京"}'},
    ]
    assert ("dropped_column", "收件") in house.query("select finding, subject from raw.findings")


@pytest.mark.parametrize(
    ("encoding", "title"),
    [("cp1252", "Fußmatte für Küche – 5 €"), ("cp932", "保湿マスク ﾊﾝﾄﾞ"), ("utf-8-sig", "é保")],
)
def test_amazon_files_in_every_encoding(house: House, encoding: str, title: str) -> None:
    header = ["amazon-order-id", "purchase-date", "order-status", "product-name", "item-price"]
    rows = [[str(n), "2026-01-01T00:00:00+00:00", "Shipped", title, "9.9"] for n in range(3)]
    house.put("a.txt", "\n".join("\t".join(row) for row in [header, *rows]).encode(encoding))
    house.ingest()
    assert house.rows("amazon.all_orders", "item_title") == [(title,)] * 3
