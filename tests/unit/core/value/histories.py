"""Simulated order histories for tests of value and churn."""

from __future__ import annotations

import numpy as np
import pandas as pd

START = pd.Timestamp("2025-01-01")


def simulated_orders(people: int = 900, days: int = 540, seed: int = 1) -> pd.DataFrame:
    """Gamma rates, a chance to leave after each order, log-normal amounts per person."""
    random = np.random.default_rng(seed)
    rate = random.gamma(1.2, 1 / 45.0, people)
    leave = random.beta(1.0, 6.0, people)
    worth = random.lognormal(4.0, 0.5, people)
    now = random.uniform(0, days * 0.6, people)
    parts = []
    active = np.ones(people, dtype=bool)
    while active.any():
        rows = np.flatnonzero(active & (now < days))
        parts.append(
            pd.DataFrame(
                {
                    "one_id": [f"p{row:05d}" for row in rows],
                    "order_date": START + pd.to_timedelta(np.floor(now[rows]), unit="D"),
                    "net_amount": np.round(worth[rows] * random.lognormal(0, 0.3, len(rows)), 2),
                }
            )
        )
        active &= (now < days) & (random.random(people) > leave)
        now = now + random.exponential(1.0 / rate)
    return pd.concat(parts, ignore_index=True)
