"""What is known of the landing folder: its paths, and what became of each content."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

State = Literal["loaded", "unrecognised", "rejected", "waiting"]


@dataclass(frozen=True)
class Seen:
    """One path of the landing folder (or one member of an archive, ``a.zip!/b.csv``)."""

    path: str
    size: int
    mtime_ns: int
    source_hash: str
    archive: str | None
    exported_at: dt.datetime
    is_named: bool  # the export time is from the file's name, not from its time stamp
    version: str = ""  # what a remote place says of the content (an ETag)


@dataclass(frozen=True)
class FileRecord:
    """One content: what it was taken for and what became of its rows. Times are UTC."""

    source_hash: str
    source_file: str
    export: str | None
    contract_version: int | None
    contract_fingerprint: str | None
    contracts_fingerprint: str
    container: str | None
    encoding: str | None
    form: str | None
    header: str | None
    exported_at: dt.datetime
    is_named: bool
    loaded_at: dt.datetime
    rows_delivered: int
    rows_loaded: int
    rows_rejected: int
    rows_dropped: int
    state: State
    detail: str | None
    is_new: bool
