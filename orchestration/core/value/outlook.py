"""What all engines together expect of the days after a date."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# parts of the pandas stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from orchestration.core.value.engines import Near, Snapshot
from orchestration.core.value.growth import Ahead
from orchestration.core.value.intervals import Expected


class Outlook:
    """The engines' mixture on the date of ``snapshot``, over any number of days.

    Who orders at all changes the order of people in orders. Net sales hang on the many orders of a few, whom
    that does not know better: they are the mean orders times the amount of an order.
    """

    def __init__(
        self, snapshot: Snapshot, near: Near, weights: Mapping[str, float], ahead: Ahead
    ) -> None:
        """``near``: what the engines say of the window that ``ahead`` starts from."""
        self._ahead = ahead
        self._mean, self._ranked = near.mean(weights), near.ranked(weights)
        self._amount = np.maximum(snapshot.amount_per_order(), 0.0)

    def expected(self, days: float) -> Expected:
        """Orders and net sales over ``days``, before any guard."""
        return Expected(
            self._ahead.orders(self._ranked, days),
            self._ahead.orders(self._mean, days) * self._amount,
        )
