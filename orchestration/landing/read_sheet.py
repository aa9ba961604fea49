"""Workbooks, HTML tables and Parquet to raw, in batches."""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute
import pyarrow.parquet as pq

from orchestration.landing.assemble import Assembler
from orchestration.landing.container import RejectedFileError
from orchestration.landing.reasons import Finding, Reason
from orchestration.landing.sniff import Recognised
from orchestration.landing.workbook import Sheet, cell_text

BATCH_ROWS = 20_000


def read_sheets(found: Recognised, assembler: Assembler) -> None:
    """Feed the rows of all sheets with the header, one after the other."""
    first_number = 1
    for sheet, header_row in found.sheets:
        held: list[list[str]] = []
        numbers: list[int] = []
        number = first_number - 1
        for number, row in _data_rows(sheet, header_row, first_number):
            cells = _fitted(row, len(found.header))
            if cells is None:
                assembler.reject(number, Reason.RAGGED_ROW, None, " | ".join(row))
                continue
            held.append(cells)
            numbers.append(number)
            if len(held) >= BATCH_ROWS:
                _add(held, numbers, assembler)
                held, numbers = [], []
        _add(held, numbers, assembler)
        first_number = number + 1
    for name in found.other_sheets:
        assembler.result.findings.append(
            (Finding.OTHER_SHEET, name, "not the same table; not read")
        )


def _data_rows(sheet: Sheet, header_row: int, first_number: int) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows below the header; blank rows at the end of a sheet are not rows."""
    blanks: list[tuple[int, list[str]]] = []
    for number, row in enumerate(sheet.rows(header_row), first_number):
        if any(row):
            yield from blanks
            blanks.clear()
            yield number, row
        else:
            blanks.append((number, row))


def _fitted(row: list[str], width: int) -> list[str] | None:
    if len(row) == width:
        return row
    if len(row) < width:
        return [*row, *[""] * (width - len(row))]
    return None if any(row[width:]) else row[:width]


def _add(held: list[list[str]], numbers: list[int], assembler: Assembler) -> None:
    if held:
        columns = list(zip(*held, strict=True))
        arrays = {index: pa.array(columns[index], pa.string()) for index in assembler.plan.needed}
        assembler.add(arrays, np.array(numbers, dtype=np.int64))


def read_parquet(path: Path, found: Recognised, assembler: Assembler) -> None:
    """Feed a Parquet file as text: times in ISO form, nested values as JSON."""
    try:
        file = pq.ParquetFile(path)
        start = 1
        names = {index: found.header[index] for index in assembler.plan.needed}
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(names.values())):
            arrays = {index: _as_text(_column(batch, name)) for index, name in names.items()}
            assembler.add(arrays, np.arange(start, start + batch.num_rows, dtype=np.int64))
            start += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error


def _column(batch: pa.RecordBatch, name: str) -> pa.Array:
    """A column, or under ``a.b.c`` a field of a struct."""
    if name in batch.schema.names:
        return batch.column(name)
    top, *steps = name.split(".")
    kernels: Any = _compute  # made at import time, so type stubs do not know them
    return kernels.struct_field(batch.column(top), steps)


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _as_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            utc = column.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
            return pa.array(
                [None if v is None else f"{v.isoformat(sep=' ')}+00:00" for v in utc.to_pylist()],
                pa.string(),
            )
        return pa.array(
            [
                None if v is None else v.isoformat(sep=" ")
                for v in column.cast(pa.timestamp("us")).to_pylist()
            ],
            pa.string(),
        )
    if pa.types.is_floating(kind):
        return pa.array(
            [None if value is None else cell_text(value) for value in column.to_pylist()],
            pa.string(),
        )
    if pa.types.is_nested(kind):
        texts = [
            None if v is None else json.dumps(v, ensure_ascii=False, default=str)
            for v in column.to_pylist()
        ]
        return pa.array(texts, pa.string())
    return _compute.cast(column, pa.string())
