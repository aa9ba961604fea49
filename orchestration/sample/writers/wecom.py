"""``wecom.api`` (JSON lines) and ``wecom.customers`` (xlsx).

The API dump has the stable contact id; the sheet, made by one department, has only what staff noted.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import xlsxwriter

from orchestration.sample.catalogue import CATEGORY_TITLES
from orchestration.sample.chunk import CONTACTS, Chunk
from orchestration.sample.files import Folder
from orchestration.sample.period import HOUR, Period
from orchestration.sample.population import IN_API, IN_SHEET
from orchestration.sample.text import (
    Flags,
    Ints,
    Text,
    joined,
    line_bytes,
    repeated,
    take,
    where,
    whole,
)
from orchestration.sample.writers.headers import WECOM_CUSTOMERS

SHEET_HEADERS = (*WECOM_CUSTOMERS, "标签组1(客户等级)", "标签组2(兴趣偏好)")
SHEET_NAME = "wecom/企业微信客户列表.xlsx"
API_NAME = "wecom/wecom_external_contact.jsonl"

_STAFF = ("LiNa", "WangQiang", "ChenJing", "ZhaoLei", "SunYue", "ZhouMin")
_STAFF_NAMES = ("李娜", "王强", "陈静", "赵磊", "孙悦", "周敏")
_WAYS = (1, 2, 3, 4, 201)
_WAY_NAMES = ("扫描二维码", "搜索手机号", "名片分享", "群聊", "内部成员共享")
_STATES = ("", "package_card", "store_qr", "live_room_qr")
_LEVELS = ("普通客户", "银卡", "金卡")


def write_api(folder: Folder, chunk: Chunk) -> None:
    """Append one JSON object per contact with all employees who added them."""
    people, period, rng = chunk.people, chunk.period, chunk.rng(CONTACTS)
    person = np.nonzero((people.contact & IN_API) > 0)[0]
    size = len(person)
    says_gender = rng.random(size) < 0.6
    gender = np.where(says_gender, np.where(people.gender[person] == 0, 2, 1), 0)
    two = rng.random(size) < 0.15
    first = rng.integers(0, len(_STAFF), size)
    second = (first + 1 + rng.integers(0, len(_STAFF) - 1, size)) % len(_STAFF)
    later = np.minimum(
        people.added[person] + rng.integers(HOUR, 40 * 24 * HOUR, size), period.close - 1
    )
    lines = joined(
        '{"external_contact":{"external_userid":"',
        take(people.external_userid, person),
        '","name":"',
        _nick(chunk, person),
        '","type":1,"gender":',
        whole(gender),
        where(
            people.api_unionid[person], joined(',"unionid":"', take(people.unionid, person), '"')
        ),
        '},"follow_user":[',
        _follow(rng, chunk, person, first, people.added[person], people.api_phone[person]),
        where(
            two,
            joined(",", _follow(rng, chunk, person, second, later, np.zeros(size, dtype=np.bool_))),
        ),
        "]}\n",
    )
    folder.append_bytes(API_NAME, line_bytes(lines), size, period.epoch + period.close + 4 * HOUR)


def _nick(chunk: Chunk, person: Ints) -> pa.Array:
    people = chunk.people
    return joined(take(people.given, person), take(people.masked_nick, person), "@微信")


def _follow(
    rng: np.random.Generator, chunk: Chunk, person: Ints, staff: Ints, at: Ints, noted: Flags
) -> pa.Array:
    size = len(person)
    interest = chunk.people.interests[person, 0]
    way = rng.integers(0, len(_WAYS), size)
    state = np.where(way == 0, rng.integers(0, len(_STATES), size), 0)
    tag = np.array([f"et{code:02d}" for code in range(len(CATEGORY_TITLES))])
    return joined(
        '{"userid":"',
        take(pa.array(_STAFF), staff),
        '","remark":"","description":"","createtime":',
        chunk.period.epoch_text(at),
        ',"tags":[{"group_name":"兴趣偏好","tag_name":"',
        take(pa.array(CATEGORY_TITLES), interest),
        '","tag_id":"',
        take(pa.array(tag), interest),
        '","type":1}],"remark_mobiles":[',
        where(noted, joined('"', take(chunk.people.phone, person), '"')),
        '],"add_way":',
        take(pa.array([str(code) for code in _WAYS]), way),
        ',"oper_userid":"',
        take(pa.array(_STAFF), staff),
        '","state":"',
        take(pa.array(_STATES), state),
        '"}',
    )


class Sheet:
    """The xlsx, written row by row with bounded memory, the same bytes every time."""

    def __init__(self, folder: Folder, period: Period) -> None:
        self._folder = folder
        self._period = period
        path = folder.registered(SHEET_NAME, 0, period.epoch + period.close + 4 * HOUR + 600)
        self._book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
        made = dt.datetime.combine(period.end, dt.time(18))
        self._book.set_properties({"created": made, "author": "企业微信"})
        self._sheet = self._book.add_worksheet("客户列表")
        self._row = 0
        self._put(SHEET_HEADERS)

    def _put(self, cells: tuple[str, ...]) -> None:
        for column, cell in enumerate(cells):
            if cell:
                self._sheet.write_string(self._row, column, cell)
        self._row += 1

    def write(self, chunk: Chunk) -> None:
        """Append the contacts of a chunk that this department looks after."""
        people, rng = chunk.people, chunk.rng(CONTACTS + 100)
        person = np.nonzero((people.contact & IN_SHEET) > 0)[0]
        size = len(person)
        staff = rng.integers(0, len(_STAFF), size)
        way = rng.integers(0, len(_WAYS), size)
        third = people.interests[person, 1]
        titles = pa.array(CATEGORY_TITLES)
        columns: dict[str, Text] = {
            "客户名称": _nick(chunk, person),
            "添加人": take(pa.array(_STAFF_NAMES), staff),
            "添加人账号": take(pa.array(_STAFF), staff),
            "添加人所属部门": "私域运营部",
            "添加时间": self._period.clock_text(people.added[person]),
            "来源": take(pa.array(_WAY_NAMES), way),
            "手机": where(people.sheet_phone[person], take(people.phone, person)),
            "邮箱": where(people.sheet_email[person], take(people.email, person)),
            SHEET_HEADERS[-2]: take(
                pa.array(_LEVELS), np.searchsorted([0.7, 0.93], rng.random(size))
            ),
            SHEET_HEADERS[-1]: joined(
                take(titles, people.interests[person, 0]), ";", take(titles, third)
            ),
        }
        empty = repeated("", size)
        values = [joined(empty, columns.get(header, "")).to_pylist() for header in SHEET_HEADERS]
        for cells in zip(*values, strict=True):
            self._put(cells)

    def close(self) -> None:
        """Finish the file."""
        self._book.close()
        self._folder.rows[SHEET_NAME] = self._row - 1
