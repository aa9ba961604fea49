"""A cent or a row that is not explained turns the reconciliation red, and the run with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from orchestration.settings import Settings
from tests.dbt.dbt_runs import run_dbt
from tests.dbt.staging.compiled_models import CompiledModels
from tests.dbt.staging.season import Tables
from tests.dbt.staging.staging_data import AS_OF
from tests.dbt.staging.staging_warehouse import make_settings

CENT = Decimal("0.01")
_MONEY = "select measure, difference from staging.reconciliation_money where difference <> 0 order by all"
_ROWS = "select source_export, difference from staging.reconciliation where difference <> 0"


@pytest.fixture(scope="module")
def warehouse(
    season_built: tuple[duckdb.DuckDBPyConnection, Tables],
) -> duckdb.DuckDBPyConnection:
    """The staged season, in which all adds up."""
    connection, _ = season_built
    assert connection.execute(_MONEY).fetchall() == []
    assert connection.execute(_ROWS).fetchall() == []
    return connection


@pytest.fixture
def ask(
    warehouse: duckdb.DuckDBPyConnection, compiled: CompiledModels
) -> Iterator[tuple[duckdb.DuckDBPyConnection, CompiledModels]]:
    """The warehouse, whose tables are put back after the test."""
    touched = ("order_lines", "spend", "touches", "reconciliation", "reconciliation_money")
    for name in touched:
        warehouse.execute(f"create or replace temp table kept_{name} as from staging.{name}")
    yield warehouse, compiled
    for name in touched:
        warehouse.execute(f"create or replace table staging.{name} as from kept_{name}")


_ONE_ORDER = """
    select min(order_key) from (
        select order_key from staging.order_lines group by 1 having count(*) = 1 and sum(gross_amount) > 1
    )
"""


@pytest.mark.parametrize(
    ("change", "money"),
    [
        (f"update staging.order_lines set gross_amount = gross_amount + 0.01 where order_key = ({_ONE_ORDER})", [("order payments", -CENT)]),
        (f"update staging.order_lines set gross_amount = gross_amount - 0.01 where order_key = ({_ONE_ORDER})", [("order payments", CENT)]),
        (
            "insert into staging.order_lines by name select 'nobody' as order_key, 'nobody' as order_line_key, 0.01 as gross_amount, "
            "* exclude (order_key, order_line_key, gross_amount) from staging.order_lines limit 1",
            [("order payments", -CENT)],
        ),
        ("update staging.spend set cost = cost + 0.01 where _row_number = 1 and is_counted and _source_hash = (select min(_source_hash) from staging.spend)", [("spend", -CENT)]),
        ("update staging.touches set cost = cost + 0.01 where touch_key = (select min(touch_key) from staging.touches where cost > 0)", [("touch costs", -CENT)]),
    ],
)  # fmt: skip
def test_a_cent_too_many_or_too_few_is_a_difference(
    ask: tuple[duckdb.DuckDBPyConnection, CompiledModels],
    change: str,
    money: list[tuple[str, Decimal]],
) -> None:
    connection, compiled = ask
    connection.execute(change)
    compiled.rebuild(connection, "reconciliation_money")
    assert connection.execute(_MONEY).fetchall() == money


def test_a_lost_row_is_a_difference_in_rows_and_in_money(
    ask: tuple[duckdb.DuckDBPyConnection, CompiledModels],
) -> None:
    connection, compiled = ask
    connection.execute(
        "delete from staging.touches where touch_key = (select min(touch_key) from staging.touches where cost > 0)"
    )
    compiled.rebuild(connection, "reconciliation")
    compiled.rebuild(connection, "reconciliation_money")
    assert connection.execute(_ROWS).fetchall() == [("generic.touch_log", 1)]
    ((measure, difference),) = connection.execute(_MONEY).fetchall()
    assert measure == "touch costs"
    assert difference > 0


def test_money_that_nobody_told_names_no_file(
    ask: tuple[duckdb.DuckDBPyConnection, CompiledModels],
) -> None:
    connection, compiled = ask
    connection.execute(
        "insert into staging.order_lines by name select 'nobody' as order_key, 'nobody' as order_line_key, 5 as gross_amount, "
        "* exclude (order_key, order_line_key, gross_amount) from staging.order_lines limit 1"
    )
    compiled.rebuild(connection, "reconciliation_money")
    assert connection.execute(
        "select source_file, in_facts, difference from staging.reconciliation_money where source_hash is null"
    ).fetchall() == [(None, Decimal(5), Decimal(-5))]


def test_a_difference_fails_the_run(built: Settings, target: Path, tmp_path: Path) -> None:
    """dbt tests say so, and a red test fails the step that builds the models."""
    settings = make_settings(tmp_path / "home")
    shutil.copytree(built.home, settings.home)
    with duckdb.connect(str(settings.warehouse)) as connection:
        for name in ("reconciliation", "reconciliation_money"):
            connection.execute(
                f"update staging.{name} set difference = 1 where source_hash is not null"
            )
        connection.execute("update staging.ad_ledger_days set difference = difference + 1")
    done = run_dbt(
        settings, AS_OF, target,
        "test", "--select", "reconciliation", "reconciliation_money", "ad_ledger_days",
    )  # fmt: skip
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    for check in ("every_delivered_row", "every_delivered_cent"):
        assert f"reconciliation_accounts_for_{check}" in done.stdout
    failed = [line for line in done.stdout.splitlines() if "FAIL" in line]
    assert any("ad_ledger_days_differences_have_a_name" in line for line in failed)
