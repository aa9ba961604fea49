"""``make bench-landing``: large exports to Parquet, beside the fastest plain reader of each kind.

Every reader runs in a process of its own on the same files, one after the other; importing
libraries and contracts is not counted, the memory they take is. The plain readers know encoding, delimiter and header by heart, keep cells as they are, reject nothing and
write no lineage; the ratios say what all that costs.
"""

from __future__ import annotations

import argparse
import datetime as dt
import functools
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import landing_files
from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts

GB, MB = 1_000_000_000, 1_000_000


def ours(path: Path, target: Path) -> int:
    """What the landing layer does with one file: hash, recognise, read, clean, account for it."""
    from orchestration.landing.container import digest
    from orchestration.landing.raw_writer import Lineage
    from orchestration.landing.read import read
    from orchestration.landing.recognised import Recognised
    from orchestration.landing.sniff import sniff

    checked = digest(path)
    found = sniff(path, checked, _contracts())
    assert isinstance(found, Recognised), found
    when = dt.datetime(2026, 11, 10, tzinfo=dt.UTC).replace(tzinfo=None)
    line = Lineage(path.name, checked.sha256, when, when)
    result = read(path, found, target, line, target.parent).result
    assert result.delivered == result.loaded, result.rejects[:3]
    return result.loaded


def pyarrow_distinct(path: Path, target: Path) -> int:
    """pyarrow.csv on bytes, distinct values decoded."""
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    names = landing_files.headers()
    reader = csv.open_csv(
        path,
        csv.ReadOptions(column_names=names, skip_rows=1, block_size=8 << 20),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(column_types=dict.fromkeys(names, pa.binary()), check_utf8=False),
    )
    schema = pa.schema([(name, pa.string()) for name in names])
    rows = 0
    with pq.ParquetWriter(target, schema) as writer:
        for batch in reader:
            columns = []
            for column in batch.columns:
                coded = column.dictionary_encode()
                values = [value.decode("gb18030") for value in coded.dictionary.to_pylist()]
                columns.append(pa.array(values, pa.string()).take(coded.indices))
            writer.write_table(pa.table(columns, schema=schema))
            rows += batch.num_rows
    return rows


def pyarrow_encoding(path: Path, target: Path) -> int:
    """pyarrow.csv told the encoding."""
    import pyarrow as pa
    import pyarrow.csv as csv
    import pyarrow.parquet as pq

    names = landing_files.headers()
    reader = csv.open_csv(
        path,
        csv.ReadOptions(column_names=names, skip_rows=1, block_size=8 << 20, encoding="gb18030"),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
    )
    rows = 0
    with pq.ParquetWriter(target, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def iconv_duckdb(path: Path, target: Path) -> int:
    """iconv to a temporary file, then DuckDB."""

    copy = target.with_suffix(".utf8")
    with copy.open("wb") as out:
        subprocess.run(["iconv", "-f", "GB18030", "-t", "UTF-8", str(path)], stdout=out, check=True)
    try:
        return _duckdb(
            f"read_csv('{copy}', header = true, all_varchar = true, delim = ',', quote = '\"')",
            target,
        )
    finally:
        copy.unlink()


def duckdb_json(path: Path, target: Path) -> int:
    """DuckDB on newline-delimited JSON, types as it finds them."""
    return _duckdb(f"read_json('{path}', format = 'newline_delimited')", target)


def _duckdb(source: str, target: Path) -> int:
    import duckdb

    with duckdb.connect() as connection:
        row = connection.execute(f"copy (from {source}) to '{target}' (format parquet)").fetchone()
    assert row is not None
    return row[0]


def calamine(path: Path, target: Path) -> int:
    """python-calamine: the whole sheet, every cell as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    import python_calamine

    rows = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    names = [str(name) for name in rows[0]]
    columns = [pa.array([str(cell) for cell in column]) for column in zip(*rows[1:], strict=True)]
    pq.write_table(pa.table(columns, names=names), target)
    return len(rows) - 1


READERS: dict[str, dict[str, Callable[[Path, Path], int]]] = {
    "csv": {
        "doubleloop": ours,
        "pyarrow, distinct values decoded": pyarrow_distinct,
        "pyarrow, encoding": pyarrow_encoding,
        "iconv, DuckDB": iconv_duckdb,
    },
    "xlsx": {"doubleloop": ours, "calamine": calamine},
    "inline xlsx": {"doubleloop": ours, "calamine": calamine},
    "jsonl": {"doubleloop": ours, "DuckDB": duckdb_json},
}


def measure(kind: str, reader: str, path: Path, target: Path) -> dict[str, float]:
    """One reader on one file in a process of its own: rows, wall s, CPU s, peak GB."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.landing",
        "--read",
        kind,
        reader,
        str(path),
        str(target),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    target.unlink(missing_ok=True)
    if done.returncode != 0:
        return {}
    return json.loads(done.stdout.splitlines()[-1])


_IMPORTED = (
    "duckdb", "pyarrow.csv", "pyarrow.parquet", "python_calamine", "orchestration.landing.read",
)  # fmt: skip


@functools.cache
def _contracts() -> dict[str, Contract]:
    return load_contracts()


def _cpu_seconds() -> float:
    return sum(os.times()[:4])


def read_here(kind: str, reader: str, path: Path, target: Path) -> None:
    """The child's side of :func:`measure`."""
    for name in _IMPORTED:
        importlib.import_module(name)
    _contracts()
    before = _cpu_seconds()
    start = time.perf_counter()
    rows = READERS[kind][reader](path, target)
    wall = time.perf_counter() - start
    cpu = _cpu_seconds() - before
    # Not ru_maxrss: it starts from the parent's memory.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
    print(json.dumps({"rows": rows, "wall": wall, "cpu": cpu, "peak": peak / GB}))


def main() -> int:
    """Make the files, run the readers, print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=2.0, help="size of the CSV and the JSON lines")
    parser.add_argument("--sheet-rows", type=int, default=400_000)
    parser.add_argument("--kinds", nargs="*", default=list(READERS), choices=list(READERS))
    parser.add_argument("--only", help="one reader")
    parser.add_argument("--folder", type=Path, help="keep the files here")
    parser.add_argument("--read", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        kind, reader, path, target = options.read
        read_here(kind, reader, Path(path), Path(target))
        return 0
    with tempfile.TemporaryDirectory(prefix="doubleloop-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for kind in options.kinds:
            path = folder / f"{kind.replace(' ', '-')}-{options.gb}-{options.sheet_rows}"
            if not path.exists():
                _make(kind, path, options)
            _compare(kind, path, folder / "out.parquet", options.only)
    return 0


def _make(kind: str, path: Path, options: argparse.Namespace) -> None:
    half = path.with_suffix(".part")
    if kind == "csv":
        landing_files.write_csv(half, int(options.gb * GB))
    elif kind == "jsonl":
        landing_files.write_json(half, int(options.gb * GB))
    else:
        landing_files.write_xlsx(half, options.sheet_rows, shared=kind == "xlsx")
    half.rename(path)


def _compare(kind: str, path: Path, target: Path, only: str | None) -> None:
    size = path.stat().st_size
    print(f"\n{kind}, {size / MB:,.0f} MB")
    print(
        f"{'reader':34} {'rows':>10} {'wall s':>7} {'MB/s':>7} {'CPU s':>7} {'peak GB':>8}  {'ratio: wall':>11} {'CPU':>6}"
    )
    results = {
        reader: measure(kind, reader, path, target)
        for reader in READERS[kind]
        if only is None or reader == only
    }
    peers = [cost for reader, cost in results.items() if cost and reader != "doubleloop"]
    wall = min((cost["wall"] for cost in peers), default=float("nan"))
    cpu = min((cost["cpu"] for cost in peers), default=float("nan"))
    for reader, cost in results.items():
        if not cost:
            print(f"{reader:34} failed")
            continue
        print(
            f"{reader:34} {cost['rows']:10,.0f} {cost['wall']:7.1f} {size / MB / cost['wall']:7.0f} {cost['cpu']:7.1f}"
            f" {cost['peak']:8.2f}  {cost['wall'] / wall:11.2f} {cost['cpu'] / cpu:6.2f}",
            flush=True,
        )


if __name__ == "__main__":
    sys.exit(main())
