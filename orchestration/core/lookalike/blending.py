"""How much each engine counts: averaged over blends, each by the likelihood of held-out members of the seed.

One held-out evaluation of a small seed cannot tell which engine is best, and choosing all the same
is worse than a mean. So nothing is chosen: every set of engines, blended equally, is a model, and
the models are averaged by their likelihood. A seed of ten leaves near to the equal blend; for a
seed of hundreds the best set counts alone.
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
# Nobody is told from everyone: the likelihood of a perfect ranking stays finite.
LEAST_ABOVE = 1e-4


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


def areas_under_curve(scores: Floats, positive: Mask) -> Floats:
    """AUC of each row of ``scores`` (models x people)."""
    found: list[float] = []
    for row in scores:
        others = np.sort(row[~positive])
        below = np.searchsorted(others, row[positive], "left")
        until = np.searchsorted(others, row[positive], "right")
        found.append(float((below + until).mean()) / (2.0 * len(others)))
    return np.array(found)


def averaged_shares(
    engines: Sequence[str], blends: Floats, areas: Floats, seeds: int
) -> dict[str, float]:
    """Share of each engine, adding up to 1.

    ``blends``: models x engines; ``areas``: held-out AUC of each model; ``seeds``: distinct people
    it was measured on. With a member's distance from the top (the share of others above) taken as
    exponential with mean 1 - AUC, the log likelihood at its maximum is ``-seeds x log(1 - AUC)``
    up to a constant; models are averaged by it (Bayesian model averaging, all alike beforehand).
    """
    likelihood = -seeds * np.log(np.maximum(1.0 - areas, LEAST_ABOVE))
    weight = np.exp(likelihood - likelihood.max())
    shares = weight @ blends / weight.sum()
    return dict(zip(engines, shares.tolist(), strict=True))
