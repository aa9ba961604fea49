"""Small files of every export and form, written from the header lists that the reference gives.

The lists beside this module are the data: ``reference_forms.tsv`` (export, form, container, encoding,
headers), ``reference_columns.tsv`` (export, header, canonical column, kind) and ``reference_statuses.tsv``
(export, text, meaning). Every cell is made from export, column and row, protected and spelled as platforms
do, and kept beside what it means. No clock and no chance: the same files each time.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import hashlib
import io
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

HERE = Path(__file__).parent
ROWS = 16
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
NOISE = ("新增列甲", "Ｎｏｉｓｅ ２", "extra.3")
ID_NUMBER = "11010119900307"  # how every identity-card cell begins

# What stands above the header, or between it and the data.
PREAMBLES = {
    "jd.settlement": [["结算单 2026-11"]],
    "pdd.ads.goods": [["名称：推广"]],
    "pdd.bill": [["#账务明细"], ["#商户号：1"], ["#起始日期 2026-11-01"]],
    "xiaohongshu.notes": [["最多导出排序后前1000条笔记"]],
    "wecom.customers": [["客户列表"]],
}
EXPLAINED = {"douyin.settlement"}  # row 2 explains the formulas
# Reports that end in a row of sums, and the label of that row.
TOTALLED = {
    "pdd.ads.goods": "总计", "xiaohongshu.juguang": "合计16条记录", "taobao.sycm.item_rank": "汇总",
    "taobao.wanxiangtai.report": "合计", "kuaishou.niu": "总计",
}  # fmt: skip


_WESTERN = ("amazon", "shopify", "woocommerce", "segment", "ga4", "snowplow")
_TEXTS = {"utf-8": "洗面奶，80g「新」", "cp932": "洗顔フォーム ｶﾞｰｾﾞ", "cp1252": "Crème – 5 € “neuf”"}


@dataclass(frozen=True)
class Form:
    """One header list of the reference."""

    export: str
    name: str
    container: str
    encoding: str
    headers: tuple[str, ...]

    @property
    def is_western(self) -> bool:
        """Whether the platform knows nothing of 万, ￥ and 年."""
        return self.export.split(".")[0] in _WESTERN

    @property
    def key(self) -> str:
        """What the tests call it."""
        return f"{self.export}: {self.name}"


@dataclass(frozen=True)
class States:
    """The status texts that the rows of a file go through, and the column they stand in."""

    column: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """What is written, and what it means: text, an amount, or a UTC time."""

    written: str | int | float | list[str] | dt.datetime | None
    kind: str
    meaning: str | Decimal | dt.datetime | dt.date | None


@dataclass
class Written:
    """A file and what must be read from it: one dictionary of canonical columns per row."""

    form: Form
    name: str
    content: bytes
    rows: list[dict[str, Cell]] = field(default_factory=list)
    dropped: int = 0
    noise: tuple[str, ...] = ()


def _table(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").split("\n")
    return [line.split("\t") for line in lines if line]


@functools.cache
def forms() -> tuple[Form, ...]:
    """All forms of the reference."""
    return tuple(
        Form(export, name, container, encoding, tuple(headers.split("|")))
        for export, name, container, encoding, headers in _table("reference_forms.tsv")
    )


@functools.cache
def columns() -> dict[tuple[str, str], tuple[str, str]]:
    """(export, header) -> (canonical column, kind)."""
    return {
        (export, header): (name, kind)
        for export, header, name, kind in _table("reference_columns.tsv")
    }


@functools.cache
def statuses() -> dict[str, dict[str, str]]:
    """Status texts and their meanings by export."""
    found: dict[str, dict[str, str]] = {}
    for export, text, meaning in _table("reference_statuses.tsv"):
        found.setdefault(export, {})[text] = meaning
    return found


def written(form: Form, status: States | None) -> Written:
    """The form as its platform delivers it; ``status`` has the status texts."""
    rows = [_row(form, number, status) for number in range(_count(status))]
    file = Written(form, _name(form, 0), b"", [_meanings(form, row) for row in rows])
    if form.container == "jsonl":
        file.content = "\n".join(_json(form, row) for row in rows).encode(form.encoding)
    elif form.container == "headerless":
        lines = ["\t".join(str(row[name].written or "") for name in form.headers) for row in rows]
        file.content = "\n".join(lines).encode(form.encoding)
    else:
        lines, file.dropped = _lines(form, rows)
        file.content = _CONTAINERS[form.container](lines, form.encoding)
    return file


def rearranged(form: Form, status: States | None) -> Written:
    """The same rows with other columns between them, in any order, under full-width names, saved by Excel."""
    seed = random.Random(form.key)
    rows = [_row(form, number, status, plain=True) for number in range(_count(status))]
    noise = {name: Cell(f"x{place}", "text", None) for place, name in enumerate(NOISE)}
    names = [*form.headers, *noise]
    seed.shuffle(names)
    shuffled = [{name: (row | noise)[name] for name in names} for row in rows]
    file = Written(form, _name(form, 1), b"", [_meanings(form, row) for row in rows], noise=NOISE)
    if form.container == "jsonl":
        objects = [json.loads(_json(form, row)) for row in shuffled]
        file.content = json.dumps(objects, ensure_ascii=False, indent=1).encode("utf-8-sig")
    else:
        lines = [[_full_width(name) for name in names]]
        lines += [[row[name].written for name in names] for row in shuffled]
        file.content = _xlsx(lines, "")
    return file


def _count(status: States | None) -> int:
    return ROWS if status is None else max(ROWS, len(status.texts))


def _name(form: Form, copy: int) -> str:
    """A name that says nothing: files are recognised by what is in them."""
    return f"{hashlib.sha256(form.key.encode()).hexdigest()[:12]}_{copy}"


def _row(form: Form, number: int, status: States | None, *, plain: bool = False) -> dict[str, Cell]:
    """The cells of a row by header; ``plain``: as a spreadsheet saves them."""
    row: dict[str, Cell] = {}
    is_text = form.container in ("csv", "tsv")
    for header in form.headers:
        name, kind = columns().get((form.export, header), ("", "text"))
        if status is not None and name == status.column:
            text = status.texts[number % len(status.texts)]
            row[header] = Cell(text, "status", text)
        elif "身份证" in header or "证件号" in header:
            row[header] = Cell(f"{ID_NUMBER}{number:04}", "text", None)
        elif form.export == "shopify.orders" and number % 2 and not _of_line(header):
            row[header] = Cell(None, kind, None)  # a further line of the order above
        else:
            # Two headers of one field say the same.
            salt = int(
                hashlib.sha256(f"{form.export}|{name or header}|{number}".encode()).hexdigest()[
                    :12
                ],
                16,
            )
            is_json = form.container == "jsonl"
            row[header] = _cell(
                form, kind, salt, number, plain=plain or is_json, is_text=is_text and not plain
            )
    return row  # fmt: skip


def _of_line(header: str) -> bool:
    return header == "Name" or header.startswith("Lineitem") or header in ("Created at", "Vendor")


def _cell(form: Form, kind: str, salt: int, number: int, *, plain: bool, is_text: bool) -> Cell:
    if kind in ("id", "phone"):
        text = str(10**17 + salt) if kind == "id" else f"139{salt % 10**8:08}"
        shapes = [text, f'="{text}"', f"'{text}", f"{text}\t", f"{text}.0"] if is_text else [text]
        return Cell(shapes[number % len(shapes)], kind, text)
    if kind in ("money", "integer", "number"):
        return _amount(form, kind, salt, number, plain=plain)
    if kind in ("datetime", "date", "epoch_s", "epoch_ms", "epoch_us"):
        return _time(form, kind, salt, number, plain=plain)
    if kind == "rate":
        text = f"{salt % 10000 / 100:.2f}%"
        return Cell(text, kind, text)
    if kind == "flag":
        text = ("yes", "no")[salt % 2] if form.is_western else "是否"[salt % 2]
        return Cell(text, kind, text)
    text = f"{_TEXTS.get(form.encoding, _TEXTS['utf-8'])} {salt % 1000}"
    if is_text and number % 4 == 1 and form.container == "csv":
        text += ', and "more"\nbelow'
    return Cell(text, "text", text)


def _amount(form: Form, kind: str, salt: int, number: int, *, plain: bool) -> Cell:
    if kind == "integer":
        whole = 1000 + salt % 90000
        if plain:
            return Cell(whole, kind, Decimal(whole))
        spelled = [str(whole), f"{whole:,}", f"{whole}.0", f"{Decimal(whole) / 10000}万"]
        return Cell(spelled[number % (3 if form.is_western else 4)], kind, Decimal(whole))
    amount = Decimal(100_000 + salt % 9_000_000) / 100
    if plain:
        return Cell(float(amount), kind, amount)
    wide = f"{amount:.2f}".translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    # 万 to four places only: what is rounded away cannot come back.
    rounded = amount.quantize(Decimal(1))
    shapes: list[tuple[str, Decimal]] = [
        (f"{amount:.2f}", amount),
        (f"{amount:,.2f}", amount),
        (f"￥{amount:,.2f}", amount),
        (f"{rounded / 10000}万", rounded),
        (wide, amount),
        ("-", Decimal("NaN")),
        (f"{amount:.2f}（系统计算中…）", amount),
    ]
    if kind != "money" or form.is_western:
        shapes = shapes[:2]
    text, meaning = shapes[number % len(shapes)]
    return Cell(text, kind, None if meaning.is_nan() else meaning)


def _time(form: Form, kind: str, salt: int, number: int, *, plain: bool) -> Cell:
    minute = dt.datetime(2026, 9, 7, tzinfo=dt.UTC) + dt.timedelta(minutes=salt % 86_400)
    moment = minute.replace(second=salt % 60)
    utc = moment.replace(tzinfo=None)
    if kind.startswith("epoch"):
        factor = {"epoch_s": 1, "epoch_ms": 1000, "epoch_us": 1_000_000}[kind]
        return Cell(int(moment.timestamp()) * factor, kind, utc)
    if form.container == "headerless":
        return Cell(f"{utc}.123", kind, utc.replace(microsecond=123000))
    local = moment.astimezone(SHANGHAI)
    day, clock = local.date(), f"{local:%H:%M}"
    if kind == "date":
        shapes = [
            f"{day}",
            f"{day:%Y%m%d}",
            f"{day.year}/{day.month}/{day.day}",
            f"{day:%Y.%m.%d}",
            f"{day:%Y年%m月%d日}",
        ]
        place = 0 if plain or form.is_western else number % 5
        return Cell(shapes[place], kind, day)
    if plain:
        return (
            Cell(local.replace(tzinfo=None), kind, utc)
            if form.container != "jsonl"
            else Cell(f"{local:%Y-%m-%dT%H:%M:%S}+08:00", kind, utc)
        )
    at_minute = utc.replace(second=0)
    stamps = [
        (f"{local:%Y-%m-%d %H:%M:%S}", utc),
        (f"{day.year}/{day.month}/{day.day} {clock}", at_minute),
        (f"{local:%Y.%m.%d %H:%M:%S}", utc),
        (f"{local:%Y年%m月%d日%H时%M分%S秒}", utc),
        (f"{local:%Y年%m月%d日} {clock}", at_minute),
        (f"{local:%Y-%m-%dT%H:%M:%S}+08:00", utc),
        (f"{utc:%Y-%m-%dT%H:%M:%S}Z", utc),
        (f"{local:%Y-%m-%d %H:%M:%S} +0800", utc),
    ]  # fmt: skip
    if form.is_western:
        stamps = stamps[-3:]
    text, meaning = stamps[number % len(stamps)]
    return Cell(text, kind, meaning)


def _meanings(form: Form, row: dict[str, Cell]) -> dict[str, Cell]:
    """By canonical column. Values inside lists of lists are checked where lists are read."""
    found: dict[str, Cell] = {}
    for header, cell in row.items():
        name, kind = columns().get((form.export, header), ("", ""))
        if name and kind != "json" and header.count("[]") <= header.startswith("follow_user[]."):
            found.setdefault(name, cell)
    return found


def _lines(form: Form, rows: list[dict[str, Cell]]) -> tuple[list[list[Any]], int]:
    """All lines of a table, and how many of them are no data."""
    lines: list[list[Any]] = [*PREAMBLES.get(form.export, []), list(form.headers)]
    dropped = 0
    if form.export in EXPLAINED:
        lines.append(["收入+支出" for _ in form.headers])
        dropped += 1
    lines += [[row[name].written for name in form.headers] for row in rows]
    if form.export in TOTALLED:
        lines.append(_total(form, rows))
        dropped += 1
    return lines, dropped


def _total(form: Form, rows: list[dict[str, Cell]]) -> list[str]:
    cells = [TOTALLED[form.export]]
    for header in form.headers[1:]:
        values = [row[header].meaning for row in rows if row[header].kind in ("money", "integer")]
        known = [value for value in values if isinstance(value, Decimal)]
        cells.append(f"{sum(known):,}" if known else "-")
    return cells


def _json(form: Form, row: dict[str, Cell]) -> str:
    item: dict[str, Any] = {}
    for header, cell in row.items():
        value = str(cell.written) if cell.kind == "epoch_us" else cell.written
        _place(item, header.split("."), value)
    if form.export == "ga4.bigquery":
        item["event_params"] = [{"key": "k", "value": {"string_value": "v"}}]
    return json.dumps(item, ensure_ascii=False, default=str)


def _place(item: dict[str, Any], steps: Sequence[str], value: Any) -> None:
    """Put a value under a path: a.b, list[].b, list[]."""
    step, *rest = steps
    name = step.removesuffix("[]")
    if step.endswith("[]") and not rest:
        item[name] = [value]
    elif step.endswith("[]"):
        _place(item.setdefault(name, [{}])[0], rest, value)
    elif rest and isinstance(item.get(name, {}), dict):
        _place(item.setdefault(name, {}), rest, value)
    elif not isinstance(item.get(name), dict):
        item[name] = value


def _csv(lines: list[list[Any]], encoding: str, delimiter: str = ",") -> bytes:
    text = io.StringIO(newline="")
    rows = [["" if cell is None else str(cell) for cell in line] for line in lines]
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return (text.getvalue() + "\r\n").encode(encoding)


def _tsv(lines: list[list[Any]], encoding: str) -> bytes:
    text = [["" if cell is None else str(cell).strip("\t") for cell in line] for line in lines]
    return ("\n".join("\t".join(line) for line in text) + "\n").encode(encoding)


def _html(lines: list[list[Any]], encoding: str) -> bytes:
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if cell is None else cell}</td>" for cell in line) + "</tr>"
        for line in lines
    )
    head = f'<html><head><meta charset="{encoding.removesuffix("-sig")}"></head>'
    return f"{head}<body><table>{body}</table></body></html>".encode(encoding)


def _xlsx(lines: list[list[Any]], _: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": dt.datetime(2026, 1, 1)})
    sheet, clock = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for number, line in enumerate(lines):
        for place, cell in enumerate(line):
            if isinstance(cell, dt.datetime):
                sheet.write_datetime(number, place, cell, clock)
            elif isinstance(cell, int | float):
                sheet.write_number(number, place, cell)
            elif cell is not None:
                sheet.write_string(number, place, cell)
    book.close()
    return out.getvalue()


def _full_width(name: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in name)


_CONTAINERS: dict[str, Callable[[list[list[Any]], str], bytes]] = {
    "csv": _csv,
    "tsv": _tsv,
    "html": _html,
    "xlsx": _xlsx,
}
