"""The two segment maps of RFM, read from YAML and proved total and exclusive."""

# A map file is anything until it is proved.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

import yaml

DEFAULT_MAPS = Path(__file__).with_name("rfm_maps.yaml")
MERCHANT_FILE = "rfm_maps.yaml"
SCORES = (1, 2, 3, 4, 5)
# Where those are who are in no segment; no segment may have its name.
NO_ORDERS = "no_orders"
# Names go into checks as SQL text and as labels.
NAME = re.compile(r"\w[\w -]*")
Cell = TypeVar("Cell", bound=Hashable)


class RfmMapError(ValueError):
    """A segment map leaves a cell without a name or gives it two; the message names the cells."""


@dataclass(frozen=True)
class RfmMaps:
    """``segments``: (r, f) -> name for all 25 cells; ``high_low``: three digits (R, F, M) -> name."""

    segments: Mapping[tuple[int, int], str]
    high_low: Mapping[str, str]
    titles: Mapping[str, str]


def load_maps(config: Path | None = None) -> RfmMaps:
    """Read both maps and prove them: the merchant's ``config/rfm_maps.yaml`` where it exists, else the shipped ones.

    Raises :class:`RfmMapError` naming every clashing, missing and impossible cell.
    """
    source = DEFAULT_MAPS
    if config is not None and (config / MERCHANT_FILE).exists():
        source = config / MERCHANT_FILE
    try:
        values = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RfmMapError(f"{source} cannot be read as YAML: {error}") from error
    return parse_maps(values, str(source))


def parse_maps(values: Any, source: str = "the RFM map") -> RfmMaps:
    """Prove the content of a map file (``segments`` and ``high_low``) total and exclusive."""
    if not isinstance(values, dict) or set(values) != {"segments", "high_low"}:
        raise RfmMapError(f"{source} must have exactly the keys segments and high_low.")
    segments, high_low = values["segments"], values["high_low"]
    if not isinstance(segments, dict) or not isinstance(high_low, dict):
        raise RfmMapError(f"{source}: segments and high_low must map names to cells.")
    unusable = [str(name) for name in (*segments, *high_low) if not _is_name(name)]
    if unusable:
        raise RfmMapError(
            f"{source}: {', '.join(unusable)} cannot be the name of a segment. Use letters, digits, _, - and spaces; "
            f"{NO_ORDERS} is taken."
        )
    cells = [
        (cell, name) for name, entry in segments.items() for cell in _cells(name, entry, source)
    ]
    every_cell: list[tuple[int, int]] = list(product(SCORES, SCORES))
    named = _prove(cells, every_cell, lambda cell: f"R{cell[0]}F{cell[1]}", f"{source}, segments")
    codes: list[tuple[str, str]] = []
    for name, listed in high_low.items():
        if not isinstance(listed, list) or not all(isinstance(code, str) for code in listed):
            raise RfmMapError(
                f'{source}, high_low: {name} must be a list of quoted codes such as ["111"].'
            )
        codes += [(code, str(name)) for code in listed]
    every_code = ["".join(digits) for digits in product("01", repeat=3)]
    proved = _prove(codes, every_code, str, f"{source}, high_low")
    titles = {str(name): str(entry.get("title", name)) for name, entry in segments.items()}
    return RfmMaps(segments=named, high_low=proved, titles=titles)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and NAME.fullmatch(name) is not None and name != NO_ORDERS


def _cells(name: str, entry: Any, source: str) -> Iterable[tuple[int, int]]:
    blocks = entry.get("blocks") if isinstance(entry, dict) else None
    if not isinstance(blocks, list) or not all(
        isinstance(block, dict)
        and set(block) == {"r", "f"}
        and all(isinstance(block[key], list) for key in "rf")
        for block in blocks
    ):
        raise RfmMapError(
            f"{source}, segments: {name} needs blocks, a list such as [{{r: [5], f: [4, 5]}}]."
        )
    return [cell for block in blocks for cell in product(block["r"], block["f"])]


def _prove(
    pairs: list[tuple[Cell, str]], every: Sequence[Cell], show: Callable[[Cell], str], where: str
) -> dict[Cell, str]:
    names: dict[Cell, list[str]] = {}
    for cell, name in pairs:
        names.setdefault(cell, []).append(name)
    known = set(every)
    unknown = sorted(str(cell) for cell in names if cell not in known)
    missing = [show(cell) for cell in every if cell not in names]
    clashing = [
        f"{show(cell)} ({', '.join(names[cell])})" for cell in every if len(names.get(cell, [])) > 1
    ]
    problems = [
        f"{title}: {', '.join(cells)}"
        for title, cells in (
            ("cells with more than one name", clashing),
            ("cells without a name", missing),
            ("cells that do not exist", unknown),
        )
        if cells
    ]
    if problems:
        raise RfmMapError(f"{where}: {'; '.join(problems)}. Give every cell exactly one name.")
    return {cell: listed[0] for cell, listed in names.items()}
