"""The merchant's configuration as warehouse tables."""

from collections.abc import Iterator

import dagster as dg

from orchestration.assets.support import (
    DATA_OWNER,
    ONE_DAY_PER_RUN,
    RETRY,
    as_of_date,
    daily_partitions,
)
from orchestration.resources.deployment import Deployment
from orchestration.tags import tag_tables
from orchestration.warehouse.config_tables import TABLES, configuration_tables, write_config_tables
from orchestration.warehouse.session import open_warehouse

_DESCRIPTIONS = {
    "behaviour_weights": "One row per event type: its weight in the interest formula.",
    "dwell_weights": "One row per span of dwell seconds, half-open: its weight in the interest formula.",
    "decay": "One row per span of age in days, half-open: how much of an interest is left.",
    "half_lives": "One row per interest that decays exponentially instead.",
    "parameters": "One row per number of the configuration, under its dotted name.",
    "currency_rates": "One row per currency: value of one unit in the base currency.",
    "maximum_accounts": "One row per identifier type: how many accounts may share one value.",
    "rule_tags": "One row per rule tag.",
    "tag_registry": "One row per tag or tag family: type, owner, purpose, window, privacy.",
}


def build_configuration_assets(deployment: Deployment) -> list[dg.AssetsDefinition]:
    """One asset per configuration table, written in one step."""

    @dg.multi_asset(
        name="configuration",
        specs=[
            dg.AssetSpec(
                ["config", table],
                description=_DESCRIPTIONS[table],
                group_name="configuration",
                owners=[DATA_OWNER],
                kinds={"yaml", "duckdb"},
                partitions_def=daily_partitions(deployment.settings.timezone),
            )
            for table in TABLES
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def configuration(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        frames = configuration_tables(deployment.configuration) | tag_tables(deployment.tags)
        with open_warehouse(deployment.settings, as_of_date(context)) as connection:
            rows = write_config_tables(connection, frames)
        for table in TABLES:
            yield dg.MaterializeResult(asset_key=["config", table], metadata={"rows": rows[table]})

    return [configuration]
