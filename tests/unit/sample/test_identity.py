"""Accounts and identifiers of the truth are those that the files show, and belong to one person."""

from __future__ import annotations

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
    for row in table(files(summary, "generic/customers*.csv")[0], "utf-8"):
        found.add((row["platform"], row["account_id"]))
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


def test_only_couples_share_an_identifier(town: SampleSummary) -> None:
    person = {(r["platform"], r["account_id"]): r["person_id"] for r in truth(town, "accounts.csv")}
    owners = defaultdict(set)
    for row in truth(town, "identifiers.csv"):
        if row["usable"] == "true":
            owner = person[row["platform"], row["account_id"]]
            owners[row["identifier_type"], row["identifier_value"]].add(owner)
    shared = {key: people for key, people in owners.items() if len(people) > 1}
    assert 0 < len(shared) <= 4_000 * 0.002
    for (kind, _), people in shared.items():
        assert kind == "phone"
        first, second = sorted(int(name.removeprefix("person-")) for name in people)
        assert first % 2 == 1
        assert second == first + 1
    # So a perfect pipeline that trusts every usable identifier stays precise.
    accounts = defaultdict(int)
    for owner in person.values():
        accounts[owner] += 1
    true_pairs = sum(n * (n - 1) // 2 for n in accounts.values())
    wrong = sum(
        accounts[a] * accounts[b] for a, b in (sorted(people) for people in shared.values())
    )
    assert wrong / (true_pairs + wrong) < 0.01


def test_identifiers_stand_in_the_files(tiny: SampleSummary) -> None:
    texts = {
        "taobao": "".join(
            p.read_bytes().decode("gb18030") for p in files(tiny, "taobao/*/Export*.csv")
        ),
        "jd": "".join(p.read_bytes().decode("gbk") for p in files(tiny, "jd/*/*.csv")),
        "youzan": "".join(p.read_text("utf-8-sig") for p in files(tiny, "youzan/*.csv"))
        + files(tiny, "generic/customers*.csv")[0].read_text("utf-8"),
        "shopify": "".join(p.read_text("utf-8") for p in files(tiny, "shopify/*.csv")),
        "sensors": "".join(p.read_text("utf-8") for p in files(tiny, "sensors/*")),
    }
    book = python_calamine.CalamineWorkbook.from_path(str(files(tiny, "wecom/*.xlsx")[0]))
    texts["wecom"] = files(tiny, "wecom/*.jsonl")[0].read_text("utf-8")
    texts["wecom"] += str(book.get_sheet_by_index(0).to_python())
    rows = truth(tiny, "identifiers.csv")
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
