"""``make bench-attributes``: one attribute predicted for a million people and more, beside boosted trees on everybody.

Each method runs in a process of its own over the same matrix of 64 features, which lies in a file and is read in parts.
Three in five declared the attribute, which shows in eight features. CPU seconds are those of the method, without making
the data; memory is what the process needs beside the ids, without the cache of that file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.measure import PeakMemory
from benchmarks.side_by_side import over_people
from orchestration.configuration import load_configuration
from orchestration.core.metrics import balanced_accuracy
from orchestration.core.prediction import declared_people, fit_attribute, predicted

FEATURES, DECLARED = 64, 0.6
VALUES = ("no", "yes")
CHUNK = 200_000

Matrix = NDArray[np.float32]
Codes = NDArray[np.int8]


def write_people(folder: Path, count: int) -> None:
    """Skewed features; half of the people have the attribute and differ in eight of them."""
    random = np.random.default_rng(20261111)
    truth = (random.random(count) < 0.5).astype(np.int8)
    with (folder / "rows").open("wb") as file:
        for start in range(0, count, CHUNK):
            has = truth[start : start + CHUNK] == 1
            part = np.exp(random.standard_normal((len(has), FEATURES), dtype=np.float32))
            part[has, :8] *= 2.2
            part.tofile(file)
    np.save(folder / "truth.npy", truth)
    np.save(folder / "said.npy", np.where(random.random(count) < DECLARED, truth, np.int8(-1)))


def _ours(rows: Matrix, ids: NDArray[np.object_], said: Codes) -> NDArray[Any]:
    """Checked, sampled, two engines cross-validated, tested on held-out people, everyone scored in parts."""
    # Everybody gets a value, as with the trees.
    config = load_configuration().prediction.model_copy(update={"minimum_confidence": 0.0})
    names = [f"feature {number}" for number in range(FEATURES)]
    everyone = declared_people(
        rows,
        names,
        ids,
        pd.Categorical.from_codes(said, dtype=pd.CategoricalDtype([*VALUES])),
        pd.Categorical.from_codes(
            np.arange(len(said)) % 3, dtype=pd.CategoricalDtype(["jd", "pdd", "taobao"])
        ),
        attribute="has_children",
    )
    sample = everyone.sample(config)
    sample.fingerprint()
    fit = fit_attribute(sample, config)
    return np.concatenate([part["value"].eq("yes") for part in predicted(everyone, fit, config)])


def _boosted_trees(rows: Matrix, ids: NDArray[np.object_], said: Codes) -> NDArray[Any]:
    """The usual script: fitted on all who declared, one call for all others."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(early_stopping=cast(Any, False), random_state=0)
    model.fit(rows[said >= 0], said[said >= 0])
    assert len(ids) == len(rows)
    return model.predict(rows[said < 0])


METHODS: Mapping[str, Callable[[Matrix, NDArray[np.object_], Codes], NDArray[Any]]] = {
    "ours: two engines, held-out test, parts": _ours,
    "boosted trees on all who declared": _boosted_trees,
}


def _measure(method: str, folder: Path) -> dict[str, float]:
    truth, said = np.load(folder / "truth.npy"), np.load(folder / "said.npy")
    rows = np.memmap(folder / "rows", dtype=np.float32, mode="r", shape=(len(said), FEATURES))
    ids = np.array([f"p{number:016x}" for number in range(len(said))], dtype=object)
    memory = PeakMemory("RssAnon:")
    memory.start()
    before, wall, cpu = _anonymous(), time.perf_counter(), time.process_time()
    found = METHODS[method](rows, ids, said)
    cost = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    memory.stop()
    accuracy, _ = balanced_accuracy(
        truth[said < 0].astype(object), found.astype(np.int8).astype(object)
    )
    return {**cost, "gb": (memory.bytes - before) / 1e9, "quality": accuracy}


def _anonymous() -> int:
    """Bytes of this process that no file backs."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))


if __name__ == "__main__":
    over_people(
        "benchmarks.attributes",
        METHODS,
        write_people,
        _measure,
        f"{FEATURES}, {DECLARED:.0%} declared",
        "balanced accuracy",
        __doc__,
    )
