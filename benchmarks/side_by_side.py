"""Methods beside each other: each measured in a process of its own, the first is ours."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence


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
