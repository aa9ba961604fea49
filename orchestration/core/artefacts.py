"""Fitted models as artefacts: one folder per version, readable without the code that made it.

A version holds ``model.json`` (name, training date, data fingerprint, parameters, metrics) and
``arrays.npz`` where parameters are arrays. Nothing is pickled: a file of ours can be read, compared
and trusted. Models that cannot be written as numbers are fitted again from the same data, which the
fingerprint proves; fits are deterministic.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.core.frames import Floats

FORMAT = 1
POINTER = ".current"
Arrays = Mapping[str, NDArray[Any]]


class ArtefactError(ValueError):
    """A stored model is missing, damaged or of another kind; the message names the folder."""


@dataclass(frozen=True)
class Artefact:
    """A fitted model: what it is, what it learned from, what it learned, how good it was."""

    name: str
    trained_on: date
    fingerprint: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    arrays: Arrays = dataclasses.field(default_factory=dict)

    @property
    def version(self) -> str:
        """``2026-11-11-1a2b3c4d``: training date and a digest of data and parameters."""
        content = json.dumps([self.fingerprint, _plain(self.parameters)], sort_keys=True)
        digest = hashlib.sha256(content.encode())
        for key in sorted(self.arrays):
            digest.update(key.encode() + np.ascontiguousarray(self.arrays[key]).tobytes())
        return f"{self.trained_on.isoformat()}-{digest.hexdigest()[:8]}"


def fingerprint(frame: pd.DataFrame, key: str = "one_id") -> str:
    """Digest of a frame's columns and values, independent of the order of its rows and columns."""
    columns = sorted(map(str, frame.columns))
    ordered = frame[columns].sort_values(
        [key, *[name for name in columns if name != key]], kind="stable"
    )
    digest = hashlib.sha256(json.dumps(columns).encode())
    digest.update(pd.util.hash_pandas_object(ordered, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:32]


def array_fingerprint(values: NDArray[Any], names: Sequence[str]) -> str:
    """Digest of a feature matrix and its column names; rows must already be in one_id order."""
    digest = hashlib.sha256(json.dumps([list(names), values.shape, str(values.dtype)]).encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:32]


def store(artefact: Artefact, folder: Path) -> Path:
    """Write ``folder/<name>/<version>``; the same artefact twice is one version. Returns its folder.

    Written whole beside its place and renamed, so that a reader never sees half of it.
    """
    target = folder / artefact.name / artefact.version
    if target.exists():
        _point(target, artefact.trained_on)
        return target
    unfinished = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    content = {
        "format": FORMAT,
        "name": artefact.name,
        "version": artefact.version,
        "trained_on": artefact.trained_on.isoformat(),
        "fingerprint": artefact.fingerprint,
        "parameters": _plain(artefact.parameters),
        "metrics": {name: float(value) for name, value in artefact.metrics.items()},
        "arrays": sorted(artefact.arrays),
    }
    (unfinished / "model.json").write_text(
        json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    if artefact.arrays:
        np.savez(
            unfinished / "arrays.npz",
            allow_pickle=False,
            **cast(dict[str, Any], dict(artefact.arrays)),
        )
    unfinished.rename(target)
    _point(target, artefact.trained_on)
    return target


def _point(target: Path, trained_on: date) -> None:
    pointer = target.with_name(f"{trained_on.isoformat()}{POINTER}")
    unfinished = pointer.with_name(f".{pointer.name}.unfinished")
    unfinished.write_text(target.name + "\n", encoding="utf-8")
    unfinished.replace(pointer)


def load(folder: Path, name: str, on: date) -> Artefact:
    """The newest model ``name`` trained on or before ``on``, so that an old date finds its old model.

    Raises :class:`ArtefactError` where there is none or it cannot be read.
    """
    found = sorted(version for version in versions(folder, name) if version[:10] <= on.isoformat())
    if not found:
        known = ", ".join(versions(folder, name)) or "none"
        raise ArtefactError(
            f"No model {name} trained by {on.isoformat()} in {folder}. Versions there: {known}."
        )
    # Trained twice on one day (late data): the one stored last counts, as the pointer says.
    pointer = folder / name / f"{found[-1][:10]}{POINTER}"
    newest = pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else found[-1]
    return read(folder / name / newest)


def versions(folder: Path, name: str) -> list[str]:
    """Stored versions of ``name``, oldest training date first."""
    parent = folder / name
    if not parent.is_dir():
        return []
    return sorted(
        entry.name
        for entry in parent.iterdir()
        if (entry / "model.json").is_file() and entry.name[0] != "."
    )


def read(folder: Path) -> Artefact:
    """Read one version and check that its content still has the digest in its name."""
    try:
        content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        arrays: dict[str, NDArray[Any]] = {}
        if content["arrays"]:
            with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
                arrays = {key: stored[key] for key in content["arrays"]}
        artefact = Artefact(
            name=content["name"],
            trained_on=date.fromisoformat(content["trained_on"]),
            fingerprint=content["fingerprint"],
            parameters=content["parameters"],
            metrics=content["metrics"],
            arrays=arrays,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactError(
            f"The model in {folder} cannot be read ({error}). Delete the folder; the next run fits it again."
        ) from error
    if content.get("format") != FORMAT or artefact.version != content.get("version"):
        raise ArtefactError(
            f"The model in {folder} was changed after it was stored. Delete the folder; the next run fits it again."
        )
    return artefact


def parameters_of(model: Any) -> dict[str, Any]:
    """A frozen dataclass (nested ones too) as plain parameters for :class:`Artefact`."""
    return cast(dict[str, Any], _plain(dataclasses.asdict(model)))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in cast(Floats, value).tolist()]
    if isinstance(value, np.generic):
        return value.item()
    return value
