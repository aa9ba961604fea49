"""Community groups from tables to tables: off by default, the same tomorrow, following merged people."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from orchestration.audiences.community_groups import build_community_groups
from orchestration.configuration import ConfigurationError, load_configuration
from orchestration.resources.deployment import load_deployment
from tests.unit.audiences.warehouse import AS_OF, Warehouse

DEFAULT = load_configuration().grouping
GROUPED = DEFAULT.model_copy(update={"audience": "club", "size": 10})
NEXT = AS_OF + dt.timedelta(days=1)
SEEN = "select one_id, community_group from audiences.community_groups order by one_id"


@pytest.fixture
def club(warehouse: Warehouse) -> Warehouse:
    """80 people of two provinces; those with an even number love x; 70 are in the club."""
    c = warehouse.connection
    c.execute(
        "insert into audiences.profiles (one_id, as_of, province, age_band, gender) "
        "select 'p' || lpad(i::varchar, 3, '0'), getvariable('as_of'), if(i % 4 < 2, '上海', '浙江'), '25-34', "
        "if(i % 3 = 0, 'male', 'female') from range(80) t(i)"
    )
    c.execute(
        "create table audiences.audience_members as "
        "select 'club' as audience, one_id from audiences.profiles where one_id < 'p070'"
    )
    c.execute(
        "insert into tags.user_tags (one_id, tag, weight) select one_id, 'interest.x', 5 from audiences.profiles "
        "where right(one_id, 1)::int % 2 = 0"
    )
    c.execute("create schema if not exists identity")
    c.execute(
        "create table identity.resolved_ids as select one_id, one_id as current_one_id from audiences.profiles"
    )
    return warehouse


def test_nobody_is_grouped_unless_an_audience_is_named(club: Warehouse, tmp_path: Path) -> None:
    assert DEFAULT.audience is None
    made = build_community_groups(club.connection, DEFAULT, tmp_path, AS_OF)
    assert made.described.empty
    assert not made.is_refused
    assert club.rows("select count(*) from audiences.community_groups") == [(0,)]
    assert list(tmp_path.iterdir()) == []


def test_members_are_grouped_near_and_mixed(club: Warehouse, tmp_path: Path) -> None:
    made = build_community_groups(club.connection, GROUPED, tmp_path, AS_OF)
    assert made.words == f"70 people of club are in {len(made.described)} groups."
    groups = made.described
    assert groups["people"].sum() == 70
    assert groups["people"].between(8, 12).all()
    assert (groups["region_share"] == 1.0).all()
    assert groups["women_share"].between(0.5, 0.8).all()
    assert club.rows("select max(one_id), count(*) from audiences.community_groups") == [
        ("p069", 70)
    ]
    # Near in interest: most groups are of lovers of x, or of others.
    shares = club.rows(
        "select avg((t.one_id is not null)::int) as share from audiences.community_groups g "
        "left join tags.user_tags t on t.one_id = g.one_id group by g.community_group order by share"
    )
    assert shares[0][0] < 0.2
    assert shares[-1][0] > 0.8


def test_tomorrow_is_today_and_a_run_again_is_the_same(club: Warehouse, tmp_path: Path) -> None:
    build_community_groups(club.connection, GROUPED, tmp_path, AS_OF)
    today = club.rows(SEEN)
    # Tomorrow somebody is known under another id, one has left, and one has come.
    club.connection.execute(
        "update identity.resolved_ids set current_one_id = 'q000' where one_id = 'p000'"
    )
    club.connection.execute("update audiences.profiles set one_id = 'q000' where one_id = 'p000'")
    club.connection.execute(
        "delete from audiences.audience_members where one_id in ('p000', 'p001')"
    )
    club.connection.execute(
        "insert into audiences.audience_members values ('club', 'q000'), ('club', 'p077')"
    )
    build_community_groups(club.connection, GROUPED, tmp_path, NEXT)
    tomorrow = dict(club.rows(SEEN))
    was = dict(today)
    assert tomorrow["q000"] == was["p000"]
    assert "p001" not in tomorrow
    assert tomorrow["p077"] in set(was.values())
    stayed = set(was) & set(tomorrow)
    assert len(stayed) == 68
    assert all(tomorrow[one_id] == was[one_id] for one_id in stayed)
    build_community_groups(club.connection, GROUPED, tmp_path, NEXT)
    assert dict(club.rows(SEEN)) == tomorrow
    assert [file.name for file in sorted(tmp_path.iterdir())] == [
        f"{AS_OF}.parquet",
        f"{NEXT}.parquet",
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("delete from audiences.audience_members", "nobody is in club. Check its definition"),
        ("update tags.user_tags set weight = 'infinity'", "Community groups of club are not made: .*infinite"),
        ("insert into audiences.profiles select * from audiences.profiles where one_id = 'p003'",
         "Community groups of club are not made: .*p003 appears more than once"),
    ],
)  # fmt: skip
def test_bad_members_and_interests_are_named_and_stop_nothing(
    club: Warehouse, tmp_path: Path, change: str, message: str
) -> None:
    club.connection.execute(change)
    made = build_community_groups(club.connection, GROUPED, tmp_path, AS_OF)
    assert re.search(message, made.words)
    assert made.described.empty
    assert club.rows("select count(*) from audiences.community_groups") == [(0,)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["one_id > 'p000'", "one_id > 'p001'", "false"])
def test_one_member_two_and_people_all_alike_are_grouped(
    club: Warehouse, tmp_path: Path, change: str
) -> None:
    c = club.connection
    c.execute(f"delete from audiences.audience_members where {change}")
    c.execute("delete from tags.user_tags")
    c.execute("update audiences.profiles set province = null, age_band = null, gender = 'female'")
    made = build_community_groups(c, GROUPED, tmp_path, AS_OF)
    (people,) = club.rows("select count(*) from audiences.community_groups")[0]
    assert made.described["people"].sum() == people > 0
    assert made.described["people"].max() <= 12


def test_an_unknown_audience_is_refused_when_definitions_load(tmp_path: Path) -> None:
    (tmp_path / "configuration.yaml").write_text("grouping: {audience: clubb}\n", encoding="utf-8")
    environment = {"DOUBLELOOP_CONFIG": str(tmp_path), "DOUBLELOOP_HOME": str(tmp_path / "home")}
    with pytest.raises(ConfigurationError, match="audience is clubb, which is no audience"):
        load_deployment(environment)
