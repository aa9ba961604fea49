"""Score everyone by their likeness to a seed, and prove that it is better than chance."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from orchestration.configuration import Lookalike
from orchestration.core.frames import Floats
from orchestration.core.lookalike.crowd import Crowd, Mask, Table, crowd_of
from orchestration.core.lookalike.evaluation import Judgement
from orchestration.core.lookalike.fitting import LookalikeFit, fit_lookalike, tier_shares
from orchestration.core.lookalike.preparation import check_finite
from orchestration.core.threads import one_thread

TOP_FEATURES = 8


@dataclass(frozen=True)
class LookalikeResult:
    """One lookalike and its evidence.

    ``scores``: percentile in (0, 1] per input row, NaN for seed and not eligible. ``members``:
    one_id, score, tier of everyone inside the widest tier, best first; ``tier`` is the narrowest
    that holds them. ``tiers``: tier, people (tiers are nested). ``evaluations``: engine, tier, auc,
    average_precision, lift, lift_low, lift_high. ``features``: see ``description.describe``. Publish
    only where ``is_published``; ``reason`` says why or why not.
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
    features: Table,
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
    carry a privacy label. The result does not depend on the order of rows.

    Raises :class:`LookalikeError`, naming ``audience``, where no lookalike can be made.
    """
    crowd = crowd_of(
        features,
        names,
        one_ids,
        seed_mask,
        eligible_mask,
        config,
        weights,
        audience=audience,
        exclude=exclude,
    )
    return score_crowd(crowd, fit_lookalike(crowd, config), config)


def score_crowd(crowd: Crowd, fit: LookalikeFit, config: Lookalike) -> LookalikeResult:
    """Rank everybody in the pool by a fit of this crowd, or of an equal one.

    Memory beside the crowd: one batch of ``config.batch_rows`` rows, and one score per person.
    Raises :class:`LookalikeError` for infinite values.
    """
    tiers = tier_shares(config, len(crowd.pool_rows), crowd.audience)
    with one_thread():
        raw = _score_batches(crowd, fit, config)
    percentile, members, tier_table = _rank(raw, crowd, tiers)
    beats, published, reason = _verdict(fit.judgement, crowd.seeds, config, crowd.audience)
    table = fit.features
    return LookalikeResult(
        audience=crowd.audience,
        engine=fit.judgement.engine,
        scores=percentile,
        members=members,
        tiers=tier_table,
        evaluations=fit.judgement.table,
        features=table,
        top_features=tuple(table["words"].head(TOP_FEATURES).tolist()),
        auc=fit.judgement.auc,
        beats_chance=beats,
        is_published=published,
        reason=reason,
        notes=fit.notes,
    )


def _score_batches(crowd: Crowd, fit: LookalikeFit, config: Lookalike) -> Floats:
    """Blended score per row, -inf where nobody is to be scored."""
    people = crowd.features.shape[0]
    raw = np.full(people, -np.inf)
    wanted = np.sort(crowd.pool_rows)
    for start in range(0, people, config.batch_rows):
        first, last = np.searchsorted(wanted, [start, start + config.batch_rows])
        if first == last:
            continue
        positions = wanted[first:last]
        rows = crowd.features[positions]
        check_finite(rows, crowd.names, crowd.audience)
        raw[positions] = fit.score(rows)
    return raw


def _rank(
    raw: Floats, crowd: Crowd, tiers: Sequence[tuple[str, float]]
) -> tuple[NDArray[np.float32], pd.DataFrame, pd.DataFrame]:
    """Percentiles, members of the widest tier and the tier table; ties end in one_id."""
    pool_rows = crowd.pool_rows
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
    members = pd.DataFrame(
        {
            "one_id": crowd.ids.take(pa.array(inside)).to_pandas(),
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
