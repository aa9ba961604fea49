"""Dagster's own SQLite storage, with the files of its event log kept open.

Dagster opens, reads and closes the file, and compiles its SQL anew, for every event: a daily run has some 1,700 of them,
which were a quarter of its CPU time on a small merchant. The files and their contents are Dagster's; an instance
that was used with Dagster's default storage goes on with this one, and the other way round.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import sqlalchemy
from dagster._core.storage.event_log.sqlite import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import event
from sqlalchemy.pool import NullPool, StaticPool


class EventLog(SqliteEventLogStorage):
    """Keeps the index and the file of the run that was used last open. One thread at a time, as in the base class."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._open: dict[str, sqlalchemy.Engine] = {}
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> EventLog:
        """Made by Dagster from ``dagster.yaml``."""
        return cls(inst_data=inst_data, **config_value)

    def has_table(self, table_name: str) -> bool:
        """Whether the index has this table. Asked for every event; Dagster never drops a table."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        """Delete all events; the files of runs are removed, so none may be open."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close all files."""
        super().dispose()
        self._close()

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sqlalchemy.Connection]:
        with self._db_lock:
            with self._engine(shard).begin() as connection:
                file = cast("Any", connection.connection.dbapi_connection)
                before = file.total_changes
                yield connection
            # Whoever watches a run (the UI) watches its file, and changes of an open one lie beside it.
            if shard != INDEX_SHARD_NAME and file.total_changes != before:
                os.utime(self.path_for_shard(shard))

    def _engine(self, shard: str) -> sqlalchemy.Engine:
        if shard not in self._open:
            if shard != INDEX_SHARD_NAME:
                self._close(all_but=INDEX_SHARD_NAME)
            if shard not in self._initialized_dbs:
                self._initdb(self._made(shard, NullPool))
                self._initialized_dbs.add(shard)
            self._open[shard] = self._made(shard, StaticPool)
            # A crash of the process loses nothing and no crash damages the file; after a power loss the
            # last events may be missing, and such a run is marked as failed in any case.
            event.listen(
                self._open[shard],
                "connect",
                lambda opened, _: opened.execute("pragma synchronous = normal"),
            )
        return self._open[shard]

    def _made(self, shard: str, pool: type[sqlalchemy.Pool]) -> sqlalchemy.Engine:
        return sqlalchemy.create_engine(
            self.conn_string_for_shard(shard),
            poolclass=pool,
            # The lock of the base class lets one thread in; it need not be the one that opened the file.
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        )

    def _close(self, all_but: str | None = None) -> None:
        for shard in [shard for shard in self._open if shard != all_but]:
            self._open.pop(shard).dispose()


class Storage(DagsterSqliteStorage):
    """Runs and schedules as Dagster keeps them, and the event log above, in the same places."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = EventLog(str(Path(base_dir) / "history" / "runs"))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> Storage:
        """Made by Dagster from ``dagster.yaml``."""
        return cls.from_local(inst_data=inst_data, **config_value)
