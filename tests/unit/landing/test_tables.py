"""Further tables of one export in one file, below the first or on another sheet, in every container."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

import pytest
import xlsxwriter

from orchestration.landing import read_text
from orchestration.landing.ledger import Ledger
from tests.unit.landing.landing_files import House, csv_bytes

EXPORT = "taobao.order_list.legacy"
HEADER = ["订单编号", "买家应付货款", "宝贝标题", "宝贝总数量", "订单状态", "订单创建时间"]
TITLE = ["第二部分"]
Rows = list[list[str]]


def order(key: int) -> list[str]:
    return [str(key), "1.00", "面膜", "1", "交易成功", "2026-09-07 08:55:37"]


def turned(row: Sequence[str]) -> list[str]:
    return [row[0], *row[:0:-1]]


def book(*sheets: Rows) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        for rows in sheets:
            sheet = workbook.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


def page(*tables: Rows) -> bytes:
    def rows(table: Rows) -> str:
        return "".join(
            "<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in table if row
        )

    return ("<html>" + "".join(f"<table>{rows(t)}</table>" for t in tables)).encode()


WAYS = {
    "utf-8": csv_bytes,
    "gb18030": lambda rows: csv_bytes(rows, "gb18030"),
    "utf-16": lambda rows: csv_bytes(rows, "utf-16", "\t"),
    "xlsx": book,
    "page": page,
}


def ids(house: House) -> list[str]:
    return [key for (key,) in house.stored(EXPORT, "order_id")]


def counts(house: House) -> dict[str, tuple[int, int, int, int]]:
    """Rows delivered, loaded, rejected and dropped of each file."""
    with Ledger(house.ledger) as book:
        return {
            file.source_file: (
                file.rows_delivered, file.rows_loaded, file.rows_rejected, file.rows_dropped
            )
            for file in book.files().values()
        }  # fmt: skip


def rejects(house: House) -> list[tuple[int, str, str]]:
    with Ledger(house.ledger) as book:
        return [(row[1], row[4], row[3]) for row in book.rejects()]


BETWEEN: dict[str, tuple[Rows, Callable[[list[str]], list[str]]]] = {
    "same": ([HEADER], list),
    "same under a title": ([[], TITLE, HEADER], list),
    "turned": ([turned(HEADER)], turned),
    "turned under a title": ([[], TITLE, turned(HEADER)], turned),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_second_table_below_the_first_goes_on(house: House, way: str) -> None:
    for number, (name, (between, change)) in enumerate(BETWEEN.items()):
        orders = [order(10 * number + row) for row in range(5)]
        middle = [*between, *map(change, orders[2:4]), HEADER]
        house.put(name, WAYS[way]([HEADER, *orders[:2], *middle, orders[4]]))
    house.ingest()
    told = {name: sum(map(bool, between)) + 1 for name, (between, _) in BETWEEN.items()}
    assert counts(house) == {name: (5 + more, 5, 0, more) for name, more in told.items()}
    rows = house.stored(EXPORT, "order_id", "status_raw", "created_at")
    assert sorted(int(row[0]) for row in rows) == [
        10 * n + row for n in range(4) for row in range(5)
    ]
    assert {row[1:] for row in rows} == {("交易成功", "2026-09-07 08:55:37")}


def test_a_header_again_does_not_make_a_file_slow(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("read row by row")

    monkeypatch.setattr(read_text, "read_slowly", refuse)
    first, second = (csv_bytes([HEADER, *map(order, keys)], "utf-8-sig") for keys in ((1, 2), (3,)))
    house.put("a.csv", first + second)  # as `copy a.csv+b.csv` puts them together
    house.put("b.csv", csv_bytes([HEADER, order(4), HEADER, order(5)], "gb18030"))
    house.ingest()
    assert sorted(ids(house)) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize("way", WAYS)
def test_a_table_with_other_columns_is_not_taken_for_rows(house: House, way: str) -> None:
    """Its rows are in quarantine, one by one; those above it count."""
    other = [*HEADER[:3], "买家会员名", *HEADER[4:]]
    rows = [HEADER, *map(order, range(40)), [], other, order(98), order(99)]
    house.put("a", WAYS[way](rows))
    house.ingest()
    assert ids(house) == [str(key) for key in range(40)]
    assert counts(house) == {"a": (43, 40, 3, 0)}
    found = rejects(house)
    blank = way == "xlsx"  # rows of a sheet have their number there
    assert [row[:2] for row in found] == [(n + blank, "other_table") for n in (41, 42, 43)]
    assert "买家会员名" in found[0][2]
    assert "98" in found[1][2]


def test_a_ragged_header_of_another_table_is_seen(house: House) -> None:
    """It has more cells than the first, so no row of it would be taken anyway; the reason says why."""
    rows = [HEADER, *map(order, range(40)), [*HEADER, "买家会员名"], [*order(98), "x"]]
    house.put("a.csv", csv_bytes(rows, "gb18030"))
    house.ingest()
    assert [row[:2] for row in rejects(house)] == [(41, "other_table"), (42, "other_table")]


def test_rows_that_hold_the_name_of_a_column_are_rows(house: House) -> None:
    rows = [HEADER, ["订单编号", *order(1)[1:]], ["买家应付货款", *order(1)[1:]]]
    house.put("a.csv", csv_bytes(rows))
    house.ingest()
    assert ids(house) == ["订单编号", "买家应付货款"]


def test_a_ragged_row_is_a_title_only_above_a_header(house: House) -> None:
    rows = [HEADER, *map(order, range(30)), TITLE, order(30), TITLE, ["a", "b"], HEADER, order(31)]
    house.put("a.csv", csv_bytes(rows))
    house.ingest()
    assert [row[0] for row in rejects(house)] == [31, 33, 34]
    assert counts(house) == {"a.csv": (36, 32, 3, 1)}


REFUND = "taobao.refund"
REFUNDS = [["订单编号", "退款编号", "退款状态"], ["1", "r1", "退款成功"], ["2", "r2", "退款成功"]]


def refunds(house: House) -> list[tuple[object, ...]]:
    return house.stored(REFUND, "refund_id", "_source_file", "_row_number")


def test_sheets_with_the_columns_in_any_order_are_one_table(house: House) -> None:
    summary = [["订单数"], ["2"]]
    wider = [[*HEADER, "买家会员名"], [*order(3), "x"]]
    house.put(
        "a.xlsx",
        book(summary, [HEADER, order(1)], [turned(HEADER), turned(order(2))], wider),
    )
    house.ingest()
    assert ids(house) == ["1", "2"]
    with Ledger(house.ledger) as ledger:
        assert [row[2:] for row in ledger.findings()] == [
            ("Sheet1", "no export is known by its headers; not read"),
            ("Sheet4", f"{EXPORT} with other columns than its sheet before; not read"),
        ]


@pytest.mark.parametrize("packed", [False, True])
def test_each_export_of_a_workbook_is_read(house: House, packed: bool) -> None:
    """As some platforms deliver them: one workbook, a sheet for each kind of row."""
    content = book([["订单数"], ["2"]], REFUNDS[:2], [HEADER, order(1)], [REFUNDS[0], REFUNDS[2]])
    name = "month.zip!/a.xlsx" if packed else "a.xlsx"
    house.put("month.zip" if packed else name, zipped("a.xlsx", content) if packed else content)
    report = house.ingest()
    assert {key: (e.files, e.rows) for key, e in report.exports.items()} == {
        EXPORT: (1, 1),
        REFUND: (1, 2),
    }
    assert refunds(house) == [("r1", f"{name}#Sheet2", 1), ("r2", f"{name}#Sheet2", 2)]
    assert counts(house) == {name: (1, 1, 0, 0), f"{name}#Sheet2": (2, 2, 0, 0)}
    present = house.query("select source_file, is_present from raw.files order by 1")
    assert present == [(name, True), (f"{name}#Sheet2", True)]
    with Ledger(house.ledger) as ledger:
        assert [row[2] for row in ledger.findings()] == ["Sheet1"]
        ledger.mark_built()
    assert (house.ingest().exports, refunds(house)[0][0]) == ({}, "r1")
    # A later copy makes the rows of every sheet newer; lost rows are read again.
    copy = house.put("a copy_1790000000.zip", zipped("a.xlsx", content))
    assert set(house.ingest().exports) == {EXPORT, REFUND}
    assert house.query("select distinct _exported_at::varchar from raw.taobao__refund") == [
        ("2026-09-21 14:13:20",)
    ]
    (rows,) = (house.raw / REFUND).glob("*-*.parquet")
    rows.unlink()
    assert list(house.ingest().exports) == [REFUND]
    # The workbook goes, and with it all that was in it.
    for path in (copy, house.landing / name.split("!")[0]):
        path.unlink()
    house.put("other.csv", csv_bytes([HEADER, order(9)]))
    house.ingest()
    present = house.query("select distinct is_present from raw.files where container = 'xlsx'")
    assert present == [(False,)]


def test_sheets_follow_the_contracts(house: House) -> None:
    known = house.contracts
    house.contracts = {key: one for key, one in known.items() if key != REFUND}
    house.put("a.xlsx", book([HEADER, order(1)], REFUNDS))
    assert list(house.ingest().exports) == [EXPORT]
    with Ledger(house.ledger) as ledger:
        assert [row[2] for row in ledger.findings()] == ["Sheet2"]
    house.contracts = known
    assert set(house.ingest().exports) == {EXPORT, REFUND}
    assert (len(refunds(house)), house.ingest().exports) == (2, {})
    with Ledger(house.ledger) as ledger:
        assert list(ledger.findings()) == []
    house.contracts = {key: one for key, one in known.items() if key != REFUND}
    report = house.ingest()
    assert [path for path, _ in report.unrecognised] == ["a.xlsx#Sheet2"]
    assert list((house.raw / REFUND).glob("*-*.parquet")) == []
    assert house.ingest().unrecognised == []


def test_a_bad_sheet_costs_no_other_one(house: House) -> None:
    lost = [["订单编号", "退款编号", "退款状态"], *([["1", "1.23E+18", "x"]] * 3)]
    other = [["直播标题", "父订单", "子订单"], ["夜场", "1", "2"]]
    house.put("a.xlsx", book(lost, other, [HEADER, order(1)]))
    house.ingest()
    assert ids(house) == ["1"]
    assert {row[:1] + row[3:] for row in house.rejects()} == {
        ("a.xlsx#Sheet1", "too_many_rejects"),
        ("a.xlsx#Sheet1", "digits_lost"),
    }


@pytest.mark.parametrize("way", WAYS)
def test_tables_side_by_side_are_refused(house: House, way: str) -> None:
    rows = [
        [*left, "", *right]
        for left, right in zip([HEADER, order(1), order(2)], REFUNDS, strict=True)
    ]
    house.put("both", WAYS[way](rows))
    spaced = [[*row[:1], "", *row[1:]] for row in (HEADER, order(3))]
    house.put("spaced", WAYS[way](spaced))
    house.ingest()
    assert house.rejects() == [("both", None, None, "side_by_side")]
    assert house.query("select value from raw.rejects") == [(f"{EXPORT} and {REFUND}",)]
    assert ids(house) == ["3"]


@pytest.mark.parametrize("way", WAYS)
def test_a_header_far_below_the_top_is_found(house: House, way: str) -> None:
    house.put("a", WAYS[way]([*([["说明 1"]] * 58), HEADER, order(1)]))
    house.put("b", WAYS[way]([*([["说明 1"]] * 60), HEADER, order(2)]))
    report = house.ingest()
    assert ids(house) == ["1"]
    assert [path for path, _ in report.unrecognised] == ["b"]


def test_a_page_whose_header_is_a_table_of_its_own(house: House) -> None:
    house.put("a.xls", page([HEADER], [order(1), order(2)], [["1", "页"]]))
    house.ingest()
    assert ids(house) == ["1", "2"]
