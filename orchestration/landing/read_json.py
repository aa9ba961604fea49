"""JSON to raw: DuckDB reads named paths of each object as text, at 300 MB/s and without rounding.

A damaged line becomes a row of nulls there; such rows are looked up in the file and rejected
with their text. Whatever DuckDB cannot read at all is read object by object in Python.
"""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.landing import engine
from orchestration.landing.assemble import MAXIMUM_REJECTS, Assembler, Mask
from orchestration.landing.container import RejectedFileError, bom_of
from orchestration.landing.contract import Contract
from orchestration.landing.json_select import (
    Selection,
    json_path,
    literal_text,
    opened,
    quoted,
    select,
)
from orchestration.landing.json_shape import LONGEST_OBJECT, json_head, json_paths, numbered_lines
from orchestration.landing.json_slow import read_slowly
from orchestration.landing.normalise import normalise_header
from orchestration.landing.reasons import Reason
from orchestration.landing.sniff import HEAD_BYTES, Recognised, is_unknown

BATCH_ROWS = 50_000
_LAYOUTS = {"lines": "newline_delimited", "array": "array", "objects": "unstructured"}
_WINDOWS, _WINDOW_BYTES, _READ_WHOLE = 64, 32 << 10, 64 << 20


def json_header(path: Path, found: Recognised) -> list[str]:
    """The paths to read: those the contract names (as the file spells them), then unknown ones.

    Unknown keys are looked for in the whole of a file up to 64 MB, and in 64 windows of a larger one.
    """
    spelled = {normalise_header(name): name for name in found.header}
    known = [
        spelled.get(normalise_header(header), header)
        for column in found.contract.columns.values()
        for header in column.headers
    ]
    seen = dict.fromkeys(found.header)
    if found.layout == "lines" and path.stat().st_size > _READ_WHOLE:
        seen.update(dict.fromkeys(_sampled_paths(path)))
    elif found.layout == "lines":
        with contextlib.suppress(duckdb.Error):  # reading will say what is wrong with the file
            seen.update(dict.fromkeys(_all_paths(path, found.contract)))
    return [*dict.fromkeys(known), *_unknown(seen, found.contract)]


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
        source = scratch / f"{path.name}.utf8"
        _transcode(path, source, found.encoding)
    try:
        try:
            _read_fast(source, found, header, assembler)
        except duckdb.Error:
            assembler.restart()
            read_slowly(source, found, header, assembler)
    finally:
        if source is not path:
            source.unlink(missing_ok=True)


def _read_fast(path: Path, found: Recognised, header: list[str], assembler: Assembler) -> None:
    """Read with objects as structs; where an object turns out to be a text, once more with it opened."""
    mapped = found.contract.header_map
    literal = {name for name in header if normalise_header(name) not in mapped}
    flat = _flat_keys(path, found) if any("." in name for name in header) else set()
    source = (
        f"read_json({literal_text(str(path))}, format = '{_LAYOUTS[found.layout]}', records = 'true', "
        f"maximum_object_size = {LONGEST_OBJECT}, ignore_errors = {found.layout == 'lines'}, columns = "
    )
    texts: list[str] = []
    for _ in range(2):
        plan = select(header, found.contract.explode, flat=flat, literal=literal, texts=texts)
        texts = _read_plan(path, found, source, plan, len(header), assembler, is_first=not texts)
        if not texts:
            return
        assembler.restart()


def _read_plan(
    path: Path,
    found: Recognised,
    source: str,
    plan: Selection,
    width: int,
    assembler: Assembler,
    *,
    is_first: bool,
) -> list[str]:
    """Read all rows; or stop and name the tops that hold texts, when ``is_first`` finds some."""
    relation = f"{source}{plan.columns})"
    if plan.texts:
        relation = f"(select * replace ({', '.join(plan.texts)}) from {relation})"
    fields = [*plan.fields, f'{plan.hidden} as "hidden"']
    query = f"select {', '.join(fields)} from {relation}"
    if plan.explode is not None:
        # An object with an empty list is still one row.
        elements = f"case when json_array_length({plan.explode}) > 0 then {plan.explode}::json[] else [null::json] end"
        query = (
            f"with numbered as (select *, row_number() over () as _n from {relation}), "
            f"exploded as (select * exclude ({plan.explode}), unnest({elements}) as _e from numbered) "
            f"select {', '.join(fields)}, _n from exploded order by _n"
        )
    suspects: list[int] = []
    is_searching = is_first and bool(plan.objects)
    with engine.connection() as connection:
        reader = connection.execute(query).to_arrow_reader(BATCH_ROWS)
        start = 1
        for batch in reader:
            if is_searching and batch.column(width).true_count:
                texts = _text_tops(source, plan.objects)
                if texts:
                    return texts
                is_searching = False
            arrays = {index: batch.column(index).cast(pa.string()) for index in range(width)}
            if plan.explode is not None:
                numbers = batch.column(width + 1).to_numpy(zero_copy_only=False).astype(np.int64)
            else:
                numbers = np.arange(start, start + batch.num_rows, dtype=np.int64)
            start += batch.num_rows
            empty = _all_null(arrays, batch.num_rows)
            if empty.any():
                suspects += numbers[empty].tolist()[: MAXIMUM_REJECTS + 1 - len(suspects)]
                keep = pa.array(~empty)
                arrays = {index: column.filter(keep) for index, column in arrays.items()}
                numbers = numbers[~empty]
            assembler.add(arrays, numbers)
    if suspects:
        _explain(path, suspects, assembler, is_lines=found.layout == "lines")
    return []


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


def _flat_keys(path: Path, found: Recognised) -> set[str]:
    """Keys with a dot of their own: a file whose nested objects were flattened."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    _, objects = json_head(head.decode("utf-8", "ignore"))
    keys = {key for item in objects for key in item if "." in key}
    return keys & {name for name in found.header if "." in name}


def _all_null(arrays: dict[int, pa.Array], rows: int) -> Mask:
    empty = np.ones(rows, dtype=bool)
    for column in arrays.values():
        if not empty.any():
            break
        empty &= column.is_null().to_numpy(zero_copy_only=False)
    return empty


def _explain(path: Path, numbers: list[int], assembler: Assembler, *, is_lines: bool) -> None:
    """Reject the objects that gave nothing, with their text and the right reason."""
    wanted = set(numbers)
    if not is_lines:
        for number in sorted(wanted):
            assembler.reject(number, Reason.NO_KNOWN_FIELD)
        return
    for number, line in numbered_lines(path):
        if number in wanted:
            reason, text = Reason.MALFORMED_JSON, ""
            try:
                text = line.decode()
                if isinstance(json.loads(text), dict):
                    reason = Reason.NO_KNOWN_FIELD
            except UnicodeDecodeError:
                reason, text = Reason.UNDECODABLE, line.decode("utf-8", "backslashreplace")
            except (json.JSONDecodeError, RecursionError):
                pass
            assembler.reject(number, reason, None, text)


def _all_paths(path: Path, contract: Contract) -> list[str]:
    """Every key of the file: top level, and inside objects whose children are not all known."""
    source = (
        f"read_ndjson_objects({literal_text(str(path))}, format = 'newline_delimited', "
        f"maximum_object_size = {LONGEST_OBJECT}, ignore_errors = true)"
    )
    parents = sorted(
        {
            header.split(".")[0]
            for column in contract.columns.values()
            for header in column.headers
            if "." in header
            and "[]" not in header
            and f"{header.split('.')[0]}.*" not in contract.ignored
        }
    )
    parts = [f"select unnest(json_keys(json)) as k from {source}"]
    parts += [
        f"select {literal_text(parent)} || '.' || unnest(json_keys({opened(_at(parent))})) from {source}"
        for parent in parents
    ]
    with engine.connection() as connection:
        rows = connection.execute(
            f"select distinct k from ({' union all '.join(parts)}) order by k"
        ).fetchall()
    return [name for (name,) in rows]


def _at(parent: str) -> str:
    return f"json_extract(json, {literal_text(json_path(parent))})"


def _sampled_paths(path: Path) -> list[str]:
    """Keys of the objects in windows over a large file."""
    size = path.stat().st_size
    objects: list[dict[str, Any]] = []
    with path.open("rb") as file:
        for window in range(_WINDOWS):
            file.seek(window * (size // _WINDOWS))
            file.readline(LONGEST_OBJECT)  # the rest of a line begun before the window
            for line in file.read(_WINDOW_BYTES).splitlines():
                try:
                    value = json.loads(line)
                except (ValueError, RecursionError):
                    continue  # the cut end of a window, or a line that reading will reject
                if isinstance(value, dict):
                    objects.append(value)
    return json_paths(objects)


def _unknown(paths: dict[str, None], contract: Contract) -> list[str]:
    """Keys no contract speaks about: whole when the top is unknown, else single children."""
    headers = [
        normalise_header(header)
        for column in contract.columns.values()
        for header in column.headers
    ]
    result: list[str] = []
    for path in paths:
        top = path.split(".")[0].removesuffix("[]")
        normalised = normalise_header(top)
        is_parent = any(
            header.startswith((f"{normalised}.", f"{normalised}[].")) for header in headers
        )
        if path == top:
            if not is_parent and is_unknown(path, contract):
                result.append(path)
        elif (
            is_parent
            and "[]" not in path
            and is_unknown(path, contract)
            and normalised not in contract.header_map
        ):
            result.append(path)
    return result


def _transcode(source: Path, target: Path, codec: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
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
