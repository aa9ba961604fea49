"""Methods beside each other: each measured in a process of its own, the first is ours."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def over_people(
    module: str,
    methods: Mapping[str, Any],
    write_people: Callable[[Path, int], None],
    measure: Callable[[str, Path], Mapping[str, float]],
    about: str,
    quality: str,
    description: str | None,
) -> None:
    """The command of a benchmark over one folder of people: print the table, or with ``--method`` one method as JSON.

    ``write_people`` fills the folder with so many of them, ``measure`` one method on it; ``about`` follows
    their number in the heading.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--method", choices=methods)
    parser.add_argument("--folder", type=Path, help="where the data of --method are")
    arguments = parser.parse_args()
    if arguments.method:
        print(json.dumps(measure(arguments.method, arguments.folder)))
        return
    print(f"{arguments.people:,} people x {about}\n")
    with tempfile.TemporaryDirectory() as made:
        write_people(Path(made), arguments.people)
        show(module, methods, ["--folder", made], quality)


def show(
    module: str, methods: Iterable[str], arguments: Sequence[str], quality: str | None = None
) -> None:
    """Print one row per method: CPU seconds and their ratio to the first, wall seconds, peak memory.

    ``module`` is run with ``--method`` and ``arguments``; the last line it prints is JSON with ``cpu``, ``wall``, ``gb``
    and, where the column ``quality`` is wanted, ``quality``.
    """
    names = ["method", "CPU s", "ratio", "wall s", "peak GB", *([quality] if quality else [])]
    print(f"| {' | '.join(names)} |\n|{' --- |' * len(names)}")
    own = 0.0
    for method in methods:
        done = subprocess.run(
            [sys.executable, "-m", module, "--method", method, *arguments],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        cost = json.loads(done.stdout.splitlines()[-1])
        own = own or cost["cpu"]
        found = f" {cost['quality']:.3f} |" if quality else ""
        print(
            f"| {method} | {cost['cpu']:.1f} | {cost['cpu'] / own:.2f} | {cost['wall']:.1f} | {cost['gb']:.2f} |{found}",
            flush=True,
        )
