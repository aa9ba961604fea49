"""The Dagster instance of a deployment: HOME/dagster, made when it is first used."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import dagster as dg
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter

from orchestration.settings import Settings

_DAGSTER_YAML = Path(__file__).with_name("dagster.yaml")


def instance_folder(settings: Settings) -> Path:
    """The folder for DAGSTER_HOME, with ``dagster.yaml`` in it; an existing one is left as it is."""
    folder = settings.home / "dagster"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "dagster.yaml"
    if not target.exists():
        shutil.copyfile(_DAGSTER_YAML, target)
    return folder


def open_instance(settings: Settings) -> DagsterInstance:
    """The instance that the UI and the command line share."""
    folder = str(instance_folder(settings))
    # dagster.yaml says where its files are by this variable, which a command line need not have.
    before = os.environ.get("DAGSTER_HOME")
    os.environ["DAGSTER_HOME"] = folder
    try:
        return dg.DagsterInstance.from_config(folder)
    finally:
        if before is None:
            del os.environ["DAGSTER_HOME"]
        else:
            os.environ["DAGSTER_HOME"] = before


def fail_lost_runs(instance: DagsterInstance) -> list[str]:
    """Mark runs as failed whose process is gone after a power loss; returns their ids.

    Dagster leaves such a run STARTED for ever and queues everything behind it. Call this only
    when no run can be alive: before the UI's daemon starts.
    """
    lost = instance.get_runs(
        filters=RunsFilter(
            statuses=[
                DagsterRunStatus.STARTED,
                DagsterRunStatus.STARTING,
                DagsterRunStatus.CANCELING,
            ]
        )
    )
    for run in lost:
        instance.report_run_failed(
            run, "The process of this run is gone (host restarted or killed). Run it again."
        )
    return [run.run_id for run in lost]
