"""How much may be unpacked: bytes and files of an archive, in proportion to what was packed."""

from __future__ import annotations

from typing import IO

from orchestration.landing.container import RejectedFileError
from orchestration.landing.reasons import Reason

# A member may not expand beyond this, nor beyond the ratio once it is larger than the floor.
MAXIMUM_EXPANDED_BYTES = 16 << 30
MAXIMUM_RATIO = 400
RATIO_FLOOR = 256 << 20
MAXIMUM_MEMBERS = 20_000


class Allowance:
    """How much may be unpacked from so many packed bytes, and how many files."""

    def __init__(self, packed: int) -> None:
        """``packed`` is the size of the archive, or of one member in it."""
        self._packed, self._used, self._files = packed, 0, 0

    def use(self, size: int) -> None:
        """Take some of it. Raises :class:`RejectedFileError` when it is used up."""
        self._used += size
        if self._used > MAXIMUM_EXPANDED_BYTES or (
            self._used > RATIO_FLOOR and self._used > MAXIMUM_RATIO * max(self._packed, 1)
        ):
            raise RejectedFileError(
                Reason.ARCHIVE_TOO_LARGE,
                f"more than {self._used >> 20} MB from {self._packed >> 10} KB packed",
            )

    def hold(self, files: int) -> None:
        """Take in so many files more. Raises :class:`RejectedFileError` when they are too many."""
        self._files += files
        if self._files > MAXIMUM_MEMBERS:
            raise too_many()

    @property
    def is_full(self) -> bool:
        """Whether there were too many files already: no further archive is worth opening."""
        return self._files > MAXIMUM_MEMBERS


class Bounded:
    """An unpacked stream that ends in :class:`RejectedFileError` when it swells beyond reason."""

    def __init__(self, source: IO[bytes], *allowances: Allowance) -> None:
        """All of the allowances hold."""
        self._source, self._allowances = source, allowances

    def read(self, size: int) -> bytes:
        """The next bytes."""
        chunk = self._source.read(size)
        for allowance in self._allowances:
            allowance.use(len(chunk))
        return chunk


def too_many() -> RejectedFileError:
    """What is said of an archive of too many files."""
    return RejectedFileError(Reason.ARCHIVE_TOO_LARGE, f"more than {MAXIMUM_MEMBERS:,} files")
