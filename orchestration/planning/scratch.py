"""A copy of a deployment's working state that a dry run may spoil."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from orchestration.landing.contract_files import contract_id, own_contract_files
from orchestration.settings import Settings


@contextlib.contextmanager
def scratch_home(settings: Settings, config: Path | None) -> Iterator[Settings]:
    """Settings of a HOME of its own with the same raw files, state and warehouse; gone afterwards.

    Raw Parquet is linked, not copied (it never changes under its name); warehouse and vault are
    copied, so the disk needs room for them once more. ``config`` takes the place of CONFIG.
    """
    settings.temporary.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="plan-", dir=settings.temporary))
    try:
        _link_tree(settings.raw, home / "raw")
        for file in (settings.warehouse, settings.vault):
            if file.exists():
                shutil.copyfile(file, home / file.name)
        if settings.state.is_dir():
            shutil.copytree(
                settings.state,
                home / "state",
                ignore=shutil.ignore_patterns(f"{settings.ledger.name}*"),
            )
        (home / "state").mkdir(exist_ok=True)
        if settings.ledger.exists():
            _copy_database(settings.ledger, home / "state" / settings.ledger.name)
        yield replace(settings, home=home, published=home / "published", config=config)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def config_with_contract(config: Path | None, contract: Path) -> Iterator[Path]:
    """A copy of the CONFIG folder in which ``contract`` takes the place of the one with its id."""
    with tempfile.TemporaryDirectory(prefix="plan-config-") as folder:
        copy = Path(folder) / "config"
        if config is not None and config.is_dir():
            shutil.copytree(config, copy)
        contracts = copy / "contracts"
        contracts.mkdir(parents=True, exist_ok=True)
        wanted = contract_id(contract)
        for file in own_contract_files(copy):
            if contract_id(file) == wanted:
                file.unlink()
        # Last by name: it may extend what the others say.
        shutil.copyfile(contract, contracts / "~planned.yaml")
        yield copy


def _link_tree(source: Path, target: Path) -> None:
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inner = target / Path(folder).relative_to(source)
        inner.mkdir(parents=True, exist_ok=True)
        for name in names:
            os.link(Path(folder, name), inner / name)


def _copy_database(source: Path, target: Path) -> None:
    """Through SQLite itself: a plain copy would miss what is only in its log yet."""
    with (
        contextlib.closing(sqlite3.connect(source)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
