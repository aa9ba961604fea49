"""Make a version current: one rename of a file that is whole on the disk."""

from __future__ import annotations

from orchestration.publishing.files import link_or_copy, sync
from orchestration.publishing.versions import (
    FILE_NAME,
    served_file,
    temporary_link,
    versions_folder,
)
from orchestration.settings import Settings


def make_current(settings: Settings, version: str) -> None:
    """Serve the file of ``version``. A reader sees the old file or the new one, never neither.

    Readers that have the old file open keep it until they close it. The caller holds the lock
    of the published folder and has proved the version's file.
    """
    served = served_file(settings)
    new = temporary_link(settings)
    link_or_copy(versions_folder(settings) / version / FILE_NAME, new)
    # A program that opened the served file for writing leaves a log beside it, which DuckDB
    # would replay onto the next version. What BI writes is not published data.
    served.with_name(served.name + ".wal").unlink(missing_ok=True)
    new.replace(served)
    # Renaming one link onto another of the same file does nothing and keeps both names.
    new.unlink(missing_ok=True)
    sync(settings.published)
