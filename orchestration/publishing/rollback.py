"""Look at the published versions and make an earlier one current again."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from orchestration.publishing.errors import PublishingError, explained
from orchestration.publishing.files import one_publisher
from orchestration.publishing.fingerprint import fingerprints_of
from orchestration.publishing.swap import make_current
from orchestration.publishing.versions import (
    FILE_NAME,
    Publication,
    clean_leftovers,
    list_publications,
    versions_folder,
)
from orchestration.settings import Settings


def rollback(settings: Settings, version: str) -> Publication:
    """Make ``version`` current through the same rename that publishing uses.

    The version's file is read back and compared with its manifest first. Rolling back to the
    current version, or forward again, is fine. Raises :class:`PublishingError` for an unknown or
    damaged version and when the folder cannot be written; the served version then stays.
    """
    if not settings.published.is_dir():
        raise PublishingError(f"Nothing has been published to {settings.published} yet.")
    try:
        with one_publisher(settings.published):
            clean_leftovers(settings)
            known = {p.version: p for p in list_publications(settings)}
            if version not in known:
                listed = "\n".join(f"  {name}" for name in known) or "  (none)"
                raise PublishingError(
                    f"There is no version {version!r}. Versions that can be served:\n{listed}"
                )
            file = versions_folder(settings) / version / FILE_NAME
            if fingerprints_of(file) != dict(known[version].fingerprints):
                raise PublishingError(
                    f"{file} is not what was published as {version}: somebody wrote to it. "
                    "Choose another version, or publish again."
                )
            make_current(settings, version)
    except (OSError, duckdb.Error) as error:
        raise explained(error, settings.published, f"roll back to {version}") from error
    return replace(known[version], is_current=True)
