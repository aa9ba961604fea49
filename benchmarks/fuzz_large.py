"""Inputs of a gigabyte and more for ``benchmarks.fuzz_landing --large``, written as streams."""

from __future__ import annotations

import json
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator

from benchmarks.fuzz_cases import Case
from benchmarks.fuzz_inputs import MAIN, ORDERS, XML, Draw, list_parts, order, track


def _long(head: bytes, filler: bytes, tail: bytes, size: int = 1 << 30) -> Iterator[bytes]:
    yield head
    block = filler * ((1 << 20) // len(filler))
    for _ in range(size // len(block)):
        yield block
    yield tail


def _packed(chunks: Iterable[bytes], kind: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, kind)
    for chunk in chunks:
        yield packer.compress(chunk)
    yield packer.flush()


def _big_sheet(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """A workbook whose sheet is a stream, written without knowing its size before."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            parts = list_parts(Draw(1))
            for name, text in parts.items():
                if "sheet1" not in name:
                    archive.writestr(name, text)
            with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
                for chunk in chunks:
                    part.write(chunk)
        file.seek(0)
        while block := file.read(1 << 20):
            yield block


_SHEET = f'{XML}<worksheet xmlns="{MAIN}"><sheetData>'.encode()
_ROWS = (
    "\n".join(",".join(f'"{cell}"' for cell in order(Draw(1), n)) for n in range(20)) + "\n"
).encode()
_HEAD = ",".join(ORDERS).encode() + b"\n"
_EVENTS = b"".join(json.dumps(track(n)).encode() + b"\n" for n in range(20))
_TABLE = b"<html><table><tr><td>"
_SPREADSHEET = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet><Table>'

# Inputs of a gigabyte and more, one each; made anew whenever asked for.
LARGE: dict[str, Callable[[], Case]] = {
    "a cell of 1 GB": lambda: _stream("a.csv", _long(_HEAD + _ROWS, b"x", b"\n" + _ROWS)),
    "a quote over 1 GB": lambda: _stream("a.csv", _long(_HEAD + _ROWS + b'"', b"x", b"\n" + _ROWS)),
    "quotes for 1 GB": lambda: _stream("a.csv", _long(_HEAD + _ROWS, b'"', b"\n" + _ROWS)),
    "delimiters for 1 GB": lambda: _stream("a.csv", _long(_HEAD + _ROWS, b",", b"\n" + _ROWS)),
    "a first line of 1 GB": lambda: _stream("a.csv", _long(b"", b"x,", _HEAD + _ROWS)),
    "a quote before 1 GB of rows": lambda: _stream("a.csv", _long(_HEAD + _ROWS + b'"', _ROWS, b"")),
    "returns for line ends, 1 GB": lambda: _stream(
        "a.csv", _long((_HEAD + _ROWS).replace(b"\n", b"\r"), _ROWS.replace(b"\n", b"\r"), b"short\r")
    ),
    "line ends for 1 GB": lambda: _stream("a.csv", _long(_HEAD + _ROWS, b"\n", _ROWS)),
    "bad rows for 1 GB": lambda: _stream("a.csv", _long(_HEAD + _ROWS, b"x,y\n", _ROWS)),
    "bad GB18030 rows for 1 GB": lambda: _stream(
        "a.csv", _long((_HEAD + _ROWS).decode().encode("gb18030"), "短,行\n".encode("gb18030"), b"")
    ),
    "NULs for 1 GB": lambda: _stream("a.csv", _long(_HEAD + _ROWS, b"\0", b"\n" + _ROWS)),
    "a JSON text of 1 GB": lambda: _stream(
        "a.json", _long(_EVENTS + b'{"distinct_id":"', b"x", b'"}\n' + _EVENTS)
    ),
    "a JSON list of 1 GB": lambda: _stream("a.json", _long(_EVENTS + b"[", b"1,", b"1]\n" + _EVENTS)),
    "JSON brackets for 1 GB": lambda: _stream("a.json", _long(_EVENTS, b"[", b"\n" + _EVENTS)),
    "a JSON array of 1 GB": lambda: _stream(
        "a.json", _long(b"[", json.dumps(track(1)).encode() + b",", json.dumps(track(2)).encode() + b"]")
    ),
    "a broken JSON array of 1 GB": lambda: _stream(
        "a.json", _long(b"[", json.dumps(track(1)).encode() + b",", b"{]")
    ),
    "an HTML cell of 1 GB": lambda: _stream("a.xls", _long(_TABLE, b"x", b"</td></tr></table>")),
    "an HTML tag of 1 GB": lambda: _stream("a.xls", _long(_TABLE + b"<td ", b"a=1 ", b">x</td>")),
    "HTML tables for 1 GB": lambda: _stream("a.xls", _long(_TABLE, b"<table>", b"</table>")),
    "an XML attribute of 1 GB": lambda: _stream("a.xls", _long(_SPREADSHEET + b'<Row a="', b"x", b'"/>')),
    "XML depth for 1 GB": lambda: _stream("a.xls", _long(_SPREADSHEET, b"<a>", b"")),
    "a gz of 16 GB": lambda: _stream("a.csv.gz", _packed(_long(_HEAD, b"\0", b"", 16 << 30), 31)),
    "a gz of 1 GB of rows": lambda: _stream("a.csv.gz", _packed(_long(_HEAD, _ROWS, b""), 31)),
    "a sheet of 4 GB": lambda: _stream(
        "a.xlsx", _big_sheet(_long(_SHEET, b"<row><c><v>1</v></c></row>", b"</sheetData></worksheet>", 4 << 30))
    ),
    "a sheet's cell of 1 GB": lambda: _stream(
        "a.xlsx", _big_sheet(_long(_SHEET + b'<row><c t="str"><v>', b"x", b"</v></c></row></sheetData></worksheet>"))
    ),
    "a sheet without rows of 1 GB": lambda: _stream("a.xlsx", _big_sheet(_long(_SHEET, b"<x/>", b""))),
}  # fmt: skip


def _stream(name: str, chunks: Iterable[bytes]) -> Case:
    return Case("", streams={name.encode(): chunks})
