"""Attributes predicted for people who did not declare them: ``layers.predictions``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.audiences.features import FeatureOptions, Features, build_features
from orchestration.configuration import Prediction
from orchestration.core import prediction as core
from orchestration.core.artefacts import ModelStore, recipe_of
from orchestration.modelling import ModelRecord, record_models, refused

STEP = "predictions"
# What else says what an attribute says; its own feature is left out by its name.
_SAYS: Mapping[str, tuple[str, ...]] = {"city": ("province.",)}

_DECLARED = """
    with told as (
        select one_id, value from tags.user_tags where tag = 'profile.' || $attribute
    ),
    numbered as (
        select value, (row_number() over (order by value) - 1)::integer as code from told group by value
    )
    select coalesce(numbered.code, -1)::integer as code
    from facts.user_facts as facts
    left join told on facts.one_id = told.one_id
    left join numbered on told.value = numbered.value
    order by facts.one_id
"""
_VALUES = (
    "select distinct value from tags.user_tags where tag = 'profile.' || $attribute order by value"
)
_PLATFORMS = (
    "select split_part(platform_list, ';', 1) as platform from facts.user_facts order by one_id"
)


def predict_attributes(
    connection: duckdb.DuckDBPyConnection,
    configuration: Prediction,
    store: ModelStore,
    as_of: date,
) -> list[ModelRecord]:
    """Write ``layers.predictions`` (one_id, attribute, value, confidence, as_of); one record per attribute.

    What people declared are the tags ``profile.<attribute>``. No attribute that is predicted, or that the
    registry labels sensitive, is a feature of any. An attribute below the configured floor, declared by too few or not to be learned has no
    rows; its record says why. The first platform of a person stratifies the held-out part.
    """
    connection.execute(
        "create or replace table layers.predictions "
        "(one_id varchar, attribute varchar, value varchar, confidence double, as_of date)"
    )
    features = build_features(connection, _options(configuration))
    platforms = pd.Categorical(connection.execute(_PLATFORMS).df()["platform"])
    records = [
        _predict(connection, features, platforms, attribute, configuration, store, as_of)
        for attribute in configuration.attributes
    ]
    record_models(connection, STEP, records)
    return records


def _options(configuration: Prediction) -> FeatureOptions:
    """Without what says what a predicted attribute says."""
    names = configuration.attributes
    told = {f"{name}." for name in names} | {said for name in names for said in _SAYS.get(name, ())}
    return FeatureOptions(exclude=tuple(sorted(told)))


def _predict(
    connection: duckdb.DuckDBPyConnection,
    features: Features,
    platforms: pd.Categorical[Any],
    attribute: str,
    configuration: Prediction,
    store: ModelStore,
    as_of: date,
) -> ModelRecord:
    model = f"attribute.{attribute}"
    try:
        everyone = core.declared_people(
            features.matrix,
            features.names,
            features.one_ids,
            _declared(connection, attribute, configuration),
            platforms,
            attribute=attribute,
        )
        sample = everyone.sample(configuration)
        fit, artefact = store.fit_once(
            model,
            as_of,
            (
                sample.fingerprint(),
                recipe_of(configuration.model_dump(), "orchestration.core.prediction"),
            ),
            core.KINDS,
            lambda: core.fit_attribute(sample, configuration),
            lambda fit: fit.metrics,
        )
    except core.ModelError as error:
        return refused(model, str(error))
    for part in core.predicted(everyone, fit, configuration):
        connection.register("predicted", part.assign(attribute=attribute, as_of=as_of))
        connection.execute("insert into layers.predictions by name select * from predicted")
        connection.unregister("predicted")
    is_used = fit.model is not None
    return ModelRecord.of(artefact, fit.engine, fit.people, fit.reason, is_used=is_used)


def _declared(
    connection: duckdb.DuckDBPyConnection, attribute: str, configuration: Prediction
) -> pd.Categorical[Any]:
    """What everyone declared, in the order of their ids. Raises ModelError where nobody did."""
    named = {"attribute": attribute}
    values = [value for (value,) in connection.execute(_VALUES, named).fetchall()]
    if not values:
        raise core.ModelError(_why_nobody(connection, attribute, configuration))
    found = connection.execute(_DECLARED, named).fetchnumpy()["code"]
    codes: npt.NDArray[np.int32] = np.asarray(found, dtype=np.int32)
    return pd.Categorical.from_codes(codes, dtype=pd.CategoricalDtype(values))


def _why_nobody(
    connection: duckdb.DuckDBPyConnection, attribute: str, configuration: Prediction
) -> str:
    found = connection.execute(
        "select count(distinct value) from staging.account_attributes where attribute = $attribute",
        {"attribute": attribute},
    ).fetchone()
    values = 0 if found is None else int(found[0])
    if values > configuration.maximum_values:
        return (
            f"{attribute} is no attribute: it has {values} different values, more than prediction.maximum_values "
            f"({configuration.maximum_values}). Give it fewer, or take it out of prediction.attributes."
        )
    return (
        f"{attribute} is not predicted: nobody declared it. Deliver it as a column {attribute} of an export of customers "
        "(or name its header in a contract of your own), or take it out of prediction.attributes."
    )
