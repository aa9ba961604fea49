"""Score everyone by their likeness to a seed, and prove that it is better than chance."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# pyright: reportAttributeAccessIssue=false
# pyarrow.compute makes its functions when imported; scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from orchestration.configuration import Lookalike
from orchestration.core.frames import Floats, every_kth
from orchestration.core.lookalike.blending import blend, normal_score
from orchestration.core.lookalike.description import describe, suspicions
from orchestration.core.lookalike.engines import ENGINES, Options, Scorer
from orchestration.core.lookalike.errors import LookalikeError
from orchestration.core.lookalike.evaluation import Judgement, judge
from orchestration.core.lookalike.preparation import Matrix, Preparation, check_finite, prepare
from orchestration.core.threads import one_thread

Mask = NDArray[np.bool_]
TOP_FEATURES = 8
WEIGHT_LIMITS = (0.1, 10.0)
# An engine with less is not worth its time on a million people.
NEGLIGIBLE_SHARE = 0.02


@dataclass(frozen=True)
class LookalikeResult:
    """One lookalike and its evidence.

    ``scores``: percentile in (0, 1] per input row, NaN for seed and not eligible. ``members``:
    one_id, score, tier of everyone inside the widest tier, best first; ``tier`` is the narrowest
    that holds them. ``tiers``: tier, people (tiers are nested). ``evaluations``: engine, tier, auc,
    average_precision, lift, lift_low, lift_high. ``features``: see ``description.describe``. Publish only where ``is_published``; ``reason`` says why or why not.
    """

    audience: str
    engine: str
    scores: NDArray[np.float32]
    members: pd.DataFrame
    tiers: pd.DataFrame
    evaluations: pd.DataFrame
    features: pd.DataFrame
    top_features: tuple[str, ...]
    auc: float
    beats_chance: bool
    is_published: bool
    reason: str
    notes: tuple[str, ...]


def evaluate_and_score(
    features: Matrix,
    names: Sequence[str],
    one_ids: Sequence[str] | NDArray[np.object_],
    seed_mask: Mask,
    eligible_mask: Mask,
    config: Lookalike,
    weights: Floats | None = None,
    *,
    audience: str = "lookalike",
    exclude: Sequence[str] = (),
) -> LookalikeResult:
    """Weigh the engines on held-out seed members, then score everyone eligible outside the seed.

    ``features``: people x features, float32; NaN is a missing value. ``weights``: how much a seed
    member counts (value), read for the seed only. ``exclude``: features that define the seed or
    carry a privacy label. Memory beside the input: one batch of ``config.batch_rows`` rows, one
    score per person and the samples. The result does not depend on the order of rows.

    Raises :class:`LookalikeError`, naming ``audience``, where no lookalike can be made.
    """
    seed_mask, eligible_mask = (
        np.asarray(seed_mask, dtype=bool),
        np.asarray(eligible_mask, dtype=bool),
    )
    _check_shapes(features, names, one_ids, seed_mask, eligible_mask, weights, config, audience)
    order = _id_order(one_ids, audience)
    pool_mask = eligible_mask & ~seed_mask
    _check_sizes(int(seed_mask.sum()), int(pool_mask.sum()), audience)
    seed_rows = order[seed_mask[order]]
    seed_rows = seed_rows[every_kth(len(seed_rows), config.seed_sample)]
    pool_rows = order[pool_mask[order]]
    base_rows = pool_rows[every_kth(len(pool_rows), config.pool_sample)]
    preparation = prepare(
        np.concatenate([features[base_rows], features[seed_rows]]), names, exclude, audience
    )
    seed, base = preparation.apply(features[seed_rows]), preparation.apply(features[base_rows])
    seed_weights = _seed_weights(weights, seed_rows, audience)
    tiers = _tier_shares(config, len(pool_rows), audience)
    with one_thread():
        judged = judge(seed, base, seed_weights, tiers, config)
        scorers = _fit(judged.shares, seed, base, seed_weights, config)
        raw = _score_batches(features, names, pool_mask, preparation, scorers, config, audience)
    percentile, members, tier_table = _rank(raw, pool_rows, one_ids, tiers)
    table = describe(features, preparation, seed_rows, base_rows, seed, base)
    beats, published, reason = _verdict(judged, int(seed_mask.sum()), config, audience)
    return LookalikeResult(
        audience=audience,
        engine=judged.engine,
        scores=percentile,
        members=members,
        tiers=tier_table,
        evaluations=judged.table,
        features=table,
        top_features=tuple(table["words"].head(TOP_FEATURES).tolist()),
        auc=judged.auc,
        beats_chance=beats,
        is_published=published,
        reason=reason,
        notes=(
            f"Engines: {judged.words}.",
            *preparation.notes,
            *suspicions(preparation.names, seed, base),
        ),
    )


def _check_shapes(
    features: Matrix,
    names: Sequence[str],
    one_ids: Sequence[str] | NDArray[np.object_],
    seed_mask: Mask,
    eligible_mask: Mask,
    weights: Floats | None,
    config: Lookalike,
    audience: str,
) -> None:
    lengths = {len(features), len(one_ids), len(seed_mask), len(eligible_mask)}
    if weights is not None:
        lengths.add(len(weights))
    if features.ndim != 2 or len(lengths) != 1 or features.shape[1] != len(names):
        raise LookalikeError(
            f"Lookalike {audience}: features {features.shape}, {len(names)} names, {len(one_ids)} ids and the masks do not "
            "belong together. Give one row per person and one name per column."
        )
    unknown = [name for name in config.engines if name not in ENGINES]
    if unknown:
        raise LookalikeError(
            f"lookalike.engines has unknown {', '.join(unknown)}. Known engines: {', '.join(ENGINES)}."
        )


def _check_sizes(seeds: int, pool: int, audience: str) -> None:
    if seeds == 0:
        raise LookalikeError(
            f"Lookalike {audience}: the seed is empty. Check the seed audience's definition and its date."
        )
    if seeds == 1:
        raise LookalikeError(
            f"Lookalike {audience}: a seed of one person is like nobody. Use a wider seed audience."
        )
    if pool < 2:
        raise LookalikeError(
            f"Lookalike {audience}: the seed of {seeds} leaves {pool} eligible people to find. "
            "Use a narrower seed, or exclude fewer people."
        )


def _id_order(one_ids: Sequence[str] | NDArray[np.object_], audience: str) -> NDArray[np.int64]:
    ids = pa.array(one_ids, type=pa.string())
    if ids.null_count:
        raise LookalikeError(f"Lookalike {audience}: {ids.null_count} rows have no one_id.")
    first, second = ids[:-1], ids[1:]
    if len(ids) < 2 or pc.all(pc.less(first, second)).as_py():
        return np.arange(len(ids), dtype=np.int64)
    order = pc.array_sort_indices(ids)
    ordered = ids.take(order)
    if pc.any(pc.equal(ordered[:-1], ordered[1:])).as_py():
        raise LookalikeError(
            f"Lookalike {audience}: a one_id appears more than once. Give one row per person."
        )
    return order.to_numpy().astype(np.int64)


def _seed_weights(weights: Floats | None, seed_rows: NDArray[np.int64], audience: str) -> Floats:
    if weights is None:
        return np.ones(len(seed_rows))
    own = np.asarray(weights, dtype=np.float64)[seed_rows]
    if not np.isfinite(own).all() or (own < 0).any() or own.sum() <= 0:
        raise LookalikeError(
            f"Lookalike {audience}: seed weights must be finite, not negative and not all zero."
        )
    # A whale in the seed must not be the seed.
    limited = np.clip(own / own.mean(), *WEIGHT_LIMITS)
    return limited / limited.mean()


def _tier_shares(config: Lookalike, pool: int, audience: str) -> list[tuple[str, float]]:
    """Label and share of each tier, narrowest first."""
    if config.tier_counts:
        counts = sorted(set(config.tier_counts))
        if counts[0] < 1:
            raise LookalikeError(f"Lookalike {audience}: lookalike.tier_counts must be at least 1.")
        return [(f"top {count}", min(count / pool, 1.0)) for count in counts]
    shares = sorted(set(config.tiers))
    if not shares or shares[0] <= 0 or shares[-1] > 1:
        raise LookalikeError(
            f"Lookalike {audience}: lookalike.tiers must be shares above 0 and at most 1."
        )
    return [(f"{share * 100:g}%", share) for share in shares]


def _fit(
    shares: Mapping[str, float],
    seed: Matrix,
    base: Matrix,
    weights: Floats,
    config: Lookalike,
) -> dict[str, tuple[Scorer, Floats, float]]:
    """Per engine that counts: scorer, its sorted scores of the base, and its share of the blend."""
    options = Options(config.bags, config.local_centroids, config.seed)
    fitted: dict[str, tuple[Scorer, Floats, float]] = {}
    counting = {engine: share for engine, share in shares.items() if share >= NEGLIGIBLE_SHARE}
    for engine, share in counting.items():
        scorer = ENGINES[engine](seed, base, weights, options)
        fitted[engine] = (scorer, np.sort(scorer(base)), share / sum(counting.values()))
    return fitted


def _score_batches(
    features: Matrix,
    names: Sequence[str],
    pool_mask: Mask,
    preparation: Preparation,
    scorers: dict[str, tuple[Scorer, Floats, float]],
    config: Lookalike,
    audience: str,
) -> Floats:
    """Blended score per row, -inf where nobody is to be scored."""
    raw = np.full(len(features), -np.inf)
    shares = {part: share for part, (_, _, share) in scorers.items()}
    for start in range(0, len(features), config.batch_rows):
        wanted = np.flatnonzero(pool_mask[start : start + config.batch_rows]) + start
        if not len(wanted):
            continue
        rows = features[wanted]
        check_finite(rows, names, audience)
        prepared = preparation.apply(rows)
        parts = {
            part: normal_score(scorer(prepared), base)
            for part, (scorer, base, _) in scorers.items()
        }
        # Sums in another order differ in the last bits; rounded they tie, and ties end in the id.
        raw[wanted] = np.round(blend(parts, shares), 9)
    return raw


def _rank(
    raw: Floats,
    pool_rows: NDArray[np.int64],
    one_ids: Sequence[str] | NDArray[np.object_],
    tiers: Sequence[tuple[str, float]],
) -> tuple[NDArray[np.float32], pd.DataFrame, pd.DataFrame]:
    """Percentiles, members of the widest tier and the tier table; ties end in one_id."""
    count = len(pool_rows)
    # pool_rows are in id order, so a stable sort breaks ties by id.
    best_first = pool_rows[np.argsort(-raw[pool_rows], kind="stable")]
    percentile = np.full(len(raw), np.nan, dtype=np.float32)
    percentile[best_first] = (count - np.arange(count)) / count
    ends = np.array([min(math.ceil(round(share * count, 9)), count) for _, share in tiers])
    inside = best_first[: ends[-1]]
    label = np.array([tier for tier, _ in tiers], dtype=object)[
        np.searchsorted(ends, np.arange(len(inside)), side="right")
    ]
    ids = pa.array(one_ids, type=pa.string()).take(pa.array(inside))
    members = pd.DataFrame(
        {
            "one_id": ids.to_pandas(),
            "score": percentile[inside].astype(np.float64),
            "tier": pd.Series(label, dtype="str"),
        }
    )
    return percentile, members, pd.DataFrame({"tier": [tier for tier, _ in tiers], "people": ends})


def _verdict(
    judged: Judgement, seeds: int, config: Lookalike, audience: str
) -> tuple[bool, bool, str]:
    floor = 0.5 + config.margin_auc
    lower = judged.auc - 1.96 * judged.auc_error
    beats = judged.auc >= floor and lower > 0.5
    said = f"held-out AUC {judged.auc:.3f} (95 % from {lower:.3f})"
    if not beats:
        reason = (
            f"Lookalike {audience} is not published: {said} does not beat chance by the margin (floor {floor:.2f}). "
            "Use a seed that is more alike, or features that describe it."
        )
    elif seeds < config.seed_minimum:
        reason = (
            f"Lookalike {audience} is not published: its seed has {seeds} people, lookalike.seed_minimum is "
            f"{config.seed_minimum}. Use a wider seed audience."
        )
    else:
        reason = f"Lookalike {audience}: {said} with {judged.engine}."
    return beats, beats and seeds >= config.seed_minimum, reason
