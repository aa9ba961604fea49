"""What every landing place can do: say what lies there, and put one file at hand."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from orchestration.landing.reasons import LandingError

_UNFINISHED = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".filepart",
    ".swp",
)


class NoFilesError(LandingError):
    """The place can be looked at, and nothing lies there."""


class PostponedError(Exception):
    """One file cannot be had now: cut short, changed, gone, refused. The next run tries again."""


@dataclass(frozen=True)
class Entry:
    """One file as the listing of its place shows it.

    ``path`` is its label: relative, printable, for the ledger and for people; never a place to
    write to. ``version`` is what the place itself says of the content (an ETag), or empty.
    """

    path: str
    size: int
    mtime_ns: int
    version: str
    key: bytes  # what the place calls it

    @property
    def stamp(self) -> tuple[int, int, str]:
        """What must be the same for a file to count as unchanged."""
        return self.size, self.mtime_ns, self.version


@dataclass
class Listing:
    """What lies in a place: files by label, sorted, and what could not be looked at."""

    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    unlisted: dict[str, str] = field(default_factory=dict[str, str])  # sub-folder: why

    def add(self, path: str, size: int, mtime_ns: int, version: str, key: bytes) -> None:
        """Add a file; two names that print alike stay two files."""
        while path in self.entries:
            path += "~"
        self.entries[path] = Entry(path, size, mtime_ns, version, key)

    def hides(self, path: str) -> bool:
        """Whether a path lies where nobody could look, so that its absence says nothing."""
        return any(path.startswith(f"{folder}/") for folder in self.unlisted)


class Source(ABC):
    """A landing place. Thread-safe; use it as a context manager."""

    is_local: bool = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @abstractmethod
    def list(self) -> Listing:
        """All files, hidden and unfinished ones left out. Changes nothing.

        Raises :class:`NoFilesError` when there are none, and :class:`LandingError` with the
        mend when the place cannot be looked at.
        """

    @abstractmethod
    def check(self) -> None:
        """Raise :class:`LandingError` with the mend unless the place can be looked at."""

    @abstractmethod
    def fetch(self, entry: Entry, target: Path) -> Path:
        """A local file with the whole content, at ``target`` or where it already lies.

        Raises :class:`PostponedError` unless it is complete and what the listing showed.
        """

    def cancel(self) -> None:  # noqa: B027 - most places have nothing to do
        """Let running fetches end early, as postponed."""

    def close(self) -> None:  # noqa: B027 - most places have nothing to do
        """Give back connections."""

    @contextmanager
    def opened(self, entry: Entry, target: Path) -> Generator[Path]:
        """:meth:`fetch`; a copy is deleted at the end."""
        try:
            yield self.fetch(entry, target)
        finally:
            if not self.is_local:
                target.unlink(missing_ok=True)


def is_wanted(parts: Collection[str]) -> bool:
    """Whether a file is one to read: none of its folders is hidden, its name is a finished one."""
    *folders, name = parts
    if any(is_hidden(folder) for folder in folders):
        return False
    return bool(name) and not (name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED))


def is_hidden(folder: str) -> bool:
    """Whether nobody looks into a folder of this name."""
    return folder == "__MACOSX" or (folder.startswith(".") and folder not in (".", ".."))


def printable(name: bytes) -> str:
    """A name for people: bytes that are not UTF-8 are spelled out."""
    return name.decode("utf-8", "backslashreplace")
