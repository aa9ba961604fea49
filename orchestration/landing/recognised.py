"""What the first look at a file says: a contract and all that its reader needs, or why there is none."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

from orchestration.landing.container import Container, RejectedFileError
from orchestration.landing.contract import Contract
from orchestration.landing.json_shape import Layout
from orchestration.landing.normalise import clean_text, normalise_header
from orchestration.landing.reasons import Reason
from orchestration.landing.recognise import (
    Nearest,
    match_header,
    missing_required,
    nearest_contract,
    suggest,
)
from orchestration.landing.workbook import Sheet

HEAD_BYTES = 1 << 20
UNREADABLE_SHARE = 0.5


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
    other_sheets: dict[str, str] = field(default_factory=dict[str, str])  # why each is not read
    others: list[Recognised] = field(default_factory=list["Recognised"])  # further exports in it
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


def demand_required(header: list[str], contract: Contract) -> None:
    """Raise :class:`RejectedFileError` when no header feeds a required column."""
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


def demand_one_table(header: list[str], contracts: list[Contract]) -> None:
    """Raise :class:`RejectedFileError` when the header is that of two exports, with a gap between."""
    sides = [
        list(names)
        for is_named, names in itertools.groupby(header, key=lambda name: bool(name.strip()))
        if is_named
    ]
    if len(sides) < 2:
        return
    known = [
        found[0].id
        for names in sides
        if (found := match_header(frozenset(map(normalise_header, names)), contracts))
    ]
    if len(known) > 1:
        raise RejectedFileError(Reason.SIDE_BY_SIDE, " and ".join(known), export=known[0])


def unmatched(
    kind: Container,
    codec: str | None,
    rows: list[list[str]] | list[list[str] | None],
    contracts: list[Contract],
) -> Unrecognised:
    """A table that no contract matches; raises :class:`RejectedFileError` where it must be meant for one."""
    nearest = nearest_contract(rows, contracts)
    if nearest is not None and nearest.is_likely:
        contract = nearest.contract
        raise RejectedFileError(
            Reason.MISSING_COLUMN,
            nearest.explain(),
            column=nearest.missing[0] if nearest.missing else None,
            export=contract.id,
        )
    return Unrecognised(kind, codec, nearest)
