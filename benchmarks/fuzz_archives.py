"""Damage to what holds files: archives and the parts of workbooks."""

from __future__ import annotations

import gzip
import io
import zipfile

from benchmarks.fuzz_cases import Case
from benchmarks.fuzz_contents import (
    flipped,
    nuls,
    random_bytes,
    spliced,
    truncated,
)
from benchmarks.fuzz_inputs import (
    GOOD,
    MAIN,
    ORDERS,
    PACKED,
    XML,
    Draw,
    delimited,
    list_parts,
    workbook,
    zipped,
)  # fmt: skip


def bomb(draw: Draw) -> Case:
    header = ",".join(ORDERS).encode() + b"\n"
    shape = draw.choice(
        ["ratio", "nested", "many", "gz", "xlsx strings", "xlsx sheet", "overlap", "gz in zip"]
    )
    zeros = header + bytes(draw.choice([8, 80]) << 20)
    if shape == "ratio":
        return Case("", {b"input.zip": zipped({"a.csv": zeros})})
    if shape == "nested":
        content = zipped({"a.csv": zeros})
        for _ in range(draw.randrange(1, 6)):
            content = zipped({"a.zip": content, "b.zip": content})
        return Case("", {b"input.zip": content})
    if shape == "many":
        return Case("", {b"input.zip": zipped({f"{number}.csv": b"" for number in range(3_000)})})
    if shape == "gz":
        return Case("", {b"input.csv.gz": gzip.compress(zeros, mtime=0)})
    if shape == "gz in zip":
        return Case("", {b"input.zip": zipped({"a.csv.gz": gzip.compress(zeros, mtime=0)})})
    if shape == "overlap":
        # Two directory entries for the same bytes.
        content = bytearray(zipped({"a.csv": header * 50, "b.csv": header * 50}))
        start = content.rfind(b"PK\x01\x02")
        content[start + 42 : start + 46] = bytes(4)
        return Case("", {b"input.zip": bytes(content)})
    parts = list_parts(draw)
    if shape == "xlsx strings":
        text = "<si><t>" + "x" * (64 << 20) + "</t></si>"
        parts["xl/sharedStrings.xml"] = f'{XML}<sst xmlns="{MAIN}">{text}</sst>'
    else:
        row = "<row>" + '<c t="inlineStr"><is><t>x</t></is></c>' * 1_000 + "</row>"
        sheet = parts["xl/worksheets/sheet1.xml"]
        parts["xl/worksheets/sheet1.xml"] = sheet.replace(
            "</sheetData>", row * 300 + "</sheetData>"
        )
    return Case("", {b"input.xlsx": zipped(dict(parts))})


def member_names(draw: Draw) -> Case:
    names = ["../../escape.csv", "/tmp/escape.csv", "..\\..\\escape.csv", "C:\\escape.csv", "a/../../../escape.csv", "//x/escape.csv", "\n.csv",
             "\x01.csv", "a" * 3_000, ".", "..", "/", "con.csv", "\u202egpj.csv", "订单.csv", "a\\", "a!/b.csv", " "]  # fmt: skip
    content = delimited(draw)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in draw.sample(names, 6):
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            if draw.random() < 0.3:  # a symbolic link to outside
                entry.external_attr = 0o120777 << 16
                archive.writestr(entry, "/etc/passwd")
            else:
                archive.writestr(entry, content)
    packed = out.getvalue()
    if draw.random() < 0.3:
        packed = packed.replace(b"escape", b"esc\xff\xfe\x80")
    if draw.random() < 0.3:  # gz keeps a name too
        return Case(
            "", {b"../input.csv.gz".rsplit(b"/")[-1]: _named_gz(b"../../escape.csv", content)}
        )
    return Case("", {b"input.zip": packed})


def _named_gz(name: bytes, content: bytes) -> bytes:
    packed = gzip.compress(content, mtime=0)
    return packed[:3] + b"\x08" + packed[4:10] + name + b"\0" + packed[10:]


def workbook_xml(draw: Draw) -> Case:
    parts = list_parts(draw)
    sheet, strings, book = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml"
    laughs = "<!DOCTYPE l [<!ENTITY a0 'ha'>" + "".join(
        f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)
    )
    kind = draw.choice(
        ["laughs", "laughs in strings", "external", "dimension", "far cell", "far row", "bad reference", "bad index", "broken", "no strings",
         "no sheet", "prefix", "comment", "cdata", "deep", "rows out of order", "odd target", "rich", "formula", "types", "single quotes", "one wide row"]
    )  # fmt: skip
    body = parts[sheet]
    if kind in ("laughs", "laughs in strings"):
        part = sheet if kind == "laughs" else strings
        parts[part] = (
            parts[part]
            .replace(XML, XML + laughs + "]>")
            .replace("<v>", "<v>&a11;", 1)
            .replace("<t>", "<t>&a11;", 1)
        )
    elif kind == "external":
        parts[sheet] = body.replace(
            XML, XML + '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        ).replace("<v>", "<v>&a;", 1)
    elif kind == "dimension":
        parts[sheet] = body.replace(
            'ref="A1"',
            draw.choice(['ref="A1:XFD1048576"', 'ref=""', 'ref="ZZZZZZ99999999999"', 'ref="B:A"']),
        )
    elif kind == "far cell":
        place = draw.choice(
            [
                "XFD1048576",
                "ZZZZZZZ9",
                "A99999999999999999999",
                "XFD2",
                "A4294967297",
                "AAAAAAAAAAAAAAAAAAAAAA1",
            ]
        )
        parts[sheet] = body.replace("</row>", f'<c r="{place}"><v>1</v></c></row>', 1)
    elif kind == "far row":
        number = draw.choice(["1048576", "99999999", "0", "-1", "x", ""])
        parts[sheet] = body.replace(
            "</sheetData>", f'<row r="{number}"><c><v>1</v></c></row></sheetData>'
        )
    elif kind == "bad reference":
        parts[sheet] = body.replace(
            'r="A2"',
            draw.choice(
                [
                    'r="2A"',
                    'r=""',
                    'r="A"',
                    'r="2"',
                    'r="a2"',
                    'r="A02"',
                    'r="$A$2"',
                    'r="A2:B2"',
                    'r="&#65;2"',
                ]
            ),
        )
    elif kind == "bad index":
        index = draw.choice(["99999999", "-1", "", "x", "1.5", "18446744073709551616"])
        parts[sheet] = body.replace("</row>", f'<c t="s"><v>{index}</v></c></row>', 1)
    elif kind == "broken":
        part = draw.choice([sheet, strings, book, "xl/_rels/workbook.xml.rels"])
        place = draw.randrange(len(parts[part]))
        parts[part] = (
            parts[part][:place]
            + draw.choice(["", "<", "&", "]]>", "</row>", "<!--", "<![CDATA["])
            + parts[part][place + draw.randrange(3) :]
        )
    elif kind == "no strings":
        del parts[strings]
    elif kind == "no sheet":
        del parts[sheet]
    elif kind == "prefix":
        for part in (sheet, strings):
            parts[part] = (
                parts[part]
                .replace("<", "<x:")
                .replace("<x:/", "</x:")
                .replace("<x:?", "<?")
                .replace("xmlns=", "xmlns:x=")
            )
    elif kind == "comment":
        parts[sheet] = body.replace("<row", "<!-- <row><c r='Z9'/> --><row")
    elif kind == "cdata":
        parts[sheet] = body.replace("<t>", "<t><![CDATA[", 9).replace("</t>", "]]></t>", 9)
    elif kind == "deep":
        parts[sheet] = body.replace("</sheetData>", "<row>" * 50_000 + "</sheetData>")
    elif kind == "rows out of order":
        rows = body.split("<row ")
        parts[sheet] = "<row ".join([rows[0], *draw.sample(rows[1:-1], len(rows) - 2), rows[-1]])
    elif kind == "odd target":
        target = draw.choice(
            [
                "/xl/worksheets/sheet1.xml",
                "../../../etc/passwd",
                "",
                "worksheets\\sheet1.xml",
                "http://x/y",
            ]
        )
        rels = "xl/_rels/workbook.xml.rels"
        parts[rels] = parts[rels].replace("worksheets/sheet1.xml", target)
    elif kind == "rich":
        parts[strings] = (
            parts[strings]
            .replace("<t>", "<r><t>a</t></r><r><rPr><b/></rPr><t>")
            .replace("</t></si>", "</t></r><rPh><t>x</t></rPh></si>")
        )
    elif kind == "formula":
        parts[sheet] = body.replace("<v>", "<f>SUM(A1:XFD1048576)</f><v>").replace(
            "<is>", "<f>A1</f><is>"
        )
    elif kind == "types":
        parts[sheet] = body.replace(
            't="s"', f't="{draw.choice(["b", "e", "d", "n", "str", "zzz", ""])}"'
        ).replace('t="inlineStr"', 't="s"')
    elif kind == "single quotes":
        parts[sheet] = body.replace('"', "'").replace("<v>", "<v >").replace("<c ", "<c\n  ")
    else:
        cells = "".join(
            f'<c t="inlineStr"><is><t>{number}</t></is></c>' for number in range(16_384)
        )
        parts[sheet] = body.replace("</sheetData>", f"<row>{cells}</row>" * 3 + "</sheetData>")
    return Case("", {b"input.xlsx": zipped(dict(parts))})


def zip_directory(draw: Draw) -> Case:
    content = bytearray(draw.choice([workbook, GOOD[".zip"]])(draw))
    start = content.find(b"PK\x01\x02")
    for _ in range(draw.choice([1, 1, 4])):
        content[draw.randrange(start, len(content))] = draw.choice([0, 255, draw.randrange(256)])
    return Case("", {b"input.zip": bytes(content)})


def packed(draw: Draw) -> Case:
    """Archives that are neither zip nor gz, damaged, or with headers that lie."""
    suffix = draw.choice(list(PACKED))
    content = PACKED[suffix](draw)
    change = draw.choice([truncated, flipped, spliced, random_bytes, nuls, _lying_header])
    return Case("", {f"input{suffix}".encode(): change(draw, content)})


def _lying_header(draw: Draw, content: bytes) -> bytes:
    """A tar whose first header says another name, size or kind, with its checksum put right."""
    if content[257:262] != b"ustar":
        return b"Rar!\x1a\x07\x00" + content
    header = bytearray(content[:512])
    what = draw.choice(["name", "size", "kind"])
    if what == "name":
        header[:100] = draw.choice([b"../../escape.csv", b"/etc/escape.csv", b""]).ljust(100, b"\0")
    elif what == "size":
        header[124:136] = draw.choice([b"77777777777\0", b"\x80" + b"\xff" * 11, b"-1\0".rjust(12)])
    else:
        header[156:157] = draw.choice([b"1", b"2", b"3", b"5", b"6", b"g", b"x", b"L", b"S"])
        header[157:167] = b"/etc/hosts"
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return bytes(header) + content[512:]
