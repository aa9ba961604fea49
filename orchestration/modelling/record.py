"""Which fitted model gave the scores that are in the warehouse now.

Each step that scores records its models in ``layers.model_records``; ``layers.models`` is all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from orchestration.core.artefacts import Artefact

NO_ENGINE = "none"
_COLUMNS = (
    "step varchar, model varchar, engine varchar, version varchar, trained_on date, fingerprint varchar, "
    "is_used boolean, people bigint, metrics varchar, words varchar"
)
# So many digits of a fingerprint tell data apart; more would look like phone numbers now and then.
_FINGERPRINT_DIGITS = 8


@dataclass(frozen=True)
class ModelRecord:
    """One row of ``layers.models``, and of the published table ``models``.

    ``is_used``: its scores are in the tables of this run; a model that was refused or is not good
    enough is recorded as well, with the reason.
    """

    model: str
    engine: str
    is_used: bool
    people: int
    words: str
    version: str | None = None
    trained_on: date | None = None
    fingerprint: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls, artefact: Artefact, engine: str, people: int, words: str, *, is_used: bool = True
    ) -> ModelRecord:
        """The record of a stored model."""
        return cls(
            artefact.name,
            engine,
            is_used,
            people,
            words,
            artefact.version,
            artefact.trained_on,
            artefact.fingerprint[:_FINGERPRINT_DIGITS],
            artefact.metrics,
        )

    def row(self) -> dict[str, str | int | bool | None]:
        """Plain values, as the UI shows them."""
        metrics = {name: round(float(value), 6) for name, value in self.metrics.items()}
        return {
            "model": self.model,
            "engine": self.engine,
            "version": self.version,
            "trained_on": None if self.trained_on is None else self.trained_on.isoformat(),
            "fingerprint": self.fingerprint,
            "is_used": self.is_used,
            "people": self.people,
            "metrics": json.dumps(metrics, sort_keys=True),
            "words": self.words,
        }


def refused(model: str, words: str) -> ModelRecord:
    """The record of a model that could not be made; ``words`` say why and what to do."""
    return ModelRecord(model, NO_ENGINE, False, 0, words)


def record_models(
    connection: duckdb.DuckDBPyConnection, step: str, records: Sequence[ModelRecord]
) -> None:
    """Replace what ``step`` (the asset that scores) recorded before."""
    connection.execute(f"create table if not exists layers.model_records ({_COLUMNS})")
    connection.execute("delete from layers.model_records where step = $step", {"step": step})
    for record in records:
        connection.execute(
            "insert into layers.model_records values ($step, $model, $engine, $version, $trained_on, "
            "$fingerprint, $is_used, $people, $metrics, $words)",
            {"step": step, **record.row()},
        )


def write_models(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Write ``layers.models``, one row per model, from what the steps recorded; returns its rows."""
    connection.execute(
        "create or replace table layers.models as "
        "select * exclude (step) from layers.model_records order by model"
    )
    found = connection.execute("select * from layers.models order by model")
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
