"""The daily job, its schedule, and the sensor for new files. All three run the same definitions."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import dagster as dg

from orchestration.landing.reasons import LandingError
from orchestration.landing.sources import QUICK, RemotePlace, open_source
from orchestration.landing.sources.source import NoFilesError
from orchestration.settings import Settings

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import (
        UnresolvedAssetJobDefinition,
    )

JOB_NAME = "daily"
_MINIMUM_SENSOR_SECONDS = 60
# A file whose last change is younger than this may still be written.
_SETTLED_AFTER = timedelta(seconds=30)


def build_daily_job() -> UnresolvedAssetJobDefinition:
    """Everything from landing to published, for one as-of date, in one process."""
    return dg.define_asset_job(
        JOB_NAME,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="Landing files to published audience tables, for one as-of date.",
    )


def build_schedule(settings: Settings, job: UnresolvedAssetJobDefinition) -> dg.ScheduleDefinition:
    """Every night at 02:00 merchant time, for the day before."""

    @dg.schedule(
        name="every_night",
        job=job,
        cron_schedule="0 2 * * *",
        execution_timezone=settings.timezone,
        description="02:00 in the merchant's time zone: the day that has just ended.",
    )
    def every_night(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        local = context.scheduled_execution_time.astimezone(ZoneInfo(settings.timezone))
        day = (local - timedelta(days=1)).date().isoformat()
        return dg.RunRequest(partition_key=day, run_key=f"every_night:{day}")

    return every_night


def build_new_files_sensor(
    settings: Settings, job: UnresolvedAssetJobDefinition
) -> dg.SensorDefinition:
    """One run for all files that arrived since the last look; files still being written wait."""

    @dg.sensor(
        name="new_landing_files",
        job=job,
        minimum_interval_seconds=_MINIMUM_SENSOR_SECONDS,
        description="Runs yesterday's partition again when new or changed files lie in the landing place.",
    )
    def new_landing_files(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        now = datetime.now(tz=ZoneInfo(settings.timezone))
        try:
            listing, settled = _listing(
                settings.landing, now.timestamp() - _SETTLED_AFTER.total_seconds()
            )
        except NoFilesError as error:
            return dg.SkipReason(str(error))
        except LandingError as error:
            # A tick that failed shows in the UI; looking again costs nothing.
            raise dg.Failure(str(error), allow_retries=False) from None
        if not settled:
            return dg.SkipReason("Files are still being written.")
        if listing == context.cursor:
            return dg.SkipReason("No new files since the last run.")
        day = (now - timedelta(days=1)).date().isoformat()
        return dg.SensorResult(
            run_requests=[dg.RunRequest(partition_key=day, run_key=f"new_files:{day}:{listing}")],
            cursor=listing,
        )

    return new_landing_files


def _listing(place: Path | RemotePlace, settled_before: float) -> tuple[str, bool]:
    """Digest of names, sizes, change times and versions; whether all are older than ``settled_before``."""
    with open_source(place, QUICK) as source:
        entries = source.list().entries.values()
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(repr((entry.path, *entry.stamp)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:24], all(entry.mtime_ns / 1e9 <= settled_before for entry in entries)
