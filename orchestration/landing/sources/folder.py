"""A folder of this machine (or mounted into it): files are read where they lie."""

from __future__ import annotations

import os
from pathlib import Path

from orchestration.landing.container import is_regular
from orchestration.landing.sources.source import (
    Entry,
    Listing,
    NoFilesError,
    Source,
    is_hidden,
    is_wanted,
    printable,
)


class FolderSource(Source):
    """A local folder, or one local file."""

    is_local = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> Listing:
        """All plain files below the folder."""
        self.check()
        listing = Listing()
        if self.folder.is_file():
            _add(listing, self.folder, self.folder.name)
            return listing
        found: list[tuple[str, Path]] = []
        for folder, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if not is_hidden(name)]
            for name in names:
                path = Path(folder, name)
                if is_wanted([name]) and is_regular(path):
                    label = printable(os.fsencode(path.relative_to(self.folder).as_posix()))
                    found.append((label, path))
        for label, path in sorted(found):
            _add(listing, path, label)
        if not listing.entries:
            raise NoFilesError(
                f"The landing folder {self.folder} holds no files. "
                "Put export files there, in any sub-folder and under any name."
            )
        return listing

    def check(self) -> None:
        """Whether the folder is there."""
        if not self.folder.is_dir() and not is_regular(self.folder):
            raise NoFilesError(
                f"The landing folder {self.folder} does not exist. Make it and put export files there, "
                "or set DOUBLELOOP_LANDING to the folder that has them."
            )

    def fetch(self, entry: Entry, target: Path) -> Path:  # noqa: ARG002 - nothing is copied
        """The file itself."""
        return Path(os.fsdecode(entry.key))


def _add(listing: Listing, path: Path, label: str) -> None:
    try:
        stat = path.stat()
    except OSError:
        return  # gone since the folder was read: nothing lies there
    listing.add(label, stat.st_size, stat.st_mtime_ns, "", os.fsencode(path))
