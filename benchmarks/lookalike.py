"""``make bench-lookalike``: a seed of 10,000 among a million people and more, beside faster and plainer methods.

Each method runs in a process of its own over the same matrix of 64 features, which lies in a file and is read in parts.
CPU seconds are those of the method, without making the data; memory is what the process needs for itself, without the
cache of that file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.measure import PeakMemory
from benchmarks.side_by_side import over_people
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


def write_people(folder: Path, count: int) -> None:
    """Skewed features; hidden are the people alike (2 %, different in 8 features), the seed is 10,000 of them."""
    random = np.random.default_rng(20261111)
    hidden = random.random(count) < max(ALIKE, 2.0 * SEED / count)
    with (folder / "rows").open("wb") as file:
        for start in range(0, count, CHUNK):
            alike = hidden[start : start + CHUNK]
            part = np.exp(random.standard_normal((len(alike), FEATURES), dtype=np.float32))
            part[alike, :8] *= 1.6
            part.tofile(file)
    seed = np.zeros(count, dtype=bool)
    seed[random.choice(np.flatnonzero(hidden), SEED, replace=False)] = True
    np.save(folder / "hidden.npy", hidden)
    np.save(folder / "seed.npy", seed)


def _ours(rows: Matrix, seed: Mask) -> NDArray[Any]:
    names = [f"feature {number}" for number in range(FEATURES)]
    # Numbers of one length are in order as text, too.
    ids = pc.cast(pa.array(np.arange(10**9, 10**9 + len(rows))), pa.string())
    everyone = np.ones(len(rows), dtype=bool)
    return evaluate_and_score(
        rows, names, ids, seed, everyone, load_configuration().lookalike
    ).scores


def _by_engine(engine: str) -> Callable[[Matrix, Mask], NDArray[Any]]:
    """One engine alone on logged features, without preparation, evaluation, tiers or evidence."""

    def score(rows: Matrix, seed: Mask) -> NDArray[Any]:
        base = np.log(_others(rows, seed))
        with one_thread():
            scorer = ENGINES[engine](np.log(rows[seed]), base, np.ones(SEED), Options(40, 4, 1))
            return np.concatenate([scorer(np.log(part)) for part in _chunks(rows)])

    return score


def _boosted_trees(rows: Matrix, seed: Mask) -> NDArray[Any]:
    sample = np.concatenate([rows[seed], _others(rows, seed)])
    model = HistGradientBoostingClassifier(
        max_iter=100, early_stopping=cast(Any, False), random_state=0
    )
    model.fit(sample, np.arange(len(sample)) < SEED)
    return np.concatenate([model.predict_proba(part)[:, 1] for part in _chunks(rows)])


def _others(rows: Matrix, seed: Mask) -> Matrix:
    return rows[np.flatnonzero(~seed)[:SAMPLE]]


def _chunks(rows: Matrix) -> Iterator[Matrix]:
    return (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))


METHODS: Mapping[str, Callable[[Matrix, Mask], NDArray[Any]]] = {
    "ours: seven engines, evaluated, blended": _ours,
    "shrunken LDA alone": _by_engine("lda"),
    "bagged PU logistic alone": _by_engine("pu_logistic"),
    "bagged PU trees alone": _by_engine("pu_trees"),
    "boosted trees": _boosted_trees,
}


def _measure(method: str, folder: Path) -> dict[str, float]:
    seed, hidden = np.load(folder / "seed.npy"), np.load(folder / "hidden.npy")
    rows = np.memmap(folder / "rows", dtype=np.float32, mode="r", shape=(len(seed), FEATURES))
    memory = PeakMemory("RssAnon:")
    memory.start()
    wall, cpu = time.perf_counter(), time.process_time()
    scores = METHODS[method](rows, seed)
    cost = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    memory.stop()
    found = area_under_curve(scores[~seed].astype(np.float64), hidden[~seed])
    return {**cost, "gb": memory.bytes / 1e9, "quality": found}


if __name__ == "__main__":
    over_people(
        "benchmarks.lookalike",
        METHODS,
        write_people,
        _measure,
        f"{FEATURES}, a seed of {SEED:,}",
        "AUC",
        __doc__,
    )
