"""A DuckDB session for each thread that reads files: opening one costs more than a small file."""

from __future__ import annotations

import threading
from typing import Any

import duckdb

_LOCAL = threading.local()


def connection() -> duckdb.DuckDBPyConnection:
    """A cursor of this thread's own in-memory database; the caller closes the cursor."""
    database: duckdb.DuckDBPyConnection | None = getattr(_LOCAL, "database", None)
    if database is None:
        config: dict[str, Any] = {
            # Files are read side by side; and with one thread, rows that keep their order need not wait
            # in memory for each other.
            "threads": 1,
            "memory_limit": "600MB",
            # Otherwise it would spill into a folder of its own in the working directory.
            "temp_directory": "",
            "autoinstall_known_extensions": False,
        }
        database = _LOCAL.database = duckdb.connect(config=config)
    return database.cursor()
