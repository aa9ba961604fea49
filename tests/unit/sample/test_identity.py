"""Accounts and identifiers of the truth are those that the files show, and belong to one person."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict

import python_calamine

from orchestration.sample import SampleSummary
from tests.unit.sample.reading import files, newest, records, table, truth


def _cells(summary: SampleSummary) -> set[tuple[str, str]]:
    """Accounts by the rules of the product, read from the files."""
    found: set[tuple[str, str]] = set()
    for row in newest(summary, "taobao/*/ExportOrderList*.csv", "订单编号"):
        if "*" not in row["买家会员名"]:
            found.add(("taobao", row["买家会员名"]))
        elif re.fullmatch(r"1\d{10}", row["联系手机"]):
            found.add(("taobao", "phone:" + row["联系手机"]))
    for row in newest(summary, "jd/*/*.csv", "订单号"):
        if row["下单帐号"]:
            found.add(("jd", row["下单帐号"]))
    for row in newest(summary, "youzan/*.csv", "订单号"):
        found.add(("youzan", row["收货人手机号/提货人手机号"]))
    for name in ("customers_members", "old_systems_accounts"):
        (path,) = files(summary, f"generic/{name}.csv")
        found |= {(row["platform"], row["account_id"]) for row in table(path, "utf-8")}
    shop = newest(summary, "shopify/orders_export*.csv", "Name")
    shop = [row for row in shop if row["Total"]]
    shop += table(files(summary, "shopify/customers*.csv")[0], "utf-8")
    for row in shop:
        found.add(("shopify", row["Email"].lower() or row["Phone"].removeprefix("+86")))
    for line in files(summary, "wecom/*.jsonl")[0].read_text("utf-8").splitlines():
        found.add(("wecom", json.loads(line)["external_contact"]["external_userid"]))
    book = python_calamine.CalamineWorkbook.from_path(str(files(summary, "wecom/*.xlsx")[0]))
    header, *rows = book.get_sheet_by_index(0).to_python()
    for row in rows:
        named = row[header.index("手机")] or row[header.index("邮箱")]
        if named:
            found.add(("wecom", f"contact:{named}"))
    found |= {("sensors", record["distinct_id"]) for record in records(summary)}
    return found


def test_accounts_are_exactly_those_in_the_files(town: SampleSummary) -> None:
    listed = [(row["platform"], row["account_id"]) for row in truth(town, "accounts.csv")]
    assert len(listed) == len(set(listed)) == town.accounts
    assert set(listed) == _cells(town)


def test_only_related_people_and_a_service_desk_share_an_identifier(town: SampleSummary) -> None:
    person = {(r["platform"], r["account_id"]): r["person_id"] for r in truth(town, "accounts.csv")}
    owners = defaultdict(set)
    for row in truth(town, "identifiers.csv"):
        if row["usable"] == "true":
            owner = person[row["platform"], row["account_id"]]
            owners[row["identifier_type"], row["identifier_value"]].add(owner)
    relation = {
        (row["person_id"], row["other_person_id"]): row["relation"]
        for row in truth(town, "relations.csv")
    }
    shared = {key: people for key, people in owners.items() if len(people) > 1}
    kinds = defaultdict(set)
    for (kind, _), people in shared.items():
        if len(people) > 2:
            assert kind == "phone"
            assert 12 <= len(people) <= 40, "the number of a call centre or courier"
            kinds["service"].add(kind)
            continue
        first, second = sorted(people)
        kinds[relation[first, second]].add(kind)
    assert kinds == {
        "couple": {"phone"},
        "recycled_number": {"phone"},
        "device_sold": {"device_id"},
        "household": {"device_id"},
        "service": {"phone"},
    }
    assert len(relation) < 4_000 * 0.02


def test_every_hard_case_occurs(town: SampleSummary) -> None:
    stated = table(files(town, "generic/old_systems_ids.csv")[0], "utf-8")
    values = defaultdict(set)
    for row in stated:
        values[row["identifier_type"]].add(row["identifier_value"])
    assert {len(value) for value in values["phone_md5"]} == {32}
    assert {len(value) for value in values["phone_sha256"]} == {64}
    for kind in ("phone_md5", "phone_sha256"):
        assert any(value.isupper() for value in values[kind])
        assert any(value.islower() for value in values[kind])
    assert "13800138000" in values["phone"]
    assert "00000000-0000-0000-0000-000000000000" in values["idfa"]
    assert any(re.search("[０-９]", value) for value in values["buyer_name"])
    assert any(value.startswith("JD_") for value in values["buyer_name"])
    phones = defaultdict(set)
    for row in stated:
        if row["identifier_type"] == "phone" and row["platform"] == "crm":
            phones[row["account_id"]].add(row["identifier_value"])
    assert max(len(numbers) for numbers in phones.values()) == 5


def test_hashes_are_those_of_the_persons_phone(town: SampleSummary) -> None:
    phone = {
        (row["platform"], row["account_id"]): row["identifier_value"]
        for row in truth(town, "identifiers.csv")
        if row["identifier_type"] == "phone"
    }
    hashed = [
        row
        for row in table(files(town, "generic/old_systems_ids.csv")[0], "utf-8")
        if row["identifier_type"] in ("phone_md5", "phone_sha256")
    ]
    assert len(hashed) > 100
    for row in hashed:
        algorithm = row["identifier_type"].removeprefix("phone_")
        spellings = [
            prefix + phone[row["platform"], row["account_id"]] for prefix in ("", "86", "+86")
        ]
        assert row["identifier_value"].lower() in {
            hashlib.new(algorithm, spelling.encode()).hexdigest() for spelling in spellings
        }


def test_the_imei_of_a_phone_sold_on_is_written_in_two_ways(town: SampleSummary) -> None:
    imeis = [
        row["identifier_value"]
        for row in table(files(town, "generic/old_systems_ids.csv")[0], "utf-8")
        if row["identifier_type"] == "imei"
    ]
    assert len(imeis) == 2 * len({imei.replace("-", "") for imei in imeis}) >= 4
    for imei in imeis:
        digits = [int(digit) for digit in imei.replace("-", "")]
        assert len(digits) == 15
        doubled = [2 * d - 9 * (d > 4) if place % 2 else d for place, d in enumerate(digits)]
        assert sum(doubled) % 10 == 0


def test_identifiers_stand_in_the_files(tiny: SampleSummary) -> None:
    texts = {
        "taobao": "".join(
            p.read_bytes().decode("gb18030") for p in files(tiny, "taobao/*/Export*.csv")
        ),
        "jd": "".join(p.read_bytes().decode("gbk") for p in files(tiny, "jd/*/*.csv")),
        "youzan": "".join(p.read_text("utf-8-sig") for p in files(tiny, "youzan/*.csv"))
        + files(tiny, "generic/customers_members.csv")[0].read_text("utf-8"),
        "shopify": "".join(p.read_text("utf-8") for p in files(tiny, "shopify/*.csv")),
        "sensors": "".join(p.read_text("utf-8") for p in files(tiny, "sensors/*")),
    }
    book = python_calamine.CalamineWorkbook.from_path(str(files(tiny, "wecom/*.xlsx")[0]))
    texts["wecom"] = files(tiny, "wecom/*.jsonl")[0].read_text("utf-8")
    texts["wecom"] += str(book.get_sheet_by_index(0).to_python())
    named = ("taobao", "jd", "youzan", "shopify", "sensors", "wecom")
    stated = {
        (row["platform"], row["account_id"])
        for row in table(files(tiny, "generic/old_systems_accounts.csv")[0], "utf-8")
    }
    rows = [
        row
        for row in truth(tiny, "identifiers.csv")
        if row["platform"] in named and (row["platform"], row["account_id"]) not in stated
    ]
    kinds = {row["identifier_type"] for row in rows}
    assert kinds == {
        "phone",
        "email",
        "unionid",
        "external_userid",
        "buyer_name",
        "user_id",
        "anonymous_id",
    }
    for row in rows:
        assert row["identifier_value"] in texts[row["platform"]], row
        assert (row["usable"] == "true") == ("*" not in row["identifier_value"])


def test_every_account_belongs_to_a_person(town: SampleSummary) -> None:
    people = {row["person_id"] for row in truth(town, "people.csv")}
    assert len(people) == 4_000
    assert {row["person_id"] for row in truth(town, "accounts.csv")} <= people
