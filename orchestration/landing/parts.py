"""Further exports in one workbook: each is a content of its own, under a name made of the workbook's.

Belongs here: these names. Which sheets are another export is told in :mod:`.sniff_sheets`.
"""

from __future__ import annotations

import re

_PART = re.compile(r"([0-9a-f]{64})-.+")
_SHEET = "#"


def part_hash(source_hash: str, export: str) -> str:
    """What stands for the hash of one export of a workbook with this hash."""
    return f"{source_hash}-{export}"


def part_name(path: str, sheet: str) -> str:
    """What a sheet of a workbook is called: the name of its file stays in it, as it may tell a period."""
    return f"{path}{_SHEET}{sheet}"


def whole_hash(source_hash: str) -> str:
    """The hash of the file that a content lies in: its own, but for a part."""
    found = _PART.fullmatch(source_hash)
    return source_hash if found is None else found[1]


def is_named_after(source_file: str, path: str) -> bool:
    """Whether a content, or a part of it, is called after this path."""
    return source_file == path or source_file.startswith(path + _SHEET)
