"""The check of identity against the sample's truth: green, red, and absent where nobody knows the truth."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.checks.identity_quality import build_identity_checks
from orchestration.resources.deployment import Deployment, load_deployment
from orchestration.warehouse.session import open_warehouse

AS_OF = dt.date(2026, 11, 20)
TRUTH = """platform,account_id,person_id
taobao,a,person-1
jd,b,person-1
taobao,c,person-2
"""
SALT = "a-salt-for-tests-only"


def _key(account: str) -> str:
    return hashlib.md5(f"{SALT}|{account}".encode()).hexdigest()[:16]


def _sample(home: Path, one_ids: tuple[str, str, str]) -> Deployment:
    """A sample home whose identity gave these ids to the three accounts of the truth."""
    deployment = load_deployment({"DOUBLELOOP_HOME": str(home), "DOUBLELOOP_ID_SALT": SALT})
    (home / "sample" / "truth").mkdir(parents=True)
    (home / "sample" / "truth" / "accounts.csv").write_text(TRUTH)
    names = ("taobao:a", "jd:b", "taobao:c")
    with open_warehouse(deployment.settings, AS_OF) as connection:
        _write(connection, names, one_ids)
    return deployment


def _write(
    connection: duckdb.DuckDBPyConnection, names: tuple[str, ...], one_ids: tuple[str, ...]
) -> None:
    connection.execute(
        "create table identity.accounts (account_key varchar, one_id varchar, platform varchar)"
    )
    connection.execute("create table staging.accounts (account_key varchar, platform varchar)")
    connection.execute(
        "create table staging.identifiers (account_key varchar, platform varchar, identifier_type varchar, "
        "identifier_hash varchar, first_seen_at timestamp, is_usable boolean)"
    )
    connection.execute(
        "create table staging.corrections (account_key varchar, other_account_key varchar, relation varchar, stated_at timestamp)"
    )
    for name, one_id in zip(names, one_ids, strict=True):
        platform = name.split(":")[0]
        connection.execute(
            "insert into identity.accounts values (?, ?, ?)", [_key(name), one_id, platform]
        )
        connection.execute("insert into staging.accounts values (?, ?)", [_key(name), platform])
        shared = "h1" if name in ("taobao:a", "jd:b") else "h2"
        connection.execute(
            "insert into staging.identifiers values (?, ?, 'phone', ?, null, true)",
            [_key(name), platform, shared],
        )


def _run(deployment: Deployment) -> tuple[dg.AssetCheckEvaluation, dg.ExecuteInProcessResult]:
    job = dg.define_asset_job("check", selection=dg.AssetSelection.all_asset_checks())
    definitions = dg.Definitions(asset_checks=build_identity_checks(deployment), jobs=[job])
    result = definitions.resolve_job_def("check").execute_in_process(
        tags={"dagster/partition": AS_OF.isoformat()}
    )
    (evaluation,) = result.get_asset_check_evaluations()
    return evaluation, result


def test_people_as_in_the_truth_pass_and_the_figures_stand_on_the_asset(tmp_path: Path) -> None:
    evaluation, result = _run(_sample(tmp_path, ("p1", "p1", "p2")))
    assert evaluation.passed
    (event,) = result.get_asset_observation_events()
    observed = event.asset_observation_data.asset_observation
    assert observed.asset_key == dg.AssetKey(["identity", "accounts"])
    assert observed.metadata["pairs_right"].value == 1.0
    assert observed.metadata["b_cubed_recall"].value == 1.0
    assert "data:image/png" in str(observed.metadata["precision and recall by platform"].value)


@pytest.mark.parametrize(
    ("one_ids", "said"),
    [
        (("p1", "p1", "p1"), "precision is 0.3333, below its floor of 0.995"),
        (("p1", "p2", "p3"), "usable_recall is 0.0000, below its floor of 0.97"),
    ],
)
def test_merged_and_split_people_are_red(
    tmp_path: Path, one_ids: tuple[str, str, str], said: str
) -> None:
    evaluation, _ = _run(_sample(tmp_path, one_ids))
    assert not evaluation.passed
    assert evaluation.severity == dg.AssetCheckSeverity.ERROR
    assert said in str(evaluation.description)


def test_a_merchant_whose_truth_nobody_knows_has_no_such_check(tmp_path: Path) -> None:
    deployment = load_deployment({
        "DOUBLELOOP_HOME": str(tmp_path), "DOUBLELOOP_LANDING": str(tmp_path / "exports"), "DOUBLELOOP_ID_SALT": SALT,
    })  # fmt: skip
    assert build_identity_checks(deployment) == []
