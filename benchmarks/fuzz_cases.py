"""One input of the fuzz run: files, links and pipes to land."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Case:
    """One input: the files to land and what its mutation is called."""

    kind: str
    files: dict[bytes, bytes] = field(
        default_factory=dict
    )  # name (bytes, as a file system has them)
    links: dict[bytes, bytes] = field(default_factory=dict)
    pipes: list[bytes] = field(default_factory=list)
    streams: dict[bytes, Iterable[bytes]] = field(default_factory=dict)  # too large to hold


def write(case: Case, folder: Path) -> None:
    """Put the files of a case under a folder."""
    for name, content in case.files.items():
        path = folder / os.fsdecode(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for name, chunks in case.streams.items():
        with (folder / os.fsdecode(name)).open("wb") as file:
            file.writelines(chunks)
    for name, target in case.links.items():
        (folder / os.fsdecode(name)).symlink_to(os.fsdecode(target))
    for name in case.pipes:
        os.mkfifo(folder / os.fsdecode(name))
