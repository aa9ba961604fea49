"""What identity remembers from run to run, and how it survives being killed while it is written.

A state folder holds numbered versions and proposals. A run proposes; what it proposed becomes the
next version, by one rename, when what was made of it is published. A run that the gate refuses
therefore leaves no trace: the next one starts from what was published last. Everything is written
whole under a name of its own and brought to disk before it is renamed; only then the older ones go.
Whoever reads finds the newest complete version: the old or the new, never a mix.
"""

# pyarrow ships no types; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc as ipc

from orchestration.core.identity.corrections import Corrections
from orchestration.core.identity.graph import Codes, Graph
from orchestration.core.identity.keys import Flags, Ids
from orchestration.core.identity.ledger import History, Register
from orchestration.core.identity.rules import RuleCodes

_FORMAT = 2
_VERSION = re.compile(r"version-(\d{8})")
_PROPOSAL = re.compile(r"proposal-(\d{8})-([0-9a-f]{16})")
_DRAFT = "writing"
#: How many proposals stay: of the candidate that waits for the gate, and of the run that works.
_PROPOSALS_KEPT = 2


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


def propose_state(path: Path, state: IdentityState) -> str:
    """Write the state as a proposal into the folder ``path``, whole or not at all.

    Returns its token for :func:`accept_state`: equal states have equal tokens.
    """
    path.mkdir(parents=True, exist_ok=True)
    token = _token(state)
    earlier = _numbered(path, _PROPOSAL)
    number = earlier[-1][0] + 1 if earlier else 1
    draft = path / _DRAFT
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir()
    for name, table in _tables(state).items():
        _write(draft / f"{name}.arrow", table)
    meta = {
        "format": _FORMAT,
        "token": token,
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
    draft.rename(path / f"proposal-{number:08d}-{token}")
    _sync(path)
    for _, entry in earlier[: len(earlier) + 1 - _PROPOSALS_KEPT]:
        shutil.rmtree(entry)
    return token


def accept_state(path: Path, token: str) -> bool:
    """Make the proposal with this token the newest version: what was made of it is published.

    Accepting once more changes nothing. False when no state with this token is known.
    """
    if not token or not path.exists():
        return False
    versions = _numbered(path, _VERSION)
    if versions and _meta(versions[-1][1]).get("token") == token:
        _remove_all(entry for _, entry in versions[:-1])
        return True
    proposals = [entry for _, entry in _numbered(path, _PROPOSAL) if entry.name.endswith(token)]
    if not proposals:
        return False
    number = versions[-1][0] + 1 if versions else 1
    proposals[-1].rename(path / f"version-{number:08d}")
    _sync(path)
    _remove_all(entry for _, entry in versions)
    return True


def load_state(path: Path) -> IdentityState | None:
    """The newest version in the folder ``path``; None when nothing was accepted yet.

    Raises :class:`IdentityStateError` for a version that cannot be read: going on without it would
    give everybody a new id.
    """
    return _load_newest(path, _VERSION)


def load_proposal(path: Path) -> IdentityState | None:
    """The newest proposal in the folder ``path``, read as :func:`load_state` reads a version."""
    return _load_newest(path, _PROPOSAL)


def _load_newest(path: Path, kind: re.Pattern[str]) -> IdentityState | None:
    found = _numbered(path, kind) if path.exists() else []
    if not found:
        return None
    folder = found[-1][1]
    try:
        meta = _meta(folder)
        if meta["format"] != _FORMAT:
            raise IdentityStateError(
                f"{folder} has format {meta['format']}; this program reads {_FORMAT}."
            )
        tables = {name: _read(folder / f"{name}.arrow", _FLAGS) for name in _TABLES}
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


# One byte each: packed bits would have to be unpacked to be read.
_FLAGS = ("is_cut", "is_published", "is_from_correction", "is_same")
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
        name: pa.array(column.tolist(), type=pa.binary())
        if column.dtype.kind == "S"
        else pa.array(column.view(np.uint8) if column.dtype == np.bool_ else column)
        for name, column in table.items()
    }
    rows = pa.table(arrays)
    with path.open("wb") as file:
        with ipc.new_file(file, rows.schema) as writer:
            writer.write_table(rows)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path, flags: Collection[str]) -> dict[str, npt.NDArray[Any]]:
    """Columns as they lie in the file: a page is read when something on it is asked for."""
    with pa.memory_map(str(path)) as source:
        table = ipc.open_file(source).read_all()
    columns: dict[str, npt.NDArray[Any]] = {}
    for name in table.column_names:
        chunks = table[name]
        column = chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()
        if pa.types.is_binary(column.type):
            columns[name] = np.array(column.to_pylist(), dtype=np.bytes_)
        else:
            values = column.to_numpy()
            columns[name] = values.view(np.bool_) if name in flags else values
    return columns


def _token(state: IdentityState) -> str:
    """Of what a run decided: rules, date, ids, and the id and edges of every account."""
    digest = hashlib.blake2b(repr((state.rules, state.on_date, len(state.history.id))).encode())
    decided = (state.graph.account_key, state.assignment.published, state.register.id)
    for column in (*decided, state.assignment.rule, state.graph.edge_account):
        digest.update(f"{column.dtype} {len(column)}".encode())
        digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()[:16]


def _meta(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "meta.json").read_text(encoding="utf-8"))


def _numbered(path: Path, kind: re.Pattern[str]) -> list[tuple[int, Path]]:
    matches = [(kind.fullmatch(entry.name), entry) for entry in path.iterdir()]
    return sorted((int(match.group(1)), entry) for match, entry in matches if match)


def _remove_all(folders: Iterable[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
