"""The dbt models as assets, in two steps with the identity map between them.

Groups, owners, descriptions and checks come from dbt; no model is named here.
"""

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, dbt_assets

from orchestration.assets.support import (
    ONE_DAY_PER_RUN,
    RETRY,
    as_of_date,
    daily_partitions,
    table_metadata,
)
from orchestration.landing.ledger import Ledger
from orchestration.resources.dbt import (
    dbt_environment,
    dbt_project,
    incremental_fingerprint,
    project_fingerprint,
    remove_old_targets,
)
from orchestration.resources.deployment import Deployment
from orchestration.warehouse import staging_views
from orchestration.warehouse.session import open_warehouse

ACCOUNT_GRAIN = "tag:account_grain resource_type:seed"
# One view per export: most of the models, and only text in the warehouse.
STAGED_EXPORTS = "stg_"
PERSON_GRAIN = "tag:person_grain"
_ROWS_SHOWN = 200


class Translator(DagsterDbtTranslator):
    """Adds the layer as a kind, so that the graph can be filtered by it."""

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """Tags of one model; dbt's own tags steer the steps and are of no use in the UI."""
        layer = dbt_resource_props.get("config", {}).get("schema")
        return {"layer": str(layer)} if layer else {}


def build_dbt_assets(deployment: Deployment, manifest: Path) -> list[dg.AssetsDefinition]:
    """Two definitions: models at account grain, and models at person grain."""
    settings = deployment.settings
    common: dict[str, Any] = {
        "manifest": manifest,
        "project": dbt_project(),
        "dagster_dbt_translator": Translator(),
        "partitions_def": daily_partitions(settings.timezone),
        "backfill_policy": ONE_DAY_PER_RUN,
        "retry_policy": RETRY,
    }

    shown = _shown(manifest)

    @dbt_assets(select=ACCOUNT_GRAIN, name="account_grain_models", **common)
    def account_grain_models(
        context: dg.AssetExecutionContext, dbt: DbtCliResource
    ) -> Iterator[Any]:
        built = _BuiltWith(deployment)
        with Ledger(settings.ledger) as ledger:
            new = [file for file in ledger.files().values() if file.is_new]
            held = ledger.held()
        pending = [file.source_hash for file in new]
        # Rows that left raw had replaced others, which only a full build finds again.
        has_left = any(file.state != "loaded" or file.source_hash in held for file in new)
        is_whole = context.selected_asset_keys == context.assets_def.keys
        arguments: list[str] = []
        if is_whole and (has_left or built.changed()):
            context.log.info(
                "Weights or incremental models changed, or rows left raw: the daily facts are rebuilt from the beginning."
            )
            arguments.append("--full-refresh")
        project = project_fingerprint()
        with open_warehouse(settings, as_of_date(context)) as connection:
            views = staging_views.fingerprint(connection, project)
            is_same = is_whole and staging_views.built_with(connection) == views
        if is_same:
            arguments += ["--exclude", f"{STAGED_EXPORTS}*"]
        built_now = _build(context, dbt, deployment, arguments, shown=shown)
        yield from _with_standing(context, built_now) if is_same else built_now
        if is_whole:
            with open_warehouse(settings, as_of_date(context)) as connection:
                # Seeds lie in one of the schemas that views read: the first build makes both.
                staging_views.remember(connection, staging_views.fingerprint(connection, project))
            with Ledger(settings.ledger) as ledger:
                ledger.mark_built(pending)
            built.remember()

    @dbt_assets(select=PERSON_GRAIN, name="person_grain_models", **common)
    def person_grain_models(
        context: dg.AssetExecutionContext, dbt: DbtCliResource
    ) -> Iterator[Any]:
        yield from _build(context, dbt, deployment, [], shown=shown)
        remove_old_targets()

    return [account_grain_models, person_grain_models]


def _build(
    context: dg.AssetExecutionContext,
    dbt: DbtCliResource,
    deployment: Deployment,
    more: Sequence[str],
    *,
    shown: frozenset[tuple[str, ...]],
) -> Iterator[Any]:
    """Run ``dbt build`` with ``more`` arguments and pass its events on, with row counts and the rows of ``shown`` tables.

    Events are held until dbt has left the warehouse: one process writes at a time, and the
    counts are read from the finished tables. A failed dbt still yields what it finished.
    """
    arguments = [
        "build",
        "--indirect-selection",
        "buildable",
        "--exclude-resource-type",
        "unit_test",
        *more,
    ]
    failure: Exception | None = None
    events: list[Any] = []
    with dbt_environment(deployment.settings, as_of_date(context)):
        try:
            events.extend(dbt.cli(arguments, context=context).stream())
        except Exception as error:  # noqa: BLE001 - raised again below, after the finished events
            failure = error
    facts = _facts(context, deployment, shown)
    for event in events:
        if isinstance(event, dg.Output) and event.output_name in facts:
            context.add_output_metadata(facts[event.output_name], output_name=event.output_name)
        yield event
    if failure is not None:
        raise failure


def _with_standing(context: dg.AssetExecutionContext, events: Iterator[Any]) -> Iterator[Any]:
    """``events`` and, each after what it reads, the staged exports that dbt left out.

    Their views stand in the warehouse and read the new files.
    """
    assets = context.assets_def
    waiting = {
        key: assets.asset_deps[key] & assets.keys
        for key in sorted(assets.keys)
        if key.path[-1].startswith(STAGED_EXPORTS)
    }
    key_of = {assets.get_output_name_for_asset_key(key): key for key in assets.keys}
    yielded: set[dg.AssetKey] = set()
    for event in itertools.chain([None], events):
        if event is not None:
            yield event
            if isinstance(event, dg.Output):
                yielded.add(key_of[event.output_name])
        for key in [key for key, reads in waiting.items() if reads <= yielded]:
            del waiting[key]
            yielded.add(key)
            yield dg.Output(
                None,
                assets.get_output_name_for_asset_key(key),
                metadata={"view": "as built before: project and contracts have not changed"},
            )


def _shown(manifest: Path) -> frozenset[tuple[str, ...]]:
    """(schema, table) of the models whose rows belong on their page in the UI: dbt meta ``shown``."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return frozenset(
        (node["schema"], node["alias"])
        for node in nodes
        if node["resource_type"] == "model" and node["config"].get("meta", {}).get("shown")
    )


def _facts(
    context: dg.AssetExecutionContext, deployment: Deployment, shown: frozenset[tuple[str, ...]]
) -> dict[str, dict[str, Any]]:
    """Metadata by output name, for the tables of this step that exist; views are not counted."""
    wanted = {
        context.assets_def.get_output_name_for_asset_key(key): tuple(key.path)
        for key in context.selected_asset_keys
    }
    with open_warehouse(deployment.settings, as_of_date(context)) as connection:
        tables = set(
            connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
            ).fetchall()
        )
        counted = {name: path for name, path in wanted.items() if path in tables}
        if not counted:
            return {}
        query = " union all ".join(
            f"select '{name}', count(*) from {'.'.join(path)}" for name, path in counted.items()
        )
        facts: dict[str, dict[str, Any]] = {
            name: {"rows": rows} for name, rows in connection.execute(query).fetchall()
        }
        for name, path in counted.items():
            if path in shown:
                found = connection.execute(
                    f"select * from {'.'.join(path)} order by all limit {_ROWS_SHOWN}"
                )
                names = [column[0] for column in found.description]
                facts[name]["table"] = table_metadata(
                    [dict(zip(names, row, strict=True)) for row in found.fetchall()]
                )
    return facts


class _BuiltWith:
    """What the incremental tables were built with; a difference asks for a full build."""

    def __init__(self, deployment: Deployment) -> None:
        self._path = deployment.settings.state / "incremental-built-with.json"
        interest = deployment.configuration.interest.model_dump(
            include={"behaviour_weights", "dwell_weights"}
        )
        self._now = {
            "weights": json.loads(json.dumps(interest)),
            "models": incremental_fingerprint(),
            "timezone": deployment.settings.timezone,
        }

    def changed(self) -> bool:
        """True unless the tables on disk were built with exactly this."""
        if not self._path.exists():
            return True
        return json.loads(self._path.read_text(encoding="utf-8")) != self._now

    def remember(self) -> None:
        """Called after a complete build."""
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self._now, sort_keys=True), encoding="utf-8")
        temporary.replace(self._path)
