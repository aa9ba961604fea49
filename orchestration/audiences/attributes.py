"""Attributes predicted for people who did not declare them: ``layers.predictions``."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from orchestration.audiences.columns import PREDICTED_ATTRIBUTES
from orchestration.audiences.features import FeatureOptions, Features, build_features
from orchestration.configuration import Prediction
from orchestration.core import prediction as core
from orchestration.core.artefacts import ModelStore, recipe_of
from orchestration.modelling import ModelRecord, record_models, refused

STEP = "predictions"


def predict_attributes(
    connection: duckdb.DuckDBPyConnection,
    configuration: Prediction,
    store: ModelStore,
    as_of: date,
) -> list[ModelRecord]:
    """Write ``layers.predictions`` (one_id, attribute, value, confidence); one record per attribute.

    An attribute below the configured floor, declared by too few or not to be learned has no rows;
    its record says why. The first platform of a person stratifies the held-out part.
    """
    features = build_features(
        connection,
        FeatureOptions(exclude=tuple(f"{attribute}." for attribute in PREDICTED_ATTRIBUTES)),
    )
    declared = connection.execute(
        f"select one_id, {', '.join(PREDICTED_ATTRIBUTES)}, split_part(platform_list, ';', 1) as platform "
        "from facts.user_facts order by one_id"
    ).df()
    parts: list[pd.DataFrame] = []
    records: list[ModelRecord] = []
    for attribute in PREDICTED_ATTRIBUTES:
        rows, record = _predict(features, declared, attribute, configuration, store, as_of)
        parts.append(rows.assign(attribute=attribute))
        records.append(record)
    connection.register("predicted", pd.concat(parts, ignore_index=True))
    connection.execute(
        "create or replace table layers.predictions as select one_id::varchar as one_id, attribute::varchar as attribute, "
        "value::varchar as value, confidence::double as confidence from predicted"
    )
    connection.unregister("predicted")
    record_models(connection, STEP, records)
    return records


def _predict(
    features: Features,
    declared: pd.DataFrame,
    attribute: str,
    configuration: Prediction,
    store: ModelStore,
    as_of: date,
) -> tuple[pd.DataFrame, ModelRecord]:
    model = f"attribute.{attribute}"
    try:
        everyone = core.declared_people(
            features.matrix,
            features.names,
            features.one_ids,
            declared[attribute].to_numpy(dtype=object),
            declared["platform"].to_numpy(dtype=object),
            attribute=attribute,
        )
        fit, artefact = store.fit_once(
            model,
            as_of,
            (
                everyone.fingerprint(),
                recipe_of(configuration.model_dump(), "orchestration.core.prediction"),
            ),
            core.KINDS,
            lambda: core.fit_attribute(everyone, configuration),
            lambda fit: fit.metrics,
        )
    except core.ModelError as error:
        return _NOBODY, refused(model, str(error))
    rows = core.predicted(everyone, fit, configuration)
    is_used = fit.model is not None
    return rows, ModelRecord.of(artefact, fit.engine, fit.people, fit.reason, is_used=is_used)


_NOBODY = pd.DataFrame(
    {
        "one_id": pd.Series(dtype="str"),
        "value": pd.Series(dtype="str"),
        "confidence": pd.Series(dtype="float64"),
    }
)
