"""Where landing files come from: a local folder, an S3-compatible bucket, an SFTP server.

Belongs here: listing a place and bringing one of its files onto this disk, complete or not at
all. What a file is and what it holds is decided by the rest of the landing layer, which sees
local files only. Credentials are read from the environment when a connection is made, and are
kept nowhere else.
"""

from __future__ import annotations

from pathlib import Path

from orchestration.landing.sources.folder import FolderSource
from orchestration.landing.sources.place import RemotePlace
from orchestration.landing.sources.remote import QUICK, Patience
from orchestration.landing.sources.source import Source

__all__ = ["QUICK", "Patience", "RemotePlace", "Source", "open_source"]


def open_source(place: Path | RemotePlace, patience: Patience | None = None) -> Source:
    """The source for a place; use it as a context manager. Connects at the first question.

    Raises :class:`LandingError` when the settings of the connection cannot be used.
    """
    if isinstance(place, Path):
        return FolderSource(place)
    patience = patience or Patience()
    # The clients take a moment to import, and a local folder needs neither.
    if place.scheme == "sftp":
        from orchestration.landing.sources.sftp import SftpSource

        return SftpSource(place, patience)
    from orchestration.landing.sources.bucket import BucketSource

    return BucketSource(place, patience)
