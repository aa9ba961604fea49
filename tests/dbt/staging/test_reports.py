"""What the staging tables say of the literal reports of data_reports."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.dbt.staging.conftest import Query

FIFTH, SIXTH, EIGHTH = dt.date(2026, 11, 5), dt.date(2026, 11, 6), dt.date(2026, 11, 8)


def test_items_by_day_and_by_week_and_restated(ask: Query) -> None:
    """The newer export replaces the day of item 601, not that of 602; the week stays beside the day."""
    assert ask("""
        select item_id, report_date, period_start, period_end, page_views, visitors, gross_amount, conversion_rate, bounce_rate
        from staging.item_reports where platform = 'taobao' order by item_id, period_end
    """) == [
        ("601", FIFTH, FIFTH, FIFTH, 3000, 1391, Decimal("34890.00"), 0.0108, 0.7748),
        ("601", None, dt.date(2026, 11, 2), EIGHTH, 20000, 9000, Decimal("200000.00"), None, None),
        ("602", FIFTH, FIFTH, FIFTH, 12000, 100_000_000, Decimal("0.00"), 0.0, None),
    ]  # fmt: skip


def test_all_measures_of_an_item_are_typed(ask: Query) -> None:
    """What the restated row held before."""
    assert ask("""
        select average_stay_seconds, favorites, cart_users, add_to_carts, ordering_buyers, ordered_units, ordered_amount, ordering_rate,
            buyers, units, new_buyers, returning_buyers, returning_buyer_amount, refund_amount, search_visitors, search_buyers,
            search_conversion_rate
        from staging.delivered_item_reports where item_id = '601' and gross_amount = 34895
    """) == [
        (12.55, 10, 34, 40, 20, 25, Decimal("36000.00"), 0.0144, 15, 18, 12, 3, Decimal("1000.10"), Decimal("99.50"), 400, 5, 0.0125),
    ]  # fmt: skip


def test_periods_told_by_the_name_and_above_the_header(ask: Query) -> None:
    """The folder and the time of export are not periods."""
    assert ask("""
        select period_start, period_end, page_views, visitors, average_stay_seconds, category, orders, units, conversion_rate, cart_rate,
            cart_users, add_to_carts, gross_amount
        from staging.item_reports where platform = 'jd' order by period_start
    """) == [
        (dt.date(2026, 11, 1), dt.date(2026, 11, 7), 2000, 800, 85.0, "配件", 17, 20, 0.02, 0.05, 40, 55, Decimal("1600.50")),
        (FIFTH, FIFTH, 300, None, None, None, None, None, None, None, None, None, Decimal("10.00")),
    ]  # fmt: skip


def test_an_item_by_way_of_sale(ask: Query) -> None:
    assert ask("""
        select report_date, gross_amount, orders, refund_amount, platform_net_amount, impressions, clicks, live_gross_amount, live_orders,
            live_conversion_rate, video_gross_amount, video_orders
        from staging.item_reports where platform = 'douyin'
    """) == [
        (FIFTH, Decimal("15000.00"), 150, Decimal("500.00"), Decimal("14600.00"), 300_000, 15_000, Decimal("9000.00"), 90, 0.035,
         Decimal("2000.00"), 20),
    ]  # fmt: skip


def test_leaves_of_the_traffic_tree_and_their_channels(ask: Query) -> None:
    """Levels 0 and 1 and inner nodes are parents; a node told twice is one; an unknown name takes its parent's channel."""
    assert ask("""
        select source_name, level, channel, visitors, gross_amount from staging.traffic_reports
        where report_date = '2026-11-05' and carrier = '全店流量' and is_leaf order by visitors, channel
    """) == [
        ("拍立淘", 3, "search", 60, None),
        ("购物车", 2, "direct", 100, None),
        ("新奇推广", 2, "onsite_ads", 120, Decimal("200.00")),
        ("关键词推广", 2, "onsite_ads", 200, Decimal("400.00")),
        ("谜", 2, "other", 310, None),
        ("手淘搜索", 4, "search", 350, None),
    ]  # fmt: skip
    assert ask("""
        select level, sum(visitors), count(*) from staging.traffic_reports
        where report_date = '2026-11-05' and carrier = '全店流量' and not is_leaf group by 1 order by 1
    """) == [(0, 1000, 1), (1, 1000, 2), (2, 500, 2), (3, 350, 1)]


def test_a_newer_traffic_report_replaces_the_whole_day(ask: Query) -> None:
    """The node 早退 of the early export is gone, although the later one does not name it."""
    assert ask("select count(*) from staging.traffic_reports where visitors = 99") == [(0,)]
    assert ask(
        "select rows_superseded, rows_staged from staging.reconciliation where source_file = '【生意参谋平台】流量来源-2026-11-05_2026-11-05.xls'"
    ) == [(2, 0)]


def test_traffic_of_one_item_and_of_a_week(ask: Query) -> None:
    assert ask("""
        select item_id, source_path, is_leaf, channel, page_views, visitors from staging.traffic_reports
        where report_date = '2026-11-06' order by item_id, _row_number
    """) == [
        ("712345678901", ["手淘搜索"], False, "search", 900, 300),
        ("712345678901", ["手淘搜索", "某词"], True, "search", 900, 300),
        ("712345678901", ["直播"], True, "live", 50, 20),
        ("712345678902", ["手淘搜索"], True, "search", 100, 400),
    ]  # fmt: skip
    # A parent whose children were not delivered is a leaf.
    assert ask(
        "select period_start, period_end, is_leaf, visitors from staging.traffic_reports where report_date is null"
    ) == [(dt.date(2026, 11, 2), EIGHTH, True, 20_000)]


def test_a_live_session_counts_once_on_the_day_it_began(ask: Query) -> None:
    assert ask("""
        select creator_id, report_date, started_at, ended_at, viewers, views, average_view_seconds, comments, orders, units, buyers, gross_amount,
            paid_amount, refund_amount, platform_net_amount, bound_ad_cost, promoted_ad_cost, conversion_rate
        from staging.live_reports
    """) == [
        ("host88", FIFTH, dt.datetime(2026, 11, 5, 12), dt.datetime(2026, 11, 5, 16, 30), 12_000, 15_000, 90.0, 800, 90, 100, 85,
         Decimal("9000.00"), Decimal("8800.00"), Decimal("450.25"), Decimal("8990.00"), Decimal("300.00"), Decimal("320.00"), 0.0071),
    ]  # fmt: skip


def test_videos_by_item_and_day(ask: Query) -> None:
    """The sixth is restated without its second item; the fifth keeps both."""
    assert ask("""
        select content_id, item_id, report_date, published_at, views, orders, gross_amount, completion_rate from staging.video_reports order by 3, 2
    """) == [
        ("71", "35", FIFTH, dt.datetime(2026, 11, 1, 2), 5000, 2, Decimal("100.00"), 0.125),
        ("71", "36", FIFTH, dt.datetime(2026, 11, 1, 2), 5000, 1, Decimal("50.00"), 0.125),
        ("71", "35", SIXTH, dt.datetime(2026, 11, 1, 2), 1100, 1, Decimal("12.00"), None),
    ]  # fmt: skip


def test_notes_as_delivered_and_what_they_gained(ask: Query) -> None:
    """Gains add up to the newest numbers, and may be negative; a column left out once is not a loss."""
    assert ask("""
        select report_date, previous_report_date, views, views_gained, likes, likes_gained, shares, shares_gained, click_rate, average_view_seconds
        from staging.note_reports where content_title = '山茶花' order by 1
    """) == [
        (SIXTH, None, 1000, 1000, 50, 50, 2, 2, 0.1, 12.5),
        (EIGHTH, SIXTH, 1250, 250, 55, 5, 2, 0, 0.104, None),
        (dt.date(2026, 11, 9), EIGHTH, 1300, 50, 60, 5, None, None, None, None),
    ]  # fmt: skip
    assert ask(
        "select published_at, views, content_form from staging.note_reports where content_title = '冬日'"
    ) == [(dt.datetime(2026, 11, 8), 12_000, "图文")]
    assert ask("select count(distinct content_id) from staging.note_reports") == [(2,)]


def test_shops_by_day(ask: Query) -> None:
    assert ask("""
        select platform, report_date, page_views, visitors, buyers, orders, gross_amount, refund_amount, ad_cost, conversion_rate
        from staging.shop_reports order by 1, 2
    """) == [
        ("kuaishou", FIFTH, 30_000, 8_000, 90, 95, Decimal("9999.99"), Decimal("100.00"), Decimal("50.75"), None),
        ("kuaishou", SIXTH, None, None, None, None, None, None, Decimal("7.00"), None),
        ("pdd", FIFTH, None, None, 300, None, Decimal("12000.00"), Decimal("350.50"), None, 0.0325),
        ("youzan", FIFTH, 500, 200, 10, 11, Decimal("880.00"), Decimal("8.80"), None, 0.05),
    ]  # fmt: skip


def test_reviews_keep_their_words_in_the_vault(ask: Query) -> None:
    """The follow-up replaces its review; two masked buyers with the same words are two reviews."""
    assert ask("""
        select sentiment, score, reviewed_at, followed_up_at, has_text, account_key is not null
        from staging.reviews order by reviewed_at
    """) == [
        ("positive", 1, dt.datetime(2026, 11, 5, 1), None, False, False),
        ("positive", 1, dt.datetime(2026, 11, 5, 1), None, False, False),
        ("neutral", 0, dt.datetime(2026, 11, 5, 2), dt.datetime(2026, 11, 8, 2), True, True),
        ("neutral", 0, dt.datetime(2026, 11, 5, 3), None, False, False),
    ]  # fmt: skip
    columns = "select column_name from duckdb_columns() where database_name <> 'vault' and table_name = 'reviews'"
    assert not {name for (name,) in ask(columns)} & {
        "review_text",
        "follow_up_text",
        "account_id",
        "buyer_nick",
    }
    assert ask(
        "select follow_up_text from vault.main.delivered_reviews where follow_up_text is not null"
    ) == [("已解决",)]


def test_a_reviewer_is_the_buyer_of_the_same_name(ask: Query) -> None:
    assert ask("""
        select count(*) from staging.reviews semi join staging.accounts using (account_key) where account_key is not null
    """) == [(1,)]  # fmt: skip


@pytest.mark.parametrize(
    ("export", "file", "row", "column", "reason"),
    [
        ("taobao.sycm.item_rank", "商品排行_2026-11-05.xls", 3, "pay_cvr", "not a rate"),
        ("taobao.sycm.item_rank", "商品排行_2026-11-05.xls", 4, "pay_amount", "not an amount"),
        ("taobao.sycm.item_rank", "商品排行_2026-11-05.xls", 5, "stat_date", "period not told"),
        ("taobao.sycm.item_rank", "商品排行_2026-11-05.xls", 6, "item_pv", "not a whole number"),
        ("taobao.sycm.item_rank", "商品排行_2026-11-05.xls", 7, "avg_stay_seconds", "not a duration"),
        ("taobao.sycm.item_rank", "商品排行_2026-11-05.xls", 8, "pay_amount", "negative amount"),
        ("jd.shangzhi.item", "商品明细.xlsx", 1, "stat_date", "period not told"),
        ("taobao.sycm.item_flow_source", "来源_2026-11-06.xls", 1, "item_id", "item not told"),
        ("douyin.compass.live", "直播列表1.xlsx", 2, "live_start_at", "not a time"),
        ("douyin.compass.video", "短视频.xlsx", 4, "stat_date", "period not told"),
        ("xiaohongshu.notes", "笔记.xlsx", 2, "content_published_at", "missing"),
        ("pdd.overview", "经营总览2.xlsx", 2, "stat_date", "not a date"),
        ("taobao.sycm.reviews", "评价1.xls", 5, "sentiment", "not a known value"),
        ("taobao.sycm.reviews", "评价1.xls", 6, "reviewed_at", "not a time"),
    ],
)  # fmt: skip
def test_what_a_report_does_not_tell_waits_in_quarantine(
    ask: Query, export: str, file: str, row: int, column: str, reason: str
) -> None:
    assert ask(f"""
        select column_name, reason, mend is not null, value is not null from staging.quarantine
        where source_export = '{export}' and source_file = '{file}' and row_number = {row}
    """) == [(column, reason, True, reason != "missing")]  # fmt: skip


def test_every_row_of_the_reports_is_accounted_for(ask: Query) -> None:
    exports = (
        "taobao.sycm.item_rank", "jd.shangzhi.item", "douyin.compass.item", "taobao.sycm.shop_flow_source", "taobao.sycm.item_flow_source",
        "douyin.compass.live", "douyin.compass.video", "xiaohongshu.notes", "pdd.overview", "kuaishou.overview", "youzan.overview",
        "taobao.sycm.reviews",
    )  # fmt: skip
    assert ask(f"""
        select sum(rows_delivered), sum(rows_staged), sum(rows_superseded), sum(rows_quarantined), sum(rows_kept_in_raw), sum(abs(difference))
        from staging.reconciliation where source_export in {exports}
    """) == [(62, 40, 8, 14, 0, 0)]  # fmt: skip
