"""Rows come out of every container exactly, bad ones with their number and reason."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing import assemble, raw_writer, read_json, read_text
from orchestration.landing.contract import Contract
from orchestration.landing.normalise import clean_text
from tests.unit.landing.landing_files import House, csv_bytes

JD = [
    "订单号",
    "商品ID",
    "商品名称",
    "订购数量",
    "下单时间",
    "京东价",
    "订单金额",
    "订单状态",
    "下单帐号",
]
COLUMNS = (
    "order_id",
    "item_id",
    "item_title",
    "quantity",
    "created_at",
    "unit_price",
    "list_total",
    "status_raw",
    "buyer_account",
)


def order(number: int, **changes: str) -> list[str]:
    cells = {
        "订单号": f"2026{number:08d}",
        "商品ID": "6917012345678901234",
        "商品名称": "保湿面膜，补水",
        "订购数量": "1",
        "下单时间": "2026-11-01 08:00:00",
        "京东价": "99.00",
        "订单金额": "99.00",
        "订单状态": "完成",
        "下单帐号": f"jd_{number}",
    }
    return list({**cells, **changes}.values())


def test_quirks_of_cells(house: House) -> None:
    rows = [
        JD,
        order(
            1,
            订单号='="202600000001"',
            商品ID="\t6917\t",
            下单帐号="'abc",
            商品名称='说 "好" 的\n第二行,有逗号',
        ),
        order(
            2,
            订单号="'202600000002",
            商品ID="6917.00",
            订购数量="２",
            京东价="￥1,299.00",
            订单金额="-",
            下单帐号="NULL",
        ),
    ]
    house.put("a.csv", csv_bytes(rows, "gb18030"))
    house.ingest()
    assert house.rows("jd.order", *COLUMNS, "_row_number", "_extra") == [
        (
            "202600000001",
            "6917",
            '说 "好" 的\n第二行,有逗号',
            "1",
            "2026-11-01 08:00:00",
            "99.00",
            "99.00",
            "完成",
            "abc",
            1,
            None,
        ),
        (
            "202600000002",
            "6917",
            "保湿面膜，补水",
            "2",
            "2026-11-01 08:00:00",
            "¥1,299.00",
            None,
            "完成",
            None,
            2,
            None,
        ),
    ]


def test_bad_rows_go_to_quarantine_with_their_number(house: House) -> None:
    good = [order(number) for number in range(1, 40)]
    rows = [
        JD,
        *good[:3],
        ["short", "row"],
        *good[3:5],
        [*good[5], "one", "more"],
        order(7, 订单号="2.02611E+17"),
        *good[7:],
    ]
    house.put("a.csv", csv_bytes(rows))
    report = house.ingest()
    assert house.rejects() == [
        ("a.csv", 4, None, "ragged_row"),
        ("a.csv", 7, None, "ragged_row"),
        ("a.csv", 8, "订单号", "digits_lost"),
    ]
    assert [row[0] for row in house.rows("jd.order", "_row_number")] == [
        1,
        2,
        3,
        5,
        6,
        *range(9, 41),
    ]
    loaded = report.exports["jd.order"]
    assert (loaded.files, loaded.rows, loaded.rejected, loaded.dropped) == (1, 37, 3, 0)
    assert (
        house.query("select value, mend from raw.rejects where row_number = 4")[0][0] == "short,row"
    )


def test_too_many_bad_rows_hold_the_file_back(house: House) -> None:
    house.put("a.csv", csv_bytes([JD, order(1), ["x"], order(2)]))
    house.put("b.csv", csv_bytes([JD, order(3)]))
    report = house.ingest()
    assert [path for path, _ in report.rejected] == ["a.csv"]
    assert "1 of 3 rows are bad" in report.rejected[0][1]
    assert house.rows("jd.order", "_source_file") == [("b.csv",)]
    assert house.query(
        "select state, rows_delivered, rows_loaded, rows_rejected from raw.files order by source_file"
    ) == [
        ("rejected", 3, 0, 3),
        ("loaded", 1, 1, 0),
    ]
    assert ("a.csv", None, None, "too_many_rejects") in house.rejects()


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_reading_stops_when_bad_rows_pile_up(
    house: House, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for module in (assemble, read_text):
        monkeypatch.setattr(module, "MAXIMUM_REJECTS", 20)
    lines = {"csv": [",".join(JD), *["x"] * 500], "json": [event(1), *["x"] * 500]}[kind]
    house.put("a", "\n".join(lines))
    house.ingest()
    assert house.query("select state, rows_loaded, rows_rejected <= 21 from raw.files") == [
        ("rejected", 0, True)
    ]
    assert house.query("select value from raw.rejects where row_number is null") == [
        ("reading stopped after 20 bad rows",)
    ]


def test_a_stray_nul_is_kept_out_of_the_way(house: House) -> None:
    lines = [",".join(JD), *[",".join(order(number)) for number in range(1, 4)]]
    house.put("a.csv", "\n".join(lines).replace("jd_2", "jd_2\0"))
    house.ingest()
    assert house.rows("jd.order", "buyer_account") == [("jd_1",), ("jd_2",), ("jd_3",)]


def test_damaged_bytes_cost_one_row(house: House) -> None:
    content = csv_bytes([JD, *[order(number) for number in range(1, 31)]], "gb18030")
    mark = b"jd_17"
    house.put("a.csv", content.replace(mark, b"\xff\xffjd_17"))
    house.put(
        "b.csv",
        csv_bytes([JD, *[order(number) for number in range(1, 31)]], "utf-8-sig").replace(
            mark, b"\xb6jd_17"
        ),
    )
    house.ingest()
    assert house.rejects() == [
        ("a.csv", 17, "下单帐号", "undecodable"),
        ("b.csv", 17, "下单帐号", "undecodable"),
    ]
    assert house.query("select encoding, rows_loaded from raw.files") == [
        ("gb18030", 29),
        ("utf-8", 29),
    ]


@pytest.mark.parametrize("quoted", ['"abc', 'ab"c'])
def test_a_stray_quote_costs_at_most_its_row(house: House, quoted: str) -> None:
    lines = [",".join(JD), *[",".join(order(number)) for number in range(1, 31)]]
    lines[10] = lines[10].replace("jd_10", quoted)
    house.put("a.csv", "\n".join(lines) + "\n")
    house.ingest()
    numbers = [row[0] for row in house.rows("jd.order", "_row_number")]
    if quoted.startswith('"'):
        assert house.rejects() == [("a.csv", 10, None, "unclosed_quote")]
        assert numbers == [number for number in range(1, 31) if number != 10]
    else:
        assert (house.rejects(), numbers) == ([], list(range(1, 31)))


def test_the_careful_reader_gives_the_same_rows(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [JD, *[order(n, 商品名称='a "b"\n,c') for n in range(1, 31)], ["x"], order(40)]
    house.put("fast.csv", csv_bytes(rows, "gb18030"))
    house.ingest()
    fast = house.rows("jd.order", *COLUMNS, "_row_number", "_extra")

    def refuse(*_: object, **__: object) -> None:
        raise pa.ArrowInvalid("no")

    monkeypatch.setattr(read_text.pa_csv, "open_csv", refuse)
    second = (
        House(house.landing / "second", house.contracts)
        if (house.landing / "second").mkdir() is None
        else house
    )
    second.put("fast.csv", csv_bytes(rows, "gb18030"))
    second.ingest()
    assert second.rows("jd.order", *COLUMNS, "_row_number", "_extra") == fast
    assert second.rejects() == [("fast.csv", 31, None, "ragged_row")]


CELL = st.text(st.sampled_from("a1,\"\n\r\t'= 中，-é"), max_size=6)


@given(
    st.lists(st.tuples(CELL, CELL), max_size=12),
    st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-8-sig"]),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_any_cells_survive_the_way_through_csv(
    tmp_path_factory: pytest.TempPathFactory,
    contracts: dict[str, Contract],
    cells: list[tuple[str, str]],
    encoding: str,
    end: str,
) -> None:
    house = House(tmp_path_factory.mktemp("csv"), contracts)
    rows = [
        JD,
        *[
            order(n, 商品名称=title, 下单帐号=account)
            for n, (title, account) in enumerate(cells, 1)
        ],
    ]
    house.put("a.csv", csv_bytes(rows, encoding, end=end))
    house.ingest()
    expected = [
        (clean_text(title), clean_text(account), n) for n, (title, account) in enumerate(cells, 1)
    ]
    assert house.stored("jd.order", "item_title", "buyer_account", "_row_number") == expected


def test_two_headers_one_field_and_unknown_columns(house: House) -> None:
    header = ["商家应收", *JD, "结算金额", "备注A", "备注A", "身份证号码", "订单号.1"]
    house.put(
        "a.csv",
        csv_bytes(
            [
                header,
                ["5", *order(1), "", "x", "", "320101", ""],
                ["6", *order(2, 订单号=""), "7", "", "y", "", "88"],
            ]
        ),
    )
    house.ingest()
    assert house.rows("jd.order", "merchant_receivable", "order_id", "_extra") == [
        ("5", "202600000001", '{"备注A":"x"}'),
        ("7", "88", '{"备注A.13":"y"}'),
    ]
    kinds = house.query(
        "select finding, subject from raw.findings where finding <> 'unknown_status' order by all"
    )
    assert kinds == [
        ("dropped_column", "身份证号码"),
        ("new_column", "备注A"),
        ("new_column", "备注A.13"),
    ]
    assert not any(b"320101" in path.read_bytes() for path in house.raw.rglob("*.parquet"))


def test_totals_are_compared_and_dropped(house: House) -> None:
    header = ["日期", "场景ID", "展现量", "花费", "总成交金额"]
    rows = [
        header,
        ["2026-11-01", "1", "1,000", "10.50", "1.2万"],
        ["2026-11-02", "1", "500", "4.50", "0"],
        ["", "", "", "", ""],
    ]
    house.put("good.csv", csv_bytes([*rows, ["合计", "-", "1,500", "15.00", "12000"]]))
    house.put("bad.csv", csv_bytes([*rows, ["合计2条记录", "-", "1500", "16.00", "12000"]]))
    house.ingest()
    assert house.query("select rows_delivered, rows_loaded, rows_dropped from raw.files") == [
        (4, 2, 2),
        (4, 2, 2),
    ]
    assert house.query("select source_file, subject, detail from raw.findings") == [
        ("bad.csv", "spend", "the total row says 16.0000, the rows add up to 15.0000")
    ]


def test_rows_that_end_with_a_delimiter(house: House) -> None:
    lines = [",".join(JD), *[",".join(order(n)) + "," for n in range(1, 4)]]
    house.put("a.csv", "\n".join(lines))
    house.put("b.csv", "\n".join([",".join(JD) + ",", *[",".join(order(n)) for n in range(4, 6)]]))
    house.ingest()
    assert len(house.rows("jd.order", "order_id")) == 5
    assert house.rejects() == []


def test_amazon_quotes_are_plain_text(house: House) -> None:
    header = ["amazon-order-id", "purchase-date", "order-status", "product-name", "item-price"]
    rows = [
        "\t".join(header),
        "\t".join(["1", "2026-01-01T00:00:00+00:00", "Shipped", '5" screen', "9.9"]),
    ]
    house.put("a.txt", "\n".join([*rows, rows[1].replace("1\t", "2\t", 1), ""]))
    house.ingest()
    assert house.rows("amazon.all_orders", "item_title", "order_id") == [
        ('5" screen', "1"),
        ('5" screen', "2"),
    ]


def test_the_row_that_explains_formulas_is_dropped(house: House) -> None:
    header = ["结算时间", "子订单号", "订单号", "收入合计", "支出合计"]
    house.put(
        "a.csv",
        csv_bytes(
            [header, ["-", "说明", "", "A+B", "C+D"], ["2026-11-01 10:00:00", "1", "2", "5", "-1"]]
        ),
    )
    house.ingest()
    assert house.rows("douyin.settlement", "order_line_id", "_row_number") == [("1", 2)]


def workbook(
    rows: list[list[object]],
    title: str | None = None,
    more: dict[str, list[list[object]]] | None = None,
) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"}
    ) as book:
        for name, content in {"包裹": rows, **(more or {})}.items():
            sheet = book.add_worksheet(name)
            start = 1 if title else 0
            if title:
                sheet.write_string(0, 0, title)
            for y, row in enumerate(content, start):
                for x, cell in enumerate(row):
                    sheet.write(y, x, cell)
    return out.getvalue()


CONTACTS = [
    "客户名称",
    "添加人",
    "添加时间",
    "来源",
    "手机",
    "标签组1(会员等级)",
    "标签组2（兴趣）",
]


def test_workbook_with_title_dates_tags_and_numbers(house: House) -> None:
    rows: list[list[object]] = [
        CONTACTS,
        [
            "小王@微信",
            "客服一",
            dt.datetime(2026, 11, 1, 8, 5, 6),
            "扫码",
            13800138000,
            "金卡",
            "护肤;彩妆",
        ],
        ["小李", "客服一", "2026-11-02 09:00", "-", "", "", ""],
    ]
    house.put("客户.csv", workbook(rows, "企业微信客户列表", {"说明": [["别的", "内容"]]}))
    house.ingest()
    assert house.rows(
        "wecom.customers", "contact_name", "touch_at", "touch_source", "contact_phone", "tags_json"
    ) == [
        (
            "小王@微信",
            "2026-11-01 08:05:06",
            "扫码",
            "13800138000",
            '{"会员等级":"金卡","兴趣":"护肤;彩妆"}',
        ),
        ("小李", "2026-11-02 09:00", None, None, None),
    ]
    assert house.query("select finding, subject from raw.findings") == [("other_sheet", "说明")]


def test_ids_saved_as_numbers_in_a_workbook(house: House) -> None:
    rows = [JD, *[order(n) for n in range(1, 20)]]
    saved: list[list[object]] = [list(row) for row in rows]
    saved[3][1] = 6917012345678901234.0
    saved[4][0] = 202600000004
    saved[5][5] = 99.5
    content = workbook(saved).replace(b"x", b"x")
    house.put("orders.xlsx", content)
    own = house.contracts["jd.order"].model_copy(update={"containers": ["text", "xlsx"]})
    house.contracts = {**house.contracts, "jd.order": own}
    house.ingest()
    assert house.rejects() == [("orders.xlsx", 3, "商品ID", "digits_lost")]
    assert house.rows("jd.order", "order_id", "unit_price")[2:4] == [
        ("202600000004", "99.00"),
        ("202600000005", "99.5"),
    ]


def test_a_wrong_dimension_is_ignored(house: House) -> None:
    source = zipfile.ZipFile(
        io.BytesIO(workbook([list(CONTACTS[:3]), ["小王", "客服", "2026-11-01 08:00"]]))
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'ref="A1:C2"', b'ref="A1"'))
    house.put("a.xlsx", out.getvalue())
    house.ingest()
    assert house.rows("wecom.customers", "contact_name") == [("小王",)]


def test_rows_continue_on_a_second_sheet(house: House) -> None:
    more: dict[str, list[list[object]]] = {
        "Sheet2": [list(CONTACTS[:3]), ["小李", "客服", "2026-11-02 08:00"]]
    }
    house.put(
        "a.xlsx", workbook([list(CONTACTS[:3]), ["小王", "客服", "2026-11-01 08:00"]], None, more)
    )
    house.ingest()
    assert house.rows("wecom.customers", "contact_name", "_row_number") == [
        ("小王", 1),
        ("小李", 2),
    ]


HTML = "<html><head><meta charset={0}></head><table><tr><td colspan=3>客户</td></tr><tr><th>客户名称</th><th>添加人</th><th>添加时间</th></tr><tr><td>A&amp;B</td><td>客服</td><td>2026-11-01</td></tr></table></html>"
XML = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="客户"><Table>'
    "<Row><Cell><Data ss:Type='String'>客户名称</Data></Cell><Cell><Data>添加人</Data></Cell><Cell><Data>添加时间</Data></Cell></Row>"
    "<Row><Cell><Data>A&amp;B</Data></Cell><Cell ss:Index='3'><Data>2026-11-01</Data></Cell></Row></Table></Worksheet></Workbook>"
)


def test_tables_called_xls(house: House) -> None:
    house.put("a.xls", HTML.format("gbk").encode("gb18030"))
    house.put("b.xls", XML.encode())
    house.ingest()
    assert house.rows("wecom.customers", "contact_name", "employee_name", "touch_at") == [
        ("A&B", "客服", "2026-11-01"),
        ("A&B", None, "2026-11-01"),
    ]


def event(number: int, **more: object) -> str:
    item = {
        "distinct_id": f"u{number}",
        "type": "track",
        "event": "view",
        "time": 1790000000000 + number,
        "_track_id": 2**62 + number,
        "properties": {
            "$is_login_id": True,
            "dwell_seconds": 12.5,
            "item_id": "69170",
            "interests": "护肤;面膜",
            "$city": "南京",
            "$ip": "1.1.1.1",
        },
        "identities": {"unionid": "o1"},
        **more,
    }
    return json.dumps(item, ensure_ascii=False)


EVENT = (
    "distinct_id",
    "event_at",
    "event_id",
    "is_login_id",
    "dwell_seconds",
    "interests",
    "city",
    "unionid",
    "_row_number",
    "_extra",
)


def test_nested_json_lines(house: House) -> None:
    lines = [
        event(1),
        "",
        event(2, shop={"id": 5}, login_id=None),
        *[event(n) for n in range(3, 30)],
    ]
    lines[5] = lines[5][:40]
    house.put("a.log", "\r\n".join(lines))
    house.ingest()
    rows = house.rows("sensors.event", *EVENT)
    assert rows[0] == (
        "u1",
        "1790000000001",
        str(2**62 + 1),
        "true",
        "12.5",
        "护肤;面膜",
        "南京",
        "o1",
        1,
        None,
    )
    assert (rows[1][0], rows[1][-2], json.loads(rows[1][-1])) == ("u2", 2, {"shop": '{"id":5}'})
    assert house.rejects() == [("a.log", 5, None, "malformed_json")]
    assert len(rows) == 28
    assert house.query("select subject from raw.findings") == [("shop",)]


@pytest.mark.parametrize("shape", ["array", "pretty", "bom", "gb18030", "gz"])
def test_other_layouts_of_json(house: House, shape: str) -> None:
    items = [json.loads(event(n)) for n in range(1, 4)]
    contents = {
        "array": json.dumps(items, ensure_ascii=False).encode(),
        "pretty": "\n".join(
            json.dumps(item, ensure_ascii=False, indent=2) for item in items
        ).encode(),
        "bom": "\n".join(map(event, range(1, 4))).encode("utf-8-sig"),
        "gb18030": "\n".join(map(event, range(1, 4))).encode("gb18030"),
        "gz": gzip.compress("\n".join(map(event, range(1, 4))).encode()),
    }
    house.put("a.json", contents[shape])
    house.ingest()
    rows = house.rows("sensors.event", *EVENT)
    assert [row[0] for row in rows] == ["u1", "u2", "u3"]
    assert rows[2] == (
        "u3",
        "1790000000003",
        str(2**62 + 3),
        "true",
        "12.5",
        "护肤;面膜",
        "南京",
        "o1",
        3,
        None,
    )


CONTACT = {
    "external_contact": {"external_userid": "wm1", "name": "小王", "gender": 2, "unionid": "o1"},
    "follow_user": [
        {
            "userid": "z",
            "createtime": 1790000000,
            "remark_mobiles": ["13800138000"],
            "tags": [{"group_name": "等级", "tag_name": "金卡", "type": 1}],
            "add_way": 1,
        },
        {"userid": "y", "createtime": 1790000001, "state": "双11"},
    ],
}
FOLLOWED = (
    "external_userid",
    "employee_userid",
    "touch_at",
    "contact_phone",
    "tags_json",
    "tag_type",
    "touch_campaign",
    "_row_number",
)
EXPLODED = [
    (
        "wm1",
        "z",
        "1790000000",
        '["13800138000"]',
        '[{"group_name":"等级","tag_name":"金卡","type":1}]',
        "[1]",
        None,
        1,
    ),
    ("wm1", "y", "1790000001", None, None, None, "双11", 1),
    ("wm2", None, None, None, None, None, None, 2),
]


@pytest.mark.parametrize("shape", ["lines", "wrapped", "slow"])
def test_contacts_are_exploded(house: House, shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [CONTACT, {"external_contact": {"external_userid": "wm2"}, "follow_user": []}]
    content = "\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    if shape == "wrapped":
        content = json.dumps(
            {"errcode": 0, "external_contact_list": items, "next_cursor": "n"}, ensure_ascii=False
        )
    if shape == "slow":

        def refuse(*_: object) -> None:
            raise read_json.duckdb.InvalidInputException("no")

        monkeypatch.setattr(read_json, "_read_fast", refuse)
    house.put("contacts.json", content)
    house.ingest()
    rows = house.rows("wecom.api", *FOLLOWED)
    assert sorted(map(repr, rows)) == sorted(map(repr, EXPLODED))
    assert house.query("select rows_delivered, rows_loaded from raw.files") == [(3, 3)]


@pytest.mark.parametrize("shape", ["lines", "array", "mixed"])
def test_objects_delivered_as_texts_are_opened(house: House, shape: str) -> None:
    items = [json.loads(event(n)) for n in range(1, 6)]
    for item in items if shape != "mixed" else items[3:]:
        item["properties"] = json.dumps(item["properties"], ensure_ascii=False)
        item["identities"] = json.dumps(item["identities"])
    content = (
        json.dumps(items) if shape == "array" else "\n".join(json.dumps(item) for item in items)
    )
    house.put("a.json", content)
    house.ingest()
    rows = house.rows("sensors.event", *EVENT)
    assert rows == [
        (f"u{n}", f"179000000000{n}", str(2**62 + n), "true", "12.5", "护肤;面膜", "南京", "o1", n, None)
        for n in range(1, 6)
    ]  # fmt: skip


def test_a_list_delivered_as_a_text_is_exploded(house: House) -> None:
    items = [CONTACT, {"external_contact": {"external_userid": "wm2"}, "follow_user": []}]
    texts = [{key: json.dumps(value) for key, value in item.items()} for item in items]
    house.put("contacts.json", "\n".join(json.dumps(item) for item in texts))
    house.ingest()
    assert sorted(map(repr, house.rows("wecom.api", *FOLLOWED))) == sorted(map(repr, EXPLODED))


CALL = {
    "messageId": "m1",
    "anonymousId": "a1",
    "type": "track",
    "context": {"campaign": {"name": "11.11", "source": "weibo"}, "page": {"url": "https://x.cn"}},
    "properties": {"brand": "B"},
}
CALLED = ("event_id", "utm_campaign", "utm_source", "page_url", "properties")


@pytest.mark.parametrize("shape", ["nested", "flat", "text", "array", "parquet"])
def test_objects_in_objects(house: House, shape: str) -> None:
    flat = {
        **{key: value for key, value in CALL.items() if key != "context"},
        "context.campaign.name": "11.11",
        "context.campaign.source": "weibo",
        "context.page.url": "https://x.cn",
    }
    house.put(
        "calls.json",
        {
            "nested": json.dumps(CALL),
            "flat": json.dumps(flat),
            "text": json.dumps({**CALL, "context": json.dumps(CALL["context"])}),
            "array": json.dumps([CALL]),
            "parquet": parquet_bytes(pa.Table.from_pylist([CALL])),
        }[shape],
    )
    house.ingest()
    [(*cells, properties)] = house.rows("segment.track", *CALLED)
    assert cells == ["m1", "11.11", "weibo", "https://x.cn"]
    assert json.loads(properties) == {"brand": "B"}
    assert house.query("select * from raw.findings") == []


def parquet_bytes(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def test_generic_parquet(house: House) -> None:
    out = io.BytesIO()
    table = pa.table(
        {
            "platform": ["crm"],
            "account_id": [123456789012345678],
            "joined_at": pa.array(
                [dt.datetime(2026, 1, 2, 3)], pa.timestamp("us", "Asia/Shanghai")
            ),
            "level_points": [1.5],
            "vip": [True],
        }
    )
    pq.write_table(table, out)
    house.put("x", out.getvalue())
    house.ingest()
    rows = house.rows("generic.customers", "account_id", "joined_at", "_extra")
    assert rows[0][:2] == ("123456789012345678", "2026-01-02 03:00:00+00:00")
    assert json.loads(rows[0][2]) == {"level_points": "1.5", "vip": "true"}


def test_large_files_are_written_in_bounded_row_groups(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(raw_writer, "ROWS_PER_GROUP", 1_000)
    monkeypatch.setattr(read_text, "BLOCK_BYTES", 1 << 16)
    chosen = random.Random(3)
    rows = [order(n, 商品名称=f"商品{chosen.randrange(10**6)}") for n in range(1, 5_001)]
    rows[2_500] = ["x"]
    house.put("a.csv", csv_bytes([JD, *rows]))
    house.ingest()
    file = next(path for path in house.raw.rglob("*.parquet") if not path.name.startswith("_"))
    assert pq.ParquetFile(file).num_row_groups >= 4
    got = house.rows("jd.order", "item_title", "_row_number")
    assert got == [(row[2], n) for n, row in enumerate(rows, 1) if n != 2_501]
    assert Path(file).parent.name == "jd.order"


@pytest.mark.parametrize("ignored", [False, True])
def test_two_stray_quotes_swallow_no_rows(house: House, ignored: bool) -> None:
    """The second would close what the first opens, and all rows between would be one cell."""
    header = ["day", "platform", "channel", "campaign", "cost", "note"]
    rows = [["2026-01-01", "x", "search", f"c{n}", "1", "n"] for n in range(9)]
    place = 5 if ignored else 3
    for row in (2, 6):
        rows[row][place] = '"' + rows[row][place]
    text = "\n".join(",".join(row) for row in [header, *rows]) + "\n"
    contracts = dict(house.contracts)
    if ignored:
        contracts["generic.spend"] = contracts["generic.spend"].model_copy(
            update={"ignored": ["note"], "maximum_rejected_share": 0.5}
        )
    else:
        contracts["generic.spend"] = contracts["generic.spend"].model_copy(
            update={"maximum_rejected_share": 0.5}
        )
    house.contracts = contracts
    house.put("a.csv", text)
    house.ingest()
    assert house.rejects() == [
        ("a.csv", 3, None, "unclosed_quote"),
        ("a.csv", 7, None, "unclosed_quote"),
    ]
    assert [row for (row,) in house.rows("generic.spend", "_row_number")] == [1, 2, 4, 5, 6, 8, 9]


def test_a_note_of_many_lines_and_commas_stays_one_cell(house: House) -> None:
    note = "a,b,c,d,e,f\n2026-01-01,x,search,c,1,n\n,,,,,,"
    header = ["day", "platform", "channel", "campaign", "cost", "note"]
    house.put("a.csv", csv_bytes([header, ["2026-01-01", "x", "search", "c", "1", note]]))
    house.ingest()
    ((extra,),) = house.rows("generic.spend", "_extra")
    assert json.loads(extra) == {"note": note}


def test_a_damaged_cell_is_named_also_where_rows_are_read_with_care(house: House) -> None:
    header = ["day", "platform", "channel", "campaign", "cost", "note"]
    rows = [["2026-01-01", "x", "search", "春节", "1", "n"] for _ in range(300)]
    lines = csv_bytes([header, *rows], "gb18030").split(b"\r\n")
    lines[4] = lines[4].replace("春节".encode("gb18030"), b"\xff\xfe")
    lines[9] += b",more"
    house.put("a.csv", b"\r\n".join(lines))
    house.ingest()
    assert house.rejects() == [
        ("a.csv", 4, "campaign", "undecodable"),
        ("a.csv", 9, None, "ragged_row"),
    ]
    assert house.query("select value from raw.rejects where row_number = 4") == [("\\xff\\xfe",)]
