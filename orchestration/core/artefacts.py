"""Fitted models as artefacts: one folder per version, readable without the code that made it.

A version holds ``model.json`` (name, training date, fingerprint of the data, recipe, parameters,
metrics) and ``arrays.npz`` where parameters are arrays. Nothing is pickled: a file can be read,
compared and trusted, and one that was changed is noticed by the digest in its name. How a model
becomes parameters and arrays is in :mod:`orchestration.core.portable`.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import shutil
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.core.frames import Floats
from orchestration.core.portable import Arrays, PortableError, pack, unpack

FORMAT = 2
POINTER = ".current"
# What the numbers of a fit depend on beside our own code.
LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas")
SHARED = tuple(
    f"orchestration.core.{name}" for name in ("frames", "metrics", "portable", "threads")
)
Fitted = TypeVar("Fitted")


class ArtefactError(ValueError):
    """A stored model is damaged or of another kind; the message names the folder."""


@dataclass(frozen=True)
class Artefact:
    """A fitted model: what it is, what it learned from and how, what it learned, how good it was.

    ``fingerprint`` is that of the data, ``recipe`` that of configuration and code
    (:func:`recipe_of`). The same data, recipe and date give the same model.
    """

    name: str
    trained_on: date
    fingerprint: str
    recipe: str
    parameters: Mapping[str, Any]
    metrics: Mapping[str, float]
    arrays: Arrays = dataclasses.field(default_factory=dict)

    @property
    def version(self) -> str:
        """``2026-11-11-1a2b3c4d``: training date and a digest of everything it was made of."""
        content = json.dumps(
            [self.fingerprint, self.recipe, _plain(self.parameters)], sort_keys=True
        )
        digest = hashlib.sha256(content.encode())
        for key in sorted(self.arrays):
            digest.update(key.encode() + np.ascontiguousarray(self.arrays[key]).tobytes())
        return f"{self.trained_on.isoformat()}-{digest.hexdigest()[:8]}"


@dataclass(frozen=True)
class ModelStore:
    """All versions of all models under one folder; the newest ``keep`` dates of each stay."""

    folder: Path
    keep: int

    def fit_once(
        self,
        name: str,
        on: date,
        made_of: tuple[str, str],
        kinds: Sequence[type],
        fit: Callable[[], Fitted],
        metrics: Callable[[Fitted], Mapping[str, float]],
    ) -> tuple[Fitted, Artefact]:
        """The stored model of this date, data and recipe (``made_of``); else what ``fit`` makes, stored.

        ``kinds``: the dataclasses that the model is made of. ``metrics``: how good it is, to be
        stored beside it.
        """
        found = self.fitted(name, on, *made_of)
        if found is not None:
            # Parts that are not known any more: fitted again, like a damaged one.
            with contextlib.suppress(PortableError):
                return cast(Fitted, unpack(found.parameters, found.arrays, kinds)), found
        model = fit()
        parameters, arrays = pack(model)
        artefact = Artefact(name, on, *made_of, parameters, metrics(model), arrays)
        self.store(artefact)
        return model, artefact

    def fitted(self, name: str, on: date, fingerprint: str, recipe: str) -> Artefact | None:
        """The model that was trained on ``on`` from this data by this recipe, if it is stored.

        So an old date is scored with its own model, and a run that is repeated fits nothing. A
        damaged version counts as absent: it is fitted again and replaced.
        """
        for version in reversed(self.versions(name)):
            if version.startswith(on.isoformat()):
                try:
                    found = read(self.folder / name / version)
                except ArtefactError:
                    continue
                if found.fingerprint == fingerprint and found.recipe == recipe:
                    return found
        return None

    def before(self, name: str, on: date) -> Artefact | None:
        """The newest model of an earlier date: the champion that the model of ``on`` must beat.

        Of two models of one date the one stored last. Raises :class:`ArtefactError` where it
        cannot be read.
        """
        earlier = [version for version in self.versions(name) if version[:10] < on.isoformat()]
        if not earlier:
            return None
        parent = self.folder / name
        pointer = parent / f"{earlier[-1][:10]}{POINTER}"
        newest = pointer.read_text(encoding="utf-8").strip() if pointer.is_file() else ""
        return read(parent / (newest if newest in earlier else earlier[-1]))

    def store(self, artefact: Artefact) -> Path:
        """Write ``folder/<name>/<version>``; the same artefact twice is one version. Returns its folder.

        Written whole beside its place and renamed, so that a reader never sees half of it. Versions
        of the oldest dates beyond ``keep`` are removed, never the one just stored.
        """
        target = self.folder / artefact.name / artefact.version
        if not _is_whole(target):
            shutil.rmtree(target, ignore_errors=True)
            _write(artefact, target)
        pointer = target.with_name(f"{artefact.trained_on.isoformat()}{POINTER}")
        unfinished = pointer.with_name(f".{pointer.name}.unfinished")
        unfinished.write_text(target.name + "\n", encoding="utf-8")
        unfinished.replace(pointer)
        self._forget(artefact)
        return target

    def versions(self, name: str) -> list[str]:
        """Stored versions of ``name``, oldest training date first."""
        parent = self.folder / name
        if not parent.is_dir():
            return []
        return sorted(
            entry.name
            for entry in parent.iterdir()
            if (entry / "model.json").is_file() and entry.name[0] != "."
        )

    def _forget(self, stored: Artefact) -> None:
        dates = sorted({version[:10] for version in self.versions(stored.name)})
        old = set(dates[: -self.keep]) - {stored.trained_on.isoformat()}
        for entry in (self.folder / stored.name).iterdir():
            if entry.name[:10] in old:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def fingerprint(frame: pd.DataFrame) -> str:
    """Digest of a frame's columns and values, independent of the order of its rows and columns."""
    columns = sorted(map(str, frame.columns))
    digest = hashlib.sha256(json.dumps([columns, len(frame)]).encode())
    hashes = pd.util.hash_pandas_object(frame[columns], index=False).to_numpy(dtype=np.uint64)
    # Sum and xor of the rows' hashes know every row and no order; both wrap within 64 bits.
    digest.update(
        np.array([hashes.sum(), np.bitwise_xor.reduce(hashes)], dtype=np.uint64).tobytes()
    )
    return digest.hexdigest()[:32]


def array_fingerprint(values: NDArray[Any], names: Sequence[str]) -> str:
    """Digest of a feature matrix and its column names; rows must already be in one_id order."""
    digest = hashlib.sha256(json.dumps([list(names), values.shape, str(values.dtype)]).encode())
    digest.update(np.ascontiguousarray(values).data)
    return digest.hexdigest()[:32]


def recipe_of(configuration: Any, *packages: str) -> str:
    """Digest of how a model is made: its configuration, our code of it, the libraries' versions.

    ``configuration``: anything that can be written as JSON. ``packages``: names such as
    ``orchestration.core.value``. A changed line in one of them, or in what the cores share, is
    another recipe: a model of yesterday's code is not used with today's features.
    """
    digest = hashlib.sha256(json.dumps(configuration, sort_keys=True, default=str).encode())
    for package in (*packages, *SHARED):
        digest.update(_source_digest(package))
    for library in LIBRARIES:
        digest.update(f"{library}=={importlib.metadata.version(library)}".encode())
    return digest.hexdigest()[:16]


@functools.cache
def _source_digest(package: str) -> bytes:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"No module {package} to make a recipe of.")
    origin = Path(found.origin)
    digest = hashlib.sha256()
    for file in sorted(origin.parent.rglob("*.py")) if origin.stem == "__init__" else [origin]:
        digest.update(file.name.encode() + file.read_bytes())
    return digest.digest()


def read(folder: Path) -> Artefact:
    """Read one version and check that its content still has the digest in its name."""
    mend = "Delete the folder; the next run fits it again."
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
            recipe=content["recipe"],
            parameters=content["parameters"],
            metrics=content["metrics"],
            arrays=arrays,
        )
        is_same = content["format"] == FORMAT and artefact.version == folder.name
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise ArtefactError(f"The model in {folder} cannot be read ({error}). {mend}") from error
    if not is_same:
        raise ArtefactError(f"The model in {folder} was changed after it was stored. {mend}")
    return artefact


def _is_whole(folder: Path) -> bool:
    try:
        read(folder)
    except ArtefactError:
        return False
    return True


def _write(artefact: Artefact, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    content = {
        "format": FORMAT,
        "name": artefact.name,
        "version": artefact.version,
        "trained_on": artefact.trained_on.isoformat(),
        "fingerprint": artefact.fingerprint,
        "recipe": artefact.recipe,
        "parameters": _plain(artefact.parameters),
        "metrics": {name: float(value) for name, value in artefact.metrics.items()},
        "arrays": sorted(artefact.arrays),
    }
    (unfinished / "model.json").write_text(
        json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    if artefact.arrays:
        np.savez_compressed(
            unfinished / "arrays.npz",
            allow_pickle=False,
            **cast(dict[str, Any], dict(artefact.arrays)),
        )
    unfinished.rename(target)


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
