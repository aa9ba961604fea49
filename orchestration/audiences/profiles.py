"""Build ``audiences.profiles``, one row per person, and ``audiences.user_tags``: all that is known, and predicted."""

from __future__ import annotations

import duckdb

from orchestration.audiences.columns import PREDICTED_COLUMNS, PROFILE_COLUMNS, Column

_ALIASES = {"facts": "facts", "lifecycle": "lifecycle", "rfm": "rfm", "value": "expected"}


class ProfileGrainError(RuntimeError):
    """A source of the profiles has a person more than once (or nobody is known)."""


def profiles_sql() -> str:
    """The query of ``audiences.profiles``.

    Reads ``facts.user_facts``, ``layers.lifecycle``, ``layers.rfm``, ``layers.value`` and
    ``layers.predictions``. A declared attribute wins over a predicted one, and ``<name>_source``
    says which it is.
    """
    columns = ",\n    ".join(_expression(column) for column in PROFILE_COLUMNS.values())
    predictions = "\n".join(
        f"left join layers.predictions as predicted_{name}\n"
        f"    on facts.one_id = predicted_{name}.one_id and predicted_{name}.attribute = '{name}'"
        for name in PREDICTED_COLUMNS
    )
    return (
        f"select\n    {columns}\nfrom facts.user_facts as facts\n"
        "left join layers.lifecycle as lifecycle\n"
        "    on facts.one_id = lifecycle.one_id and facts.as_of = lifecycle.as_of\n"
        "left join layers.rfm as rfm on facts.one_id = rfm.one_id\n"
        "left join layers.value as expected on facts.one_id = expected.one_id\n"
        f"{predictions}"
    )


def build_profiles(connection: duckdb.DuckDBPyConnection) -> int:
    """Write ``audiences.profiles`` and return the number of people.

    Raises :class:`ProfileGrainError` when a source would give a person two rows.
    """
    connection.execute(f"create or replace table audiences.profiles as {profiles_sql()}")
    row = connection.execute(
        "select count(*), count(distinct one_id), (select count(*) from facts.user_facts) "
        "from audiences.profiles"
    ).fetchone()
    rows, people, known = row or (0, 0, 0)
    if not rows == people == known:
        raise ProfileGrainError(
            f"audiences.profiles has {rows} rows for {people} people, facts.user_facts has {known}. "
            "A source has a person twice; look at layers.lifecycle, rfm, value and predictions."
        )
    return int(people)


def build_user_tags(connection: duckdb.DuckDBPyConnection) -> int:
    """Make the view ``audiences.user_tags``: ``tags.user_tags``, and what is predicted of people.

    A predicted attribute is the tag ``profile.<attribute>`` with source ``predicted``; its weight is
    the confidence. Who declared it has the declared one alone. Returns the number of rows.
    """
    connection.execute(
        "create or replace view audiences.user_tags as "
        "select one_id, tag, value, weight, as_of, source from tags.user_tags "
        "union all by name "
        "select one_id, 'profile.' || attribute as tag, value, confidence as weight, as_of, 'predicted' as source "
        "from layers.predictions"
    )
    row = connection.execute("select count(*) from audiences.user_tags").fetchone()
    return 0 if row is None else int(row[0])


def _expression(column: Column) -> str:
    name = column.name
    if name in PREDICTED_COLUMNS:
        return f"coalesce(facts.{name}, predicted_{name}.value) as {name}"
    attribute = name.removesuffix("_source")
    if name.endswith("_source") and attribute in PREDICTED_COLUMNS:
        return (
            f"case when facts.{attribute} is not null then coalesce(facts.{name}, 'declared') "
            f"when predicted_{attribute}.value is not null then 'predicted' end as {name}"
        )
    return f"{_ALIASES[column.source]}.{name}"
