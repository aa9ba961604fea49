"""Regressions from an order history to how far the purchase model is off: the alternatives to it.

They learn at an earlier date, whose following days are known, and correct the model at another.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from orchestration.core.frames import Floats, every_kth, order_by_value
from orchestration.core.portable import Linear, Standard, Trees
from orchestration.core.threads import one_thread

REGRESSORS = ("poisson", "curved", "trees")
MINIMUM_PEOPLE = 50
BATCH_PEOPLE = 100_000
MINIMUM_EXPECTED = 1e-4
# A regression may correct the purchase model by no more than these factors.
CORRECTION_LIMITS = (0.1, 10.0)
# Standard scores beyond it are pressed to it: a history longer than any seen is not extrapolated.
CLIP = 3.0


@dataclass(frozen=True)
class Loglinear:
    """A Poisson regression; ``is_curved``: with the squares of all columns, and each times the first."""

    scaler: Standard
    linear: Linear
    is_curved: bool

    def factor(self, matrix: Floats) -> Floats:
        """What to multiply the model's orders with; (n,) from the (n, k) :func:`design`."""
        raw = self.linear.raw(_terms(self.scaler.apply(matrix), self.is_curved))
        return np.clip(np.exp(np.clip(raw, -50.0, 50.0)), *CORRECTION_LIMITS)


@dataclass(frozen=True)
class Boosted:
    """Boosted trees on top of a Poisson regression: they learn what it leaves over."""

    base: Loglinear
    trees: Trees

    def factor(self, matrix: Floats) -> Floats:
        """As :meth:`Loglinear.factor`."""
        raw = np.clip(self.trees.raw(matrix), -50.0, 50.0)
        return np.clip(self.base.factor(matrix) * np.exp(raw), *CORRECTION_LIMITS)


Correction = Loglinear | Boosted


@dataclass(frozen=True)
class Chance:
    """A logistic regression of ordering at all within the window that is learned over."""

    scaler: Standard
    linear: Linear

    def log_odds(self, matrix: Floats) -> Floats:
        """(n,) from the (n, k) :func:`design`."""
        return np.clip(self.linear.raw(self.scaler.apply(matrix)), -50.0, 50.0)


@dataclass(frozen=True)
class Learned:
    """The regressions by name, and the chance of an order; both may be missing (see :func:`learn`)."""

    corrections: Mapping[str, Correction]
    chance: Chance | None


NOTHING = Learned({}, None)
# What stored regressions are made of.
KINDS = (Learned, Chance, Loglinear, Boosted, Standard, Linear, Trees)


def design(
    features: Floats, orders: Floats, amount_per_order: Floats, alive: Floats, days: float
) -> Floats:
    """(n, k) matrix: what the purchase model says per day, and logged features of the history.

    ``orders``: what the model expects over ``days``. The regressions learn how far the truth is from
    that, which carries over to other dates and longer histories.
    """
    history = np.log1p(np.maximum(features, 0.0))
    said = np.maximum(np.column_stack([orders, orders * amount_per_order]), MINIMUM_EXPECTED)
    return np.column_stack([np.log(said / days), alive, history])


def learn(matrix: Floats, expected: Floats, orders: Floats, at_most: int, seed: int) -> Learned:
    """Fit all on at most ``at_most`` people. No regression where nobody ordered, no chance where everybody did too.

    ``expected``: the model's orders, ``orders``: what came. A Poisson regression with the logarithm
    of ``expected`` as offset: fitting ratios with ``expected`` as weight has the same likelihood.
    """
    rows = every_kth(len(matrix), at_most)
    matrix, orders = matrix[rows], orders[rows]
    exposure = np.maximum(expected[rows], MINIMUM_EXPECTED)
    rows = order_by_value(matrix, exposure, orders)
    matrix, exposure, orders = matrix[rows], exposure[rows], orders[rows]
    if len(matrix) < MINIMUM_PEOPLE or orders.sum() <= 0:
        return NOTHING
    scaler = Standard.fit(matrix, CLIP)
    with one_thread():
        plain, curved = (
            _loglinear(scaler, matrix, exposure, orders, is_curved=is_curved)
            for is_curved in (False, True)
        )
        trees = _trees(matrix, exposure * plain.factor(matrix), orders, seed)
        chance = _chance(scaler, matrix, orders > 0)
    return Learned({"poisson": plain, "curved": curved, "trees": Boosted(plain, trees)}, chance)


def corrected(
    learned: Learned, matrix: Callable[[slice], Floats], orders: Floats
) -> tuple[dict[str, Floats], Floats | None]:
    """The model's ``orders``, corrected by each and scaled back to the model's total; log odds of any order.

    ``matrix``: the :func:`design` of some rows, so that that of a million people is never held whole.
    The regressions know who buys more than others; how much all buy depends on how young the
    customers were when they learned, which the model accounts for and they do not.
    """
    said = {name: np.maximum(orders, MINIMUM_EXPECTED) for name in learned.corrections}
    log_odds = None if learned.chance is None else np.empty_like(orders)
    with one_thread():
        for start in range(0, len(orders), BATCH_PEOPLE):
            rows = slice(start, start + BATCH_PEOPLE)
            part = matrix(rows)
            for name, correction in learned.corrections.items():
                said[name][rows] *= correction.factor(part)
            if learned.chance is not None and log_odds is not None:
                log_odds[rows] = learned.chance.log_odds(part)
    total = float(orders.sum())
    scaled = {name: own * (total / max(float(own.sum()), 1e-9)) for name, own in said.items()}
    return scaled, log_odds


def _terms(scaled: Floats, is_curved: bool) -> Floats:
    return np.column_stack([scaled, scaled**2, scaled[:, :1] * scaled]) if is_curved else scaled


def _loglinear(
    scaler: Standard, matrix: Floats, exposure: Floats, orders: Floats, *, is_curved: bool
) -> Loglinear:
    from sklearn.linear_model import PoissonRegressor

    fitted = PoissonRegressor(alpha=0.05 if is_curved else 0.02, max_iter=300).fit(
        _terms(scaler.apply(matrix), is_curved),
        orders / exposure,
        sample_weight=exposure / exposure.mean(),
    )
    return Loglinear(scaler, Linear.of(fitted), is_curved)


def _chance(scaler: Standard, matrix: Floats, ordered: NDArray[np.bool_]) -> Chance | None:
    from sklearn.linear_model import LogisticRegression

    if ordered.all():
        return None
    fitted = LogisticRegression(C=0.05, max_iter=500).fit(scaler.apply(matrix), ordered)
    return Chance(scaler, Linear.of(fitted))


def _trees(matrix: Floats, exposure: Floats, orders: Floats, seed: int) -> Trees:
    from sklearn.ensemble import HistGradientBoostingRegressor

    fitted = HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=0.05,
        max_iter=60,
        max_leaf_nodes=6,
        min_samples_leaf=max(50, len(matrix) // 100),
        l2_regularization=5.0,
        early_stopping=cast(Any, False),
        random_state=seed,
    ).fit(matrix, orders / exposure, sample_weight=exposure / exposure.mean())
    return Trees.of(fitted)
