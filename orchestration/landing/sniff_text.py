"""The first look at delimited text: encoding, delimiter, header row, contract."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from orchestration.landing.container import (
    Digest,
    RejectedFileError,
    bom_length,
    choose_encoding,
)
from orchestration.landing.contract import Contract
from orchestration.landing.reasons import Reason
from orchestration.landing.recognise import HEADER_SEARCH_ROWS, Match, best_match
from orchestration.landing.recognised import (
    HEAD_BYTES,
    UNREADABLE_SHARE,
    Recognised,
    Unrecognised,
    clean_header,
    demand_one_table,
    demand_required,
    unmatched,
)

DELIMITERS = (",", "\t", ";", "|")


def sniff_text(path: Path, checked: Digest, contracts: list[Contract]) -> Recognised | Unrecognised:
    """Recognise a text file. Raises :class:`RejectedFileError`."""
    codec, bad_share = choose_encoding(path, checked, ["gb18030"])
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    records, offsets = _records(head, codec, complete=checked.size <= HEAD_BYTES)
    best: tuple[Match, str, list[list[str] | None]] | None = None
    fallback: list[list[str] | None] = []
    for delimiter in DELIMITERS:
        rows = [None if text is None else _cells(text, delimiter) for text in records]
        if _width(rows) > _width(fallback):
            fallback = rows
        match = best_match(rows, contracts)
        if match is not None:
            best = (match, delimiter, rows)
            break
    if best is None:
        headerless = _sniff_headerless(records, contracts, codec, bad_share)
        if headerless is not None:
            return headerless
        if bad_share > UNREADABLE_SHARE:
            raise RejectedFileError(
                Reason.UNREADABLE_ENCODING, f"{bad_share:.0%} of the lines cannot be decoded"
            )
        return unmatched("text", codec, fallback, contracts)
    match, delimiter, rows = best
    contract = match.contract
    if not checked.is_utf8 and set(contract.encodings) - {"utf-8", "gb18030"}:
        codec, bad_share = choose_encoding(path, checked, list(contract.encodings))
    header = [clean_header(name) for name in rows[match.row] or []]
    demand_one_table(header, contracts)
    demand_required(header, contract)
    return Recognised(
        contract,
        "text",
        header,
        encoding=codec,
        is_clean=checked.is_utf8 and codec == "utf-8",
        longest_line=checked.longest_line,
        delimiter=delimiter,
        data_offset=offsets[match.row + 1],
        preamble=[row for row in rows[: match.row] if row],
    )


def _width(rows: list[list[str] | None]) -> int:
    return max((len(row) for row in rows if row), default=0)


def _records(head: bytes, codec: str, *, complete: bool) -> tuple[list[str | None], list[int]]:
    """The first records of a text and the byte where each ends; None for one that is not text."""
    start = bom_length(head)
    if codec.startswith("utf-16"):
        text = head[start : len(head) - len(head) % 2].decode(codec, "ignore")
        # The reader works on a UTF-8 copy without a mark; offsets are those of the copy.
        head, start, codec = text.encode("utf-8"), 0, "utf-8"
    records: list[str | None] = []
    offsets = [start]
    position = start
    while len(records) < HEADER_SEARCH_ROWS and position < len(head):
        end = _record_end(head, position)
        if end > len(head) and not complete:
            break
        end = min(end, len(head))
        line = head[position:end].rstrip(b"\r\n")
        position = end
        try:
            records.append(line.decode(codec))
        except UnicodeDecodeError:
            records.append(None)
        offsets.append(position)
    return records, offsets


def _record_end(head: bytes, start: int) -> int:
    """Where the record from ``start`` ends: quoted line breaks inside, five lines at most."""
    end = start
    for _ in range(5):
        found = head.find(b"\n", end)
        lone = head.find(b"\r", end, found if found >= 0 else len(head))
        if lone >= 0 and head[lone + 1 : lone + 2] != b"\n":
            found = lone  # a file with the line ends of old spreadsheets
        end = found + 1 if found >= 0 else len(head) + 1
        if head[start:end].count(b'"') % 2 == 0 or end > len(head):
            return end
    first = head.find(b"\n", start)
    return first + 1 if first >= 0 else len(head) + 1


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), list[str]())
    except csv.Error:
        return text.split(delimiter)


def _sniff_headerless(
    records: list[str | None], contracts: list[Contract], codec: str, bad_share: float
) -> Recognised | None:
    for contract in contracts:
        count = contract.headerless_fields
        rows = [text.split("\t") for text in records if text]
        if count is not None and rows and all(len(row) == count for row in rows):
            header = next(iter(contract.forms.values()))
            return Recognised(
                contract, "text", header, codec, is_clean=bad_share == 0, delimiter="\t"
            )
    return None
