"""Attributes of people that exports deliver in columns which staging does not know: ``raw.attributes``.

An attribute is a column that a merchant names in the configuration, such as the skin type in an
export of members. It comes as a column that the merchant's own contract adds, as one of several
columns that a contract gathers (tag groups), or as a column that no contract knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import duckdb

from orchestration.landing.contract import ColumnType, Contract
from orchestration.landing.json_select import json_path, literal_text, quoted
from orchestration.landing.normalise import normalise_header

STAGED = ("gender", "age_band", "province", "city", "member_level")
"""Attributes that staging knows by themselves."""

# An export that feeds one of these is no export of customers: staging takes no attribute from it.
_OTHER = frozenset({"orders", "order_lines", "events", "refunds", "touches"})
_KINDS = frozenset({ColumnType.TEXT, ColumnType.ENUM, ColumnType.FLAG, ColumnType.INTEGER})
# Words of a name that say: this is about who it is, not about what they are like.
_WORDS = frozenset(
    (
        *("name", "firstname", "lastname", "surname", "fullname", "username", "nick", "nickname", "realname"),
        *("phone", "mobile", "cellphone", "telephone", "tel", "fax", "email", "mail", "qq", "wechat", "weixin", "alipay"),
        *("address", "addr", "street", "zip", "zipcode", "postcode", "id", "ids", "uid", "account", "passport", "idcard"),
        *("openid", "unionid", "userid", "deviceid", "imei", "idfa", "oaid", "ip", "birth", "birthday", "birthdate", "dob"),
        *("note", "notes", "remark", "remarks", "avatar", "password"),
    )
)  # fmt: skip
_PARTS = re.compile(
    "姓名|名字|昵称|称呼|手机|电话|号码|邮箱|地址|身份证|证件|护照|账号|微信|支付宝|生日|出生|备注|头像"
)


def attribute_problem(name: str, contracts: Mapping[str, Contract]) -> str | None:
    """Why the column ``name`` must not become an attribute, and what to do; None where it may.

    Whatever tells who somebody is (names, phones, addresses, ids, dates of birth) stays out of the
    published tables, and so may not be an attribute.
    """
    if name in STAGED:
        return None
    if name == "platform":
        return "the platform of everybody is known. Take it out"
    columns = [
        contract.columns[name] for contract in _of_customers(contracts) if name in contract.columns
    ]
    headers = [header for column in columns for header in column.headers]
    told = [text for text in (name, *headers) if _is_personal(text)]
    kinds = sorted({column.type.value for column in columns if column.type not in _KINDS})
    if told or kinds:
        why = f"{told[0]} is personal" if told else f"it is a column of type {kinds[0]}"
        return (
            f"{why}, and an attribute is published. Take it out; if the column says no such thing, give it another "
            "name and a type of text, enum, flag or integer in a contract of your own"
        )
    return None


def publish_attributes(
    connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Contract], names: Sequence[str]
) -> None:
    """Make the view ``raw.attributes`` (_source_hash, _row_number, attribute, value) over the raw views.

    One row per customer row and attribute of ``names`` that it delivers; value as delivered. A header
    no contract knows is compared like those of contracts: blanks and case do not matter.
    """
    wanted = [name for name in names if name not in STAGED]
    nothing = "null::varchar as _source_hash, null::bigint as _row_number, null::varchar as attribute, null::varchar as value"
    told = [f"select {nothing} where false"]
    for contract in _of_customers(contracts) if wanted else ():
        told += _queries(contract, _gathered(connection, contract), wanted)
    connection.execute(f"create or replace view raw.attributes as {' union all '.join(told)}")


def _queries(
    contract: Contract, gathered: Mapping[str, Mapping[str, list[str]]], names: Sequence[str]
) -> Iterator[str]:
    for name in names:
        value = _value(name, contract, gathered)
        if value is not None:
            yield (
                f"select _source_hash, _row_number, {literal_text(name)} as attribute, {value} as value "
                f"from raw.{quoted(contract.view)} where {value} is not null"
            )


def _of_customers(contracts: Mapping[str, Contract]) -> list[Contract]:
    return [
        contract
        for contract in contracts.values()
        if "accounts" in contract.feeds and not _OTHER & {*contract.feeds}
    ]


def _gathered(
    connection: duckdb.DuckDBPyConnection, contract: Contract
) -> dict[str, dict[str, list[str]]]:
    """JSON columns of a raw view -> normalised key -> the keys as they are written."""
    found: dict[str, dict[str, list[str]]] = {}
    for column in dict.fromkeys([*(part.into for part in contract.dynamic), "_extra"]):
        keys: Iterable[tuple[str]] = connection.execute(
            f"select distinct unnest(json_keys({quoted(column)})) from raw.{quoted(contract.view)} "
            f"where {quoted(column)} like '{{%' order by 1"
        ).fetchall()
        written = found.setdefault(column, {})
        for (key,) in keys:
            written.setdefault(normalise_header(key), []).append(key)
    return found


def _value(
    name: str, contract: Contract, gathered: Mapping[str, Mapping[str, list[str]]]
) -> str | None:
    """The SQL of the attribute in a row of the contract's raw view, the contract's own column first."""
    found = [quoted(name)] if name in contract.columns else []
    for column, keys in gathered.items():
        found += [
            f"json_extract_string({quoted(column)}, {literal_text(json_path(key))})"
            for key in keys.get(normalise_header(name), [])
        ]
    return f"coalesce({', '.join(found)})" if found else None


def _is_personal(text: str) -> bool:
    words = re.split(r"[^a-z0-9]+", text.lower())
    return not _WORDS.isdisjoint(words) or _PARTS.search(normalise_header(text)) is not None
