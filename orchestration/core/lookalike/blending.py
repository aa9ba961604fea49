"""How much each engine counts: averaged over blends, each by the likelihood of held-out members of the seed.

One held-out evaluation of a small seed cannot tell which engine is best, and choosing all the same
is worse than a mean. So nothing is chosen: every set of engines, blended equally, is a model, and
the models are averaged by their likelihood. A seed of ten leaves near to the equal blend; for a
seed of hundreds the best set counts nearly alone.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from orchestration.core.frames import Floats

Mask = NDArray[np.bool_]
# Trees remember a small seed more than they learn from it: their blends count a tenth beforehand, so
# they come in where held-out people ask for them. Learned on the development tasks (DECISIONS.md).
ODDS_BEFOREHAND: Mapping[str, float] = {"pu_trees": 0.1}
# What is known beforehand weighs as much as so many held-out people, learned there as well.
PEOPLE_BEFOREHAND = 20.0


def normal_score(scores: Floats, reference: Floats) -> Floats:
    """Scores of different engines on one scale: the normal quantile of the rank within ``reference``.

    ``reference`` is sorted. Between its values the rank is interpolated; beyond them it grows slowly
    with the distance, so that the order of the best is kept.
    """
    count = len(reference)
    knots, first = np.unique(reference, return_index=True)
    last = np.append(first[1:], count)
    rank = np.interp(scores, knots, (first + last) / 2.0 / count)
    normal = special.ndtri(np.clip(rank, 0.25 / count, 1.0 - 0.25 / count))
    span = max(float(knots[-1] - knots[0]), 1e-12)
    return (
        normal
        + 0.1 * (np.maximum(scores - knots[-1], 0.0) - np.maximum(knots[0] - scores, 0.0)) / span
    )


def blend(scores: Mapping[str, Floats], shares: Mapping[str, float]) -> Floats:
    """Weighted sum of scores that are on one scale; ``shares`` add up to 1."""
    combined = np.zeros(len(next(iter(scores.values()))))
    for engine, share in shares.items():
        combined += scores[engine] * share
    return combined


def equal_blends(engines: int) -> Floats:
    """One row per set of engines, one column per engine: the shares of its equal blend."""
    chosen = np.array(list(itertools.product((0.0, 1.0), repeat=engines)))[1:]
    return chosen / chosen.sum(axis=1, keepdims=True)


def distances(scores: Floats, positive: Mask) -> Floats:
    """Share of the others above each of the ``positive``, for each row of ``scores`` (models x people).

    models x positives, above 0 and below 1: nobody is told from everyone, not even by a perfect ranking.
    """
    count = int((~positive).sum())
    found: list[Floats] = []
    for row in scores:
        others = np.sort(row[~positive])
        below = np.searchsorted(others, row[positive], "left")
        until = np.searchsorted(others, row[positive], "right")
        found.append(1.0 - (below + until) / (2.0 * count))
    least = 0.5 / count
    return np.clip(np.array(found), least, 1.0 - least)


def log_likelihood(distance: Floats, logarithm: Floats) -> Floats:
    """Log likelihood per person, at its maximum, from the mean distance and the mean of its logarithm.

    The mean of two models of the distance from the top, as each sees another part of the ranking: an
    exponential one with that mean (everybody counts), and a power law on (0, 1] (the top counts).
    """
    power = -1.0 / logarithm
    return 0.5 * (-np.log(distance) - 1.0) + 0.5 * (np.log(power) - 1.0 + 1.0 / power)


def averaged_shares(
    engines: Sequence[str], blends: Floats, likelihood: Floats, seeds: int
) -> dict[str, float]:
    """Share of each engine, adding up to 1.

    ``blends``: models x engines; ``likelihood``: of each model, logarithm per person; ``seeds``:
    distinct people it was measured on. Models are averaged by their likelihood and the odds that
    they have beforehand (Bayesian model averaging); that mean is drawn towards the one without any
    likelihood, because fits of a small seed on its own parts are not yet fits of all of it.
    """
    odds = np.array([ODDS_BEFOREHAND.get(engine, 1.0) for engine in engines])
    beforehand = np.where(blends > 0, odds, 1.0).prod(axis=1)
    weight = np.exp(seeds * (likelihood - likelihood.max())) * beforehand
    told = weight @ blends / weight.sum()
    untold = beforehand @ blends / beforehand.sum()
    shares = (seeds * told + PEOPLE_BEFOREHAND * untold) / (seeds + PEOPLE_BEFOREHAND)
    return dict(zip(engines, shares.tolist(), strict=True))
