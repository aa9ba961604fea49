"""Damage to the content of a file: its bytes, its text, its JSON, its length."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from benchmarks.fuzz_cases import Case
from benchmarks.fuzz_inputs import (
    GOOD,
    ORDERS,
    Draw,
    order,
    page,
    track,
)  # fmt: skip


def _good(draw: Draw) -> tuple[bytes, bytes]:
    suffix = draw.choice(list(GOOD))
    return f"input{suffix}".encode(), GOOD[suffix](draw)


def bytes_changed(change: Callable[[Draw, bytes], bytes]) -> Callable[[Draw], Case]:
    def build(draw: Draw) -> Case:
        name, content = _good(draw)
        return Case("", {name: change(draw, content)})

    return build


def truncated(draw: Draw, content: bytes) -> bytes:
    return content[: draw.randrange(len(content))]


def flipped(draw: Draw, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.choice([1, 1, 3, 30])):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def spliced(draw: Draw, content: bytes) -> bytes:
    start, end = sorted(draw.randrange(len(content) + 1) for _ in range(2))
    place = draw.randrange(len(content) + 1)
    part = content[start:end] * draw.choice([0, 1, 1, 5])
    return content[:place] + part + content[place + draw.choice([0, end - start]) :]


def random_bytes(draw: Draw, content: bytes) -> bytes:
    place = draw.randrange(len(content) + 1)
    return content[:place] + draw.randbytes(draw.choice([1, 50, 5_000])) + content[place:]


def nuls(draw: Draw, content: bytes) -> bytes:
    place = draw.randrange(len(content) + 1)
    return content[:place] + bytes(draw.choice([1, 7, 4096, 100_000])) + content[place:]


def text_changed(change: Callable[[Draw, str], bytes]) -> Callable[[Draw], Case]:
    def build(draw: Draw) -> Case:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([ORDERS, *[order(draw, number) for number in range(30)]])
        return Case("", {b"input.csv": change(draw, text.getvalue())})

    return build


def wrong_encoding(draw: Draw, text: str) -> bytes:
    one, other = draw.choices(
        ["utf-8", "gb18030", "utf-16", "utf-16-be", "cp932", "big5", "utf-32", "utf-7"], k=2
    )
    half = len(text) // 2
    head = draw.choice([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
    return head + text[:half].encode(one, "replace") + text[half:].encode(other, "replace")


def line_ends(draw: Draw, text: str) -> bytes:
    lines = text.split("\r\n")
    ends = ["\n", "\r\n", "\r", "\n\r", "\u2028", "\x0b", "\n\n", "\r\r\n", "\x85"]
    return "".join(line + draw.choice(ends) for line in lines).encode(
        draw.choice(["utf-8", "gb18030"])
    )


def quotes(draw: Draw, text: str) -> bytes:
    letters = list(text)
    for _ in range(draw.choice([1, 5, 200])):
        letters.insert(
            draw.randrange(len(letters)), draw.choice(['"', '""', '"\n', ',"', "'", '="'])
        )
    return "".join(letters).encode()


def many_columns(draw: Draw, text: str) -> bytes:
    header, *rows = text.split("\r\n")
    extra = [f"列{number}" for number in range(10_000)]
    wide = draw.choice([",".join(extra), "," * 10_000, ",".join(["订单号"] * 10_000)])
    place = draw.choice(["header", "rows", "both"])
    if place in ("header", "both"):
        header += "," + wide
    if place in ("rows", "both"):
        rows = [row + "," + wide for row in rows[:5]]
    return "\n".join([header, *rows]).encode()


def odd_cells(draw: Draw, text: str) -> bytes:
    cells = [
        "1.23E+18", "9" * 400, "-" * 300, "1e400", "NaN", "=cmd()", "\u202e", "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "合计", "合计3条记录", "0000-00-00", "9" * 20_000, "\x1f", "\x00",
    ]  # fmt: skip
    rows = [row.split(",") for row in text.split("\r\n")]
    for row in draw.choices(rows, k=20):
        row[draw.randrange(len(row))] = draw.choice(cells)
    return "\n".join(",".join(row) for row in rows).encode()


def deep_json(draw: Draw) -> Case:
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


def odd_json(draw: Draw) -> Case:
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


def nothing_known(draw: Draw) -> Case:
    content = draw.choice([
        draw.randbytes(draw.choice([1, 2, 3, 4, 100, 70_000])), b"\xff\xfe", b"\xef\xbb\xbf", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"\x1f\x8b",
        b"\x1f\x8b\x08\x00", b"PAR1", b"PAR1PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{", b"[", b"[{", b"<html", b"<?xml", b"<table>" * 5_000,
        b"\n" * 100_000, b"," * 100_000, b'"' * 100_000, b"\r" * 50_000, b"<" * 50_000, b"<!" * 30_000, b"<a " * 30_000, b"&#" * 30_000,
        b"<!--" * 20_000, b"<![CDATA[" * 9_000, b"<table><tr><td colspan=999999999>x</td></tr></table>", b"{}" * 30_000, b"[]" * 30_000,
        b"[{" * 30_000, b'{"a"' * 30_000, b"<td " + b"a=" * 50_000,
    ])  # fmt: skip
    return Case("", {b"input": content})


def long_line(draw: Draw) -> Case:
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
