"""What every asset shares: partitions, owners, retries, metadata helpers."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

DATA_OWNER = "data-engineering@merchant.example"
ANALYTICS_OWNER = "customer-analytics@merchant.example"
GROWTH_OWNER = "growth@merchant.example"
FIRST_DAY = "2015-01-01"

# For what passes by itself (a lock still held by a dying process, a slow disk). What is
# wrong with the data or the configuration is raised as a failure that is not tried again.
RETRY = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL)

# An as-of date is a run of its own: a backfill makes one run per day, oldest state first.
ONE_DAY_PER_RUN = dg.BackfillPolicy.multi_run(max_partitions_per_run=1)


def daily_partitions(timezone: str) -> dg.DailyPartitionsDefinition:
    """One partition per merchant-local day: the as-of date."""
    return dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone=timezone)


def as_of_date(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> dt.date:
    """The as-of date of this run."""
    return dt.date.fromisoformat(context.run.tags["dagster/partition"])


@contextlib.contextmanager
def no_retry(*errors: type[Exception]) -> Iterator[None]:
    """Turn the given errors into a failure with their message alone: trying again cannot mend them."""
    try:
        yield
    except errors as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


class Stopwatch:
    """Seconds since it was made, for the metadata of a step."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Elapsed seconds, to two decimals."""
        return round(time.perf_counter() - self._start, 2)


def table_metadata(
    rows: Sequence[Mapping[str, Any]],
) -> dg.TableMetadataValue | dg.MarkdownMetadataValue:
    """A small table for the UI; values must be plain."""
    if not rows:
        return dg.MetadataValue.md("_nothing_")
    records = [dg.TableRecord({key: _plain(value) for key, value in row.items()}) for row in rows]
    return dg.MetadataValue.table(records=records)


def picture(png: bytes, title: str) -> dg.MarkdownMetadataValue:
    """A plot, shown in the UI beside the asset."""
    return dg.MetadataValue.md(
        f"![{title}](data:image/png;base64,{base64.b64encode(png).decode()})"
    )


def _plain(value: Any) -> str | int | float | bool | None:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return str(value)
