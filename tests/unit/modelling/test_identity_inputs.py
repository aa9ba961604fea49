"""What a run gives identity: what is new since the stored state, or everything, and the same people either way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from orchestration.configuration import load_configuration
from orchestration.core.identity import IdentityLimits, IdentityResult, IdentityState, resolve
from orchestration.modelling.identity_inputs import (
    IdentityInputs,
    read_identity_changes,
    read_identity_inputs,
)
from tests.unit.core.identity.frames import DAY, assert_same

LIMITS = IdentityLimits.from_mapping(load_configuration().identity.model_dump())
ACCOUNTS = {"a1": "female", "a2": None, "b1": None, "c1": "male"}
NOTHING = "what is new (0 accounts, 0 identifiers) and what is gone (0 accounts, 0 identifiers)"
CARRIED = [
    ("a1", "phone", "p1", "2026-01-01", True),
    ("b1", "phone", "p1", "2026-01-02", True),
    ("b1", "phone", "masked", "2026-01-02", False),
    ("a2", "email", "e1", None, True),
    ("c1", "email", "e1", "2026-01-03", True),
]


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("create schema staging")
        connection.execute(
            "create table staging.accounts (account_key varchar, platform varchar, gender varchar, birth_date date)"
        )
        connection.execute(
            "create table staging.identifiers (account_key varchar, platform varchar, identifier_type varchar, "
            "identifier_hash varchar, first_seen_at timestamp, is_usable boolean)"
        )
        connection.execute(
            "create table staging.corrections (account_key varchar, other_account_key varchar, relation varchar, stated_at timestamp)"
        )
        for account, gender in ACCOUNTS.items():
            add_account(connection, account, gender)
        for row in CARRIED:
            add_identifier(connection, *row)
        yield connection


def key(text: str) -> str:
    return text.encode().hex().ljust(16, "0")


def add_account(
    connection: duckdb.DuckDBPyConnection, account: str, gender: str | None = None
) -> None:
    connection.execute(
        "insert into staging.accounts values (?, ?, ?, null)", [key(account), account[0], gender]
    )


def add_identifier(
    connection: duckdb.DuckDBPyConnection, account: str, kind: str, value: str, seen: str | None, is_usable: bool = True
) -> None:  # fmt: skip
    connection.execute(
        "insert into staging.identifiers values (?, ?, ?, ?, ?, ?)",
        [key(account), account[0], kind, key(value), seen, is_usable],
    )


def solved(given: IdentityInputs, state: IdentityState | None = None) -> IdentityResult:
    return resolve(
        given.accounts, given.identifiers, state, LIMITS, given.corrections, DAY, is_increment=given.is_increment, gone=given.gone
    )  # fmt: skip


def changes(connection: duckdb.DuckDBPyConnection, state: IdentityState | None) -> IdentityInputs:
    return read_identity_changes(connection, state, LIMITS.fingerprint(), LIMITS.traits)


def test_new_rows_alone_give_the_people_of_all_rows(warehouse: duckdb.DuckDBPyConnection) -> None:
    first = solved(changes(warehouse, None))
    again = changes(warehouse, first.state)
    assert again.is_increment
    assert again.scope == NOTHING

    add_account(warehouse, "d1", "male")
    add_identifier(warehouse, "d1", "phone", "p1", "2026-01-09")
    add_identifier(warehouse, "d1", "unionid", "u1", "2026-01-09")
    # Known already, and now seen earlier: a date where there was none, too.
    warehouse.execute("update staging.identifiers set first_seen_at = '2025-12-24' where identifier_hash = $e", {"e": key("e1")})  # fmt: skip
    warehouse.execute(
        "update staging.accounts set gender = 'female' where account_key = $k", {"k": key("b1")}
    )
    warehouse.execute(
        "insert into staging.corrections values ($a, $b, 'same', '2026-01-10')",
        {"a": key("a1"), "b": key("c1")},
    )
    new = changes(warehouse, first.state)
    assert new.is_increment, new.scope
    assert new.accounts["account_key"].tolist() == [key("d1")]
    assert sorted(new.identifiers["identifier_type"]) == [
        "email", "email", "gender", "gender", "phone", "unionid",
    ]  # fmt: skip
    increment = solved(new, first.state)
    full = solved(read_identity_inputs(warehouse, LIMITS.traits), first.state)
    assert_same(increment, full)
    assert len(increment.people) == 3


@pytest.mark.parametrize(
    ("taken", "accounts", "identifiers"),
    [
        (
            "delete from staging.identifiers where identifier_type = 'email' and platform = 'a'",
            0,
            1,
        ),
        ("update staging.identifiers set is_usable = false where platform = 'b'", 0, 1),
        ("update staging.identifiers set first_seen_at = '2026-01-05' where platform = 'b'", 0, 1),
        ("update staging.identifiers set first_seen_at = null where platform = 'b'", 0, 1),
        ("update staging.identifiers set identifier_type = 'unionid' where platform = 'b'", 0, 1),
        ("update staging.accounts set gender = 'male' where gender = 'female'", 0, 1),
        ("update staging.accounts set gender = null", 0, 2),
        (
            "delete from staging.accounts where platform = 'c'; delete from staging.identifiers where platform = 'c'",
            1,
            2,
        ),
    ],
)
def test_what_is_gone_is_taken_away(
    warehouse: duckdb.DuckDBPyConnection, taken: str, accounts: int, identifiers: int
) -> None:
    first = solved(changes(warehouse, None))
    warehouse.execute(taken)
    given = changes(warehouse, first.state)
    assert given.is_increment
    assert given.gone is not None
    assert (len(given.gone.accounts), len(given.gone.identifiers)) == (accounts, identifiers)
    everything = read_identity_inputs(warehouse, LIMITS.traits)
    increment = solved(given, first.state)
    assert_same(increment, solved(everything, first.state))
    again = changes(warehouse, increment.state)
    assert again.scope == NOTHING


def test_other_rules_read_everything_and_no_trait_joins_where_none_is_configured(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    first = solved(changes(warehouse, None))
    stricter = replace(LIMITS, maximum_person_accounts=7)
    given = read_identity_changes(warehouse, first.state, stricter.fingerprint(), LIMITS.traits)
    assert given.scope == "everything: the rules changed"
    assert len(given.identifiers) == 6
    assert set(read_identity_inputs(warehouse, ()).identifiers["identifier_type"]) == {
        "phone",
        "email",
    }
