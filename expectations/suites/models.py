"""Expectations of models: every score in the version has a model, and none has seen the future."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_between, no_rows

_RUN = "Materialise value, predictions and lookalikes again for this day."


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    floor = context.configuration.prediction.minimum_balanced_accuracy
    return (
        is_between("people", 0, None, _RUN),
        no_rows(
            "no_model_is_from_the_future",
            f"select model, trained_on from {{batch}} where trained_on > date '{context.as_of}'",
            "No model learned from days after the as-of date.",
            _RUN,
        ),
        no_rows(
            "value_and_churn_say_what_they_are",
            "select w.model from (values ('value'), ('churn')) w(model) "
            "anti join {batch} b on b.model = w.model",
            "There is a row for the value model and one for the churn model, also where they were refused.",
            _RUN,
        ),
        no_rows(
            "used_models_are_stored",
            "select model from {batch} where is_used and (version is null or trained_on is null)",
            "A model whose scores are used has a version and a training date.",
            _RUN,
        ),
        no_rows(
            "used_attributes_reach_the_floor",
            "select model, measured from (select model, json_valid(metrics) as is_read, "
            "case when json_valid(metrics) then json_extract(metrics, '$.balanced_accuracy')::double end as measured "
            "from {batch} where is_used and starts_with(model, 'attribute.')) "
            f"where is_read and coalesce(measured, 0) < {floor}",
            f"An attribute is predicted only where its held-out balanced accuracy is at least {floor}.",
            "Materialise predictions again; the setting is prediction.minimum_balanced_accuracy.",
        ),
        no_rows(
            "metrics_are_json",
            "select model from {batch} where not json_valid(metrics)",
            "metrics can be read as JSON.",
            _RUN,
        ),
    )
