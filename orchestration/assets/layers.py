"""Layers that need more than SQL: RFM, value, churn, predicted attributes."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import dagster as dg
import pandas as pd

from orchestration.assets.plots import bars, flow_map, rfm_grid
from orchestration.assets.support import (
    ANALYTICS_OWNER,
    ONE_DAY_PER_RUN,
    RETRY,
    Stopwatch,
    as_of_date,
    daily_partitions,
    no_retry,
    picture,
    table_metadata,
)
from orchestration.audiences.attributes import predict_attributes
from orchestration.core import rfm as rfm_core
from orchestration.core.artefacts import ModelStore
from orchestration.modelling import write_models
from orchestration.modelling.rfm import score_rfm
from orchestration.modelling.value import score_value
from orchestration.resources.deployment import Deployment
from orchestration.warehouse.frames import write_frame
from orchestration.warehouse.session import open_warehouse

# Bands of the churn clock: days since the last order over the gap to be expected.
OVERDUE = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)


def build_layer_assets(deployment: Deployment) -> list[dg.AssetsDefinition]:
    """RFM with its flows, value with churn, predictions, and the list of their models."""
    settings, configuration = deployment.settings, deployment.configuration
    maps = deployment.rfm_maps
    partitions = daily_partitions(settings.timezone)
    store = ModelStore(settings.models, configuration.models.keep_dates)

    def spec(name: str, description: str, deps: list[list[str]], *kinds: str) -> dg.AssetSpec:
        return dg.AssetSpec(
            ["layers", name],
            deps=deps,
            description=description,
            group_name="layers",
            owners=[ANALYTICS_OWNER],
            kinds={"pandas", *kinds},
            partitions_def=partitions,
        )

    @dg.multi_asset(
        name="rfm",
        specs=[
            spec(
                "rfm",
                "One row per person who bought within the window: recency, frequency and monetary scores and both segments.",
                [["layers", "rfm_inputs"]],
            ),
            spec(
                "rfm_flows",
                "One row per segment of an earlier date and segment now: the people and money that went that way.",
                [["layers", "rfm_inputs"], ["layers", "rfm_inputs_compared"]],
            ),
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def rfm(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        watch, as_of = Stopwatch(), as_of_date(context)
        with (
            no_retry(rfm_core.RfmError, rfm_core.RfmMapError),
            open_warehouse(settings, as_of) as connection,
        ):
            scores = score_rfm(connection, configuration.rfm, maps, as_of)
            write_frame(connection, "layers.rfm", scores.people)
            write_frame(connection, "layers.rfm_flows", scores.flows)
        yield dg.MaterializeResult(
            asset_key=["layers", "rfm"],
            metadata={
                "rows": len(scores.people),
                "people": len(scores.people),
                "people per segment": table_metadata(
                    _counts(scores.people["rfm_segment"], "segment")
                ),
                "grid": picture(rfm_grid(scores.people), "RFM grid"),
                "seconds": watch.seconds,
            },
        )
        title = f"RFM since {scores.compared_as_of}"
        yield dg.MaterializeResult(
            asset_key=["layers", "rfm_flows"],
            metadata={
                "rows": len(scores.flows),
                "people": int(scores.flows["people"].sum()),
                "compared with": scores.compared_as_of.isoformat(),
                "net sales before": float(scores.flows["net_amount_before"].sum()),
                "net sales now": float(scores.flows["net_amount_after"].sum()),
                "flow": picture(
                    flow_map(
                        scores.flows,
                        "from_segment",
                        "to_segment",
                        [*maps.titles, rfm_core.NO_ORDERS],
                        title,
                    ),
                    title,
                ),
            },
        )

    @dg.multi_asset(
        name="value",
        specs=[
            spec(
                "value",
                "One row per buyer: expected orders and net sales with an interval, value tier, churn clock and probability.",
                [["facts", "user_orders"]],
                "scikitlearn",
            )
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def value(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        watch, as_of = Stopwatch(), as_of_date(context)
        with open_warehouse(settings, as_of) as connection:
            scores = score_value(connection, configuration, store, as_of)
        rows = len(scores.frame)
        return dg.MaterializeResult(
            metadata={
                "rows": rows,
                "people": rows,
                **_of_models([record.row() for record in scores.records]),
                "people per tier": table_metadata(_counts(scores.frame["value_tier"], "tier")),
                "value per tier": picture(_value_tiers(scores.frame), "Value per tier"),
                "churn clock": picture(_clock(scores.frame), "Churn clock"),
                "seconds": watch.seconds,
            }
        )

    @dg.multi_asset(
        name="predictions",
        specs=[
            spec(
                "predictions",
                "One row per person and attribute that they did not declare, where the prediction is good enough.",
                [
                    ["facts", "user_facts"],
                    ["facts", "user_purchase_days"],
                    ["staging", "account_attributes"],
                    ["tags", "user_tags"],
                    ["layers", "rfm"],
                    ["layers", "lifecycle"],
                ],
                "scikitlearn",
            )
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def predictions(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        watch, as_of = Stopwatch(), as_of_date(context)
        with open_warehouse(settings, as_of) as connection:
            records = predict_attributes(connection, configuration.prediction, store, as_of)
            found = connection.execute("select count(*) from layers.predictions").fetchone()
        return dg.MaterializeResult(
            metadata={
                "rows": 0 if found is None else found[0],
                **_of_models([record.row() for record in records]),
                "seconds": watch.seconds,
            }
        )

    @dg.multi_asset(
        name="models",
        specs=[
            spec(
                "models",
                "One row per model: its version, what it learned from, how good it is, and whether its scores are used.",
                [
                    ["layers", "value"],
                    ["layers", "predictions"],
                    ["audiences", "lookalike_members"],
                ],
            )
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def models(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with open_warehouse(settings, as_of_date(context)) as connection:
            rows = write_models(connection)
        return dg.MaterializeResult(metadata={"rows": len(rows), **_of_models(rows)})

    return [rfm, value, predictions, models]


def _of_models(rows: Sequence[Mapping[str, Any]]) -> dict[str, dg.MetadataValue]:
    """What a person asks of models, in columns that fit on the page; the table ``models`` has the rest."""
    asked = ("model", "is_used", "people", "engine", "words")
    measured = [
        {
            "model": row["model"],
            "measure": measure,
            "value": round(value, 4) if math.isfinite(value) else None,
        }
        for row in rows
        for measure, value in json.loads(row["metrics"]).items()
    ]
    return {
        "models": table_metadata([{name: row[name] for name in asked} for row in rows]),
        "measured": table_metadata(measured),
    }


def _value_tiers(frame: pd.DataFrame) -> bytes:
    mean = frame.groupby("value_tier")["predicted_value"].mean().sort_values(ascending=False)
    return bars(list(mean.index), mean.to_list(), "Predicted net sales of a person, by tier")


def _clock(frame: pd.DataFrame) -> bytes:
    late = frame["overdue_ratio"]
    bands = pd.cut(late, [*OVERDUE, float("inf")], right=False).value_counts(sort=False)
    labels = [f"{low:g} to {high:g}" for low, high in pairwise(OVERDUE)] + [f"{OVERDUE[-1]:g} +"]
    return bars(
        labels, bands.to_list(), "People by days since the last order over the gap to be expected"
    )


def _counts(values: pd.Series, name: str) -> list[dict[str, str | int]]:
    return [{name: str(key), "people": int(count)} for key, count in values.value_counts().items()]
