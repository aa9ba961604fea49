"""How much is an order of this person worth: Gamma-Gamma (Fader and Hardie 2013), and what to do where it does not hold."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from orchestration.core.frames import Floats
from orchestration.core.metrics import rank_correlation

# Prior of (p, q, v / mean amount): log-normal; medians of published retail fits.
PRIOR_MEDIAN = np.log(np.array([6.0, 4.0, 0.5]))
PRIOR_DEVIATION = np.array([1.0, 1.0, 1.0])
# People are told apart by orders in these bins when amount goes with frequency.
ORDER_BINS = np.array([1.5, 2.5, 4.5, 8.5, 16.5])


@dataclass(frozen=True)
class AmountModel:
    """Expected mean amount = shrinkage of a person's own mean towards that of people alike."""

    p: float
    q: float
    v: float
    cap: float
    bin_means: tuple[float, ...]
    correlation: float
    is_independent: bool

    def expected(self, orders: Floats, mean_amount: Floats) -> Floats:
        """Expected net amount of the next order; own mean, capped, weighs more with more orders."""
        own = np.clip(mean_amount, 0.0, self.cap)
        centre = np.asarray(self.bin_means)[np.searchsorted(ORDER_BINS, orders)]
        weight = self.p * orders / (self.p * orders + max(self.q - 1.0, 0.05))
        return weight * own + (1.0 - weight) * centre


def fit_amounts(
    orders: Floats,
    mean_amount: Floats,
    prior_people: float,
    winsor_share: float,
    maximum_correlation: float,
) -> AmountModel:
    """Maximum a posteriori fit of Gamma-Gamma on people with a positive mean amount.

    Gamma-Gamma takes amount and frequency as independent. The rank correlation of both among
    repeat buyers is tested; above ``maximum_correlation`` every person is shrunk towards the mean
    of people with as many orders instead of that of everyone.
    """
    from scipy.optimize import minimize

    usable = (mean_amount > 0) & (orders > 0)
    if not usable.any():
        return AmountModel(6.0, 4.0, 1.0, 0.0, (0.0,) * (len(ORDER_BINS) + 1), 0.0, True)
    cap = float(np.quantile(mean_amount[usable], 1.0 - winsor_share, method="inverted_cdf"))
    n, z = orders[usable], np.minimum(mean_amount[usable], cap)
    scale = float(z.mean())
    z = z / scale
    prior_weight = prior_people / (prior_people + len(n)) / 3.0

    def loss(theta: Floats) -> tuple[float, Floats]:
        p, q, v = np.exp(theta)
        pn = p * n
        inner = v + n * z
        value = (
            special.gammaln(pn + q)
            - special.gammaln(pn)
            - special.gammaln(q)
            + q * np.log(v)
            + (pn - 1.0) * np.log(z)
            + pn * np.log(n)
            - (pn + q) * np.log(inner)
        )
        digamma = special.psi
        d_p = n * (digamma(pn + q) - digamma(pn) + np.log(z) + np.log(n) - np.log(inner))
        d_q = digamma(pn + q) - digamma(q) + np.log(v) - np.log(inner)
        d_v = q / v - (pn + q) / inner
        deviation = (theta - PRIOR_MEDIAN) / PRIOR_DEVIATION
        gradient = -np.array([d_p.mean(), d_q.mean(), d_v.mean()]) * np.exp(theta)
        penalty = 0.5 * prior_weight * float(deviation @ deviation)
        return -float(value.mean()) + penalty, gradient + prior_weight * deviation / PRIOR_DEVIATION

    fitted = minimize(
        loss,
        PRIOR_MEDIAN,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-5.0, 7.0)] * 3,
        options={"maxiter": 500},
    )
    p, q, v = np.exp(fitted.x)
    repeat = n > 1
    correlation = rank_correlation(n[repeat], z[repeat]) if repeat.sum() >= 30 else 0.0
    is_independent = abs(correlation) <= maximum_correlation
    population = v * p / (q - 1.0) if q > 1.1 else 1.0
    if is_independent:
        bin_means = np.full(len(ORDER_BINS) + 1, population)
    else:
        bins = np.searchsorted(ORDER_BINS, n)
        sums = np.bincount(bins, weights=z, minlength=len(ORDER_BINS) + 1)
        counts = np.bincount(bins, minlength=len(ORDER_BINS) + 1)
        bin_means = (sums + 5.0 * population) / (counts + 5.0)
    return AmountModel(
        p=float(p),
        q=float(q),
        v=float(v * scale),
        cap=cap,
        bin_means=tuple(float(mean) for mean in bin_means * scale),
        correlation=correlation,
        is_independent=bool(is_independent),
    )
