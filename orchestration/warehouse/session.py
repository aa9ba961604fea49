"""Open the warehouse with the same session everywhere: Python assets, tests and dbt.

The as-of date, the time zone and the salt are session variables, so that compiled SQL never
holds a secret and never changes from day to day (dbt would parse everything again).
SQL reads them with ``getvariable('as_of')`` and so on.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb

if TYPE_CHECKING:
    from orchestration.settings import Settings

AS_OF = "DOUBLELOOP_AS_OF"
# For dbt: the file of the parsed project. Without it dbt parses for itself.
PARSED_PROJECT = "DOUBLELOOP_DBT_PARSED"
SCHEMAS = (
    "raw",
    "config",
    "staging",
    "identity",
    "facts",
    "tags",
    "layers",
    "audiences",
    "feedback",
)
_LOCK_WAIT_SECONDS = 20.0
_OFFSETS_FROM = dt.date(1992, 1, 1)
_DAY = dt.timedelta(days=1)


class WarehouseBusyError(RuntimeError):
    """Another process holds the one writer's lock."""


def session_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The session variables of a child process, from its environment. Raises KeyError when one is missing."""
    return {
        "as_of": environ[AS_OF],
        "timezone": environ["DOUBLELOOP_TIMEZONE"],
        "id_salt": environ["DOUBLELOOP_ID_SALT"],
    }


def prepare_session(connection: duckdb.DuckDBPyConnection, variables: Mapping[str, str]) -> None:
    """Set the variables and the session time zone (always UTC: times are stored as UTC)."""
    connection.execute("set timezone = 'UTC'")
    for name, value in variables.items():
        connection.execute(f"set variable {name} = $value", {"value": value})
    connection.execute("set variable as_of = getvariable('as_of')::date")
    # First instant after the as-of day in the merchant's time zone, as a UTC timestamp.
    connection.execute(
        "set variable as_of_end_at = "
        "timezone('UTC', timezone(getvariable('timezone'), (getvariable('as_of') + 1)::timestamp))"
    )
    offset, starts_at, ends_at = steady_offset(
        variables["timezone"], dt.date.fromisoformat(variables["as_of"])
    )
    connection.execute("set variable utc_offset = $value::interval", {"value": offset})
    connection.execute("set variable utc_offset_from = $value::timestamp", {"value": starts_at})
    connection.execute("set variable utc_offset_until = $value::timestamp", {"value": ends_at})


@functools.lru_cache(maxsize=16)
def steady_offset(timezone: str, day: dt.date) -> tuple[dt.timedelta, dt.datetime, dt.datetime]:
    """The zone's UTC offset on ``day``, and a span [from, until) around it in which the clock never changed.

    Inside the span local time is UTC plus the offset, read either way (the span keeps two days
    from every change), so that SQL can add an interval where a time zone look-up per row would
    cost a hundred times more. A zone that never changes gives a span of decades.
    """
    zone = ZoneInfo(timezone)
    offset = _offset(zone, day)
    first = last = day
    while first > _OFFSETS_FROM and _offset(zone, first - _DAY) == offset:
        first -= _DAY
    latest = day + 800 * _DAY
    while last < latest and _offset(zone, last + _DAY) == offset:
        last += _DAY
    midnight = dt.time()
    return (
        offset,
        dt.datetime.combine(first + 2 * _DAY, midnight),
        dt.datetime.combine(last - 2 * _DAY, midnight),
    )


def _offset(zone: ZoneInfo, day: dt.date) -> dt.timedelta:
    offset = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).astimezone(zone).utcoffset()
    return offset if offset is not None else dt.timedelta()


@contextlib.contextmanager
def open_warehouse(settings: Settings, as_of: dt.date) -> Iterator[duckdb.DuckDBPyConnection]:
    """A writing connection to the warehouse, closed and checkpointed at the end.

    Waits up to 20 seconds for a lock that a dying process still holds, then raises
    :class:`WarehouseBusyError`.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.temporary.mkdir(parents=True, exist_ok=True)
    connection = _connect(
        settings.warehouse,
        {
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "temp_directory": str(settings.temporary / "duckdb"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        },
    )
    try:
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists {schema}")
        prepare_session(
            connection,
            {
                "as_of": as_of.isoformat(),
                "timezone": settings.timezone,
                "id_salt": settings.id_salt,
            },
        )
        yield connection
        connection.execute("checkpoint")
    finally:
        connection.close()


def _connect(
    path: Path, config: dict[str, str | bool | int | float | list[str]]
) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + _LOCK_WAIT_SECONDS
    while True:
        try:
            return duckdb.connect(str(path), config=config)
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise
            if time.monotonic() > deadline:
                raise WarehouseBusyError(
                    f"{path} is being written by another process ({error}). Wait for that run to end, or stop it."
                ) from error
            time.sleep(0.5)


def child_environment(settings: Settings, as_of: dt.date) -> dict[str, str]:
    """Environment for dbt: the settings and the as-of date."""
    return {**os.environ, **settings.environment(), AS_OF: as_of.isoformat()}
