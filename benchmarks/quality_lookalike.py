"""Who finds the rest of a group from a fifth of it: our lookalike beside the usual methods, on real households."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from benchmarks.quality_households import Households, Task
from orchestration.configuration import load_configuration
from orchestration.core.lookalike import evaluate_and_score
from orchestration.core.threads import one_thread

OURS = "ours"
RULE = "rule: spend so far"
# Not the seeds of any earlier experiment.
SEEDS = (101, 102, 103, 104, 105)
DEVELOPMENT_SEEDS = (301, 302)
SEED_SHARE = 0.2
COUPON_DAYS = ("2017-03-27", "2017-06-19", "2017-09-11", "2017-11-20")
LONG_COUPON_DAYS = ("2017-02-20", "2017-05-01", "2017-07-24", "2017-10-16")
SHARES = (0.01, 0.05, 0.1)
MEASURES = ("AUC", "average precision", *(f"lift at {share:.0%}" for share in SHARES))
PU_BAGS, PU_BASE_PER_SEED = 50, 5
TREE_BAGS, TREE_BASE_PER_SEED = 200, 3

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Peer = Callable[[Floats, Mask, np.random.Generator], Floats]


def tasks(households: Households) -> Iterator[Task]:
    """The groups to be found."""
    yield households.redeemers(8)
    yield households.redeemers(13)
    yield households.redeemers(18)
    yield households.pooled_redeemers("Type B", pd.Timestamp("2017-05-31"))
    yield households.best_spenders(pd.Timestamp("2017-11-06"))


def development_tasks(households: Households) -> Iterator[Task]:
    """Groups that engines, preparation and affinity were chosen on: other campaigns, days, shares and categories."""
    day = pd.Timestamp
    departments = {
        "DRUG GM": "2017-05-15",
        "PRODUCE": "2017-07-03",
        "MEAT": "2017-08-28",
        "FUEL": "2017-06-05",
        "COSMETICS": "2017-09-18",
        "FLORAL": "2017-04-24",
        "SEAFOOD": "2017-10-02",
        "PASTRY": "2017-03-20",
        "GROCERY": "2017-05-22",
        "NUTRITION": "2017-08-07",
        "DELI": "2017-10-16",
    }
    new = {
        "BABY FOODS": "2017-05-01",
        "DOG FOODS": "2017-07-10",
        "COFFEE": "2017-09-25",
        "YOGURT": "2017-04-17",
        "CIGARETTES": "2017-05-22",
        "HAIR CARE PRODUCTS": "2017-10-09",
        "SOUP": "2017-10-23",
        "VITAMINS": "2017-03-20",
    }
    yield households.redeemers(27)
    yield households.pooled_redeemers("Type B", day("2017-03-20"), day("2017-05-01"))
    yield households.pooled_redeemers("Type B", day("2017-06-20"), day("2017-08-01"))
    yield households.pooled_redeemers("Type B", day("2017-07-01"), day("2017-11-01"))
    yield households.pooled_redeemers("Type B", day("2017-10-04"))
    yield households.pooled_redeemers("Type B", day("2017-11-01"))
    yield households.pooled_redeemers("Type C", day("2017-04-01"))
    yield households.pooled_redeemers("Type C", day("2017-09-01"))
    yield households.best_spenders(day("2017-04-03"), 0.05)
    yield households.best_spenders(day("2017-06-12"), days=28)
    yield households.best_spenders(day("2017-08-14"), 0.2)
    yield households.best_spenders(day("2017-09-04"), 0.03)
    for cut in ("2017-04-24", "2017-07-17", "2017-10-02"):
        yield households.best_spenders(day(cut))
    yield households.best_spenders(day("2017-05-29"), 0.05, 42)
    yield households.best_spenders(day("2017-09-25"), 0.15, 42)
    for name, cut in departments.items():
        yield households.best_spenders(day(cut), department=name)
    for cut in COUPON_DAYS:
        yield households.coupon_users(day(cut))
    for cut in LONG_COUPON_DAYS:
        yield households.coupon_users(day(cut), 0.15, 56)
    for name, cut in new.items():
        yield households.new_buyers(name, day(cut))


def judge(task: Task, seeds: Sequence[int] = SEEDS) -> pd.DataFrame:
    """One row per random seed and method with ``MEASURES`` over everyone outside the seed."""
    raw = task.features.to_numpy(dtype=np.float64)
    prepared = _prepare(raw)
    group = np.flatnonzero(task.positive)
    rows: list[dict[str, object]] = []
    for number in seeds:
        random = np.random.default_rng(number)
        seed = np.zeros(len(raw), dtype=bool)
        seed[random.choice(group, round(SEED_SHARE * len(group)), replace=False)] = True
        scores = {name: peer(prepared, seed, random) for name, peer in PEERS.items()}
        scores[RULE] = task.features["spend"].to_numpy(dtype=np.float64)
        scores[OURS] = _ours(task, seed)
        # Equal scores are put in a random order, the same for every method.
        ties = random.permutation(len(raw))
        rows += [
            {
                "seed": number,
                "method": name,
                **_measures(score[~seed], task.positive[~seed], ties[~seed]),
            }
            for name, score in scores.items()
        ]
    return pd.DataFrame(rows)


def _ours(task: Task, seed: Mask) -> Floats:
    """The product's own lookalike with its default configuration."""
    features = task.features
    result = evaluate_and_score(
        features.to_numpy(dtype=np.float32),
        list(features.columns),
        np.array([f"household {number:05d}" for number in features.index], dtype=object),
        seed,
        np.ones(len(features), dtype=bool),
        load_configuration().lookalike,
        audience=task.name,
    )
    return result.scores.astype(np.float64)


def _measures(scores: Floats, positive: Mask, ties: NDArray[np.int64]) -> dict[str, float]:
    best_first = np.lexsort((ties, -scores))
    measured = [
        float(roc_auc_score(positive, scores)),
        float(average_precision_score(positive, scores)),
    ]
    for share in SHARES:
        chosen = best_first[: max(round(share * len(scores)), 1)]
        measured.append(float(positive[chosen].mean() / positive.mean()))
    return dict(zip(MEASURES, measured, strict=True))


def _prepare(raw: Floats) -> Floats:
    """Logged, standardised and clipped: what every peer reads. Raw features serve all of them worse."""
    logged = np.sign(raw) * np.log1p(np.abs(raw))
    scaled = (logged - logged.mean(axis=0)) / np.maximum(logged.std(axis=0), 1e-9)
    return np.clip(scaled, -4.0, 4.0)


def _random(rows: Floats, _seed: Mask, random: np.random.Generator) -> Floats:
    return random.random(len(rows))


def _cosine(rows: Floats, seed: Mask, _random: np.random.Generator) -> Floats:
    centroid = rows[seed].mean(axis=0)
    return (rows @ centroid) / np.maximum(np.linalg.norm(rows, axis=1), 1e-9)


def _logistic(rows: Floats, seed: Mask, _random: np.random.Generator) -> Floats:
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    return model.fit(rows, seed).decision_function(rows)


def _boosted_trees(rows: Floats, seed: Mask, _random: np.random.Generator) -> Floats:
    model = HistGradientBoostingClassifier(
        max_iter=60,
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=10,
        l2_regularization=5.0,
        class_weight="balanced",
        early_stopping=cast(Any, False),
        random_state=0,
    )
    return model.fit(rows, seed).decision_function(rows)


def _bagged(
    rows: Floats,
    seed: Mask,
    random: np.random.Generator,
    bags: int,
    base_per_seed: int,
    fit_and_score: Callable[[Floats, Mask, Floats], Floats],
) -> Floats:
    """Positive-unlabelled bagging (Mordelet and Vert 2014): nobody is scored by a bag that drew them."""
    own, others = np.flatnonzero(seed), np.flatnonzero(~seed)
    total, times = np.zeros(len(rows)), np.zeros(len(rows))
    for _ in range(bags):
        chosen = random.choice(own, len(own))
        drawn = random.choice(
            others, min(len(others) // 2, base_per_seed * len(own)), replace=False
        )
        picked = np.concatenate([chosen, drawn])
        score = fit_and_score(rows[picked], np.arange(len(picked)) < len(chosen), rows)
        unseen = np.ones(len(rows), dtype=bool)
        unseen[drawn] = False
        total[unseen] += score[unseen]
        times[unseen] += 1
    return total / np.maximum(times, 1)


def _pu_logistic(rows: Floats, seed: Mask, random: np.random.Generator) -> Floats:
    def fit_and_score(sample: Floats, label: Mask, everyone: Floats) -> Floats:
        model = LogisticRegression(C=0.02, class_weight="balanced", max_iter=300)
        return model.fit(sample, label).decision_function(everyone)

    return _bagged(rows, seed, random, PU_BAGS, PU_BASE_PER_SEED, fit_and_score)


def _pu_trees(rows: Floats, seed: Mask, random: np.random.Generator) -> Floats:
    def fit_and_score(sample: Floats, label: Mask, everyone: Floats) -> Floats:
        model = DecisionTreeClassifier(
            min_samples_leaf=3,
            max_features="sqrt",
            class_weight="balanced",
            random_state=int(random.integers(2**31)),
        )
        return np.asarray(model.fit(sample, label).predict_proba(everyone))[:, 1]

    return _bagged(rows, seed, random, TREE_BAGS, TREE_BASE_PER_SEED, fit_and_score)


PEERS: Mapping[str, Peer] = {
    "random": _random,
    "cosine to the centroid": _cosine,
    "logistic regression": _logistic,
    "boosted trees": _boosted_trees,
    "bagged PU trees": _pu_trees,
    "bagged PU logistic": _pu_logistic,
}
ORDER = (
    "random",
    RULE,
    "cosine to the centroid",
    "logistic regression",
    "boosted trees",
    "bagged PU trees",
    "bagged PU logistic",
    OURS,
)


def table(judged: pd.DataFrame) -> pd.DataFrame:
    """Per method ``mean +- standard deviation`` over the seeds, best of a column in bold."""
    by_method = judged.groupby("method")[list(MEASURES)]
    mean, spread = by_method.mean().loc[list(ORDER)], by_method.std(ddof=1).loc[list(ORDER)]
    shown = pd.DataFrame(index=pd.Index(ORDER, name="method"))
    for measure in MEASURES:
        digits = 2 if measure.startswith("lift") else 3
        rounded = mean[measure].round(digits)
        shown[measure] = [
            ("**{:.{d}f}** ± {:.{d}f}" if value == rounded.max() else "{:.{d}f} ± {:.{d}f}").format(
                value, deviation, d=digits
            )
            for value, deviation in zip(rounded, spread[measure], strict=True)
        ]
    return shown.reset_index()


def run(only: str = "") -> Iterator[tuple[str, pd.DataFrame]]:
    """Title and table of each task whose name has ``only`` in it, as soon as it is done, and of their mean."""
    return _run(tasks, SEEDS, only)


def run_development(only: str = "") -> Iterator[tuple[str, pd.DataFrame]]:
    """The same on the tasks that choices were made on, with other random seeds."""
    return _run(development_tasks, DEVELOPMENT_SEEDS, only)


def _run(
    make: Callable[[Households], Iterator[Task]], seeds: Sequence[int], only: str
) -> Iterator[tuple[str, pd.DataFrame]]:
    everything: list[pd.DataFrame] = []
    for task in make(Households()):
        if only not in task.name:
            continue
        with one_thread():
            judged = judge(task, seeds)
        title = (
            f"Lookalike: {task.name}. {len(task.positive):,} households, {int(task.positive.sum())} to be found, "
            f"features from before {task.cut.date()}, {task.features.shape[1]} features"
        )
        yield title, table(judged)
        everything.append(judged)
    if not everything:
        raise SystemExit(f"No lookalike task has {only!r} in its name.")
    pooled = pd.concat(everything).groupby(["method", "seed"])[list(MEASURES)].mean().reset_index()
    yield "Lookalike: mean of the tasks", table(pooled)
