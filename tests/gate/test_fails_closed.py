"""No verdict, an empty suite, an exception, a missing table, a damaged file: not published."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from expectations import registry, runner
from expectations.context import GateContext, gate_context
from expectations.expectation import Expectation, is_between, is_filled, no_rows
from expectations.registry import MissingSuiteError, Suite, suite
from expectations.runner import RUNS, judge, run_expectations, run_suite
from orchestration.configuration import load_configuration
from orchestration.publishing.errors import GateRefusedError
from orchestration.publishing.fingerprint import fingerprints_of
from orchestration.publishing.publish import publish
from orchestration.publishing.tables import CANDIDATE_TABLES
from orchestration.publishing.verdict import CheckResult, demand_green, load_verdicts
from orchestration.publishing.versions import served_file
from orchestration.settings import Settings
from tests.gate.valid_candidate import (
    AS_OF,
    PUBLISHED_AT,
    change,
    green_verdicts,
    settings_in,
    write_valid_candidate,
)

CONFIGURATION = load_configuration()
CONTEXT = GateContext(AS_OF, "Asia/Shanghai", CONFIGURATION)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_in(tmp_path)
    write_valid_candidate(made.candidate)
    return made


def only(results: list[CheckResult]) -> CheckResult:
    (result,) = results
    return result


def assert_red(result: CheckResult, *words: str) -> None:
    assert result.check == RUNS
    assert result.is_red
    for word in words:
        assert word in result.observed


def test_an_empty_suite_is_red(settings: Settings) -> None:
    assert_red(only(run_expectations(settings.candidate, Suite("tags", ()))), "empty")


def test_a_missing_file_is_red(settings: Settings) -> None:
    settings.candidate.unlink()
    assert_red(only(run_suite(settings.candidate, "tags", CONTEXT)), "does not exist")


def test_a_damaged_file_is_red(settings: Settings) -> None:
    settings.candidate.write_bytes(b"not a database" * 1000)
    assert_red(only(run_suite(settings.candidate, "tags", CONTEXT)), "cannot be read")


def test_a_missing_table_is_red_and_named(settings: Settings) -> None:
    change(settings.candidate, "drop table tags")
    assert_red(only(run_suite(settings.candidate, "tags", CONTEXT)), "main.tags")


@pytest.mark.parametrize("table", ["publications", "nobody_knows_it"])
def test_a_table_without_a_suite_is_red(settings: Settings, table: str) -> None:
    assert_red(
        only(run_suite(settings.candidate, table, CONTEXT)), "no suite", "expectations/suites"
    )


def test_a_published_table_without_a_suite_stops_the_import(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registry.demand_complete()
    monkeypatch.setattr(registry, "CANDIDATE_TABLES", (*CANDIDATE_TABLES, "new_table"))
    with pytest.raises(MissingSuiteError, match="new_table"):
        registry.demand_complete()


def test_two_expectations_of_one_name_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = SimpleNamespace(
        expectations=lambda _context: (is_filled("tag", ""), is_filled("tag", ""))
    )
    monkeypatch.setattr(registry.importlib, "import_module", lambda _name: twice)
    with pytest.raises(ValueError, match="tag_is_filled"):
        suite("tags", CONTEXT)


BROKEN = [
    is_filled("no_such_column", "Mend."),
    no_rows("asks_nonsense", "select no_such_column from {batch}", "It runs.", "Mend.", "warning"),
    is_between("description", 0, 1, "Mend.", "warning"),
    dataclasses.replace(
        is_filled("tag", "Mend."),
        type="expect_column_values_to_match_strftime_format",
        kwargs={"column": "tag", "strftime_format": "%Y"},
    ),
]


@pytest.mark.parametrize("broken", BROKEN, ids=lambda e: e.name)
def test_an_expectation_that_cannot_run_is_red_even_as_a_warning(
    settings: Settings, broken: Expectation
) -> None:
    works = is_filled("owner", "Mend.")
    red, green = run_expectations(settings.candidate, Suite("tags", (broken, works)))
    assert red.is_red
    assert red.observed.startswith("could not be evaluated: ")
    assert len(red.observed) > len("could not be evaluated: ") + 10
    assert green.passed


def test_an_expectation_that_great_expectations_drops_is_red(settings: Settings) -> None:
    """An unknown type is only logged there, and missing from the results."""
    unknown = dataclasses.replace(is_filled("tag", "Mend."), type="expect_the_unexpected")
    red, green = run_expectations(
        settings.candidate, Suite("tags", (unknown, is_filled("owner", "Mend.")))
    )
    assert (red.is_red, red.observed, green.passed) == (True, "no result came back", True)


def test_a_result_that_never_came_back_is_red() -> None:
    result = runner._result("tags", is_filled("tag", "Mend."), None)
    assert result.is_red
    assert result.observed == "no result came back"


def test_a_failed_warning_is_seen_and_does_not_stop(settings: Settings) -> None:
    warning = no_rows(
        "warns", "select tag from {batch} where false or true", "None.", "Mend.", "warning"
    )
    result = only(run_expectations(settings.candidate, Suite("tags", (warning,))))
    assert (result.passed, result.is_red, result.severity) == (False, False, "warning")
    assert result.observed.startswith("5 rows, e.g. tag=")


def test_personal_data_never_reaches_a_result(settings: Settings) -> None:
    change(settings.candidate, "update user_profiles set one_id = '13812345678' where orders = 0")
    results = run_suite(settings.candidate, "user_profiles", CONTEXT)
    assert [r.check for r in results if "1381234" in r.observed] == []
    assert {"key_is_unique", "one_id_has_its_form"} <= {r.check for r in results if not r.passed}


# ---- judge: a verdict is always stored, and it is green only for exactly what was judged


def judged(settings: Settings, run_id: str = "run") -> None:
    for table in CANDIDATE_TABLES:
        judge(settings, CONFIGURATION, table, AS_OF, run_id)


def test_judge_stores_verdicts_that_publish(settings: Settings) -> None:
    judged(settings)
    verdicts = load_verdicts(settings)
    assert set(verdicts) == set(CANDIDATE_TABLES)
    assert demand_green(settings.candidate, verdicts) == fingerprints_of(settings.candidate)
    publication = publish(settings, CONFIGURATION, AS_OF, "run", PUBLISHED_AT, verdicts)
    assert publication.gate == "passed"
    with duckdb.connect(str(served_file(settings)), read_only=True) as connection:
        checks = connection.execute(
            "select count(*), bool_and(passed) from quality_results"
        ).fetchone()
    assert checks == (sum(len(v.results) for v in verdicts.values()), True)
    # The next run compares itself with what is served now.
    assert gate_context(settings, CONFIGURATION, AS_OF).previous_rows["user_profiles"] == 4
    change(settings.candidate, "delete from user_profiles where orders = 0 or one_id like 'pa%'")
    red = judge(settings, CONFIGURATION, "user_profiles", AS_OF, "next")
    assert "rows_are_near_the_last_publication" in {r.check for r in red.results if r.is_red}


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "update user_profiles set one_id = null where orders = 0",
            "user_profiles.one_id_is_filled",
        ),
        ("delete from user_tags", "user_tags.has_rows"),
        (
            "insert into user_profiles select * from user_profiles limit 1",
            "user_profiles.key_is_unique",
        ),
    ],
)
def test_a_planted_fault_is_refused_and_named(
    settings: Settings, statement: str, named: str
) -> None:
    change(settings.candidate, statement)
    verdicts = green_verdicts(settings.candidate)
    table = named.split(".")[0]
    verdicts[table] = judge(settings, CONFIGURATION, table, AS_OF, "run")
    with pytest.raises(GateRefusedError, match=named):
        publish(settings, CONFIGURATION, AS_OF, "run", PUBLISHED_AT, verdicts)
    assert not served_file(settings).exists()


def test_judge_is_red_without_a_candidate(settings: Settings) -> None:
    settings.candidate.unlink()
    verdict = judge(settings, CONFIGURATION, "tags", AS_OF, "run")
    assert not verdict.is_green
    assert "Materialise the candidate" in verdict.results[0].observed
    assert load_verdicts(settings)["tags"] == verdict


def test_judge_is_red_when_the_candidate_changes_meanwhile(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changing(candidate: Path, table: str, *_: object) -> list[CheckResult]:
        change(candidate, "update tags set owner = 'other'", "checkpoint")
        return [CheckResult(table, "has_rows", "critical", True, "3", "")]

    monkeypatch.setattr(runner, "run_suite", changing)
    verdict = judge(settings, CONFIGURATION, "tags", AS_OF, "run")
    assert not verdict.is_green
    assert "changed while it was checked" in verdict.results[-1].observed


def test_judge_is_red_when_the_served_version_cannot_be_read(settings: Settings) -> None:
    settings.published.mkdir(parents=True)
    served_file(settings).write_bytes(b"damaged" * 5000)
    verdict = judge(settings, CONFIGURATION, "user_profiles", AS_OF, "run")
    assert not verdict.is_green
    assert "roll back" in verdict.results[0].observed


def test_another_day_is_red(settings: Settings) -> None:
    verdict = judge(settings, CONFIGURATION, "user_tags", AS_OF + dt.timedelta(days=1), "run")
    assert {r.check for r in verdict.results if not r.passed} == {"as_of_is_the_day_of_the_run"}


# ---- the file is free afterwards, nothing is written elsewhere, nothing calls home


OPEN_FOR_WRITING = "import duckdb, sys; duckdb.connect(sys.argv[1]).execute('create or replace table t as select 1')"


@pytest.mark.parametrize(
    "statement", ["select 1", "alter table tags drop owner", "drop table tags"]
)
def test_another_process_can_write_after_the_suite(settings: Settings, statement: str) -> None:
    change(settings.candidate, statement)
    run_suite(settings.candidate, "tags", CONTEXT)
    done = subprocess.run(
        [sys.executable, "-c", OPEN_FOR_WRITING, str(settings.candidate)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_network_and_no_file_beside_the_candidate(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("tried the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert all(r.passed for r in run_suite(settings.candidate, "tags", CONTEXT))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_path_with_blanks_and_chinese_works(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "商家 100% & more"
    folder.mkdir()
    candidate = Path(shutil.copy(settings.candidate, folder / "candidate.duckdb"))
    assert all(r.passed for r in run_suite(candidate, "tags", CONTEXT))


@pytest.mark.parametrize(
    ("type_", "kwargs", "passes"),
    [
        ("expect_column_values_to_match_regex", {"column": "tag", "regex": "[.]"}, True),
        ("expect_column_values_to_match_regex", {"column": "tag", "regex": "^rule"}, False),
        ("expect_column_values_to_not_match_regex", {"column": "tag", "regex": "tea$"}, False),
        ("expect_column_values_to_not_match_regex", {"column": "tag", "regex": "coffee"}, True),
        (
            "expect_column_values_to_match_like_pattern",
            {"column": "tag", "like_pattern": "%.%"},
            True,
        ),
        (
            "expect_column_values_to_match_like_pattern",
            {"column": "tag", "like_pattern": "rule%"},
            False,
        ),
        (
            "expect_column_values_to_not_match_like_pattern",
            {"column": "tag", "like_pattern": "%tea"},
            False,
        ),
        (
            "expect_column_values_to_not_match_like_pattern",
            {"column": "tag", "like_pattern": "x%"},
            True,
        ),
    ],
)
def test_patterns_work_on_duckdb(
    settings: Settings, type_: str, kwargs: dict[str, str], passes: bool
) -> None:
    expectation = Expectation("pattern", type_, kwargs, "It matches.", "Mend.")
    result = only(run_expectations(settings.candidate, Suite("tags", (expectation,))))
    assert result.passed is passes
    assert "could not" not in result.observed
