"""Frames into warehouse tables."""

from __future__ import annotations

import duckdb
import pandas as pd


def write_frame(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> int:
    """Replace ``table`` (schema-qualified) by the rows of ``frame``; returns their number."""
    connection.register("incoming_frame", frame)
    try:
        connection.execute(f"create or replace table {table} as select * from incoming_frame")
    finally:
        connection.unregister("incoming_frame")
    return len(frame)
