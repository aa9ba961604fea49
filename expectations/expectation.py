"""One expectation as a small object, and short ways to write the usual ones.

An :class:`Expectation` is the configuration of a Great Expectations expectation plus the words a
person needs when it is red. Writing suites this way keeps them importable without Great
Expectations, which takes seconds to import.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestration.publishing.table import quoted
from orchestration.publishing.verdict import Severity


@dataclass(frozen=True)
class Expectation:
    """``name`` is unique in its suite; ``type`` and ``kwargs`` are those of Great Expectations.

    ``description`` says what must hold, ``mend`` what to do when it does not. A ``critical``
    expectation stops publishing, a ``warning`` is published beside the data.
    """

    name: str
    type: str
    kwargs: Mapping[str, Any]
    description: str
    mend: str
    severity: Severity = "critical"
    shows_values: bool = field(default=False)

    def configuration(self) -> dict[str, Any]:
        """The configuration Great Expectations builds the expectation from."""
        return {
            "type": self.type,
            "kwargs": dict(self.kwargs),
            "severity": self.severity,
            "meta": {"name": self.name, "description": self.description, "mend": self.mend},
        }


def no_rows(
    name: str, query: str, description: str, mend: str, severity: Severity = "critical"
) -> Expectation:
    """No row comes back from ``query``; ``{batch}`` in it is the table.

    Other braces are doubled (Great Expectations formats the query). The selected columns are
    shown when it is red, so they must not hold personal data.
    """
    return Expectation(
        name,
        "unexpected_rows_expectation",
        {"unexpected_rows_query": query},
        description,
        mend,
        severity,
        shows_values=True,
    )


def is_filled(column: str, mend: str) -> Expectation:
    """``column`` is never NULL."""
    return Expectation(
        f"{column}_is_filled",
        "expect_column_values_to_not_be_null",
        {"column": column},
        f"{column} is never empty.",
        mend,
    )


def is_one_of(column: str, values: Iterable[Any], mend: str) -> Expectation:
    """``column`` is one of ``values`` (or NULL)."""
    listed = sorted(set(values))
    return Expectation(
        f"{column}_is_known",
        "expect_column_values_to_be_in_set",
        {"column": column, "value_set": listed},
        f"{column} is one of {', '.join(map(str, listed))}.",
        mend,
        shows_values=True,
    )


def is_between(
    column: str,
    low: float | None,
    high: float | None,
    mend: str,
    severity: Severity = "critical",
) -> Expectation:
    """``column`` lies between ``low`` and ``high``, both included (or is NULL)."""
    bounds = " and ".join(
        part
        for part in (
            f"at least {low}" if low is not None else "",
            f"at most {high}" if high is not None else "",
        )
        if part
    )
    return Expectation(
        f"{column}_is_in_range",
        "expect_column_values_to_be_between",
        {"column": column, "min_value": low, "max_value": high},
        f"{column} is {bounds}.",
        mend,
        severity,
        shows_values=True,
    )


def has_form(column: str, pattern: str, words: str, mend: str) -> Expectation:
    """``column`` matches the regular expression ``pattern``; ``words`` say it for people."""
    return Expectation(
        f"{column}_has_its_form",
        "expect_column_values_to_match_regex",
        {"column": column, "regex": pattern},
        f"{column} is {words}.",
        mend,
    )


def row_count(
    name: str,
    low: int | None,
    high: int | None,
    description: str,
    mend: str,
    severity: Severity = "critical",
) -> Expectation:
    """The number of rows lies between ``low`` and ``high``, both included."""
    return Expectation(
        name,
        "expect_table_row_count_to_be_between",
        {"min_value": low, "max_value": high},
        description,
        mend,
        severity,
    )


def exists_in(column: str, table: str, name: str, description: str, mend: str) -> Expectation:
    """Every value of ``column`` is in the column of the same name of the published ``table``."""
    key = quoted(column)
    return no_rows(
        name,
        f"select distinct b.{key} from {{batch}} b anti join {quoted(table)} o on o.{key} = b.{key} "
        f"where b.{key} is not null",
        description,
        mend,
    )


def is_as_of(day: str) -> Expectation:
    """The column ``as_of`` is the day of the run."""
    return no_rows(
        "as_of_is_the_day_of_the_run",
        f"select distinct as_of from {{batch}} where as_of != date '{day}'",
        f"as_of is {day} in every row.",
        "Materialise the tables before the candidate for this day; a step was left out.",
    )
