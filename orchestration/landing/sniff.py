"""The first look at a file: container, encoding, delimiter, header row, contract.

Belongs here: getting the first rows of each container and handing them to
:mod:`.recognise`. Reading the rest is in the readers.
"""

# pyarrow and calamine have no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownParameterType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.landing.archives import ARCHIVES
from orchestration.landing.container import (
    Digest,
    RejectedFileError,
    bom_length,
    choose_encoding,
    container_of,
)
from orchestration.landing.contract import Contract
from orchestration.landing.json_shape import json_head, json_paths
from orchestration.landing.normalise import normalise_header
from orchestration.landing.reasons import Reason
from orchestration.landing.recognise import (
    best_match,
    match_header,
)
from orchestration.landing.recognised import (
    HEAD_BYTES,
    UNREADABLE_SHARE,
    Recognised,
    Unrecognised,
    demand_required,
    unmatched,
)
from orchestration.landing.sniff_sheets import sniff_sheets
from orchestration.landing.sniff_text import sniff_text
from orchestration.landing.workbook import open_markup, open_workbook


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
        return sniff_sheets(kind, sheets, tables)
    if kind == "parquet":
        return _sniff_parquet(path, every)
    if kind == "json":
        return _sniff_json(path, checked, _accepting(every, "json"))
    return sniff_text(path, checked, tables)


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


def _sniff_parquet(path: Path, contracts: list[Contract]) -> Recognised | Unrecognised:
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error
    header = list(schema.names)
    match = best_match([header], contracts)
    if match is None:
        return unmatched("parquet", None, [header], contracts)
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
    demand_required(header, match.contract)
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
        if not objects and bad_share > UNREADABLE_SHARE:
            raise RejectedFileError(
                Reason.UNREADABLE_ENCODING, f"{bad_share:.0%} of the lines cannot be decoded"
            )
        if not objects:
            raise RejectedFileError(Reason.MALFORMED_JSON, "no object could be read from its start")
        return unmatched("json", codec, [paths], contracts)
    return Recognised(
        match.contract,
        "json",
        paths,
        encoding=codec,
        is_clean=checked.is_utf8,
        layout=layout,
        wrapper=wrapper,
    )
