"""Files that are either whole or not there: atomic writes, syncs, one publisher at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Generator
from pathlib import Path

from orchestration.publishing.errors import PublishingError


def sync(path: Path) -> None:
    """Force a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomically(path: Path, text: str) -> None:
    """Write ``text`` to ``path``; a reader or a crash sees the old text or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        sync(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)


def link_or_copy(source: Path, target: Path) -> None:
    """A second name for ``source``; a copy where the file system has no hard links."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync(target)


def remove_folder(folder: Path) -> None:
    """Remove a folder so that it vanishes at once: it is renamed away first."""
    doomed = folder if folder.name.startswith(".") else folder.with_name(f".old-{folder.name}")
    if doomed != folder:
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
    shutil.rmtree(doomed)


@contextlib.contextmanager
def one_publisher(folder: Path) -> Generator[None]:
    """Hold the lock of the published folder; the kernel frees it when the process dies.

    Raises :class:`PublishingError` when another process publishes or rolls back.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PublishingError(
                f"Another process is publishing to {folder}. Wait for it to end, then run again."
            ) from error
        yield
