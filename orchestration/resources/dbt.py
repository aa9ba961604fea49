"""The dbt project as Dagster sees it: the manifest, the command line, the environment of a run."""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dagster_dbt import DbtCliResource, DbtProject
from packaging import version

from orchestration.settings import Settings
from orchestration.warehouse.session import PARSED_PROJECT, child_environment

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
TARGET = PROJECT / "target"
_SOURCES = ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests")
_KEPT_RUN_TARGETS = 3
# Not dbt's own name: any dbt that somebody starts by hand, perhaps with another target, replaces that.
_PARSED = TARGET / "parsed.msgpack"
_DBTS_PARSED = "partial_parse.msgpack"
_PARSERS = ("dbt-core", "dbt-duckdb")


class DbtParseError(RuntimeError):
    """dbt could not read the project; the message is dbt's own."""


class _Dbt(DbtCliResource):
    """The command line alone: an adapter in this process would only be for row counts and column metadata,
    costs seconds at each start, and its connection stays open (the next step could not write).
    """

    @functools.cached_property
    def _cli_version(self) -> version.Version:
        """Of the installed package, which is what is started: asking dbt itself costs three seconds."""
        return version.parse(importlib.metadata.version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ARG002 - the base class asks for it
        return None


def dbt_project() -> DbtProject:
    """The project, for ``@dbt_assets``."""
    return DbtProject(project_dir=PROJECT, profiles_dir=PROJECT, target_path=TARGET)


def dbt_resource() -> DbtCliResource:
    """The dbt of this very environment, never another one on the PATH, with the project already parsed."""
    return _Dbt(
        project_dir=str(PROJECT),
        profiles_dir=str(PROJECT),
        dbt_executable=sys.executable,
        global_config_flags=[
            *("-m", "orchestration.resources.dbt_command"),
            *("--no-use-colors", "--log-format-file", "text"),
        ],
    )


def ensure_manifest(settings: Settings) -> Path:
    """The manifest of the project as it is now; parses (5 to 7 seconds) only when a source file changed."""
    manifest, stamp = TARGET / "manifest.json", TARGET / "manifest.sources"
    made_of = "\n".join([project_fingerprint(), *map(importlib.metadata.version, _PARSERS)])
    whole = manifest.exists() and _PARSED.exists() and stamp.exists()
    if whole and stamp.read_text(encoding="ascii") == made_of:
        return manifest
    TARGET.mkdir(exist_ok=True)
    # In a folder of its own: another process may be reading the files now, or parsing as well.
    with tempfile.TemporaryDirectory(prefix="parse.", dir=TARGET) as made:
        if _PARSED.exists():
            shutil.copyfile(_PARSED, Path(made) / _DBTS_PARSED)
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("dbt")), "parse", "--quiet",
                "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", made,
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **settings.environment()},
        )  # fmt: skip
        if done.returncode != 0:
            raise DbtParseError(f"dbt cannot read {PROJECT}:\n{done.stdout}{done.stderr}")
        (Path(made) / _DBTS_PARSED).replace(_PARSED)
        (Path(made) / manifest.name).replace(manifest)
        new_stamp = Path(made) / stamp.name
        new_stamp.write_text(made_of, encoding="ascii")
        new_stamp.replace(stamp)
    return manifest


def project_fingerprint() -> str:
    """Digest of all sources of the project: when it changes, every model is made again."""
    return _digest(_SOURCES)


def incremental_fingerprint() -> str:
    """Digest of everything the incremental models are made of: when it changes they are built anew.

    Staging, account facts, macros and seeds as a whole: a changed cast or channel mapping changes
    days that were built long ago.
    """
    return _digest(
        ("models/staging", "models/facts/account", "macros", "seeds"), suffixes=(".sql", ".csv")
    )


@contextlib.contextmanager
def dbt_environment(settings: Settings, as_of: dt.date) -> Iterator[None]:
    """The process environment with this run's settings and date, for the dbt child that inherits it."""
    wanted = {
        **child_environment(settings, as_of),
        "DO_NOT_TRACK": "1",
        PARSED_PROJECT: str(_PARSED),
    }
    before = {key: os.environ.get(key) for key in wanted}
    os.environ.update(wanted)
    settings.temporary.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value


def remove_old_targets() -> None:
    """dagster-dbt leaves a target folder of more than a megabyte per run; keep the newest few."""
    runs = sorted(
        (folder for folder in TARGET.glob("*-*") if folder.is_dir()),
        key=lambda folder: folder.stat().st_mtime,
        reverse=True,
    )
    for folder in runs[_KEPT_RUN_TARGETS:]:
        shutil.rmtree(folder, ignore_errors=True)


def _digest(sources: Sequence[str], suffixes: tuple[str, ...] = ()) -> str:
    digest = hashlib.sha256()
    for source in sources:
        path = PROJECT / source
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and (not suffixes or file.suffix in suffixes):
                digest.update(str(file.relative_to(PROJECT)).encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
