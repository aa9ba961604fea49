"""Every reason and every finding that the documentation lists: a file that has it, in one landing folder."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest
import xlsxwriter

from orchestration.configuration import load_configuration
from orchestration.landing import allowance
from orchestration.landing.reasons import Finding, Reason
from tests.unit.landing.landing_files import House, csv_bytes

DOCUMENTED = (Path(__file__).parents[3] / "docs" / "quarantine.md").read_text(encoding="utf-8")
LIMITS = load_configuration().landing
NO_TIME = 1_700_000_000
CUSTOMERS = ["platform", "account_id", "joined_at", "phone"]
ORDERS = [
    "platform", "account_id", "order_id", "line_id", "ordered_at", "item_id", "quantity", "line_amount", "status",
]  # fmt: skip
REFUNDS = [["订单编号", "退款编号", "退款状态"], ["1", "r1", "退款成功"]]
JD = [
    "订单号",
    "商品ID",
    "商品名称",
    "订购数量",
    "京东价",
    "应付金额",
    "下单时间",
    "下单帐号",
    "订单状态",
]
PLAN = ["日期", "计划ID", "消耗(元)", "展示次数", "直接支付ROI"]


def customers(*more: str) -> bytes:
    good = [["crm", f"{more[:1]}{n}", "2026-01-01", ""] for n in range(30)]
    return csv_bytes([CUSTOMERS, *good]) + "".join(f"{line}\r\n" for line in more).encode()


def orders(factor: int) -> bytes:
    rows = [
        ["web", "u", f"{factor}-{n}", "1", "2026-03-02 10:00", "i", "1", f"{(50 + n) * factor}", "paid"]
        for n in range(30)
    ]  # fmt: skip
    return csv_bytes([ORDERS, *rows])


def events(days: Iterable[tuple[dt.date, int]]) -> bytes:
    rows = [
        ["web", f"{day}-{n}", "view", f"{day} 10:00:00", "u"] for day, count in days for n in range(count)
    ]  # fmt: skip
    return csv_bytes([["platform", "event_id", "event_type", "occurred_at", "account_id"], *rows])


def sensors(*lines: str) -> str:
    good = [f'{{"distinct_id": "u{n}", "type": "track", "time": {n}}}' for n in range(30)]
    return "\n".join([*good, *lines]) + "\n"


def book(*sheets: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        for rows in sheets:
            sheet = workbook.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def packed(name: str, content: bytes, *, is_locked: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    data = bytearray(out.getvalue())
    if is_locked:
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            data[data.find(mark) + place] |= 1
    return bytes(data)


WRONG: dict[Reason, bytes | str] = {
    Reason.RAGGED_ROW: customers("crm,1"),
    Reason.UNCLOSED_QUOTE: customers('crm,"2,2026-01-01,', "crm,5,2026-01-01,"),
    Reason.UNDECODABLE: customers("crm,3,2026-01-01,") + b"crm,\xff\xff,2026-01-01,\r\n",
    Reason.DIGITS_LOST: customers("crm,1.23E+18,2026-01-01,"),
    Reason.MALFORMED_JSON: sensors('{"distinct_id": "u'),
    Reason.NO_KNOWN_FIELD: sensors("{}"),
    Reason.OTHER_TABLE: customers("platform,account_id,joined_at,email"),
    Reason.EMPTY_FILE: b"",
    Reason.UNREADABLE_ENCODING: b"platform,\xff\xff\xff\xfe\n" + b"\xff\xfe\xff\x80,\x81\n" * 20,
    Reason.BROKEN_CONTAINER: b"PK\x03\x04 broken",
    Reason.ENCRYPTED: packed("a.csv", customers("crm,4,2026-01-01,"), is_locked=True),
    Reason.ARCHIVE_TOO_LARGE: packed("a.csv", b"0" * (3 << 20)),
    Reason.NESTED_ARCHIVE: packed("d.zip", packed("c.zip", packed("b.zip", packed("a.csv", b"")))),
    Reason.UNSUPPORTED_ARCHIVE: b"Rar!\x1a\x07\x01\x00 and more",
    Reason.MISSING_COLUMN: csv_bytes([["platform", "account", "joined_at", "phone"]]),
    Reason.SIDE_BY_SIDE: csv_bytes([[*JD, "", *REFUNDS[0]]]),
    Reason.TOO_MANY_REJECTS: customers(*["crm,1"] * 9),
    Reason.CHANGED_UNIT: orders(100),
}


def test_every_reason_has_a_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "RATIO_FLOOR", 1 << 20)
    # What no parser of today does: see the tests of whatever a parser raises.
    assert set(Reason) - WRONG.keys() == {Reason.UNREADABLE_FILE}
    house.put("orders_1772500000.csv", orders(1))
    for reason, content in WRONG.items():
        house.put(f"{reason}_1772600000.any", content)
    house.ingest(limits=LIMITS)
    found = house.query("select distinct source_file, reason from raw.rejects where mend <> ''")
    first = {name.split("_1772600000.any")[0]: reason for name, reason in sorted(found)}
    assert {name: first.get(name) for name in map(str, WRONG)} == {r: r for r in map(str, WRONG)}
    assert {reason for _, reason in found} == set(map(str, WRONG))
    assert [reason for reason in Reason if f"| `{reason}` |" not in DOCUMENTED] == []
    # A bad row costs itself, a bad file costs itself.
    loaded = house.query("select count(*) from raw.files where rows_loaded >= 30")
    assert loaded == [(8,)]


def test_every_finding_has_a_file_and_the_version_of_its_contract(house: House) -> None:
    monday = dt.date(2026, 3, 2)
    weeks = [(monday + dt.timedelta(days=7 * n), 60) for n in range(6)]
    house.put("orders_1772500000.csv", orders(1))
    house.put("unit_1772600000.csv", orders(100))
    house.put("weeks_1777000000.csv", events(weeks))
    house.put("again_1777000001.csv", events((day, 21) for day, _ in weeks))
    house.put("peak_1777000002.csv", events([(monday + dt.timedelta(days=42), 400)]))
    house.put("jd_1.csv", csv_bytes([[*JD, "新来的列"], ["J1", "1", "货", "1", "9", "9", "2026-03-02 10:00:00", "pin", "火星签收", "x"]]), NO_TIME)  # fmt: skip
    house.put("jd_2.csv", csv_bytes([[*JD, "身份证号"], ["J2", "1", "货", "1", "9", "9", "2026-03-02 10:00:00", "pin", "完成", "x"]]), NO_TIME)  # fmt: skip
    house.put("plan_1772600000.csv", csv_bytes([PLAN, ["2026-03-01", "17", "1.00", "1", "1"], ["合计", "", "1.01", "1", ""]]))  # fmt: skip
    house.put("book_1772600000.xlsx", book(REFUNDS, [["说明"], ["备注"]]))
    house.put("note.txt", "hello\nworld\n")
    house.ingest(limits=LIMITS)
    found = house.query(
        "select finding, split_part(source_file, '_', 1), export, contract_version, "
        "coalesce(observed, '') <> '' and expected <> '' and mend <> '' from raw.findings"
    )
    assert {row[:2] for row in found} == {
        ("unrecognised_file", "note.txt"),
        ("new_column", "jd"),
        ("dropped_column", "jd"),
        ("total_differs", "plan"),
        ("other_sheet", "book"),
        ("unknown_status", "jd"),
        ("changed_unit", "unit"),
        ("shrunken_file", "again"),
        ("unusual_volume", "peak"),
        ("uncertain_export_time", "jd"),
    }
    assert {row[0] for row in found} == set(map(str, Finding))
    for name, _, export, version, is_told in found:
        assert is_told, name
        assert version == (house.contracts[export].version if export else None), name
    assert [name for name in Finding if f"| `{name}` |" not in DOCUMENTED] == []
