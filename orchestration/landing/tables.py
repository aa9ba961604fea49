"""Further tables of one export in one file: the same header again, below the first table or on another sheet.

Platforms write an export in parts, and people put files one below the other. A header that comes
again is no row. One with the same columns in another order goes on with the table; one with other
columns begins something else, and what lies below it cannot be read as this table.
"""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute

from orchestration.landing.contract import Contract
from orchestration.landing.normalise import normalise_header
from orchestration.landing.recognised import clean_header

# The kernels are made at import time, so type stubs do not know them.
pc: Any = _compute

_FEWEST_NAMES = 3
_TITLE_COLUMNS = 3  # of a narrower table a row with one cell is no title


class Headers:
    """Finds the headers of further tables among the rows of a file that began with ``header``."""

    def __init__(self, contract: Contract, header: Sequence[str]) -> None:
        self._contract = contract
        self._header = [normalise_header(name) for name in header]
        self.key = next((index for index, name in enumerate(self._header) if name), 0)
        names = {*header, *(h for column in contract.columns.values() for h in column.headers)}
        names |= {name.replace("(", "（").replace(")", "）") for name in names}
        # A mark at the start of a file that was put below another one stands before the first quote.
        names |= {form for name in names for form in (f"\ufeff{name}", f'\ufeff"{name}"')}
        self._names = names - {""}
        self._set = pa.array(sorted(self._names), pa.string())
        self._is_told = contract.headerless_fields is None and any(self._header)

    def suspects(self, column: pa.Array) -> list[int]:
        """Rows whose cell in column ``key`` is the name of a column."""
        if not self._is_told:
            return []
        found = pc.is_in(column, value_set=self._set)
        return np.flatnonzero(found.to_numpy(zero_copy_only=False)).tolist()

    def is_suspect(self, cells: Sequence[str]) -> bool:
        """The same of one row."""
        return self._is_told and self.key < len(cells) and cells[self.key] in self._names

    def is_same(self, cells: Mapping[int, str | None]) -> bool:
        """Whether a row, by place of column, is the header of the first table once more."""
        return all(
            normalise_header(_unquoted(cell or "")) == self._header[index]
            for index, cell in cells.items()
        )

    def is_header(self, cells: Sequence[str]) -> bool:
        """Whether a row holds names of columns rather than values."""
        names = {normalise_header(_unquoted(cell)) for cell in cells} - {""}
        known = names & self._contract.known_headers
        return len(known) >= min(_FEWEST_NAMES, len(self._contract.all_of)) and (
            2 * len(known) >= len(names)
        )

    def goes_on(self, cells: Sequence[str]) -> list[str] | None:
        """The header in a row, if the rows below it are of the same table."""
        header = [clean_header(_unquoted(cell)) for cell in cells]
        return header if is_continued_by(self._header, header, self._contract) else None


def is_continued_by(header: Sequence[str], other: Sequence[str], contract: Contract) -> bool:
    """Whether a table with another header feeds the same columns of the contract."""
    return _fed(header, contract) == _fed(other, contract)


def is_title(cells: Sequence[str | None], width: int) -> bool:
    """Whether a row can be the title of the table below it."""
    return width >= _TITLE_COLUMNS and sum(map(bool, cells)) <= 1


def _fed(header: Sequence[str], contract: Contract) -> frozenset[str]:
    places = (contract.locate(normalise_header(name)) for name in header)
    return frozenset(place[0] for place in places if place is not None)


def _unquoted(cell: str) -> str:
    bare = cell.removeprefix("\ufeff")
    return bare[1:-1] if bare[:1] == bare[-1:] == '"' and len(bare) > 1 else bare
