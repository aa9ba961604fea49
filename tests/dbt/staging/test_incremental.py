"""Late, restated, moved and repeated events: building the touched days gives what building everything gives."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.session import open_warehouse
from tests.dbt.staging.staging_data import AS_OF, FIRST, LATE
from tests.dbt.staging.staging_warehouse import build, make_settings, reading, write_raw

EVENT_MODELS = "superseded_events touched_days events event_exceptions event_identities account_event_days account_interest_days"
TABLES = {
    "staging.events": "*",
    "staging.superseded_events": "*",
    "staging.event_exceptions": "*",
    "vault.event_identities": "*",
    "facts.account_event_days": "*",
    "facts.account_interest_days": "*",
}
# A value that no build gives, in every row of these facts: where it is still there, nothing was built.
MARKED = {"account_event_days": "dwell_seconds", "account_interest_days": "weight"}
MARK = 98765.0


@dataclass(frozen=True)
class Late:
    """A copy of the built warehouse to which the late files were added."""

    settings: Settings
    standing: dict[str, set[dt.date]]  # fact -> days whose rows were left as they were


@pytest.fixture(scope="module")
def late_build(built: Settings, target: Path, tmp_path_factory: pytest.TempPathFactory) -> Late:
    settings = make_settings(tmp_path_factory.mktemp("late"))
    shutil.copy(built.warehouse, settings.warehouse)
    shutil.copy(built.vault, settings.vault)
    write_raw(settings, AS_OF, [*FIRST, *LATE], LATE)
    with open_warehouse(settings, AS_OF) as connection:
        for fact, column in MARKED.items():
            connection.execute(f"create table raw.unmarked_{fact} as from facts.{fact}")
            connection.execute(f"update facts.{fact} set {column} = {MARK}")
    # As in a daily run, the views of the exports stand.
    build(
        settings, AS_OF, target,
        "tag:account_grain", "--exclude-resource-type", "unit_test", "--exclude", "stg_*",
    )  # fmt: skip
    standing: dict[str, set[dt.date]] = {}
    with open_warehouse(settings, AS_OF) as connection:
        for fact, column in MARKED.items():
            marked = f"select distinct event_date from facts.{fact} where {column} = {MARK}"
            standing[fact] = {day for (day,) in connection.execute(marked).fetchall()}
            connection.execute(f"create temp table days as {marked}")
            connection.execute(f"delete from facts.{fact} where {column} = {MARK}")
            connection.execute(
                f"insert into facts.{fact} from raw.unmarked_{fact} semi join days using (event_date)"
            )
            connection.execute("drop table days")
    return Late(settings, standing)


@pytest.fixture
def late(late_build: Late) -> Settings:
    return late_build.settings


def query(settings: Settings, as_of: dt.date, sql: str) -> list[tuple[object, ...]]:
    with reading(settings, as_of) as connection:
        return connection.execute(sql).fetchall()


def _contents(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    with reading(settings, AS_OF) as connection:
        return {
            name: connection.execute(f"select {columns} from {name} order by all").fetchall()
            for name, columns in TABLES.items()
        }


def test_late_events_change_the_days_they_touch(late: Settings) -> None:
    rows = query(
        late,
        AS_OF,
        "select event_key, event_date, dwell_seconds from staging.events where platform = 'app' order by event_date, event_key",
    )
    assert rows == [
        ("app:e0", dt.date(2026, 11, 2), None),
        ("app:e11", dt.date(2026, 11, 4), None),
        ("app:e1", dt.date(2026, 11, 5), 9.9),  # an older export tells another day, and loses
        ("app:e9", dt.date(2026, 11, 5), None),
        ("app:e2", dt.date(2026, 11, 6), 120.0),  # restated
        ("app:e3", dt.date(2026, 11, 6), None),  # told twice
        ("app:e4", dt.date(2026, 11, 6), None),
        ("app:e5", dt.date(2026, 11, 6), None),
        ("app:e8", dt.date(2026, 11, 8), None),  # moved: its own day is empty now
    ]
    assert query(
        late,
        AS_OF,
        "select count(*) from facts.account_interest_days where interest = 'bags' and event_date = '2026-11-07'",
    ) == [(0,)]


def test_only_the_days_that_late_files_touch_are_built_again(late_build: Late) -> None:
    touched = {dt.date(2026, 11, day) for day in (4, 5, 6, 7, 8)}
    days = {
        fact: {day for (day,) in query(late_build.settings, AS_OF, f"select distinct event_date from facts.{fact}")}
        for fact in MARKED
    }  # fmt: skip
    assert late_build.standing == {fact: known - touched for fact, known in days.items()}
    assert late_build.standing["account_event_days"]


def test_incremental_equals_full(late: Settings, target: Path) -> None:
    incremental = _contents(late)
    assert all(incremental.values())
    build(late, AS_OF, target, EVENT_MODELS, "--exclude-resource-type", "unit_test", "test")
    assert _contents(late) == incremental, "the same new files once more change nothing"
    build(
        late,
        AS_OF,
        target,
        EVENT_MODELS,
        "--full-refresh",
        "--exclude-resource-type",
        "unit_test",
        "test",
    )
    assert _contents(late) == incremental


def test_every_row_of_the_late_files_is_accounted_for(late: Settings) -> None:
    rows = query(late, AS_OF, """
        select source_file, rows_delivered, rows_staged, rows_superseded, rows_quarantined, difference
        from staging.reconciliation where source_export in ('generic.events', 'sensors.event') order by all
    """)  # fmt: skip
    assert rows == [
        ("events_0.csv", 2, 1, 1, 0, 0),
        ("events_1.csv", 8, 3, 3, 2, 0),
        ("events_2.csv", 5, 4, 0, 1, 0),
        ("events_early.csv", 1, 1, 0, 0, 0),
        ("sensors_1.jsonl", 8, 3, 2, 1, 0),
        ("sensors_2.jsonl", 2, 2, 0, 0, 0),
    ]
