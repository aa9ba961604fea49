"""Rows of a sheet on their way to raw: some rows at a time, as columns of text."""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
import pyarrow as pa

BATCH_ROWS = 20_000


@dataclass(frozen=True)
class Batch:
    """Rows that hold anything. ``column`` gives the text of one column, null where a cell is empty."""

    numbers: npt.NDArray[np.int64]  # as the sheet numbers its rows; the header has one too
    width: int  # columns that hold anything are before this one
    column: Callable[[int], pa.Array]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.numbers)

    def part(self, start: int, end: int) -> Batch:
        """The rows from ``start`` up to ``end``; all of them are the batch itself."""
        if start == 0 and end == len(self):
            return self
        whole = self.column
        return Batch(
            self.numbers[start:end],
            self.width,
            lambda index: whole(index).slice(start, end - start),
        )

    def rows(self, limit: int) -> list[list[str]]:
        """The first rows as lists of text, empty cells as empty text."""
        return self.taken(np.arange(min(limit, len(self))))

    def taken(self, places: npt.NDArray[np.int64]) -> list[list[str]]:
        """Some rows as lists of text, empty cells as empty text."""
        indices = pa.array(places)
        columns = [self.column(index).take(indices).to_pylist() for index in range(self.width)]
        if not columns:
            return [[] for _ in places]
        return [[cell or "" for cell in row] for row in zip(*columns, strict=True)]


def batches_of(rows: Iterable[list[str]], size: int = BATCH_ROWS) -> Iterator[Batch]:
    """Lists of cells as batches; rows without any text are counted but left out."""
    numbered = ((number, row) for number, row in enumerate(rows, 1) if any(row))
    while held := list(islice(numbered, size)):
        yield _batch(held)


def _batch(held: list[tuple[int, list[str]]]) -> Batch:
    width = max(len(row) for _, row in held)

    def column(index: int) -> pa.Array:
        cells = [row[index] if index < len(row) else None for _, row in held]
        return pa.array(cells, pa.string())

    return Batch(np.array([number for number, _ in held], dtype=np.int64), width, column)
