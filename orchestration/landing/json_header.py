"""Which keys a JSON file has, and which of them are asked for; reading them is in :mod:`.read_json`."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any, cast

import duckdb

from orchestration.landing import engine
from orchestration.landing.contract import Contract
from orchestration.landing.json_select import json_path, literal_text, opened
from orchestration.landing.json_shape import LONGEST_OBJECT, json_head, json_paths
from orchestration.landing.normalise import normalise_header
from orchestration.landing.recognised import HEAD_BYTES, Recognised, is_unknown

# Unknown keys of a large file are looked for in so many windows of it.
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


def flat_keys(path: Path, found: Recognised) -> set[str]:
    """Keys with a dot of their own: a file whose nested objects were flattened."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    _, objects = json_head(head.decode("utf-8", "ignore"))
    keys = {key for item in objects for key in item if "." in key}
    return keys & {name for name in found.header if "." in name}


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
                    objects.append(cast("dict[str, Any]", value))
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
