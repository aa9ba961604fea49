"""Late, restated, moved and repeated events: building the touched days gives what building everything gives."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from orchestration.settings import Settings
from tests.dbt.staging.staging_data import AS_OF, FIRST, LATE
from tests.dbt.staging.staging_warehouse import build, make_settings, query, write_raw

EVENT_MODELS = "superseded_events touched_days events event_exceptions event_identities account_event_days account_interest_days"
TABLES = {
    "staging.events": "*",
    "staging.superseded_events": "*",
    "staging.event_exceptions": "*",
    "vault.event_identities": "*",
    "facts.account_event_days": "*",
    "facts.account_interest_days": "*",
}


@pytest.fixture(scope="module")
def late(built: Settings, target: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the built warehouse to which the late files were added."""
    settings = make_settings(tmp_path_factory.mktemp("late"))
    shutil.copy(built.warehouse, settings.warehouse)
    shutil.copy(built.vault, settings.vault)
    write_raw(settings, AS_OF, [*FIRST, *LATE], LATE)
    build(settings, AS_OF, target, "tag:account_grain", "--exclude-resource-type", "unit_test")
    return settings


def _contents(settings: Settings) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: query(settings, AS_OF, f"select {columns} from {name} order by all")
        for name, columns in TABLES.items()
    }


def test_late_events_change_the_days_they_touch(late: Settings) -> None:
    rows = query(
        late,
        AS_OF,
        "select event_key, event_date, dwell_seconds from staging.events where platform = 'app' order by event_date, event_key",
    )
    assert rows == [
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
        ("sensors_1.jsonl", 8, 3, 2, 1, 0),
        ("sensors_2.jsonl", 2, 2, 0, 0, 0),
    ]
