"""The job run again, with late and duplicate files, and against what must not get through."""

import datetime as dt
import os
import shutil
from pathlib import Path

import dagster as dg
import duckdb
import pytest

import orchestration.assets.published as published_assets
from orchestration.automation.instance import open_instance
from orchestration.build import build_defs
from orchestration.core.identity import IdentityLimits, IdentityState, load_state, resolve
from orchestration.modelling.identity_inputs import read_identity_inputs
from orchestration.publishing.rollback import rollback
from orchestration.resources.deployment import load_deployment
from orchestration.run import run_daily
from orchestration.settings import load_settings
from orchestration.warehouse.session import open_warehouse
from tests.pipeline.merchant import END, GATE, Merchant


def late_files(landing: Path) -> list[Path]:
    """One file of behaviour and one of orders from the middle of the period."""
    events = sorted(
        path for path in landing.rglob("*") if "sensors" in path.name.lower() and path.is_file()
    )
    orders = sorted(path for path in landing.rglob("*.csv") if "youzan" in str(path).lower())
    return [events[len(events) // 2], orders[len(orders) // 2]]


def raw_files(merchant: Merchant) -> dict[str, int]:
    """Raw files and when each was written."""
    return {str(path): path.stat().st_mtime_ns for path in merchant.settings.raw.rglob("*.parquet")}


def test_with_late_and_duplicate_files(sample: Path, published: Merchant, tmp_path: Path) -> None:
    """Late files and duplicates end where a run with everything from the start ended."""
    merchant = Merchant(tmp_path)
    shutil.copytree(sample / "landing", merchant.landing)
    shutil.copytree(published.config, merchant.config, dirs_exist_ok=True)
    held_back = {path: path.read_bytes() for path in late_files(merchant.landing)}
    times = {path: path.stat().st_mtime_ns for path in held_back}
    for path in held_back:
        path.unlink()
    first = merchant.run()
    assert first.state == "published", first.summary
    people_before, read = merchant.people_prints(), raw_files(merchant)

    for path, content in held_back.items():
        path.write_bytes(content)
        os.utime(path, ns=(times[path], times[path]))
    copies = merchant.landing / "downloaded twice"
    copies.mkdir()
    for path in sorted(merchant.landing.rglob("*.csv"))[:5]:
        shutil.copy2(path, copies / f"copy of {path.name}")
    before = load_state(merchant.settings.state / "identity")
    late = merchant.run()
    assert raw_files(merchant).items() > read.items(), "files that were read before were read again"
    assert late.state == "published", late.summary
    assert_people_are_those_of_all_the_data(merchant, before)
    assert merchant.people_prints() == published.people_prints()
    assert merchant.people_prints() != people_before
    ids = set(merchant.rows("select one_id from user_profiles"))
    assert len(ids & set(published.rows("select one_id from user_profiles"))) > 0.99 * len(ids)


def assert_people_are_those_of_all_the_data(
    merchant: Merchant, before: IdentityState | None
) -> None:
    """The last run read an increment, and its tables are those of everything staged on the same state."""
    deployment = load_deployment(merchant.environment)
    limits = IdentityLimits.from_mapping(deployment.configuration.identity.model_dump())
    with open_warehouse(merchant.settings, END) as connection:
        assert connection.execute(
            "select starts_with(computed_from, 'what is new ') from identity.state"
        ).fetchall() == [(True,)]
        given = read_identity_inputs(connection, limits.traits)
        full = resolve(given.accounts, given.identifiers, before, limits, given.corrections, END)
        for name in (
            "accounts",
            "people",
            "history",
            "violations",
            "evidence",
            "relations",
            "resolved_ids",
        ):
            connection.register("expected", getattr(full, name))
            assert connection.execute(
                f"select (select count(*) from (select * from identity.{name} except all select * from expected)), "
                f"(select count(*) from (select * from expected except all select * from identity.{name}))"
            ).fetchall() == [(0, 0)], name


def breaking(monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    """Let each candidate be written and then broken by ``sql``."""
    write = published_assets.write_candidate

    def broken(connection, settings, *rest):
        summary = write(connection, settings, *rest)
        with duckdb.connect(str(settings.candidate)) as candidate:
            candidate.execute(sql)
        return summary

    monkeypatch.setattr(published_assets, "write_candidate", broken)


def test_a_broken_candidate_is_refused(copied: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    served = copied.table_prints(but=())
    breaking(
        monkeypatch,
        "update user_profiles set one_id = null where one_id = (select min(one_id) from user_profiles)",
    )
    assert "one_id" in copied.refusals(GATE)["user_profiles"]
    assert copied.table_prints(but=()) == served
    monkeypatch.undo()

    # Publishing alone, as anybody may do in the UI, is refused as well.
    alone = copied.materialise(dg.AssetSelection.assets("published/doubleloop"))
    assert not alone.success
    assert copied.table_prints(but=()) == served


def test_each_fault_is_refused_and_on_record(
    copied: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table emptied and a person twice, in one candidate: each table is judged by itself."""
    served = copied.table_prints(but=())
    breaking(
        monkeypatch,
        "delete from audience_members; "
        "insert into user_profiles select * from user_profiles limit 1",
    )
    said = copied.refusals(GATE)
    assert "audience_members is not empty" in said["audience_members"], said
    assert "one_id" in said["user_profiles"], said
    assert copied.table_prints(but=()) == served
    with open_instance(copied.settings) as instance:
        keys = [
            dg.AssetCheckKey(dg.AssetKey(["candidate", table]), "gate")
            for table in ("audience_members", "user_profiles")
        ]
        records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    assert [records[key].status.value for key in keys] == ["FAILED", "FAILED"]


def test_rollback_serves_the_earlier_version(copied: Merchant) -> None:
    served = copied.table_prints(but=())
    ((first,),) = copied.rows("select version from publications")
    assert copied.materialise(GATE).success
    ((second,),) = copied.rows("select version from publications")
    assert second != first
    rollback(copied.settings, first)
    assert copied.rows("select version from publications") == [(first,)]
    assert copied.table_prints(but=()) == served


def test_again_and_with_unreadable_files_nothing_changes_but_what_is_told_of_them(
    copied: Merchant,
) -> None:
    told = ("publications", "quality_results", "landing_findings", "reconciliation")
    of_others = [
        "select * exclude (finding_number) from landing_findings where source_file is null or source_file not like '%strange/%' order by all",
        "select * exclude (files, files_held) from reconciliation where export <> 'unrecognised' order by all",
    ]
    served, read = copied.table_prints(but=told), raw_files(copied)
    told_before = [copied.rows(query) for query in of_others]
    strange = copied.landing / "strange"
    strange.mkdir()
    (strange / "empty.csv").write_bytes(b"")
    (strange / "holiday.csv").write_text("who,where\nme,home\n", encoding="utf-8")
    (strange / "no buyer column.csv").write_text(
        "订单号,商品ID,京东价,下单时间\n1,2,3.00,2026-11-01 10:00:00\n", encoding="gbk"
    )
    (strange / "noise.csv").write_bytes(bytes(range(128, 256)) * 40)
    outcome = copied.run()
    assert outcome.state == "published", outcome.summary
    assert copied.table_prints(but=told) == served
    with duckdb.connect(str(copied.settings.warehouse), read_only=True) as connection:
        scope = connection.execute("select computed_from from identity.state").fetchall()
    assert scope == [
        ("what is new (0 accounts, 0 identifiers) and what is gone (0 accounts, 0 identifiers)",)
    ]
    assert [copied.rows(query) for query in of_others] == told_before
    assert raw_files(copied) == read, "files that were read before were read again"
    (file,) = copied.settings.home.glob(f"logs/*-{outcome.run_id[:8]}.log")
    log = file.read_text(encoding="utf-8")
    assert "sql table model facts." in log
    assert "sql view model staging.stg_" not in log, "views that stand were made again"
    reported = copied.rows("select source_file from landing_findings")
    assert {Path(name).name for (name,) in reported} >= {
        file.name for file in strange.iterdir() if file.stat().st_size
    }


def bare(tmp_path: Path, **more: str):
    return load_settings(
        {
            "DOUBLELOOP_HOME": str(tmp_path / "home"),
            "DOUBLELOOP_LANDING": str(tmp_path / "landing"),
            "DOUBLELOOP_ID_SALT": "a salt for nothing at all",
            **{f"DOUBLELOOP_{key}": value for key, value in more.items()},
        }
    )


@pytest.mark.parametrize("make", [False, True], ids=["missing", "empty"])
def test_nothing_to_read_is_one_message(tmp_path: Path, make: bool) -> None:
    settings = bare(tmp_path)
    if make:
        settings.landing.mkdir()
    outcome = run_daily(settings, END, defs=build_defs(load_deployment(settings.environment())))
    assert outcome.state == "failed"
    assert str(settings.landing) in outcome.summary
    assert not (settings.published / "doubleloop.duckdb").exists()


def test_a_date_before_the_first_data_says_which_day_is_the_first(copied: Merchant) -> None:
    served = copied.table_prints(but=())
    outcome = copied.run(dt.date(2016, 1, 1))
    assert outcome.state == "failed"
    assert "2016-01-01" in outcome.summary
    assert "first day is" in outcome.summary
    assert copied.table_prints(but=()) == served


def test_a_day_that_is_not_over_is_refused(tmp_path: Path) -> None:
    outcome = run_daily(bare(tmp_path), dt.date(2999, 1, 1))
    assert outcome.state == "failed"
    assert "not over" in outcome.summary


def test_no_write_permission_is_said_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    outcome = run_daily(bare(tmp_path), END)
    assert outcome.state == "failed"
    assert "DOUBLELOOP_HOME" in outcome.summary
