"""The engines of expected orders: the purchase model, regressions that correct it, and their mixtures."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# parts of the pandas stubs are untyped.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from orchestration.configuration import Value
from orchestration.core.frames import Floats
from orchestration.core.value.history import (
    SUMMARY_COLUMNS,
    features,
    outcome,
    some_people,
    summarise,
)
from orchestration.core.value.prediction import ValueModel, fit
from orchestration.core.value.regressors import (
    NOTHING,
    REGRESSORS,
    Learned,
    corrected,
    design,
    learn,
)

MODEL = "bgnbd_gamma_gamma"
HEURISTIC = "same_rate"
ENGINES = (MODEL, *REGRESSORS)
MIXTURE = "mixture"
# Shape of the number of orders where people are ranked: small, so that the chance of an order counts among
# frequent buyers too. The quantiles are enough for the tail of a million people.
SHAPE = 0.5
QUANTILES = 1000


@dataclass(frozen=True)
class Snapshot:
    """All buyers as known on ``at``: ``summary`` and ``features`` row by row, and the ``model`` of that date."""

    at: pd.Timestamp
    summary: pd.DataFrame
    features: Floats
    model: ValueModel

    @classmethod
    def of(
        cls,
        days: pd.DataFrame,
        at: pd.Timestamp,
        value: Value,
        model: ValueModel | None = None,
    ) -> Snapshot:
        """From order days (later ones are not read); fits the model where none is given."""
        summary = summarise(days, at)
        known = features(days, at, summary["one_id"])
        return cls(at, summary, known, fit(summary, value) if model is None else model)

    @property
    def is_once(self) -> np.ndarray:
        """Who bought on one day only."""
        return self.summary["repeat_orders"].to_numpy() == 0

    def orders(self, days: float) -> Floats:
        """What the purchase model expects of the next ``days``."""
        return self.model.purchases.expected(*self._history, days)

    def alive(self) -> Floats:
        """The purchase model's probability that a person is still a customer."""
        return self.model.purchases.alive(*self._history)

    def amount_per_order(self) -> Floats:
        """Expected net amount of an order of each person."""
        orders, mean_amount = (self.summary[name].to_numpy() for name in ("orders", "mean_amount"))
        return self.model.amounts.expected(orders, mean_amount)

    def design(self, orders: Floats, days: float) -> Callable[[slice], Floats]:
        """Rows of the regressions' matrix; ``orders``: those that the model expects over ``days``."""
        amount, alive = self.amount_per_order(), self.alive()
        return lambda rows: design(
            self.features[rows], orders[rows], amount[rows], alive[rows], days
        )

    def same_rate(self, days: float) -> Floats:
        """The rule of thumb: repeat orders so far per day."""
        age = np.maximum(self.summary["age_days"].to_numpy(), 1.0)
        return self.summary["repeat_orders"].to_numpy() / age * days

    @property
    def _history(self) -> tuple[Floats, Floats, Floats]:
        x, tx, age = (self.summary[name].to_numpy(dtype=np.float64) for name in SUMMARY_COLUMNS[:3])
        return x, tx, age


def learn_regressions(
    days: pd.DataFrame, end: pd.Timestamp, label_days: int, value: Value
) -> Learned:
    """Regressions fitted ``label_days`` before ``end``, so that their labels end there.

    Nothing where nobody had bought by then or nobody bought since.
    """
    earlier = end - pd.Timedelta(days=label_days)
    people = some_people(days, value.fit_people)
    past = people[people["order_date"] <= earlier]
    if past.empty:
        return NOTHING
    before = Snapshot.of(past, earlier, value)
    came = outcome(
        people[people["order_date"] <= end], before.summary["one_id"], earlier, label_days
    )
    expected = before.orders(label_days)
    return learn(
        before.design(expected, label_days)(slice(None)),
        expected,
        came["orders"].to_numpy(),
        value.fit_people,
        value.seed,
    )


@dataclass(frozen=True)
class Near:
    """What is expected of the window that the regressions learn over: ``orders`` by engine, log odds of any order."""

    orders: Mapping[str, Floats]
    log_odds: Floats | None

    @classmethod
    def of(cls, snapshot: Snapshot, learned: Learned, label_days: int) -> Near:
        """Every engine that is there."""
        said = snapshot.orders(label_days)
        if not learned.corrections:
            return cls({MODEL: said}, None)
        others, log_odds = corrected(learned, snapshot.design(said, label_days), said)
        return cls({MODEL: said} | others, log_odds)

    def mean(self, weights: Mapping[str, float]) -> Floats:
        """Orders by the engines' weights, which are taken to sum to 1 over those that are there."""
        known = {name: weight for name, weight in weights.items() if name in self.orders}
        total = sum(known.values())
        if total <= 0:
            return self.orders[MODEL]
        return np.sum(
            [self.orders[name] * (weight / total) for name, weight in known.items()], axis=0
        )

    def ranked(self, weights: Mapping[str, float]) -> Floats:
        """:meth:`mean` with people in the order of :func:`ranked_by_chance`."""
        mean = self.mean(weights)
        return mean if self.log_odds is None else ranked_by_chance(mean, self.log_odds)


def ranked_by_chance(orders: Floats, log_odds: Floats) -> Floats:
    """The values of ``orders``, dealt out in another order: that of a hurdle model (Mullahy 1986).

    Regressions of a number look at those who buy a lot; who buys at all is known better by a regression
    of just that. So people are ranked by the orders expected of those who order at all times their chance
    to. Both chances are those of a negative binomial number with shape ``SHAPE`` and are brought to the
    same odds in the mean. The quantiles of that score are mapped to those of ``orders``, so that equal
    scores stay equal and the numbers remain what they were.
    """
    known = np.maximum(orders, 1e-12)
    own = -np.expm1(-SHAPE * np.log1p(known / SHAPE))
    chance = special.expit(log_odds)
    shift = np.subtract(*special.logit(np.clip([own.mean(), chance.mean()], 1e-9, 1.0 - 1e-9)))
    score = np.log(known / own) + special.log_expit(log_odds + shift)
    steps = np.linspace(0.0, 1.0, QUANTILES + 1)
    knots, place = np.unique(np.round(np.quantile(score, steps), 9), return_inverse=True)
    values = np.bincount(place, np.log(np.quantile(known, steps))) / np.bincount(place)
    return np.exp(np.interp(score, knots, values))
