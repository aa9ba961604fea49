"""Columns that become attributes of people: where they come from, and which may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from orchestration.configuration import ConfigurationError, load_configuration
from orchestration.landing.attributes import attribute_problem, publish_attributes
from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts
from orchestration.landing.views import publish_raw_views
from orchestration.resources.deployment import load_deployment
from tests.unit.landing.landing_files import House, csv_bytes

CUSTOMERS = ["platform", "account_id", "joined_at"]


def attributes(house: House, *names: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        publish_raw_views(connection, house.raw, house.ledger, house.contracts)
        publish_attributes(connection, house.contracts, names)
        return connection.execute(
            "select source_file, _row_number, attribute, value from raw.attributes "
            "join raw.files on source_hash = _source_hash order by all"
        ).fetchall()


def test_columns_nobody_knows_are_found_whatever_blanks_and_case(house: House) -> None:
    house.put("a.csv", csv_bytes([[*CUSTOMERS, "Skin_Type ", "备注"],
                                  ["crm", "1", "2026-01-01", "dry", "x"],
                                  ["crm", "2", "2026-01-01", "", "y"]]))  # fmt: skip
    house.put("b.csv", csv_bytes([[*CUSTOMERS, "skin_type", 'odd "one"'], ["crm", "3", "2026-01-01", "oily", "z"]]))  # fmt: skip
    house.ingest()
    assert attributes(house, "gender", "skin_type", "pets") == [
        ("a.csv", 1, "skin_type", "dry"),
        ("b.csv", 1, "skin_type", "oily"),
    ]
    assert attributes(house, "gender", "age_band") == []
    assert attributes(house) == []


def test_a_contract_of_ones_own_names_the_header(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "config" / "contracts"
    folder.mkdir(parents=True)
    own = {
        "id": "generic.customers",
        "extends": "generic.customers",
        "version": 2,
        "columns": {"skin_type": {"type": "enum", "headers": ["肤质"]}},
    }
    (folder / "members.yaml").write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")
    house.contracts = load_contracts(tmp_path / "config")
    assert attribute_problem("skin_type", house.contracts) is None
    house.put("a.csv", csv_bytes([[*CUSTOMERS, "肤质"], ["crm", "1", "2026-01-01", "干性"]]))
    house.ingest()
    assert attributes(house, "skin_type") == [("a.csv", 1, "skin_type", "干性")]


def test_tag_groups_are_attributes_and_orders_have_none(
    house: House, contracts: dict[str, Contract]
) -> None:
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        for contract in contracts.values():
            columns = ", ".join(f'"{name}" varchar' for name in contract.fields)
            connection.execute(
                f"create table raw.{contract.view} ({columns}, _extra varchar, _source_hash varchar, _row_number bigint)"
            )
        connection.execute(
            "insert into raw.wecom__customers by name select '{\"兴趣 偏好\":\"咖啡\"}' as tags_json, 'h' as _source_hash, 1 as _row_number"
        )
        connection.execute(
            "insert into raw.generic__orders by name select '{\"兴趣偏好\":\"茶\"}' as _extra, 'h' as _source_hash, 2 as _row_number"
        )
        publish_attributes(connection, contracts, ["兴趣偏好"])
        assert connection.execute("from raw.attributes").fetchall() == [
            ("h", 1, "兴趣偏好", "咖啡")
        ]


@pytest.mark.parametrize(
    "name",
    [
        *("phone", "mobile_2", "buyer_name", "nickname", "email", "street", "unionid", "user_id", "birth_date"),
        *("姓名", "手机", "收货地址", "身份证号", "生日", "微信号", "joined_at", "lifetime_amount", "tag_ids", "platform"),
    ],
)  # fmt: skip
def test_what_tells_who_somebody_is_may_not_be_an_attribute(
    name: str, contracts: dict[str, Contract]
) -> None:
    problem = attribute_problem(name, contracts)
    assert problem is not None
    assert "Take it out" in problem


@pytest.mark.parametrize(
    "name", ["gender", "age_band", "province", "skin_type", "has_children", "肤质", "contact_title"]
)
def test_what_people_are_like_may_be_one(name: str, contracts: dict[str, Contract]) -> None:
    assert attribute_problem(name, contracts) is None


def test_a_header_of_the_own_contract_counts_as_a_name(contracts: dict[str, Contract]) -> None:
    values = contracts["generic.customers"].model_dump()
    values["columns"]["kind"] = {"type": "text", "headers": ["kind", "收件人姓名"]}
    own = {**contracts, "generic.customers": Contract.model_validate(values)}
    assert "收件人姓名 is personal" in (attribute_problem("kind", own) or "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gender, phone]", "prediction.attributes: phone: phone is personal"),
        ("[Skin-Type]", "Skin-Type: an attribute is written in lower case"),
        ("[gender, gender]", "an attribute is named twice"),
        ("gender", "valid list"),
    ],
)
def test_the_configuration_says_what_cannot_be_an_attribute(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "configuration.yaml").write_text(
        f"prediction:\n  attributes: {text}\n", encoding="utf-8"
    )
    with pytest.raises(ConfigurationError, match=message):
        load_deployment({"DOUBLELOOP_CONFIG": str(tmp_path), "DOUBLELOOP_HOME": str(tmp_path)})


def test_a_named_attribute_is_a_tag_that_audiences_may_name(tmp_path: Path) -> None:
    (tmp_path / "configuration.yaml").write_text(
        "prediction:\n  attributes: [skin_type]\n", encoding="utf-8"
    )
    folder = tmp_path / "audiences"
    folder.mkdir()
    (folder / "dry.yaml").write_text(
        "audience: dry\ntitle: Dry skin\ngoal: convert\nloop: outer\nowner: crm\npriority: 5\n"
        "conditions: {tag: profile.skin_type, value: {is: dry}}\n",
        encoding="utf-8",
    )
    environment = {"DOUBLELOOP_CONFIG": str(tmp_path), "DOUBLELOOP_HOME": str(tmp_path)}
    deployment = load_deployment(environment)
    assert deployment.audiences["dry"].conditions
    assert deployment.tags.registry["profile.skin_type"].type == "profile"
    assert deployment.tags.registry["profile.gender"].privacy == "sensitive"
    assert load_configuration(None).prediction.attributes == ["gender", "age_band"]
    (tmp_path / "configuration.yaml").unlink()
    with pytest.raises(ValueError, match=r"profile\.skin_type"):
        load_deployment(environment)
