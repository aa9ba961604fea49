"""Workbooks piece by piece: the same cells as a reader that knows the whole format, whoever wrote them."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz_inputs import MAIN, XML, biff8, compound, xlsx_parts, zipped
from orchestration.landing import allowance, workbook, xlsx, xlsx_scan
from orchestration.landing.container import RejectedFileError, container_of
from orchestration.landing.normalise import cell_text
from orchestration.landing.reasons import Reason
from orchestration.landing.workbook import open_workbook
from tests.unit.landing.landing_files import House

SHEET, STRINGS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
STYLE = (
    '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" '
    'Target="styles.xml"/></Relationships>'
)


def put(path: Path, parts: dict[str, str]) -> Path:
    path.write_bytes(zipped(dict(parts)))
    return path


def sheet_of(cells: str, **more: str) -> dict[str, str]:
    """A workbook whose sheet has these rows."""
    parts = xlsx_parts([["a"]])
    parts[SHEET] = (
        f'{XML}<worksheet xmlns="{MAIN}"><dimension ref="A1"/><sheetData>{cells}</sheetData></worksheet>'
    )
    return {**parts, **more}


def rows_of(path: Path) -> list[tuple[int, list[str]]]:
    """All rows of the first sheet with their numbers."""
    found: list[tuple[int, list[str]]] = []
    for batch in open_workbook(path)[0].batches():
        found += zip(batch.numbers.tolist(), batch.rows(len(batch)), strict=True)
    return found


def by_calamine(path: Path) -> list[list[str]]:
    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return [[cell_text(cell) for cell in row] for row in rows]


TEXT = st.text(st.sampled_from("aé中😀<&>\"' \n;x_0"), max_size=8)
NUMBERS = st.one_of(
    st.integers(-(10**17), 10**17),
    st.floats(-1e9, 1e9, allow_nan=False),
    st.sampled_from([0.1, 0.0001, 1e-7, 99.9, 12.30, 1e15, 999999999999999]),
)
CELLS = st.one_of(st.none(), TEXT, NUMBERS, st.booleans())


def written(cells: list[list[Any]], how: dict[str, Any]) -> dict[str, str]:
    """Cells as a program of some habits would write them."""
    strings: dict[str, int] = {}
    rows: list[str] = []
    for y, row in enumerate(cells, 1):
        text = ""
        for x, cell in enumerate(row):
            place = f' r="{chr(65 + x)}{y}"' if how["places"] else ""
            if cell is None:
                text += f"<c{place}/>" if not how["places"] or x % 2 else ""
            elif isinstance(cell, bool):
                text += f'<c{place} t="b"><v>{int(cell)}</v></c>'
            elif isinstance(cell, str):
                escaped = cell.replace("&", "&amp;").replace("<", "&lt;").replace("_x", "_x005F_x")
                if how["texts"] == "shared":
                    text += f'<c{place} s="0" t="s"><v>{strings.setdefault(escaped, len(strings))}</v></c>'
                elif how["texts"] == "inline":
                    text += f'<c{place} t="inlineStr"><is><t xml:space="preserve">{escaped}</t></is></c>'
                else:
                    text += f'<c{place} t="str"><f>A1&amp;B1</f><v>{escaped}</v></c>'
            else:
                text += f"<c{place}><v>{cell!r}</v></c>"
        number = f' r="{y}" spans="1:9"' if how["places"] else ""
        rows.append(f"<row{number}>{text}</row>" if text else f"<row{number}/>")
    parts = sheet_of("".join(rows))
    items = "".join(f'<si><t xml:space="preserve">{text}</t></si>' for text in strings)
    parts[STRINGS] = f'{XML}<sst xmlns="{MAIN}">{items}</sst>'
    if how["odd"]:  # a comment sends a piece to expat
        parts[SHEET] = parts[SHEET].replace("<row", "<!-- x --><row")
        parts[STRINGS] = parts[STRINGS].replace("<si>", "<!-- x --><si>")
    return parts


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=5), min_size=1, max_size=12),
    st.fixed_dictionaries(
        {
            "places": st.booleans(),
            "texts": st.sampled_from(["shared", "inline", "formula"]),
            "odd": st.booleans(),
        }
    ),
    st.sampled_from([64, 300, 8 << 20]),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_cells_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory,
    cells: list[list[Any]],
    how: dict[str, Any],
    piece: int,
) -> None:
    path = put(tmp_path_factory.mktemp("book") / "a.xlsx", written(cells, how))
    expected = []
    for number, row in enumerate(cells, 1):
        texts = [cell_text(cell) for cell in row]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            expected.append((number, texts))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xlsx, "FIRST_PIECE", piece)
        patch.setattr(xlsx, "PIECE", piece)
        patch.setattr(xlsx, "_CACHED_STRINGS", 64 if piece == 64 else 64 << 20)
        found = [
            (
                number,
                list(row[: max((i for i, c in enumerate(row) if c), default=-1) + 1]),
            )
            for number, row in rows_of(path)
        ]
    assert found == expected


def test_the_fast_scan_and_expat_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(7)
    cells = [
        [draw.choice([None, "x & y", "中文", 12.5, True, 3]) for _ in range(6)] for _ in range(200)
    ]
    for texts in ("shared", "inline", "formula"):
        for places in (True, False):
            parts = written(cells, {"places": places, "texts": texts, "odd": False})
            body = parts[SHEET].split("<sheetData>")[1].split("</sheetData>")[0].encode()
            fast, slow = xlsx_scan.scan_rows(body, 1), xlsx_scan.parse_rows(body, 1)
            assert fast is not None
            for name in ("row_numbers", "rows", "columns", "kinds", "styles"):
                assert getattr(fast, name).tolist() == getattr(slow, name).tolist(), name
            assert (fast.texts, fast.next_row) == (slow.texts, slow.next_row)


@pytest.mark.parametrize(
    "cells",
    [
        '<row spans="1:2" r="1"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c t="str" r="A1"><v>x</v></c></row>',
        '<row r="1"><c r="A1" cm="1" t="str"><v>x</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>a</t></r><r><rPr><b/></rPr><t> b</t></r><rPh><t>z</t></rPh></is></c></row>',
        "<row r='1'><c r='A1' t='str'><v>x</v></c></row>",
        '<row r="1"><c r="A1" t="inlineStr"><is><t><![CDATA[a<b]]></t></is></c></row>',
        '<row r="1"><c r="A1"><v >5</v ></c></row>',
        '<row r="1"><c r="$A$1"><v>5</v></c></row>',
        '<row r="1"><c r="A1" t="zzz"><v>5</v></c></row>',
    ],
)
def test_unusual_forms_are_left_to_expat(tmp_path: Path, cells: str) -> None:
    assert xlsx_scan.scan_rows(cells.encode(), 1) is None
    [(number, row)] = rows_of(put(tmp_path / "a.xlsx", sheet_of(cells)))
    assert (number, row) in [(1, [text]) for text in ("1", "x", "a b", "a<b", "5")]


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></row>',  # a cell that does not end
        '<row r="1"><c r="A1"><v>1</c></v></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row></row>',
        '<row r="1"><row r="2"></row><c r="A1"><v>1</v></c></row></row>',
        '<c r="A1"><v>1</v></c>',
        '<row r="1"><c r="A1"><v>&nbsp;</v></c></row>',
        '<row r="1"><c r="XFE1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>9</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>-1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>x</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t>\udcff</t></is></c></row>',
    ],
)
def test_broken_sheets_are_rejected(tmp_path: Path, cells: str) -> None:
    parts: dict[str, bytes | str] = dict(sheet_of(cells))
    parts[SHEET] = str(parts[SHEET]).encode("utf-8", "surrogateescape")
    (tmp_path / "a.xlsx").write_bytes(zipped(parts))
    if cells.startswith("<c"):
        assert rows_of(tmp_path / "a.xlsx") == []  # cells outside of rows are nobody's
        return
    with pytest.raises(RejectedFileError) as caught:
        rows_of(tmp_path / "a.xlsx")
    assert caught.value.reason is Reason.BROKEN_CONTAINER


FORMATS = ["0", "14", "22", "164", "165", "166", "167", "46", "31", "57", "9", "49"]
CODES = {
    "164": "yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;",
    "165": "[h]:mm:ss",
    "166": "[Red]0.00&quot;day&quot;",
    "167": "h:mm",
}


def test_dates_are_told_by_their_format(tmp_path: Path) -> None:
    values = ["46272", "46272.3719560185", "0.5", "59", "61", "-1.5", "12.25"]
    cells = "".join(f'<c s="{s}"><v>{v}</v></c>' for s in range(len(FORMATS)) for v in values)
    codes = "".join(
        f'<numFmt numFmtId="{key}" formatCode="{code}"/>' for key, code in CODES.items()
    )
    formats = "".join(f'<xf numFmtId="{key}"/>' for key in FORMATS)
    parts = sheet_of(f'<row r="1">{cells}</row>')
    parts["xl/styles.xml"] = (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{formats}</cellXfs></styleSheet>'
    )
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace("</Relationships>", STYLE)
    path = put(tmp_path / "a.xlsx", parts)
    [(_, found)] = rows_of(path)
    [expected] = by_calamine(path)
    # That reader makes a time of day of a negative date; the number says more.
    pairs = [(a, b) for a, b in zip(found, expected, strict=True) if a != b]
    assert pairs == [("-1.5", "12:00:00")] * 6
    assert found[7:12] == [
        "2026-09-07",
        "2026-09-07 08:55:37",
        "12:00:00",
        "1900-02-28",
        "1900-03-01",
    ]
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "<sheets>", '<workbookPr date1904="1"/><sheets>'
    )
    [(_, found)] = rows_of(put(tmp_path / "b.xlsx", parts))
    assert found[7] == "2030-09-08"


def test_errors_of_formulas_are_kept_for_quarantine(tmp_path: Path) -> None:
    path = put(tmp_path / "a.xlsx", sheet_of('<row r="3"><c r="B3" t="e"><v>#N/A</v></c></row>'))
    assert rows_of(path) == [(3, ["", "#N/A"])]


def test_escapes_entities_and_phonetics(tmp_path: Path) -> None:
    strings = (
        "<si><t>a_x000D_b</t></si><si><t>&#x4e2d;&lt;&amp;amp;</t></si><si/>"
        "<si><r><t>x</t></r><r><t xml:space='preserve'> y</t></r><rPh sb='0' eb='1'><t>z</t></rPh></si>"
    )
    cells = "".join(f'<c t="s"><v>{index}</v></c>' for index in range(4))
    parts = sheet_of(f"<row>{cells}</row>")
    parts[STRINGS] = f'{XML}<sst xmlns="{MAIN}">{strings}</sst>'
    assert rows_of(put(tmp_path / "a.xlsx", parts)) == [(1, ["a\rb", "中<&amp;", "", "x y"])]


@pytest.mark.parametrize("ref", ["A1", "A1:XFD1048576", "", "ZZZZZZ99999999"])
def test_the_dimension_is_not_believed(tmp_path: Path, ref: str) -> None:
    path = put(tmp_path / "a.xlsx", xlsx_parts([["x", "y"], ["1", "2"]], dimension=ref))
    assert rows_of(path) == [(1, ["x", "y"]), (2, ["1", "2"])]


def test_a_cell_far_away_costs_nothing(tmp_path: Path) -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    found = rows_of(put(tmp_path / "a.xlsx", sheet_of(cells)))
    assert [(number, row[0], row[-1]) for number, row in found] == [
        (1, "1", ""),
        (1048576, "", "2"),
    ]


def test_entities_do_not_laugh(tmp_path: Path) -> None:
    bomb = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>"
    for part in (SHEET, STRINGS, "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        parts = xlsx_parts([["x"], ["1"]])
        parts[part] = parts[part].replace(XML, XML + bomb)
        with pytest.raises(RejectedFileError, match="document type"):
            rows_of(put(tmp_path / "a.xlsx", parts))


def test_a_sheet_that_swells_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "RATIO_FLOOR", 1 << 20)
    path = put(tmp_path / "a.xlsx", sheet_of("<row><c><v>1</v></c></row>" * 400_000))
    with pytest.raises(RejectedFileError) as caught:
        rows_of(path)
    assert caught.value.reason is Reason.ARCHIVE_TOO_LARGE


@pytest.mark.parametrize("cut", ["</sheetData></worksheet>", "</row></sheetData></worksheet>"])
def test_a_sheet_cut_short_is_rejected(tmp_path: Path, cut: str) -> None:
    parts = xlsx_parts([["x"], ["1"], ["2"]])
    parts[SHEET] = parts[SHEET].removesuffix(cut)
    with pytest.raises(RejectedFileError, match="cut short"):
        rows_of(put(tmp_path / "a.xlsx", parts))


def test_hidden_sheets_are_not_read_and_targets_may_be_absolute(tmp_path: Path) -> None:
    parts = xlsx_parts([["x"]])
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "</sheets>", '<sheet name="h" sheetId="2" state="hidden" r:id="rId1"/></sheets>'
    )
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace('"worksheets/', '"/xl/worksheets/')
    path = put(tmp_path / "a.xlsx", parts)
    assert [sheet.name for sheet in open_workbook(path)] == ["订单"]
    assert rows_of(path) == [(1, ["x"])]


def test_prefixed_tags(tmp_path: Path) -> None:
    parts = xlsx_parts([["x", "y"], ["1", "2"]])
    for part in (SHEET, STRINGS):
        text = parts[part].replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
        parts[part] = text.replace("xmlns=", "xmlns:x=")
    assert rows_of(put(tmp_path / "a.xlsx", parts)) == [(1, ["x", "y"]), (2, ["1", "2"])]


def test_a_real_xls(house: House) -> None:
    header = ["订单编号", "买家应付货款", "宝贝标题", "宝贝总数量", "订单状态", "订单创建时间"]
    rows = [
        header,
        *[
            [f"39000000000000{n}", "1.00", "面膜", "1", "交易成功", "2026-11-01 08:00:00"]
            for n in range(3)
        ],
    ]
    path = house.put("orders.csv", compound(biff8(rows)))
    assert container_of(path) == "xls"
    house.ingest()
    assert house.rows("taobao.order_list.legacy", "order_id", "item_title", "_row_number") == [
        (f"39000000000000{n}", "面膜", n + 1) for n in range(3)
    ]


def test_a_damaged_xls_that_never_ends_is_given_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "_CHILD_SECONDS", 1)
    content = bytearray(compound(biff8([["x" * 200] * 5] * 20)))
    table = len(content) - 512
    content[table + 8 : table + 12] = (1).to_bytes(
        4, "little"
    )  # a chain of sectors that bites its tail
    house.put("loop.xls", bytes(content))
    house.put("good.csv", "platform,account_id,joined_at,phone\ncrm,1,2026-01-01,\n")
    house.ingest()
    [(file, reason)] = house.query("select source_file, reason from raw.rejects")
    assert (file, reason) == ("loop.xls", str(Reason.BROKEN_CONTAINER))
    assert house.rows("generic.customers", "account_id") == [("1",)]


def test_workbooks_with_a_password_say_so(house: House) -> None:
    stream = "EncryptedPackage".encode("utf-16-le").ljust(4096, b"\0")
    house.put("locked.xlsx", compound(stream))
    locked = io.BytesIO()
    with zipfile.ZipFile(locked, "w") as archive:
        for name, text in xlsx_parts([["x"]]).items():
            archive.writestr(name, text)
    content = bytearray(locked.getvalue())
    start = content.find(b"PK\x01\x02")
    content[start + 8] |= 1
    house.put("zipped.xlsx", bytes(content))
    house.ingest()
    assert house.query(
        "select source_file, reason, mend like '%password%' from raw.rejects order by 1"
    ) == [
        ("locked.xlsx", "encrypted", True),
        ("zipped.xlsx", "encrypted", True),
    ]


@pytest.mark.parametrize("part", [SHEET, STRINGS, "xl/workbook.xml"])
def test_tags_inside_tags_without_end_are_refused(tmp_path: Path, part: str) -> None:
    parts = xlsx_parts([["x"], ["1"]])
    mark = {SHEET: "</sheetData>", STRINGS: "</sst>"}.get(part, "</workbook>")
    closed = "</row>" if part == SHEET else "</si>" if part == STRINGS else ""
    parts[part] = parts[part].replace(mark, "<a>" * 5_000 + closed + mark)
    with pytest.raises(RejectedFileError, match="deep"):
        rows_of(put(tmp_path / "a.xlsx", parts))


def test_deep_xml_called_xls_is_refused(house: House) -> None:
    head = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    house.put("a.xls", head + "<a>" * 5_000)
    house.ingest()
    [(detail,)] = house.query("select detail from raw.files")
    assert "deep" in detail
