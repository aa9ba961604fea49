"""A small warehouse in memory with the columns that audiences read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from orchestration.audiences.columns import PROFILE_COLUMNS, KnownNames
from orchestration.audiences.language import Audience
from orchestration.audiences.parsing import parse_audience
from orchestration.audiences.profiles import build_user_tags
from orchestration.warehouse.session import prepare_session

AS_OF = dt.date(2026, 11, 20)
SALT = "a salt for tests only"

_TYPES = {
    "text": "varchar",
    "number": "double",
    "boolean": "boolean",
    "date": "date",
    "time": "timestamp",
    "list": "varchar",
}
_NUMBER_TYPES = {
    "orders": "bigint",
    "invites": "bigint",
    "m_score": "integer",
    "r_score": "integer",
    "net_amount": "decimal(18, 2)",
    "days_since_last_order": "bigint",
}


def _sql_type(name: str) -> str:
    return _NUMBER_TYPES.get(name, _TYPES[PROFILE_COLUMNS[name].kind])


TABLES: Mapping[str, Mapping[str, str]] = {
    "audiences.profiles": {name: _sql_type(name) for name in PROFILE_COLUMNS},
    "facts.user_facts": {
        name: _sql_type(name)
        for name, column in PROFILE_COLUMNS.items()
        if column.source == "facts"
    },
    "layers.lifecycle": {
        "one_id": "varchar",
        "as_of": "date",
        "lifecycle_stage": "varchar",
        "previous_stage": "varchar",
        "aipl_stage": "varchar",
        "operating_goal": "varchar",
    },
    "layers.rfm": {
        "one_id": "varchar",
        "recency_days": "integer",
        "frequency": "integer",
        "monetary": "decimal(18, 2)",
        "r_score": "integer",
        "f_score": "integer",
        "m_score": "integer",
        "rfm_segment": "varchar",
        "rfm_segment_8": "varchar",
    },
    "layers.value": {
        "one_id": "varchar",
        "predicted_orders_90": "double",
        "predicted_orders_90_low": "double",
        "predicted_orders_90_high": "double",
        "predicted_orders": "double",
        "predicted_orders_low": "double",
        "predicted_orders_high": "double",
        "predicted_value_90": "double",
        "predicted_value_90_low": "double",
        "predicted_value_90_high": "double",
        "predicted_value": "double",
        "predicted_value_low": "double",
        "predicted_value_high": "double",
        "value_tier": "varchar",
        "churn_probability": "double",
        "churn_reason": "varchar",
        "expected_gap_days": "double",
        "overdue_ratio": "double",
    },
    "layers.predictions": {
        "one_id": "varchar",
        "attribute": "varchar",
        "value": "varchar",
        "confidence": "double",
        "as_of": "date",
    },
    "facts.user_event_days": {
        "one_id": "varchar",
        "event_date": "date",
        "event_type": "varchar",
        "category": "varchar",
        "brand": "varchar",
        "channel": "varchar",
        "place": "varchar",
        "event_count": "bigint",
        "dwell_seconds": "double",
        "amount": "decimal(18, 2)",
    },
    "facts.user_orders": {
        "one_id": "varchar",
        "order_key": "varchar",
        "platform": "varchar",
        "channel": "varchar",
        "paid_at": "timestamp",
        "order_date": "date",
        "net_amount": "decimal(18, 2)",
        "units": "bigint",
        "top_category": "varchar",
        "order_number": "bigint",
    },
    "facts.user_purchase_days": {
        "one_id": "varchar",
        "event_date": "date",
        "category": "varchar",
        "brand": "varchar",
        "channel": "varchar",
        "line_count": "bigint",
        "net_amount": "decimal(18, 2)",
    },
    "facts.user_channels": {
        "one_id": "varchar",
        "channel": "varchar",
        "is_reachable": "boolean",
        "is_opted_out": "boolean",
    },
    "tags.user_tags": {
        "one_id": "varchar",
        "tag": "varchar",
        "value": "varchar",
        "weight": "double",
        "as_of": "date",
        "source": "varchar",
    },
    "staging.account_attributes": {
        "account_key": "varchar",
        "attribute": "varchar",
        "value": "varchar",
    },
    "tags.registry": {"tag": "varchar", "privacy": "varchar", "coverage": "double"},
    "identity.accounts": {"account_key": "varchar", "one_id": "varchar", "platform": "varchar"},
    "staging.events": {
        "account_key": "varchar",
        "event_type": "varchar",
        "event_date": "date",
        "category": "varchar",
        "brand": "varchar",
        "channel": "varchar",
        "place": "varchar",
        "campaign": "varchar",
        "amount": "decimal(18, 2)",
    },
    "staging.order_lines": {
        "order_line_key": "varchar",
        "order_key": "varchar",
        "account_key": "varchar",
        "ordered_at": "timestamp",
        "status": "varchar",
    },
    "staging.refunds": {
        "order_line_key": "varchar",
        "refunded_at": "timestamp",
        "refund_amount": "decimal(18, 2)",
    },
    "staging.refund_cases": {
        "order_key": "varchar",
        "applied_at": "timestamp",
        "refunded_at": "timestamp",
        "state": "varchar",
    },
}

Rows = Sequence[Mapping[str, Any]]


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


class Warehouse:
    """An in-memory connection with every table of :data:`TABLES`, empty."""

    def __init__(self, as_of: dt.date = AS_OF) -> None:
        self.connection = duckdb.connect(":memory:", config={"threads": 2})
        for schema in sorted({table.split(".")[0] for table in TABLES}):
            self.connection.execute(f"create schema {schema}")
        for table, columns in TABLES.items():
            text = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            self.connection.execute(f"create table {table} ({text})")
        build_user_tags(self.connection)
        prepare_session(
            self.connection,
            {"as_of": as_of.isoformat(), "timezone": "Asia/Shanghai", "id_salt": SALT},
        )

    def insert(self, table: str, rows: Rows) -> None:
        """Append rows; columns that a row leaves out are null."""
        columns = list(TABLES[table])
        for row in rows:
            assert set(row) <= set(columns), set(row) - set(columns)
        if rows:
            # One statement with literals: preparing it per row is what makes executemany slow.
            values = ", ".join(
                "(" + ", ".join(_literal(row.get(name)) for name in columns) + ")" for row in rows
            )
            self.connection.execute(f"insert into {table} values {values}")

    def clear(self) -> None:
        """Empty every table."""
        for table in TABLES:
            self.connection.execute(f"delete from {table}")

    def people(self, *names: str, **columns: Any) -> None:
        """Profiles of these people, all with the same columns."""
        self.insert(
            "audiences.profiles", [{"one_id": name, "as_of": AS_OF, **columns} for name in names]
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.connection.execute(sql).fetchall()


def audience(conditions: Mapping[str, Any], name: str = "example", **header: Any) -> Audience:
    """A parsed audience with these conditions."""
    raw = {
        "audience": name,
        "title": name.title(),
        "goal": "convert",
        "loop": "inner",
        "owner": "tests",
        "priority": 10,
        **header,
        "conditions": dict(conditions),
    }
    return parse_audience(raw, f"{name}.yaml", KnownNames())
