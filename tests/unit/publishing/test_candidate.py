"""The candidate from a small warehouse: explicit columns and types, key order, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

import duckdb
import pytest

from orchestration.publishing.candidate import write_candidate
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.fingerprint import fingerprints_of
from orchestration.publishing.table import quoted
from orchestration.publishing.tables import CANDIDATE_TABLES, PUBLISHED_TABLES
from orchestration.settings import Settings
from orchestration.warehouse.session import open_warehouse
from tests.gate.valid_candidate import ANN, AS_OF, BEN, BUYERS, STATE, change

USED = {"interest.*": ("visitors",), "interest.tea": ("buyers",), "rule.visitor": ("visitors",)}

# published table -> warehouse table it is read from
WAREHOUSE = {
    "user_profiles": "audiences.profiles",
    "user_tags": "audiences.user_tags",
    "tags": "tags.registry",
    "user_accounts": "identity.accounts",
    "resolved_ids": "identity.resolved_ids",
    "audiences": "audiences.audiences",
    "audience_members": "audiences.audience_members",
    "audience_overlaps": "audiences.audience_overlaps",
    "community_groups": "audiences.community_groups",
    "contact_plan": "audiences.contact_plan",
    "lookalike_evaluations": "audiences.lookalike_evaluations",
    "lookalike_features": "audiences.lookalike_features",
    "lookalike_gates": "audiences.lookalike_gates",
    "models": "layers.models",
    "lifecycle_flows": "layers.lifecycle_flows",
    "rfm_flows": "layers.rfm_flows",
    "channel_health": "feedback.channel_health",
    "campaign_results": "feedback.campaign_results",
    "reconciliation": "staging.reconciliation_by_export",
    "landing_findings": "staging.file_findings",
}


@pytest.fixture
def warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The valid candidate's rows as their makers would leave them: shuffled, with columns nobody publishes."""
    with open_warehouse(settings, AS_OF) as connection:
        connection.execute(f"attach '{settings.candidate}' as valid (read_only)")
        for table, source in WAREHOUSE.items():
            columns = "*"
            if table == "user_profiles":
                columns = (
                    "* exclude (platforms, rfm_net_amount), 2 as platforms, platforms as platform_list, "
                    "rfm_net_amount as monetary, date '1990-01-01' as birth_date"
                )
            elif table == "tags":
                columns = "* exclude (used_by)"
            elif table == "user_tags":
                columns = "* replace (weight::decimal(9, 3) as weight), 'x' as note"
            connection.execute(
                f"create or replace table {source} as select {columns} from valid.main.{table} t order by hash(t)"
            )
        connection.execute("detach valid")
        connection.execute(
            "insert into identity.accounts values ('9999999999999999', 'jd', 'pffffffffffffffff')"
        )
        connection.execute("create or replace table identity.state as select ? as token", [STATE])
        settings.candidate.unlink()
        yield connection


def read(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.candidate), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_table_has_its_columns_types_and_order(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    summary = write_candidate(warehouse, settings, AS_OF, "run", USED)
    assert set(summary.rows) == set(CANDIDATE_TABLES)
    assert (summary.people, summary.audiences, summary.path) == (4, 2, settings.candidate)
    assert summary.bytes == settings.candidate.stat().st_size
    told = "select comment from duckdb_tables() where table_name = 'user_accounts'"
    assert read(settings, told) == [(STATE,)]
    for name in CANDIDATE_TABLES:
        table = PUBLISHED_TABLES[name]
        assert [(r[0], r[1]) for r in read(settings, f"describe {quoted(name)}")] == [
            (c.name, c.type) for c in table.columns
        ]
        assert read(settings, f"from {name}") == read(
            settings, f"from {name} order by {table.ordering}"
        )


def test_platforms_are_names_and_unpublished_people_have_no_accounts(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    write_candidate(warehouse, settings, AS_OF, "run", USED)
    assert read(settings, "select distinct platforms from user_profiles") == [("taobao",)]
    assert read(
        settings, "select count(*) from user_accounts where one_id = 'pffffffffffffffff'"
    ) == [(0,)]
    assert read(settings, f"select count(*) from user_accounts where one_id = '{ANN}'") == [(2,)]


def test_tags_know_the_audiences_that_use_them(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    write_candidate(warehouse, settings, AS_OF, "run", USED)
    assert read(settings, "select tag, used_by from tags") == [
        ("interest.tea", "buyers;visitors"),
        ("profile.age_band", None),
        ("profile.gender", None),
        ("profile.skin_type", None),
        ("rule.visitor", "visitors"),
    ]


def test_what_is_predicted_counts_for_the_coverage_of_its_tag(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    """The registry is written before anything is predicted."""
    warehouse.execute("delete from audiences.user_tags where source = 'predicted'")
    write_candidate(warehouse, settings, AS_OF, "run", USED)
    before = dict(read(settings, "select tag, coverage from tags"))
    warehouse.execute(
        f"insert into audiences.user_tags by name select '{BEN}' as one_id, 'profile.gender' as tag, 'male' as value, "
        f"0.9 as weight, date '{AS_OF}' as as_of, 'predicted' as source"
    )
    write_candidate(warehouse, settings, AS_OF, "run", USED)
    after = dict(read(settings, "select tag, coverage from tags"))
    assert after == before | {"profile.gender": before["profile.gender"] + 0.25}


def test_the_same_warehouse_gives_the_same_candidate(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    write_candidate(warehouse, settings, AS_OF, "run", USED)
    first = fingerprints_of(settings.candidate)
    warehouse.execute(
        "create or replace table audiences.user_tags as from audiences.user_tags order by hash(tag) desc"
    )
    write_candidate(warehouse, settings, AS_OF, "other run", USED)
    assert fingerprints_of(settings.candidate) == first


def test_the_warehouse_stays_usable_and_no_file_is_left_beside(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    write_candidate(warehouse, settings, AS_OF, "run", {})
    assert warehouse.execute("select count(*) from audiences.profiles").fetchone() == (4,)
    assert [path.name for path in settings.candidate.parent.iterdir()] == [settings.candidate.name]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("drop table audiences.contact_plan", "contact_plan"),
        ("alter table audiences.user_tags drop weight", "user_tags"),
        (
            "create or replace table audiences.audience_members as "
            "select * replace ('high' as score) from audiences.audience_members",
            "audience_members",
        ),
        (
            "create or replace table audiences.profiles as "
            "select * replace (1e30 as net_amount) from audiences.profiles",
            "user_profiles",
        ),
    ],
)
def test_a_source_that_does_not_fit_is_named_and_the_old_candidate_stays(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, statement: str, named: str
) -> None:
    write_candidate(warehouse, settings, AS_OF, "run", USED)
    before = fingerprints_of(settings.candidate)
    warehouse.execute(statement)
    with pytest.raises(PublishingError, match=f"Published table {named} "):
        write_candidate(warehouse, settings, AS_OF, "run", USED)
    assert fingerprints_of(settings.candidate) == before
    assert [path.name for path in settings.candidate.parent.iterdir()] == [settings.candidate.name]
    assert warehouse.execute("select 1").fetchone() == (1,)


def test_a_half_written_candidate_of_a_killed_run_is_replaced(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    left = settings.candidate.with_name(f".{settings.candidate.name}.tmp")
    left.write_bytes(b"half")
    left.with_name(left.name + ".wal").write_bytes(b"half")
    write_candidate(warehouse, settings, AS_OF, "run", USED)
    assert not left.exists()
    assert read(settings, f"select audience from contact_plan where one_id = '{ANN}'") == [
        (BUYERS,)
    ]


def test_no_published_column_is_named_after_personal_data(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    write_candidate(warehouse, settings, AS_OF, "run", USED)
    every = {c.name for name in CANDIDATE_TABLES for c in PUBLISHED_TABLES[name].columns}
    assert not {
        name for name in every if re.search(r"phone|mail|birth|address|identifier|nick", name)
    }


def test_change_of_a_value_changes_one_fingerprint(settings: Settings) -> None:
    before = fingerprints_of(settings.candidate)
    change(settings.candidate, "update tags set owner = 'other' where tag = 'rule.visitor'")
    after = fingerprints_of(settings.candidate)
    assert {name for name in before if before[name] != after[name]} == {"tags"}
