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
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as _compute

from orchestration.landing.clean import clean_column, json_objects
from orchestration.landing.contract import ColumnType
from orchestration.landing.digits import lost_digits
from orchestration.landing.normalise import DROPPED_HEADER
from orchestration.landing.plan import Plan
from orchestration.landing.raw_writer import Lineage, Sink
from orchestration.landing.read_result import ReadResult, Reject, TooManyRejectsError
from orchestration.landing.reasons import Reason

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


class Assembler:
    """Takes batches of a file's columns and writes raw Parquet; see :class:`ReadResult`."""

    def __init__(self, plan: Plan, target: Path, lineage: Lineage) -> None:
        self.plan = plan
        self.contract = plan.contract
        self.lineage = lineage
        self.target = target
        self.result = ReadResult()
        self._plans = [plan]
        self._headers: set[int] = set()
        self._sink = Sink(target, plan.contract, lineage)

    def restart(self) -> None:
        """Forget everything read so far (a reader gave up and another starts over)."""
        self._sink.abandon()
        self.result = ReadResult()
        self.plan = self._plans[0]
        self._plans, self._headers = [self.plan], set()
        self._sink = Sink(self.target, self.contract, self.lineage)

    def turn(self, header: Sequence[str]) -> None:
        """Go on with a further table of the file, whose columns are in another order."""
        if list(header) != self.plan.header:
            self.plan = self.plan.of(header)
            self._plans.append(self.plan)

    def pass_over(self, header: int, titles: int = 0) -> None:
        """Count a row that is a header once more as dropped, and ``titles`` rows above it."""
        self._headers.add(header)
        self.result.dropped += 1 + titles

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
        if shown is not None and any(plan.left_out for plan in self._plans):
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
        told = [finding for plan in self._plans for finding in plan.findings()]
        self.result.findings += dict.fromkeys(told)
        self.result.rejects.sort(
            key=lambda reject: (reject.row_number or 0, reject.column_name or "")
        )
        self._drop_titles()
        return self.result

    def _drop_titles(self) -> None:
        """A line alone above a further header is its title, not a row with too few cells."""
        ragged = {
            reject.row_number: reject
            for reject in self.result.rejects
            if reject.reason is Reason.RAGGED_ROW and reject.row_number is not None
        }
        titles: set[int] = set()
        for number in self._headers:
            above = number - 1
            while above in ragged and _is_one_cell(ragged[above].value):
                titles.add(above)
                above -= 1
        if titles:
            kept = [each for each in self.result.rejects if each.row_number not in titles]
            self.result.rejects = kept
            self.result.dropped += len(titles)

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


def _is_one_cell(line: str | None) -> bool:
    return sum(map(bool, map(str.strip, re.split(r"[,\t;|]", line or "")))) <= 1


def _is_label(column: pa.Array, labels: list[str]) -> Mask:
    found = pc.is_in(column, value_set=pa.array(labels, pa.string())).to_numpy(zero_copy_only=False)
    counted = pc.fill_null(pc.match_substring(column, pattern="条"), fill_value=False)
    rows = np.flatnonzero(counted.to_numpy(zero_copy_only=False))
    if len(rows):
        found = found if found.flags.writeable else found.copy()
        matched = pc.match_substring_regex(column.take(pa.array(rows)), pattern=_COUNTED_LABEL)
        found[rows] |= matched.to_numpy(zero_copy_only=False)
    return found
