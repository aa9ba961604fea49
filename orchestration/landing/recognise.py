"""Which contract a table of cells matches: by header names only, never by position or file name.

Belongs here: matching, and explaining what was nearest when nothing matches. Getting the first
rows out of a container is in :mod:`.sniff`.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from orchestration.landing.contract import Contract
from orchestration.landing.normalise import normalise_header

HEADER_SEARCH_ROWS = 60  # the longest preamble known has a dozen
# Unmatched, but so like one contract that it must be that export with columns changed.
LIKELY_SHARE = 0.6
LIKELY_HEADERS = 3
_SIMILAR = 0.5


@dataclass(frozen=True)
class Match:
    """A contract and the row that holds its header."""

    contract: Contract
    row: int
    known: int  # headers of the file that the contract knows


@dataclass(frozen=True)
class Nearest:
    """The contract that an unrecognised file is most like, and what it lacks."""

    contract: Contract
    row: int
    missing: tuple[str, ...]  # signature headers, as the contract writes them
    unwanted: tuple[str, ...]  # headers that this contract forbids
    suggestions: Sequence[Renamed]  # headers of the file that may be missing ones renamed
    known: int
    headers: int

    @property
    def is_likely(self) -> bool:
        """Whether the file is surely meant to be this export, with a column lost or renamed."""
        found = len(self.contract.all_of) - len(self.missing)
        return (
            not self.unwanted
            and self.known >= LIKELY_HEADERS
            and self.known >= LIKELY_SHARE * self.headers
            and 2 * found >= len(self.contract.all_of)
        )

    def explain(self) -> str:
        """One sentence for people."""
        parts = [
            f"nearest is {self.contract.id} version {self.contract.version} "
            f"({self.known} of {self.headers} headers known)"
        ]
        if self.missing:
            parts.append(f"missing {', '.join(self.missing)}")
        if self.unwanted:
            parts.append(f"must not have {', '.join(self.unwanted)}")
        parts += [suggestion.explain() for suggestion in self.suggestions]
        return "; ".join(parts)


def match_header(names: Collection[str], contracts: Iterable[Contract]) -> list[Contract]:
    """All contracts whose signature a set of normalised headers fulfils, most specific first.

    Most specific: most signature names, then most known headers, then the id.
    """
    present = frozenset(names)
    found = [contract for contract in contracts if _fulfils(present, contract)]
    return sorted(found, key=lambda contract: (*_specificity(present, contract), contract.id))


def best_match(
    rows: Sequence[Sequence[str] | None], contracts: Collection[Contract]
) -> Match | None:
    """The most specific contract of the first row that fulfils any signature."""
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        names = frozenset(map(normalise_header, row or ())) - {""}
        found = match_header(names, contracts) if names else []
        if found:
            return Match(found[0], index, len(names & found[0].known_headers))
    return None


def nearest_contract(
    rows: Sequence[Sequence[str] | None], contracts: Collection[Contract]
) -> Nearest | None:
    """What the first rows are most like, or None when no header of theirs is known at all."""
    best: tuple[tuple[float, float, str], Nearest] | None = None
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        if not row:
            continue
        names = frozenset(map(normalise_header, row)) - {""}
        for contract in contracts:
            known = len(names & contract.known_headers)
            if not known:
                continue
            hits = sum(bool(part & names) for part in contract.all_of)
            share = hits / max(len(contract.all_of), 1) + known / len(names)
            rank = (-share, -known, contract.id)
            if best is None or rank < best[0]:
                best = (rank, _nearest(contract, index, row, names))
    return None if best is None else best[1]


def missing_required(names: Collection[str], contract: Contract) -> list[str]:
    """The required canonical columns that no header of the file feeds."""
    fed = {place[0] for name in names if (place := contract.locate(name)) is not None}
    return [column for column in contract.required if column not in fed]


@dataclass(frozen=True)
class Renamed:
    """A header of the file that most likely is a known one under a new name."""

    old: str
    new: str
    similarity: float

    def explain(self) -> str:
        """One sentence for people."""
        return f"{self.new} looks like a new name of {self.old} (similarity {self.similarity:.0%})"


def suggest(missing: Iterable[str], headers: Iterable[str], contract: Contract) -> Renamed | None:
    """The unknown header of a file that is most like one of the ``missing`` ones, if any is."""
    unknown = {normalise_header(header): header for header in headers}
    candidates = [name for name in unknown if name and name not in contract.known_headers]
    pairs = [
        Renamed(old, unknown[name], _similarity(normalise_header(old), name))
        for old in missing
        for name in candidates
    ]
    best = min(pairs, key=lambda pair: (-pair.similarity, pair.old, pair.new), default=None)
    return best if best is not None and best.similarity >= _SIMILAR else None


def _similarity(old: str, new: str) -> float:
    return difflib.SequenceMatcher(None, old, new, autojunk=False).ratio()


def _fulfils(names: frozenset[str], contract: Contract) -> bool:
    if contract.headerless_fields is not None or not all(part & names for part in contract.all_of):
        return False
    if contract.none_of & names:
        return False
    groups = [frozenset(map(normalise_header, group)) for group in contract.one_of]
    return not groups or any(group <= names for group in groups)


def _specificity(names: frozenset[str], contract: Contract) -> tuple[int, int]:
    return -len(contract.all_of) - bool(contract.one_of), -len(names & contract.known_headers)


def _nearest(contract: Contract, index: int, row: Sequence[str], names: frozenset[str]) -> Nearest:
    positive = [part for part in contract.signature if not part.startswith("!")]
    missing = [
        part
        for part, accepted in zip(positive, contract.all_of, strict=True)
        if not accepted & names
    ]
    groups = [frozenset(map(normalise_header, group)) for group in contract.one_of]
    if groups and not any(group <= names for group in groups):
        missing.append(" or ".join("+".join(group) for group in contract.one_of))
    unwanted = [header for header in row if normalise_header(header) in contract.none_of]
    suggestions = [
        renamed
        for part in missing
        if (renamed := suggest(part.split("|"), row, contract)) is not None
    ]
    return Nearest(
        contract,
        index,
        tuple(missing),
        tuple(unwanted),
        suggestions,
        len(names & contract.known_headers),
        len(names),
    )
