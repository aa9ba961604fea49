"""The shape of a JSON text: its layout, its first objects, and the paths of their keys."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Literal, cast

Layout = Literal["lines", "array", "objects"]
LONGEST_OBJECT = 16 << 20


def json_head(text: str, limit: int = 50) -> tuple[Layout, list[dict[str, Any]]]:
    """The layout of a JSON text and its first objects; damaged ones are passed over."""
    if text.lstrip()[:1] == "[":
        return "array", _decode_objects(text.lstrip()[1:], limit)
    objects: list[dict[str, Any]] = []
    lines = [line for line in text.splitlines()[: 4 * limit] if line.strip()]
    read: list[bool] = []  # of each line: whether it is an object by itself
    for line in lines[:limit]:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        read.append(isinstance(value, dict))
        if isinstance(value, dict):
            objects.append(cast("dict[str, Any]", value))
    if read and (read[0] or 2 * sum(read) >= len(read)):
        return "lines", objects
    return "objects", _decode_objects(text, limit)


def _decode_objects(text: str, limit: int) -> list[dict[str, Any]]:
    decoder = json.JSONDecoder()
    objects: list[dict[str, Any]] = []
    position = 0
    while len(objects) < limit:
        start = text.find("{", position)
        if start < 0:
            break
        try:
            value, position = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            break
        objects.append(value)
    return objects


def opened_text(value: Any) -> Any:
    """An object or list delivered as a text; any other value as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def json_paths(objects: Collection[dict[str, Any]]) -> list[str]:
    """Keys of objects to the second level: ``a``, ``a.b`` for an object, ``a[].b`` for a list of them."""
    paths: dict[str, None] = {}
    for item in objects:
        for key, held in item.items():
            paths[key] = None
            value = opened_text(held)
            if not isinstance(value, dict | list):
                continue
            is_list = isinstance(value, list)
            children = cast("list[Any]", value) if is_list else [cast("dict[str, Any]", value)]
            mark = "[]." if is_list else "."
            for child in children:
                if isinstance(child, dict):
                    paths.update(
                        dict.fromkeys(
                            f"{key}{mark}{name}" for name in cast("dict[str, Any]", child)
                        )
                    )
    return list(paths)


def numbered_lines(path: Path, first: int = 1) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, with their number from ``first`` on; one beyond the limit is cut."""
    number = first - 1
    with path.open("rb") as file:
        while line := file.readline(LONGEST_OBJECT):
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = file.readline(LONGEST_OBJECT)
            if line.strip():
                number += 1
                yield number, line
