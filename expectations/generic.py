"""Expectations every published table has, derived from its description in publishing.tables."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_filled, no_rows, row_count
from orchestration.publishing.table import TEXT, PublishedTable, quoted
from orchestration.publishing.verdict import Severity

# Keyed hashes are hexadecimal and would look like phone numbers now and then. Their form is
# checked by the suites of user_profiles and user_accounts, and the rest refers to those.
_HASHES = frozenset({"one_id", "current_one_id", "account_key"})

# Search patterns, not full matches.
PERSONAL_DATA = {
    "phone": r"(^|[^0-9])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}([^0-9]|$)",
    "phone_abroad": r"[+][1-9][0-9 -]{8,15}[0-9]",
    "e_mail": r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z.]{2,}",
    "id_card": (
        r"(^|[^0-9])[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
        r"[0-9]{3}[0-9Xx]([^0-9]|$)"
    ),
    "address": r"(路|街|巷|弄|大道)[0-9一二三四五六七八九十百]+(号|弄)",
}

_MODEL = "Mend the model or asset the table comes from and materialise it again."


def generic_expectations(table: PublishedTable) -> tuple[Expectation, ...]:
    """Columns, types, required values, key, rows, and no personal data."""
    expectations = [
        _columns(table),
        _types(table),
        *(is_filled(column, _MODEL) for column in table.key),
        *_required_values(table),
        _key(table),
        *_no_personal_data(table),
    ]
    if not table.may_be_empty:
        expectations.append(
            row_count(
                "has_rows",
                1,
                None,
                f"{table.name} is not empty.",
                "Look at the row counts of the assets before it; one of them lost its rows.",
            )
        )
    return tuple(expectations)


def near_last_publication(
    table: str, context: GateContext, severity: Severity = "critical"
) -> tuple[Expectation, ...]:
    """Rows have not moved further than configured since the served version; nothing before the first."""
    previous = context.previous_rows.get(table)
    if not previous:
        return ()
    share = context.configuration.gate.maximum_people_change
    return (
        row_count(
            "rows_are_near_the_last_publication",
            max(0, round(previous * (1 - share))),
            round(previous * (1 + share)),
            f"{table} has within {share:.0%} of the {previous} rows that are served now.",
            "Find the export that is missing or was delivered twice; if the change is real, raise "
            "gate.maximum_people_change in configuration.yaml for one run.",
            severity,
        ),
    )


def _columns(table: PublishedTable) -> Expectation:
    return Expectation(
        "columns_are_as_published",
        "expect_table_columns_to_match_ordered_list",
        {"column_list": list(table.column_names)},
        f"{table.name} has exactly the published columns, in order.",
        "orchestration/publishing/tables.py is the list; build the candidate again.",
    )


def _types(table: PublishedTable) -> Expectation:
    declared = ", ".join(f"('{c.name}', '{c.type}')" for c in table.columns)
    return no_rows(
        "types_are_as_published",
        "select c.column_name, c.data_type, d.declared "
        f"from (values {declared}) d(column_name, declared) "
        "inner join duckdb_columns() c on c.column_name = d.column_name "
        f"where c.schema_name = 'main' and c.table_name = '{table.name}' "
        "and c.data_type != d.declared and (select count(*) from {batch}) >= 0",
        f"The columns of {table.name} have their published types.",
        "orchestration/publishing/tables.py has the types; build the candidate again.",
    )


def _required_values(table: PublishedTable) -> tuple[Expectation, ...]:
    """The required columns beside the key, in one scan."""
    columns = [name for name in table.required if name not in table.key]
    if not columns:
        return ()
    counts = ", ".join(f"count(*) - count({quoted(name)}) as {quoted(name)}" for name in columns)
    return (
        no_rows(
            "required_values_are_filled",
            "select column_name, empty_values from "
            f"(unpivot (select {counts} from {{batch}}) on columns(*) "
            "into name column_name value empty_values) where empty_values > 0",
            f"Never empty: {', '.join(columns)}.",
            _MODEL,
        ),
    )


def _key(table: PublishedTable) -> Expectation:
    columns = ", ".join(quoted(name) for name in table.key)
    filled = " and ".join(f"{quoted(name)} is not null" for name in table.key)
    return no_rows(
        "key_is_unique",
        f"select {columns}, count(*) as rows from {{batch}} where {filled} "
        f"group by {columns} having count(*) > 1",
        f"{table.name} has {table.grain}: no two rows share {', '.join(table.key)}.",
        "Find the join that multiplies rows in the model the table comes from.",
    )


def _no_personal_data(table: PublishedTable) -> tuple[Expectation, ...]:
    # Every distinct value is looked at once. The query must not select it: results are published.
    texts = [c.name for c in table.columns if c.type == TEXT and c.name not in _HASHES]
    values = " union all ".join(
        f"select distinct '{name}' as column_name, {quoted(name)} as value from {{batch}} "
        f"where {quoted(name)} is not null"
        for name in texts
    )
    if not texts:
        return ()  # nothing but hashes, whose form is checked
    patterns = ", ".join(
        f"('{name}', '{pattern.replace('{', '{{').replace('}', '}}')}')"
        for name, pattern in PERSONAL_DATA.items()
    )
    return (
        no_rows(
            "holds_no_personal_data",
            f"select v.column_name, p.kind, count(*) as distinct_values from ({values}) v, "
            f"(values {patterns}) p(kind, pattern) where regexp_matches(v.value, p.pattern) "
            "group by v.column_name, p.kind",
            f"No text of {table.name} holds a phone number, e-mail address, identity number or street address.",
            "Find the source column that carries it and hash or drop it in staging; published texts "
            "such as owner are names of teams.",
        ),
    )
