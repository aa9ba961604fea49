"""One sample merchant and one published run, shared by the pipeline tests of a worker."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from orchestration.build import build_defs
from orchestration.resources.deployment import load_deployment
from orchestration.run import Outcome, run_daily
from orchestration.sample import write_sample
from orchestration.settings import SAMPLE_SALT, Settings, load_settings

PEOPLE, DAYS, END, SEED = 1500, 120, dt.date(2026, 11, 20), 11


@dataclass(frozen=True)
class Merchant:
    """A deployment of its own under one folder."""

    root: Path

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DOUBLELOOP_HOME": str(self.root / "home"),
            "DOUBLELOOP_LANDING": str(self.landing),
            "DOUBLELOOP_ID_SALT": SAMPLE_SALT,
            "DOUBLELOOP_CONFIG": str(self.config),
        }

    @property
    def config(self) -> Path:
        folder = self.root / "config"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def settings(self) -> Settings:
        return load_settings(self.environment)

    @property
    def published(self) -> Path:
        return self.settings.published / "doubleloop.duckdb"

    def run(self, as_of: dt.date = END) -> Outcome:
        return run_daily(self.settings, as_of, defs=build_defs(load_deployment(self.environment)))

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def table_prints(self, but: tuple[str, ...] = ("publications", "quality_results")) -> Mapping[str, tuple]:
        """Rows and order-free hash of every published table."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
            return {
                name: connection.execute(f'select count(*), bit_xor(hash(t)) from "{name}" as t').fetchone() or ()
                for name in sorted(names)
                if name not in but
            }


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's folder: landing and truth. Tests copy the landing folder, never change it."""
    out = tmp_path_factory.mktemp("sample")
    write_sample(out, PEOPLE, DAYS, END, SEED)
    return out


@pytest.fixture(scope="session")
def published(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Merchant:
    """A merchant whose first run has published."""
    merchant = Merchant(tmp_path_factory.mktemp("merchant"))
    shutil.copytree(sample / "landing", merchant.landing)
    outcome = merchant.run()
    assert outcome.state == "published", outcome.summary
    return merchant


@pytest.fixture
def copied(published: Merchant, tmp_path: Path) -> Merchant:
    """A copy of the published merchant that a test may change."""
    shutil.copytree(published.root, tmp_path / "merchant")
    return Merchant(tmp_path / "merchant")
