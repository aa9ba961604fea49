"""One daily run from the command line: the same job as in the UI and the schedule, with progress and a verdict."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from orchestration import preflight
from orchestration.settings import Settings

if TYPE_CHECKING:
    from dagster import DagsterInstance, Definitions, EventLogEntry, ExecuteInProcessResult

SAMPLE_PEOPLE = 5000
SAMPLE_DAYS = 120
SAMPLE_END = dt.date(2026, 11, 20)
SAMPLE_SEED = 1

State = Literal["published", "refused", "failed"]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """How a run ended; ``summary`` is what a person reads."""

    state: State
    summary: str
    run_id: str = ""


@dataclass
class _Watch:
    """Follows the events of one run: says what starts and ends, remembers what went wrong."""

    say: Say | None
    failures: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    _started: dict[str, float] = field(default_factory=dict)

    def __call__(self, entry: EventLogEntry, _cursor: object = None) -> None:
        event = entry.dagster_event
        if event is None:
            return
        kind, step = event.event_type_value, event.step_key or ""
        if kind == "STEP_START":
            self._started[step] = time.monotonic()
            self._tell(f"  … {step}")
        elif kind == "STEP_SUCCESS":
            self._tell(f"  ✓ {step} ({self._seconds(step)} s)")
        elif kind in ("STEP_FAILURE", "STEP_UP_FOR_RETRY"):
            reason = _reason(event)
            if kind == "STEP_UP_FOR_RETRY":
                self._tell(f"  ↻ {step}: {reason.splitlines()[0]}; trying again")
                return
            self._tell(f"  ✗ {step} ({self._seconds(step)} s)")
            self.failures.append(f"{step}: {reason}")
        elif kind == "ASSET_CHECK_EVALUATION":
            self._check(event.event_specific_data)

    def _check(self, evaluation: Any) -> None:
        if evaluation.passed or evaluation.severity.value != "ERROR":
            return
        said = f"{evaluation.asset_key.to_user_string()}: {evaluation.check_name}"
        if evaluation.description:
            said += f": {evaluation.description}"
        if evaluation.asset_key.path[0] == "candidate":
            self.refusals.append(said)
        else:
            self.failures.append(said)
        self._tell(f"  ✗ check {said}")

    def _tell(self, message: str) -> None:
        if self.say is not None:
            self.say(message)

    def _seconds(self, step: str) -> str:
        return f"{time.monotonic() - self._started.get(step, time.monotonic()):.1f}"


def default_date(settings: Settings) -> dt.date:
    """Yesterday in the merchant's time zone; for the sample, the last day of its history."""
    if settings.is_sample:
        return SAMPLE_END
    return dt.datetime.now(tz=ZoneInfo(settings.timezone)).date() - dt.timedelta(days=1)


def ensure_sample(settings: Settings, say: Say | None = None) -> None:
    """Write the sample merchant once, when no landing folder is configured."""
    complete = settings.sample / "truth" / "people.csv"
    if not settings.is_sample or complete.exists():
        return
    from orchestration.sample import write_sample

    if say is not None:
        say(f"No landing folder is configured: writing a sample merchant to {settings.sample}")
    write_sample(settings.sample, SAMPLE_PEOPLE, SAMPLE_DAYS, SAMPLE_END, SAMPLE_SEED)


def run_daily(
    settings: Settings,
    as_of: dt.date | None = None,
    say: Say | None = None,
    defs: Definitions | None = None,
) -> Outcome:
    """Materialise the daily job for ``as_of`` and report.

    Never raises for what a user can mend: the outcome's summary says what and how.
    ``defs`` lets tests pass definitions of their own.
    """
    day = as_of or default_date(settings)
    last_complete = dt.datetime.now(tz=ZoneInfo(settings.timezone)).date() - dt.timedelta(days=1)
    if day > last_complete:
        return Outcome(
            "failed",
            f"{day} is not over yet in {settings.timezone}. The last complete day is {last_complete}: "
            f"doubleloop run --date {last_complete}",
        )
    try:
        preflight.check(settings)
        preflight.check_landing(settings)
        ensure_sample(settings, say)
    except (preflight.PreflightError, OSError) as error:
        return Outcome("failed", f"Nothing was changed. {error}")

    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    from orchestration.automation.instance import open_instance
    from orchestration.build import DefinitionsError, build_defs

    try:
        defs = defs or build_defs()
    except DefinitionsError as error:
        return Outcome("failed", f"Nothing was changed. {error}")
    with open_instance(settings) as instance:
        return _execute(defs, instance, settings, day, say)


def _execute(
    defs: Definitions, instance: DagsterInstance, settings: Settings, day: dt.date, say: Say | None
) -> Outcome:
    from dagster._core.utils import make_new_run_id

    from orchestration.automation.daily import JOB_NAME

    run_id = make_new_run_id()
    watch = _Watch(say)
    instance.add_event_listener(run_id, watch)
    if say is not None:
        say(f"Run {run_id[:8]} for {day}")
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{day}-{run_id[:8]}.log"
    # dbt says a line per model; that is for the log, not for the person who waits.
    with log.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        result = defs.resolve_job_def(JOB_NAME).execute_in_process(
            instance=instance,
            partition_key=day.isoformat(),
            run_id=run_id,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    _keep_newest(logs, 30)
    return _outcome(result, watch, settings, day, run_id)


def _outcome(
    result: ExecuteInProcessResult, watch: _Watch, settings: Settings, day: dt.date, run_id: str
) -> Outcome:
    published = any(
        event.asset_key is not None and event.asset_key.path == ["published", "doubleloop"]
        for event in result.get_asset_materialization_events()
    )
    if published:
        return Outcome("published", published_summary(settings), run_id)
    kept = "Nothing was published; what was published before is still served."
    if watch.refusals:
        listed = "\n".join(f"  - {refusal}" for refusal in watch.refusals)
        from orchestration.warehouse.history import first_day

        begins = first_day(settings, day)
        early = (
            f"The exports begin on {begins}, so nothing is known of {day}: run {begins} or later.\n"
            if begins is not None and day < begins
            else ""
        )
        return Outcome("refused", f"The gate refused {day}:\n{listed}\n{early}{kept}", run_id)
    listed = (
        "\n".join(f"  - {failure}" for failure in watch.failures)
        or "  - the run ended without publishing"
    )
    return Outcome("failed", f"The run for {day} failed:\n{listed}\n{kept}", run_id)


def _keep_newest(logs: Path, count: int) -> None:
    for old in sorted(logs.glob("*.log"), key=lambda path: path.stat().st_mtime)[:-count]:
        old.unlink(missing_ok=True)


def published_summary(settings: Settings) -> str:
    """The current publication in words: version, people, and each audience with its size."""
    import duckdb

    path = settings.published / "doubleloop.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        version, as_of, people = connection.execute(
            "select version, as_of, people from publications"
        ).fetchall()[0]
        rows = connection.execute(
            "select audience, people, targets, holdout from audiences order by people desc, audience"
        ).fetchall()
    lines = [
        f"Published {version} (as of {as_of}): {people:,} people, {len(rows)} audiences",
        f"  {'audience':<34}{'people':>10}{'target':>10}{'holdout':>10}",
        *(
            f"  {name:<34}{total:>10,}{targets:>10,}{held:>10,}"
            for name, total, targets, held in rows
        ),
        f"  read by BI from {path}",
    ]
    return "\n".join(lines)


def _reason(event: Any) -> str:
    """The message of a failed step, without the stack that only its author could read."""
    data = event.event_specific_data
    failure = getattr(data, "user_failure_data", None)
    if failure is not None and failure.description:
        return failure.description
    error = getattr(data, "error", None)
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else "no reason was recorded"
