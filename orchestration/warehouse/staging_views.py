"""Whether the views of the staged exports still are what the project would make of them.

A view is text: as long as the dbt project and the columns that it reads are the same, making it
again changes nothing, and takes dbt a quarter of its time on a small merchant. What the views were
built with is kept in the warehouse itself, so that a new warehouse has none.
"""

from __future__ import annotations

import duckdb

_TABLE = "config.staging_views"


def fingerprint(connection: duckdb.DuckDBPyConnection, project: str) -> str:
    """Digest of the project's sources and of the columns of schemas ``raw`` and ``config``."""
    ((columns,),) = connection.execute(
        "select md5(string_agg(concat_ws('|', schema_name, table_name, column_name, data_type), chr(10) "
        "order by schema_name, table_name, column_index)) from duckdb_columns() "
        "where database_name = current_database() and schema_name in ('raw', 'config') "
        f"and schema_name || '.' || table_name <> '{_TABLE}'"
    ).fetchall()
    return f"{project}-{columns}"


def built_with(connection: duckdb.DuckDBPyConnection) -> str | None:
    """The fingerprint of the last complete build in this warehouse."""
    try:
        rows = connection.execute(f"select fingerprint from {_TABLE}").fetchall()
    except duckdb.CatalogException:
        return None
    return rows[0][0] if rows else None


def remember(connection: duckdb.DuckDBPyConnection, value: str) -> None:
    """Called after a complete build."""
    connection.execute(
        f"create or replace table {_TABLE} as select $value as fingerprint", {"value": value}
    )
