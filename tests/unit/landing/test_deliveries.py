"""The parts of one export in an archive are one delivery; two downloads of a report are two."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

from tests.unit.landing.landing_files import House, csv_bytes

HEADER = ["日期", "场景ID", "展现量", "花费", "总成交金额"]


def report(spend: int) -> bytes:
    return csv_bytes([HEADER, ["2026-11-01", str(spend), "10", f"{spend}.00", "0"]])


def packed(*members: tuple[str, int, int]) -> bytes:
    """Reports by name, what they cost, and the minute of an hour at which they were written."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, spend, minute in members:
            entry = zipfile.ZipInfo(name, (2023, 11, 1, 8, minute, 0))
            archive.writestr(entry, report(spend))
    return out.getvalue()


def together(house: House) -> list[tuple[list[str], dt.datetime]]:
    """Names of the files of each delivery of several, without their archive, and its time."""
    return house.query("""
        select list(regexp_extract(source_file, '[^/]*$') order by source_file), delivered_at
        from raw.files group by delivery, delivered_at having count(*) > 1 order by 1
    """)


def test_parts_by_number_or_by_time_are_one_delivery(house: House) -> None:
    house.put("a.zip", packed(("计划_1.csv", 1, 0), ("计划_2.csv", 2, 1), ("计划_3.csv", 3, 7)))
    house.put("b.zip", packed(("甲.csv", 11, 30), ("乙.csv", 12, 30)))
    house.put("c.zip", packed(("报表第1部分.csv", 21, 0), ("报表第2部分.csv", 22, 4)))
    house.ingest()
    day = dt.datetime(2023, 11, 1)
    assert together(house) == [
        (["乙.csv", "甲.csv"], day + dt.timedelta(minutes=30)),
        (["报表第1部分.csv", "报表第2部分.csv"], day + dt.timedelta(minutes=4)),
        (["计划_1.csv", "计划_2.csv", "计划_3.csv"], day + dt.timedelta(minutes=7)),
    ]


def test_other_files_are_deliveries_of_their_own(house: House) -> None:
    house.put("a.zip", packed(("报表.csv", 1, 0), ("报表 (1).csv", 2, 1), ("报表 (2).csv", 3, 2)))
    house.put("b.zip", packed(("报表20231101.csv", 4, 0), ("报表20231102.csv", 5, 1)))
    house.put("c.zip", packed(("报表_7.csv", 6, 0), ("报表_9.csv", 7, 1)))
    house.put("d/x_1.csv", report(8))
    house.put("d/x_2.csv", report(9))
    house.ingest()
    assert house.query("select count(distinct delivery), count(*) from raw.files") == [(9, 9)]
    assert house.query("select bool_and(delivered_at = exported_at) from raw.files") == [(True,)]
