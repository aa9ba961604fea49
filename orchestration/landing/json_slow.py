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
from orchestration.landing.json_shape import numbered_lines, opened_text
from orchestration.landing.json_stream import Number, elements, integer
from orchestration.landing.reasons import Reason
from orchestration.landing.recognised import Recognised

_BATCH_ROWS = 5_000


def read_slowly(
    path: Path, found: Recognised, header: list[str], assembler: Assembler, before: int = 0
) -> int:
    """Feed the objects of a file to ``assembler``, cells as DuckDB would give them.

    ``before`` objects came before those of this file; the number of the last one is returned.
    """
    held: list[tuple[int, list[str | None]]] = []
    number = before
    for number, item in _objects(path, found, assembler, before):
        if item is None:
            continue
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
    return number


def _add(held: list[tuple[int, list[str | None]]], assembler: Assembler) -> None:
    if held:
        columns = list(zip(*(row for _, row in held), strict=True))
        arrays = {index: pa.array(column, pa.string()) for index, column in enumerate(columns)}
        assembler.add(arrays, np.array([number for number, _ in held], dtype=np.int64))


def _objects(
    path: Path, found: Recognised, assembler: Assembler, before: int
) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """Numbered objects; None for one that is rejected."""
    if found.layout != "lines":
        for number, item in enumerate(elements(path, found.encoding, found.wrapper), before + 1):
            if isinstance(item, dict):
                yield number, item
            else:
                text = json.dumps(item, ensure_ascii=False, default=str)
                assembler.reject(number, Reason.MALFORMED_JSON, None, text)
                yield number, None
        return
    for number, line in numbered_lines(path, before + 1):
        value, reason = None, Reason.MALFORMED_JSON
        try:
            value = _loads(line.decode())
        except UnicodeDecodeError:
            reason = Reason.UNDECODABLE
        except (ValueError, RecursionError):
            pass
        if not isinstance(value, dict):
            assembler.reject(number, reason, None, line.decode("utf-8", "backslashreplace"))
        yield number, value if isinstance(value, dict) else None


def _loads(text: str) -> Any:
    return json.loads(text, parse_float=Number, parse_int=integer)


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
    if isinstance(value, Number):
        return value.text
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
