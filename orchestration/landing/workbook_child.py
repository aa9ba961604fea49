"""A process of its own for the old workbook formats (xls, xlsb, ods): run as a program, not imported.

The library that reads them keeps a whole sheet in memory, and a damaged file can make it loop or
ask for all the memory there is. Here it may do that: the process has limits, and whoever started
it sees it end. One JSON document a line goes out: the sheets with their first rows, or with a
number of a sheet its rows, 5,000 at a time; or what is wrong.
"""

# calamine has no complete types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import itertools
import json
import mmap
import resource
import sys
from pathlib import Path
from typing import Any

import python_calamine

from orchestration.landing.normalise import cell_text

_ROWS = 5_000


def main(path: str, head_rows: int, sheet: int | None, seconds: int, memory: int) -> None:
    """Write the sheets, or the rows of one; ``seconds`` and ``memory`` are the limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        names = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
            and meta.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        if sheet is None:
            heads = [list(itertools.islice(_rows(book, name), head_rows)) for name in names]
            _say({"sheets": [{"name": n, "head": h} for n, h in zip(names, heads, strict=True)]})
        else:
            rows = _rows(book, names[sheet])
            while held := list(itertools.islice(rows, _ROWS)):
                _say({"rows": held})
            _say({"end": True})
    except python_calamine.PasswordError as error:
        _say({"error": str(error), "encrypted": True})
    except BaseException as error:  # noqa: BLE001 - a panic of the library is not even an Exception
        _say({"error": str(error) or type(error).__name__, "encrypted": _is_encrypted(path)})


def _rows(book: python_calamine.CalamineWorkbook, name: str) -> Any:
    for row in book.get_sheet_by_name(name).iter_rows():
        yield [cell if type(cell) is str else cell_text(cell) for cell in row]


def _is_encrypted(path: str) -> bool:
    """Whether it is the wrapper that spreadsheets put around a workbook with a password."""
    with (
        Path(path).open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
    ):
        return data.find("EncryptedPackage".encode("utf-16-le")) >= 0


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _path, _head, _sheet, _seconds, _memory = sys.argv[1:]
    main(_path, int(_head), None if _sheet == "-" else int(_sheet), int(_seconds), int(_memory))
