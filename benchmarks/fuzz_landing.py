"""``python -m benchmarks.fuzz_landing``: damaged files against the landing layer.

Each input lies in a landing folder between two good files. What must hold, whatever the input:
the run ends without an exception and within a time limit, memory stays bounded, nothing is
written outside the run's folders and nothing in the landing folder changes, the good files load
every row, and every file's rows are accounted for. Inputs run in a child process, so that a
crash of the interpreter is seen; a failing input is named by its seed.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from benchmarks import fuzz_inputs, fuzz_large, fuzz_mutations
from benchmarks.fuzz_cases import Case, write
from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts

# CPU seconds: on a busy machine the clock says nothing. An input that only waits has ten times as long.
_LIMIT_SECONDS = 30.0
_LIMIT_SECONDS_LARGE = 300.0
_LIMIT_BYTES = 1 << 30
_GOOD_ROWS = 40


def check(case: Case, sandbox: Path) -> list[str]:
    """Run the landing layer over one input in an empty folder; what was broken."""
    import duckdb

    from orchestration.landing.ingest import ingest
    from orchestration.landing.ledger import Ledger
    from orchestration.landing.loading import raw_file

    home = sandbox / "home"
    landing, raw, ledger = home / "landing", home / "raw", home / "state" / "ledger.sqlite"
    landing.mkdir(parents=True)
    # Read before and after the input; one has two days' more than the other.
    for name, first in (("0-good.csv", 0), ("zz-good.csv", _GOOD_ROWS)):
        rows = "".join(f"crm,good-{first + n},2026-01-01,\n" for n in range(_GOOD_ROWS))
        (landing / name).write_text(",".join(fuzz_inputs.CUSTOMERS) + "\n" + rows, encoding="utf-8")
    write(case, landing)
    before = _tree(sandbox)
    broken: list[str] = []
    try:
        ingest(landing, raw, ledger, _contracts())
        again = ingest(landing, raw, ledger, _contracts())
    except BaseException as error:  # noqa: BLE001 - whatever comes out is the finding
        return [f"raised {type(error).__name__}: {error}"[:300]]
    if again.new_hashes:
        broken.append("a second run loads again")
    after = _tree(sandbox)
    changed = {
        path
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path) and not path.startswith((b"home/raw", b"home/state"))
    }
    if changed:
        broken.append(f"written outside its folders: {sorted(changed)[:3]}")
    if any(path.startswith(b"home/raw/.scratch/") for path in after):
        broken.append("scratch files left behind")
    with Ledger(ledger) as book:
        files = book.files()
    broken += [
        f"{file.source_file}: rows do not add up"
        for file in files.values()
        if file.rows_delivered != file.rows_loaded + file.rows_rejected + file.rows_dropped
    ]
    paths = [
        str(raw_file(raw, "generic.customers", file.source_hash))
        for file in files.values()
        if file.state == "loaded" and file.export == "generic.customers"
    ]
    with duckdb.connect() as connection:
        sql = "select count(distinct account_id) from read_parquet($paths) where account_id like 'good-%'"
        found = connection.execute(sql, {"paths": paths}).fetchone() if paths else None
        if found != (2 * _GOOD_ROWS,):
            broken.append(f"good rows: {found} of {2 * _GOOD_ROWS}")
        for file in files.values():
            if file.state == "loaded":
                target = str(raw_file(raw, str(file.export), file.source_hash))
                rows = connection.execute(
                    "select count(*) from read_parquet($p)", {"p": target}
                ).fetchone()
                if rows != (file.rows_loaded,):
                    broken.append(
                        f"{file.source_file}: {rows} rows in raw, {file.rows_loaded} in the ledger"
                    )
    return broken


_LOADED: dict[str, Contract] = {}


def _contracts() -> dict[str, Contract]:
    if not _LOADED:
        _LOADED.update(load_contracts())
    return _LOADED


def _tree(folder: Path) -> dict[bytes, tuple[int, int]]:
    found: dict[bytes, tuple[int, int]] = {}
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(parent, name)
            state = path.lstat()
            label = os.fsencode(path.relative_to(folder))
            found[label] = (state.st_size, state.st_mtime_ns) if name in names else (0, 0)
    return found


def serve() -> None:
    """The child: seeds in, one JSON line of what was broken out."""
    for line in sys.stdin:
        wanted = line.rstrip("\n")
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            start = _cpu_seconds()
            try:
                case = _case(wanted)
                broken = check(case, Path(folder))
            except BaseException as error:  # noqa: BLE001 - the harness's own fault, told apart
                broken = [f"harness: {type(error).__name__}: {error}"]
            seconds = _cpu_seconds() - start
        if _peak() > _LIMIT_BYTES:
            broken.append(f"peak memory {_peak() >> 20} MB")
        print(json.dumps({"broken": broken, "seconds": seconds, "peak": _peak()}), flush=True)
        _forget_peak()


def _cpu_seconds() -> float:
    return sum(os.times()[:4])


def _peak() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _case(wanted: str) -> Case:
    if wanted in fuzz_large.LARGE:
        return fuzz_large.LARGE[wanted]()
    return fuzz_mutations.make(int(wanted))


class _Child:
    """A process that tries inputs, started again when it dies or hangs."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, wanted: str, limit: float) -> dict[str, object]:
        process = self._process
        if process is None or process.poll() is not None:
            command = [sys.executable, "-m", "benchmarks.fuzz_landing", "--serve"]
            process = self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{wanted}\n")
        process.stdin.flush()
        line = _line(process, process.stdout, limit)
        if line is None:
            self.stop()
            return {
                "broken": [f"no end after {limit:.0f} CPU s"],
                "seconds": limit,
                "peak": 0,
            }
        if not line:
            return {"broken": [f"the process died: {process.wait()}"], "seconds": 0.0, "peak": 0}
        return json.loads(line)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def _line(process: subprocess.Popen[str], stream: IO[str], limit: float) -> str | None:
    """The child's next line; None when it has used up its time."""
    start, first = time.monotonic(), _used(process.pid)
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while not selector.select(1.0):
            if _used(process.pid) - first > limit or time.monotonic() - start > 10 * limit:
                return None
        return stream.readline()


def _used(pid: int) -> float:
    """CPU seconds of a process and the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Try inputs and print what was tried and what broke, by kind of mutation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first input; the others follow")
    parser.add_argument(
        "--large", action="store_true", help="inputs of a gigabyte and more, one each"
    )
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        return 0
    if options.large:
        return _large()
    tried: collections.Counter[str] = collections.Counter()
    failed: collections.Counter[str] = collections.Counter()
    slowest: dict[str, float] = collections.defaultdict(float)
    highest: dict[str, int] = collections.defaultdict(int)
    names = sorted(fuzz_mutations.KINDS)
    child = _Child()
    for seed in range(options.seed, options.seed + options.inputs):
        kind = names[seed % len(names)]
        answer = child.ask(str(seed), _LIMIT_SECONDS)
        tried[kind] += 1
        slowest[kind] = max(slowest[kind], float(str(answer["seconds"])))
        highest[kind] = max(highest[kind], int(str(answer["peak"])))
        if answer["broken"]:
            failed[kind] += 1
            print(f"seed {seed} ({kind}): {answer['broken']}", flush=True)
    child.stop()
    print(f"{'mutation':32} {'inputs':>7} {'failures':>9} {'most CPU s':>10} {'peak MB':>8}")
    for kind in names:
        print(
            f"{kind:32} {tried[kind]:7} {failed[kind]:9} {slowest[kind]:10.1f} {highest[kind] >> 20:8}"
        )
    print(
        f"{'all':32} {tried.total():7} {failed.total():9} {max(slowest.values(), default=0):10.1f} {max(highest.values(), default=0) >> 20:8}"
    )
    return 1 if failed else 0


def _large() -> int:
    child = _Child()
    failures = 0
    print(f"{'input':32} {'CPU s':>7} {'peak MB':>8}")
    for name in fuzz_large.LARGE:
        answer = child.ask(name, _LIMIT_SECONDS_LARGE)
        failures += bool(answer["broken"])
        peak = int(str(answer["peak"])) >> 20
        print(
            f"{name:32} {float(str(answer['seconds'])):7.1f} {peak:8} {answer['broken'] or ''}",
            flush=True,
        )
    child.stop()
    print(f"{len(fuzz_large.LARGE)} inputs, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
