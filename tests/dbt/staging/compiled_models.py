"""The staging models run straight from their compiled SQL: one compilation, then many builds in memory."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from orchestration.configuration import load_configuration
from orchestration.landing.contract import Contract, load_contracts
from orchestration.landing.views import publish_raw_views
from orchestration.warehouse.config_tables import TABLES, configuration_tables, write_config_tables
from orchestration.warehouse.session import SCHEMAS, prepare_session
from tests.dbt.staging.staging_warehouse import PROJECT, SALT, make_settings, run_dbt, write_raw


@dataclass(frozen=True)
class Model:
    """One node of the graph: what it creates, from which SQL."""

    relation: str
    is_view: bool
    sql: str


@dataclass(frozen=True)
class CompiledModels:
    """Models in the order in which they can be built."""

    models: tuple[Model, ...]
    seeds: tuple[tuple[str, Path], ...]

    @classmethod
    def compile(cls, home: Path, target: Path, as_of: dt.date, *wanted: str) -> CompiledModels:
        """Compile once what the ``wanted`` models need; tests of the models are not run here."""
        settings = make_settings(home)
        write_raw(settings, as_of, [], [])
        done = run_dbt(settings, as_of, target, "compile", "--select", *[f"+{w}" for w in wanted])
        assert done.returncode == 0, done.stdout + done.stderr
        nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
        order: dict[str, dict[str, Any]] = {}

        def visit(key: str) -> None:
            if key in order or key not in nodes:
                return
            for upstream in nodes[key].get("depends_on", {}).get("nodes", []):
                visit(upstream)
            order[key] = nodes[key]

        for name in wanted:
            visit(f"model.doubleloop.{name}")
        return cls(
            tuple(
                Model(
                    node["relation_name"],
                    node["config"]["materialized"] == "view",
                    node["compiled_code"],
                )
                for node in order.values()
                # An ephemeral model is nowhere: it stands inside the SQL of its readers.
                if node["resource_type"] == "model" and node["relation_name"] is not None
            ),
            tuple(
                (node["relation_name"], PROJECT / node["original_file_path"])
                for node in order.values()
                if node["resource_type"] == "seed"
            ),
        )

    @contextmanager
    def built(
        self,
        raw: Path,
        ledger: Path,
        as_of: dt.date,
        contracts: Mapping[str, Contract] | None = None,
    ) -> Generator[duckdb.DuckDBPyConnection]:
        """A connection to a warehouse in memory with all models built over a raw folder and its ledger."""
        frames = configuration_tables(load_configuration())
        empty = {
            name: pd.DataFrame({"name": pd.Series([], dtype="str")})
            for name in TABLES
            if name not in frames
        }
        with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as connection:
            connection.execute("attach ':memory:' as vault")
            connection.execute("attach ':memory:' as warehouse")
            connection.execute("use warehouse")
            for schema in SCHEMAS:
                connection.execute(f"create schema {schema}")
            prepare_session(
                connection,
                {"as_of": as_of.isoformat(), "timezone": "Asia/Shanghai", "id_salt": SALT},
            )
            write_config_tables(connection, frames | empty)
            publish_raw_views(connection, raw, ledger, contracts or load_contracts())
            for relation, path in self.seeds:
                connection.execute(
                    f"create table {relation} as from read_csv('{path}', header = true)"
                )
            for model in self.models:
                kind = "view" if model.is_view else "table"
                connection.execute(f"create {kind} {model.relation} as {model.sql}")
            yield connection

    def rebuild(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Build one table again, on the others as they are now."""
        (model,) = [m for m in self.models if m.relation.endswith(f'."{name}"')]
        connection.execute(f"create or replace table {model.relation} as {model.sql}")
