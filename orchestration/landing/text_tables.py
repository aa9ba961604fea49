"""Headers that come again in the columns of a text file; what they are is in :mod:`.tables`."""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.landing.assemble import Assembler, Mask
from orchestration.landing.tables import Headers, is_title


class AnotherTableError(Exception):
    """Below the first table lies one with its columns in another order, or another one: read with care."""


def headers_again(columns: Mapping[int, pa.Array], tables: Headers) -> list[int]:
    """Rows that are the header once more. Raises :class:`AnotherTableError` for one of other columns."""
    if tables.key not in columns:
        return []
    again: list[int] = []
    for row in tables.suspects(columns[tables.key]):
        cells = {index: column[row].as_py() for index, column in columns.items()}
        if tables.is_same(cells):
            again.append(row)
        elif tables.is_header([cell or "" for cell in cells.values()]):
            raise AnotherTableError
    return again


def without_headers(
    headers: list[int],
    columns: dict[int, pa.Array],
    undecodable: dict[int, Mask],
    numbers: npt.NDArray[np.int64],
    assembler: Assembler,
) -> tuple[dict[int, pa.Array], dict[int, Mask], npt.NDArray[np.int64]]:
    """A batch without the headers in it and the titles above them, which are counted."""
    kept = np.ones(len(numbers), dtype=bool)
    width = len(assembler.plan.header)
    for row in headers:
        kept[row] = False
        above = row - 1
        while above >= 0 and kept[above] and is_title(_cells(columns, above), width):
            kept[above] = False
            above -= 1
        assembler.pass_over(int(numbers[row]), row - above - 1)
    mask = pa.array(kept)
    return (
        {index: column.filter(mask) for index, column in columns.items()},
        {index: bad[kept] for index, bad in undecodable.items()},
        numbers[kept],
    )


def _cells(columns: Mapping[int, pa.Array], row: int) -> list[str | None]:
    return [column[row].as_py() for column in columns.values()]
