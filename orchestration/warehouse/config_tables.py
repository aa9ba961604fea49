"""The merchant's configuration as tables of schema ``config``, for dbt and Python SQL to join.

Tables rather than dbt vars: a changed weight is data, visible in the warehouse, and dbt has
nothing to parse again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import duckdb
import pandas as pd

from orchestration.configuration import Configuration
from orchestration.warehouse.frames import write_frame

TABLES = (
    "behaviour_weights",
    "dwell_weights",
    "decay",
    "half_lives",
    "parameters",
    "currency_rates",
    "maximum_accounts",
    "rule_tags",
    "tag_registry",
)
_END_OF_STEPS = 1e18


def configuration_tables(configuration: Configuration) -> dict[str, pd.DataFrame]:
    """One frame per table that comes from ``configuration.yaml`` (tags come from their own file)."""
    interest = configuration.interest
    return {
        "behaviour_weights": _pairs(interest.behaviour_weights, "event_type", "weight"),
        "dwell_weights": _steps(interest.dwell_weights, "seconds", "float64"),
        "decay": _steps(interest.decay, "days", "float64"),
        "half_lives": _pairs(interest.half_life_days, "interest", "days"),
        "parameters": _pairs(dict(_numbers(configuration.model_dump())), "name", "value"),
        "currency_rates": _pairs(configuration.currency.rates, "currency", "rate"),
        "maximum_accounts": _pairs(
            configuration.identity.maximum_accounts, "identifier_type", "maximum"
        ),
    }


def write_config_tables(
    connection: duckdb.DuckDBPyConnection, frames: Mapping[str, pd.DataFrame]
) -> dict[str, int]:
    """Replace the tables of schema ``config``; returns rows by table.

    Raises KeyError when ``frames`` misses a table that dbt reads.
    """
    missing = sorted(set(TABLES) - set(frames))
    if missing:
        raise KeyError(f"configuration tables without a frame: {', '.join(missing)}")
    connection.execute("create schema if not exists config")
    rows: dict[str, int] = {}
    for name in TABLES:
        rows[name] = write_frame(connection, f"config.{name}", frames[name])
    return rows


def _pairs(values: Mapping[str, float], key: str, value: str) -> pd.DataFrame:
    names = sorted(values)
    return pd.DataFrame(
        {
            key: pd.Series(names, dtype="str"),
            value: pd.Series([float(values[name]) for name in names], dtype="float64"),
        }
    )


def _steps(steps: Mapping[int, float], unit: str, dtype: str) -> pd.DataFrame:
    bounds = sorted(steps)
    return pd.DataFrame(
        {
            f"from_{unit}": pd.Series(bounds, dtype=dtype),
            f"to_{unit}": pd.Series([*bounds[1:], _END_OF_STEPS], dtype=dtype),
            "weight": pd.Series([steps[bound] for bound in bounds], dtype="float64"),
        }
    )


def _numbers(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for key, value in values.items():
        name = f"{prefix}{key}"
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float):
            yield name, float(value)
        elif isinstance(value, dict):
            yield from _numbers({str(inner): item for inner, item in value.items()}, name + ".")
