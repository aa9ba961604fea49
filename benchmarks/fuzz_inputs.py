"""Good small exports of every container, for ``benchmarks.fuzz_landing`` to damage."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq

Draw = random.Random

ORDERS = [
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
LIST = [
    "订单编号",
    "买家会员名",
    "买家应付货款",
    "总金额",
    "订单状态",
    "订单创建时间",
    "宝贝标题 ",
    "宝贝总数量",
]
CUSTOMERS = ["platform", "account_id", "joined_at", "phone"]


def order(draw: Draw, number: int) -> list[str]:
    return [
        f"2026{number:08d}", "6917012345678901234", draw.choice(["保湿面膜，补水", 'A "B" C', "两行\n标题", "é"]),
        "1", "2026-11-01 08:00:00", "99.00", "￥1,299.00", draw.choice(["完成", "已取消"]), f"jd_{number}",
    ]  # fmt: skip


def _list_row(draw: Draw, number: int) -> list[str]:
    return [
        f"3900{number + 1:015d}", "王**", "12.50", "12.50", draw.choice(["交易成功", "交易关闭"]),
        "2026-11-01 08:00:00", "面膜 & 精华 <大>", "2",
    ]  # fmt: skip


def delimited(draw: Draw) -> bytes:
    """Orders as text, in one of the encodings, delimiters and line ends."""
    encoding = draw.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    delimiter = draw.choice([",", "\t", ";"])
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=draw.choice(["\n", "\r\n"]))
    if draw.random() < 0.3:
        writer.writerow(["报表", "2026-11-01 至 2026-11-30"])
    writer.writerow(ORDERS)
    writer.writerows(order(draw, number) for number in range(draw.randrange(1, 60)))
    return text.getvalue().encode(encoding)


def track(number: int) -> dict[str, object]:
    return {
        "distinct_id": f"u{number}", "type": "track", "event": "看", "time": 1790000000000 + number,
        "properties": {"item_id": "1", "$city": "南京"}, "identities": {"unionid": "o1"},
    }  # fmt: skip


def json_text(draw: Draw) -> bytes:
    """Events or contacts as JSON lines, array, pretty-printed or wrapped."""
    items = [track(number) for number in range(draw.randrange(1, 40))]
    shape = draw.choice(["lines", "array", "pretty", "wrapped"])
    if shape == "lines":
        return "\n".join(json.dumps(item, ensure_ascii=False) for item in items).encode()
    if shape == "array":
        return json.dumps(items).encode()
    if shape == "pretty":
        return "\n".join(json.dumps(item, indent=1) for item in items).encode()
    contacts = [
        {
            "external_contact": {"external_userid": f"w{n}"},
            "follow_user": [{"userid": "a", "createtime": 1}],
        }
        for n in range(5)
    ]
    return json.dumps({"errcode": 0, "external_contact_list": contacts}).encode()


XML = '<?xml version="1.0" encoding="UTF-8"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def xlsx_parts(
    rows: list[list[str]], *, shared: bool = True, dimension: str = "A1"
) -> dict[str, str]:
    """The parts of a workbook with one sheet."""
    strings: dict[str, int] = {}
    body: list[str] = []
    for number, row in enumerate(rows, 1):
        cells = ""
        for column, text in enumerate(row):
            place = f"{chr(65 + column)}{number}"
            if shared:
                index = strings.setdefault(text, len(strings))
                cells += f'<c r="{place}" t="s"><v>{index}</v></c>'
            else:
                cells += f'<c r="{place}" t="inlineStr"><is><t>{_escaped(text)}</t></is></c>'
        body.append(f'<row r="{number}">{cells}</row>')
    items = "".join(f"<si><t>{_escaped(text)}</t></si>" for text in strings)
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="订单" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'{XML}<sst xmlns="{MAIN}">{items}</sst>',
        "xl/worksheets/sheet1.xml": f'{XML}<worksheet xmlns="{MAIN}"><dimension ref="{dimension}"/>'
        f"<sheetData>{''.join(body)}</sheetData></worksheet>",
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def zipped(members: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of some members, names as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return out.getvalue()


def tarred(members: dict[str, bytes]) -> bytes:
    """A tar of some members, names as they are."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def zstd(content: bytes) -> bytes:
    """Content as one compressed file."""
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(content)
    return out.getvalue().to_pybytes()


def list_parts(draw: Draw) -> dict[str, str]:
    rows = [LIST, *[_list_row(draw, number) for number in range(draw.randrange(1, 40))]]
    return xlsx_parts(rows, shared=draw.random() < 0.5)


def workbook(draw: Draw) -> bytes:
    """An order list as xlsx."""
    return zipped(dict(list_parts(draw)))


def page(draw: Draw) -> bytes:
    """An order list as an HTML table or an XML spreadsheet called .xls."""
    rows = [LIST, *[_list_row(draw, number) for number in range(draw.randrange(1, 30))]]
    if draw.random() < 0.5:
        table = "".join(
            "<tr>" + "".join(f"<td>{_escaped(c)}</td>" for c in row) + "</tr>" for row in rows
        )
        return f"<html><meta charset=gbk><table>{table}</table></html>".encode("gb18030")
    table = "".join(
        "<Row>" + "".join(f"<Cell><Data>{_escaped(c)}</Data></Cell>" for c in row) + "</Row>"
        for row in rows
    )
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
        f"<Worksheet><Table>{table}</Table></Worksheet></Workbook>"
    ).encode()


def parquet(draw: Draw) -> bytes:
    """Customers as Parquet."""
    rows = [["crm", f"p{number}", "2026-01-01", ""] for number in range(draw.randrange(1, 50))]
    out = io.BytesIO()
    pq.write_table(pa.table([list(c) for c in zip(*rows, strict=True)], names=CUSTOMERS), out)
    return out.getvalue()


def xls(draw: Draw) -> bytes:
    """An order list as a real .xls (BIFF8 in a compound file)."""
    return compound(
        biff8([LIST, *[_list_row(draw, number) for number in range(draw.randrange(1, 30))]])
    )


def biff8(rows: list[list[str]]) -> bytes:
    """A workbook stream with one sheet of label cells."""

    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def begin(what: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, what, 0, 1997, 0, 6))

    def text(value: str, size: str) -> bytes:
        return struct.pack(size, len(value)) + b"\x01" + value.encode("utf-16-le")

    end = record(0x000A, b"")
    cells = b"".join(
        record(0x0204, struct.pack("<HHH", row, column, 0) + text(cell, "<H"))
        for row, line in enumerate(rows)
        for column, cell in enumerate(line)
    )
    name = text("Sheet1", "<B")
    head = begin(5) + record(0x0042, struct.pack("<H", 1200))
    offset = len(head) + 4 + 6 + len(name) + len(end)
    return (
        head
        + record(0x0085, struct.pack("<IBB", offset, 0, 0) + name)
        + end
        + begin(0x10)
        + cells
        + end
    )


def compound(stream: bytes) -> bytes:
    """A compound file (version 3, sectors of 512 bytes) whose only stream is ``Workbook``."""
    free, last, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    stream = stream.ljust(4096, b"\0")  # smaller ones would need a second allocation table
    count = -(-len(stream) // 512)
    # Sectors: directory, then the stream, then the table; one table sector knows 128 sectors.
    tables = 1
    while tables * 128 < 1 + count + tables:
        tables += 1
    chain = [last, *[sector + 1 for sector in range(1, count)], last]
    chain += [table] * tables
    chain += [free] * (tables * 128 - len(chain))
    entry = struct.Struct("<64sHBBIII16sIQQIQ")

    def named(name: str, kind: int, child: int, start: int, size: int) -> bytes:
        letters = (name + "\0").encode("utf-16-le") if name else b""
        return entry.pack(
            letters, len(letters), kind, 1, free, free, child, b"", 0, 0, 0, start, size
        )

    directory = named("Root Entry", 5, 1, last, 0) + named("Workbook", 2, free, 1, len(stream))
    directory += named("", 0, free, 0, 0) * 2
    first = 1 + count
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHHHIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, tables, 0, 0, 4096, last, 0, last, 0
    )
    where = [*range(first, first + tables)][:109]
    header += struct.pack("<109I", *where, *[free] * (109 - len(where)))
    return (
        header
        + directory
        + stream.ljust(count * 512, b"\0")
        + struct.pack(f"<{len(chain)}I", *chain)
    )


GOOD: dict[str, Callable[[Draw], bytes]] = {
    ".csv": delimited,
    ".json": json_text,
    ".xlsx": workbook,
    ".html.xls": page,
    ".parquet": parquet,
    ".xls": xls,
    ".zip": lambda draw: zipped({"a.csv": delimited(draw), "b/c.xlsx": workbook(draw)}),
    ".csv.gz": lambda draw: gzip.compress(delimited(draw), mtime=0),
}  # fmt: skip

# Archives of other kinds: apart from the above, so that what follows from a seed stays the same.
PACKED: dict[str, Callable[[Draw], bytes]] = {
    ".tar": lambda draw: tarred({"a.csv": delimited(draw), "b/c.xlsx": workbook(draw)}),
    ".tgz": lambda draw: gzip.compress(tarred({"a.csv": delimited(draw)}), mtime=0),
    ".csv.bz2": lambda draw: bz2.compress(delimited(draw)),
    ".csv.zst": lambda draw: zstd(delimited(draw)),
}
