"""Great Expectations on DuckDB, without copying a table into memory.

Great Expectations has no DuckDB datasource, and its generic SQL one fails there: it gives the
connection back before it fetches, and DuckDB drops the rows then. This engine keeps one
connection and can be closed. Importing this module imports Great Expectations (seconds).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, Literal

os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")

import sqlalchemy as sa
from great_expectations import get_context
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import (
    SqlAlchemyExecutionEngine,
)
from great_expectations.expectations.metrics.map_metric_provider.column_condition_partial import (
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """One connection, kept until :meth:`close`."""

    @contextlib.contextmanager
    def get_connection(self) -> Generator[Any]:
        """The kept connection; rows can be fetched after the ``with`` block."""
        if self._connection is None:
            self._connection = self.engine.connect()
        yield self._connection

    def close(self) -> None:
        """Free the file. The engine of Great Expectations would leave the kept connection open."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """Registers itself as ``context.data_sources.add_duckdb``."""

    type: Literal["duckdb"] = "duckdb"  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def execution_engine_type(self) -> type[SqlAlchemyExecutionEngine]:
        """The engine with a kept connection."""
        return DuckDBExecutionEngine

    @property
    def schema_(self) -> str:
        """Published tables are in schema main."""
        return "main"


def _matches(column: Any, pattern: str) -> Any:
    return sa.func.regexp_matches(column, sa.literal(pattern))


# The metrics below are found before those of Great Expectations for this engine only; there
# they end in "not supported for dialect duckdb". A pattern is searched for, as elsewhere.
class _MatchesRegex(ColumnMapMetricProvider):
    condition_metric_name = "column_values.match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, regex: str, **_: Any) -> Any:  # noqa: N805
        return _matches(column, regex)


class _NotMatchesRegex(ColumnMapMetricProvider):
    condition_metric_name = "column_values.not_match_regex"
    condition_value_keys = ("regex",)

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, regex: str, **_: Any) -> Any:  # noqa: N805
        return sa.not_(_matches(column, regex))


class _MatchesLike(ColumnMapMetricProvider):
    condition_metric_name = "column_values.match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, like_pattern: str, escape: str | None = None, **_: Any) -> Any:  # noqa: N805
        return column.like(like_pattern, escape=escape)


class _NotMatchesLike(ColumnMapMetricProvider):
    condition_metric_name = "column_values.not_match_like_pattern"
    condition_value_keys = ("like_pattern", "escape")

    @column_condition_partial(engine=DuckDBExecutionEngine)
    def _duckdb(cls, column: Any, like_pattern: str, escape: str | None = None, **_: Any) -> Any:  # noqa: N805
        return column.notlike(like_pattern, escape=escape)


@contextlib.contextmanager
def opened_table(path: Path, table: str, options: dict[str, Any]) -> Generator[Any]:
    """A Great Expectations batch over one table of a DuckDB file, opened read-only.

    ``options`` are DuckDB settings such as threads. The context is ephemeral: nothing is
    written. At the end, also after an error, both engines are closed and the file is free.
    """
    context = get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    url = sa.URL.create("duckdb", database=str(path)).render_as_string()
    datasource: Any = context.data_sources.add_duckdb(  # pyright: ignore[reportAttributeAccessIssue]
        name="candidate",
        connection_string=url,
        kwargs={"connect_args": {"read_only": True, "config": options}},
    )
    try:
        asset = datasource.add_table_asset(name=table, table_name=table)
        yield asset.add_batch_definition_whole_table("whole").get_batch()
    finally:
        datasource.get_execution_engine().close()
        datasource.get_engine().dispose()
