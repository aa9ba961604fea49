"""What identity remembers from run to run, and how it survives being killed while it is written.

A state folder holds numbered versions. A version is written whole under a name of its own, brought
to disk, and takes its number by one rename; only then the older ones go. Whoever reads finds the
newest complete version: the old or the new, never a mix.
"""

# pyarrow ships no types; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.core.identity.corrections import Corrections
from orchestration.core.identity.graph import Codes, Graph
from orchestration.core.identity.keys import Flags, Ids
from orchestration.core.identity.ledger import History, Register
from orchestration.core.identity.rules import RuleCodes

_FORMAT = 1
_VERSION = re.compile(r"version-(\d{8})")


class IdentityStateError(RuntimeError):
    """The stored state cannot be read; the message says which folder and how to mend."""


@dataclass(frozen=True)
class Assignment:
    """What the last run decided, beside the accounts and edges of the graph.

    By account: component, its smallest account; base, the id that data and rules alone give; home,
    the last id it had before a merge; published, the id after corrections; spare, the last id that
    only a correction made for it. By edge: rule (without corrections) and whether a correction
    cuts it.
    """

    component: Codes
    base: Ids
    home: Ids
    published: Ids
    spare: Ids
    rule: RuleCodes
    is_cut: Flags


@dataclass(frozen=True)
class IdentityState:
    """Everything the next run needs: graph, decisions, ids, their history, corrections and rules."""

    graph: Graph
    assignment: Assignment
    register: Register
    history: History
    corrections: Corrections
    rules: str
    on_date: date


_Table = Mapping[str, npt.NDArray[Any]]


def save_state(path: Path, state: IdentityState) -> None:
    """Write the state as the newest version in the folder ``path``, whole or not at all."""
    path.mkdir(parents=True, exist_ok=True)
    newest = _versions(path)
    number = newest[-1][0] + 1 if newest else 1
    target = path / f"version-{number:08d}"
    draft = path / f"writing-{number:08d}"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir()
    for name, table in _tables(state).items():
        _write(draft / f"{name}.parquet", table)
    meta = {
        "format": _FORMAT,
        "platforms": state.graph.platforms,
        "types": state.graph.types,
        "rules": state.rules,
        "on_date": state.on_date.isoformat(),
    }
    with (draft / "meta.json").open("w", encoding="utf-8") as file:
        json.dump(meta, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    _sync(draft)
    draft.rename(target)
    _sync(path)
    for entry in path.iterdir():
        if entry != target and (
            _VERSION.fullmatch(entry.name) or entry.name.startswith("writing-")
        ):
            shutil.rmtree(entry)


def load_state(path: Path) -> IdentityState | None:
    """The newest complete version in the folder ``path``; None when there is none yet.

    Raises :class:`IdentityStateError` for a version that cannot be read: going on without it would
    give everybody a new id.
    """
    versions = _versions(path) if path.exists() else []
    if not versions:
        return None
    folder = versions[-1][1]
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        if meta["format"] != _FORMAT:
            raise IdentityStateError(
                f"{folder} has format {meta['format']}; this program reads {_FORMAT}."
            )
        tables = {name: _read(folder / f"{name}.parquet") for name in _TABLES}
        return IdentityState(
            graph=Graph(
                platforms=tuple(meta["platforms"]),
                types=tuple(meta["types"]),
                **_of(Graph, tables["accounts"], tables["identifiers"], tables["edges"]),
            ),
            assignment=Assignment(**_of(Assignment, tables["accounts"], tables["edges"])),
            register=Register(**tables["register"]),
            history=History(**tables["history"]),
            corrections=Corrections(**tables["corrections"]),
            rules=meta["rules"],
            on_date=date.fromisoformat(meta["on_date"]),
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise IdentityStateError(
            f"{folder} cannot be read ({error}). Put it back from a copy, or remove the folder to "
            "start anew: people whose smallest account is unchanged get their first id again."
        ) from error


_TABLES = ("accounts", "identifiers", "edges", "register", "history", "corrections")


def _tables(state: IdentityState) -> dict[str, _Table]:
    graph, assignment = state.graph, state.assignment
    return {
        "accounts": {
            "account_key": graph.account_key,
            "account_platform": graph.account_platform,
            "component": assignment.component,
            "base": assignment.base,
            "home": assignment.home,
            "published": assignment.published,
            "spare": assignment.spare,
        },
        "identifiers": {
            "identifier_type": graph.identifier_type,
            "identifier_key": graph.identifier_key,
        },
        "edges": {
            "edge_account": graph.edge_account,
            "edge_identifier": graph.edge_identifier,
            "edge_first": graph.edge_first,
            "rule": assignment.rule,
            "is_cut": assignment.is_cut,
        },
        "register": _columns(state.register),
        "history": _columns(state.history),
        "corrections": _columns(state.corrections),
    }


def _columns(table: Register | History | Corrections) -> dict[str, npt.NDArray[Any]]:
    return {field.name: getattr(table, field.name) for field in fields(table)}


def _of(kind: type[Graph] | type[Assignment], *tables: _Table) -> dict[str, Any]:
    """The columns that are fields of ``kind``."""
    names = {field.name for field in fields(kind)}
    return {name: column for table in tables for name, column in table.items() if name in names}


def _write(path: Path, table: _Table) -> None:
    arrays = {
        name: pa.array(column.tolist(), type=pa.binary()) if column.dtype.kind == "S" else column
        for name, column in table.items()
    }
    rows = pa.table(arrays)
    # Nothing is null, and keys are random bits: neither levels nor compression earn their cost.
    rows = rows.cast(pa.schema([column.with_nullable(False) for column in rows.schema]))
    with path.open("wb") as file:
        pq.write_table(rows, file, compression="none", use_dictionary=False)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> dict[str, npt.NDArray[Any]]:
    table = pq.read_table(path)
    return {
        name: np.array(table[name].to_pylist(), dtype=np.bytes_)
        if pa.types.is_binary(table.schema.field(name).type)
        else table[name].to_numpy()
        for name in table.column_names
    }


def _versions(path: Path) -> list[tuple[int, Path]]:
    matches = [(_VERSION.fullmatch(entry.name), entry) for entry in path.iterdir()]
    return sorted((int(match.group(1)), entry) for match, entry in matches if match)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
