"""The evidence card of a lookalike as tables: how good, told by what, and enough people for which platform."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd

from orchestration.audiences.loading import LookalikeRequest
from orchestration.configuration import SeedGate
from orchestration.core.lookalike import LookalikeResult

_TABLES: Mapping[str, str] = {
    "lookalike_evaluations": "audience varchar, seed varchar, engine varchar, is_chosen boolean, is_published boolean, "
    "auc double, average_precision double, lift double, lift_low double, lift_high double, tier varchar",
    "lookalike_features": "audience varchar, position integer, feature varchar, seed_mean double, base_mean double, "
    "standardised_difference double, drift double, words varchar",
    "lookalike_gates": "audience varchar, seed varchar, platform varchar, checked_on date, seed_people bigint, "
    "is_seed_accepted boolean, people bigint, is_accepted boolean, words varchar",
}


@dataclass(frozen=True)
class Card:
    """The evidence of one lookalike. ``result`` is None where none could be made; ``words`` says why."""

    audience: str
    seed: str
    seed_people: int
    people: int
    words: str
    result: LookalikeResult | None

    @property
    def evaluations(self) -> pd.DataFrame:
        """Engine x tier; empty where nothing could be judged."""
        return pd.DataFrame() if self.result is None else self.result.evaluations


def start_evidence(connection: duckdb.DuckDBPyConnection) -> None:
    """Empty tables ``audiences.lookalike_evaluations``, ``_features`` and ``_gates``."""
    for table, columns in _TABLES.items():
        connection.execute(f"create or replace table audiences.{table} ({columns})")


def write_result(
    connection: duckdb.DuckDBPyConnection, request: LookalikeRequest, result: LookalikeResult
) -> None:
    """Members (none where the result is not published), evaluations and features of one lookalike."""
    members = result.members if result.is_published else result.members.head(0)
    _insert(connection, "lookalike_members", members.assign(audience=request.audience))
    evaluations = result.evaluations.assign(
        audience=request.audience,
        seed=request.seed,
        is_chosen=result.evaluations["engine"] == result.engine,
        is_published=result.is_published,
    )
    _insert(connection, "lookalike_evaluations", evaluations)
    features = result.features.assign(
        audience=request.audience, position=range(1, len(result.features) + 1)
    )
    _insert(connection, "lookalike_features", features)


def write_gates(
    connection: duckdb.DuckDBPyConnection, card: Card, platforms: Mapping[str, SeedGate]
) -> None:
    """One row per platform: whether its seed, and the lookalike itself, may be uploaded there."""
    rows = [
        {
            "audience": card.audience,
            "seed": card.seed,
            "platform": platform,
            "checked_on": gate.checked_on,
            "seed_people": card.seed_people,
            "is_seed_accepted": not _refusal(
                card.seed_people, gate.seed_minimum, gate.seed_maximum
            ),
            "people": card.people,
            "is_accepted": not _refusal(card.people, gate.people_minimum, gate.people_maximum),
            "words": gate_words(card, platform, gate),
        }
        for platform, gate in sorted(platforms.items())
    ]
    if rows:
        _insert(connection, "lookalike_gates", pd.DataFrame(rows))


def gate_words(card: Card, platform: str, gate: SeedGate) -> str:
    """What the platform says to seed and result, in one sentence."""
    said = [
        f"{role} of {people:,} people is {refusal}"
        for role, people, refusal in (
            (f"the seed {card.seed}", card.seed_people,
             _refusal(card.seed_people, gate.seed_minimum, gate.seed_maximum)),
            (f"the lookalike {card.audience}", card.people,
             _refusal(card.people, gate.people_minimum, gate.people_maximum)),
        )
        if refusal
    ]  # fmt: skip
    verdict = " and ".join(said) or "takes seed and lookalike"
    return f"{platform}: {verdict} ({gate.note}; read on {gate.checked_on})."


def _refusal(people: int, minimum: int, maximum: int | None) -> str:
    if people < minimum:
        return f"under the minimum of {minimum:,}"
    if maximum is not None and people > maximum:
        return f"over the maximum of {maximum:,}"
    return ""


def _insert(connection: duckdb.DuckDBPyConnection, table: str, frame: pd.DataFrame) -> None:
    connection.register("evidence", frame)
    connection.execute(f"insert into audiences.{table} by name select * from evidence")
    connection.unregister("evidence")
