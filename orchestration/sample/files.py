"""Files that grow chunk by chunk, with the encoding and the export time of their platform."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from orchestration.sample.text import csv_header, line_bytes

UTF8, UTF8_BOM, GB18030, GBK = "utf-8", "utf-8-sig", "gb18030", "gbk"


@dataclass(frozen=True)
class CsvFormat:
    """How a platform writes its CSV files."""

    headers: tuple[str, ...]
    encoding: str = UTF8
    quote_all: bool = False
    line_end: str = "\r\n"


@dataclass
class Folder:
    """A folder to which chunks append. A file is made when it gets its first row."""

    path: Path
    exported: dict[str, int] = field(default_factory=dict)
    """UTC epoch seconds of the export of each file written, by relative name."""
    rows: dict[str, int] = field(default_factory=dict)

    def append_csv(self, name: str, kind: CsvFormat, lines: pa.Array, exported: int) -> None:
        """Add lines (already with their line ends) to a CSV file."""
        if not len(lines):
            return
        header = csv_header(kind.headers, quote_all=kind.quote_all, line_end=kind.line_end)
        with self._open(name, len(lines), exported) as (stream, is_new):
            if is_new:
                stream.write(header.encode(kind.encoding))
            content = line_bytes(lines)
            if kind.encoding in (UTF8, UTF8_BOM):
                stream.write(content)
            else:
                stream.write(str(content, UTF8).encode(kind.encoding))

    def append_bytes(self, name: str, content: memoryview, rows: int, exported: int) -> None:
        """Add ready UTF-8 lines to a file without a header."""
        if rows:
            with self._open(name, rows, exported) as (stream, _):
                stream.write(content)

    def _open(self, name: str, rows: int, exported: int) -> _Appending:
        is_new = name not in self.exported
        self.exported[name] = exported
        self.rows[name] = self.rows.get(name, 0) + rows
        path = self.path / name
        if is_new:
            path.parent.mkdir(parents=True, exist_ok=True)
        return _Appending(path, is_new)

    def registered(self, name: str, rows: int, exported: int) -> Path:
        """The path of a file that somebody else writes, noted with its export time."""
        self.exported[name] = exported
        self.rows[name] = rows
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def stamp(self) -> int:
        """Give every file the modification time of its export; returns the bytes written."""
        total = 0
        for name in sorted(self.exported):
            path = self.path / name
            os.utime(path, (self.exported[name], self.exported[name]))
            total += path.stat().st_size
        return total


class _Appending:
    """A file open for appending, and whether it is new."""

    def __init__(self, path: Path, is_new: bool) -> None:
        self._is_new = is_new
        self._stream: BinaryIO = path.open("wb" if is_new else "ab")

    def __enter__(self) -> tuple[BinaryIO, bool]:
        return self._stream, self._is_new

    def __exit__(self, *_: object) -> None:
        self._stream.close()
