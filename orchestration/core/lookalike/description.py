"""What tells a seed from the base, feature by feature, in figures and in words."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from orchestration.core.frames import Floats
from orchestration.core.lookalike.preparation import Matrix, Preparation
from orchestration.core.metrics import area_under_curve

DEFINES_SEED_AUC = 0.99
DRIFT_BINS = 10


def describe(
    seed_features: Matrix,
    base_features: Matrix,
    preparation: Preparation,
    seed: Matrix,
    base: Matrix,
) -> pd.DataFrame:
    """How the seed differs from the base, the largest difference first.

    Columns: feature, seed_mean, base_mean (as given, missing values left out),
    standardised_difference (of prepared values), drift (population stability index: over 0.25 is
    commonly called a large shift) and words.
    """
    difference = seed.mean(axis=0, dtype=np.float64) - base.mean(axis=0, dtype=np.float64)
    seed_mean, base_mean = (
        _known_mean(features[:, preparation.columns].astype(np.float64))
        for features in (seed_features, base_features)
    )
    table = pd.DataFrame(
        {
            "feature": list(preparation.names),
            "seed_mean": seed_mean,
            "base_mean": base_mean,
            "standardised_difference": difference,
            "drift": [drift(own, others) for own, others in zip(seed.T, base.T, strict=True)],
        }
    )
    size = table["standardised_difference"].abs()
    table = table.assign(size=size).sort_values(
        ["size", "feature"], ascending=[False, True], ignore_index=True
    )
    words = [
        f"{feature} is {'higher' if away > 0 else 'lower'} in the seed "
        f"(mean {own:.4g} against {others:.4g}, {away:+.2f} standard deviations)"
        for feature, own, others, away in zip(
            table["feature"].tolist(),
            table["seed_mean"].tolist(),
            table["base_mean"].tolist(),
            table["standardised_difference"].tolist(),
            strict=True,
        )
    ]
    return table.drop(columns="size").assign(words=pd.Series(words, dtype="str"))


def drift(own: Matrix, others: Matrix) -> float:
    """Population stability index of ``own`` against ``others``, over tenths of ``others``.

    Half a person is added to every bin, so that an empty one stays finite.
    """
    edges = np.unique(np.quantile(others, np.linspace(0.0, 1.0, DRIFT_BINS + 1)[1:-1]))
    shares: list[Floats] = []
    for values in (own, others):
        counts = np.bincount(np.searchsorted(edges, values, "left"), minlength=len(edges) + 1) + 0.5
        shares.append(counts / counts.sum())
    return float(((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum())


def suspicions(names: Sequence[str], seed: Matrix, base: Matrix) -> list[str]:
    """A sentence for each feature that alone tells the seed from everyone."""
    positive = np.arange(len(seed) + len(base)) < len(seed)
    rows = np.concatenate([seed, base])
    named: list[str] = []
    for position, name in enumerate(names):
        alone = area_under_curve(rows[:, position].astype(np.float64), positive)
        if max(alone, 1.0 - alone) >= DEFINES_SEED_AUC:
            named.append(name)
    return [
        f"{name} alone tells the seed from everyone: if it defines the seed, exclude it."
        for name in named
    ]


def _known_mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    return np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
