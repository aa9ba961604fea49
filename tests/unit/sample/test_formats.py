"""Headers, encodings and oddities of every file, against lists copied from the data dictionary."""

from __future__ import annotations

import csv
import json
import re

import pytest
import python_calamine

from orchestration.sample import SampleSummary
from tests.unit.sample import reference_headers as reference
from tests.unit.sample.reading import files, records, table

FORMATS = [
    ("taobao/*/ExportOrderList*.csv", "gb18030", reference.TAOBAO_ORDER_LIST),
    ("taobao/*/ExportOrderDetailList*.csv", "gb18030", reference.TAOBAO_ITEM_LIST),
    ("taobao/*计划报表*.csv", "utf-8-sig", reference.WANXIANGTAI_REPORT),
    ("jd/*/*.csv", "gbk", reference.JD_ORDER),
    ("pdd/orders_export*.csv", "utf-8-sig", reference.PDD_ORDER),
    ("douyin/[0-9]*.csv", "utf-8-sig", reference.DOUYIN_ORDER),
    ("douyin/*计划*.csv", "utf-8-sig", reference.QIANCHUAN_PLAN),
    ("youzan/*有赞*.csv", "utf-8-sig", reference.YOUZAN_ORDER_ITEMS),
    ("shopify/orders_export*.csv", "utf-8", reference.SHOPIFY_ORDERS),
    ("shopify/customers_export*.csv", "utf-8", reference.SHOPIFY_CUSTOMERS),
]


@pytest.mark.parametrize(("pattern", "encoding", "headers"), FORMATS)
def test_headers_and_encodings_are_those_of_the_platform(
    town: SampleSummary, pattern: str, encoding: str, headers: tuple[str, ...]
) -> None:
    for path in files(town, pattern):
        with path.open(encoding=encoding, errors="strict", newline="") as stream:
            rows = list(csv.reader(stream))
        assert tuple(rows[0]) == headers
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(headers)}
        has_mark = path.read_bytes().startswith(b"\xef\xbb\xbf")
        assert has_mark == (encoding == "utf-8-sig")


def test_chinese_files_are_not_utf8(town: SampleSummary) -> None:
    for path in files(town, "jd/*/*.csv") + files(town, "taobao/*/Export*.csv"):
        with pytest.raises(UnicodeDecodeError):
            path.read_bytes().decode("utf-8")


def test_platform_oddities_are_there(town: SampleSummary) -> None:
    taobao = files(town, "taobao/*/ExportOrderList*.csv")[-1].read_bytes().decode("gb18030")
    assert '"收货地址 ","运送方式","联系电话 "' in taobao
    assert re.search(r'\n"=""4\d{18}""",', taobao)
    assert re.search(r',".\*\*.",', taobao)
    assert '礼盒""包装\n' in taobao
    jd = files(town, "jd/*/*.csv")[-1].read_bytes().decode("gbk")
    assert re.search(r"\n\d{13}\t,\d+\t,", jd)
    assert re.search(r",1\*{6}\d{4}\t,", jd)
    douyin = files(town, "douyin/1*_202611.csv")[0].read_text("utf-8-sig")
    assert re.search(r'\n"\t69\d{17}","\t69\d{17}",', douyin)
    assert re.search(r",##\w+##n,\$\$\w+\$\$p,", douyin)
    assert re.search(r',"\d,\d{3}\.\d\d",', douyin)
    pdd = files(town, "pdd/*202611.csv")[0].read_text("utf-8-sig")
    assert re.search(r",261111-\d{15}\t,", pdd)
    assert "，待收货" in pdd
    shopify = files(town, "shopify/orders_export_202611.csv")[0].read_text("utf-8")
    assert re.search(r",2026-11-\d\d \d\d:\d\d:\d\d \+0800,", shopify)
    customers = files(town, "shopify/customers_export.csv")[0].read_text("utf-8")
    assert re.search(r"\n'\d{13},", customers)
    assert re.search(r",'\+861\d{10},", customers)
    youzan = table(files(town, "youzan/*202611.csv")[0], "utf-8-sig")
    assert all(re.fullmatch(r"1\d{10}", row["收货人手机号/提货人手机号"]) for row in youzan)
    assert all(re.fullmatch(r"E2026\d{22}", row["订单号"]) for row in youzan)


def test_douyin_files_say_when_they_were_taken(tiny: SampleSummary) -> None:
    for path in files(tiny, "douyin/1*.csv"):
        assert int(path.name.split("_")[0]) == path.stat().st_mtime


def test_wecom_sheet_has_two_tag_groups_and_people_without_any_number(town: SampleSummary) -> None:
    (path,) = files(town, "wecom/*客户*.xlsx")
    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert rows[0] == [*reference.WECOM_CUSTOMERS, "标签组1(客户等级)", "标签组2(兴趣偏好)"]
    phone, email = rows[0].index("手机"), rows[0].index("邮箱")
    kinds = {(bool(row[phone]), bool(row[email])) for row in rows[1:]}
    assert kinds == {(True, True), (True, False), (False, True), (False, False)}
    assert all(row[0] and row[5] and ";" in str(row[-1]) for row in rows[1:])


def test_wecom_api_is_json_lines_with_epoch_seconds(town: SampleSummary) -> None:
    (path,) = files(town, "wecom/*external*contact*.json*")
    contacts = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len({c["external_contact"]["external_userid"] for c in contacts}) == len(contacts)
    assert {c["external_contact"]["gender"] for c in contacts} == {0, 1, 2}
    assert {"unionid" in c["external_contact"] for c in contacts} == {True, False}
    assert {len(c["follow_user"]) for c in contacts} == {1, 2}
    for contact in contacts:
        if "unionid" in contact["external_contact"]:
            assert re.fullmatch(r"o\w{27}", contact["external_contact"]["unionid"])
        for follow in contact["follow_user"]:
            assert 1_700_000_000 < follow["createtime"] < 1_795_363_200
            assert all(re.fullmatch(r"1\d{10}", phone) for phone in follow["remark_mobiles"])


def test_sensors_records_are_typed_and_known(town: SampleSummary) -> None:
    vocabulary = {
        "visit",
        "content_view",
        "view",
        "click",
        "search",
        "like",
        "favorite",
        "comment",
        "share",
        "cart",
        "checkout",
        "order",
        "pay",
    }
    events, types, seen = set(), set(), {}
    twice = 0
    for record in records(town):
        types.add(record["type"])
        properties = record["properties"]
        key = record["_track_id"]
        twice += seen.get(key) == record
        assert seen.setdefault(key, record) == record
        is_login = record["distinct_id"] != record["anonymous_id"]
        assert properties["$is_login_id"] == is_login == ("login_id" in record)
        if record["type"] == "track":
            events.add(record["event"])
            assert isinstance(record["time"], int)
            assert record["time"] < 1_795_363_200_000
        if record["type"] == "track_signup":
            assert record["original_id"] == record["anonymous_id"] != record["distinct_id"]
    assert types == {"track", "track_signup", "profile_set"}
    assert events == vocabulary
    assert twice > 0


def test_some_events_arrive_a_day_late(town: SampleSummary) -> None:
    late = 0
    for path in files(town, "sensors/*.jsonl"):
        day = path.stem.removeprefix("sensors_events_")
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        # Local midnight of the file's day, in epoch milliseconds.
        begins = path.stat().st_mtime * 1000 - 25 * 3_600_000
        assert re.fullmatch(r"2026\d{4}", day)
        assert all(begins - 2 * 86_400_000 <= line["time"] < begins + 86_400_000 for line in lines)
        late += sum(line["time"] < begins for line in lines)
    assert late > 10


def test_generic_files_follow_the_templates(town: SampleSummary) -> None:
    touches = [
        row for path in files(town, "generic/touch_log*.csv") for row in table(path, "utf-8-sig")
    ]
    assert set(touches[0]) == {
        "campaign",
        "channel",
        "touch_at",
        "status",
        "platform",
        "account_id",
        "phone",
        "email",
        "audience",
        "variant",
        "cost",
        "currency",
        "opened_at",
        "clicked_at",
    }
    assert all(bool(r["phone"]) + bool(r["email"]) + bool(r["account_id"]) == 1 for r in touches)
    assert {r["variant"] for r in touches} == {"treatment", "holdout"}
    assert all((r["variant"] == "holdout") == (r["status"] == "planned") for r in touches)
    assert {r["channel"] for r in touches} == {"sms", "wecom", "email"}
    assert {r["status"] for r in touches} >= {"delivered", "opened", "clicked", "failed", "planned"}
    assert all(r["opened_at"] for r in touches if r["status"] == "opened")
    members = table(files(town, "generic/customers_members.csv")[0], "utf-8")
    assert {r["gender"] for r in members} == {"female", "male", ""}
    assert all(r["account_id"] == r["phone"] and r["platform"] == "youzan" for r in members)
    numbers = {r["account_id"]: r["joined_at"] for r in members}
    referrals = table(files(town, "generic/referrals.csv")[0], "utf-8")
    assert referrals
    for row in referrals:
        inviter, invitee = row["inviter_account_id"], row["invitee_account_id"]
        assert numbers[inviter] < numbers[invitee]
        assert numbers[inviter] <= row["invited_at"] <= row["accepted_at"] == numbers[invitee]
    consents = table(files(town, "generic/consents.csv")[0], "utf-8")
    assert {(r["channel"], r["state"]) for r in consents} == {
        ("sms", "granted"), ("sms", "withdrawn"), ("email", "granted"), ("email", "withdrawn"),
        ("wecom", "withdrawn"),
    }  # fmt: skip


def test_every_file_has_the_time_of_its_export(tiny: SampleSummary) -> None:
    close = 1_795_363_200  # 2026-11-23 00:00 in Shanghai
    for path in files(tiny, "**/*.*"):
        taken = path.stat().st_mtime
        assert taken <= close + 7 * 3600
        if path.parent.name in ("generic", "wecom", "youzan") and "202611.csv" in path.name:
            assert taken > close
    assert (tiny.landing / "generic" / "consents.csv").stat().st_mtime > close
