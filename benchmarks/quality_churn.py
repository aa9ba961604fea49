"""Who will order nothing in the next weeks: our churn model beside the usual methods, on CDNOW and real households.

Methods that learn from labels look at an earlier date, one horizon before the last day known. Nothing is known of the
days after it.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from benchmarks.packages import package_path
from benchmarks.quality_value import CELL_PRIOR, cells, data_sets, people_of
from orchestration.configuration import load_configuration
from orchestration.core import value as model
from orchestration.core.metrics import average_precision, expected_calibration_error
from orchestration.core.threads import one_thread
from orchestration.core.value import churn

OURS = "ours"
BGNBD = "BG/NBD alone (lifetimes)"
MEASURES = {
    "AUC": (3, "high"),
    "average precision": (3, "high"),
    "calibration error": (3, "low"),
    "Brier": (4, "low"),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A data set, the last day known, and the days after it in which nobody orders who has churned."""

    data: str
    known_until: pd.Timestamp
    horizon_days: int


REPORTED = tuple(
    Case(data, pd.Timestamp(until), horizon_days)
    for data, until, horizon_days in (
        ("CDNOW", "1997-09-30", 90),
        ("CDNOW", "1998-03-31", 90),
        ("Households", "2017-10-01", 90),
        ("Households", "2017-10-01", 30),
    )
)
# What choices were made on: other dates and horizons.
DEVELOPMENT = tuple(
    Case(data, pd.Timestamp(until), horizon_days)
    for data, until, horizon_days in (
        ("CDNOW", "1997-07-31", 60),
        ("CDNOW", "1997-08-15", 90),
        ("CDNOW", "1997-11-15", 120),
        ("CDNOW", "1997-12-15", 90),
        ("CDNOW", "1998-02-01", 60),
        ("CDNOW", "1998-02-15", 120),
        ("Households", "2017-07-15", 60),
        ("Households", "2017-08-01", 45),
        ("Households", "2017-08-15", 75),
        ("Households", "2017-09-01", 30),
        ("Households", "2017-09-01", 90),
        ("Households", "2017-11-15", 45),
        ("Households", "2017-12-01", 30),
    )
)


def judge(case: Case, orders: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Floats], Floats, str]:
    """One row per method with ``MEASURES``; what each said, who churned, and the note of our fit."""
    days = model.order_days(orders)
    known = days[days["order_date"] <= case.known_until]
    now = people_of(known, case.known_until)
    truth = _churned(days, now, case.known_until, case.horizon_days)
    earlier = case.known_until - pd.Timedelta(days=case.horizon_days)
    before = people_of(known, earlier)
    label = _churned(known, before, earlier, case.horizon_days)
    with one_thread():
        said = {
            "RFM cell rates": _rfm_cells(before, label, now),
            BGNBD: _bgnbd(now, case.horizon_days),
            "logistic regression": _logistic(before, label, now),
            "boosted trees": boosted_trees(before, label, now),
        }
        said[OURS], note = _ours(known, case)
    rows = {name: _measures(probability, truth) for name, probability in said.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(MEASURES)), said, truth, note


def _churned(
    days: pd.DataFrame, people: pd.DataFrame, start: pd.Timestamp, horizon_days: int
) -> Floats:
    return model.outcome(days, people["one_id"], start, horizon_days)["orders"].to_numpy() == 0


def _measures(probability: Floats, churned: Floats) -> list[float]:
    return [
        float(roc_auc_score(churned, probability)),
        average_precision(probability, churned.astype(bool)),
        expected_calibration_error(probability, churned.astype(bool)),
        float(brier_score_loss(churned, probability)),
    ]


def _ours(known: pd.DataFrame, case: Case) -> tuple[Floats, str]:
    """As a run does it: the purchase model, and the classifier where it is not refused."""
    loaded = load_configuration()
    configured = loaded.churn.model_copy(update={"horizon_days": case.horizon_days})
    day = case.known_until.date()
    purchases = model.fit(model.summarise(known, case.known_until), loaded.value)
    fitted = churn.fit(known, day, configured)
    found = churn.predict(known, day, configured, purchases, fitted).predictions
    return found["churn_probability"].to_numpy(dtype=np.float64), fitted.reason


def _rfm_cells(before: pd.DataFrame, label: Floats, now: pd.DataFrame) -> Floats:
    """Share that churned among those who were in the same cell of R x F x M quintiles at the earlier date."""
    by_cell = pd.Series(label.astype(float)).groupby(cells(before).to_numpy()).agg(["sum", "size"])
    overall = float(label.mean())
    rates = (by_cell["sum"] + CELL_PRIOR * overall) / (by_cell["size"] + CELL_PRIOR)
    return cells(now).map(rates).fillna(overall).to_numpy(dtype=np.float64)


def lifetimes() -> Any:
    """The package; what it needs beside these three is in the environment."""
    for package in ("lifetimes", "autograd", "dill"):
        sys.path.append(str(package_path(package)))
    return importlib.import_module("lifetimes")


def _bgnbd(now: pd.DataFrame, horizon_days: int) -> Floats:
    """No order in the window: left already, or still there and silent (Fader, Hardie and Lee 2005)."""
    x, age = now["orders"].to_numpy(dtype=float) - 1.0, now["first"].to_numpy(dtype=float)
    last = age - now["last"].to_numpy(dtype=float)
    # In weeks and with a small penalty, as its manual advises where it does not converge.
    fitter = lifetimes().BetaGeoFitter(penalizer_coef=0.001).fit(x, last / 7.0, age / 7.0)
    alive = np.asarray(fitter.conditional_probability_alive(x, last / 7.0, age / 7.0))
    r, alpha = float(fitter.params_["r"]), float(fitter.params_["alpha"])
    silent = ((alpha + age / 7.0) / (alpha + (age + horizon_days) / 7.0)) ** (r + x)
    probability = 1.0 - alive * (1.0 - silent)
    return np.where(np.isfinite(probability), probability, np.nanmean(probability))


def _logistic(before: pd.DataFrame, label: Floats, now: pd.DataFrame) -> Floats:
    fitted = make_pipeline(
        FunctionTransformer(lambda rows: np.log1p(np.maximum(rows, 0.0))),
        StandardScaler(),
        LogisticRegression(max_iter=1000),
    ).fit(_matrix(before), label)
    return fitted.predict_proba(_matrix(now))[:, 1]


def boosted_trees(before: pd.DataFrame, label: Floats, now: pd.DataFrame) -> Floats:
    """Probabilities from plain histories of two dates (:func:`people_of`), not calibrated."""
    fitted = HistGradientBoostingClassifier(
        learning_rate=0.05,
        max_iter=150,
        max_leaf_nodes=15,
        min_samples_leaf=30,
        early_stopping=cast(Any, False),
        random_state=0,
    ).fit(_matrix(before), label)
    return fitted.predict_proba(_matrix(now))[:, 1]


def _matrix(people: pd.DataFrame) -> Floats:
    return people.drop(columns="one_id").to_numpy(dtype=np.float64)


def reliability(said: dict[str, Floats], churned: Floats, bins: int = 10) -> pd.DataFrame:
    """Said and seen share of churn in tenths of the people by what ours and the purchase model said."""
    shown = pd.DataFrame({"tenth": [str(number) for number in range(1, bins + 1)]})
    for name in (OURS, BGNBD, "boosted trees"):
        parts = np.array_split(np.argsort(said[name], kind="stable"), bins)
        shown[f"{name}: said"] = [f"{said[name][part].mean():.3f}" for part in parts]
        shown[f"{name}: seen"] = [f"{churned[part].mean():.3f}" for part in parts]
    return shown


def table(judged: pd.DataFrame) -> pd.DataFrame:
    """The measures as text, the best of a column in bold."""
    shown = pd.DataFrame({"method": judged.index})
    for measure, (digits, better) in MEASURES.items():
        rounded = judged[measure].round(digits)
        best = rounded.max() if better == "high" else rounded.min()
        shown[measure] = [
            f"**{value:.{digits}f}**" if value == best else f"{value:.{digits}f}"
            for value in rounded
        ]
    return shown


def run(cases: tuple[Case, ...] = REPORTED) -> list[tuple[str, pd.DataFrame]]:
    """Title and table of each case, then their mean."""
    orders = data_sets()
    shown: list[tuple[str, pd.DataFrame]] = []
    judged: list[pd.DataFrame] = []
    for case in cases:
        measures, said, churned, note = judge(case, orders[case.data])
        judged.append(measures)
        title = (
            f"Churn: {case.data}, {case.known_until.date()}, no order in {case.horizon_days} days. {len(churned):,} "
            f"customers, {churned.mean():.0%} churned; ours: {note}"
        )
        shown.append((title, table(measures)))
        if cases is REPORTED:
            where = f"{case.data}, {case.known_until.date()}, {case.horizon_days} days"
            shown.append((f"Churn said and seen: {where}", reliability(said, churned)))
    mean = pd.concat(judged).groupby(level=0, sort=False).mean()
    return [*shown, (f"Churn: mean of {len(cases)} tasks", table(mean))]


def run_development() -> list[tuple[str, pd.DataFrame]]:
    """The cases that choices were made on."""
    return run(DEVELOPMENT)
