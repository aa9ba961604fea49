"""How often will people buy, and are they still customers: BG/NBD and MBG/NBD, fitted by maximum a posteriori.

Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way"; MBG/NBD after Batislam,
Denizel and Filiztekin (2007): a person may also leave right after the first purchase, so that a
one-time buyer of long ago is not held for alive with certainty.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from orchestration.core.frames import Floats

# Times are binned to this many steps of the longest age before equal rows are counted together.
TIME_STEPS = 400
QUADRATURE_NODES = 24
MAXIMUM_BETA_ORDERS = 400
# Prior of (r, alpha / mean age, a, b): log-normal, wide; medians of published retail fits.
PRIOR_MEDIAN = np.log(np.array([0.7, 0.3, 0.8, 2.5]))
PRIOR_DEVIATION = np.array([1.0, 1.5, 1.0, 1.0])


@dataclass(frozen=True)
class PurchaseModel:
    """Fitted parameters; ``alpha`` in days. ``leaves_at_once`` is MBG/NBD, otherwise BG/NBD."""

    r: float
    alpha: float
    a: float
    b: float
    leaves_at_once: bool
    log_likelihood: float
    people: int

    def alive(self, repeat_orders: Floats, recency_days: Floats, age_days: Floats) -> Floats:
        """Probability in [0, 1] that a person with this history is still a customer."""
        x, tx, age = repeat_orders, recency_days, age_days
        log_rest = (self.r + x) * (np.log(self.alpha + age) - np.log(self.alpha + tx))
        if self.leaves_at_once:
            log_odds_left = np.log(self.a) - np.log(self.b + x) + log_rest
            return special.expit(-log_odds_left)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_odds_left = np.log(self.a) - np.log(self.b + x - 1.0) + log_rest
        return np.where(x > 0, special.expit(-log_odds_left), 1.0)

    def buying(
        self, repeat_orders: Floats, recency_days: Floats, age_days: Floats, days: float
    ) -> Floats:
        """Probability in [0, 1] of at least one order in the next ``days``."""
        silent = np.exp((self.r + repeat_orders) * -np.log1p(days / (self.alpha + age_days)))
        return self.alive(repeat_orders, recency_days, age_days) * (1.0 - silent)

    def expected(
        self, repeat_orders: Floats, recency_days: Floats, age_days: Floats, days: float
    ) -> Floats:
        """Expected orders in the next ``days``; finite and not negative for every history.

        Given alive, the rate is Gamma(r + x, alpha + T) and the chance p to leave after an order is
        Beta; so the expectation is the integral of (1 - (1 + p t / (alpha + T))^-(r + x)) / p over p.
        Gauss-Jacobi quadrature of that smooth function has none of the poles and overflows of the
        closed form with 2F1.
        """
        x = repeat_orders
        share = days / (self.alpha + age_days)
        given_alive = np.empty_like(share)
        beta_orders = np.minimum(x, MAXIMUM_BETA_ORDERS).astype(np.int64)
        order = np.argsort(beta_orders, kind="stable")
        values, starts = np.unique(beta_orders[order], return_index=True)
        for value, rows in zip(values, np.split(order, starts[1:]), strict=True):
            second = self.b + value + (1.0 if self.leaves_at_once else 0.0)
            nodes, weights = special.roots_jacobi(QUADRATURE_NODES, second - 1.0, self.a - 1.0)
            p = (nodes + 1.0) / 2.0
            shape = self.r + x[rows]
            total = np.zeros(len(rows))
            for chance, weight in zip(p, weights / weights.sum(), strict=True):
                total += weight * -np.expm1(-shape * np.log1p(chance * share[rows])) / chance
            given_alive[rows] = total
        return self.alive(x, recency_days, age_days) * given_alive


def fit_purchases(
    repeat_orders: Floats,
    recency_days: Floats,
    age_days: Floats,
    prior_people: float,
    leaves_at_once: bool = True,
) -> PurchaseModel:
    """Maximum a posteriori fit on the distinct (x, tx, T) rows with their counts.

    The prior weighs ``prior_people`` people: it decides where there are few, and is drowned by
    data. Needs at least one person; a single one gives nearly the prior.
    """
    from scipy.optimize import minimize

    scale = max(float(np.mean(age_days)), 1.0)
    step = max(float(np.max(age_days)) / TIME_STEPS, 1e-9)
    rows = np.column_stack(
        [repeat_orders, np.round(recency_days / step) * step, np.round(age_days / step) * step]
    )
    distinct, counts = np.unique(rows, axis=0, return_counts=True)
    x, tx, age = (
        distinct[:, 0],
        distinct[:, 1] / scale,
        np.maximum(distinct[:, 2], distinct[:, 1]) / scale,
    )
    weights = counts / counts.sum()
    prior_weight = prior_people / (prior_people + len(repeat_orders)) / 4.0

    def loss(theta: NDArray[np.float64]) -> tuple[float, Floats]:
        value, gradient = _negative_log_likelihood(theta, x, tx, age, weights, leaves_at_once)
        deviation = (theta - PRIOR_MEDIAN) / PRIOR_DEVIATION
        penalty = 0.5 * prior_weight * float(deviation @ deviation)
        return value + penalty, gradient + prior_weight * deviation / PRIOR_DEVIATION

    fitted = minimize(
        loss,
        PRIOR_MEDIAN,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-7.0, 7.0)] * 4,
        options={"maxiter": 500},
    )
    r, alpha, a, b = np.exp(fitted.x)
    return PurchaseModel(
        r=float(r),
        alpha=float(alpha) * scale,
        a=float(a),
        b=float(b),
        leaves_at_once=leaves_at_once,
        log_likelihood=-float(fitted.fun) * len(repeat_orders),
        people=len(repeat_orders),
    )


def _negative_log_likelihood(
    theta: Floats, x: Floats, tx: Floats, age: Floats, weights: Floats, leaves_at_once: bool
) -> tuple[float, Floats]:
    """Mean negative log likelihood and its gradient by log parameters (r, alpha, a, b).

    Both models are a sum of two terms: still alive, and left right after the last purchase.
    With k = x + 1 chances to leave (MBG/NBD) or k = x (BG/NBD):
    alive = B(a, b + k) / B(a, b) (alpha + T)^-(r + x),
    left = B(a + 1, b + k - 1) / B(a, b) (alpha + tx)^-(r + x), absent where k is 0.
    """
    r, alpha, a, b = np.exp(theta)
    k = x + 1.0 if leaves_at_once else x
    common = special.gammaln(r + x) - special.gammaln(r) + r * np.log(alpha)
    base = special.betaln(a, b)
    alive = special.betaln(a, b + k) - base - (r + x) * np.log(alpha + age)
    can_leave = k > 0
    before = np.maximum(k - 1.0, 0.0)
    left = np.where(
        can_leave,
        special.betaln(a + 1.0, b + before) - base - (r + x) * np.log(alpha + tx),
        -np.inf,
    )
    total = np.logaddexp(alive, left)
    share_alive = np.exp(alive - total)
    share_left = 1.0 - share_alive
    value = -float(weights @ (common + total))

    digamma = special.psi
    d_r = digamma(r + x) - digamma(r) + np.log(alpha)
    d_r = d_r - share_alive * np.log(alpha + age) - share_left * np.log(alpha + tx)
    d_alpha = r / alpha - (r + x) * (share_alive / (alpha + age) + share_left / (alpha + tx))
    # d betaln(a, b) = psi(a) - psi(a + b), and both terms have a + b + k in the sum.
    together = digamma(a + b + k)
    d_a = (
        share_alive * digamma(a)
        + share_left * digamma(a + 1.0)
        - together
        - (digamma(a) - digamma(a + b))
    )
    d_b = (
        share_alive * digamma(b + k)
        + share_left * digamma(b + before)
        - together
        - (digamma(b) - digamma(a + b))
    )
    gradient = -np.array([weights @ d_r, weights @ d_alpha, weights @ d_a, weights @ d_b]) * np.exp(
        theta
    )
    return value, gradient
