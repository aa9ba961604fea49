"""The SQL that takes named paths out of JSON objects.

A path is ``a``, ``a.b.c`` (objects in objects) or ``list[].b`` (of each element of the list that
becomes rows). Objects are read into structs, which is twice as fast as extracting from JSON; only
where a file delivers an object as a text, or wants an object and its parts, is it JSON.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Selection:
    """What to ask of ``read_json``; fields are named by their place in the header."""

    columns: str  # the argument `columns`
    fields: list[str]
    texts: list[str]  # replacements that open objects delivered as texts
    explode: str | None  # the quoted name of the list that becomes rows
    hidden: str  # true for a row with an object that gave nothing: it may be a text
    objects: list[str]  # tops that are read into structs


def select(
    header: Sequence[str],
    explode: str | None,
    *,
    flat: Collection[str] = (),
    literal: Collection[str] = (),
    texts: Collection[str] = (),
) -> Selection:
    """How to read the paths of ``header``.

    ``flat`` paths are keys of the object itself, dots and all; of ``literal`` ones everything
    after the first dot is one key. ``texts`` are tops that hold objects as texts.
    """
    steps = {path: _steps(path, flat, literal) for path in header if not _is_element(path, explode)}
    kinds = _kinds(steps.values(), texts)
    fields: list[str] = []
    gave: dict[str, list[str]] = {}
    for place, path in enumerate(header):
        if path not in steps:
            field = _element(path.removeprefix(f"{explode}[]."))
        elif len(steps[path]) == 1:
            field = quoted(path)
        elif kinds[steps[path][0]] == "JSON":
            top, *rest = steps[path]
            field = f"json_extract_string({quoted(top)}, {literal_text(json_path(*rest))})"
        else:
            field = ".".join(map(quoted, steps[path]))
            gave.setdefault(steps[path][0], []).append(field)
        fields.append(f'{field} as "{place}"')
    if explode is not None:
        kinds[explode] = "JSON"
    columns = ", ".join(f"{literal_text(top)}: {literal_text(kind)}" for top, kind in kinds.items())
    hidden = [
        f"({quoted(top)} is not null and coalesce({', '.join(leaves)}) is null)"
        for top, leaves in gave.items()
    ]
    return Selection(
        "{" + columns + "}",
        fields,
        [f"{opened(quoted(top))} as {quoted(top)}" for top in kinds if kinds[top] == "JSON"],
        None if explode is None else quoted(explode),
        " or ".join(hidden) or "false",
        list(gave),
    )


def opened(column: str) -> str:
    """A JSON value; of a text that holds JSON, what it holds."""
    return (
        f"case when json_type({column}) = 'VARCHAR' "
        f"then coalesce(try_cast(json_extract_string({column}, '$') as json), {column}) else {column} end"
    )


def quoted(name: str) -> str:
    """A name in SQL or in a JSON path."""
    return '"' + name.replace('"', '""') + '"'


def literal_text(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def json_path(*steps: str) -> str:
    """A path into a JSON value."""
    return "$" + "".join(f".{quoted(step)}" for step in steps)


def _is_element(path: str, explode: str | None) -> bool:
    return explode is not None and path.startswith(f"{explode}[].")


def _steps(path: str, flat: Collection[str], literal: Collection[str]) -> list[str]:
    if path in flat or "." not in path:
        return [path]
    return path.split(".", 1) if path in literal else path.split(".")


def _kinds(paths: Collection[Sequence[str]], texts: Collection[str]) -> dict[str, str]:
    """The type to read each top as."""
    tree: dict[str, Any] = {}
    whole: set[str] = set()
    for steps in paths:
        node = tree
        for step in steps:
            node = node.setdefault(step, {})
        node[""] = None  # the path ends here
    for top, node in tree.items():
        if _ends_inside(node):
            whole.add(top)
    return {
        top: "VARCHAR"
        if set(node) == {""}
        else "JSON"
        if top in texts or top in whole
        else _struct(node)
        for top, node in tree.items()
    }


def _ends_inside(node: dict[str, Any]) -> bool:
    """Whether some object is wanted both whole and in parts."""
    children = [child for key, child in node.items() if key]
    return bool("" in node and children) or any(map(_ends_inside, children))


def _struct(node: dict[str, Any]) -> str:
    parts = [
        f"{quoted(key)} {'VARCHAR' if set(child) == {''} else _struct(child)}"
        for key, child in node.items()
    ]
    return f"STRUCT({', '.join(parts)})"


def _element(path: str) -> str:
    if "[]." in path:
        inner, _, leaf = path.partition("[].")
        found = f"json_extract(_e, {literal_text(f'$.{quoted(inner)}[*].{quoted(leaf)}')})"
        return f"case when len({found}) > 0 then to_json({found})::varchar end"
    return f"json_extract_string(_e, {literal_text(json_path(path))})"
