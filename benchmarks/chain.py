"""``make bench``: the whole chain on a sample merchant, beside a bare script that does the same work.

Compare CPU seconds and ratios: wall seconds move with whatever else the machine does.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from benchmarks import measure

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Write the sample once, run the bare script and the job on it, print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--memory-limit", default="4GB")
    parser.add_argument("--keep", action="store_true", help="keep the warehouse for a second look")
    arguments = parser.parse_args()

    home = (
        Path(os.environ.get("DOUBLELOOP_HOME", ROOT / "data"))
        / "bench"
        / f"{arguments.people}x{arguments.days}"
    )
    sample = home / "sample"
    doubleloop = str(Path(sys.executable).with_name("doubleloop"))
    if not (sample / "truth" / "people.csv").exists():
        print(f"Writing {arguments.people:,} people x {arguments.days} days")
        cost = measure.run(
            [
                doubleloop,
                "sample",
                "--out",
                str(sample),
                "--people",
                str(arguments.people),
                "--days",
                str(arguments.days),
            ]
        )
        report("sample", cost)
        if cost.status != 0:
            return cost.status
    size = sum(path.stat().st_size for path in (sample / "landing").rglob("*") if path.is_file())
    print(f"{size / 1e9:.2f} GB of exports")

    print("The bare script")
    bare = measure.run(
        [sys.executable, "-m", "benchmarks.bare", str(sample / "landing"), str(home / "bare")],
        cwd=ROOT,
    )
    report("bare script", bare)
    if bare.status != 0:
        return bare.status

    shutil.rmtree(home / "home", ignore_errors=True)
    environment = {
        "DOUBLELOOP_HOME": str(home / "home"),
        "DOUBLELOOP_PUBLISHED": str(home / "home" / "published"),
        "DOUBLELOOP_LANDING": str(sample / "landing"),
        "DOUBLELOOP_ID_SALT": "a salt for measuring only",
        "DOUBLELOOP_MEMORY_LIMIT": arguments.memory_limit,
    }
    print("The daily job, first run")
    first = measure.run([doubleloop, "run", "--date", "2026-11-20"], environment, ROOT)
    report("first run", first)
    if first.status != 0:
        return first.status
    print("The daily job again: nothing new")
    again = measure.run([doubleloop, "run", "--date", "2026-11-20"], environment, ROOT)
    report("again", again)
    print(
        f"CPU: first run / bare script = {first.cpu_seconds / bare.cpu_seconds:.2f}; "
        f"again / first run = {again.cpu_seconds / first.cpu_seconds:.2f}"
    )
    if not arguments.keep:
        shutil.rmtree(home / "home", ignore_errors=True)
        shutil.rmtree(home / "bare", ignore_errors=True)
    return again.status


def report(name: str, cost: measure.Cost) -> None:
    """One line of figures."""
    print(
        f"{name:<14}{cost.wall_seconds:8.1f} s wall{cost.cpu_seconds:9.1f} s CPU   peak memory {cost.peak_gb:.2f} GB",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
