"""The commands that the README promises, run as it writes them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from orchestration.audiences.loading import load_audiences
from orchestration.cli import main
from tests.pipeline.merchant import Merchant

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", README, re.DOTALL | re.MULTILINE)


COMMANDS = [
    line.split("   #")[0].strip()
    for block in blocks("sh")
    for line in block.splitlines()
    if line.strip().startswith(".venv/bin/")
]


@pytest.fixture(scope="module")
def checkout(published: Merchant, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that looks like a checkout in which `make run` has published."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / ".venv").symlink_to(Path(sys.executable).parent.parent)
    (folder / "data" / "sample").mkdir(parents=True)
    (folder / "data" / "sample" / "landing").symlink_to(published.landing)
    (folder / "data" / "published").symlink_to(published.settings.published)
    return folder


def test_the_readme_has_commands_to_run() -> None:
    assert len(COMMANDS) >= 3


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_works(checkout: Path, command: str) -> None:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith("DOUBLELOOP_")
    }
    done = subprocess.run(
        command,
        shell=True,
        cwd=checkout,
        env={**environment, "COLUMNS": "160"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_audience_of_the_readme_is_one(tmp_path: Path) -> None:
    (text,) = blocks("yaml")
    (tmp_path / "audiences").mkdir()
    (tmp_path / "audiences" / "skincare_lapsed.yaml").write_text(text, encoding="utf-8")
    assert yaml.safe_load(text)["audience"] in {
        audience.name for audience in load_audiences(tmp_path)
    }


@pytest.mark.parametrize(
    "command",
    [[], *([name] for name in sorted(main.commands))],
    ids=lambda words: " ".join(words) or "doubleloop",
)
def test_help_shows_an_example(command: list[str]) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output or command == ["publications"]


def test_inspect_explains_each_file(published: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOUBLELOOP_CONFIG", raising=False)
    result = CliRunner().invoke(main, ["inspect", str(published.landing / "jd"), "--json"])
    assert result.exit_code == 0, result.output
    reports = json.loads(result.output)
    assert {report["contract"] for report in reports} == {"jd.order"}
    assert all(report["rows"] > 0 and report["encoding"] == "gb18030" for report in reports)


@pytest.mark.parametrize(
    ("environment", "arguments", "said"),
    [
        ({"DOUBLELOOP_LANDNIG": "/x"}, ["publications"], "DOUBLELOOP_LANDNIG"),
        ({"DOUBLELOOP_TIMEZONE": "Mars"}, ["run"], "IANA"),
        ({}, ["inspect", "/does/not/exist"], "does not exist"),
        ({}, ["run", "--date", "yesterday"], "2026-11-20"),
    ],
)
def test_a_wrong_setting_or_argument_is_one_clear_line(
    environment: dict[str, str],
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DOUBLELOOP_HOME", str(tmp_path))
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output
