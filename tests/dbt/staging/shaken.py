"""A season's files as people hand them on: other columns between, in any order, saved again by a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from orchestration.landing.container import digest
from orchestration.landing.contract import ColumnType, Contract
from orchestration.landing.normalise import clean_text, normalise_header
from orchestration.landing.recognised import Recognised
from orchestration.landing.sniff import sniff

NOISE = ("备注甲", "Ｎｏｉｓｅ ２", "extra.3")
_NUMBERS = (ColumnType.MONEY, ColumnType.INTEGER)


def shaken(path: Path, contracts: Mapping[str, Contract], draw: random.Random) -> bytes:
    """The rows of a file under full-width names, with noise: JSON as one list, tables as a workbook."""
    found = sniff(path, digest(path), contracts)
    assert isinstance(found, Recognised), path
    if found.container == "json":
        return _list(path.read_text(encoding=found.encoding), draw)
    names = [*found.header, *NOISE]
    order = list(range(len(names)))
    draw.shuffle(order)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        lines = [*found.preamble, [_full_width(names[place]) for place in order]]
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
        kinds = [_kind(found.contract, name) for name in names]
        for number, row in enumerate(_rows(path, found), start=len(lines)):
            cells = [*row, *(f"x{number}" for _ in NOISE)]
            for place, of in enumerate(order):
                text = cells[of]
                if kinds[of] in _NUMBERS and _is_plain(text):
                    sheet.write_number(number, place, float(text))
                else:
                    sheet.write_string(number, place, text)
    return out.getvalue()


def _rows(path: Path, found: Recognised) -> list[list[str]]:
    width = len(found.header)
    if found.container == "text":
        text = path.read_bytes()[found.data_offset :].decode(found.encoding)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=found.delimiter))
    else:
        ((sheet, header),) = found.sheets
        rows = [row for batch in sheet.batches() for row in batch.rows(len(batch))][header + 1 :]
    # Opening a file in a spreadsheet takes the protection of its cells away.
    return [[clean_text(cell) or "" for cell in (row + [""] * width)[:width]] for row in rows]


def _list(text: str, draw: random.Random) -> bytes:
    objects: list[dict[str, Any]] = []
    for line in text.splitlines():
        item = json.loads(line) | dict.fromkeys(NOISE, "x")
        names = list(item)
        draw.shuffle(names)
        objects.append({name: item[name] for name in names})
    return json.dumps(objects, ensure_ascii=False, indent=1).encode("utf-8-sig")


def _kind(contract: Contract, name: str) -> ColumnType | None:
    place = contract.locate(normalise_header(name))
    return None if place is None else contract.columns[place[0]].type


def _is_plain(text: str) -> bool:
    """Whether a spreadsheet takes a cell for a number, and shows it as it was."""
    return text.replace(".", "", 1).isdecimal() and len(text) < 12


def _full_width(name: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in name)
