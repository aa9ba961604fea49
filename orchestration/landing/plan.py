"""Which column of a file feeds which column of raw."""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.landing.contract import ColumnType, Contract
from orchestration.landing.normalise import DROPPED_HEADER, normalise_header
from orchestration.landing.reasons import Finding
from orchestration.landing.recognised import clean_header, is_unknown

_TABULAR = {"text", "xlsx", "xls", "markup"}


class Plan:
    """Which column of the file feeds what; the rest is not even converted."""

    def __init__(
        self, contract: Contract, header: Sequence[str], container: str, title: str | None = None
    ) -> None:
        self.contract = contract
        self.container = container
        self.title = title
        self.header = list(header)
        self.sources: dict[str, list[int]] = {name: [] for name in contract.columns}
        self.dynamic: dict[str, list[tuple[str, int]]] = {
            part.into: [] for part in contract.dynamic
        }
        self.extras: list[tuple[str, int]] = []
        taken: set[str] = set()
        self.left_out: list[str] = []
        self.kinds: dict[int, ColumnType] = {}
        order: dict[int, int] = {}
        dropped = frozenset(map(normalise_header, contract.dropped))
        for index, name in enumerate(header):
            normalised = normalise_header(name)
            if normalised in dropped or DROPPED_HEADER.search(normalised):
                self.left_out.append(name)
            elif (place := contract.locate(normalised)) is not None:
                self.sources[place[0]].append(index)
                order[index] = place[1]
                self.kinds[index] = contract.columns[place[0]].type
            elif (key := self._dynamic_key(name)) is not None:
                self.dynamic[key[0]].append((key[1], index))
                self.kinds[index] = ColumnType.TEXT
            elif not normalised or is_unknown(name, contract):
                self.extras.append((_free_name(name, index, taken), index))
                self.kinds[index] = ColumnType.TEXT
        for indexes in self.sources.values():
            indexes.sort(key=lambda index: (order[index], index))
        labels = [index for name in contract.totals.columns for index in self.sources[name]]
        is_report = (
            container in _TABULAR
            and contract.platform != "generic"
            and contract.headerless_fields is None
        )
        self.has_objects = container not in _TABULAR
        self.labels = sorted({0, *labels}) if is_report else []
        self.needed = sorted({*self.kinds, *self.labels})

    def of(self, header: Sequence[str]) -> Plan:
        """The same for a further table of the file."""
        return Plan(self.contract, header, self.container, self.title)

    def findings(self) -> list[tuple[Finding, str, str]]:
        """Columns that nobody knows, and those dropped at the door."""
        known = f"{self.contract.id} version {self.contract.version}"
        new = [
            (Finding.NEW_COLUMN, name, f"not in {known}; kept in _extra")
            for name, i in self.extras
            if self.header[i]
        ]
        return [
            *new,
            *(
                (Finding.LEFT_OUT, name, "identity-card data is never loaded")
                for name in self.left_out
            ),
        ]

    def _dynamic_key(self, name: str) -> tuple[str, str] | None:
        for part in self.contract.dynamic:
            found = re.match(part.pattern, clean_header(name))
            if found:
                return part.into, found.group(1)
        return None


def _free_name(name: str, index: int, taken: set[str]) -> str:
    base = name or f"column {index + 1}"
    free = base if base not in taken else f"{base}.{index + 1}"
    taken.add(free)
    return free
