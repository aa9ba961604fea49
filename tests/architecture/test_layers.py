"""The rules of ARCHITECTURE.md that a reviewer would forget to check."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "orchestration"

FORBIDDEN = {
    "landing": {"dagster", "dagster_dbt", "great_expectations", "dbt"},
    "core": {"dagster", "dagster_dbt", "great_expectations", "dbt", "duckdb", "matplotlib"},
    "modelling": {"dagster", "dagster_dbt", "great_expectations", "dbt"},
    "audiences": {"dagster", "dagster_dbt", "great_expectations", "dbt"},
    "tags": {"dagster", "dagster_dbt", "great_expectations", "dbt", "duckdb"},
    "publishing": {"dagster", "dagster_dbt", "great_expectations", "dbt"},
    "warehouse": {"dagster", "dagster_dbt", "great_expectations"},
    "sample": {"dagster", "dagster_dbt", "great_expectations", "dbt"},
}
# A layer may use those named here and itself; wiring may use all.
MAY_USE = {
    "landing": set(),
    "core": {"configuration"},
    "modelling": {"configuration", "core"},
    "audiences": {"configuration", "core", "modelling", "tags"},
    "tags": {"configuration"},
    "publishing": {"configuration", "settings"},
    "warehouse": {"configuration", "settings"},
    "sample": set(),
}


def imports(path: Path) -> set[str]:
    """Full names of all imported modules, at any depth of the file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def modules(folder: str) -> list[Path]:
    return sorted((PACKAGE / folder).rglob("*.py"))


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_layer_imports_no_engine_it_must_not_know(layer: str) -> None:
    assert modules(layer)
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in modules(layer)
        for name in imports(path)
        if name.split(".")[0] in FORBIDDEN[layer]
    }
    assert not wrong


@pytest.mark.parametrize("layer", MAY_USE)
def test_layers_run_in_one_direction(layer: str) -> None:
    wrong = {
        (str(path.relative_to(ROOT)), name)
        for path in modules(layer)
        for name in imports(path)
        if name.startswith("orchestration.") and name.split(".")[1] not in MAY_USE[layer] | {layer}
    }
    assert not wrong


def test_no_asset_knows_where_the_truth_is() -> None:
    """Only the sample writes OUT/truth, and the command that makes it looks whether it is there."""
    readers = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if any(
            words in path.read_text(encoding="utf-8")
            for words in ('/ "truth"', "/truth/", 'joinpath("truth"')
        )
    }
    assert readers <= {"sample", "run.py"}


def test_no_wall_clock_in_models() -> None:
    words = (
        "current_date",
        "current_timestamp",
        "now()",
        "today()",
        "random()",
        "get_current_time",
    )
    wrong = {
        (path.name, word)
        for path in (ROOT / "dbt_project").rglob("*.sql")
        if "target" not in path.parts
        for word in words
        if word in path.read_text(encoding="utf-8").lower()
    }
    assert not wrong


def test_sources_are_read_in_staging_only() -> None:
    readers = {
        path.relative_to(ROOT / "dbt_project" / "models").parts[0]
        for path in (ROOT / "dbt_project" / "models").rglob("*.sql")
        if "source('raw'" in path.read_text(encoding="utf-8")
    }
    assert readers == {"staging"}


def test_importing_the_definitions_opens_nothing(tmp_path: Path) -> None:
    """No network, no database, no file under HOME."""
    script = (
        "import socket, duckdb, sys\n"
        "def refuse(*a, **k): raise AssertionError('opened something')\n"
        "duckdb.connect = refuse\n"
        "socket.socket.connect = refuse\n"
        "import orchestration.definitions\n"
        "assert 'great_expectations' not in sys.modules\n"
        "assert 'sklearn' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("DOUBLELOOP_")},
            "DOUBLELOOP_HOME": str(tmp_path / "home"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "home").exists()
