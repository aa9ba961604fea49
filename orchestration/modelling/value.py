"""Value and churn of every buyer: ``layers.value``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from orchestration.configuration import Configuration
from orchestration.core import value as core
from orchestration.core.artefacts import (
    Artefact,
    ArtefactError,
    ModelStore,
    fingerprint,
    recipe_of,
)
from orchestration.core.portable import pack
from orchestration.core.value import churn
from orchestration.modelling.record import ModelRecord, record_models

STEP = "value"
CHURN = "churn"
_ORDERS = "select one_id, order_date, net_amount::double as net_amount from facts.user_orders"


@dataclass(frozen=True)
class ValueScores:
    """What was written and how it was found; ``frame`` is ``layers.value``."""

    frame: pd.DataFrame
    expected: core.ValueResult
    churn: churn.ChurnResult
    records: list[ModelRecord]


def score_value(
    connection: duckdb.DuckDBPyConnection,
    configuration: Configuration,
    store: ModelStore,
    as_of: date,
) -> ValueScores:
    """Write ``layers.value``: one row per buyer with expected orders and net sales, tier and churn."""
    orders = connection.execute(_ORDERS).df()
    expected = core.predict_orders(orders, as_of, configuration.value)
    leaving = churn.predict(
        orders, as_of, configuration.churn, expected.model, champion=_champion(store, as_of)
    )
    tiers = core.tiers(expected.predictions, configuration.value.tiers)
    frame = expected.predictions.merge(tiers, on="one_id").merge(
        leaving.predictions.rename(columns={"reason": "churn_reason"}), on="one_id"
    )
    connection.register("valued", frame)
    connection.execute("create or replace table layers.value as select * from valued")
    connection.unregister("valued")
    records = _stored(orders, expected, leaving, configuration, store, as_of)
    record_models(connection, STEP, records)
    return ValueScores(frame, expected, leaving, records)


def _champion(store: ModelStore, as_of: date) -> str | None:
    """The churn engine of the date before; nobody's where none is stored or it cannot be read."""
    try:
        before = store.before(CHURN, as_of)
    except ArtefactError:
        return None
    return None if before is None else str(before.parameters["engine"])


def _stored(
    orders: pd.DataFrame,
    expected: core.ValueResult,
    leaving: churn.ChurnResult,
    configuration: Configuration,
    store: ModelStore,
    as_of: date,
) -> list[ModelRecord]:
    data = fingerprint(orders)
    parameters, arrays = pack(expected.model)
    value = Artefact(
        "value",
        as_of,
        data,
        recipe_of(configuration.value.model_dump(), "orchestration.core.value"),
        {"engine": expected.backtest.engine, "model": parameters},
        {},
        arrays,
    )
    left = Artefact(
        CHURN,
        as_of,
        data,
        recipe_of(configuration.churn.model_dump(), "orchestration.core.value"),
        {"engine": leaving.engine},
        {
            "auc": leaving.area_under_curve,
            "average_precision": leaving.average_precision,
            "expected_calibration_error": leaving.expected_calibration_error,
        },
    )
    for artefact in (value, left):
        store.store(artefact)
    people = len(expected.predictions)
    return [
        ModelRecord.of(value, expected.backtest.engine, people, " ".join(expected.notes)),
        ModelRecord.of(left, leaving.engine, people, leaving.reason),
    ]
