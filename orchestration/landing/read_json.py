"""JSON to raw: DuckDB reads named paths of each object as text, fast and without rounding.

Every question to DuckDB is answered as a whole: its streaming results can stand still for ever
when memory is short. JSON lines are therefore read piece by piece.

A damaged line becomes a row of nulls there; such rows are looked up in the file and rejected
with their text. Whatever DuckDB cannot read at all is read object by object in Python.
"""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import contextlib
import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as _compute
import pyarrow.parquet as pq

from orchestration.landing import engine
from orchestration.landing.assemble import LONGEST_VALUE, Assembler, Mask
from orchestration.landing.container import RejectedFileError, bom_of, scratch_file
from orchestration.landing.json_header import flat_keys
from orchestration.landing.json_select import (
    Selection,
    literal_text,
    quoted,
    select,
)
from orchestration.landing.json_shape import LONGEST_OBJECT, numbered_lines
from orchestration.landing.json_slow import read_slowly
from orchestration.landing.normalise import normalise_header
from orchestration.landing.reasons import Reason
from orchestration.landing.recognised import Recognised

# The kernels are made at import time, so type stubs do not know them.
pc: Any = _compute

BATCH_ROWS = 50_000
PIECE_BYTES = 8 << 20
_LONGEST_ASKED = LONGEST_OBJECT
_LAYOUTS = {"lines": "newline_delimited", "array": "array", "objects": "unstructured"}


def read_json(
    path: Path, found: Recognised, header: list[str], assembler: Assembler, scratch: Path
) -> None:
    """Feed the objects of a JSON file to ``assembler``; ``header`` as given by :func:`json_header`."""
    with path.open("rb") as file:
        is_plain = bom_of(file.read(4)) is None and found.encoding == "utf-8"
    if found.wrapper is not None:
        read_slowly(path, found, header, assembler)
        return
    source = path
    if not is_plain:
        source = scratch_file(scratch)
        _transcode(path, source, found.encoding)
    try:
        try:
            _read_fast(source, found, header, assembler, scratch)
        except duckdb.Error:
            assembler.restart()
            read_slowly(source, found, header, assembler)
    finally:
        if source is not path:
            source.unlink(missing_ok=True)


def _read_fast(
    path: Path, found: Recognised, header: list[str], assembler: Assembler, scratch: Path
) -> None:
    """Read with objects as structs; where an object turns out to be a text, once more with it opened."""
    mapped = found.contract.header_map
    literal = {name for name in header if normalise_header(name) not in mapped}
    flat = flat_keys(path, found) if any("." in name for name in header) else set()
    texts: list[str] = []
    for _ in range(2):
        plan = select(header, found.contract.explode, flat=flat, literal=literal, texts=texts)
        reader = _Reader(path, found, header, plan, assembler, scratch, is_searching=not texts)
        texts = reader.lines() if found.layout == "lines" else reader.document()
        if not texts:
            return
        assembler.restart()


class _Reader:
    """One file with one plan. Both ways of reading return the tops that hold texts, if they stop for them."""

    def __init__(
        self,
        path: Path,
        found: Recognised,
        header: list[str],
        plan: Selection,
        assembler: Assembler,
        scratch: Path,
        *,
        is_searching: bool,
    ) -> None:
        self.path, self.found, self.header, self.plan = path, found, header, plan
        self.assembler, self.scratch = assembler, scratch
        self._is_searching = is_searching and bool(plan.objects)
        self._last = 0  # number of the last object so far

    def lines(self) -> list[str]:
        """Read JSON lines piece by piece: what DuckDB gives is whole before the next is read."""
        if self.path.stat().st_size <= PIECE_BYTES:
            return self._piece(self.path, self._ask(self.path))
        pieces = _pieces(self.path, self.scratch)
        with contextlib.closing(pieces), ThreadPoolExecutor(1, "landing-json") as pool:

            def following() -> tuple[Path, pa.Table | None] | bytes | None:
                piece = next(pieces, None)
                return (piece, self._ask(piece)) if isinstance(piece, Path) else piece

            # The next piece is parsed while this one is cleaned and written.
            upcoming = pool.submit(following)
            while (piece := upcoming.result()) is not None:
                upcoming = pool.submit(following)
                if isinstance(piece, bytes):
                    self._last += 1
                    text = piece.decode("utf-8", "backslashreplace")
                    self.assembler.reject(self._last, Reason.MALFORMED_JSON, None, text)
                    continue
                texts = self._piece(*piece)
                piece[0].unlink()
                if texts:
                    upcoming.result()
                    return texts
        return []

    def document(self) -> list[str]:
        """Read arrays and objects on several lines, through a table on disk."""
        table = scratch_file(self.scratch)
        try:
            with engine.connection() as connection:
                connection.execute(
                    f"copy ({self._query(self.path)}) to {literal_text(str(table))} "
                    "(format parquet, compression uncompressed, row_group_size 61440)"
                )
            with pq.ParquetFile(table) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    texts = self._take(pa.table(batch), self.path)
                    if texts:
                        return texts
        finally:
            table.unlink(missing_ok=True)
        return []

    def _ask(self, piece: Path) -> pa.Table | None:
        """The rows of a piece; None when DuckDB cannot read it."""
        try:
            with engine.connection() as connection:
                return connection.execute(self._query(piece)).to_arrow_table()
        except duckdb.Error:
            return None

    def _query(self, piece: Path) -> str:
        plan = self.plan
        relation = f"{self._source(piece)}{plan.columns})"
        if plan.texts:
            relation = f"(select * replace ({', '.join(plan.texts)}) from {relation})"
        fields = [*plan.fields, f'{plan.hidden} as "hidden"']
        if plan.explode is None:
            return f"select {', '.join(fields)} from {relation}"
        # An object with an empty list is still one row. One thread keeps the order as it is.
        elements = f"case when json_array_length({plan.explode}) > 0 then {plan.explode}::json[] else [null::json] end"
        return (
            f"with numbered as (select *, row_number() over () as _n from {relation}), "
            f"exploded as (select * exclude ({plan.explode}), unnest({elements}) as _e from numbered) "
            f"select {', '.join(fields)}, _n from exploded"
        )

    def _source(self, piece: Path) -> str:
        return (
            f"read_json({literal_text(str(piece))}, format = '{_LAYOUTS[self.found.layout]}', records = 'true', "
            f"maximum_object_size = {_LONGEST_ASKED}, ignore_errors = {self.found.layout == 'lines'}, columns = "
        )

    def _piece(self, piece: Path, table: pa.Table | None) -> list[str]:
        if table is None:
            found, last = self.found, self._last
            self._last = read_slowly(piece, found, self.header, self.assembler, last)
            return []
        before = self._last
        texts: list[str] = []
        for start in range(0, max(table.num_rows, 1), BATCH_ROWS):
            texts = self._take(table.slice(start, BATCH_ROWS), piece, before)
            if texts:
                break
        return texts

    def _take(self, table: pa.Table, piece: Path, before: int = 0) -> list[str]:
        """Hand rows over; ``piece`` has their lines, and ``before`` objects came before it."""
        width = len(self.header)
        if self._is_searching and pc.any(table.column(width)).as_py():
            texts = _text_tops(self._source(self.path), self.plan.objects)
            if texts:
                return texts
            self._is_searching = False
        rows = table.num_rows
        arrays = {
            index: table.column(index).cast(pa.string()).combine_chunks() for index in range(width)
        }
        if self.plan.explode is not None:
            numbers = table.column(width + 1).to_numpy().astype(np.int64) + before
        else:
            numbers = np.arange(self._last + 1, self._last + 1 + rows, dtype=np.int64)
        self._last = int(numbers[-1]) if rows else self._last
        empty = _all_null(arrays, rows)
        if empty.any():
            is_lines = self.found.layout == "lines"
            _explain(piece, numbers[empty].tolist(), self.assembler, before, is_lines=is_lines)
            keep = pa.array(~empty)
            arrays = {index: column.filter(keep) for index, column in arrays.items()}
            numbers = numbers[~empty]
        self.assembler.add(arrays, numbers)
        return []


def _pieces(path: Path, scratch: Path) -> Generator[Path | bytes]:
    """Whole lines of a file in small files, which the caller deletes; of a line that is too long its start."""
    held = bytearray()
    with path.open("rb") as file:
        is_all = False
        while not is_all:
            more = file.read(PIECE_BYTES)
            is_all = not more
            held += more
            cut = len(held) if is_all else held.rfind(b"\n") + 1
            if cut:
                piece = scratch_file(scratch)
                piece.write_bytes(held[:cut])
                del held[:cut]
                yield piece
            elif len(held) > LONGEST_OBJECT:
                start = bytes(held[:LONGEST_VALUE])
                held.clear()
                while (more := file.readline(PIECE_BYTES)) and not more.endswith(b"\n"):
                    pass
                yield start


def _text_tops(source: str, tops: list[str]) -> list[str]:
    """Which tops hold, in some row, an object written as a text."""
    columns = ", ".join(f"{literal_text(top)}: 'JSON'" for top in tops)
    tests = ", ".join(
        f"coalesce(bool_or(json_type({quoted(top)}) = 'VARCHAR' and starts_with(json_extract_string({quoted(top)}, '$'), '{{')), false)"
        for top in tops
    )
    with engine.connection() as connection:
        row = connection.execute(f"select {tests} from {source}{{{columns}}})").fetchone() or ()
    return [top for top, is_text in zip(tops, row, strict=True) if is_text]


def _all_null(arrays: dict[int, pa.Array], rows: int) -> Mask:
    empty = np.ones(rows, dtype=bool)
    for column in arrays.values():
        if not empty.any():
            break
        empty &= column.is_null().to_numpy(zero_copy_only=False)
    return empty


def _explain(
    path: Path, numbers: list[int], assembler: Assembler, before: int, *, is_lines: bool
) -> None:
    """Reject the objects that gave nothing, with their text and the right reason."""
    wanted = set(numbers)
    if not is_lines:
        for number in sorted(wanted):
            assembler.reject(number, Reason.NO_KNOWN_FIELD)
        return
    for number, line in numbered_lines(path, before + 1):
        if number in wanted:
            reason = Reason.MALFORMED_JSON
            try:
                if isinstance(json.loads(line.decode()), dict):
                    reason = Reason.NO_KNOWN_FIELD
            except UnicodeDecodeError:
                reason = Reason.UNDECODABLE
            except (ValueError, RecursionError):
                pass
            assembler.reject(number, reason, None, line.decode("utf-8", "backslashreplace"))


def _transcode(source: Path, target: Path, codec: str) -> None:
    try:
        with (
            source.open(
                "r", encoding="utf-8-sig" if codec == "utf-8" else codec, newline=""
            ) as old,
            target.open("w", encoding="utf-8", newline="") as new,
        ):
            while chunk := old.read(1 << 20):
                new.write(chunk.removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise RejectedFileError(Reason.UNREADABLE_ENCODING, str(error)) from error
