"""Ways to tell how much somebody is like the seed, behind one interface.

All read prepared features (see ``preparation``) and treat the base as *unlabelled*: it holds
people like the seed, too. Positive-unlabelled bagging after Mordelet and Vert (2014). The engines
err in different ways - similarity, a covariance, a penalised line, trees, one feature alone - which
is what makes their blend better than each. A small seed knows few features well, so most engines
lean on those that tell it from the base best (sure independence screening: Fan and Lv 2008).
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

import numpy as np
from scipy import special

from orchestration.core.frames import Floats, every_kth
from orchestration.core.lookalike.preparation import Matrix
from orchestration.core.lookalike.scorers import Forest, Line, Nearness, Scorer, unit

COVARIANCE_SHRINKAGE = 0.85
# Chosen on the development tasks of benchmarks.quality_lookalike; neighbours are as good (DECISIONS.md).
FOCUS, FOCUSED_SHRINKAGE = 3.0, 0.97
# A place of its own needs people who say where it is; with fewer it is one of them.
LOCAL_PEOPLE = 25
BASE_PER_SEED = 5
LARGEST_BAG = 1500
TREE_BASE_PER_SEED = 3
LARGEST_TREE_BAG = 400
TREE_LEAF = 3
RIDGE = 50.0
RIDGE_FEATURES = 10
FEATURE_DRAWS = 50
FEW = 3
# Enough people to say how well a feature tells them apart.
SEPARATION_SEED, SEPARATION_BASE = 2_000, 10_000


class Engine(Protocol):
    """Fits on a seed and a base, returns a scorer: more is more alike; scores are not probabilities."""

    def __call__(self, seed: Matrix, base: Matrix, weights: Floats, options: Options, /) -> Scorer:
        """``weights``: one per row of ``seed``, mean 1."""
        ...


@dataclass(frozen=True)
class Options:
    """What engines may be told: number of bags and local centroids, random seed."""

    bags: int
    local_centroids: int
    seed: int


def cosine(seed: Matrix, _base: Matrix, weights: Floats, _options: Options) -> Scorer:
    """Cosine to the seed's centroid; the base only scales the features."""
    return Nearness(_middle(seed, weights), np.zeros((0, seed.shape[1])))


def centroids(seed: Matrix, base: Matrix, weights: Floats, options: Options) -> Scorer:
    """Half the cosine to the global centroid, half that to the nearest of the clustered seed's (RALM)."""
    own = unit(seed)
    # Not more clusters than directions in which people differ.
    different = len(np.unique(np.round(own, 6), axis=0))
    count = min(options.local_centroids, len(seed) // LOCAL_PEOPLE, different)
    if count < 2:
        return cosine(seed, base, weights, options)
    from sklearn.cluster import KMeans

    clustered = KMeans(count, n_init=cast(Any, 3), random_state=options.seed).fit(
        own, sample_weight=weights
    )
    return Nearness(_middle(seed, weights), unit(clustered.cluster_centers_))


def lda(seed: Matrix, base: Matrix, weights: Floats, _options: Options) -> Scorer:
    """Mean difference through the inverse of the base's covariance, shrunken to its diagonal."""
    covariance, difference = _moments(seed, base, weights)
    shrunken = (1.0 - COVARIANCE_SHRINKAGE) * covariance
    shrunken[np.diag_indices_from(shrunken)] = np.maximum(np.diag(covariance), 1e-6)
    return Line(cast(Floats, np.linalg.solve(shrunken, difference)))


def focused_lda(seed: Matrix, base: Matrix, weights: Floats, _options: Options) -> Scorer:
    """Like ``lda``, with every feature scaled by how well it alone tells the seed from the base.

    The scale is ``abs(AUC - 0.5) ** FOCUS`` and the covariance is shrunken to one of equal variances,
    so a feature that says little is hardly used, whatever it is correlated with (adaptive ridge).
    """
    scale = np.abs(_separation(seed, base, weights)) ** FOCUS
    scale /= max(float(np.sqrt(np.mean(scale**2))), 1e-12)
    covariance, difference = _moments(seed, base, weights)
    shrunken = (1.0 - FOCUSED_SHRINKAGE) * covariance * np.outer(scale, scale)
    shrunken[np.diag_indices_from(shrunken)] += FOCUSED_SHRINKAGE
    return Line(scale * np.linalg.solve(shrunken, scale * difference))


def pu_logistic(seed: Matrix, base: Matrix, weights: Floats, options: Options) -> Scorer:
    """Bagged ridge-penalised logistic regressions of the seed against draws of the base, averaged.

    They read the features that alone tell the seed from the base best.
    """
    random = np.random.default_rng(options.seed)
    best = np.argsort(-np.abs(_separation(seed, base, weights)), kind="stable")[:RIDGE_FEATURES]
    own, others = seed[:, best].astype(np.float64), base[:, best].astype(np.float64)
    total = np.zeros(len(best))
    # Many small bags for a small seed; a large one needs no averaging.
    bags = int(np.clip(options.bags * 200 / len(seed), min(8, options.bags), options.bags))
    for _ in range(bags):
        chosen, drawn = _bag(len(base), weights, random, LARGEST_BAG, BASE_PER_SEED)
        total += ridge_logistic(own[chosen], others[drawn])
    coefficients = np.zeros(base.shape[1])
    coefficients[best] = total / bags
    return Line(coefficients)


def pu_trees(seed: Matrix, base: Matrix, weights: Floats, options: Options) -> Scorer:
    """Bagged trees of the seed against draws of the base: half best splits, half random splits."""
    from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

    random = np.random.default_rng(options.seed)
    trees: list[Any] = []
    for bag in range(2 * options.bags):
        chosen, drawn = _bag(len(base), weights, random, LARGEST_TREE_BAG, TREE_BASE_PER_SEED)
        rows = np.concatenate([seed[chosen], base[drawn]])
        label = np.concatenate([np.ones(len(chosen)), np.zeros(len(drawn))])
        make = (DecisionTreeClassifier, ExtraTreeClassifier)[bag % 2]
        tree = make(
            min_samples_leaf=TREE_LEAF,
            max_features="sqrt",
            class_weight="balanced",
            random_state=int(random.integers(2**31)),
        )
        trees.append(tree.fit(rows, label))
    return Forest.of(trees)


def one_feature(seed: Matrix, base: Matrix, weights: Floats, options: Options) -> Scorer:
    """The single feature that tells the seed from the base best, by AUC; averaged over draws of the seed.

    Some groups are one feature ("spends most on drugs"), and whatever adds others only blurs it.
    """
    return _best_features(seed, base, weights, options, 1)


def few_features(seed: Matrix, base: Matrix, weights: Floats, options: Options) -> Scorer:
    """Like ``one_feature`` with the best three, which count by their AUC above a half."""
    return _best_features(seed, base, weights, options, FEW)


def _best_features(
    seed: Matrix, base: Matrix, weights: Floats, options: Options, count: int
) -> Scorer:
    random = np.random.default_rng(options.seed)
    place, counted = _places(seed, base, weights)
    draws = random.multinomial(len(place), counted / counted.sum(), FEATURE_DRAWS) / len(place)
    away = np.round(draws @ place, 9)
    best = np.argsort(-np.abs(away), axis=1, kind="stable")[:, :count]
    coefficients = np.zeros(base.shape[1])
    np.add.at(coefficients, best, np.take_along_axis(away, best, axis=1) / best.size)
    return Line(coefficients)


def _moments(seed: Matrix, base: Matrix, weights: Floats) -> tuple[Floats, Floats]:
    """Covariance of the base, and how far the seed's mean is from the base's."""
    count = base.shape[1]
    covariance = np.cov(base.astype(np.float64), rowvar=False, ddof=0).reshape(count, count)
    seed_mean = np.average(seed.astype(np.float64), axis=0, weights=weights)
    return covariance, seed_mean - base.mean(axis=0, dtype=np.float64)


def _separation(seed: Matrix, base: Matrix, weights: Floats) -> Floats:
    """(features,) AUC of each feature alone, minus a half: its sign says where the seed is."""
    place, counted = _places(seed, base, weights)
    return np.round(np.average(place, axis=0, weights=counted), 9)


def _places(seed: Matrix, base: Matrix, weights: Floats) -> tuple[Floats, Floats]:
    """Share of the base below each member of the seed, minus a half: its mean is the AUC minus a half.

    members x features, and the weight of each member; of a large seed and base a part.
    """
    kept = every_kth(len(seed), SEPARATION_SEED)
    ordered = np.sort(base[every_kth(len(base), SEPARATION_BASE)], axis=0)
    place = np.column_stack(
        [
            np.searchsorted(column, own, "left") + np.searchsorted(column, own, "right")
            for column, own in zip(ordered.T, seed[kept].T, strict=True)
        ]
    )
    return place / (2.0 * len(ordered)) - 0.5, weights[kept]


ENGINES: Mapping[str, Engine] = {
    "cosine": cosine,
    "centroids": centroids,
    "lda": lda,
    "focused_lda": focused_lda,
    "pu_logistic": pu_logistic,
    "pu_trees": pu_trees,
    "one_feature": one_feature,
    "few_features": few_features,
}


def ridge_logistic(
    positive: Floats, negative: Floats, ridge: float = RIDGE, steps: int = 8
) -> Floats:
    """Coefficients of a class-balanced logistic regression with ridge penalty, by Newton's method.

    The intercept is fitted but not returned: it moves nobody in a ranking.
    """
    rows = np.concatenate([positive, negative])
    rows = np.column_stack([rows, np.ones(len(rows))])
    label = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))])
    half = len(rows) / 2.0
    weight = np.concatenate(
        [np.full(len(positive), half / len(positive)), np.full(len(negative), half / len(negative))]
    )
    penalty = np.full(rows.shape[1], ridge)
    penalty[-1] = 1e-6
    beta = np.zeros(rows.shape[1])
    for _ in range(steps):
        chance = special.expit(rows @ beta)
        gradient = rows.T @ (weight * (chance - label)) + penalty * beta
        curvature = (rows * (weight * np.maximum(chance * (1.0 - chance), 1e-4))[:, None]).T @ rows
        curvature[np.diag_indices_from(curvature)] += penalty
        step = np.linalg.solve(curvature, gradient)
        beta -= step
        if float(np.abs(step).max()) < 1e-6:
            break
    return beta[:-1]


def _bag(
    base: int, weights: Floats, random: np.random.Generator, largest: int, base_per_seed: int
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Seed rows drawn with replacement by weight, base rows without."""
    size = min(len(weights), largest)
    chosen = random.choice(len(weights), size, p=weights / weights.sum())
    drawn = random.choice(base, min(max(base // 2, 1), base_per_seed * size), replace=False)
    return chosen, drawn


def _middle(seed: Matrix, weights: Floats) -> Floats:
    return unit(np.average(seed, axis=0, weights=weights)[None, :])[0]
