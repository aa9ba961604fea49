"""Lookalikes between the two phases of the audiences: score, judge, keep what is better than chance."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.audiences.evidence import Card, start_evidence, write_gates, write_result
from orchestration.audiences.features import FeatureOptions, build_features
from orchestration.audiences.language import Lookalike
from orchestration.audiences.leakage import defining_features
from orchestration.audiences.loading import AudienceSet, LookalikeRequest
from orchestration.audiences.membership import seed_of
from orchestration.configuration import Lookalike as LookalikeConfiguration
from orchestration.core.artefacts import ModelStore, recipe_of
from orchestration.core.lookalike import (
    KINDS,
    LookalikeError,
    crowd_of,
    fit_lookalike,
    score_crowd,
)
from orchestration.modelling import ModelRecord, record_models, refused
from orchestration.tags import RuleTag

STEP = "lookalikes"
_CODE = "orchestration.core.lookalike"


def score_lookalikes(
    connection: duckdb.DuckDBPyConnection,
    audiences: AudienceSet,
    configuration: LookalikeConfiguration,
    rules: Mapping[str, RuleTag],
    store: ModelStore,
    as_of: date,
) -> list[Card]:
    """Fill ``audiences.lookalike_members`` and the tables of evidence; one card per lookalike.

    The seed, people who opted out of everything and members of excluded audiences are never in a
    result. A lookalike that does not beat chance by its margin, or cannot be made, has evaluations
    or words but no members; the other audiences are not affected. ``rules``: tag definitions, for
    what a seed is defined by. Each fit is in ``store``: a date that was scored before from the same
    people is scored with its own. What is used, and why something is not, is recorded as a model.
    """
    connection.execute("delete from audiences.lookalike_members")
    start_evidence(connection)
    cards: list[Card] = []
    records: list[ModelRecord] = []
    for request in audiences.lookalikes:
        card, record = _score(connection, audiences, request, configuration, rules, store, as_of)
        write_gates(connection, card, configuration.platforms)
        cards.append(card)
        records.append(record)
    record_models(connection, STEP, records)
    return cards


def _score(
    connection: duckdb.DuckDBPyConnection,
    audiences: AudienceSet,
    request: LookalikeRequest,
    configuration: LookalikeConfiguration,
    rules: Mapping[str, RuleTag],
    store: ModelStore,
    as_of: date,
) -> tuple[Card, ModelRecord]:
    seed = seed_of(connection, audiences, request.audience)
    features = build_features(
        connection, FeatureOptions(exclude=defining_features(audiences, request.seed, rules))
    )
    ids = pd.Index(features.one_ids)
    seed_mask = ids.isin(seed)
    model = f"lookalike.{request.audience}"
    wanted = sized(configuration, request.condition, int((~seed_mask).sum()))
    try:
        crowd = crowd_of(
            features.matrix,
            features.names,
            features.one_ids,
            seed_mask,
            ~ids.isin(_never(connection, request.condition)),
            wanted,
            _weights(connection, request.condition, ids),
            audience=request.audience,
        )
        fit, artefact = store.fit_once(
            model,
            as_of,
            (crowd.fingerprint(), recipe_of(wanted.model_dump(), _CODE)),
            KINDS,
            lambda: fit_lookalike(crowd, wanted),
            lambda fit: fit.metrics,
        )
        result = score_crowd(crowd, fit, wanted)
    except LookalikeError as error:
        card = Card(request.audience, request.seed, len(seed), 0, str(error), None)
        return card, refused(model, str(error))
    write_result(connection, request, result)
    words = " ".join(
        [result.reason, *result.notes, *(f"{words}." for words in result.top_features[:3])]
    )
    people = len(result.members) if result.is_published else 0
    card = Card(request.audience, request.seed, len(seed), people, words, result)
    record = ModelRecord.of(artefact, result.engine, len(seed), words, is_used=result.is_published)
    return card, record


def _never(connection: duckdb.DuckDBPyConnection, condition: Lookalike) -> npt.NDArray[np.object_]:
    """People who are in no result: opted out of everything, or members of an excluded audience."""
    found = connection.execute(
        "select one_id from facts.user_facts where is_opted_out_all "
        "union select one_id from audiences.audience_members where list_contains($excluded, audience)",
        {"excluded": list(condition.exclude or ())},
    ).fetchnumpy()["one_id"]
    return np.asarray(found, dtype=np.object_)


def _weights(
    connection: duckdb.DuckDBPyConnection, condition: Lookalike, ids: pd.Index
) -> npt.NDArray[np.float64] | None:
    """What each person counts in the seed; unknown and negative values count nothing."""
    if condition.weight is None:
        return None
    given = connection.execute(
        f"select one_id, greatest(coalesce({condition.weight}, 0), 0)::double as weight from audiences.profiles"
    ).df()
    return given.set_index("one_id")["weight"].reindex(ids).fillna(0.0).to_numpy(dtype=np.float64)


def sized(
    configuration: LookalikeConfiguration, condition: Lookalike, pool: int
) -> LookalikeConfiguration:
    """The tiers, cut at the size the audience asks for, which is the widest tier.

    Tiers are shares where the size is one, else numbers of people; ``pool``: people outside the seed.
    """
    if condition.count is not None:
        shares = [round(share * pool) for share in configuration.tiers]
        wished = (
            [int(tier) for tier in condition.tiers or ()] or configuration.tier_counts or shares
        )
        counts = sorted({tier for tier in wished if 0 < tier < condition.count})
        return configuration.model_copy(update={"tier_counts": [*counts, condition.count]})
    size = float(condition.share or 1)
    wished = [float(tier) for tier in condition.tiers or configuration.tiers]
    tiers = sorted({tier for tier in wished if tier < size})
    return configuration.model_copy(update={"tiers": [*tiers, size], "tier_counts": []})
