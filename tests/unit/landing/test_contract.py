"""The contract language: what it refuses, and how a merchant changes it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestration.landing.contract import Contract, ContractError, contracts_fingerprint
from orchestration.landing.contract_files import CONTRACTS, load_contracts
from orchestration.landing.normalise import normalise_header

SMALL = """
id: own.orders
platform: own
title: Own orders
version: 1
confidence: own
grain: one row per order
feeds: [orders]
containers: [text]
time_zone: Asia/Shanghai
signature: [单号, 金额]
required: [order_id]
maximum_rejected_share: 0.1
columns:
  order_id: {type: id, headers: [单号]}
  paid_amount: {type: money, headers: [金额]}
forms: {current: [单号, 金额]}
"""


def own(tmp_path: Path, text: str) -> Path:
    (tmp_path / "contracts").mkdir(exist_ok=True)
    (tmp_path / "contracts" / "own.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def test_every_contract_file_loads_under_its_own_name(contracts: dict[str, Contract]) -> None:
    assert {path.stem for path in CONTRACTS.glob("*.yaml")} == set(contracts)
    assert len(contracts) == 90
    assert all(
        re.fullmatch(r"[a-z0-9]+__[a-z_]+", contract.view) for contract in contracts.values()
    )


def test_view_names(contracts: dict[str, Contract]) -> None:
    assert contracts["taobao.order_list.legacy"].view == "taobao__order_list_legacy"
    assert contracts["generic.events"].view == "generic__events"


def test_every_form_feeds_the_required_columns(contracts: dict[str, Contract]) -> None:
    for contract in contracts.values():
        for name, headers in contract.forms.items():
            fed = {
                place[0]
                for header in headers
                if (place := contract.locate(normalise_header(header)))
            }
            assert set(contract.required) <= fed, (contract.id, name)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 1", "version: 1\nvresion: 2", "vresion"),
        ("type: money", "type: cash", "columns.paid_amount.type"),
        ("required: [order_id]", "required: [order]", "required: ['order']"),
        ("headers: [金额]", "headers: [单号]", "is in both order_id and paid_amount"),
        ("signature: [单号, 金额]", "signature: []", "signature"),
        ("maximum_rejected_share: 0.1", "maximum_rejected_share: 2", "maximum_rejected_share"),
        ("forms:", "dynamic: [{pattern: '(', into: tags_json}]\nforms:", "dynamic.0.pattern"),
        ("id: own.orders", "id: jd.order_\nextends: nothing", "there is no contract 'nothing'"),
        ("id: own.orders", "id: jd.order_\ntime: bought", "time: ['bought']"),
    ],
)
def test_a_wrong_contract_names_file_and_key(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(ContractError) as caught:
        load_contracts(own(tmp_path, SMALL.replace(old, new)))
    assert "own.yaml" in str(caught.value)
    assert message in str(caught.value)


def test_a_merchant_adds_extends_and_replaces(
    tmp_path: Path, contracts: dict[str, Contract]
) -> None:
    added = load_contracts(own(tmp_path, SMALL))
    assert set(added) - set(contracts) == {"own.orders"}
    assert contracts_fingerprint(added) != contracts_fingerprint(contracts)

    extended = load_contracts(
        own(
            tmp_path,
            "extends: jd.order\nid: jd.order\ncolumns: {paid_at: {headers: [付款时间]}}\nmaximum_rejected_share: 0.5",
        )
    )["jd.order"]
    assert extended.columns["paid_at"].headers == ["付款确认时间", "付款时间"]
    assert extended.maximum_rejected_share == 0.5
    assert extended.fingerprint != contracts["jd.order"].fingerprint

    replaced = load_contracts(own(tmp_path, SMALL.replace("own.orders", "jd.order")))["jd.order"]
    assert replaced.fields == ["order_id", "paid_amount"]


def test_two_ids_with_one_view_name_are_refused(tmp_path: Path) -> None:
    folder = own(tmp_path, SMALL.replace("own.orders", "jd.order_list"))
    (folder / "contracts" / "second.yaml").write_text(
        SMALL.replace("own.orders", "jd.order.list"), encoding="utf-8"
    )
    with pytest.raises(ContractError, match=r"raw\.jd__order_list"):
        load_contracts(folder)
