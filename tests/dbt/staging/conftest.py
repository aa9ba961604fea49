"""One build of the account-grain models for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.settings import Settings
from tests.dbt.staging.compiled_models import CompiledModels
from tests.dbt.staging.season import WANTED
from tests.dbt.staging.staging_data import AS_OF, FIRST
from tests.dbt.staging.staging_warehouse import build, make_settings, write_raw

Query = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One dbt target folder for all runs, so that only the first parses."""
    return tmp_path_factory.mktemp("dbt-target")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, target: Path) -> Settings:
    """A warehouse in which the first files were built, with all data and unit tests of the models."""
    settings = make_settings(tmp_path_factory.mktemp("staging"))
    write_raw(settings, AS_OF, FIRST, FIRST)
    build(settings, AS_OF, target)
    return settings


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory, target: Path) -> CompiledModels:
    """The staging models as SQL, to be built in memory over real raw files."""
    return CompiledModels.compile(tmp_path_factory.mktemp("compiled"), target, AS_OF, *WANTED)
