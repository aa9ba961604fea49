"""What a person sees in the UI: every asset says its grain, its owner and where it belongs."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration.build import build_defs
from orchestration.publishing.tables import CANDIDATE_TABLES
from orchestration.resources.deployment import load_deployment


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    home: Path = tmp_path_factory.mktemp("home")
    return build_defs(load_deployment({"DOUBLELOOP_HOME": str(home)}))


def specs(defs: dg.Definitions) -> list[dg.AssetSpec]:
    return [spec for assets in defs.resolve_asset_graph().assets_defs for spec in assets.specs]


def test_every_asset_says_its_grain(defs: dg.Definitions) -> None:
    silent = [
        spec.key.to_user_string()
        for spec in specs(defs)
        if not (spec.description or "").strip().startswith("One row per")
    ]
    assert not silent


def test_every_asset_has_group_owner_and_kind(defs: dg.Definitions) -> None:
    incomplete = [
        spec.key.to_user_string()
        for spec in specs(defs)
        if not spec.group_name or spec.group_name == "default" or not spec.owners or not spec.kinds
    ]
    assert not incomplete


def test_every_asset_is_partitioned_by_the_merchants_day(defs: dg.Definitions) -> None:
    assert {type(spec.partitions_def) for spec in specs(defs)} == {dg.DailyPartitionsDefinition}
    assert {spec.partitions_def.timezone for spec in specs(defs)} == {"Asia/Shanghai"}


def test_the_job_holds_every_asset_and_every_check(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    job = defs.resolve_job_def("daily")
    assert set(job.asset_layer.executable_asset_keys) == set(graph.executable_asset_keys)
    assert set(job.asset_layer.asset_graph.asset_check_keys) == set(graph.asset_check_keys)


def test_every_candidate_table_has_a_blocking_gate(defs: dg.Definitions) -> None:
    graph = defs.resolve_asset_graph()
    for table in CANDIDATE_TABLES:
        key = dg.AssetCheckKey(dg.AssetKey(["candidate", table]), "gate")
        assert graph.get_check_spec(key).blocking


def test_dbt_tests_are_checks(defs: dg.Definitions) -> None:
    checked = {key.asset_key.path[0] for key in defs.resolve_asset_graph().asset_check_keys}
    assert {"staging", "facts", "tags", "layers", "feedback"} <= checked


def test_schedule_and_sensor_run_the_same_job(defs: dg.Definitions) -> None:
    assert {schedule.job_name for schedule in defs.schedules or []} == {"daily"}
    assert {sensor.job_name for sensor in defs.sensors or []} == {"daily"}
