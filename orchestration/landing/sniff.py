"""The first look at a file: container, encoding, delimiter, header row, contract.

Belongs here: getting the first rows of each container and handing them to
:mod:`.recognise`. Reading the rest is in the readers.
"""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.archives import ARCHIVES
from orchestration.landing.container import (
    Container,
    Digest,
    RejectedFileError,
    bom_length,
    choose_encoding,
    container_of,
)
from orchestration.landing.contract import Contract
from orchestration.landing.json_shape import Layout, json_head, json_paths
from orchestration.landing.normalise import clean_text, normalise_header
from orchestration.landing.reasons import Reason
from orchestration.landing.recognise import (
    HEADER_SEARCH_ROWS,
    Match,
    Nearest,
    best_match,
    match_header,
    missing_required,
    nearest_contract,
    suggest,
)
from orchestration.landing.workbook import Sheet, open_markup, open_workbook

HEAD_BYTES = 1 << 20
DELIMITERS = (",", "\t", ";", "|")
_UNREADABLE_SHARE = 0.5


@dataclass(frozen=True)
class Recognised:
    """A file whose contract is known, and all that its reader needs."""

    contract: Contract
    container: Container
    header: list[str]  # names as delivered, cleaned like cells; JSON: paths
    encoding: str = "utf-8"
    is_clean: bool = True  # no byte of the file is outside the encoding, as far as known
    longest_line: int = 0  # as :class:`.container.Digest` has it
    delimiter: str = ","
    data_offset: int = 0  # text: first byte after the header record
    preamble: list[list[str]] = field(default_factory=list)
    sheets: list[tuple[Sheet, int]] = field(default_factory=list)  # with the header's row
    other_sheets: list[str] = field(default_factory=list)
    layout: Layout = "lines"
    wrapper: str | None = None

    @property
    def title(self) -> str | None:
        """What stands above the header, as one line; None when nothing does."""
        cells = (cell for row in self.preamble for text in row if (cell := clean_text(text)))
        return " ".join(cells) or None

    @property
    def form(self) -> str | None:
        """The known form (era, variant) whose headers are most like the file's."""
        names = frozenset(map(normalise_header, self.header))
        scored = [
            (len(names & form) / max(len(names | form), 1), -place, name)
            for place, (name, headers) in enumerate(self.contract.forms.items())
            if (form := frozenset(map(normalise_header, headers)))
        ]
        return max(scored)[2] if scored else None

    @property
    def unknown(self) -> list[str]:
        """Headers of the file that the contract has no word on."""
        return [name for name in self.header if is_unknown(name, self.contract)]


@dataclass(frozen=True)
class Unrecognised:
    """A file that no contract matches."""

    container: Container
    encoding: str | None
    nearest: Nearest | None

    @property
    def detail(self) -> str:
        """Why, in one sentence."""
        if self.container == "binary":
            return "the file is not a table"
        return (
            self.nearest.explain() if self.nearest else "no header of it is known to any contract"
        )


def is_unknown(name: str, contract: Contract) -> bool:
    """Whether no key of the contract speaks about this header."""
    normalised = normalise_header(name)
    if not normalised or contract.locate(normalised) or contract.is_ignored(normalised):
        return False
    return not any(re.match(part.pattern, clean_header(name)) for part in contract.dynamic)


def clean_header(name: str) -> str:
    """A header for people: cleaned like a cell, full-width brackets made plain."""
    return (clean_text(name) or "").replace("（", "(").replace("）", ")")


def sniff(
    path: Path, checked: Digest, contracts: Mapping[str, Contract]
) -> Recognised | Unrecognised:
    """Recognise one file (not an archive). Raises :class:`RejectedFileError` with the reason."""
    kind = container_of(path)
    every = list(contracts.values())
    if kind == "empty":
        raise RejectedFileError(Reason.EMPTY_FILE)
    if kind in ARCHIVES:
        raise RejectedFileError(Reason.NESTED_ARCHIVE)
    if kind == "binary":
        return Unrecognised(kind, None, None)
    # A table is a table: what one platform writes as text, somebody saves as a workbook, and the other way.
    tables = _accepting(every, "text", "xlsx", "xls")
    if kind in ("xlsx", "xls", "markup"):
        sheets = (
            open_markup(path, is_utf8=checked.is_utf8) if kind == "markup" else open_workbook(path)
        )
        return _sniff_sheets(kind, sheets, tables)
    if kind == "parquet":
        return _sniff_parquet(path, every)
    if kind == "json":
        return _sniff_json(path, checked, _accepting(every, "json"))
    return _sniff_text(path, checked, tables)


def is_settled(
    container: str | None, header: list[str], contract: Contract, contracts: Mapping[str, Contract]
) -> bool:
    """Whether a file that a contract has read surely is that contract's still, by its header alone.

    For files that would have to be fetched again to look at them: a table of one header, which
    no other contract of today claims. Workbooks may have other sheets, so they are never sure.
    """
    accepted = {"text": ("text", "xlsx", "xls"), "json": ("json",)}.get(container or "")
    if accepted is None:
        return False
    names = frozenset(map(normalise_header, header)) - {""}
    found = match_header(names, _accepting(list(contracts.values()), *accepted))
    return bool(found) and found[0].id == contract.id


def _accepting(contracts: list[Contract], *containers: str) -> list[Contract]:
    return [contract for contract in contracts if set(containers) & set(contract.containers)]


def _sniff_text(
    path: Path, checked: Digest, contracts: list[Contract]
) -> Recognised | Unrecognised:
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
        if bad_share > _UNREADABLE_SHARE:
            raise RejectedFileError(
                Reason.UNREADABLE_ENCODING, f"{bad_share:.0%} of the lines cannot be decoded"
            )
        return _unmatched("text", codec, fallback, contracts)
    match, delimiter, rows = best
    contract = match.contract
    if not checked.is_utf8 and set(contract.encodings) - {"utf-8", "gb18030"}:
        codec, bad_share = choose_encoding(path, checked, list(contract.encodings))
    header = [clean_header(name) for name in rows[match.row] or []]
    _demand_required(header, contract)
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
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
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


def _sniff_sheets(
    kind: Container, sheets: list[Sheet], contracts: list[Contract]
) -> Recognised | Unrecognised:
    found = [
        (match, sheet)
        for sheet in sheets
        if (match := best_match(sheet.head(), contracts)) is not None
    ]
    if not found:
        heads = [sheet.head() for sheet in sheets]
        return _unmatched(
            kind, None, max(heads, key=lambda rows: sum(map(bool, rows)), default=[]), contracts
        )
    best = min(found, key=lambda pair: (-len(pair[0].contract.all_of), -pair[0].known))[0]
    contract = best.contract
    chosen = [(sheet, match.row) for match, sheet in found if match.contract.id == contract.id]
    if contract.sheets == "first":
        chosen = chosen[:1]
    header = [clean_header(name) for name in chosen[0][0].head()[chosen[0][1]]]
    _demand_required(header, contract)
    # A further sheet is the same table going on only when it has the same header.
    same = [(s, row) for s, row in chosen if [clean_header(n) for n in s.head()[row]] == header]
    names = {sheet.name for sheet, _ in same}
    return Recognised(
        contract,
        kind,
        header,
        preamble=[row for row in chosen[0][0].head()[: chosen[0][1]] if any(row)],
        sheets=same,
        other_sheets=[sheet.name for sheet in sheets if sheet.name not in names and sheet.head()],
    )


def _sniff_parquet(path: Path, contracts: list[Contract]) -> Recognised | Unrecognised:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error
    header = list(schema.names)
    match = best_match([header], contracts)
    if match is None:
        return _unmatched("parquet", None, [header], contracts)
    # Fields of structs that the contract names stand in place of the struct, as a.b.c.
    known = match.contract.locate
    inside = [
        name
        for field in schema
        for name in _struct_paths(field)
        if known(normalise_header(name)) is not None
    ]
    opened = {name.split(".")[0] for name in inside}
    header = [name for name in header if name not in opened or known(normalise_header(name))]
    header += inside
    _demand_required(header, match.contract)
    return Recognised(match.contract, "parquet", header)


def _struct_paths(field: pa.Field) -> list[str]:
    if not pa.types.is_struct(field.type):
        return []
    children = [field.type.field(index) for index in range(field.type.num_fields)]
    return [
        f"{field.name}.{name}" for child in children for name in (child.name, *_struct_paths(child))
    ]


def _sniff_json(
    path: Path, checked: Digest, contracts: list[Contract]
) -> Recognised | Unrecognised:
    codec, bad_share = choose_encoding(path, checked, ["gb18030"])
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    text = head[bom_length(head) :].decode(codec, "ignore")
    layout, objects = json_head(text)
    wrapper = None
    match = best_match([json_paths(objects)], contracts)
    if match is None and objects:
        wrappers = sorted(
            {name for contract in contracts for name in contract.wrappers} & set(objects[0])
        )
        for name in wrappers:
            inner = [item for item in objects[0][name] or [] if isinstance(item, dict)]
            match = best_match([json_paths(inner)], contracts)
            if match is not None:
                wrapper, objects, layout = name, inner, "objects"
                break
    paths = json_paths(objects)
    if match is None:
        if not objects and bad_share > _UNREADABLE_SHARE:
            raise RejectedFileError(
                Reason.UNREADABLE_ENCODING, f"{bad_share:.0%} of the lines cannot be decoded"
            )
        if not objects:
            raise RejectedFileError(Reason.MALFORMED_JSON, "no object could be read from its start")
        return _unmatched("json", codec, [paths], contracts)
    return Recognised(
        match.contract,
        "json",
        paths,
        encoding=codec,
        is_clean=checked.is_utf8,
        layout=layout,
        wrapper=wrapper,
    )


def _demand_required(header: list[str], contract: Contract) -> None:
    missing = missing_required([normalise_header(name) for name in header], contract)
    if not missing:
        return
    column = missing[0]
    expected = contract.columns[column].headers
    renamed = suggest(expected, header, contract)
    hint = f"; {renamed.explain()}" if renamed else ""
    raise RejectedFileError(
        Reason.MISSING_COLUMN,
        f"{contract.id} version {contract.version} needs {column} ({' or '.join(expected)}){hint}",
        column=column,
        export=contract.id,
    )


def _unmatched(
    kind: Container,
    codec: str | None,
    rows: list[list[str]] | list[list[str] | None],
    contracts: list[Contract],
) -> Unrecognised:
    nearest = nearest_contract(rows, contracts)
    if nearest is not None and nearest.is_likely:
        contract = nearest.contract
        raise RejectedFileError(
            Reason.MISSING_COLUMN,
            f"{contract.id} version {contract.version}: {nearest.explain()}",
            column=nearest.missing[0] if nearest.missing else None,
            export=contract.id,
        )
    return Unrecognised(kind, codec, nearest)
