"""Workbooks, HTML tables and Parquet to raw, in batches."""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute
import pyarrow.parquet as pq

from orchestration.landing.assemble import Assembler
from orchestration.landing.batch import BATCH_ROWS, Batch
from orchestration.landing.container import RejectedFileError
from orchestration.landing.normalise import cell_text
from orchestration.landing.reasons import Finding, Reason
from orchestration.landing.recognised import Recognised
from orchestration.landing.sniff_sheets import NO_HEADER, header_of
from orchestration.landing.tables import Headers, is_title

# The kernels are made at import time, so type stubs do not know them.
pc: Any = _compute


def read_sheets(found: Recognised, assembler: Assembler) -> None:
    """Feed the rows of all sheets of the table, one after the other, and of all tables in them."""
    before = 0  # rows of the sheets before this one
    for sheet, header_row in found.sheets:
        header_number = last = 0
        to_skip = header_row + 1
        header = found.header if header_row == NO_HEADER else header_of(sheet, header_row)
        assembler.turn(header)
        tables = Headers(found.contract, header)
        is_other = False
        for whole in sheet.batches():
            batch = whole
            if to_skip:
                skipped = min(to_skip, len(batch))
                to_skip -= skipped
                header_number = int(batch.numbers[skipped - 1])
                batch = batch.part(skipped, len(batch))
            if len(batch):
                numbers = batch.numbers - header_number + before
                last = max(last, int(numbers.max()))
                is_other = _add_tables(batch, numbers, tables, assembler, is_other=is_other)
        before = max(last, before)
    for name, why in found.other_sheets.items():
        assembler.result.findings.append((Finding.OTHER_SHEET, name, why))


def _add_tables(
    batch: Batch,
    numbers: npt.NDArray[np.int64],
    tables: Headers,
    assembler: Assembler,
    *,
    is_other: bool,
) -> bool:
    """Add the rows between the headers in a batch; whether its last table is another one (as before it)."""
    start = 0
    for row in tables.suspects(batch.column(tables.key)):
        (cells,) = batch.taken(np.array([row]))
        if not tables.is_header(cells):
            continue
        header = tables.goes_on(cells)
        end = row
        above = batch.part(start, row)
        while end > start and is_title(above.taken(np.array([end - start - 1]))[0], len(cells)):
            end -= 1
        _add(batch.part(start, end), numbers[start:end], assembler, is_other=is_other)
        is_other = header is None
        if header is not None:
            assembler.pass_over(int(numbers[row]), row - end)
            assembler.turn(header)
            start = row + 1
        else:
            start = end
    _add(batch.part(start, len(batch)), numbers[start:], assembler, is_other=is_other)
    return is_other


def _add(
    batch: Batch, numbers: npt.NDArray[np.int64], assembler: Assembler, *, is_other: bool
) -> None:
    if is_other:
        for number, cells in zip(numbers.tolist(), batch.rows(len(batch)), strict=True):
            assembler.reject(number, Reason.OTHER_TABLE, None, " | ".join(cells))
        return
    ragged = np.zeros(len(batch), dtype=bool)
    for index in range(len(assembler.plan.header), batch.width):
        filled = pc.binary_length(batch.column(index)).fill_null(0)
        ragged |= filled.to_numpy(zero_copy_only=False) > 0
    arrays = {index: batch.column(index) for index in assembler.plan.needed}
    if ragged.any():
        places = np.flatnonzero(ragged)
        for row, cells in zip(places.tolist(), batch.taken(places), strict=True):
            assembler.reject(int(numbers[row]), Reason.RAGGED_ROW, None, " | ".join(cells))
        keep = pa.array(~ragged)
        arrays = {index: column.filter(keep) for index, column in arrays.items()}
        numbers = numbers[~ragged]
    assembler.add(arrays, numbers)


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
    return pc.struct_field(batch.column(top), steps)


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
    return pc.cast(column, pa.string())
