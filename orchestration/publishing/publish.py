"""Publish: demand the verdict, write a new version whole, then make it current by one rename.

The order of the steps is the safety: whatever kills the process, the served file is the old one
or the new one, and :func:`orchestration.publishing.versions.clean_leftovers` recognises the rest.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import shutil
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import duckdb

from orchestration.configuration import Configuration
from orchestration.publishing.errors import GateRefusedError, PublishingError, explained
from orchestration.publishing.files import one_publisher, sync
from orchestration.publishing.fingerprint import Fingerprint, fingerprint, fingerprints_of
from orchestration.publishing.swap import make_current
from orchestration.publishing.table import quoted
from orchestration.publishing.tables import IDENTITY_TABLE, PUBLISHED_TABLES, create_statement
from orchestration.publishing.verdict import (
    MEND,
    CheckResult,
    Verdict,
    demand_green,
    gate_summary,
)
from orchestration.publishing.versions import (
    FILE_NAME,
    PENDING,
    Publication,
    clean_leftovers,
    keep_last,
    next_version,
    versions_folder,
    write_manifest,
)
from orchestration.settings import Settings

_LOGGER = logging.getLogger(__name__)


def publish(
    settings: Settings,
    configuration: Configuration,
    as_of: dt.date,
    run_id: str,
    published_at: dt.datetime,
    verdicts: Mapping[str, Verdict],
) -> Publication:
    """Publish ``settings.candidate`` as a new version and serve it.

    ``verdicts`` are those of :func:`orchestration.publishing.verdict.load_verdicts`;
    ``published_at`` is converted to UTC (a naive time is UTC). Raises
    :class:`GateRefusedError` when the gate is not green for exactly this data and date, and
    :class:`PublishingError` when it cannot be written; what was served before stays served.
    """
    try:
        with one_publisher(settings.published):
            clean_leftovers(settings)
            try:
                publication = _publish(settings, as_of, run_id, published_at, verdicts)
            except (OSError, duckdb.Error, PublishingError):
                # The disk may be full: what was written so far goes at once.
                with contextlib.suppress(OSError, PublishingError):
                    clean_leftovers(settings)
                raise
            _tidy(settings, publication.version, configuration.publishing.keep_versions)
    except (OSError, duckdb.Error) as error:
        raise explained(error, settings.published, "publish") from error
    return publication


def _publish(
    settings: Settings,
    as_of: dt.date,
    run_id: str,
    published_at: dt.datetime,
    verdicts: Mapping[str, Verdict],
) -> Publication:
    judged = demand_green(settings.candidate, verdicts)
    _demand_date(as_of, verdicts)
    results = [result for name in judged for result in verdicts[name].results]
    publication = Publication(
        version=next_version(settings, as_of),
        as_of=as_of,
        run_id=run_id,
        published_at=_utc(published_at),
        people=judged["user_profiles"].rows,
        audiences=judged["audiences"].rows,
        gate=gate_summary(results),
        identity_state="",
        fingerprints=judged,
    )
    folder = versions_folder(settings) / f".tmp-{publication.version}"
    folder.mkdir(parents=True)
    publication = _write_version(settings, folder, publication, results, verdicts)
    folder.rename(folder.with_name(publication.version))
    sync(folder.parent)
    make_current(settings, publication.version)
    return publication


def _tidy(settings: Settings, version: str, keep: int) -> None:
    """Mark the version as served and remove the oldest. It is published: a failure here only costs disk."""
    try:
        (versions_folder(settings) / version / PENDING).unlink()
        keep_last(settings, keep)
    except (OSError, PublishingError) as error:
        _LOGGER.warning("%s is published; older versions could not be removed: %s", version, error)


def _demand_date(as_of: dt.date, verdicts: Mapping[str, Verdict]) -> None:
    other = sorted({str(v.as_of) for v in verdicts.values() if v.as_of != as_of})
    if other:
        raise GateRefusedError(
            f"The candidate was checked for {', '.join(other)}, not for {as_of}. {MEND}"
        )


def _utc(moment: dt.datetime) -> dt.datetime:
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)


def _write_version(
    settings: Settings,
    folder: Path,
    publication: Publication,
    results: Sequence[CheckResult],
    verdicts: Mapping[str, Verdict],
) -> Publication:
    """Fill ``folder`` with the DuckDB file, the Parquet files and the manifest; prove the copy."""
    file = folder / FILE_NAME
    shutil.copyfile(settings.candidate, file)
    with _opened(settings, file) as connection:
        publication = replace(publication, identity_state=_identity_state(connection))
        described = _describe(connection, publication, results, verdicts)
        for table in PUBLISHED_TABLES.values():
            _write_parquet(connection, table.name, table.ordering, folder)
        connection.execute("checkpoint")
    written = fingerprints_of(file)
    expected = {**publication.fingerprints, **described}
    damaged = sorted(
        name for name in expected.keys() | written.keys() if expected.get(name) != written.get(name)
    )
    if damaged:
        raise PublishingError(
            f"The copy in {file} is not what the gate judged: {', '.join(damaged)}. "
            "The candidate changed while it was copied, or the disk damages files. Run again."
        )
    publication = replace(publication, fingerprints=written, is_current=True)
    write_manifest(folder, publication)
    (folder / PENDING).touch()
    for entry in [*folder.iterdir(), folder]:
        sync(entry)
    return publication


def _identity_state(connection: duckdb.DuckDBPyConnection) -> str:
    row = connection.execute(
        "select comment from duckdb_tables() where table_name = $name", {"name": IDENTITY_TABLE}
    ).fetchone()
    return "" if row is None or row[0] is None else str(row[0])


def _describe(
    connection: duckdb.DuckDBPyConnection,
    publication: Publication,
    results: Sequence[CheckResult],
    verdicts: Mapping[str, Verdict],
) -> dict[str, Fingerprint]:
    """Add ``publications`` and ``quality_results``; returns their fingerprints."""
    for name in ("publications", "quality_results"):
        connection.execute(create_statement(PUBLISHED_TABLES[name], "main"))
    connection.execute(
        "insert into publications values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            publication.version,
            publication.as_of,
            publication.run_id,
            publication.published_at,
            len(PUBLISHED_TABLES),
            publication.people,
            publication.audiences,
            publication.gate,
            publication.identity_state,
        ],
    )
    table = PUBLISHED_TABLES["quality_results"]
    rows = [{**asdict(result), "run_id": verdicts[result.table].run_id} for result in results]
    shape = json.dumps([{column.name: column.type for column in table.columns}])
    connection.execute(
        "insert into quality_results by name "
        f"from (select unnest(from_json($rows, '{shape}'), recursive := true)) order by {table.ordering}",
        {"rows": json.dumps(rows)},
    )
    return {name: fingerprint(connection, name) for name in ("publications", "quality_results")}


def _write_parquet(
    connection: duckdb.DuckDBPyConnection, table: str, ordering: str, folder: Path
) -> None:
    location = str(folder / f"{table}.parquet").replace("'", "''")
    connection.execute(
        f"copy (select * from {quoted(table)} order by {ordering}) to '{location}' "
        "(format parquet, compression zstd)"
    )


@contextlib.contextmanager
def _opened(settings: Settings, file: Path) -> Generator[duckdb.DuckDBPyConnection]:
    settings.temporary.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        str(file),
        config={
            "memory_limit": settings.memory_limit,
            "threads": settings.threads,
            "temp_directory": str(settings.temporary / "duckdb"),
            "autoinstall_known_extensions": False,
        },
    )
    try:
        yield connection
    finally:
        connection.close()
