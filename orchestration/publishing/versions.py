"""The versions folder: numbering, manifests, which version is served, which ones stay.

``PUBLISHED/versions/<version>/`` holds the version's DuckDB file, one Parquet file per table and
``manifest.json``. A folder that starts with a dot is unfinished work. A folder with the file
``PENDING`` is whole but was not served yet; if it is not served, its publisher died.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publishing.errors import PublishingError
from orchestration.publishing.files import remove_folder, write_atomically
from orchestration.publishing.fingerprint import Fingerprint, fingerprints_of
from orchestration.settings import Settings

FILE_NAME = "doubleloop.duckdb"
MANIFEST = "manifest.json"
PENDING = "PENDING"
_VERSION = re.compile(r"^(\d{8})-(\d+)$")


@dataclass(frozen=True)
class Publication:
    """One published version. ``published_at`` is UTC; ``is_current`` when it is the one served.

    ``identity_state`` is the token of the state of people that the version was made of.
    """

    version: str
    as_of: dt.date
    run_id: str
    published_at: dt.datetime
    people: int
    audiences: int
    gate: str
    identity_state: str
    fingerprints: Mapping[str, Fingerprint]
    is_current: bool = False

    @property
    def tables(self) -> int:
        """Number of tables in the published file."""
        return len(self.fingerprints)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the manifest and for JSON on the command line."""
        return {
            "version": self.version,
            "as_of": self.as_of.isoformat(),
            "run_id": self.run_id,
            "published_at": self.published_at.isoformat(),
            "people": self.people,
            "audiences": self.audiences,
            "gate": self.gate,
            "identity_state": self.identity_state,
            "tables": {
                name: {"rows": print_.rows, "fingerprint": print_.digest}
                for name, print_ in sorted(self.fingerprints.items())
            },
            "is_current": self.is_current,
        }


def served_file(settings: Settings) -> Path:
    """The file BI reads."""
    return settings.published / FILE_NAME


def versions_folder(settings: Settings) -> Path:
    """The folder with one folder per version."""
    return settings.published / "versions"


def next_version(settings: Settings, as_of: dt.date) -> str:
    """``YYYYMMDD-n`` with the next free n of that as-of date; unfinished folders count too."""
    day = f"{as_of:%Y%m%d}"
    numbers = [0]
    for folder in _folders(settings):
        match = _VERSION.match(re.sub(r"^\.(tmp|old)-", "", folder.name))
        if match and match.group(1) == day:
            numbers.append(int(match.group(2)))
    return f"{day}-{max(numbers) + 1}"


def current_version(settings: Settings) -> str | None:
    """The version that is served now, or None before the first publication.

    The served file is a hard link to the file in its version's folder, so no file needs to be
    opened (a reader may hold it). Where links are not possible the file itself is asked.
    Raises :class:`PublishingError` when the served file cannot be read then.
    """
    served = served_file(settings)
    if not served.exists():
        return None
    for folder in _folders(settings):
        file = folder / FILE_NAME
        if _VERSION.match(folder.name) and file.exists() and file.samefile(served):
            return folder.name
    try:
        connection = duckdb.connect(str(served), read_only=True)
        try:
            rows = connection.execute("select version from main.publications").fetchall()
        finally:
            connection.close()
    except duckdb.Error as error:
        raise PublishingError(
            f"{served} cannot be read ({error}). If a program has it open for writing, let it open the file "
            "read-only; if the file is damaged, remove it and roll back to a listed version."
        ) from error
    return str(rows[0][0]) if rows else None


def current_rows(settings: Settings) -> dict[str, int]:
    """Rows per table of the version that is served now; empty before the first publication.

    Raises :class:`PublishingError` when there is a served file that cannot be read.
    """
    version = current_version(settings)
    if version is None:
        return {}
    try:
        fingerprints = read_manifest(versions_folder(settings) / version).fingerprints
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Somebody removed the version's folder; the served file itself still knows.
        fingerprints = fingerprints_of(served_file(settings))
    return {name: print_.rows for name, print_ in fingerprints.items()}


def list_publications(settings: Settings) -> list[Publication]:
    """All whole versions, in the order they were published (ties: by as-of date and number).

    A folder without a readable manifest is not a version: it cannot be rolled back to.
    """
    current = current_version(settings)
    found: list[Publication] = []
    for folder in _folders(settings):
        pending = (folder / PENDING).exists() and folder.name != current
        if not _VERSION.match(folder.name) or pending:
            continue
        try:
            found.append(read_manifest(folder, is_current=folder.name == current))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return sorted(found, key=lambda p: (p.published_at, _order(p.version)))


def newest_identity_state(settings: Settings) -> str:
    """The state of people of the version that was published last, also after a rollback: its ids
    have been seen. Empty before the first publication.
    """
    versions = list_publications(settings)
    return versions[-1].identity_state if versions else ""


def write_manifest(folder: Path, publication: Publication) -> None:
    """Write ``manifest.json`` into a version's folder."""
    # Which version is current changes without the manifest.
    values = {key: value for key, value in publication.to_dict().items() if key != "is_current"}
    write_atomically(folder / MANIFEST, json.dumps(values, ensure_ascii=False, indent=1))


def read_manifest(folder: Path, *, is_current: bool = False) -> Publication:
    """The publication a version's folder describes. Raises OSError or ValueError when it cannot."""
    values: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return Publication(
        version=values["version"],
        as_of=dt.date.fromisoformat(values["as_of"]),
        run_id=values["run_id"],
        published_at=dt.datetime.fromisoformat(values["published_at"]),
        people=values["people"],
        audiences=values["audiences"],
        gate=values["gate"],
        identity_state=values.get("identity_state", ""),
        fingerprints={
            name: Fingerprint(table["rows"], table["fingerprint"])
            for name, table in values["tables"].items()
        },
        is_current=is_current,
    )


def clean_leftovers(settings: Settings) -> None:
    """Remove what a publisher that died left behind; what is served is never touched."""
    temporary_link(settings).unlink(missing_ok=True)
    folders = _folders(settings)
    if not any(f.name.startswith((".tmp-", ".old-")) or (f / PENDING).exists() for f in folders):
        return
    current = current_version(settings)
    for folder in folders:
        if folder.name.startswith((".tmp-", ".old-")):
            remove_folder(folder)
        elif (folder / PENDING).exists():
            if folder.name == current:
                (folder / PENDING).unlink()
            else:
                remove_folder(folder)


def keep_last(settings: Settings, keep: int) -> list[str]:
    """Remove all but the ``keep`` latest versions and the one that is served; returns the removed."""
    versions = list_publications(settings)
    kept = {p.version for p in versions[-keep:]} | {p.version for p in versions if p.is_current}
    removed = [p.version for p in versions if p.version not in kept]
    for version in removed:
        remove_folder(versions_folder(settings) / version)
    return removed


def temporary_link(settings: Settings) -> Path:
    """The name the next served file has until it is renamed."""
    return settings.published / f".{FILE_NAME}.tmp"


def _folders(settings: Settings) -> list[Path]:
    folder = versions_folder(settings)
    return sorted(entry for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def _order(version: str) -> tuple[str, int]:
    day, number = version.split("-")
    return day, int(number)
