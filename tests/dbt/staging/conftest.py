"""One build of the account-grain models, and one staged season, for all tests of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.sample import write_sample
from orchestration.settings import Settings
from tests.dbt.staging.compiled_models import CompiledModels
from tests.dbt.staging.season import END, WANTED, Season, Tables, tables
from tests.dbt.staging.staging_data import AS_OF, FIRST
from tests.dbt.staging.staging_warehouse import build, make_settings, reading, write_raw

Query = Callable[[str], list[tuple[object, ...]]]


def waiting(ask: Query, export: str, row: int) -> list[tuple[object, ...]]:
    """What quarantine says of a row: column, reason and whether it says how to mend it."""
    return ask(f"""
        select column_name, reason, mend is not null from staging.quarantine
        where source_export = '{export}' and row_number = {row}
    """)


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt writes what it compiled, and its results."""
    return tmp_path_factory.mktemp("dbt-target")


@pytest.fixture(scope="session")
def first_build(
    tmp_path_factory: pytest.TempPathFactory, target: Path
) -> tuple[Settings, CompiledModels]:
    """A warehouse in which the first files were built, with all data and unit tests of the models; and their SQL."""
    settings = make_settings(tmp_path_factory.mktemp("staging"))
    write_raw(settings, AS_OF, FIRST, FIRST)
    build(settings, AS_OF, target)
    return settings, CompiledModels.of_last_build(settings, target, *WANTED)


@pytest.fixture(scope="session")
def built(first_build: tuple[Settings, CompiledModels]) -> Settings:
    """The warehouse of the first build. Tests copy it, never change it."""
    return first_build[0]


@pytest.fixture(scope="session")
def compiled(first_build: tuple[Settings, CompiledModels]) -> CompiledModels:
    """The models of the first build as SQL, to be built in memory over real raw files."""
    return first_build[1]


@pytest.fixture(scope="session")
def ask(built: Settings) -> Iterator[Query]:
    """The rows of a query on the first build; all questions share one connection."""
    with reading(built, AS_OF) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def season_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The landing folder of a small season. Tests copy it, never change it."""
    out = tmp_path_factory.mktemp("sample")
    write_sample(out, 60, 12, END, 5)
    return out / "landing"


@pytest.fixture(scope="session")
def season_built(
    season_files: Path, compiled: CompiledModels, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Tables]]:
    """The season landed at once and staged: a warehouse in memory, and its tables as first built."""
    season = Season(tmp_path_factory.mktemp("season"))
    shutil.copytree(season_files, season.landing, dirs_exist_ok=True)
    season.ingest()
    with compiled.built(season.raw, season.ledger, END) as connection:
        yield connection, tables(connection)
