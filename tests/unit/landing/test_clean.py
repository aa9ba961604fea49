"""Cell cleaning on columns equals the plain statement of the rule, cell by cell."""

from __future__ import annotations

import json
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing.clean import clean_column, decode_column, json_objects
from orchestration.landing.contract import TYPED, ColumnType
from orchestration.landing.normalise import EDGE, INVISIBLE, NULL_WORDS, clean_text

PIECES = st.sampled_from(
    [
        *EDGE,
        *INVISIBLE,
        *NULL_WORDS,
        "'",
        '="',
        '"',
        '""',
        "=",
        "1.0",
        ".00",
        "123",
        "订单",
        "，",
        "１２",
        "【",
        "“",
        "　",
        "\U0001f468\u200d\U0001f469",
        "é",
        "a b",
        "-5",
        "12.30",
        "E+18",
    ]
)
CELLS = st.one_of(st.none(), st.text(max_size=6), st.lists(PIECES, max_size=6).map("".join))


def oracle(cell: str | None, kind: ColumnType) -> str | None:
    """The rule, one cell at a time."""
    if cell is None:
        return None
    text = clean_text(unicodedata.normalize("NFKC", cell) if kind in TYPED else cell)
    if text is not None and kind in (ColumnType.ID, ColumnType.PHONE):
        for tail in (".00", ".0"):
            head = text.removesuffix(tail)
            if head != text and head.isascii() and head.isdigit():
                return head
    return text


@given(st.lists(CELLS, max_size=12), st.sampled_from(list(ColumnType)), st.integers(0, 3))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_column_cleaning_equals_the_oracle(
    cells: list[str | None], kind: ColumnType, skip: int
) -> None:
    column = pa.array(["x", *cells], pa.string())[1:][min(skip, len(cells)) :]
    expected = [oracle(cell, kind) for cell in column.to_pylist()]
    assert clean_column(column, kind).to_pylist() == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ('="6917012345678901234"', "6917012345678901234"),
        ("\t6917012345678901234\t", "6917012345678901234"),
        ("'13800138000", "13800138000"),
        ("\u202d13800138000\u202c", "13800138000"),
        ("6917.00", "6917"),
        ("6917.0", "6917"),
        ("１２３", "123"),
        ("--", None),
        ("-", None),
        ("\t", None),
        ('=""', None),
        ("NULL", None),
        ("", None),
        ("0", "0"),
    ],
)
def test_protected_ids(cell: str, expected: str | None) -> None:
    assert clean_column(pa.array([cell, "1"]), ColumnType.ID).to_pylist() == [expected, "1"]


def test_text_keeps_full_width_forms_and_emoji() -> None:
    cells = ["【官方】保湿，补水", "\U0001f468\u200d\U0001f469 小王", "　地址　"]
    assert clean_column(pa.array(cells), ColumnType.TEXT).to_pylist() == [
        cells[0],
        cells[1],
        "地址",
    ]


@given(
    st.lists(st.one_of(st.none(), st.text("中文abc１，é\x1f", max_size=5)), max_size=10),
    st.sampled_from(["gb18030", "utf-8"]),
    st.booleans(),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_decoding_a_column_equals_decoding_each_cell(
    cells: list[str | None], codec: str, repeats: bool
) -> None:
    column = pa.array([None if cell is None else cell.encode(codec) for cell in cells], pa.binary())
    decoded, bad = decode_column(column, codec, repeats=repeats)
    assert decoded.to_pylist() == cells
    assert bad is None


@pytest.mark.parametrize("repeats", [True, False])
def test_damaged_cells_are_named_and_the_others_kept(repeats: bool) -> None:
    column = pa.array(["订单".encode("gb18030"), b"\xb6\xa9\xb5", None, b"plain"], pa.binary())
    decoded, bad = decode_column(column, "gb18030", repeats=repeats)
    assert decoded.to_pylist() == ["订单", None, None, "plain"]
    assert bad is not None
    assert bad.tolist() == [False, True, False, False]


@given(st.lists(st.tuples(CELLS, CELLS), max_size=8))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_json_objects_hold_the_cells_that_are_there(
    rows: list[tuple[str | None, str | None]],
) -> None:
    names = ['键"1', "b"]
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in (0, 1)]
    expected = [
        {name: cell for name, cell in zip(names, row, strict=True) if cell is not None} or None
        for row in rows
    ]
    made = json_objects(names, columns).to_pylist()
    assert [None if text is None else json.loads(text) for text in made] == expected
