"""What will each customer buy in the second half: our value model beside the usual methods, on CDNOW and real households.

The methods that learn from labels do so as ours does: the first half is cut once more, and what
happened after that earlier date is scaled by days to the held-out half.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import pearsonr, spearmanr
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import roc_auc_score

from benchmarks.packages import package_data
from benchmarks.quality_households import Households
from orchestration.configuration import load_configuration
from orchestration.core import value as model
from orchestration.core.threads import one_thread

OURS = "ours"
MBG = "MBG/NBD + Gamma-Gamma alone"
TREES = "boosted trees (Poisson)"
SCORES = 5
CELL_PRIOR = 10.0
MEASURES = {
    "orders: RMSE": (2, "low"),
    "rank correlation": (3, "high"),
    "predicted / actual": (2, "near one"),
    "decile error": (3, "low"),
    "alive: AUC": (3, "high"),
    "spend: correlation": (3, "high"),
    "spend: RMSE": (1, "low"),
    "orders inside the 90 % interval": (3, "near the share"),
    "spend inside the 90 % interval": (3, "near the share"),
}

# Data set, last day known, days held out. CDNOW: 39 weeks, then 39; households: half a year, then half.
REPORTED = (("CDNOW", "1997-09-30", 273), ("Households", "2017-07-01", 183))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """Orders, the last day known, and the number of days held out after it."""

    name: str
    orders: pd.DataFrame
    known_until: pd.Timestamp
    held_out_days: int


@dataclass(frozen=True)
class Guess:
    """Per person: expected orders and spend, and where the method has them their bounds."""

    orders: Floats
    spend: Floats
    orders_bounds: tuple[Floats, Floats] | None = None
    spend_bounds: tuple[Floats, Floats] | None = None


def data_sets() -> dict[str, pd.DataFrame]:
    """Orders (one_id, order_date, net_amount) of CDNOW and of the households."""
    folder = package_data("lifetimes", "lifetimes", "datasets")
    cdnow = pd.read_csv(
        folder / "CDNOW_master.txt",
        sep=r"\s+",
        skiprows=1,
        header=None,
        names=["customer", "order_date", "quantity", "net_amount"],
    )
    hashed = {
        customer: hashlib.md5(f"cdnow:{customer}".encode()).hexdigest()
        for customer in cdnow["customer"].unique()
    }
    cdnow["one_id"] = cdnow["customer"].map(hashed)
    cdnow["order_date"] = pd.to_datetime(cdnow["order_date"].astype(str), format="%Y%m%d")
    return {"CDNOW": cdnow, "Households": Households().orders()}


def cases(plan: tuple[tuple[str, str, int], ...] = REPORTED) -> list[Case]:
    """The data sets on the dates of ``plan``."""
    orders = data_sets()
    return [
        Case(name, orders[name], pd.Timestamp(until), held_out_days)
        for name, until, held_out_days in plan
    ]


def judge(case: Case) -> tuple[pd.DataFrame, str]:
    """One row per method with ``MEASURES``, and the note of our backtest."""
    configured = load_configuration().value.model_copy(update={"horizon_days": case.held_out_days})
    days = model.order_days(case.orders)
    known = days[days["order_date"] <= case.known_until]
    guesses, note = {}, ""
    with one_thread():
        guesses["same rate as before"] = _same_rate(case, known)
        guesses["RFM cell means"] = _rfm_cells(case, known)
        guesses[MBG] = _bounded(model.predict(model.summarise(known, case.known_until), configured))
        guesses[TREES] = _boosted_trees(case, known)
        guesses["mean of these two"] = Guess(
            (guesses[MBG].orders + guesses[TREES].orders) / 2.0,
            (guesses[MBG].spend + guesses[TREES].spend) / 2.0,
        )
        result = model.predict_orders(known, case.known_until.date(), configured)
    guesses[OURS], note = _bounded(result.predictions), result.backtest.reason
    truth = model.outcome(
        days, people_of(known, case.known_until)["one_id"], case.known_until, case.held_out_days
    )
    rows = {name: _measures(guess, truth) for name, guess in guesses.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(MEASURES)), note


def _bounded(predictions: pd.DataFrame) -> Guess:
    said = {name: predictions[name].to_numpy(dtype=np.float64) for name in model.OUTPUT[1:]}
    orders, spend = "predicted_orders", "predicted_value"
    bounds = ((said[f"{name}_low"], said[f"{name}_high"]) for name in (orders, spend))
    return Guess(said[orders], said[spend], *bounds)


def _measures(guess: Guess, truth: pd.DataFrame) -> list[float]:
    orders, spend = truth["orders"].to_numpy(), truth["amount"].to_numpy()
    return [
        float(np.sqrt(np.mean((guess.orders - orders) ** 2))),
        float(spearmanr(guess.orders, orders).statistic),
        float(guess.orders.sum() / orders.sum()),
        _decile_error(guess.orders, orders),
        float(roc_auc_score(orders > 0, guess.orders)),
        float(pearsonr(guess.spend, spend).statistic),
        float(np.sqrt(np.mean((guess.spend - spend) ** 2))),
        _inside(orders, guess.orders_bounds),
        _inside(spend, guess.spend_bounds),
    ]


def _inside(came: Floats, bounds: tuple[Floats, Floats] | None) -> float:
    return np.nan if bounds is None else float(((came >= bounds[0]) & (came <= bounds[1])).mean())


def _decile_error(guess: Floats, actual: Floats) -> float:
    """Mean gap of guess and truth in tenths of the people by guess, over the mean of the truth."""
    parts = np.array_split(np.argsort(guess, kind="stable"), 10)
    gaps = [abs(guess[part].sum() - actual[part].sum()) for part in parts]
    return float(sum(gaps) / actual.sum())


def people_of(days: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Plain history per person, sorted by one_id; counted here, not by the code under test."""
    past = days[days["order_date"] <= end]
    age = (end - past["order_date"]).dt.days
    past = past.assign(age=age, **_windows(age, past["net_amount"]))
    people = past.groupby("one_id", sort=True).agg(
        orders=("age", "size"),
        first=("age", "max"),
        last=("age", "min"),
        spend=("net_amount", "sum"),
        **{name: (name, "sum") for name in _windows(age, past["net_amount"])},
    )
    people["mean_amount"] = people["spend"] / people["orders"]
    people["orders_per_day"] = (people["orders"] - 1) / people["first"].clip(lower=1)
    people["spend_per_day"] = people["spend"] / people["first"].clip(lower=1)
    people["mean_gap"] = (people["first"] - people["last"]) / (people["orders"] - 1).clip(lower=1)
    return people.reset_index()


def _windows(age: pd.Series, amount: pd.Series) -> dict[str, pd.Series]:
    orders = {f"orders_{days}d": (age < days).astype(float) for days in (30, 90)}
    return orders | {f"spend_{days}d": amount.where(age < days, 0.0) for days in (30, 90)}


def _earlier(case: Case, known: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """People as of the middle of the known days, what they did until its end, and the scale by days."""
    label_days = int((case.known_until - known["order_date"].min()).days) // 2
    middle = case.known_until - pd.Timedelta(days=label_days)
    people = people_of(known, middle)
    label = model.outcome(known, people["one_id"], middle, label_days)
    return people, label, case.held_out_days / label_days


def _same_rate(case: Case, known: pd.DataFrame) -> Guess:
    people = people_of(known, case.known_until)
    orders = people["orders_per_day"].to_numpy() * case.held_out_days
    return Guess(orders, orders * people["mean_amount"].to_numpy())


def _rfm_cells(case: Case, known: pd.DataFrame) -> Guess:
    """Mean of the people who were in the same cell of R x F x M quintiles at the earlier date."""
    before, label, scale = _earlier(case, known)
    earlier_cells = cells(before)
    now = cells(people_of(known, case.known_until))
    guessed: list[Floats] = []
    for name in ("orders", "amount"):
        by_cell = label[name].groupby(earlier_cells.to_numpy()).agg(["sum", "size"])
        overall = float(label[name].mean())
        means = (by_cell["sum"] + CELL_PRIOR * overall) / (by_cell["size"] + CELL_PRIOR)
        guessed.append(now.map(means).fillna(overall).to_numpy(dtype=np.float64) * scale)
    return Guess(*guessed)


def cells(people: pd.DataFrame) -> pd.Series:
    """R x F x M quintiles as one number; equal values share the score."""
    measures = pd.DataFrame({"r": -people["last"], "f": people["orders"], "m": people["spend"]})
    ranks = measures.rank(method="average", pct=True).to_numpy(dtype=np.float64)
    return pd.Series(np.ceil(ranks * SCORES) @ np.array([100.0, 10.0, 1.0]))


def _boosted_trees(case: Case, known: pd.DataFrame) -> Guess:
    before, label, scale = _earlier(case, known)
    now = people_of(known, case.known_until)
    names = [name for name in before.columns if name != "one_id"]
    guessed = [
        HistGradientBoostingRegressor(
            loss="poisson",
            learning_rate=0.05,
            max_iter=150,
            max_leaf_nodes=15,
            min_samples_leaf=30,
            early_stopping=cast(Any, False),
            random_state=0,
        )
        .fit(before[names], label[target].clip(lower=0.0))
        .predict(now[names])
        * scale
        for target in ("orders", "amount")
    ]
    return Guess(*guessed)


def table(judged: pd.DataFrame, share: float) -> pd.DataFrame:
    """The measures as text, the best of a column in bold."""
    shown = pd.DataFrame({"method": judged.index})
    for measure, (digits, better) in MEASURES.items():
        rounded = judged[measure].round(digits)
        aim = {"low": 0.0, "near one": 1.0, "near the share": share}
        distance = (-rounded if better == "high" else (rounded - aim[better]).abs()).round(digits)
        shown[measure] = [
            ""
            if np.isnan(value)
            else f"**{value:.{digits}f}**"
            if away == distance.min()
            else f"{value:.{digits}f}"
            for value, away in zip(rounded, distance, strict=True)
        ]
    return shown


def run() -> list[tuple[str, pd.DataFrame]]:
    """Title and table of each data set."""
    share = load_configuration().value.interval
    shown: list[tuple[str, pd.DataFrame]] = []
    for case in cases():
        judged, note = judge(case)
        people = case.orders.loc[case.orders["order_date"] <= case.known_until, "one_id"].nunique()
        title = (
            f"Value: {case.name}. {people:,} customers known on {case.known_until.date()}, {case.held_out_days} days "
            f"held out; ours: {note}"
        )
        shown.append((title, table(judged, share)))
    return shown
