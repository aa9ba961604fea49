"""From the columns of a file to the rows of raw: mapping, dropping, rejecting, writing.

Belongs here: what is the same for every container. Readers hand over batches of text columns
by their place in the file's header; this module knows the contract.
"""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from orchestration.landing.clean import clean_column, json_objects
from orchestration.landing.container import RejectedFileError
from orchestration.landing.contract import ColumnType, Contract
from orchestration.landing.digits import lost_digits
from orchestration.landing.normalise import DROPPED_HEADER, normalise_header
from orchestration.landing.raw_writer import Lineage, Sink
from orchestration.landing.reasons import Finding, Reason
from orchestration.landing.sniff import clean_header, is_unknown

pc: Any = _compute
Mask = npt.NDArray[np.bool_]

LONGEST_VALUE = 500  # characters of a bad row that quarantine keeps
# A file with so many bad rows is not worth reading on, whatever share of it they are.
MAXIMUM_REJECTS = 100_000
_COUNTED_LABEL = r"^(合计|共|总计)\s*[0-9]+\s*条"
_SUBTOTAL = "小计"
# Numbers of identity cards, where a file has a column of them: kept out of quarantine as well.
_IDENTITY_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")
_IDENTITY_KEY = rf'"[^"]*(?:{DROPPED_HEADER.pattern})[^"]*"\s*:'
_STATUSES_KEPT = 1_000
_TABULAR = {"text", "xlsx", "xls", "markup"}


@dataclass(frozen=True)
class Reject:
    """One row (or, without a number, one file) that was not loaded."""

    row_number: int | None
    column_name: str | None
    value: str | None
    reason: Reason
    mend: str


@dataclass
class ReadResult:
    """What became of a file's rows: delivered = loaded + rejected + dropped."""

    loaded: int = 0
    dropped: int = 0
    rejects: list[Reject] = field(default_factory=list)
    findings: list[tuple[Finding, str, str]] = field(default_factory=list)
    totals: list[dict[str, str]] = field(default_factory=list)  # cells of the file's total rows
    subtotals: list[dict[str, str]] = field(default_factory=list)
    statuses: set[str] = field(default_factory=set)  # all texts of the status column

    @property
    def rejected(self) -> int:
        """Rows that went to quarantine; each has exactly one reject."""
        return len(self.rejects)

    @property
    def delivered(self) -> int:
        """Data rows of the file, blank lines not counted."""
        return self.loaded + self.rejected + self.dropped


class TooManyRejectsError(RejectedFileError):
    """So many rows are bad that the file is held back; ``result`` has them."""

    def __init__(self, result: ReadResult, detail: str):
        super().__init__(Reason.TOO_MANY_REJECTS, detail)
        self.result = result


class Plan:
    """Which column of the file feeds what; the rest is not even converted."""

    def __init__(
        self, contract: Contract, header: Sequence[str], container: str, title: str | None = None
    ) -> None:
        self.contract = contract
        self.title = title
        self.header = list(header)
        self.sources: dict[str, list[int]] = {name: [] for name in contract.columns}
        self.dynamic: dict[str, list[tuple[str, int]]] = {
            part.into: [] for part in contract.dynamic
        }
        self.extras: list[tuple[str, int]] = []
        taken: set[str] = set()
        self.left_out: list[str] = []
        self.kinds: dict[int, ColumnType] = {}
        order: dict[int, int] = {}
        dropped = frozenset(map(normalise_header, contract.dropped))
        for index, name in enumerate(header):
            normalised = normalise_header(name)
            if normalised in dropped or DROPPED_HEADER.search(normalised):
                self.left_out.append(name)
            elif (place := contract.locate(normalised)) is not None:
                self.sources[place[0]].append(index)
                order[index] = place[1]
                self.kinds[index] = contract.columns[place[0]].type
            elif (key := self._dynamic_key(name)) is not None:
                self.dynamic[key[0]].append((key[1], index))
                self.kinds[index] = ColumnType.TEXT
            elif not normalised or is_unknown(name, contract):
                self.extras.append((_free_name(name, index, taken), index))
                self.kinds[index] = ColumnType.TEXT
        for indexes in self.sources.values():
            indexes.sort(key=lambda index: (order[index], index))
        labels = [index for name in contract.totals.columns for index in self.sources[name]]
        is_report = (
            container in _TABULAR
            and contract.platform != "generic"
            and contract.headerless_fields is None
        )
        self.has_objects = container not in _TABULAR
        self.labels = sorted({0, *labels}) if is_report else []
        self.needed = sorted({*self.kinds, *self.labels})

    def findings(self) -> list[tuple[Finding, str, str]]:
        """Columns that nobody knows, and those dropped at the door."""
        known = f"{self.contract.id} version {self.contract.version}"
        new = [
            (Finding.NEW_COLUMN, name, f"not in {known}; kept in _extra")
            for name, i in self.extras
            if self.header[i]
        ]
        return [
            *new,
            *(
                (Finding.LEFT_OUT, name, "identity-card data is never loaded")
                for name in self.left_out
            ),
        ]

    def _dynamic_key(self, name: str) -> tuple[str, str] | None:
        for part in self.contract.dynamic:
            found = re.match(part.pattern, clean_header(name))
            if found:
                return part.into, found.group(1)
        return None


def _free_name(name: str, index: int, taken: set[str]) -> str:
    base = name or f"column {index + 1}"
    free = base if base not in taken else f"{base}.{index + 1}"
    taken.add(free)
    return free


class Assembler:
    """Takes batches of a file's columns and writes raw Parquet; see :class:`ReadResult`."""

    def __init__(self, plan: Plan, target: Path, lineage: Lineage) -> None:
        self.plan = plan
        self.contract = plan.contract
        self.lineage = lineage
        self.target = target
        self.result = ReadResult()
        self._sink = Sink(target, plan.contract, lineage)

    def restart(self) -> None:
        """Forget everything read so far (a reader gave up and another starts over)."""
        self._sink.abandon()
        self.result = ReadResult()
        self._sink = Sink(self.target, self.contract, self.lineage)

    def reject(
        self,
        row_number: int | None,
        reason: Reason,
        column: str | None = None,
        value: str | None = None,
    ) -> None:
        """Record one bad row."""
        if len(self.result.rejects) >= MAXIMUM_REJECTS:
            raise TooManyRejectsError(
                self.result, f"reading stopped after {MAXIMUM_REJECTS:,} bad rows"
            )
        shown = None if value is None else value[:LONGEST_VALUE]
        if shown is not None and self.plan.left_out:
            shown = _IDENTITY_NUMBER.sub("******", shown)
        self.result.rejects.append(Reject(row_number, column, shown, reason, reason.mend))

    def add(
        self,
        columns: Mapping[int, pa.Array],
        numbers: npt.NDArray[np.int64],
        undecodable: Mapping[int, Mask] | None = None,
    ) -> None:
        """Add a batch: text columns by place in the header, and the row numbers."""
        rows = len(numbers)
        if rows == 0:
            return
        cells = {
            index: clean_column(columns[index], self.plan.kinds.get(index, ColumnType.TEXT))
            for index in self.plan.needed
        }
        gone = self._drop(cells, numbers)
        gone |= self._reject(cells, numbers, gone, undecodable or {})
        output = [self._field(name, cells, rows) for name in self.contract.fields]
        output.append(self._extra(cells, rows))
        table = pa.table(
            [*output, pa.array(numbers)], names=[*self.contract.fields, "_extra", "_row_number"]
        )
        if gone.any():
            table = table.filter(pa.array(~gone))
        self.result.loaded += table.num_rows
        if self.contract.status is not None:
            self._note(table[self.contract.status.column])
        self._sink.write(table)

    def finish(self) -> ReadResult:
        """Close the Parquet file and give the account of the rows."""
        self._sink.close()
        self.result.findings += self.plan.findings()
        self.result.rejects.sort(
            key=lambda reject: (reject.row_number or 0, reject.column_name or "")
        )
        return self.result

    def abandon(self) -> None:
        """Close without keeping anything."""
        self._sink.abandon()

    def _note(self, statuses: pa.ChunkedArray) -> None:
        if len(self.result.statuses) < _STATUSES_KEPT:
            self.result.statuses.update(text for text in statuses.unique().to_pylist() if text)

    def _field(self, name: str, cells: Mapping[int, pa.Array], rows: int) -> pa.Array:
        if name == self.contract.title_into:
            return pa.repeat(pa.scalar(self.plan.title, pa.string()), rows)
        if name in self.plan.dynamic:
            pairs = self.plan.dynamic[name]
            if pairs:
                return json_objects([key for key, _ in pairs], [cells[index] for _, index in pairs])
        indexes = self.plan.sources.get(name, [])
        if not indexes:
            return pa.nulls(rows, pa.string())
        return (
            cells[indexes[0]]
            if len(indexes) == 1
            else pc.coalesce(*(cells[index] for index in indexes))
        )

    def _extra(self, cells: Mapping[int, pa.Array], rows: int) -> pa.Array:
        if not self.plan.extras:
            return pa.nulls(rows, pa.string())
        columns = [self._without_identity(name, cells[index]) for name, index in self.plan.extras]
        return json_objects([name for name, _ in self.plan.extras], columns)

    def _without_identity(self, name: str, column: pa.Array) -> pa.Array:
        """Unknown objects that hold identity-card data are left out as a whole."""
        if not self.plan.has_objects:
            return column
        found = pc.fill_null(
            pc.match_substring_regex(column, pattern=_IDENTITY_KEY), fill_value=False
        )
        if not pc.any(found).as_py():
            return column
        if name not in self.plan.left_out:
            self.plan.left_out.append(name)
        return pc.if_else(found, pa.scalar(None, pa.string()), column)

    def _drop(self, cells: Mapping[int, pa.Array], numbers: npt.NDArray[np.int64]) -> Mask:
        gone = np.zeros(len(numbers), dtype=bool)
        for index in self.plan.labels:
            for row in np.flatnonzero(_is_label(cells[index], self.contract.totals.labels) & ~gone):
                gone[row] = True
                is_part = cells[index][int(row)].as_py() == _SUBTOTAL
                kept = self.result.subtotals if is_part else self.result.totals
                kept.append(self._total(cells, int(row)))
        explained = self.contract.explanation_row
        if explained is not None and numbers[0] == 1 and not gone[0]:
            values = [cells[index][0].as_py() for index in self.plan.sources[explained]]
            gone[0] = not any(value and re.search(r"\d", value) for value in values)
        blank = np.ones(len(numbers), dtype=bool)
        for index in self.plan.needed:
            if not blank.any():
                break
            blank &= cells[index].is_null().to_numpy(zero_copy_only=False)
        gone |= blank
        self.result.dropped += int(gone.sum())
        return gone

    def _total(self, cells: Mapping[int, pa.Array], row: int) -> dict[str, str]:
        summed = {ColumnType.MONEY, ColumnType.INTEGER}
        values = {
            name: cells[indexes[0]][row].as_py()
            for name, indexes in self.plan.sources.items()
            if indexes and self.contract.columns[name].type in summed
        }
        return {name: value for name, value in values.items() if value}

    def _reject(
        self,
        cells: Mapping[int, pa.Array],
        numbers: npt.NDArray[np.int64],
        gone: Mask,
        undecodable: Mapping[int, Mask],
    ) -> Mask:
        """Rows with a cell that cannot be kept; a row is rejected once, for its first bad cell."""
        bad = np.zeros(len(numbers), dtype=bool)
        for index in self.plan.needed:
            masks = [(undecodable.get(index), Reason.UNDECODABLE)]
            if self.plan.kinds.get(index) is ColumnType.ID:
                masks.append((lost_digits(cells[index]), Reason.DIGITS_LOST))
            for mask, reason in masks:
                if mask is None:
                    continue
                for row in np.flatnonzero(mask & ~bad & ~gone):
                    bad[row] = True
                    self.reject(
                        int(numbers[row]),
                        reason,
                        self.plan.header[index],
                        cells[index][row].as_py(),
                    )
        return bad


def _is_label(column: pa.Array, labels: list[str]) -> Mask:
    found = pc.is_in(column, value_set=pa.array(labels, pa.string())).to_numpy(zero_copy_only=False)
    counted = pc.fill_null(pc.match_substring(column, pattern="条"), fill_value=False)
    rows = np.flatnonzero(counted.to_numpy(zero_copy_only=False))
    if len(rows):
        found = found if found.flags.writeable else found.copy()
        matched = pc.match_substring_regex(column.take(pa.array(rows)), pattern=_COUNTED_LABEL)
        found[rows] |= matched.to_numpy(zero_copy_only=False)
    return found
