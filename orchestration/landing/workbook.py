"""Tables that are not text, as sheets: workbooks, and HTML or XML called .xls."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.landing import markup, xlsx
from orchestration.landing.batch import Batch, batches_of
from orchestration.landing.container import RejectedFileError, archive_errors
from orchestration.landing.reasons import Reason
from orchestration.landing.recognise import HEADER_SEARCH_ROWS

# Of the formats that a library must read as a whole.
LARGEST_OLD_WORKBOOK = 256 << 20
_CHILD = "orchestration.landing.workbook_child"
_ROOT = Path(__file__).resolve().parents[2]
_CHILD_MEMORY = 5 << 28
_CHILD_SECONDS = 5  # and two more for each megabyte


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name and a function that gives its rows that hold anything."""

    name: str
    batches: Callable[[], Iterator[Batch]]

    def head(self) -> list[list[str]]:
        """The first rows that hold anything, where the header is looked for."""
        return _head(self)


@functools.lru_cache(maxsize=64)
def _head(sheet: Sheet) -> list[list[str]]:
    rows: list[list[str]] = []
    for batch in sheet.batches():
        rows += batch.rows(HEADER_SEARCH_ROWS - len(rows))
        if len(rows) >= HEADER_SEARCH_ROWS:
            break
    return rows


def open_workbook(path: Path) -> list[Sheet]:
    """The visible sheets of a workbook. Raises :class:`RejectedFileError`."""
    if _is_xlsx(path):
        return [Sheet(title, batches) for title, batches in xlsx.sheets_of(path)]
    if path.stat().st_size > LARGEST_OLD_WORKBOOK:
        raise RejectedFileError(
            Reason.BROKEN_CONTAINER,
            f"a workbook of this kind may not be larger than {LARGEST_OLD_WORKBOOK >> 20} MB",
            mend="Save it as xlsx or CSV.",
        )
    answer = next(_ask(path, None))
    return [
        _OldSheet(item["name"], functools.partial(_old_batches, path, number), item["head"])
        for number, item in enumerate(answer["sheets"])
    ]


@dataclass(frozen=True)
class _OldSheet(Sheet):
    """A sheet whose first rows came with its name."""

    first: list[list[str]]

    def head(self) -> list[list[str]]:
        return [row for row in self.first if any(row)]


def open_markup(path: Path, *, is_utf8: bool) -> list[Sheet]:
    """The tables of an HTML page, or the worksheets of an XML spreadsheet, as sheets."""
    return [
        _OldSheet(name, functools.partial(_markup_batches, path, number, is_utf8), head)
        for number, (name, head) in enumerate(markup.heads(path, HEADER_SEARCH_ROWS, is_utf8))
    ]


def _markup_batches(path: Path, number: int, is_utf8: bool) -> Iterator[Batch]:
    return batches_of(row for table, row in markup.rows(path, is_utf8) if table == number)


def _is_xlsx(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with archive_errors(), zipfile.ZipFile(path) as archive:
        return any(
            name.replace("\\", "/").lower().lstrip("/") == "xl/workbook.xml"
            for name in archive.namelist()
        )


def _old_batches(path: Path, number: int) -> Iterator[Batch]:
    return batches_of(row for answer in _ask(path, number) for row in answer.get("rows", ()))


def _ask(path: Path, sheet: int | None) -> Iterator[dict[str, Any]]:
    """What the child says; raises :class:`RejectedFileError` when it fails or dies."""
    seconds = _CHILD_SECONDS + 2 * (path.stat().st_size >> 20)
    which = "-" if sheet is None else str(sheet)
    command = [sys.executable, "-m", _CHILD, str(path.resolve()), str(HEADER_SEARCH_ROWS), which]
    with subprocess.Popen(
        [*command, str(seconds), str(_CHILD_MEMORY)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(_ROOT)},
        encoding="utf-8",
    ) as child:
        assert child.stdout is not None  # noqa: S101 - for the type checker
        try:
            for line in child.stdout:
                answer = json.loads(line)
                if "error" in answer:
                    reason = Reason.ENCRYPTED if answer["encrypted"] else Reason.BROKEN_CONTAINER
                    raise RejectedFileError(reason, answer["error"])
                if "end" in answer:
                    return
                yield answer
                if sheet is None:
                    return
        finally:
            child.kill()
        raise RejectedFileError(
            Reason.BROKEN_CONTAINER, f"reading it was given up (status {child.wait()})"
        )
