"""What a published table is: its columns, their types, its grain and its key."""

from __future__ import annotations

from dataclasses import dataclass

TEXT = "VARCHAR"
COUNT = "BIGINT"
SCORE = "INTEGER"
NUMBER = "DOUBLE"
MONEY = "DECIMAL(18,2)"
FLAG = "BOOLEAN"
DAY = "DATE"
TIME = "TIMESTAMP"


@dataclass(frozen=True)
class Column:
    """One published column. ``is_required`` columns are never NULL."""

    name: str
    type: str
    description: str
    is_required: bool = False


@dataclass(frozen=True)
class PublishedTable:
    """One published table.

    ``key`` columns identify a row and order the table. ``is_candidate`` tables are built before
    the gate and judged by it; the others are written by the publish step and describe it.
    ``may_be_empty`` tables are legitimately empty for some merchants (no campaign yet, no
    lookalike); every other table must have rows.
    """

    name: str
    grain: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    is_candidate: bool = True
    may_be_empty: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names in published order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that are never NULL: the key and those marked so."""
        return tuple(c.name for c in self.columns if c.is_required or c.name in self.key)

    @property
    def ordering(self) -> str:
        """The ``order by`` list of the table: its key, quoted."""
        return ", ".join(quoted(name) for name in self.key)


def quoted(name: str) -> str:
    """A name as a quoted SQL identifier (``table``, ``check`` and ``window`` are keywords)."""
    return '"' + name.replace('"', '""') + '"'


def required(name: str, type_: str, description: str) -> Column:
    """A column that is never NULL."""
    return Column(name, type_, description, is_required=True)
