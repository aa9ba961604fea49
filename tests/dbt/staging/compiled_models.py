"""The staging models run straight from their compiled SQL: one build by dbt, then many without it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from orchestration.configuration import load_configuration
from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts
from orchestration.landing.views import publish_raw_views
from orchestration.resources.dbt import PROJECT, ensure_manifest
from orchestration.settings import Settings
from orchestration.warehouse.config_tables import TABLES, configuration_tables, write_config_tables
from orchestration.warehouse.session import SCHEMAS, prepare_session
from tests.dbt.staging.staging_warehouse import SALT


@dataclass(frozen=True)
class CompiledModels:
    """The SQL of the ``wanted`` models and of all that they read."""

    nodes: Mapping[str, dict[str, Any]]
    sql: Mapping[str, str]
    wanted: tuple[str, ...]

    @classmethod
    def of_last_build(cls, settings: Settings, target: Path, *wanted: str) -> CompiledModels:
        """As the build that has just ended in ``target`` compiled them."""
        nodes = json.loads(ensure_manifest(settings).read_text(encoding="utf-8"))["nodes"]
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        return cls(nodes, {r["unique_id"]: r["compiled_code"] for r in results}, wanted)

    def only(self, *wanted: str) -> CompiledModels:
        """Of the same build, other models."""
        return CompiledModels(self.nodes, self.sql, wanted)

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
            self.build(connection)
            yield connection

    def build(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Build the models, each after what it reads, on the raw and configuration tables of the warehouse."""
        for key, node in self._in_order().items():
            relation = node["relation_name"]
            if node["resource_type"] == "seed":
                path = PROJECT / node["original_file_path"]
                connection.execute(
                    f"create table {relation} as from read_csv('{path}', header = true)"
                )
            # An ephemeral model is nowhere: it stands inside the SQL of its readers.
            elif relation is not None:
                kind = "view" if _is_view(node) else "table"
                connection.execute(f"create {kind} {relation} as {self.sql[key]}")

    def quicken(self, connection: duckdb.DuckDBPyConnection, filled: Collection[str]) -> None:
        """Make building again cheap where only these raw views ever have rows: views on others become tables."""
        for key, node in self._in_order().items():
            exports = _raw_views(node)
            if _is_view(node) and exports and exports.isdisjoint(filled):
                relation = node["relation_name"]
                connection.execute(f"drop view {relation}")
                connection.execute(
                    f"create table {relation} as select * from ({self.sql[key]}) limit 0"
                )

    def build_again(self, connection: duckdb.DuckDBPyConnection, filled: Collection[str]) -> None:
        """Build all tables again that rest on any of these raw views, as those are now."""
        changed: set[str] = set()
        for key, node in self._in_order().items():
            reads = set(node.get("depends_on", {}).get("nodes", []))
            if _raw_views(node).isdisjoint(filled) and not reads & changed:
                continue
            changed.add(key)
            if node["relation_name"] is not None and not _is_view(node):
                self.rebuild(connection, node["name"])

    def rebuild(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        """Build one table again, on the others as they are now."""
        key = f"model.doubleloop.{name}"
        connection.execute(
            f"create or replace table {self.nodes[key]['relation_name']} as {self.sql[key]}"
        )

    def _in_order(self) -> dict[str, dict[str, Any]]:
        order: dict[str, dict[str, Any]] = {}

        def visit(key: str) -> None:
            if key in order or key not in self.nodes:
                return
            for upstream in self.nodes[key].get("depends_on", {}).get("nodes", []):
                visit(upstream)
            order[key] = self.nodes[key]

        for name in self.wanted:
            visit(f"model.doubleloop.{name}")
        return order


def _is_view(node: Mapping[str, Any]) -> bool:
    return node["resource_type"] == "model" and node["config"]["materialized"] == "view"


def _raw_views(node: Mapping[str, Any]) -> set[str]:
    """The raw views of exports that a model reads."""
    names = [name.split(".") for name in node.get("depends_on", {}).get("nodes", [])]
    raw = [name[-1] for name in names if name[:3] == ["source", "doubleloop", "raw"]]
    return {name for name in raw if "__" in name}
