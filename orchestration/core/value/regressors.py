"""Regressions from an order history to what comes next: the alternatives to the purchase model.

They learn from an earlier date, whose following days are known, and predict for the as-of date.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from orchestration.core.frames import Floats, every_kth
from orchestration.core.threads import one_thread

REGRESSORS = ("poisson", "trees")
MINIMUM_PEOPLE = 50
MINIMUM_EXPECTED = 1e-4
# A regression may correct the purchase model by no more than these factors.
CORRECTION_LIMITS = (0.1, 10.0)


@dataclass(frozen=True)
class Prediction:
    """Expected orders and net amount per person over a horizon."""

    orders: Floats
    amount: Floats


Predictor = Callable[[Floats], Prediction]


def design(features: Floats, model: Prediction, alive: Floats, days: float) -> Floats:
    """n x k matrix: logged features of the recent history, and what the purchase model says per day.

    The first two columns are the model's orders and amount over ``days``: the regressions learn
    how far the truth is from them, which carries over to other dates and longer histories.
    """
    history = np.log1p(np.maximum(features, 0.0))
    said = np.maximum(np.column_stack([model.orders, model.amount]), MINIMUM_EXPECTED)
    return np.column_stack([said, np.log(said / days), alive, history])


def fit_regressors(
    matrix: Floats, orders: Floats, amount: Floats, at_most: int, seed: int
) -> Mapping[str, Predictor]:
    """Fit each regressor on at most ``at_most`` people; empty where nobody ordered."""
    rows = every_kth(len(matrix), at_most)
    matrix, orders, amount = matrix[rows], orders[rows], amount[rows]
    if len(matrix) < MINIMUM_PEOPLE or orders.sum() <= 0 or amount.sum() <= 0:
        return {}
    cap = float(np.quantile(amount[amount > 0], 0.995, method="inverted_cdf"))
    targets = (orders, np.clip(amount, 0.0, cap))
    with one_thread():
        return {
            name: _predictor(
                [_fit(name, matrix, column, target, seed) for column, target in enumerate(targets)]
            )
            for name in REGRESSORS
        }


def _predictor(parts: list[Any]) -> Predictor:
    def predict(matrix: Floats) -> Prediction:
        with one_thread():
            corrections = [
                np.clip(part.predict(matrix[:, 2:]), *CORRECTION_LIMITS) for part in parts
            ]
        return Prediction(matrix[:, 0] * corrections[0], matrix[:, 1] * corrections[1])

    return predict


def _fit(name: str, matrix: Floats, column: int, target: Floats, seed: int) -> Any:
    """A Poisson regression of the target with the model's prediction as exposure.

    Fitting target / exposure with the exposure as weight has the same likelihood as an offset.
    """
    exposure = matrix[:, column]
    ratio, weight = target / exposure, exposure / exposure.mean()
    if name == "poisson":
        from sklearn.linear_model import PoissonRegressor

        clipped = _ClippedScaler().fit(matrix[:, 2:])
        regressor = PoissonRegressor(alpha=0.02, max_iter=300)
        return _Scaled(
            clipped, regressor.fit(clipped.transform(matrix[:, 2:]), ratio, sample_weight=weight)
        )
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=0.09,
        max_iter=40,
        max_leaf_nodes=8,
        min_samples_leaf=max(30, len(matrix) // 200),
        l2_regularization=5.0,
        early_stopping=cast(Any, False),
        random_state=seed,
    ).fit(matrix[:, 2:], ratio, sample_weight=weight)


class _ClippedScaler:
    """Standard scores within +-3, so that a history longer than any seen is not extrapolated."""

    def fit(self, matrix: Floats) -> _ClippedScaler:
        self.mean = matrix.mean(axis=0)
        self.deviation = np.maximum(matrix.std(axis=0), 1e-9)
        return self

    def transform(self, matrix: Floats) -> Floats:
        return np.clip((matrix - self.mean) / self.deviation, -3.0, 3.0)


@dataclass(frozen=True)
class _Scaled:
    scaler: _ClippedScaler
    regressor: Any

    def predict(self, matrix: Floats) -> Floats:
        return self.regressor.predict(self.scaler.transform(matrix))
