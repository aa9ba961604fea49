"""The contract language: what one kind of export looks like, written in YAML.

Belongs here: the types of the language and what makes a contract consistent. Files are read in
:mod:`.contract_files`.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from orchestration.landing.normalise import normalise_header, normalise_status, without_copy_suffix

# Raised whenever the readers give other text for the same bytes: loaded files are read again.
READER_VERSION = 3
LINEAGE = ("_source_file", "_source_hash", "_row_number", "_exported_at", "_loaded_at")
_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


class ContractError(ValueError):
    """A contract cannot be used; the message names file, key and mend."""


class ColumnType(StrEnum):
    """What the text of a column means. Raw keeps text; the type says how cells are cleaned."""

    ID = "id"  # digits that must never become a number
    PHONE = "phone"
    TEXT = "text"
    MONEY = "money"
    INTEGER = "integer"
    NUMBER = "number"
    RATE = "rate"
    ENUM = "enum"
    FLAG = "flag"
    DATE = "date"
    DATETIME = "datetime"
    EPOCH_S = "epoch_s"
    EPOCH_MS = "epoch_ms"
    EPOCH_US = "epoch_us"
    JSON = "json"


# Columns whose cells may hold full-width digits and signs; text and statuses stay as delivered.
TYPED = frozenset(ColumnType) - {ColumnType.TEXT, ColumnType.ENUM, ColumnType.FLAG, ColumnType.JSON}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """One canonical column: the headers it may come under, first non-empty cell wins."""

    type: ColumnType
    headers: list[str] = Field(min_length=1)
    unit: Literal["percent"] | None = None
    masked: bool = False


class Dynamic(_Part):
    """Columns whose headers vary: those matching ``pattern`` become one JSON object."""

    pattern: str
    into: str

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from error
        if groups != 1:
            raise ValueError("the pattern needs exactly one group: the key in the JSON object")
        return pattern


class Status(_Part):
    """The status texts of one column and what they mean."""

    column: str
    values: dict[str, str]

    @functools.cached_property
    def known(self) -> frozenset[str]:
        """The status texts in the form in which they are compared."""
        return frozenset(normalise_status(text) for text in self.values)


class Totals(_Part):
    """How the total rows of a report are told from its data."""

    labels: list[str] = ["总计", "合计", "汇总", "小计", "总合计", "Total"]
    columns: list[str] = []  # beside the file's first column


class Contract(_Part):
    """One kind of export. See ``contracts/*.yaml`` for what each key looks like."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
    platform: str
    title: str
    version: int = Field(ge=1)
    confidence: str
    grain: str
    feeds: list[str]
    containers: list[Literal["text", "xlsx", "xls", "json", "parquet"]]
    encodings: list[Literal["utf-8", "gb18030", "cp932", "cp1252"]] = ["utf-8", "gb18030"]
    time_zone: str
    signature: list[str]
    one_of: list[list[str]] = []
    required: list[str]
    time: str | None = None
    maximum_rejected_share: float = Field(ge=0, le=1)
    headerless_fields: int | None = None
    quoting: bool = True
    explanation_row: str | None = None
    sheets: Literal["all", "first"] = "all"
    explode: str | None = None
    wrappers: list[str] = []
    totals: Totals = Totals()
    columns: dict[str, Column]
    dynamic: list[Dynamic] = []
    # The rows above the header as text: where a report without a day in its rows tells its period.
    # Such a report may also tell it in its file's name, so a file renamed is read again.
    title_into: str | None = None
    ignored: list[str] = []
    dropped: list[str] = []
    status: Status | None = None
    forms: dict[str, list[str]]

    @model_validator(mode="after")
    def _consistent(self) -> Contract:
        bad = [name for name in self.columns if not _NAME.match(name)]
        if bad:
            raise ValueError(f"columns: {bad} must be lower-case names with underscores")
        dynamic = {part.into for part in self.dynamic}
        for key, names in (
            ("required", self.required),
            ("time", [self.time] if self.time else []),
            ("explanation_row", [self.explanation_row] if self.explanation_row else []),
            ("status.column", [self.status.column] if self.status else []),
            ("totals.columns", self.totals.columns),
        ):
            unknown = [name for name in names if name not in self.columns and name not in dynamic]
            if unknown:
                raise ValueError(f"{key}: {unknown} are not columns of this contract")
        if self.title_into is not None and self.title_into in self.columns:
            raise ValueError(f"title_into: {self.title_into!r} is a column of the table already")
        owners: dict[str, str] = {}
        for name, column in self.columns.items():
            for header in column.headers:
                other = owners.setdefault(normalise_header(header), name)
                if other != name:
                    raise ValueError(f"columns: header {header!r} is in both {other} and {name}")
        if not self.signature and self.headerless_fields is None:
            raise ValueError("signature: at least one header is needed to recognise a file")
        return self

    @property
    def view(self) -> str:
        """Name of the raw view: the first dot becomes ``__``, the others ``_``."""
        platform, _, rest = self.id.partition(".")
        return f"{platform}__{rest.replace('.', '_')}"

    @property
    def fields(self) -> list[str]:
        """The canonical columns in order, without ``_extra`` and lineage."""
        extra = [part.into for part in self.dynamic if part.into not in self.columns]
        title = [] if self.title_into is None else [self.title_into]
        return [*self.columns, *dict.fromkeys(extra), *title]

    @functools.cached_property
    def fingerprint(self) -> str:
        """Changes whenever the contract, or the readers, would give other rows."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(f"{READER_VERSION}|{text}".encode()).hexdigest()[:16]

    @functools.cached_property
    def header_map(self) -> dict[str, tuple[str, int]]:
        """Normalised header -> (canonical column, its place in the coalesce order)."""
        return {
            normalise_header(header): (name, place)
            for name, column in self.columns.items()
            for place, header in enumerate(column.headers)
        }

    @functools.cached_property
    def known_headers(self) -> frozenset[str]:
        """All normalised headers that the contract has a word on."""
        names = [*self.header_map, *map(normalise_header, (*self.ignored, *self.dropped))]
        return frozenset(names)

    @functools.cached_property
    def all_of(self) -> list[frozenset[str]]:
        """The positive signature: of each set one normalised header must be there."""
        parts = [part for part in self.signature if not part.startswith("!")]
        return [frozenset(map(normalise_header, part.split("|"))) for part in parts]

    @functools.cached_property
    def none_of(self) -> frozenset[str]:
        """Normalised headers that must not be there."""
        return frozenset(
            normalise_header(part[1:]) for part in self.signature if part.startswith("!")
        )

    def locate(self, normalised: str) -> tuple[str, int] | None:
        """The canonical column of a normalised header, also under a ``.1`` copy suffix."""
        return self.header_map.get(normalised) or self.header_map.get(
            without_copy_suffix(normalised)
        )

    def is_ignored(self, normalised: str) -> bool:
        """Whether the header is known and deliberately not loaded (``prefix.*`` covers all below)."""
        if normalised in self.known_headers:
            return True
        return any(
            pattern.endswith("*") and normalised.startswith(pattern[:-1])
            for pattern in map(normalise_header, self.ignored)
        )


def contracts_fingerprint(contracts: Mapping[str, Contract]) -> str:
    """Changes whenever any contract does: unrecognised files are then tried again."""
    text = "|".join(f"{key}:{contracts[key].fingerprint}" for key in sorted(contracts))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def status_rows(contracts: Mapping[str, Contract]) -> Iterator[tuple[str, str, str, str]]:
    """(export, column, status text, meaning) of every status map."""
    for contract in contracts.values():
        if contract.status is not None:
            for text, meaning in contract.status.values.items():
                yield contract.id, contract.status.column, text, meaning
