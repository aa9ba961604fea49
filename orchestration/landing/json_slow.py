"""JSON object by object, for what DuckDB cannot read: wrapped, pretty-printed or oversized."""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from orchestration.landing.assemble import Assembler
from orchestration.landing.container import RejectedFileError
from orchestration.landing.json_shape import numbered_lines, opened_text
from orchestration.landing.reasons import Reason
from orchestration.landing.sniff import Recognised

# Whole documents (arrays and pretty-printed objects) are parsed in memory up to this size.
LARGEST_DOCUMENT = 512 << 20
_BATCH_ROWS = 5_000


def read_slowly(path: Path, found: Recognised, header: list[str], assembler: Assembler) -> None:
    """Feed the objects of a file to ``assembler``, cells as DuckDB would give them."""
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
        if len(held) >= _BATCH_ROWS:
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
        for number, line in numbered_lines(path):
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
    elements = opened_text(item.get(explode))
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
    item = opened_text(item)
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
