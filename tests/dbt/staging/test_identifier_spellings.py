"""A table of spellings and what becomes of each, and an independent oracle for the phones."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import phonenumbers
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberType

from orchestration.resources.dbt import PROJECT
from orchestration.warehouse.session import prepare_session

TABLE: dict[str, list[list[str | None]]] = yaml.safe_load(
    Path(__file__).with_name("identifier_spellings.yaml").read_text(encoding="utf-8")
)
ROWS = [(kind, *row) for kind, rows in TABLE.items() for row in rows]
VIRTUAL = ("162", "165", "167", "170", "171")
REASONS: dict[str, str] = {}


def _macros() -> Any:
    names = ("session", "identifiers", "identifier_reasons", "digests")
    text = "\n".join(
        (PROJECT / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in names
    )
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    environment.globals["return"] = REASONS.update
    module: Any = environment.from_string(text).make_module()
    module.reject_reasons()
    return module


MACROS = _macros()
Clean = Callable[[list[tuple[str, str]]], list[tuple[str, str | None]]]


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        prepare_session(opened, {"as_of": "2026-11-22", "timezone": "UTC", "id_salt": "salt"})
        yield opened


@pytest.fixture(scope="module")
def clean(connection: duckdb.DuckDBPyConnection) -> Clean:
    """Cleaned value and reason of (type, spelling) pairs, in one query."""
    sql = f"""
        select value, {MACROS.reject_reason("kind", "value")} from (
            select place, kind, {MACROS.clean_identifier("kind", "cell")} as value
            from (select unnest($places) as place, unnest($kinds) as kind, unnest($cells) as cell)
        ) order by place
    """

    def run(cells: list[tuple[str, str]]) -> list[tuple[str, str | None]]:
        return connection.execute(
            sql,
            {
                "places": list(range(len(cells))),
                "kinds": [kind for kind, _ in cells],
                "cells": [cell for _, cell in cells],
            },
        ).fetchall()

    return run


def test_the_table_is_large_and_shows_every_reason() -> None:
    assert len(ROWS) >= 200
    assert {row[3] for row in ROWS} - {None} == set(REASONS)


def test_every_spelling_has_its_outcome(clean: Clean) -> None:
    found = clean([(row[0], str(row[1])) for row in ROWS])
    assert [(*row[:2], *out) for row, out in zip(ROWS, found, strict=True)] == ROWS


def test_cleaning_twice_is_cleaning_once(clean: Clean) -> None:
    once = clean([(row[0], str(row[1])) for row in ROWS])
    again = clean([(row[0], value) for row, (value, _) in zip(ROWS, once, strict=True)])
    assert again == once


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(sorted(TABLE)), st.text(
    alphabet=st.one_of(st.sampled_from("0123456789０１９+＋86-—转x#,;@＠.。*: (){}abfABFｚ~$'"), st.characters(codec="utf-8", exclude_characters="\x00")),
    max_size=40,
)), min_size=50, max_size=50))  # fmt: skip
def test_cleaning_anything_twice_is_cleaning_once(
    clean: Clean, cells: list[tuple[str, str]]
) -> None:
    once = clean(cells)
    again = clean([(kind, value) for (kind, _), (value, _) in zip(cells, once, strict=True)])
    assert again == once
    assert {reason for _, reason in once} <= {None, *REASONS}


def _is_mobile(number: phonenumbers.PhoneNumber) -> bool:
    return phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in (
        PhoneNumberType.MOBILE,
        PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )


def test_phones_of_the_table_are_those_of_libphonenumber() -> None:
    """A usable clear phone is a valid mobile number there, and has the same digits."""
    usable = [
        row for row in ROWS if row[0] == "phone" and row[3] is None and ":" not in str(row[2])
    ]
    assert len(usable) > 50
    for _, spelling, value, _ in usable:
        # The library takes neither of these for a sign between digits.
        number = phonenumbers.parse(re.sub("[·_]", "-", str(spelling)), "CN")
        assert phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == (
            value if str(value).startswith("+") else f"+86{value}"
        ), spelling
        assert _is_mobile(number), spelling


def test_the_ranges_of_the_mainland_are_those_of_libphonenumber(clean: Clean) -> None:
    """Every range of four digits; usable, or of a virtual carrier, exactly when it is a mobile number."""
    phones = [f"{prefix}1234567" for prefix in range(1000, 2000)]
    found = clean([("phone", phone) for phone in phones])
    for phone, (value, reason) in zip(phones, found, strict=True):
        number = phonenumbers.parse(phone, "CN")
        assert value == phone
        assert (reason in (None, "virtual")) == _is_mobile(number), phone
        assert (reason == "virtual") == (_is_mobile(number) and phone[:3] in VIRTUAL), phone


def test_no_area_of_north_america_is_refused(clean: Clean) -> None:
    numbers = [
        f"+1{area}{end}"
        for area in range(200, 1000)
        for end in ("2345678", "5550123", "4692345", "9012345")
    ]
    found = clean([("phone", number) for number in numbers])
    refused = [
        number for number, (_, reason) in zip(numbers, found, strict=True) if reason is not None
    ]
    assert len(refused) > 1000
    assert [number for number in refused if _is_mobile(phonenumbers.parse(number))] == []


def test_a_mobile_of_every_country_is_taken(clean: Clean) -> None:
    regions = sorted(phonenumbers.SUPPORTED_REGIONS - {"CN"})
    examples = {
        region: phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        for region in regions
    }
    phones = {
        region: phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        for region, number in examples.items()
        if number is not None
    }
    assert len(phones) > 200
    found = clean([("phone", f"00{phone[1:]}") for phone in phones.values()])
    assert dict(zip(phones, found, strict=True)) == {
        region: (phone, None) for region, phone in phones.items()
    }


def _owners(
    connection: duckdb.DuckDBPyConnection,
    known: list[tuple[str, str]],
    delivered: list[tuple[str, str]],
) -> dict[str, tuple[str, str | None]]:
    """Clear value and reason behind each delivered hash, by the cleaned hash."""

    def relation(rows: list[tuple[str, str]]) -> str:
        values = ", ".join("(?, ?)" for _ in rows)
        return f"""(
            select kind as identifier_type, value as identifier_value, {MACROS.reject_reason("kind", "value")} as reject_reason
            from (select kind, {MACROS.clean_identifier("kind", "cell")} as value from (values {values}) as given (kind, cell))
        )"""

    sql = f"""
        with known as {relation(known)}, delivered as {relation(delivered)}, {MACROS.digest_owners("delivered", "known")}
        select digest, identifier_value, reject_reason from owners
    """
    rows = connection.execute(sql, [cell for row in known + delivered for cell in row]).fetchall()
    return {digest: (value, reason) for digest, value, reason in rows}


PHONE_FORMS = ("{0}", "86{0}", "+86{0}")
SPELLINGS = ("{0}", "+86 {0}", "0086-{0}", "86{0}")


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_a_hash_of_any_spelling_meets_the_clear_phone_in_any_spelling(
    connection: duckdb.DuckDBPyConnection, algorithm: str
) -> None:
    phones = [f"139{number:08d}" for number in range(11_111_112, 11_111_124)]
    known = [("phone", SPELLINGS[place % 4].format(phone)) for place, phone in enumerate(phones)]
    hashes = {
        hashlib.new(algorithm, form.format(phone).encode()).hexdigest(): phone
        for phone in phones
        for form in PHONE_FORMS
    }
    delivered = [
        ("phone", digest.upper() if place % 2 else digest) for place, digest in enumerate(hashes)
    ]
    assert _owners(connection, known, delivered) == {
        f"{algorithm}:{digest}": (phone, None) for digest, phone in hashes.items()
    }


def test_hashes_of_the_platforms_documents_meet_their_clear_values(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    known = [
        ("device_id", "ff1999cd-7177-4937-a474-74937a102630"), ("device_id", "A000002C9060F7"), ("device_id", "3C:5A:B4:01:02:03"),
        ("device_id", "1fe9a970-efbb-29e0-0bdd-f5dbbf751ab5"), ("phone", "+1 617 555 0100"), ("email", "Anna@QQ.com"), ("phone", "17012345670"),
    ]  # fmt: skip
    md5 = {word: hashlib.md5(word.encode()).hexdigest() for word in (
        "3C5AB4010203", "3c:5a:b4:01:02:03", "16175550100", "anna@qq.com", "17012345670", "13912345670"
    )}  # fmt: skip
    delivered = [
        ("device_id", "2c010ed96aef2fc34983e1e7e9176b7e"), ("device_id", "f2d5a650733ca8c27d502b1c08da14e5"), ("device_id", md5["3C5AB4010203"]),
        ("device_id", md5["3c:5a:b4:01:02:03"]), ("device_id", "1fe9a970efbb29e00bddf5dbbf751ab5"), ("phone", md5["16175550100"]),
        ("email", md5["anna@qq.com"]), ("phone", md5["anna@qq.com"]), ("phone", md5["17012345670"]), ("phone", md5["13912345670"]),
        ("phone", "keyed:" + md5["17012345670"]),
    ]  # fmt: skip
    assert _owners(connection, known, delivered) == {
        "2c010ed96aef2fc34983e1e7e9176b7e": ("ff1999cd-7177-4937-a474-74937a102630", None),
        "f2d5a650733ca8c27d502b1c08da14e5": ("a000002c9060f7", None),
        md5["3C5AB4010203"]: ("3c5ab4010203", None),
        md5["3c:5a:b4:01:02:03"]: ("3c5ab4010203", None),
        "1fe9a970efbb29e00bddf5dbbf751ab5": ("1fe9a970-efbb-29e0-0bdd-f5dbbf751ab5", None),
        f"md5:{md5['16175550100']}": ("+16175550100", None),
        f"md5:{md5['anna@qq.com']}": ("anna@qq.com", None),
        # The hash of a number that joins nobody joins nobody.
        f"md5:{md5['17012345670']}": ("17012345670", "virtual"),
    }


@pytest.mark.parametrize(
    ("kind", "value", "meets"),
    [
        ("phone", "13912345670", True), ("email", "anna@qq.com", True), ("phone", "md5:7d8a", True), ("unionid", "o1", True),
        ("buyer_name", "anna", False), ("member_number", "7", False), ("user_id", "u1", False),
        ("openid", "o1", False), ("openid", "wx1:o1", True), ("phone", "keyed:abcdef", False), ("device_id", "keyed:abcdef", False),
    ],
)  # fmt: skip
def test_what_meets_across_platforms(
    connection: duckdb.DuckDBPyConnection, kind: str, value: str, meets: bool
) -> None:
    """Nicknames, members, logins, open ids without an app and keyed values count on their platform alone."""
    rows = connection.execute(
        f"select {MACROS.identifier_hash('kind', 'value', 'platform')} "
        "from (select $kind as kind, $value as value, unnest(['taobao', 'jd', 'taobao']) as platform)",
        {"kind": kind, "value": value},
    ).fetchall()
    assert rows[0] == rows[2]
    assert (rows[0] == rows[1]) == meets


def test_the_documented_reasons_are_those_of_the_macro() -> None:
    text = (PROJECT.parent / "docs" / "identity.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `([a-z_]+)` \| (.+?) \|$", text, re.MULTILINE))
    assert {key: documented.get(key) for key in REASONS} == REASONS
