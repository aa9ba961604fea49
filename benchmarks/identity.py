"""``make bench-identity``: millions of accounts to people, beside the usual ways to find components.

Every way runs in a process of its own, one after the other, on the same graph; importing libraries
and loading the graph is not counted, the memory they take is. The plain ways get integer edges and
find connected components without any guard. Ours gets text keys and gives ids that stay: limits,
conflicts, a ledger, a state on disk; its first line is the components alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.identity_data import everything
from benchmarks.identity_ways import COMPONENTS, Graph

DAYS, SEED = 365, 20261129
FIRST, NEXT = dt.date(2026, 11, 18), dt.date(2026, 11, 19)


def whole(folder: Path) -> dict[str, dict[str, float]]:
    """Our steps from text keys to ids: from nothing, and for one more day."""
    from orchestration.configuration import load_configuration
    from orchestration.core.identity import (
        IdentityLimits,
        accept_state,
        load_state,
        propose_state,
        resolve,
    )

    costs: dict[str, dict[str, float]] = {}
    limits = IdentityLimits.from_mapping(load_configuration().identity.model_dump())
    state = folder / "state"

    def timed(name: str, step: Callable[[], Any]) -> Any:
        cpu, wall = time.process_time(), time.perf_counter()
        done = step()
        costs[name] = {
            "cpu": time.process_time() - cpu,
            "wall": time.perf_counter() - wall,
            "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        }
        return done

    def keep(result: Any) -> None:
        accept_state(state, propose_state(state, result.state))

    def full() -> None:
        accounts, identifiers = _frames(folder, "before")
        result = timed(
            "full: resolve", lambda: resolve(accounts, identifiers, None, limits, None, FIRST)
        )
        tables = ("accounts", "people", "history", "violations", "resolved_ids")
        timed("full: tables", lambda: [getattr(result, name) for name in tables])
        timed("full: store", lambda: keep(result))

    full()
    new, carried = _frames(folder, "day")
    known = timed("one day: load", lambda: load_state(state))
    day = timed(
        "one day: resolve",
        lambda: resolve(new, carried, known, limits, None, NEXT, is_increment=True),
    )
    timed("one day: changed accounts", lambda: day.changed_accounts)
    timed("one day: store", lambda: keep(day))
    before = _frames(folder, "before")
    both = [pd.concat(pair, ignore_index=True) for pair in zip(before, (new, carried), strict=True)]
    again = resolve(*both, known, limits, None, NEXT)
    pd.testing.assert_frame_equal(again.accounts, day.accounts)
    pd.testing.assert_frame_equal(again.history, day.history)
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=830_000)
    parser.add_argument("--way", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way == "whole":
        print(json.dumps(whole(given.folder)))
    elif given.way:
        print(json.dumps(_components(given.way, given.folder)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            _compare(Path(folder), given.people)


def _components(way: str, folder: Path) -> dict[str, float]:
    find = COMPONENTS[way](Graph(folder))
    cpu, wall = time.process_time(), time.perf_counter()
    found = find()
    return {
        "components": found,
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }


def _compare(folder: Path, people: int) -> None:
    data = everything(people, DAYS, SEED)
    np.savez(
        folder / "edges.npz",
        account=data.account,
        value=data.identifier,
        accounts=len(data.accounts),
        values=data.values,
    )
    parts = {"before": data.until(DAYS - 1), "day": data.on(DAYS - 1)}
    for part, frames in parts.items():
        for name, frame in zip(("accounts", "identifiers"), frames, strict=True):
            frame.to_parquet(folder / f"{part}_{name}.parquet")
    nodes = len(data.accounts) + data.values
    print(f"{nodes:,} nodes: {len(data.accounts):,} accounts, {data.values:,} values;", end=" ")
    print(f"{len(data.account):,} edges; the day brings {len(parts['day'][0]):,} accounts")
    del data, parts
    costs = {way: _in_a_process(way, folder) for way in COMPONENTS}
    found = {cost["components"] for cost in costs.values()}
    if len(found) != 1:
        raise SystemExit(f"The ways disagree on the number of components: {costs}")
    best = costs["scipy.sparse.csgraph"]["cpu"]
    print(
        f"\n{int(found.pop()):,} components\n| way | wall s | CPU s | ratio | peak GB |\n|---|---|---|---|---|"
    )
    for way, cost in sorted(costs.items(), key=lambda item: item[1]["cpu"]):
        print(
            f"| {way} | {cost['wall']:.2f} | {cost['cpu']:.2f} | {cost['cpu'] / best:.1f} | {cost['peak_gb']:.2f} |"
        )
    steps = _in_a_process("whole", folder)
    print("\n| ours | wall s | CPU s | peak GB |\n|---|---|---|---|")
    for step, cost in steps.items():
        print(f"| {step} | {cost['wall']:.2f} | {cost['cpu']:.2f} | {cost['peak_gb']:.2f} |")
    total = {
        kind: sum(cost["cpu"] for step, cost in steps.items() if step.startswith(kind))
        for kind in ("full", "one day")
    }
    resolved = steps["one day: resolve"]["cpu"] / steps["full: resolve"]["cpu"]
    print(
        f"\nOne day costs {total['one day'] / total['full']:.1%} of the full run ({resolved:.1%} of it to resolve)."
    )


def _in_a_process(way: str, folder: Path) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.identity", "--way", way, "--folder", str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def _frames(folder: Path, part: str) -> list[pd.DataFrame]:
    return [
        pd.read_parquet(folder / f"{part}_{name}.parquet") for name in ("accounts", "identifiers")
    ]


if __name__ == "__main__":
    main()
