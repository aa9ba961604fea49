"""Raw Parquet: its columns, and writing it beside its target so that only whole files get there."""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import datetime as dt
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.contract import Contract

# Row groups: enough rows for a scan to be worth a thread, few enough to stay small in memory.
ROWS_PER_GROUP = 250_000
BYTES_PER_GROUP = 96 << 20
_DICTIONARY_SAMPLE = 5_000


@dataclass(frozen=True)
class Lineage:
    """Where rows come from; times are UTC without a zone."""

    source_file: str
    source_hash: str
    exported_at: dt.datetime
    loaded_at: dt.datetime


def raw_schema(contract: Contract) -> pa.Schema:
    """The columns of a raw file: canonical fields, ``_extra``, lineage."""
    text = [pa.field(name, pa.string()) for name in (*contract.fields, "_extra")]
    return pa.schema(
        [
            *text,
            pa.field("_source_file", pa.string()),
            pa.field("_source_hash", pa.string()),
            pa.field("_row_number", pa.int64()),
            pa.field("_exported_at", pa.timestamp("us")),
            pa.field("_loaded_at", pa.timestamp("us")),
        ]
    )


class Sink:
    """Raw Parquet written beside its target and moved there only when whole."""

    def __init__(self, target: Path, contract: Contract, lineage: Lineage) -> None:
        self._path = target
        self._schema = raw_schema(contract)
        self._lineage = lineage
        self._held: list[pa.Table] = []
        self._rows = self._bytes = 0
        self._writer: pq.ParquetWriter | None = None
        # One row group is compressed while the next one is read.
        self._pool = ThreadPoolExecutor(1, "landing-write")
        self._writing: Future[None] | None = None

    def write(self, table: pa.Table) -> None:
        """Take rows, without lineage; they are written when there are enough for a row group."""
        self._held.append(table)
        self._rows += table.num_rows
        self._bytes += table.nbytes
        if self._rows >= ROWS_PER_GROUP or self._bytes >= BYTES_PER_GROUP:
            self._flush()

    def close(self) -> None:
        """Write the rest."""
        self._flush()
        self._wait()
        if self._writer is None:
            self._open(self._schema.empty_table())
        assert self._writer is not None  # noqa: S101 - for the type checker
        self._writer.close()
        self._pool.shutdown()

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._pool.shutdown()
        if self._writer is not None:
            self._writer.close()
        self._path.unlink(missing_ok=True)

    def _wait(self) -> None:
        """Until the last row group is written; raises what its writing raised (a full disk)."""
        if self._writing is not None:
            self._writing.result()
            self._writing = None

    def _flush(self) -> None:
        if not self._rows:
            self._held.clear()
            return
        table = pa.concat_tables(self._held)
        rows = table.num_rows
        line = self._lineage
        for name, value, kind in (
            ("_source_file", line.source_file, pa.string()),
            ("_source_hash", line.source_hash, pa.string()),
            ("_exported_at", line.exported_at, pa.timestamp("us")),
            ("_loaded_at", line.loaded_at, pa.timestamp("us")),
        ):
            constant = pa.DictionaryArray.from_arrays(
                pa.repeat(pa.scalar(0, pa.int8()), rows), pa.array([value], kind)
            )
            table = table.append_column(name, constant)
        table = table.select(self._schema.names)
        self._wait()
        if self._writer is None:
            self._open(table)
        assert self._writer is not None  # noqa: S101 - for the type checker
        self._writing = self._pool.submit(self._writer.write_table, table, row_group_size=rows)
        self._held.clear()
        self._rows = self._bytes = 0

    def _open(self, sample: pa.Table) -> None:
        head = sample.slice(0, _DICTIONARY_SAMPLE)
        # A dictionary pays only where values repeat; ids and times would be hashed for nothing.
        repeating = [
            name
            for name in sample.column_names
            if pa.types.is_dictionary(head.schema.field(name).type)
            or len(head[name].unique()) * 2 <= head.num_rows
        ]
        self._writer = pq.ParquetWriter(
            self._path,
            sample.schema,
            compression="snappy",
            use_dictionary=cast("Any", repeating),
            store_schema=False,
            # Nobody prunes row groups by text, and its statistics cost a fifth of the writing.
            write_statistics=cast("Any", ["_row_number"]),
        )
