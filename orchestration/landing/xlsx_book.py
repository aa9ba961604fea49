"""The small parts of an xlsx archive: its sheets, its relations, and which formats are dates."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from orchestration.landing.container import RejectedFileError
from orchestration.landing.reasons import Reason
from orchestration.landing.xlsx_parse import MAXIMUM_DEPTH, broken

_TAGS = {
    "Relationship", "cellStyleXfs", "cellStyles", "cellXfs", "dxfs", "numFmt", "sheet", "workbookPr", "xf"
}  # fmt: skip
_SMALL_PART = 16 << 20  # workbook, relations, styles
_DATE_FORMATS = {*range(14, 23), *range(27, 37), 45, *range(50, 59)}
_DURATION_FORMATS = {46, 47}
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hHmMsS]+\])[^\]]*\]')


@dataclass(frozen=True)
class Book:
    """What the small parts say."""

    path: Path
    parts: dict[str, str]  # name in lower case with plain slashes -> name as it is
    sheets: list[tuple[str, str]]  # visible worksheets: title, part
    strings: str | None
    styles: str | None
    first_day: dt.datetime  # of the numbers that dates are kept as


def open_book(path: Path, archive: zipfile.ZipFile) -> Book:
    """The sheets and parts of a workbook. Raises :class:`RejectedFileError`."""
    entries = archive.infolist()
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise RejectedFileError(Reason.ENCRYPTED)
    parts = {_plain_name(entry.filename): entry.filename for entry in entries}
    workbook = "xl/workbook.xml"
    if workbook not in parts:
        raise broken("it has no xl/workbook.xml")
    relations = _relations(archive, parts)
    tags = _read_tags(archive, parts[workbook])
    is_1904 = any(
        tag == "workbookPr" and attributes.get("date1904") in ("1", "true")
        for tag, attributes in tags
    )
    sheets: list[tuple[str, str]] = []
    for tag, attributes in tags:
        if tag != "sheet" or attributes.get("state", "visible") != "visible":
            continue
        identity = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
        kind, target = relations.get(identity, ("", ""))
        if kind == "worksheet":
            sheets.append((attributes.get("name", ""), target))
    targets = {kind: target for kind, target in relations.values() if target in parts}
    return Book(
        path,
        parts,
        sheets,
        targets.get("sharedStrings"),
        targets.get("styles"),
        dt.datetime(1904, 1, 1) if is_1904 else dt.datetime(1899, 12, 30),  # noqa: DTZ001 - no zone
    )


def _plain_name(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _relations(archive: zipfile.ZipFile, parts: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Kind and part of each relation of the workbook, by its id."""
    name = "xl/_rels/workbook.xml.rels"
    if name not in parts:
        raise broken(f"it has no {name}")
    return {
        attributes.get("Id", ""): (
            attributes.get("Type", "").rpartition("/")[2],
            _plain_name(posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))),
        )
        for tag, attributes in _read_tags(archive, parts[name])
        if tag == "Relationship"
    }


def _read_tags(archive: zipfile.ZipFile, name: str) -> list[tuple[str, dict[str, str]]]:
    """The tags of a small part that say something here, with their attributes, in order."""
    with archive.open(name) as part:
        data = part.read(_SMALL_PART + 1)
    if len(data) > _SMALL_PART:
        raise broken(f"{name} is larger than {_SMALL_PART >> 20} MB")
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()

    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAXIMUM_DEPTH:
            raise broken(f"{name} has tags inside tags, {MAXIMUM_DEPTH} deep")
        plain = tag.rpartition(":")[2]
        if plain in _TAGS:
            found.append((plain, attributes))

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    def refuse(*_: object) -> None:
        raise broken("the XML has a document type")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    # A document type is never needed in a workbook, and entities are how one would bomb us.
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError) as error:
        raise broken(f"{name}: {error}") from error
    return found


def formats_of(archive: zipfile.ZipFile, name: str | None) -> list[str]:
    """Of each cell format: ``date``, ``duration`` or nothing."""
    if name is None:
        return []
    tags = _read_tags(archive, name)
    own = {
        attributes.get("numFmtId", ""): attributes.get("formatCode", "")
        for tag, attributes in tags
        if tag == "numFmt"
    }
    formats: list[str] = []
    is_cell_format = False
    for tag, attributes in tags:
        if tag in ("cellXfs", "cellStyleXfs", "cellStyles", "dxfs"):
            is_cell_format = tag == "cellXfs"
        elif tag == "xf" and is_cell_format:
            number = attributes.get("numFmtId", "0")
            formats.append(_format_kind(number, own.get(number)))
    return formats


def _format_kind(number: str, code: str | None) -> str:
    if code is None:
        known = int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 0
        return "date" if known in _DATE_FORMATS else "duration" * (known in _DURATION_FORMATS)
    plain = _NOT_FORMAT.sub("", code.split(";")[0])
    if "[" in plain:
        return "duration"
    if plain.strip().lower() == "general":
        return ""
    return "date" if re.search("[dmyhsDMYHS]", plain) else ""
