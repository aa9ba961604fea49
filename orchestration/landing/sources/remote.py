"""What all remote places share: patience, resumed downloads, and giving up on a dead server."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from orchestration.landing.reasons import LandingError
from orchestration.landing.sources.source import Entry, PostponedError, Source

CHUNK = 1 << 20
# A try during which all files together moved by less than this was in vain; a bad line that still
# moves may take as many as it needs.
_PROGRESS = 64 << 10
# After so many files in a row that could not be had for want of a connection, the rest waits.
_DEAD_AFTER = 3

_T = TypeVar("_T")


@dataclass(frozen=True)
class Patience:
    """How long to try. Seconds; the wait between two tries doubles."""

    tries: int = 5
    wait: float = 0.5
    longest_wait: float = 10.0
    connect: float = 10.0
    silence: float = 60.0  # of an open connection


# For questions that somebody waits for: is the place there at all, has anything changed.
QUICK = Patience(tries=2, silence=20.0)


class LostError(Exception):
    """The connection failed or the server is overloaded: worth another try. Says what happened."""


class RemoteSource(Source):
    """A place that is copied from, file by file, over a connection that may be cut at any byte."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._cancelled = threading.Event()
        self._lost_files = 0
        self._moved = 0

    @abstractmethod
    def read(self, entry: Entry, offset: int) -> Iterator[bytes]:
        """The bytes from ``offset`` on.

        Raises :class:`LostError` when the connection fails, :class:`PostponedError` when the
        file is not (or no longer) what the listing showed.
        """

    def verify(self, entry: Entry, target: Path) -> None:
        """Raise :class:`PostponedError` for damaged bytes or a file that has changed meanwhile."""

    def cancel(self) -> None:
        """Let running fetches end early."""
        self._cancelled.set()

    def fetch(self, entry: Entry, target: Path) -> Path:
        """Copy one file; only a complete one is returned."""
        if self._lost_files >= _DEAD_AFTER:
            raise PostponedError("the connection was lost before its turn came")
        try:
            self._download(entry, target)
            self._verify(entry, target)
        except LostError as lost:
            raise self._lost(str(lost)) from None
        except LandingError as refusal:  # refused now, though the listing was not
            raise self._lost(str(refusal)) from None
        self._lost_files = 0
        return target

    def _verify(self, entry: Entry, target: Path) -> None:
        for vain in range(1, self.patience.tries + 1):
            try:
                return self.verify(entry, target)
            except LostError as lost:
                if vain == self.patience.tries:
                    raise LostError(f"fetched, but the connection was lost ({lost})") from None
            self.pause(vain)
        return None

    def _lost(self, why: str) -> PostponedError:
        self._lost_files += 1
        return PostponedError(why)

    def _download(self, entry: Entry, target: Path) -> None:
        done = vain = 0
        with target.open("wb") as out:
            while done < entry.size:
                before, why = self._moved, "the connection ended early"
                try:
                    for chunk in self.read(entry, done):
                        out.write(chunk)
                        done += len(chunk)
                        self._moved += len(chunk)  # a count lost between threads is no harm
                        if done > entry.size:
                            raise PostponedError(
                                "it is longer than it was: it is still being written"
                            )
                        if self._cancelled.is_set():
                            raise PostponedError("the run was stopped")
                except LostError as lost:
                    why = str(lost)
                if done == entry.size:
                    return
                vain = 0 if self._moved - before >= _PROGRESS else vain + 1
                if vain >= self.patience.tries:
                    raise LostError(f"cut short at {done:,} of {entry.size:,} bytes ({why})")
                self.pause(vain)

    def pause(self, vain: int) -> None:
        """Wait before another try; ``vain`` tries in a row have failed."""
        wait = self.patience.wait * 2 ** max(vain - 1, 0)
        if self._cancelled.wait(min(wait, self.patience.longest_wait)):
            raise PostponedError("the run was stopped")

    def insist(self, question: Callable[[], _T], place: object) -> _T:
        """Ask until there is an answer. Raises :class:`LandingError` when patience is over."""
        vain = 0
        while True:
            try:
                return question()
            except LostError as lost:
                vain += 1
                if vain >= self.patience.tries:
                    raise LandingError(
                        f"{place} cannot be reached: {lost}. Check the network, the address and the endpoint; "
                        "nothing was changed, the next run tries again."
                    ) from None
            self.pause(vain)
