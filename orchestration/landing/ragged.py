"""A text file without the rows that have too few or too many cells, as a stream for a parser.

The fast parser can skip such rows itself, but only of files in UTF-8: it wants to show their text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

_CHUNK = 4 << 20
_LONGEST_LINE = 8 << 20
_Mask = npt.NDArray[np.bool_]


class RegularRows:
    """The bytes of a file from its position on; a line that is a ragged row is told and left out."""

    def __init__(
        self,
        file: BinaryIO,
        delimiter: str,
        width: int,
        *,
        quoting: bool,
        on_ragged: Callable[[int, bytes], bool],
    ) -> None:
        """``on_ragged`` takes row number and line, and says whether to go on."""
        self._file, self._width, self._quoting = file, width, quoting
        self._delimiter, self._mark = delimiter, ord(delimiter)
        self._on_ragged = on_ragged
        self._raw, self._ready = bytearray(), bytearray()
        self._records = 0
        self._is_open = False  # a quote is, at the start of what comes next
        self._is_all = False
        self.failed = False  # it gave up: what was read cannot be trusted
        self.closed = False

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is not."""
        return False

    def close(self) -> None:
        """Nothing is held."""
        self.closed = True

    def read(self, size: int = -1) -> bytes:
        """Exactly ``size`` bytes unless the end is near."""
        while (size < 0 or len(self._ready) < size) and not self._is_all and not self.failed:
            self._fill()
        taken = bytes(self._ready) if size < 0 else bytes(self._ready[:size])
        del self._ready[: len(taken)]
        return b"" if self.failed else taken

    def _fill(self) -> None:
        more = self._file.read(_CHUNK)
        self._raw += more
        self._is_all = not more
        cut = len(self._raw) if self._is_all else self._raw.rfind(b"\n") + 1
        if cut:
            chunk = bytes(self._raw[:cut])
            del self._raw[:cut]
            self._ready += self._regular(chunk)
        elif len(self._raw) > _LONGEST_LINE:
            self.failed = True

    def _regular(self, chunk: bytes) -> bytes:
        data = np.frombuffer(chunk, dtype=np.uint8)
        ends = np.flatnonzero(data == ord("\n"))
        returns = np.flatnonzero(data[:-1] == ord("\r"))
        if (data[returns + 1] != ord("\n")).any():
            self.failed = True  # a line end of another kind: rows are not what they seem here
            return b""
        if not len(ends) or ends[-1] != len(data) - 1:
            ends = np.append(ends, len(data))
        starts = np.concatenate([[0], ends[:-1] + 1])
        lengths = ends - starts
        returned = (lengths > 0) & (data[np.maximum(ends - 1, 0)] == ord("\r"))
        begins, quotes = self._begins(data, starts, ends)
        begins &= lengths - returned > 0
        numbers = self._records + np.cumsum(begins)
        self._records = int(numbers[-1])
        marks = np.flatnonzero(data == self._mark)
        cells = np.searchsorted(marks, ends) - np.searchsorted(marks, starts) + 1
        odd = begins & (cells != self._width) & (quotes % 2 == 0)
        left_out: list[int] = []
        for line in np.flatnonzero(odd).tolist():
            text = chunk[starts[line] : ends[line]]
            if quotes[line] and self._count(text) == self._width:
                continue
            if not self._on_ragged(int(numbers[line]), text):
                self.failed = True
                return b""
            left_out.append(line)
        if not left_out:
            return chunk
        kept = np.delete(np.arange(len(starts)), left_out)
        return b"".join(chunk[starts[line] : ends[line] + 1] for line in kept.tolist())

    def _begins(
        self,
        data: npt.NDArray[np.uint8],
        starts: npt.NDArray[np.int64],
        ends: npt.NDArray[np.int64],
    ) -> tuple[_Mask, npt.NDArray[np.int64]]:
        """Which lines begin a row (no quote is open there), and how many quotes each line has."""
        if not self._quoting:
            return np.ones(len(starts), dtype=bool), np.zeros(len(starts), dtype=np.int64)
        places = np.flatnonzero(data == ord('"'))
        before = np.searchsorted(places, starts)
        begins = (before + self._is_open) % 2 == 0
        self._is_open = bool((len(places) + self._is_open) % 2)
        return begins, np.searchsorted(places, ends) - before

    def _count(self, line: bytes) -> int:
        text = io.StringIO(line.decode("latin-1"), newline="")
        try:
            return sum(len(cells) for cells in csv.reader(text, delimiter=self._delimiter))
        except csv.Error:
            return 0
