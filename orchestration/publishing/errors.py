"""The two ways a publication can fail, and how an operating-system error becomes a sentence."""

from __future__ import annotations

import errno
from pathlib import Path

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_PERMISSION = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
# DuckDB reports the operating system's words, not its number.
_NO_SPACE_WORDS = ("no space left", "file too large", "quota exceeded", "out of disk")


class PublishingError(RuntimeError):
    """Nothing was published or rolled back; what was served before still is. The message says what to do."""


class GateRefusedError(PublishingError):
    """The gate has no green verdict for exactly the candidate's data."""


def explained(error: Exception, folder: Path, doing: str) -> PublishingError:
    """``error`` as a :class:`PublishingError` that names the folder and what to do about it."""
    if isinstance(error, PublishingError):
        return error
    number = error.errno if isinstance(error, OSError) else None
    text = str(error).lower()
    if number in _NO_SPACE or any(words in text for words in _NO_SPACE_WORDS):
        mend = f"The disk of {folder} is full. Free space there, or set DOUBLELOOP_PUBLISHED to another disk"
    elif number in _NO_PERMISSION or "permission denied" in text:
        mend = f"This user cannot write to {folder}. Give it write permission, or set DOUBLELOOP_PUBLISHED to another folder"
    elif number in (errno.ENOTDIR, errno.EEXIST):
        mend = f"{folder} is not a folder. Remove the file of that name, or set DOUBLELOOP_PUBLISHED to another folder"
    else:
        mend = "Mend what the message names"
    return PublishingError(
        f"Could not {doing} ({error}). {mend}, then run again. What was published before is unchanged."
    )
