"""Attributes predicted for people who did not declare them: ``layers.predictions``."""

from __future__ import annotations

import duckdb
import pandas as pd

from orchestration.audiences.columns import PREDICTED_ATTRIBUTES
from orchestration.audiences.features import FeatureOptions, build_features
from orchestration.configuration import Prediction
from orchestration.core.prediction import ModelError, PredictionResult, predict_attribute


def predict_attributes(
    connection: duckdb.DuckDBPyConnection, configuration: Prediction
) -> list[PredictionResult]:
    """Write ``layers.predictions`` (one_id, attribute, value, confidence); one result per attribute.

    An attribute below the configured floor, or declared by too few, has no rows; its result says
    why. The most usual platform of a person stratifies the held-out part.
    """
    features = build_features(
        connection,
        FeatureOptions(exclude=tuple(f"{attribute}." for attribute in PREDICTED_ATTRIBUTES)),
    )
    declared = connection.execute(
        f"select one_id, {', '.join(PREDICTED_ATTRIBUTES)}, split_part(platform_list, ';', 1) as platform "
        "from facts.user_facts order by one_id"
    ).df()
    results: list[PredictionResult] = []
    for attribute in PREDICTED_ATTRIBUTES:
        said = (
            declared[attribute].astype(object).where(declared[attribute].notna(), None).to_numpy()
        )
        try:
            result = predict_attribute(
                features.matrix,
                features.names,
                features.one_ids,
                said,
                declared["platform"].astype(object).to_numpy(),
                configuration,
                attribute=attribute,
            )
        except ModelError as error:
            result = PredictionResult(
                attribute, _nothing(), 0.0, {}, {}, 0, "none", False, str(error)
            )
        results.append(result)
    rows = pd.concat(
        [result.predictions.assign(attribute=result.attribute) for result in results],
        ignore_index=True,
    )
    connection.register("predicted", rows)
    connection.execute(
        "create or replace table layers.predictions as select one_id::varchar as one_id, attribute::varchar as attribute, "
        "value::varchar as value, confidence::double as confidence from predicted"
    )
    connection.unregister("predicted")
    return results


def _nothing() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "one_id": pd.Series(dtype="str"),
            "value": pd.Series(dtype="str"),
            "confidence": pd.Series(dtype="float64"),
        }
    )
