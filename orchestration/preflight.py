"""What must hold before a run touches anything: folders can be written, the salt is the same,
the landing place answers.

Every refusal is one message that says how to mend it; nothing has been changed by then.
"""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from orchestration.landing.reasons import LandingError
from orchestration.landing.sources import QUICK, open_source
from orchestration.settings import PREFIX, Settings

MINIMUM_FREE_BYTES = 200 * 1024 * 1024


class PreflightError(RuntimeError):
    """The run cannot start; the message says what to do."""


def check(settings: Settings) -> None:
    """Raise :class:`PreflightError` unless the run can write its folders with the known salt."""
    for folder, setting in ((settings.home, "HOME"), (settings.published, "PUBLISHED")):
        _check_writable(folder, setting)
    _check_salt(settings)


def check_landing(settings: Settings) -> None:
    """Raise :class:`PreflightError` unless the landing place can be looked at; asks one question.

    A local folder is looked at by the run itself, and the sample merchant's is made by it.
    """
    if isinstance(settings.landing, Path):
        return
    try:
        with open_source(settings.landing, QUICK) as source:
            source.check()
    except LandingError as error:
        raise PreflightError(str(error)) from None


def _check_writable(folder: Path, setting: str) -> None:
    probe = folder / f".write-probe-{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"doubleloop")
        probe.unlink()
    except OSError as error:
        raise PreflightError(
            f"Cannot write to {folder} ({error.strerror}). "
            f"Give this user write permission, or set {PREFIX}{setting} to another folder."
        ) from error
    free = shutil.disk_usage(folder).free
    if free < MINIMUM_FREE_BYTES:
        raise PreflightError(
            f"Only {free // 1024 // 1024} MB are free on the disk of {folder}. "
            f"Free at least {MINIMUM_FREE_BYTES // 1024 // 1024} MB, or set {PREFIX}{setting} to another disk."
        )


def _check_salt(settings: Settings) -> None:
    """A different salt would give everyone another id, silently; it is refused instead."""
    known = settings.state / "salt-fingerprint"
    if not known.exists():
        settings.state.mkdir(parents=True, exist_ok=True)
        known.write_text(settings.salt_fingerprint, encoding="ascii")
        return
    if known.read_text(encoding="ascii").strip() != settings.salt_fingerprint:
        raise PreflightError(
            f"{PREFIX}ID_SALT is not the salt this folder was built with ({known}). "
            f"Restore the earlier salt, or start with an empty {PREFIX}HOME: ids cannot be carried over."
        )
