"""What ``doubleloop inspect`` says about files, as a table and as plain values."""

from __future__ import annotations

import io
import json

import pytest
import xlsxwriter
from rich.console import Console

from orchestration.landing.contract import ColumnType
from orchestration.landing.inspect_files import inspect
from orchestration.landing.inspect_report import render
from orchestration.landing.measure import number_sql, time_sql
from orchestration.landing.reasons import LandingError
from tests.unit.landing.landing_files import House, csv_bytes

REPORT = [
    ["名称：推广"],
    ["日期", "计划ID", "消耗(元)", "展示次数", "直接支付ROI", "我的列"],
    ["2026/11/1", "17", "1,200.50", "10", "2", "x"],
    ["2026-11-03", "17", "￥99.50", "10", "2", ""],
    ["合计", "-", "1300.00", "20", "-", ""],
]


def test_a_tree_of_files(house: House) -> None:
    house.put("a/plan.csv", csv_bytes(REPORT, "gb18030"))
    house.put("b.csv", "x,y\n1,2\n")
    house.put("c.csv", b"")
    renamed = [
        [cell.replace("直接支付ROI", "直接支付投产ROI") for cell in row] for row in REPORT[1:]
    ]
    house.put("d.csv", csv_bytes(renamed))
    reports = {report.path: report for report in inspect(house.landing, house.contracts)}

    plan = reports["a/plan.csv"]
    assert (plan.state, plan.contract, plan.encoding, plan.container) == (
        "recognised",
        "douyin.qianchuan.plan",
        "gb18030",
        "text",
    )
    assert (plan.rows, plan.rows_loaded, plan.rows_dropped) == (3, 2, 1)
    assert (plan.first, plan.last) == ("2026-11-01 00:00:00", "2026-11-03 00:00:00")
    assert plan.totals == {"spend": "1300.00"}
    assert plan.unknown == ["我的列"]
    assert reports["b.csv"].state == "unrecognised"
    assert (reports["c.csv"].state, reports["c.csv"].reason) == (
        "rejected",
        "the file has no content",
    )
    assert reports["d.csv"].nearest == "douyin.qianchuan.plan"
    assert "直接支付投产ROI looks like a new name of 直接支付ROI (similarity" in str(
        reports["d.csv"].reason
    )
    assert json.loads(json.dumps(plan.to_dict()))["totals"] == {"spend": "1300.00"}

    text = io.StringIO()
    Console(file=text, width=200).print(render(list(reports.values())))
    for part in (
        "douyin.qianchuan.plan",
        "1,300.00",
        "2026-11-01",
        "no header of it is known",
        "Export the file again.",
        "4 files: 1 recognised, 2 rejected, 1 unrecognised",
    ):
        assert part in text.getvalue()


def test_each_export_of_a_workbook_is_told(house: House) -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for rows in (
            REPORT[1:4],
            [["客户名称", "添加人", "添加时间"], ["小王", "客服", "2026-11-01"]],
        ):
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    house.put("a.xlsx", out.getvalue())
    found = inspect(house.landing, house.contracts)
    assert [(one.path, one.contract, one.rows_loaded) for one in found] == [
        ("a.xlsx", "douyin.qianchuan.plan", 2),
        ("a.xlsx#Sheet2", "wecom.customers", 1),
    ]


def test_files_unused_for_one_reason_stand_below_it_once(house: House) -> None:
    for number in range(23):
        house.put(f"{number:02d}.csv", f"x,y{number}\n1,2\n")
    text = io.StringIO()
    Console(file=text, width=80).print(render(inspect(house.landing, house.contracts)))
    lines = [line.strip() for line in text.getvalue().splitlines()]
    assert sum("no header of it is known" in line for line in lines) == 1
    assert lines[-2:] == ["- 19.csv", "- and 3 more (--json lists all)"]


def test_a_narrow_terminal_loses_no_sum_and_no_remark(house: House) -> None:
    bad = [*REPORT[1:-1], *[["2026-11-04", "17", "0", "10", "2", ""]] * 99]
    bad[-1] = ["2026-11-04", "1.7E+18", "0", "10", "2", ""]
    house.put("a/plan.csv", csv_bytes(REPORT, "gb18030"))
    house.put("b/plan.csv", csv_bytes(bad, "gb18030"))
    text = io.StringIO()
    Console(file=text, width=60).print(render(inspect(house.landing, house.contracts)))
    told = " ".join(text.getvalue().split())
    assert told.count("1,300.00") == 2
    assert "- 1 rows dropped (totals, blank) (a/plan.csv)" in told
    assert "- 1 bad rows (b/plan.csv)" in told
    # What holds for every file of the export is said once and names none.
    assert told.count("我的列") == 1


def test_one_file_and_nothing(house: House) -> None:
    path = house.put("plan", csv_bytes(REPORT))
    assert [report.path for report in inspect(path, house.contracts)] == ["plan"]
    assert not house.raw.exists()
    with pytest.raises(LandingError, match="does not exist"):
        inspect(house.landing / "no", house.contracts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,299.00", "1299.0000"),
        ("￥5", "5.0000"),
        ("1.2万", "12000.0000"),
        ("3亿", "300000000.0000"),
        ("1.20%", "0.0120"),
        ("499.00（系统计算中…）", "499.0000"),
        ("-3.5", "-3.5000"),
        ("无退款申请", None),
        ("", None),
    ],
)
def test_numbers_as_written(house: House, text: str, expected: str | None) -> None:
    house.put("a.csv", "day,platform,channel,campaign,cost\n")
    house.ingest()
    sql = f"select {number_sql('v')}::varchar from (select '{text}' as v)"
    assert house.query(sql) == [(expected,)]


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("2026-09-07 08:55:37", ColumnType.DATETIME, "2026-09-07 08:55:37"),
        ("2026/9/7 8:55", ColumnType.DATETIME, "2026-09-07 08:55:00"),
        ("2026.09.07", ColumnType.DATE, "2026-09-07 00:00:00"),
        ("20260907", ColumnType.DATE, "2026-09-07 00:00:00"),
        ("2026年09月07日12时30分15秒", ColumnType.DATETIME, "2026-09-07 12:30:15"),
        ("2026年08月04日 14:28", ColumnType.DATETIME, "2026-08-04 14:28:00"),
        ("1790000000", ColumnType.EPOCH_S, "2026-09-21 14:13:20"),
        ("1790000000000", ColumnType.EPOCH_MS, "2026-09-21 14:13:20"),
        ("soon", ColumnType.DATETIME, None),
    ],
)
def test_times_as_written(house: House, text: str, kind: ColumnType, expected: str | None) -> None:
    house.put("a.csv", "day,platform,channel,campaign,cost\n")
    house.ingest()
    assert house.query(f"select {time_sql('v', kind)}::varchar from (select '{text}' as v)") == [
        (expected,)
    ]
