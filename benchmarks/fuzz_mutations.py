"""Damaged exports for ``benchmarks.fuzz_landing``; every input follows from its seed alone."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fuzz_inputs import (
    GOOD,
    MAIN,
    ORDERS,
    PACKED,
    XML,
    Draw,
    delimited,
    list_parts,
    order,
    page,
    track,
    workbook,
    zipped,
)  # fmt: skip


@dataclass
class Case:
    """One input: the files to land and what its mutation is called."""

    kind: str
    files: dict[bytes, bytes] = field(
        default_factory=dict
    )  # name (bytes, as a file system has them)
    links: dict[bytes, bytes] = field(default_factory=dict)
    pipes: list[bytes] = field(default_factory=list)
    streams: dict[bytes, Iterable[bytes]] = field(default_factory=dict)  # too large to hold


def make(seed: int, kind: str | None = None) -> Case:
    """The input of a seed; without a kind, seeds go through the kinds in turn."""
    kinds = sorted(KINDS)
    draw = Draw(seed)
    kind = kind or kinds[seed % len(kinds)]
    case = KINDS[kind](draw)
    case.kind = kind
    return case


def _good(draw: Draw) -> tuple[bytes, bytes]:
    suffix = draw.choice(list(GOOD))
    return f"input{suffix}".encode(), GOOD[suffix](draw)


def _bytes_changed(change: Callable[[Draw, bytes], bytes]) -> Callable[[Draw], Case]:
    def build(draw: Draw) -> Case:
        name, content = _good(draw)
        return Case("", {name: change(draw, content)})

    return build


def _truncated(draw: Draw, content: bytes) -> bytes:
    return content[: draw.randrange(len(content))]


def _flipped(draw: Draw, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice([1, 1, 3, 30])):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _spliced(draw: Draw, content: bytes) -> bytes:
    start, end = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    place = draw.randrange(len(content) + 1)
    part = content[start:end] * draw.choice([0, 1, 1, 5])
    return content[:place] + part + content[place + draw.choice([0, end - start]) :]


def _random_bytes(draw: Draw, content: bytes) -> bytes:
    place = draw.randrange(len(content) + 1)
    return content[:place] + draw.randbytes(draw.choice([1, 50, 5_000])) + content[place:]


def _nuls(draw: Draw, content: bytes) -> bytes:
    place = draw.randrange(len(content) + 1)
    return content[:place] + bytes(draw.choice([1, 7, 4096, 100_000])) + content[place:]


def _text_changed(change: Callable[[Draw, str], bytes]) -> Callable[[Draw], Case]:
    def build(draw: Draw) -> Case:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([ORDERS, *[order(draw, number) for number in range(30)]])
        return Case("", {b"input.csv": change(draw, text.getvalue())})

    return build


def _wrong_encoding(draw: Draw, text: str) -> bytes:
    one, other = draw.choices(
        ["utf-8", "gb18030", "utf-16", "utf-16-be", "cp932", "big5", "utf-32", "utf-7"], k=2
    )
    half = len(text) // 2
    head = draw.choice([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
    return head + text[:half].encode(one, "replace") + text[half:].encode(other, "replace")


def _line_ends(draw: Draw, text: str) -> bytes:
    lines = text.split("\r\n")
    ends = ["\n", "\r\n", "\r", "\n\r", "\u2028", "\x0b", "\n\n", "\r\r\n", "\x85"]
    return "".join(line + draw.choice(ends) for line in lines).encode(
        draw.choice(["utf-8", "gb18030"])
    )


def _quotes(draw: Draw, text: str) -> bytes:
    letters = list(text)
    for _ in range(draw.choice([1, 5, 200])):
        letters.insert(
            draw.randrange(len(letters)), draw.choice(['"', '""', '"\n', ',"', "'", '="'])
        )
    return "".join(letters).encode()


def _many_columns(draw: Draw, text: str) -> bytes:
    header, *rows = text.split("\r\n")
    extra = [f"列{number}" for number in range(10_000)]
    wide = draw.choice([",".join(extra), "," * 10_000, ",".join(["订单号"] * 10_000)])
    place = draw.choice(["header", "rows", "both"])
    if place in ("header", "both"):
        header += "," + wide
    if place in ("rows", "both"):
        rows = [row + "," + wide for row in rows[:5]]
    return "\n".join([header, *rows]).encode()


def _odd_cells(draw: Draw, text: str) -> bytes:
    cells = [
        "1.23E+18", "9" * 400, "-" * 300, "1e400", "NaN", "=cmd()", "\u202e", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "合计", "合计3条记录", "0000-00-00", "9" * 20_000, "\x1f", "\x00",
    ]  # fmt: skip
    rows = [row.split(",") for row in text.split("\r\n")]
    for row in draw.choices(rows, k=20):
        row[draw.randrange(len(row))] = draw.choice(cells)
    return "\n".join(",".join(row) for row in rows).encode()


def _deep_json(draw: Draw) -> Case:
    depth = draw.choice([500, 1_100, 10_000, 200_000])
    deep = draw.choice(
        ["[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth, '{"a":[' * depth]
    )
    good = [json.dumps(track(number)) for number in range(30)]
    shape = draw.choice(["line", "in properties", "in array", "alone", "wrapped"])
    if shape == "line":
        good.insert(draw.randrange(len(good)), deep)
    elif shape == "in properties":
        good.insert(draw.randrange(len(good)), json.dumps(track(99)).replace('"1"', deep, 1))
    text = "\n".join(good)
    if shape == "in array":
        text = "[" + ",".join([*good, deep]) + "]"
    elif shape == "alone":
        text = deep
    elif shape == "wrapped":
        text = '{"external_contact_list": [' + deep + "]}"
    return Case("", {b"input.json": text.encode()})


def _odd_json(draw: Draw) -> Case:
    values = [
        "1e999", "-0", "123456789012345678901234567890", "0.1e-400", '"\\ud800"', '"\\u0000"', "NaN", "Infinity", "{}", "[]", "null",
        '"' + "x" * 100_000 + '"', "[[1],{}]", "tru", "'a'", '{"a":1,"a":2}', "\ufeff1",
    ]  # fmt: skip
    lines = [json.dumps(track(number), ensure_ascii=False) for number in range(30)]
    for _ in range(6):
        place = draw.randrange(len(lines))
        key = draw.choice(['"u', '"track"', "1790000000", '{"item_id"', '"o1"'])
        lines[place] = lines[place].replace(key, draw.choice(values) + draw.choice(["", key]), 1)
    ends = draw.choice(["\n", "\r\n", "\n\n", ",\n", " "])
    return Case("", {b"input.json": ends.join(lines).encode("utf-8", "surrogatepass")})


def _bomb(draw: Draw) -> Case:
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


def _member_names(draw: Draw) -> Case:
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


def _workbook_xml(draw: Draw) -> Case:
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


def _zip_directory(draw: Draw) -> Case:
    content = bytearray(draw.choice([workbook, GOOD[".zip"]])(draw))
    start = content.find(b"PK\x01\x02")
    for _ in range(draw.choice([1, 1, 4])):
        content[draw.randrange(start, len(content))] = draw.choice([0, 255, draw.randrange(256)])
    return Case("", {b"input.zip": bytes(content)})


def _file_names(draw: Draw) -> Case:
    names = [
        b"..csv", b"...", b"a..b.csv", b"new\nline.csv", "表😀.csv".encode(), b"\xff\xfe\x80.csv", b"-rf.csv", b"'; drop table x; --.csv", b'q"uote.csv',
        b" lead.csv", b"a\\b.csv", b"$(x).csv", b"%s%n.csv", b"*.csv", b"[a].csv", b"{}.json", b"\x01.csv", b"x" * 250, b"deep/" * 30 + b"a.csv",
        b"tab\t.csv", b"\xe2\x80\xae.csv", b"a!/b.csv", b"orders_99999999999999.csv", b"20261301000000.csv", b"1999999999999.csv",
    ]  # fmt: skip
    case = Case("", {name: delimited(draw) for name in draw.sample(names, 4)})
    case.links = {
        b"link-out.csv": b"/etc/passwd",
        b"link-loop": b"link-loop",
        b"link-gone.csv": b"nowhere",
        b"link-up": b"..",
    }
    case.pipes = [b"pipe.csv"]
    return case


def _nothing_known(draw: Draw) -> Case:
    content = draw.choice([
        draw.randbytes(draw.choice([1, 2, 3, 4, 100, 70_000])), b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x1f\x8b",
        b"\x1f\x8b\x08\x00", b"PAR1", b"PAR1PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{", b"[", b"[{", b"<html", b"<?xml", b"<table>" * 5_000,
        b"\n" * 100_000, b"," * 100_000, b'"' * 100_000, b"\r" * 50_000, b"<" * 50_000, b"<!" * 30_000, b"<a " * 30_000, b"&#" * 30_000,
        b"<!--" * 20_000, b"<![CDATA[" * 9_000, b"<table><tr><td colspan=999999999>x</td></tr></table>", b"{}" * 30_000, b"[]" * 30_000,
        b"[{" * 30_000, b'{"a"' * 30_000, b"<td " + b"a=" * 50_000,
    ])  # fmt: skip
    return Case("", {b"input": content})


def _long_line(draw: Draw) -> Case:
    size = draw.choice([9, 20, 40]) << 20
    head = ",".join(ORDERS).encode() + b"\n"
    rows = (
        "\n".join(",".join(f'"{cell}"' for cell in order(draw, n)) for n in range(20))
        .replace('A "B" C', "A")
        .encode()
        + b"\n"
    )
    shape = draw.choice(
        ["cell", "quoted", "quotes", "only", "json", "json string", "html", "xml", "delimiters"]
    )
    if shape in ("cell", "quoted", "quotes", "delimiters"):
        filler = {
            "cell": b"x" * size,
            "quoted": b'"' + b"x" * size,
            "quotes": b'"' * size,
            "delimiters": b"," * size,
        }[shape]
        return Case("", {b"input.csv": head + rows + filler + b"\n" + rows})
    if shape == "only":
        return Case("", {b"input.csv": b"x" * size})
    lines = b"\n".join(json.dumps(track(n)).encode() for n in range(20)) + b"\n"
    if shape == "json":
        return Case("", {b"input.json": lines + b"[" + b"1," * (size // 2) + b"1]\n" + lines})
    if shape == "json string":
        return Case(
            "", {b"input.json": lines + b'{"distinct_id":"' + b"x" * size + b'"}\n' + lines}
        )
    if shape == "html":
        return Case(
            "", {b"input.xls": page(Draw(1)).split(b"</table>")[0] + b"<tr><td>" + b"x" * size}
        )
    return Case(
        "",
        {
            b"input.xls": b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
            + b"<a>"
            + b"x" * size
        },
    )


def _packed(draw: Draw) -> Case:
    """Archives that are neither zip nor gz, damaged, or with headers that lie."""
    suffix = draw.choice(list(PACKED))
    content = PACKED[suffix](draw)
    change = draw.choice([_truncated, _flipped, _spliced, _random_bytes, _nuls, _lying_header])
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


KINDS: dict[str, Callable[[Draw], Case]] = {
    "truncated": _bytes_changed(_truncated),
    "bits flipped": _bytes_changed(_flipped),
    "spans moved, doubled, cut out": _bytes_changed(_spliced),
    "random bytes": _bytes_changed(_random_bytes),
    "NULs": _bytes_changed(_nuls),
    "wrong encoding": _text_changed(_wrong_encoding),
    "mixed line ends": _text_changed(_line_ends),
    "stray quotes": _text_changed(_quotes),
    "10,000 columns": _text_changed(_many_columns),
    "odd cells": _text_changed(_odd_cells),
    "deep JSON": _deep_json,
    "odd JSON": _odd_json,
    "zip bombs": _bomb,
    "names inside archives": _member_names,
    "workbook XML": _workbook_xml,
    "zip directory": _zip_directory,
    "file names, links, pipes": _file_names,
    "not a table": _nothing_known,
    "long lines": _long_line,
    "other archives": _packed,
}


def write(case: Case, folder: Path) -> None:
    """Put the files of a case under a folder."""
    for name, content in case.files.items():
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, chunks in case.streams.items():
        with (folder / os.fsdecode(name)).open("wb") as file:
            file.writelines(chunks)
    for name, target in case.links.items():
        (folder / os.fsdecode(name)).symlink_to(os.fsdecode(target))
    for name in case.pipes:
        os.mkfifo(folder / os.fsdecode(name))
