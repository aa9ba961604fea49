"""Value and churn of every buyer: ``layers.value``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from orchestration.configuration import Configuration
from orchestration.core import value as core
from orchestration.core.artefacts import ArtefactError, ModelStore, fingerprint, recipe_of
from orchestration.core.value import churn
from orchestration.core.value.clock import ChurnError, clock
from orchestration.modelling.record import ModelRecord, record_models, refused

STEP = "value"
VALUE, CHURN = "value", "churn"
_CODE = "orchestration.core.value"
# Where a person spent most; ties go to the first by name.
_CATEGORIES = """
    select one_id, top_category as category from facts.user_orders where top_category is not null group by one_id, top_category
    qualify row_number() over (partition by one_id order by sum(net_amount) desc, top_category) = 1
"""
_ORDERS = "select one_id, order_date, net_amount::double as net_amount from facts.user_orders"


# Columns of ``layers.value`` beside one_id that are text; all others are numbers.
_TEXTS = ("one_id", "value_tier", "churn_reason")
_CHURN = ("churn_probability", "churn_reason")
# The last bits of what a model says were seen to differ between two runs over the same rows. The same inputs
# must give the same table, so they are not written. (Money is rounded to cents on its way to the candidate.)
_WRITTEN_DECIMALS = {name: 6 for name in core.OUTPUT if name.startswith("predicted_orders")} | {
    "churn_probability": 6
}


@dataclass(frozen=True)
class ValueScores:
    """What was written, and the fits it comes from; ``frame`` is ``layers.value`` before rounding.

    A model that could not be made is None; its record says why and what to do.
    """

    frame: pd.DataFrame
    value: core.ValueFit | None
    churn: churn.ChurnFit | None
    records: list[ModelRecord]


def score_value(
    connection: duckdb.DuckDBPyConnection,
    configuration: Configuration,
    store: ModelStore,
    as_of: date,
) -> ValueScores:
    """Write ``layers.value``: one row per buyer with expected orders and net sales, tier and churn.

    A date that was scored before from the same orders is scored with the models of that run. Orders
    that a model cannot use leave its columns empty, so that everything else is published.
    """
    orders = connection.execute(_ORDERS).df()
    scores = _scores(connection, orders, configuration, store, as_of)
    connection.register("valued", scores.frame.round(_WRITTEN_DECIMALS))
    connection.execute("create or replace table layers.value as select * from valued")
    connection.unregister("valued")
    record_models(connection, STEP, scores.records)
    return scores


def _scores(
    connection: duckdb.DuckDBPyConnection,
    orders: pd.DataFrame,
    configuration: Configuration,
    store: ModelStore,
    as_of: date,
) -> ValueScores:
    data = fingerprint(orders)
    try:
        fitted, value_model = store.fit_once(
            VALUE,
            as_of,
            (data, recipe_of(configuration.value.model_dump(), _CODE)),
            core.KINDS,
            lambda: core.fit_orders(orders, as_of, configuration.value),
            lambda fit: fit.backtest.averages,
        )
        expected = core.predict_orders(orders, as_of, configuration.value, fitted).predictions
        rhythm = clock(_histories(connection, orders, as_of), configuration.churn, "category")
    except (core.ValueModelError, ChurnError) as error:
        because = "churn: nobody is scored, because the value model could not use the orders."
        records = [refused(VALUE, str(error)), refused(CHURN, because)]
        return ValueScores(_nobody(), None, None, records)
    tiers = core.tiers(expected, configuration.value.tiers)
    frame = expected.merge(tiers, on="one_id").merge(rhythm, on="one_id")
    records = [
        ModelRecord.of(value_model, fitted.backtest.engine, len(frame), " ".join(fitted.notes))
    ]
    try:
        leaves, churn_model = store.fit_once(
            CHURN,
            as_of,
            (data, recipe_of(configuration.churn.model_dump(), _CODE)),
            churn.KINDS,
            lambda: churn.fit(orders, as_of, configuration.churn, champion=_champion(store, as_of)),
            lambda fit: fit.metrics,
        )
        leaving = churn.predict(orders, as_of, configuration.churn, fitted.model, leaves)
    except ChurnError as error:
        unknown = pd.DataFrame({name: _empty(name, len(frame)) for name in _CHURN})
        frame = pd.concat([frame, unknown], axis=1)
        return ValueScores(frame, fitted, None, [*records, refused(CHURN, str(error))])
    said = leaving.predictions.rename(columns={"reason": "churn_reason"})
    records.append(ModelRecord.of(churn_model, leaves.engine, len(frame), leaves.reason))
    return ValueScores(frame.merge(said, on="one_id"), fitted, leaves, records)


def _nobody() -> pd.DataFrame:
    columns = (*core.OUTPUT, "value_tier", "expected_gap_days", "overdue_ratio", *_CHURN)
    return pd.DataFrame({name: _empty(name, 0) for name in columns})


def _empty(name: str, rows: int) -> pd.Series:
    return pd.Series([None] * rows, dtype="str" if name in _TEXTS else "float64")


def _histories(
    connection: duckdb.DuckDBPyConnection, orders: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """What the clock reads: every buyer's history, and the category they spent most in."""
    people = core.summarise(core.order_days(orders), as_of)
    return people.merge(connection.execute(_CATEGORIES).df(), on="one_id", how="left")


def _champion(store: ModelStore, as_of: date) -> str | None:
    """The churn engine of the date before; nobody's where none is stored or it cannot be read."""
    try:
        before = store.before(CHURN, as_of)
    except ArtefactError:
        return None
    return None if before is None else str(before.parameters["engine"])
