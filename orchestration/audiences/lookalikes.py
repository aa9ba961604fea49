"""Lookalikes between the two phases of the audiences: score, judge, keep what is better than chance."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

from orchestration.audiences.features import FeatureOptions, build_features
from orchestration.audiences.language import Lookalike
from orchestration.audiences.leakage import defining_features
from orchestration.audiences.loading import AudienceSet, LookalikeRequest
from orchestration.audiences.membership import seed_of
from orchestration.configuration import Lookalike as LookalikeConfiguration
from orchestration.core.lookalike import LookalikeError, LookalikeResult, evaluate_and_score

_EVALUATION_COLUMNS = (
    "audience varchar, seed varchar, engine varchar, is_chosen boolean, is_published boolean, auc double, "
    "average_precision double, lift double, lift_low double, lift_high double, tier varchar"
)


@dataclass(frozen=True)
class Card:
    """The evidence of one lookalike. ``result`` is None where none could be made; ``words`` says why."""

    audience: str
    seed: str
    people: int
    words: str
    result: LookalikeResult | None

    @property
    def evaluations(self) -> pd.DataFrame:
        """Engine x tier; empty where nothing could be judged."""
        return pd.DataFrame() if self.result is None else self.result.evaluations


def score_lookalikes(
    connection: duckdb.DuckDBPyConnection,
    audiences: AudienceSet,
    configuration: LookalikeConfiguration,
) -> list[Card]:
    """Fill ``audiences.lookalike_members`` and ``audiences.lookalike_evaluations``; one card per lookalike.

    The seed and people who opted out of everything are never in a result. A lookalike that does
    not beat chance by its margin, or cannot be made, has evaluations or words but no members; the
    other audiences are not affected.
    """
    connection.execute("delete from audiences.lookalike_members")
    connection.execute(
        f"create or replace table audiences.lookalike_evaluations ({_EVALUATION_COLUMNS})"
    )
    return [
        _score(connection, audiences, request, configuration) for request in audiences.lookalikes
    ]


def _score(
    connection: duckdb.DuckDBPyConnection,
    audiences: AudienceSet,
    request: LookalikeRequest,
    configuration: LookalikeConfiguration,
) -> Card:
    seed = seed_of(connection, audiences, request.audience)
    features = build_features(
        connection, FeatureOptions(exclude=defining_features(audiences, request.seed))
    )
    opted_out = connection.execute(
        "select one_id from facts.user_facts where is_opted_out_all"
    ).fetchnumpy()["one_id"]
    ids = pd.Index(features.one_ids)
    seed_mask = ids.isin(seed)
    try:
        result = evaluate_and_score(
            features.matrix,
            features.names,
            features.one_ids,
            seed_mask,
            ~ids.isin(opted_out),
            sized(configuration, request.condition, int((~seed_mask).sum())),
            audience=request.audience,
        )
    except LookalikeError as error:
        return Card(request.audience, request.seed, 0, str(error), None)
    members = result.members if result.is_published else result.members.head(0)
    _write(connection, request, result, members)
    words = " ".join(
        [result.reason, *result.notes, *(f"{words}." for words in result.top_features[:3])]
    )
    return Card(request.audience, request.seed, len(members), words, result)


def sized(
    configuration: LookalikeConfiguration, condition: Lookalike, pool: int
) -> LookalikeConfiguration:
    """The tiers of the configuration, cut at the size the audience asks for, which is the widest tier."""
    share = (
        condition.share
        if condition.share is not None
        else min((condition.count or 1) / max(pool, 1), 1.0)
    )
    tiers = [tier for tier in configuration.tiers if tier < float(share)]
    return configuration.model_copy(update={"tiers": [*tiers, float(share)], "tier_counts": []})


def _write(
    connection: duckdb.DuckDBPyConnection,
    request: LookalikeRequest,
    result: LookalikeResult,
    members: pd.DataFrame,
) -> None:
    found = members.assign(audience=request.audience)
    evaluations = result.evaluations.assign(
        audience=request.audience,
        seed=request.seed,
        is_chosen=result.evaluations["engine"] == result.engine,
        is_published=result.is_published,
    )
    connection.register("scored", found)
    connection.register("judged", evaluations)
    connection.execute(
        "insert into audiences.lookalike_members select audience, one_id, score, tier from scored"
    )
    connection.execute(
        "insert into audiences.lookalike_evaluations select audience, seed, engine, is_chosen, is_published, auc, "
        "average_precision, lift, lift_low, lift_high, tier from judged"
    )
    connection.unregister("scored")
    connection.unregister("judged")
