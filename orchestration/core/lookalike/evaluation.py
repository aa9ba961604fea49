"""How well each engine and their blend find held-out members of the seed: repeated, stratified, paired."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.configuration import Lookalike
from orchestration.core.frames import Floats, every_kth
from orchestration.core.lookalike.blending import (
    Mask,
    averaged_shares,
    blend,
    distances,
    equal_blends,
    log_likelihood,
    normal_score,
)
from orchestration.core.lookalike.engines import ENGINES, Options
from orchestration.core.lookalike.preparation import Matrix
from orchestration.core.metrics import area_under_curve, average_precision

Z95 = 1.959964
BLEND = "blend"


@dataclass(frozen=True)
class Judgement:
    """``engine``: the blend of all, or the only one there is, with its AUC and its error.

    ``shares``: how much each engine counts. ``rows``: those of ``table``.
    """

    engine: str
    shares: Mapping[str, float]
    rows: tuple[Mapping[str, str | float], ...]
    auc: float
    auc_error: float

    @property
    def table(self) -> pd.DataFrame:
        """One row per engine x tier, the blend among them."""
        return pd.DataFrame(list(self.rows))

    @property
    def words(self) -> str:
        """The engines that count, the most important first."""
        said = sorted(self.shares.items(), key=lambda item: (-round(item[1], 2), item[0]))
        return ", ".join(f"{engine} {share:.0%}" for engine, share in said if share >= 0.005)


def judge(
    seed: Matrix,
    base: Matrix,
    weights: Floats,
    tiers: Sequence[tuple[str, float]],
    lookalike: Lookalike,
) -> Judgement:
    """Hold out a fold of seed and base at a time, fit on the rest, rank the fold.

    The base is held out as well: an engine that remembers whom it has seen gains nothing.
    AUC and average precision are means over folds; lift at a tier is the share of held-out seed
    members above the base's threshold over the tier's share, with Wilson's 95 % interval over the
    number of distinct seed members.
    """
    people = len(seed)
    judged, others = (
        every_kth(people, lookalike.judged_seed),
        every_kth(len(base), 10 * lookalike.judged_seed),
    )
    seed, weights, base = seed[judged], weights[judged], base[others]
    # Enough people tell the engines apart at once; repetitions and many bags are for small seeds.
    is_large = people > lookalike.judged_seed
    repeats, bags = (
        (1, max(lookalike.bags // 2, 1)) if is_large else (lookalike.repeats, lookalike.bags)
    )
    folds = min(lookalike.folds, len(seed), len(base))
    engines, blends = lookalike.engines, equal_blends(len(lookalike.engines))
    held_out: list[tuple[dict[str, Floats], Mask]] = []
    places: list[Floats] = []
    for repeat in range(repeats):
        random = np.random.default_rng([lookalike.seed, repeat])
        seed_fold = random.permutation(len(seed)) % folds
        base_fold = random.permutation(len(base)) % folds
        for fold in range(folds):
            options = Options(
                bags, lookalike.local_centroids, lookalike.seed + 1000 * repeat + fold
            )
            kept, out = seed_fold != fold, seed_fold == fold
            base_kept, base_out = base_fold != fold, base_fold == fold
            rows = np.concatenate([seed[out], base[base_out]])
            positive = np.arange(len(rows)) < int(out.sum())
            scores: dict[str, Floats] = {}
            for engine in engines:
                scorer = ENGINES[engine](seed[kept], base[base_kept], weights[kept], options)
                raw = scorer(rows)
                scores[engine] = normal_score(raw, np.sort(raw[~positive]))
            held_out.append((scores, positive))
            places.append(distances(blends @ np.array([scores[e] for e in engines]), positive))
    shares = _shares(engines, blends, places, len(seed))
    if len(engines) > 1:
        # The blend is judged on a fold with shares that this fold had no part in.
        for position, (scores, _) in enumerate(held_out):
            elsewhere = [*places[:position], *places[position + 1 :]]
            scores[BLEND] = blend(scores, _shares(engines, blends, elsewhere, len(seed)))
    rows = _rows(held_out, tiers, len(seed), len(seed) * repeats)
    chosen = BLEND if len(engines) > 1 else engines[0]
    auc = next(float(row["auc"]) for row in rows if row["engine"] == chosen)
    return Judgement(chosen, shares, rows, auc, auc_error(auc, len(seed), len(base)))


def _shares(
    engines: Sequence[str], blends: Floats, places: Sequence[Floats], seeds: int
) -> dict[str, float]:
    """Share of each engine by where the folds' held-out members were put; ``places``: see ``distances``."""
    distance = np.concatenate(places, axis=1)
    likelihood = log_likelihood(distance.mean(axis=1), np.log(distance).mean(axis=1))
    return averaged_shares(engines, blends, likelihood, seeds)


def _rows(
    held_out: Sequence[tuple[Mapping[str, Floats], Mask]],
    tiers: Sequence[tuple[str, float]],
    seeds: int,
    times: int,
) -> tuple[Mapping[str, str | float], ...]:
    """One row per engine x tier; ``times``: how often a member of the seed was held out, all together."""
    rows: list[Mapping[str, str | float]] = []
    for engine in held_out[0][0]:
        values = [_auc_and_precision(scores[engine], positive) for scores, positive in held_out]
        found = np.sum(
            [
                _found(scores[engine], positive, [share for _, share in tiers])
                for scores, positive in held_out
            ],
            axis=0,
        )
        rows += [
            _row(engine, tier, share, values, found[position] / times, seeds)
            for position, (tier, share) in enumerate(tiers)
        ]
    return tuple(rows)


def _row(
    engine: str,
    tier: str,
    share: float,
    values: list[tuple[float, float]],
    recall: float,
    seeds: int,
) -> Mapping[str, str | float]:
    low, high = wilson(recall, seeds)
    return {
        "engine": engine,
        "tier": tier,
        "auc": float(np.mean([auc for auc, _ in values])),
        "average_precision": float(np.mean([precision for _, precision in values])),
        "lift": recall / share,
        "lift_low": low / share,
        "lift_high": high / share,
    }


def _auc_and_precision(scores: Floats, positive: np.ndarray) -> tuple[float, float]:
    return area_under_curve(scores, positive), average_precision(scores, positive)


def _found(scores: Floats, positive: np.ndarray, shares: Sequence[float]) -> Floats:
    """Held-out seed members above the base's threshold of each share; on it, in proportion."""
    ordered = np.sort(scores[~positive])[::-1]
    own = scores[positive]
    counts = []
    for share in shares:
        # The threshold lies inside the base's sorted scores; between two of them by interpolation.
        threshold = np.interp(share * len(ordered) - 0.5, np.arange(len(ordered)), ordered)
        counts.append(float((own > threshold).sum() + 0.5 * (own == threshold).sum()))
    return np.asarray(counts)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of ``count``."""
    square = Z95**2 / count
    middle = (share + square / 2.0) / (1.0 + square)
    half = Z95 * math.sqrt(share * (1.0 - share) / count + square / (4.0 * count)) / (1.0 + square)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def auc_error(auc: float, positives: int, negatives: int) -> float:
    """Standard error of an AUC (Hanley and McNeil 1982)."""
    first, second = auc / (2.0 - auc), 2.0 * auc**2 / (1.0 + auc)
    variance = (
        auc * (1.0 - auc) + (positives - 1) * (first - auc**2) + (negatives - 1) * (second - auc**2)
    )
    return math.sqrt(max(variance, 0.0) / (positives * negatives))
