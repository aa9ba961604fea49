"""Table -> suite. Complete by construction: a published table without a suite is an error on import."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass

from expectations.context import GateContext
from expectations.expectation import Expectation
from expectations.generic import generic_expectations
from orchestration.publishing.tables import CANDIDATE_TABLES, PUBLISHED_TABLES


class MissingSuiteError(LookupError):
    """A published table has no suite; the message says where to write it."""


@dataclass(frozen=True)
class Suite:
    """All expectations of one table; names are unique."""

    table: str
    expectations: tuple[Expectation, ...]


def suite(table: str, context: GateContext) -> Suite:
    """The suite of ``table``: what every table has, and what only this one has.

    An expectation of the table's own module replaces a generic one of the same name. Raises
    :class:`MissingSuiteError` for a table that has none.
    """
    if table not in CANDIDATE_TABLES or importlib.util.find_spec(_module(table)) is None:
        raise MissingSuiteError(
            f"Table {table} has no suite. The tables the gate judges are {', '.join(CANDIDATE_TABLES)}; "
            f"each needs expectations/suites/<table>.py with a function expectations(context)."
        )
    own = importlib.import_module(_module(table)).expectations(context)
    named = {e.name: e for e in generic_expectations(PUBLISHED_TABLES[table])}
    duplicates = {e.name for e in own if sum(o.name == e.name for o in own) > 1}
    if duplicates:
        raise ValueError(
            f"{table} has more than one expectation named {', '.join(sorted(duplicates))}."
        )
    named.update({e.name: e for e in own})
    return Suite(table, tuple(named.values()))


def demand_complete() -> None:
    """Raise :class:`MissingSuiteError` when a table the gate judges has no suite module."""
    missing = [t for t in CANDIDATE_TABLES if importlib.util.find_spec(_module(t)) is None]
    if missing:
        raise MissingSuiteError(
            f"Published without a suite: {', '.join(missing)}. Write expectations/suites/<table>.py."
        )


def _module(table: str) -> str:
    return f"expectations.suites.{table}"


demand_complete()
