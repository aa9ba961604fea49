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
from orchestration.landing.sniff import Recognised

# The kernels are made at import time, so type stubs do not know them.
pc: Any = _compute


def read_sheets(found: Recognised, assembler: Assembler) -> None:
    """Feed the rows of all sheets with the header, one after the other."""
    before = 0  # rows of the sheets before this one
    for sheet, header_row in found.sheets:
        header_number = last = 0
        to_skip = header_row + 1
        for whole in sheet.batches():
            batch = whole
            if to_skip:
                skipped = min(to_skip, len(batch))
                to_skip -= skipped
                header_number = int(batch.numbers[skipped - 1])
                batch = batch.after(skipped)
            if len(batch):
                numbers = batch.numbers - header_number + before
                last = max(last, int(numbers.max()))
                _add(batch, numbers, len(found.header), assembler)
        before = max(last, before)
    for name in found.other_sheets:
        assembler.result.findings.append(
            (Finding.OTHER_SHEET, name, "not the same table; not read")
        )


def _add(batch: Batch, numbers: npt.NDArray[np.int64], width: int, assembler: Assembler) -> None:
    ragged = np.zeros(len(batch), dtype=bool)
    for index in range(width, batch.width):
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
