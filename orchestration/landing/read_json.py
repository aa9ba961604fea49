"""JSON to raw: DuckDB reads named paths of each object as text, at 300 MB/s and without rounding.

A damaged line becomes a row of nulls there; such rows are looked up in the file and rejected
with their text. Whatever DuckDB cannot read at all is read object by object in Python.
"""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.landing.assemble import Assembler, Mask
from orchestration.landing.container import RejectedFileError, bom_of
from orchestration.landing.contract import Contract
from orchestration.landing.normalise import normalise_header
from orchestration.landing.reasons import Reason
from orchestration.landing.sniff import Recognised, is_unknown, json_paths

BATCH_ROWS = 50_000
LONGEST_OBJECT = 16 << 20
# Whole documents (arrays and pretty-printed objects) that DuckDB refuses are parsed in memory.
LARGEST_DOCUMENT = 512 << 20
_WINDOWS, _WINDOW_BYTES, _READ_WHOLE = 64, 64 << 10, 8 << 20


def json_header(path: Path, found: Recognised) -> list[str]:
    """The paths to read: those the contract names (as the file spells them), then unknown ones.

    Unknown keys are looked for in the whole of a small file and in 64 windows of a large one.
    """
    spelled = {normalise_header(name): name for name in found.header}
    known = [
        spelled.get(normalise_header(header), header)
        for column in found.contract.columns.values()
        for header in column.headers
    ]
    seen = dict.fromkeys(found.header)
    if found.layout == "lines":
        seen.update(dict.fromkeys(_sampled_paths(path)))
    return [*dict.fromkeys(known), *_unknown(seen, found.contract)]


def read_json(
    path: Path, found: Recognised, header: list[str], assembler: Assembler, scratch: Path
) -> None:
    """Feed the objects of a JSON file to ``assembler``; ``header`` as given by :func:`json_header`."""
    with path.open("rb") as file:
        is_plain = bom_of(file.read(4)) is None and found.encoding == "utf-8"
    if found.wrapper is not None:
        _read_slowly(path, found, header, assembler)
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
            _read_slowly(source, found, header, assembler)
    finally:
        if source is not path:
            source.unlink(missing_ok=True)


def _read_fast(path: Path, found: Recognised, header: list[str], assembler: Assembler) -> None:
    is_lines = found.layout == "lines"
    layout = {"lines": "newline_delimited", "array": "array", "objects": "unstructured"}[
        found.layout
    ]
    columns, fields, explode = _selection(header, found.contract.explode)
    source = (
        f"read_json({_literal(str(path))}, format = '{layout}', records = 'true', "
        f"maximum_object_size = {LONGEST_OBJECT}, ignore_errors = {is_lines}, columns = {columns})"
    )
    query = f"select {', '.join(fields)} from {source}"
    if explode is not None:
        # An object with an empty list is still one row.
        query = (
            f"with numbered as (select *, row_number() over () as _n from {source}), "
            f"exploded as (select * exclude ({explode}), unnest(case when len({explode}) > 0 then {explode} "
            f"else [null::json] end) as _e from numbered) select {', '.join(fields)}, _n from exploded order by _n"
        )
    with duckdb.connect(
        config={"threads": 2, "memory_limit": "1GB", "autoinstall_known_extensions": False}
    ) as connection:
        connection.execute("set preserve_insertion_order = true")
        reader = connection.execute(query).to_arrow_reader(BATCH_ROWS)
        start = 1
        suspects: list[int] = []
        for batch in reader:
            arrays = {index: batch.column(index).cast(pa.string()) for index in range(len(header))}
            if explode is not None:
                numbers = batch.column(len(header)).to_numpy(zero_copy_only=False).astype(np.int64)
            else:
                numbers = np.arange(start, start + batch.num_rows, dtype=np.int64)
            start += batch.num_rows
            empty = _all_null(arrays, batch.num_rows)
            if empty.any():
                suspects += numbers[empty].tolist()
                keep = pa.array(~empty)
                arrays = {index: column.filter(keep) for index, column in arrays.items()}
                numbers = numbers[~empty]
            assembler.add(arrays, numbers)
    if suspects:
        _explain(path, suspects, assembler, is_lines=is_lines)


def _selection(header: list[str], explode: str | None) -> tuple[str, list[str], str | None]:
    """The ``columns`` argument, the select list in header order, and the quoted list to explode."""
    tops: dict[str, dict[str, None]] = {}
    whole: set[str] = set()
    fields: list[str] = []
    for place, path in enumerate(header):
        alias = f' as "{place}"'
        if explode is not None and path.startswith(f"{explode}[]."):
            fields.append(_element(path.removeprefix(f"{explode}[].")) + alias)
            continue
        top, _, rest = path.partition(".")
        children = tops.setdefault(top, {})
        if rest:
            children[rest] = None
            fields.append(_name(top) + "." + _name(rest) + alias)
        else:
            whole.add(top)
            fields.append(_name(top) + alias)
    kinds: dict[str, str] = {}
    for top, children in tops.items():
        if top in whole and children:
            kinds[top] = "JSON"
        elif children:
            kinds[top] = (
                "STRUCT(" + ", ".join(f"{_name(child)} VARCHAR" for child in children) + ")"
            )
        else:
            kinds[top] = "VARCHAR"
    for place, path in enumerate(header):
        top, _, rest = path.partition(".")
        if kinds.get(top) == "JSON" and rest:
            fields[place] = (
                f"json_extract_string({_name(top)}, {_literal(_json_path(rest))})"
                + f' as "{place}"'
            )
    if explode is not None:
        kinds[explode] = "JSON[]"
    columns = (
        "{" + ", ".join(f"{_literal(top)}: {_literal(kind)}" for top, kind in kinds.items()) + "}"
    )
    return columns, fields, None if explode is None else _name(explode)


def _element(path: str) -> str:
    if "[]." in path:
        inner, _, leaf = path.partition("[].")
        found = f"json_extract(_e, {_literal(f'$.{_name(inner)}[*].{_name(leaf)}')})"
        return f"case when len({found}) > 0 then to_json({found})::varchar end"
    return f"json_extract_string(_e, {_literal(_json_path(path))})"


def _json_path(path: str) -> str:
    return f"$.{_name(path)}"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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
    for number, line in _numbered_lines(path):
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


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    with path.open("rb") as file:
        while line := file.readline(LONGEST_OBJECT):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(LONGEST_OBJECT)
            if line.strip():
                number += 1
                yield number, line


def _read_slowly(path: Path, found: Recognised, header: list[str], assembler: Assembler) -> None:
    held: list[tuple[int, list[str | None]]] = []
    for number, item in _objects(path, found, assembler):
        for row in _rows(item, header, found.contract.explode):
            if not any(cell is not None for cell in row):
                assembler.reject(
                    number,
                    Reason.NO_KNOWN_FIELD,
                    None,
                    json.dumps(item, ensure_ascii=False, default=str),
                )
            else:
                held.append((number, row))
        if len(held) >= BATCH_ROWS // 10:
            _add(held, assembler)
            held = []
    _add(held, assembler)


def _add(held: list[tuple[int, list[str | None]]], assembler: Assembler) -> None:
    if held:
        columns = list(zip(*(row for _, row in held), strict=True))
        arrays = {index: pa.array(column, pa.string()) for index, column in enumerate(columns)}
        assembler.add(arrays, np.array([number for number, _ in held], dtype=np.int64))


def _objects(
    path: Path, found: Recognised, assembler: Assembler
) -> Iterator[tuple[int, dict[str, Any]]]:
    if found.layout == "lines":
        for number, line in _numbered_lines(path):
            try:
                value = _loads(line.decode())
            except UnicodeDecodeError:
                assembler.reject(
                    number, Reason.UNDECODABLE, None, line.decode("utf-8", "backslashreplace")
                )
                continue
            except (json.JSONDecodeError, RecursionError):
                value = None
            if isinstance(value, dict):
                yield number, value
            else:
                assembler.reject(number, Reason.MALFORMED_JSON, None, line.decode())
        return
    yield from enumerate(_document(path, found, assembler), 1)


def _document(path: Path, found: Recognised, assembler: Assembler) -> Iterator[dict[str, Any]]:
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise RejectedFileError(
            Reason.MALFORMED_JSON,
            f"a single document of more than {LARGEST_DOCUMENT >> 20} MB",
            mend="Export it as JSON lines, one object per line.",
        )
    try:
        text = path.read_text(encoding="utf-8-sig" if found.encoding == "utf-8" else found.encoding)
        documents = list(_concatenated(text))
    except (json.JSONDecodeError, RecursionError, UnicodeDecodeError) as error:
        raise RejectedFileError(Reason.MALFORMED_JSON, str(error)) from error
    number = 0
    for document in documents:
        inner = (
            document.get(found.wrapper)
            if found.wrapper and isinstance(document, dict)
            else document
        )
        for item in inner if isinstance(inner, list) else [inner]:
            number += 1
            if isinstance(item, dict):
                yield item
            else:
                assembler.reject(
                    number,
                    Reason.MALFORMED_JSON,
                    None,
                    json.dumps(item, ensure_ascii=False, default=str),
                )


def _concatenated(text: str) -> Iterator[Any]:
    decoder = json.JSONDecoder(parse_float=_Number)
    position = 0
    while position < len(text):
        if text[position] in " \t\r\n,":
            position += 1
            continue
        value, position = decoder.raw_decode(text, position)
        yield value


class _Number(float):
    """A float that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> _Number:
        number = super().__new__(cls, text)
        number.text = text
        return number


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=_Number)


def _rows(item: dict[str, Any], header: list[str], explode: str | None) -> list[list[str | None]]:
    if explode is None:
        return [[_text(_at(item, path)) for path in header]]
    elements = item.get(explode)
    mark = f"{explode}[]."
    return [
        [
            _text(
                _at(element, path.removeprefix(mark)) if path.startswith(mark) else _at(item, path)
            )
            for path in header
        ]
        for element in (elements if isinstance(elements, list) and elements else [{}])
    ]


def _at(item: Any, path: str) -> Any:
    if not isinstance(item, dict):
        return None
    if path in item:
        return item[path]
    top, dot, rest = path.partition(".")
    if top.endswith("[]"):
        inner = item.get(top[:-2])
        values = (
            [child.get(rest) for child in inner if isinstance(child, dict)]
            if isinstance(inner, list)
            else []
        )
        return values or None
    return _at(item.get(top), rest) if dot else None


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, _Number):
        return value.text
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _sampled_paths(path: Path) -> list[str]:
    size = path.stat().st_size
    objects: list[dict[str, Any]] = []
    with path.open("rb") as file:
        if size <= _READ_WHOLE:
            chunks = [file.read()]
        else:
            chunks = []
            for window in range(_WINDOWS):
                file.seek(window * (size // _WINDOWS))
                file.readline(LONGEST_OBJECT)  # the rest of a line begun before the window
                chunks.append(file.read(_WINDOW_BYTES))
    for chunk in chunks:
        for line in chunk.splitlines():
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
