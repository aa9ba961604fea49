"""The engines of expected orders: the purchase model, regressions that correct it, and their mixtures."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# parts of the pandas stubs are untyped.

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

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
    REGRESSORS,
    Correction,
    corrected,
    design,
    fit_corrections,
)

MODEL = "bgnbd_gamma_gamma"
HEURISTIC = "same_rate"
ENGINES = (MODEL, *REGRESSORS)
MIXTURE = "mixture"


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


def learn_corrections(
    days: pd.DataFrame, end: pd.Timestamp, label_days: int, value: Value
) -> dict[str, Correction]:
    """Regressions fitted ``label_days`` before ``end``, so that their labels end there.

    Empty where nobody had bought by then or nobody bought since.
    """
    earlier = end - pd.Timedelta(days=label_days)
    learned = some_people(days, value.fit_people)
    past = learned[learned["order_date"] <= earlier]
    if past.empty:
        return {}
    before = Snapshot.of(past, earlier, value)
    came = outcome(
        learned[learned["order_date"] <= end], before.summary["one_id"], earlier, label_days
    )
    expected = before.orders(label_days)
    return fit_corrections(
        before.design(expected, label_days)(slice(None)),
        expected,
        came["orders"].to_numpy(),
        value.fit_people,
        value.seed,
    )


def expected_orders(
    snapshot: Snapshot, corrections: Mapping[str, Correction], label_days: int
) -> dict[str, Floats]:
    """Orders over ``label_days`` by every engine that is there."""
    said = snapshot.orders(label_days)
    if not corrections:
        return {MODEL: said}
    return {MODEL: said} | corrected(corrections, snapshot.design(said, label_days), said)


def mixed(orders: Mapping[str, Floats], weights: Mapping[str, float]) -> Floats:
    """The engines' ``orders`` by their weights, which are taken to sum to 1 over those that are there."""
    known = {name: weight for name, weight in weights.items() if name in orders}
    total = sum(known.values())
    if total <= 0:
        return orders[MODEL]
    return np.sum([orders[name] * (weight / total) for name, weight in known.items()], axis=0)
