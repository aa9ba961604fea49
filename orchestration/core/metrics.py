"""Measures of rankings and of probabilities, on arrays."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestration.core.frames import Floats

Mask = NDArray[np.bool_]


def mean_ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]


def rank_correlation(left: Floats, right: Floats) -> float:
    """Spearman's correlation; 0 where one side does not vary."""
    if len(left) < 2:
        return 0.0
    deviations = [ranks - ranks.mean() for ranks in (mean_ranks(left), mean_ranks(right))]
    norm = float(np.sqrt((deviations[0] @ deviations[0]) * (deviations[1] @ deviations[1])))
    return float(deviations[0] @ deviations[1]) / norm if norm > 0 else 0.0


def area_under_curve(scores: Floats, positive: Mask) -> float:
    """Probability that a positive scores above a negative, ties count half; 0.5 where a side is empty."""
    count = int(positive.sum())
    if count in (0, len(positive)):
        return 0.5
    ranks = mean_ranks(scores)
    return float(
        (ranks[positive].sum() - count * (count + 1) / 2.0) / (count * (len(positive) - count))
    )


def average_precision(scores: Floats, positive: Mask) -> float:
    """Mean over positives of the precision at their score, equal scores together; 0 without positives."""
    if not positive.any():
        return 0.0
    order = np.argsort(-scores, kind="stable")
    sorted_scores, hits = scores[order], np.cumsum(positive[order])
    last = np.append(np.flatnonzero(np.diff(sorted_scores)), len(scores) - 1)
    gained = np.diff(np.concatenate([[0], hits[last]]))
    return float((gained * hits[last] / (last + 1)).sum() / hits[-1])


def expected_calibration_error(probability: Floats, positive: Mask, bins: int = 10) -> float:
    """Mean gap between said and seen in bins of equal numbers of people, weighted by people."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(order))) if len(part)]
    gaps = [
        abs(float(probability[part].mean()) - float(positive[part].mean())) * len(part)
        for part in parts
    ]
    return float(sum(gaps) / max(len(order), 1))


def balanced_accuracy(
    truth: NDArray[np.object_], said: NDArray[np.object_]
) -> tuple[float, dict[str, float]]:
    """Mean over classes of the share of their people that were named right, and that share by class."""
    by_class = {
        str(name): float((said[truth == name] == name).mean()) for name in sorted(set(truth))
    }
    return float(np.mean(list(by_class.values()))) if by_class else 0.0, by_class
