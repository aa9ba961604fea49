"""Reads ``definitions.yaml`` and the merchant's ``tags.yaml``; every error says where and how to mend it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from orchestration.tags.definitions import TagDefinitions, TagEntry, TagError

DEFINITIONS = Path(__file__).with_name("definitions.yaml")
MERCHANT_FILE = "tags.yaml"
_PARTS = ("registry", "rules")


class _UniqueKeys(yaml.SafeLoader):
    """YAML lets a later key silently replace an earlier one; here a name that is written twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None,
                    None,
                    f"{key!r} is defined twice; rename or remove one",
                    key_node.start_mark,
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_tags(config: Path | None) -> TagDefinitions:
    """The shipped tags with the merchant's on top (``config/tags.yaml``, if there is one).

    A merchant's tag of a shipped name replaces it whole; ``name: null`` switches it off.
    Raises :class:`TagError` for unreadable files, unknown keys and impossible values.
    """
    shipped = _read(DEFINITIONS)
    _check(DEFINITIONS, shipped)
    merchant = config / MERCHANT_FILE if config is not None else None
    if merchant is None or not merchant.exists():
        return _check(DEFINITIONS, shipped)
    own = _read(merchant)
    merged: dict[str, dict[str, Any]] = {}
    for part in _PARTS:
        for name, value in own[part].items():
            if value is None and name not in shipped[part]:
                raise TagError(
                    f"{merchant}: {part}.{name} is switched off but no such tag is shipped. "
                    f"The shipped ones are: {', '.join(shipped[part])}."
                )
        both = {**shipped[part], **own[part]}
        merged[part] = {name: value for name, value in both.items() if value is not None}
    return _check(merchant, merged)


def with_attributes(definitions: TagDefinitions, names: Sequence[str]) -> TagDefinitions:
    """The definitions with a tag ``profile.<name>`` for each attribute that has none of its own."""
    entries = {f"profile.{name}": _attribute(name) for name in names}
    return definitions.model_copy(update={"registry": {**entries, **definitions.registry}})


def _attribute(name: str) -> TagEntry:
    return TagEntry(
        type="profile",
        description=f"{name} - declared in a customers export, else predicted from who declared it; weight is the confidence",
        owner="customer analytics",
        purpose="Choice of goods and content, audiences",
        window="latest",
        expiry="when another is declared",
        privacy="personal",
    )


def _read(path: Path) -> dict[str, dict[str, Any]]:
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise TagError(f"{path} is not readable YAML: {error}") from error
    values = {} if values is None else values
    if not isinstance(values, dict) or not set(values) <= set(_PARTS):
        raise TagError(
            f"{path} must be a mapping with the keys {' and '.join(_PARTS)}, as in {DEFINITIONS}."
        )
    parts: dict[str, dict[str, Any]] = {}
    for part in _PARTS:
        entries = values.get(part)
        if entries is not None and not isinstance(entries, dict):
            raise TagError(
                f"{path}: {part} must be a mapping from tag names to definitions, as in {DEFINITIONS}."
            )
        parts[part] = entries or {}
    return parts


def _check(path: Path, values: dict[str, dict[str, Any]]) -> TagDefinitions:
    try:
        return TagDefinitions.model_validate(values)
    except ValidationError as error:
        problems = "\n".join(
            f"  {'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
        raise TagError(
            f"{path} cannot be used:\n{problems}\nThe language is described in {DEFINITIONS}."
        ) from error
