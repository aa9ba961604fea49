"""Dagster's event log with its files kept open: what is written, who hears of it, what stays behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster import DagsterInstance

from orchestration.automation.instance import open_instance
from orchestration.automation.storage import EventLog
from orchestration.settings import Settings, load_settings

BREAD = dg.AssetKey("bread")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(
        {
            "DOUBLELOOP_HOME": str(tmp_path / "home"),
            "DOUBLELOOP_LANDING": str(tmp_path),
            "DOUBLELOOP_ID_SALT": "a salt for nothing at all",
        }
    )


@pytest.fixture
def instance(settings: Settings) -> Iterator[DagsterInstance]:
    with open_instance(settings) as opened:
        yield opened


@dg.asset
def bread() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"loaves": 3})


@dg.asset_check(asset=bread)
def is_baked() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


def bake(instance: DagsterInstance) -> str:
    """One run with an asset and a check; its id."""
    result = dg.materialize([bread, is_baked], instance=instance)
    assert result.success
    return result.run_id


def told(instance: DagsterInstance, run_id: str) -> list[str]:
    """Everything the instance knows of a run, event by event, and of the asset over all runs."""
    records = instance.event_log_storage.get_records_for_run(run_id).records
    asset = instance.fetch_materializations(BREAD, limit=10).records
    checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(BREAD, "is_baked")]
    )
    return [
        *(record.event_log_entry.to_json() for record in records),
        *(record.event_log_entry.to_json() for record in asset),
        *(f"{key} {record.status}" for key, record in checks.items()),
        *(run.status.value for run in instance.get_runs()),
    ]


def with_dagsters_own_storage(settings: Settings, folder: Path) -> DagsterInstance:
    """The same history, opened with Dagster's default storage."""
    folder.mkdir()
    (folder / "history").symlink_to(settings.home / "dagster" / "history")
    return DagsterInstance.from_config(str(folder))


def test_dagsters_own_storage_reads_the_same_while_the_files_are_open(
    instance: DagsterInstance, settings: Settings, tmp_path: Path
) -> None:
    assert type(instance.event_log_storage) is EventLog
    run_id = bake(instance)
    with with_dagsters_own_storage(settings, tmp_path / "plain") as plain:
        assert type(plain.event_log_storage) is not EventLog
        assert len(told(plain, run_id)) > 10
        assert told(plain, run_id) == told(instance, run_id)
        other = bake(plain)
        assert told(instance, other) == told(plain, other)


def test_all_files_are_closed_and_complete_at_the_end(settings: Settings, tmp_path: Path) -> None:
    with open_instance(settings) as instance:
        first, second = bake(instance), bake(instance)
        expected = [told(instance, first), told(instance, second)]
    history = settings.home / "dagster" / "history" / "runs"
    assert {path.name for path in history.iterdir()} == {
        "index.db",
        f"{first}.db",
        f"{second}.db",
    }, "a file with its write-ahead log still beside it was not closed"
    with with_dagsters_own_storage(settings, tmp_path / "plain") as plain:
        assert [told(plain, first), told(plain, second)] == expected


def test_whoever_watches_a_run_hears_of_every_event_at_once(
    instance: DagsterInstance, settings: Settings
) -> None:
    heard, all_heard = [], threading.Event()

    def hear(event, _cursor: str) -> None:
        heard.append(event.to_json())
        if event.is_dagster_event and event.dagster_event.is_job_event:
            all_heard.set()

    run = instance.create_run_for_job(
        dg.Definitions([bread], jobs=[dg.define_asset_job("baking")]).resolve_job_def("baking")
    )
    with open_instance(settings) as watching:
        watching.watch_event_logs(run.run_id, None, hear)
        # No file is closed here, and the write-ahead log is far from full.
        instance.report_engine_event("kneading", run)
        instance.report_run_failed(run, "the oven is cold")
        assert all_heard.wait(20), heard
        watching.end_watch_event_logs(run.run_id, hear)
    records = instance.event_log_storage.get_records_for_run(run.run_id).records
    assert heard == [record.event_log_entry.to_json() for record in records]


def test_reading_does_not_look_like_news_to_whoever_watches(instance: DagsterInstance) -> None:
    run_id = bake(instance)
    storage = instance.event_log_storage
    assert isinstance(storage, EventLog)
    file = Path(storage.path_for_shard(run_id))
    before = file.stat().st_mtime_ns
    assert told(instance, run_id)
    assert file.stat().st_mtime_ns == before


def test_after_a_wipe_history_starts_anew(instance: DagsterInstance) -> None:
    bake(instance)
    instance.wipe()
    assert instance.get_runs() == []
    run_id = bake(instance)
    assert len(instance.fetch_materializations(BREAD, limit=10).records) == 1
    assert len(told(instance, run_id)) > 10
