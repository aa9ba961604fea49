"""Proposals on a small planted set with known truth: names, masked phones, region, timing."""

from __future__ import annotations

import itertools
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.configuration import Proposals, load_configuration
from orchestration.core.identity.proposals import COLUMNS, one_to_one
from orchestration.modelling.proposals import propose_matches
from orchestration.warehouse.proposal_features import read_proposal_features

SEED = 20261129
SETTINGS = load_configuration().identity.proposals
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"


def planted(seed: int = SEED) -> tuple[pd.DataFrame, set[tuple[str, str]]]:
    """600 people in 40 cities, half of them on two shops; the second shop shows masked values."""
    rng = np.random.default_rng(seed)
    rows, truth = [], set()
    for person in range(600):
        name = rng.choice(list(_SURNAMES)) + "".join(rng.choice(list(_GIVEN), 2))
        phone = f"138{rng.integers(10**8):08d}"
        mask = f"{phone[:3]}|{phone[-4:]}"
        city = int(rng.integers(40))
        seen = pd.Timestamp("2026-01-01") + pd.Timedelta(days=int(rng.integers(300)))
        first = (f"a{person:03d}", "jd", f"p{person}a", name, mask)
        rows.append((*first, f"province{city // 4}", f"city{city}", seen))
        if person % 2:
            shown = name[0] + "**" if rng.random() < 0.5 else name
            place = city if rng.random() < 0.9 else int(rng.integers(40))
            later = seen + pd.Timedelta(days=int(rng.integers(-5, 40)))
            second = (f"b{person:03d}", "taobao", f"p{person}b", shown, mask)
            rows.append((*second, f"province{place // 4}", f"city{place}", later))
            truth.add((f"a{person:03d}", f"b{person:03d}"))
    columns = [
        "account_key",
        "platform",
        "one_id",
        "name",
        "phone_mask",
        "province",
        "city",
        "first_seen_at",
    ]
    return pd.DataFrame(rows, columns=columns), truth


@pytest.fixture(scope="module")
def proposals() -> pd.DataFrame:
    return propose_matches(planted()[0], SETTINGS)


def test_proposals_find_the_planted_people(proposals: pd.DataFrame) -> None:
    truth = planted()[1]
    found = set(zip(proposals["account_key"], proposals["other_account_key"], strict=True))
    assert len(found & truth) / len(found) > 0.98
    assert len(found & truth) / len(truth) > 0.9
    assert proposals["probability"].between(SETTINGS.minimum_probability, 1).all()
    assert proposals["probability"].is_monotonic_decreasing
    assert (proposals["platform"] != proposals["other_platform"]).all()
    assert (proposals["one_id"] != proposals["other_one_id"]).all()
    assert proposals["evidence"].str.contains("phone_mask|name").all()


def test_the_order_of_accounts_does_not_matter(proposals: pd.DataFrame) -> None:
    turned = planted()[0].iloc[::-1]
    pd.testing.assert_frame_equal(propose_matches(turned, SETTINGS), proposals)


def test_people_already_joined_and_too_few_accounts_give_no_proposal(
    proposals: pd.DataFrame,
) -> None:
    nameless = planted()[0].assign(name=None)
    unnamed = propose_matches(nameless, SETTINGS)
    assert len(unnamed) > 200
    assert (
        set(zip(unnamed["account_key"], unnamed["other_account_key"], strict=True)) <= planted()[1]
    )
    assert propose_matches(nameless.assign(phone_mask=None), SETTINGS).empty
    one_person = propose_matches(planted()[0].assign(one_id="p1"), SETTINGS)
    assert one_person.empty
    few = propose_matches(planted()[0].head(50), SETTINGS)
    assert few.empty
    assert few.columns.tolist() == proposals.columns.tolist()
    assert not SETTINGS.is_enabled
    with pytest.raises(ValueError, match="minimum_probability"):
        Proposals(**SETTINGS.model_dump() | {"minimum_probability": 1.5})


def test_features_show_of_a_clear_phone_what_a_masked_one_shows(tmp_path: Path) -> None:
    """Names and phones that were rejected for another reason than a mask say nothing."""
    vault = tmp_path / "vault.duckdb"
    with duckdb.connect(str(vault)) as connection:
        connection.execute(
            """
            create table identifiers as
            select *, reject_reason is null as is_usable from (values
                ('a', 'phone', '13812341234', null, 1), ('a', 'buyer_name', '王**', 'masked', 3),
                ('a', 'buyer_name', '王小明', null, 2), ('b', 'phone', '138****1234', 'masked', 1),
                ('c', 'phone', '+447911123456', null, 1), ('d', 'phone', '13800000000', 'placeholder', 1)
            ) as t (account_key, identifier_type, identifier_value, reject_reason, last_seen_at)
            """
        )
    with duckdb.connect() as connection:
        connection.execute("create schema staging; create schema identity")
        connection.execute(
            "create table staging.accounts as select unnest(['a', 'b', 'c', 'd', 'e']) as account_key, "
            "'jd' as platform, 'Hubei' as province, 'Wuhan' as city, timestamp '2026-01-01' as first_seen_at"
        )
        connection.execute(
            "create table identity.accounts as select account_key, 'p' || account_key as one_id from staging.accounts"
        )
        features = read_proposal_features(connection, vault).sort_values("account_key")
        assert connection.execute(
            "select count(*) from duckdb_databases() where path = ?", [str(vault)]
        ).fetchall() == [(0,)]
    shown = features[["account_key", "one_id", "name", "phone_mask"]].astype(object)
    assert shown.where(shown.notna(), None).values.tolist() == [
        ["a", "pa", "王小明", "138|1234"],
        ["b", "pb", None, "138|1234"],
        ["c", "pc", None, None],
    ]


@pytest.mark.parametrize("seed", range(8))
def test_one_to_one_is_the_greedy_walk_down_the_list(seed: int) -> None:
    rng = np.random.default_rng(seed)
    platforms = (
        {f"a{n}": "jd" for n in range(5)}
        | {f"b{n}": "pdd" for n in range(5)}
        | {f"c{n}": "tb" for n in range(3)}
    )
    rows = [
        (one, platforms[one], other, platforms[other], float(rng.integers(1, 5)) / 5)
        for one, other in itertools.combinations(platforms, 2)
        if platforms[one] != platforms[other] and rng.random() < 0.6
    ]
    taken, expected = set(), []
    for row in sorted(rows, key=lambda row: (-row[4], row[0], row[2])):
        ends = {(row[0], row[3]), (row[2], row[1])}
        if not ends & taken:
            taken |= ends
            expected.append(row)
    pairs = pd.DataFrame(rows, columns=list(COLUMNS))
    found = one_to_one(pairs.sample(frac=1, random_state=seed))
    assert list(found.itertuples(index=False, name=None)) == expected
    assert one_to_one(pairs.iloc[:0]).empty
