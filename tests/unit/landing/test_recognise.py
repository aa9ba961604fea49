"""Recognising by header names: every form, any order, any disguise; and explaining a miss."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from orchestration.landing.container import RejectedFileError, digest
from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts
from orchestration.landing.reasons import Reason
from orchestration.landing.recognise import best_match
from orchestration.landing.recognised import Recognised, Unrecognised
from orchestration.landing.sniff import sniff
from tests.unit.landing.landing_files import csv_bytes

FORMS = [
    (contract.id, form)
    for contract in load_contracts().values()
    if contract.headerless_fields is None and contract.containers != ["json"]
    for form in contract.forms
    if contract.id != "ga4.bigquery"
]

# Typed by hand from real files, not from the contracts.
KNOWN = {
    "taobao.order_list.legacy": "订单编号,买家会员名,买家应付货款,总金额,订单状态,订单创建时间,宝贝标题 ,宝贝总数量",
    "taobao.item_list.legacy": "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码",
    "jd.order": "订单号,商品ID,商品名称,订购数量,下单时间,京东价,订单金额,订单状态,下单帐号",
    "pdd.order": "商品,订单号,订单状态,商品总价(元),用户实付金额(元),支付时间,样式ID",
    "douyin.order": "主订单编号,子订单编号,选购商品,商品数量,订单提交时间,订单状态",
    "youzan.order_items": "订单号,订单商品状态,商品名称,商品实际成交金额",
    "shopify.orders": "Name,Email,Financial Status,Total,Created at,Lineitem quantity,Lineitem name",
    "shopify.customers": "First Name,Last Name,Email,Total Spent,Total Orders,Tags,Note,Tax Exempt",
    "wecom.customers": "客户名称,描述,添加人,添加人账号,添加时间,来源,手机",
    "taobao.wanxiangtai.report": "日期,场景ID,计划ID,主体ID,展现量,点击量,花费,总成交金额",
    "douyin.qianchuan.plan": "日期,计划ID,消耗(元),展示次数,直接支付ROI",
    "generic.orders": "platform,account_id,order_id,line_id,ordered_at,item_id,quantity,line_amount,status,paid_at",
    "generic.customers": "platform,account_id,joined_at,phone",
    "generic.events": "platform,event_id,event_type,occurred_at,device_id",
    "generic.touch_log": "campaign,channel,touch_at,status,phone,variant",
    "generic.spend": "day,platform,channel,campaign,cost",
    "generic.consents": "purpose,channel,state,stated_at,email",
    "generic.referrals": "platform,inviter_account_id,invitee_account_id,invited_at",
    "generic.identities": "platform,account_id,identifier_type,identifier_value,seen_at",
    "generic.corrections": "platform,account_id,other_platform,other_account_id,relation,stated_at",
}
JSON_KNOWN = {
    "wecom.api": '{"external_contact": {"external_userid": "wm1"}, "follow_user": [{"userid": "z"}]}',
    "sensors.event": '{"distinct_id": "a", "type": "track", "event": "view", "time": 1790000000000, "properties": {}}',
    "wechat.official_account_users": '{"subscribe": 1, "openid": "o1", "subscribe_time": 1790000000}',
    "segment.track": '{"messageId": "m", "anonymousId": "a", "type": "track"}',
    "generic.events": '{"platform": "x", "event_id": "1", "event_type": "view", "occurred_at": "2026-01-01", "account_id": "a"}',
}


def look(path: Path, content: bytes, contracts: dict[str, Contract]) -> Recognised | Unrecognised:
    path.write_bytes(content)
    return sniff(path, digest(path), contracts)


def recognised(path: Path, content: bytes, contracts: dict[str, Contract]) -> Recognised:
    found = look(path, content, contracts)
    assert isinstance(found, Recognised), found
    return found


@pytest.mark.parametrize(("export", "form"), FORMS)
def test_every_known_form_is_recognised_alone(
    export: str, form: str, contracts: dict[str, Contract]
) -> None:
    headers = contracts[export].forms[form]
    match = best_match([["某某报表"], [], headers], list(contracts.values()))
    assert match is not None
    assert (match.contract.id, match.row) == (export, 2)


@pytest.mark.parametrize("export", KNOWN)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_literal_headers(
    tmp_path: Path, export: str, encoding: str, contracts: dict[str, Contract]
) -> None:
    text = KNOWN[export] + "\r\n"
    found = recognised(tmp_path / "1790000000_x.bin", text.encode(encoding), contracts)
    assert found.contract.id == export
    assert found.header == [name.strip() for name in KNOWN[export].split(",")]


@pytest.mark.parametrize("export", JSON_KNOWN)
def test_literal_objects(tmp_path: Path, export: str, contracts: dict[str, Contract]) -> None:
    assert (
        recognised(tmp_path / "a.txt", JSON_KNOWN[export].encode(), contracts).contract.id == export
    )


@pytest.mark.parametrize(
    "export",
    ["taobao.order_list.legacy", "jd.order", "pdd.order", "douyin.order", "youzan.order_items"],
)
def test_any_order_noise_and_full_width_forms(
    tmp_path: Path, export: str, contracts: dict[str, Contract]
) -> None:
    headers = [*KNOWN[export].split(","), "我们自己的一列", "备用2"]
    random.Random(7).shuffle(headers)
    wide = {ord(char): ord(char) + 0xFEE0 for char in "()IDSKU"}
    disguised = [f"　{name.translate(wide)} ".replace("帐", "账") for name in headers]
    found = recognised(tmp_path / "订单.xls", csv_bytes([disguised], "gb18030"), contracts)
    assert found.contract.id == export
    assert sorted(found.unknown) == ["备用2", "我们自己的一列"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimiter_and_preamble(
    tmp_path: Path, delimiter: str, contracts: dict[str, Contract]
) -> None:
    rows = [
        ["名称：推广"],
        ["2026-11-01 至 2026-11-11", ""],
        [],
        KNOWN["jd.order"].split(","),
        ["1"] * 9,
    ]
    content = csv_bytes(rows, "gb18030", delimiter)
    found = recognised(tmp_path / "a.csv", content, contracts)
    assert (found.contract.id, found.delimiter, found.encoding) == (
        "jd.order",
        delimiter,
        "gb18030",
    )
    assert found.preamble == [["名称：推广"], ["2026-11-01 至 2026-11-11", ""]]
    assert content[found.data_offset :].startswith(b"1")


def test_amazon_japan_is_cp932(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    header = "amazon-order-id\torder-status\titem-price\tpurchase-date\tproduct-name\r\n"
    content = (
        header.encode()
        + "249-1\tShipped\t100\t2026-01-01T00:00:00+09:00\t洗顔フォーム ｶﾞｰｾﾞ\r\n".encode("cp932")
    )
    found = recognised(tmp_path / "123.txt", content, contracts)
    assert (found.contract.id, found.encoding) == ("amazon.all_orders", "cp932")


def test_the_most_specific_contract_wins(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    both = KNOWN["generic.orders"] + ",joined_at"
    assert recognised(tmp_path / "a", both.encode(), contracts).contract.id == "generic.orders"


def test_alternatives_of_generic_exports(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    with pytest.raises(RejectedFileError, match=r"missing account_id\+platform or "):
        look(tmp_path / "a", b"campaign,channel,touch_at,status\n", contracts)
    assert isinstance(
        look(
            tmp_path / "b", b"purpose,channel,state,stated_at,account_id,u,v,w,x,y,z\n", contracts
        ),
        Unrecognised,
    )
    assert recognised(
        tmp_path / "c", b"purpose,channel,state,stated_at,account_id,platform\n", contracts
    )


def test_form_is_named(tmp_path: Path, contracts: dict[str, Contract]) -> None:
    contract = contracts["taobao.order_list.legacy"]
    name = "2018 (56 columns)"
    found = recognised(tmp_path / "a.csv", csv_bytes([contract.forms[name]], "gb18030"), contracts)
    assert found.form == name


def test_a_renamed_required_column_is_suggested(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    headers = contracts["jd.order"].forms["current"]
    renamed = ["订单编码" if name == "订单状态" else name for name in headers]
    with pytest.raises(RejectedFileError) as caught:
        look(tmp_path / "a.csv", csv_bytes([renamed], "gb18030"), contracts)
    assert caught.value.reason is Reason.MISSING_COLUMN
    assert caught.value.export == "jd.order"
    assert "status_raw (订单状态)" in str(caught.value)
    assert "订单编码 looks like a new name of 订单状态 (similarity 50%)" in str(caught.value)


def test_a_renamed_signature_column_is_suggested(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    renamed = KNOWN["jd.order"].replace("京东价", "京东价格")
    with pytest.raises(RejectedFileError) as caught:
        look(tmp_path / "a.csv", renamed.encode("gb18030"), contracts)
    assert caught.value.reason is Reason.MISSING_COLUMN
    assert "京东价格 looks like a new name of 京东价 (similarity 86%)" in str(caught.value)


def test_nothing_alike_is_unrecognised_with_the_nearest(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    found = look(tmp_path / "a.csv", "订单号,a,b,c,d\n1,2,3,4,5\n".encode(), contracts)
    assert isinstance(found, Unrecognised)
    assert found.nearest is not None
    assert "1 of 5 headers known" in found.detail


@pytest.mark.parametrize(
    "content", [b"a,b\n1,2\n", b"%PDF-1.7\x00\x01", b"\x89PNG\r\n\x1a\n\x00\x00", b'{"a": 1}']
)
def test_other_files_are_unrecognised(
    tmp_path: Path, content: bytes, contracts: dict[str, Contract]
) -> None:
    assert isinstance(look(tmp_path / "a.csv", content, contracts), Unrecognised)


def test_snowplow_has_no_header_but_131_fields(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    line = "\t".join(str(number) for number in range(131)) + "\n"
    assert (
        recognised(tmp_path / "a", line.encode() * 3, contracts).contract.id
        == "snowplow.enriched_tsv"
    )
    assert isinstance(
        look(tmp_path / "b", line.encode().replace(b"130\n", b"\n")[:-1] + b"\t\t\n", contracts),
        Unrecognised,
    )
