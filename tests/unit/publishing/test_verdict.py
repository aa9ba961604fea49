"""Publishing is refused unless every table has a green verdict on exactly this data."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from orchestration.configuration import load_configuration
from orchestration.publishing.errors import GateRefusedError, PublishingError
from orchestration.publishing.fingerprint import fingerprints_of
from orchestration.publishing.publish import publish
from orchestration.publishing.tables import CANDIDATE_TABLES
from orchestration.publishing.verdict import (
    CheckResult,
    Verdict,
    demand_green,
    gate_summary,
    load_verdicts,
    store_verdict,
)
from orchestration.publishing.versions import served_file
from orchestration.settings import Settings
from tests.gate.valid_candidate import AS_OF, PUBLISHED_AT, change, green_verdicts


def red(verdict: Verdict) -> Verdict:
    result = CheckResult(
        verdict.table,
        "key_is_unique",
        "critical",
        False,
        "2 rows",
        "Keys are unique. Find the join.",
    )
    return replace(verdict, results=(*verdict.results, result))


def refused(settings: Settings, verdicts: dict[str, Verdict], match: str) -> None:
    with pytest.raises(GateRefusedError, match=match):
        demand_green(settings.candidate, verdicts)
    with pytest.raises(GateRefusedError, match=match):
        publish(settings, load_configuration(), AS_OF, "run", PUBLISHED_AT, verdicts)
    assert not served_file(settings).exists()
    assert not list(settings.published.glob("versions/*"))


def test_green_on_this_data_returns_its_fingerprints(settings: Settings) -> None:
    verdicts = green_verdicts(settings.candidate)
    assert demand_green(settings.candidate, verdicts) == fingerprints_of(settings.candidate)


@pytest.mark.parametrize("table", CANDIDATE_TABLES)
def test_a_table_without_a_verdict_is_refused(settings: Settings, table: str) -> None:
    verdicts = green_verdicts(settings.candidate)
    del verdicts[table]
    with pytest.raises(GateRefusedError, match=f"{table}: was not checked"):
        demand_green(settings.candidate, verdicts)


def test_no_verdict_at_all_is_refused(settings: Settings) -> None:
    refused(settings, {}, "user_profiles: was not checked")


def test_a_red_check_is_refused_and_named_with_its_mend(settings: Settings) -> None:
    verdicts = green_verdicts(settings.candidate)
    verdicts["tags"] = red(verdicts["tags"])
    refused(
        settings,
        verdicts,
        r"tags\.key_is_unique: Keys are unique\. Find the join\. \(observed: 2 rows\)",
    )


def test_a_verdict_without_checks_is_refused(settings: Settings) -> None:
    verdicts = green_verdicts(settings.candidate)
    verdicts["tags"] = replace(verdicts["tags"], results=())
    refused(settings, verdicts, "tags: no check ran")


def test_a_verdict_on_other_data_is_refused_whichever_table_changed(settings: Settings) -> None:
    verdicts = green_verdicts(settings.candidate)
    change(settings.candidate, "update tags set owner = 'other'")
    refused(settings, verdicts, "user_profiles: was checked on other data")


def test_a_table_missing_from_the_candidate_is_refused(settings: Settings) -> None:
    change(settings.candidate, "drop table tags")
    refused(settings, green_verdicts(settings.candidate), "tags: is not in the candidate")


def test_a_table_nobody_checks_is_refused(settings: Settings) -> None:
    verdicts = green_verdicts(settings.candidate)
    change(settings.candidate, "create table extra as select 1 as x")
    refused(settings, verdicts, "extra: was not checked")


def test_another_date_is_refused(settings: Settings) -> None:
    verdicts = green_verdicts(settings.candidate, as_of=AS_OF.replace(day=1))
    with pytest.raises(GateRefusedError, match="checked for 2026-09-01, not for 2026-09-30"):
        publish(settings, load_configuration(), AS_OF, "run", PUBLISHED_AT, verdicts)


def test_a_missing_candidate_says_what_to_run(settings: Settings) -> None:
    settings.candidate.unlink()
    with pytest.raises(PublishingError, match="Run the job that builds it first"):
        demand_green(settings.candidate, {})


def test_stored_verdicts_come_back_and_the_latest_wins(settings: Settings) -> None:
    verdicts = green_verdicts(settings.candidate)
    assert load_verdicts(settings) == {}
    for verdict in verdicts.values():
        store_verdict(settings, verdict)
    assert load_verdicts(settings) == verdicts
    path = store_verdict(settings, red(verdicts["tags"]))
    assert load_verdicts(settings)["tags"] == red(verdicts["tags"])
    assert sorted(p.name for p in path.parent.iterdir()) == sorted(f"{t}.json" for t in verdicts)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda values: "not json",
        lambda values: json.dumps({**values, "results": None}),
        lambda values: json.dumps({**values, "results": [{"check": "x"}]}),
        lambda values: json.dumps(
            {**values, "results": [{**values["results"][0], "severity": "info"}]}
        ),
        lambda values: json.dumps(
            {**values, "results": [{**values["results"][0], "passed": "yes"}]}
        ),
        lambda values: json.dumps([values]),
        lambda values: json.dumps({**values, "as_of": "soon"}),
    ],
)
def test_a_spoilt_verdict_file_is_refused(settings: Settings, spoil) -> None:
    path = store_verdict(settings, green_verdicts(settings.candidate)["tags"])
    path.write_text(spoil(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    with pytest.raises(GateRefusedError, match=r"tags\.json cannot be read"):
        load_verdicts(settings)


def test_the_gate_in_words() -> None:
    passed = CheckResult("t", "a", "critical", True, "", "")
    warned = CheckResult("t", "b", "warning", False, "", "")
    assert gate_summary([passed]) == "passed"
    assert gate_summary([passed, warned]) == "passed with 1 warning"
    assert gate_summary([warned, passed, warned]) == "passed with 2 warnings"
