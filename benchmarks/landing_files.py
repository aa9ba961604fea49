"""Large exports for ``benchmarks.landing``: written row by row, the same bytes every time."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from orchestration.landing.contract_files import load_contracts

EXPORT = "taobao.order_list.legacy"
EVENTS = "sensors.event"
_CHUNK_ROWS = 5_000

_WORDS = [
    "保湿面膜",
    "补水精华",
    "男士洁面乳",
    "儿童绘本",
    "无线耳机",
    "连衣裙",
    "运动鞋",
    "咖啡豆",
    "猫粮",
    "收纳盒",
    "保温杯",
    "数据线",
]
_CITIES = [
    "浙江省 杭州市 西湖区",
    "广东省 广州市 天河区",
    "北京市 北京市 朝阳区",
    "四川省 成都市 武侯区",
    "湖北省 武汉市 洪山区",
]
_STATES = ("交易成功", "交易成功", "交易成功", "卖家已发货，等待买家确认", "交易关闭")
_FAMILY, _GIVEN = "王李张刘陈杨赵黄周吴", "伟芳娜敏静丽强磊军洋艳勇杰娟涛"


def headers() -> list[str]:
    """The header row of the order list, as the platform writes it."""
    return next(iter(load_contracts()[EXPORT].forms.values()))


def orders(seed: int = 1) -> Iterator[list[str]]:
    """Order rows without end: unique ids and times, repeating words, masked buyers, sparse columns."""
    draw = random.Random(seed)
    names = headers()
    place = {name.strip(): index for index, name in enumerate(names)}
    number = 3_900_000_000_000_000_000
    while True:
        number += draw.randrange(1, 9_000)
        cents = draw.randrange(990, 99_900)
        day, second = draw.randrange(1, 29), draw.randrange(86_400)
        clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
        moment = f"2026-{draw.randrange(1, 11):02d}-{day:02d} {clock}"
        city = draw.choice(_CITIES)
        word = draw.choice(_WORDS)
        row = [""] * len(names)
        for name, value in (
            ("订单编号", f'="{number}"'),
            ("买家会员名", f"{draw.choice(_FAMILY)}**{draw.choice(_GIVEN)}"),
            ("支付单号", f"20261101{number % 10**20:020d}"),
            ("买家应付货款", f"{cents / 100:.2f}"),
            ("买家应付邮费", "0.00"),
            ("买家支付积分", "0"),
            ("总金额", f"{cents / 100:.2f}"),
            ("返点积分", "0"),
            ("买家实际支付金额", f"{cents / 100:.2f}"),
            ("买家实际支付积分", "0"),
            ("订单状态", draw.choice(_STATES)),
            ("买家留言", "请尽快发货，谢谢" if cents % 10 == 0 else ""),
            ("收货人姓名", f"{draw.choice(_FAMILY)}*"),
            ("收货地址", f"{city} ****"),
            ("运送方式", "快递"),
            ("联系手机", f"'1{draw.randrange(30, 99)}****{number % 10_000:04d}"),
            ("订单创建时间", moment),
            ("订单付款时间", moment),
            ("宝贝标题", f"【官方正品】{word}{cents % 97}ml 加量装，{draw.choice(_WORDS)}同款"),
            ("宝贝种类", "1"),
            ("物流单号", f"No:SF{number % 10**13:013d}"),
            ("物流公司", "顺丰速运"),
            ("宝贝总数量", str(1 + cents % 3)),
            ("店铺Id", "0"),
            ("店铺名称", "官方旗舰店"),
            ("订单关闭原因", "订单未关闭"),
            ("卖家服务费", "0"),
            ("买家服务费", "0元"),
            ("是否手机订单", "手机订单"),
            ("是否上传合同照片", "否"),
            ("是否代付", "否"),
            ("天猫卡券抵扣", ""),
            ("退款金额", "0.00"),
            ("打款商家金额", f"{cents / 100:.2f}元"),
        ):
            row[place[name]] = value
        yield row


def write_csv(path: Path, size: int, encoding: str = "gb18030") -> int:
    """A CSV of about ``size`` bytes; the number of its rows."""
    rows = 0
    source = orders()
    with path.open("wb") as file:
        file.write((",".join(headers()) + "\r\n").encode(encoding))
        while file.tell() < size:
            lines = [",".join(map(_quoted, next(source))) for _ in range(_CHUNK_ROWS)]
            file.write(("\r\n".join(lines) + "\r\n").encode(encoding))
            rows += _CHUNK_ROWS
    return rows


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell else cell


def write_xlsx(path: Path, rows: int, *, shared: bool = True) -> None:
    """A workbook of one sheet, its texts shared (as a spreadsheet saves them) or inline."""
    strings: dict[str, int] = {}
    source = orders()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(
                f'{_XML}<worksheet xmlns="{_MAIN}"><dimension ref="A1"/><sheetData>'.encode()
            )
            letters = [_letters(index) for index in range(len(headers()))]
            batch: list[str] = []
            for number in range(1, rows + 2):
                cells = headers() if number == 1 else next(source)
                batch.append(f'<row r="{number}">')
                batch += [
                    _cell(f"{letter}{number}", cell, strings if shared else None)
                    for letter, cell in zip(letters, cells, strict=True)
                    if cell
                ]
                batch.append("</row>")
                if number % _CHUNK_ROWS == 0:
                    sheet.write("".join(batch).encode())
                    batch = []
            sheet.write(("".join(batch) + "</sheetData></worksheet>").encode())
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as part:
            _write_strings(part, strings)


def _write_strings(part: IO[bytes], strings: dict[str, int]) -> None:
    part.write(f'{_XML}<sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">'.encode())
    batch: list[str] = []
    for text in strings:
        batch.append(f"<si><t>{_escaped(text)}</t></si>")
        if len(batch) == _CHUNK_ROWS:
            part.write("".join(batch).encode())
            batch = []
    part.write(("".join(batch) + "</sst>").encode())


def _cell(place: str, text: str, strings: dict[str, int] | None) -> str:
    if text.replace(".", "", 1).isdigit() and len(text) < 15:
        return f'<c r="{place}"><v>{text}</v></c>'
    if strings is None:
        return f'<c r="{place}" t="inlineStr"><is><t>{_escaped(text)}</t></is></c>'
    return f'<c r="{place}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'


def _letters(index: int) -> str:
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'{_XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
    f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_TYPES}.sharedStrings+xml"/></Types>',
    "_rels/.rels": f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
}


def write_json(path: Path, size: int) -> int:
    """JSON lines of events of about ``size`` bytes; the number of its rows."""
    draw = random.Random(2)
    rows = 0
    with path.open("wb") as file:
        while file.tell() < size:
            lines: list[str] = []
            for number in range(rows, rows + _CHUNK_ROWS):
                user = f"u{draw.randrange(3_000_000)}"
                lines.append(
                    json.dumps(
                        {
                            "distinct_id": user,
                            "anonymous_id": f"a{number:x}",
                            "login_id": user if number % 3 else None,
                            "type": "track",
                            "event": draw.choice(("$pageview", "ViewProduct", "AddToCart")),
                            "time": 1_760_000_000_000 + number * 37,
                            "project": "default",
                            "properties": {
                                "item_id": f"6917{draw.randrange(10**9):09d}",
                                "item_title": f"{draw.choice(_WORDS)}，{draw.choice(_WORDS)}",
                                "category": draw.choice(_WORDS),
                                "amount": draw.randrange(99_900) / 100,
                                "$city": "杭州市",
                                "dwell_seconds": draw.randrange(300),
                            },
                            "lib": {"$lib": "js", "$lib_version": "1.25"},
                        },
                        ensure_ascii=False,
                        separators=(",", ":"),
                    )
                )
            file.write(("\n".join(lines) + "\n").encode())
            rows += _CHUNK_ROWS
    return rows
