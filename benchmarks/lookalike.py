"""``make bench-lookalike``: a seed of 10,000 among a million people and more, beside faster and plainer methods.

Each method runs in a process of its own over the same matrix of 64 features. CPU seconds are those of the method, without
making the data; peak memory includes the matrix.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from orchestration.configuration import load_configuration
from orchestration.core.lookalike import evaluate_and_score
from orchestration.core.lookalike.engines import ENGINES, Options
from orchestration.core.metrics import area_under_curve
from orchestration.core.threads import one_thread

FEATURES, SEED, ALIKE = 64, 10_000, 0.02
CHUNK = 200_000
SAMPLE = 50_000

Matrix = NDArray[np.float32]
Mask = NDArray[np.bool_]


def people(count: int) -> tuple[Matrix, Mask, Mask]:
    """Skewed features; hidden are the people alike (2 %, different in 8 features), the seed is 10,000 of them."""
    random = np.random.default_rng(20261111)
    hidden = random.random(count) < max(ALIKE, 2.0 * SEED / count)
    rows = np.empty((count, FEATURES), dtype=np.float32)
    for start in range(0, count, CHUNK):
        part = rows[start : start + CHUNK]
        part[:] = np.exp(random.standard_normal(part.shape, dtype=np.float32))
        part[hidden[start : start + CHUNK], :8] *= 1.6
    seed = np.zeros(count, dtype=bool)
    seed[random.choice(np.flatnonzero(hidden), SEED, replace=False)] = True
    return rows, hidden, seed


def _ours(rows: Matrix, seed: Mask) -> NDArray[Any]:
    names = [f"feature {number}" for number in range(FEATURES)]
    ids = np.array([f"{number:010d}" for number in range(len(rows))], dtype=object)
    everyone = np.ones(len(rows), dtype=bool)
    return evaluate_and_score(
        rows, names, ids, seed, everyone, load_configuration().lookalike
    ).scores


def _by_engine(engine: str) -> Callable[[Matrix, Mask], NDArray[Any]]:
    """One engine alone on logged features, without preparation, evaluation, tiers or evidence."""

    def score(rows: Matrix, seed: Mask) -> NDArray[Any]:
        base = np.log(rows[~seed][:SAMPLE])
        with one_thread():
            scorer = ENGINES[engine](np.log(rows[seed]), base, np.ones(SEED), Options(40, 4, 1))
            return np.concatenate([scorer(np.log(part)) for part in _chunks(rows)])

    return score


def _boosted_trees(rows: Matrix, seed: Mask) -> NDArray[Any]:
    sample = np.concatenate([rows[seed], rows[~seed][:SAMPLE]])
    model = HistGradientBoostingClassifier(
        max_iter=100, early_stopping=cast(Any, False), random_state=0
    )
    model.fit(sample, np.arange(len(sample)) < SEED)
    return np.concatenate([model.predict_proba(part)[:, 1] for part in _chunks(rows)])


def _chunks(rows: Matrix) -> list[Matrix]:
    return [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]


METHODS: Mapping[str, Callable[[Matrix, Mask], NDArray[Any]]] = {
    "ours: five engines, evaluated, blended": _ours,
    "shrunken LDA alone": _by_engine("lda"),
    "bagged PU logistic alone": _by_engine("pu_logistic"),
    "bagged PU trees alone": _by_engine("pu_trees"),
    "boosted trees": _boosted_trees,
}


def _measure(method: str, count: int) -> dict[str, float]:
    rows, hidden, seed = people(count)
    wall, cpu = time.perf_counter(), time.process_time()
    scores = METHODS[method](rows, seed)
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
        "auc": area_under_curve(scores[~seed].astype(np.float64), hidden[~seed]),
    }


def main() -> None:
    """Print the table, or with ``--method`` the figures of one method as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--method", choices=METHODS)
    arguments = parser.parse_args()
    if arguments.method:
        print(json.dumps(_measure(arguments.method, arguments.people)))
        return
    print(f"{arguments.people:,} people x {FEATURES}, a seed of {SEED:,}\n")
    print(
        "| method | CPU s | ratio | wall s | peak GB | AUC |\n| --- | --- | --- | --- | --- | --- |"
    )
    own = 0.0
    for method in METHODS:
        command = [sys.executable, "-m", "benchmarks.lookalike"]
        command += ["--people", str(arguments.people), "--method", method]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        cost = json.loads(done.stdout)
        own = own or cost["cpu"]
        print(
            f"| {method} | {cost['cpu']:.1f} | {cost['cpu'] / own:.2f} | {cost['wall']:.1f} | {cost['gb']:.1f} |"
            f" {cost['auc']:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
