"""Ad reports: every tool and form, each day's money once, and whole days restated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

import duckdb
import pytest

from orchestration.warehouse.session import open_warehouse
from tests.dbt.staging.compiled_models import CompiledModels
from tests.dbt.staging.conftest import Query
from tests.dbt.staging.data_spend import FILES, RESTATED, UNI
from tests.dbt.staging.staging_data import AS_OF
from tests.dbt.staging.staging_warehouse import File, make_settings, write_raw


def money(amount: str) -> Decimal:
    return Decimal(amount)


@pytest.mark.parametrize(
    ("tool", "day", "cost"),
    [
        ("qianchuan_uni", 1, "180.00"),
        ("qianchuan_uni", 2, "60.00"),
        ("qianchuan_standard", 1, "1310.00"),
        ("jingzhuntong", 1, "345.00"),
        ("jingzhuntong", 2, "7.77"),
        ("jingzhuntong", 3, "50.00"),
        ("pdd_goods", 1, "100.00"),
        ("pdd_goods", 2, "30.00"),
        ("pdd_goods", 11, "1.00"),
        ("pdd_star", 2, "3.00"),
        ("pdd_live", 2, "0.30"),
        ("duoduo_jinbao", 1, "13.57"),
        ("duoduo_jinbao", 2, "8.00"),
        ("niu", 1, "3.02"),
        ("niu", 2, "1.24"),
        ("juguang", 1, "1317.01"),
        ("juguang", 2, "10.00"),
        ("channels_heating", 1, "30.00"),
        ("channels_heating", 2, "0.00"),
        ("wanxiangtai", 10, "12.01"),
        ("email", 1, "1.10"),
        ("sms", 1, "4.00"),
    ],
)
def test_the_money_of_a_tool_and_day_counts_once(
    ask: Query, tool: str, day: int, cost: str
) -> None:
    assert ask(f"""
        select sum(cost) from staging.spend
        where is_counted and tool = '{tool}' and spend_date = date '2026-09-{day:02}'
    """) == [(money(cost),)]  # fmt: skip


def test_rows_keep_what_their_form_names(ask: Query) -> None:
    assert ask("""
        select tool, report, advertiser, campaign, item_id, cost, coupon_amount, subsidy_amount, impressions, clicks
        from staging.spend where cost in (100.10, 1200.50, 300.00, 345.00, 75.00, 29.57, 1317.01, 3.00, 2.00)
            and spend_date in (date '2026-09-01', date '2026-09-03') and source_export <> 'generic.spend' order by all
    """) == [
        ("channels_heating", "order", None, "880001", None, money("29.57"), None, None, None, 41),
        ("jingzhuntong", "creative", "京东一", "快车计划", "100", money("300.00"), None, None, 9000, 90),
        ("jingzhuntong", "keyword", None, "日常", "100", money("345.00"), None, None, None, None),
        ("juguang", "note", None, "计划", None, money("1317.01"), None, None, 20000, 750),
        ("niu", "item", "55", "裙", "K1", money("2.00"), None, None, 7, None),
        ("pdd_goods", "item", None, "全站", "9", money("75.00"), None, None, None, None),
        ("qianchuan_standard", "item", "9", "茶", "T1", money("1200.50"), None, None, None, None),
        ("qianchuan_standard", "plan", "9", "计划一", "T1", money("1200.50"), None, None, None, None),
        ("qianchuan_uni", "creative", None, "片一", None, money("100.10"), money("3.00"), money("1.50"), 1000, 20),
        ("wanxiangtai", "item", None, "人群", "77", money("3.00"), money("0.50"), money("0.25"), None, None),
    ]  # fmt: skip


def test_the_subject_of_a_row_is_an_item_only_when_it_says_so(ask: Query) -> None:
    assert ask("""
        select item_id, cost from staging.spend
        where tool = 'wanxiangtai' and report = 'item' and spend_date = date '2026-09-03' order by all
    """) == [("77", money("3.00")), (None, money("1.00"))]  # fmt: skip


def test_channels_and_platforms(ask: Query) -> None:
    assert ask("""
        select distinct platform, channel, tool from staging.spend where source_export not in ('generic.spend') order by all
    """) == [
        ("douyin", "onsite_ads", "qianchuan_standard"), ("douyin", "onsite_ads", "qianchuan_uni"),
        ("jd", "onsite_ads", "jingzhuntong"), ("kuaishou", "onsite_ads", "niu"),
        ("pdd", "offsite_ads", "duoduo_jinbao"), ("pdd", "onsite_ads", "pdd_goods"), ("pdd", "onsite_ads", "pdd_live"),
        ("pdd", "onsite_ads", "pdd_star"), ("taobao", "onsite_ads", "wanxiangtai"), ("taobao", "onsite_ads", "zhitongche"),
        ("wechat", "onsite_ads", "channels_heating"), ("xiaohongshu", "onsite_ads", "juguang"),
    ]  # fmt: skip


def test_every_report_says_whether_it_counts_and_why_not(ask: Query) -> None:
    assert ask("""
        select extract(day from spend_date), tool, advertiser, report, cost, not_counted_reason from staging.spend_reports
        where not is_counted and spend_date < date '2026-10-01' order by all
    """) == [
        (1, "jingzhuntong", None, "keyword", money("345.00"), "told with other accounts"),
        (1, "niu", "55", "account", money("3.02"), "told by a finer report"),
        (1, "pdd_goods", None, "account", money("95.00"), "told by a finer report"),
        (1, "qianchuan_standard", "9", "douyin_account", money("99.50"), "told by a finer report"),
        (1, "qianchuan_standard", "9", "item", money("1200.50"), "told by a finer report"),
        (1, "qianchuan_uni", None, "douyin_account", money("180.00"), "told by a finer report"),
        (1, "qianchuan_uni", None, "item", money("150.00"), "told by a finer report"),
        (2, "zhitongche", None, "unit", money("20.00"), "told by the tool that took it over"),
        (3, "jingzhuntong", None, "item", money("70.00"), "told with other accounts"),
        (3, "wanxiangtai", None, "scene", money("4.00"), "told by a finer report"),
        (4, "zhitongche", None, "unit", money("20.00"), "told by the tool that took it over"),
    ]  # fmt: skip


def test_what_only_a_coarser_report_or_the_total_tells_is_a_line_of_its_own(ask: Query) -> None:
    """Not from a telling of an earlier day (JD, day 3), nor from the total of two days (PDD, day 11)."""
    lines = [
        ("jingzhuntong", None, "keyword", money("5.00")),
        ("niu", "55", "account", money("1.02")),
        ("pdd_goods", None, "total row", money("20.00")),
        ("qianchuan_uni", None, "douyin_account", money("29.85")),
    ]
    assert (
        ask("select tool, advertiser, report, cost from staging.unallocated_spend order by all")
        == lines
    )
    assert (
        ask("""
        select tool, advertiser, report, cost from staging.spend
        where source_export = 'unallocated' and is_counted and campaign is null and _row_number = 0 order by all
    """)
        == lines
    )


def test_the_costs_of_reports_are_the_costs_of_their_rows(ask: Query) -> None:
    assert ask("""
        select count(*) from (
            select spend_date, tool, source_export, report, advertiser, is_counted, sum(cost) as cost from staging.spend
            where source_export <> 'unallocated' group by all
        ) as rows full join staging.spend_reports as reports
            on rows.spend_date = reports.spend_date and rows.tool = reports.tool and rows.report = reports.report
            and rows.source_export = reports.source_export and rows.advertiser is not distinct from reports.advertiser
        where rows.cost is distinct from reports.cost or rows.is_counted is distinct from reports.is_counted
    """) == [(0,)]  # fmt: skip


@pytest.mark.parametrize(
    ("export", "file", "row", "column", "value", "reason"),
    [
        ("xiaohongshu.juguang", "聚光.xlsx", 3, "stat_date", "2026-09-01 ~ 2026-09-07", "not one day"),
        ("xiaohongshu.juguang", "聚光.xlsx", 4, "stat_date", None, "not one day"),
        ("xiaohongshu.juguang", "聚光.xlsx", 5, "stat_date", "2026年第36周", "not one day"),
        ("xiaohongshu.juguang", "聚光.xlsx", 6, "stat_date", "2026-09", "not one day"),
        ("xiaohongshu.juguang", "聚光.xlsx", 7, "stat_date", "2026-09-31", "not a date"),
        ("xiaohongshu.juguang", "聚光.xlsx", 8, "spend", "a lot", "not an amount"),
        ("xiaohongshu.juguang", "聚光_合计.csv", 1, "stat_date", None, "not one day"),
        ("pdd.duoduo_jinbao", "进宝_2.csv", 2, "commission", "-1.00", "negative amount"),
    ],
)  # fmt: skip
def test_what_is_no_day_or_no_money_waits_in_quarantine(
    ask: Query, export: str, file: str, row: int, column: str, value: str | None, reason: str
) -> None:
    found = ask(f"""
        select column_name, value, reason, mend is not null from staging.quarantine
        where source_export = '{export}' and source_file = '{file}' and row_number = {row}
    """)
    assert [(found[0][0], *found[0][2:])] == [(column, reason, True)]
    # Long digits are masked in quarantine, whatever they are.
    assert value is None or found[0][1] == value


def test_the_mend_of_a_period_is_to_export_by_day(ask: Query) -> None:
    assert ask("select distinct mend from staging.quarantine where reason = 'not one day'") == [
        ("Export the report by day (分天), with the date column: a row must be one day.",)
    ]


def test_the_newest_report_replaces_the_day_whole(ask: Query) -> None:
    """Plans that the newest report does not name are gone, with their costs."""
    assert ask("""
        select campaign, cost from staging.spend where tool = 'wanxiangtai' and spend_date in (date '2026-09-10', date '2026-11-05')
        order by all
    """) == [("plan A", money("12.01")), ("plan A", money("18.00"))]  # fmt: skip


def test_each_restatement_says_what_it_changed(ask: Query) -> None:
    assert ask("""
        select source_file_before, source_file, rows_before, rows_after, cost_before, cost_after,
            campaigns_before, campaigns_after, campaigns_gone, is_current
        from staging.spend_restatements where spend_date = date '2026-09-10' order by exported_at
    """) == [
        ("万相台_d.csv", "万相台_c.csv", 2, 2, money("909.99"), money("15.00"), 2, 2, 1, False),
        ("万相台_c.csv", "万相台_b.csv", 2, 3, money("15.00"), money("17.50"), 2, 3, 0, False),
        ("万相台_b.csv", "万相台_a.csv", 3, 1, money("17.50"), money("12.01"), 3, 1, 2, True),
    ]  # fmt: skip


def test_every_row_of_the_reports_is_accounted_for(ask: Query) -> None:
    names = {file.name for file in FILES}
    rows = ask(
        "select source_file, rows_staged, rows_superseded, rows_quarantined, difference from staging.reconciliation"
    )
    found = {str(row[0]): row[1:] for row in rows if row[0] in names}
    assert len(found) == len(FILES)
    assert found["聚光.xlsx"] == (2, 0, 6, 0)
    assert found["万相台_b.csv"] == (0, 3, 0, 0)
    assert found["商品推广.xlsx"] == (2, 0, 0, 0)
    assert all(row[-1] == 0 for row in found.values())


@pytest.fixture(scope="module")
def alone(
    tmp_path_factory: pytest.TempPathFactory, compiled: CompiledModels
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Only some files, in the opposite order, the one that counts first and an older one last."""
    settings = make_settings(tmp_path_factory.mktemp("spend"))
    files: Sequence[File] = [*UNI, *RESTATED][::-1]
    write_raw(settings, AS_OF, files, files)
    with open_warehouse(settings, AS_OF) as connection:
        connection.execute("attach ':memory:' as vault")
        compiled.only("spend", "spend_restatements").build(connection)
        yield connection


@pytest.mark.parametrize(
    "table", ["spend", "spend_reports", "spend_restatements", "unallocated_spend"]
)
def test_the_order_of_arrival_changes_nothing(
    ask: Query, alone: duckdb.DuckDBPyConnection, table: str
) -> None:
    sql = f"""
        select * from staging.{table}
        where tool = 'qianchuan_uni' or (tool = 'wanxiangtai' and spend_date = date '{dt.date(2026, 9, 10)}') order by all
    """
    rows = alone.execute(sql).fetchall()
    assert rows
    assert rows == ask(sql)
