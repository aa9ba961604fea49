"""Run a command and say what it cost: wall seconds, CPU seconds, peak memory of its largest process."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Cost:
    """What one command used. ``peak_gb`` adds up the processes that lived at the same time."""

    status: int
    wall_seconds: float
    cpu_seconds: float
    peak_gb: float
    output: str


def run(
    command: Sequence[str], environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Cost:
    """Run ``command`` to its end; its output is passed through and returned."""
    before, start = os.times(), time.perf_counter()
    child = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    peak = PeakMemory(pid=child.pid)
    peak.start()
    lines = []
    assert child.stdout is not None
    for line in child.stdout:
        print(line, end="", flush=True)
        lines.append(line)
    status = child.wait()
    peak.stop()
    after = os.times()
    cpu = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return Cost(status, time.perf_counter() - start, cpu, peak.bytes / 1e9, "".join(lines))


class PeakMemory(threading.Thread):
    """Samples the memory of a process (by default its own) and all its descendants from /proc.

    ``kind``: ``VmRSS:`` is everything that is resident, ``RssAnon:`` without mapped files.
    """

    def __init__(self, kind: str = "VmRSS:", pid: int | None = None) -> None:
        super().__init__(daemon=True)
        self.bytes = 0
        self._kind = kind
        self._pid = os.getpid() if pid is None else pid
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self.bytes = max(self.bytes, _tree_memory(self._pid, self._kind))

    def stop(self) -> None:
        self._done.set()
        self.join()


def _tree_memory(pid: int, kind: str) -> int:
    total, pending = 0, [pid]
    while pending:
        one = pending.pop()
        try:
            status = Path(f"/proc/{one}/status").read_text(encoding="ascii")
            children = Path(f"/proc/{one}/task/{one}/children").read_text(encoding="ascii").split()
        except (OSError, UnicodeDecodeError):
            continue
        for line in status.splitlines():
            if line.startswith(kind):
                total += int(line.split()[1]) * 1024
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                children += task.read_text(encoding="ascii").split()
            except OSError:
                continue
        pending += [int(child) for child in set(children)]
    return total
