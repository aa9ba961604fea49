"""What a loaded file looks like in numbers: magnitudes of its money and rates, rows by day.

Belongs here: measuring one raw Parquet file, and keeping the result as text. What a change of
it means is decided in :mod:`.drift`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from orchestration.landing import engine
from orchestration.landing.contract import ColumnType, Contract
from orchestration.landing.measure import number_sql, time_sql

# Quartiles of so many rows are near enough; reading all numbers of a large file costs seconds.
_SAMPLE_ROWS = 20_000
_MEASURED = (ColumnType.MONEY, ColumnType.RATE)
_EPOCHS = {ColumnType.EPOCH_S: 1, ColumnType.EPOCH_MS: 1_000, ColumnType.EPOCH_US: 1_000_000}
# Epochs are counted into days by the clock of the platforms, which are Chinese.
_CLOCK_SECONDS = 8 * 3600
_FIRST_DAY, _LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 1, 1)


@dataclass(frozen=True)
class Magnitude:
    """Decimal logarithms of the quartiles of a column's values, signs and zeros left out."""

    values: int
    low: float
    middle: float
    high: float


@dataclass(frozen=True)
class Profile:
    """One file: magnitudes by contract column, and rows by day of the contract's time column."""

    columns: Mapping[str, Magnitude]
    days: Mapping[dt.date, int]

    def to_text(self) -> str:
        """As JSON, for the ledger."""
        values = {
            "columns": {name: asdict(column) for name, column in self.columns.items()},
            "days": {day.isoformat(): rows for day, rows in self.days.items()},
        }
        return json.dumps(values, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Profile:
        """The profile that :meth:`to_text` wrote."""
        values = json.loads(text)
        return cls(
            {name: Magnitude(**column) for name, column in values["columns"].items()},
            {dt.date.fromisoformat(day): rows for day, rows in values["days"].items()},
        )


def measure(path: Path, contract: Contract, rows: int) -> Profile:
    """Measure a raw Parquet file of ``rows`` rows; the same file always gives the same profile."""
    if not rows:
        return Profile({}, {})
    with engine.connection() as connection:
        columns: dict[str, Magnitude] = {}
        names = [name for name, column in contract.columns.items() if column.type in _MEASURED]
        if names:
            where = {"path": str(path), "step": max(1, rows // _SAMPLE_ROWS)}
            # Plain numbers are the rule; the forms that are dear to read are looked for where one fails.
            plain = _quartiles(connection, names, _plain_sql, where)
            slow = [name for name in names if plain[name][0] < plain[name][1]]
            found = plain | (_quartiles(connection, slow, number_sql, where) if slow else {})
            for name in names:
                values, _, quartiles = found[name]
                if values:
                    columns[name] = Magnitude(values, *(round(each, 4) for each in quartiles))
        days: dict[dt.date, int] = {}
        if contract.time is not None and contract.time in contract.columns:
            kind = contract.columns[contract.time].type
            days = dict(
                connection.execute(
                    _days(contract.time, kind),
                    {"path": str(path), "first": _FIRST_DAY, "last": _LAST_DAY},
                ).fetchall()
            )
    return Profile(columns, days)


def _plain_sql(column: str) -> str:
    number = f'try_cast("{column}" as double)'
    return f"case when isfinite({number}) then {number} end"


def _quartiles(
    connection: duckdb.DuckDBPyConnection,
    names: list[str],
    number: Callable[[str], str],
    where: Mapping[str, object],
) -> dict[str, tuple[int, int, list[float]]]:
    """Column -> numbers other than zero, cells that are not zero (or no number), quartiles."""
    numbers = ", ".join(
        f'{number(name)}::double as "{name}", "{name}" is not null as "{name} is told"'
        for name in names
    )
    parts = ", ".join(
        f'count("{name}") filter ("{name}" <> 0), '
        f'count(*) filter ("{name} is told" and "{name}" is distinct from 0), '
        f'quantile_cont(log10(abs(nullif("{name}", 0))), [0.25, 0.5, 0.75])'
        for name in names
    )
    row = connection.execute(
        f"with numbers as (select {numbers} from read_parquet($path) where _row_number % $step = 0) "
        f"select {parts} from numbers",
        where,
    ).fetchone()
    cells = iter(row or ())
    return {name: (next(cells), next(cells), next(cells)) for name in names}


def _days(column: str, kind: ColumnType) -> str:
    if kind in _EPOCHS:
        seconds = f'try_cast("{column}" as bigint) // {_EPOCHS[kind]}'
        day = (
            f"case when {seconds} between 0 and 4102444800 "
            f"then date '1970-01-01' + (({seconds} + {_CLOCK_SECONDS}) // 86400)::integer end"
        )
        counted = f"select {day} as day, count(*) as rows from read_parquet($path) group by all"
    else:
        # Days repeat: what a text begins with is read as a date once, not row by row.
        starts = f'select substr("{column}", 1, 10) as start, count(*) as rows from read_parquet($path) group by all'
        counted = f"select {time_sql('start', ColumnType.DATE)}::date as day, rows from ({starts})"
    return (
        f"select day, sum(rows)::bigint from ({counted}) "
        "where day >= $first and day < $last group by day order by day"
    )
