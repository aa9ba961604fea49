"""Ids that a spreadsheet cut to 15 digits, told from ids that end in zeros by chance."""

from __future__ import annotations

from random import Random

import pyarrow as pa
import pytest

from orchestration.landing.digits import lost_digits
from tests.unit.landing.landing_files import House, csv_bytes


def lost(cells: list[str | None]) -> list[str | None]:
    found = lost_digits(pa.array(cells, pa.string()))
    return [] if found is None else [c for c, bad in zip(cells, found, strict=True) if bad]


def ids(count: int, length: int, seed: int = 1) -> list[str | None]:
    draw = Random(seed)
    return [f"{draw.randrange(10 ** (length - 1), 10**length)}" for _ in range(count)]


def cut(cell: str | None) -> str:
    """What a spreadsheet makes of an id."""
    assert cell is not None
    return cell[:15] + "0" * (len(cell) - 15)


def test_numbers_in_e_notation() -> None:
    cells = ["1.23E+18", "6.9e18", "E20260525220543", "2+2", None, "12E"]
    assert lost(cells) == cells[:2]
    assert lost(["123", None]) == []


@pytest.mark.parametrize("length", [16, 17, 18, 19, 28])
@pytest.mark.parametrize("count", [4, 40, 5_000])
def test_a_column_that_a_spreadsheet_saved(length: int, count: int) -> None:
    cells = [cut(cell) for cell in ids(count, length)]
    assert lost([*cells, None, "12", "a"]) == cells


def test_some_such_ids_among_whole_ones() -> None:
    bad: list[str | None] = ["1234567890123456000", "123456789012345000"]
    assert lost([*ids(12, 19), *bad]) == bad
    assert lost([*ids(8, 19), "1234567890123450000"]) == ["1234567890123450000"]
    assert lost([*ids(5, 12), "123456789000"]) == []
    # One that ends like one in a thousand ids do.
    assert lost([*ids(12, 19), bad[0], bad[0]]) == []


def test_zeros_by_chance_stay() -> None:
    suspected = 0
    for length in (16, 17, 18, 19, 28):
        for seed, count in enumerate([3] * 200 + [16] * 200 + [100] * 50 + [400] * 20 + [20_000]):
            suspected += bool(lost(ids(count, length, seed)))
    assert suspected <= 1


def test_an_id_repeated_on_every_row_is_one_id() -> None:
    assert lost(["6917012345678901000"] * 50) == []
    assert lost(["6917012345678900000"] * 50) == ["6917012345678900000"] * 50


ORDERS = ["订单编号", "买家应付货款", "宝贝标题", "宝贝总数量", "订单状态", "订单创建时间"]


def test_the_row_goes_to_quarantine_with_its_id(house: House) -> None:
    whole = [str(3_900_000_000_000_000_001 + 7919 * n) for n in range(30)]
    rows = [
        [key, "1.00", "面膜", "1", "交易成功", "2026-09-07 08:55:37"]
        for key in (*whole, "1234567890123456000", "1234567890123457000")
    ]
    house.put("a.csv", csv_bytes([ORDERS, *rows], "gb18030"))
    house.ingest()
    assert house.query("select row_number, column_name, value, reason from raw.rejects") == [
        (31, "订单编号", "1234567890123456000", "digits_lost"),
        (32, "订单编号", "1234567890123457000", "digits_lost"),
    ]
