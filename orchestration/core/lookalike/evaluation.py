"""Which engine finds held-out members of the seed best: repeated, stratified, paired."""

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
from orchestration.core.lookalike.engines import ENGINES, PREFERRED, Options, normal_score, parts_of
from orchestration.core.lookalike.preparation import Matrix
from orchestration.core.metrics import area_under_curve, average_precision

Z95 = 1.959964


@dataclass(frozen=True)
class Judgement:
    """``table``: one row per engine x tier; ``engine``: the one chosen, with its AUC and its error."""

    engine: str
    table: pd.DataFrame
    auc: float
    auc_error: float
    why: str


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
    folds = min(lookalike.folds, len(seed))
    values: dict[str, list[tuple[float, float]]] = {name: [] for name in lookalike.engines}
    found: dict[str, Floats] = {name: np.zeros(len(tiers)) for name in lookalike.engines}
    members = sorted({part for name in lookalike.engines for part in parts_of(name)})
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
            for part in members:
                scorer = ENGINES[part](seed[kept], base[base_kept], weights[kept], options)
                raw = scorer(rows)
                scores[part] = normal_score(raw, np.sort(raw[~positive]))
            for name in lookalike.engines:
                combined = blend(scores, parts_of(name))
                values[name].append(_auc_and_precision(combined, positive))
                found[name] += _found(combined, positive, [share for _, share in tiers])
    engine, why = _choose(values, lookalike)
    total = len(seed) * repeats
    table = pd.DataFrame(
        [
            _row(name, tier, share, values[name], found[name][position] / total, len(seed))
            for name in lookalike.engines
            for position, (tier, share) in enumerate(tiers)
        ]
    )
    auc = float(np.mean([value for value, _ in values[engine]]))
    return Judgement(engine, table, auc, auc_error(auc, len(seed), len(base)), why)


def blend(scores: Mapping[str, Floats], shares: Mapping[str, float]) -> Floats:
    """Weighted mean of scores that are on one scale."""
    total = sum(shares.values())
    combined = np.zeros(len(next(iter(scores.values()))))
    for part, share in shares.items():
        combined += scores[part] * (share / total)
    return combined


def _choose(
    values: Mapping[str, list[tuple[float, float]]], lookalike: Lookalike
) -> tuple[str, str]:
    """The engine with the best mean AUC where it is clearly better than the preferred blend."""
    aucs = {name: np.array([auc for auc, _ in pairs]) for name, pairs in values.items()}
    best = max(aucs, key=lambda name: (round(float(aucs[name].mean()), 9), name))
    if PREFERRED not in aucs or best == PREFERRED:
        return best, f"{best} has the best held-out AUC."
    difference = aucs[best] - aucs[PREFERRED]
    error = (
        float(difference.std(ddof=1)) / math.sqrt(len(difference)) if len(difference) > 1 else 0.0
    )
    if float(difference.mean()) > lookalike.switch_errors * error:
        return (
            best,
            f"{best} is better than {PREFERRED} by {difference.mean():.3f} +- {error:.3f} held-out AUC.",
        )
    return (
        PREFERRED,
        f"{best} is not clearly better than {PREFERRED} ({difference.mean():+.3f} +- {error:.3f}).",
    )


def _row(
    engine: str,
    tier: str,
    share: float,
    values: list[tuple[float, float]],
    recall: float,
    seeds: int,
) -> dict[str, object]:
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
