"""Which partner or live session an order is attributed to, and what that costs."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.dbt.staging.conftest import Query, waiting
from tests.dbt.staging.staging_warehouse import SALT


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("export", "row", "status", "channel", "expected", "settled", "counted"),
    [
        ("douyin.alliance_orders", 1, "paid", "live", "10.00", None, "10.00"),
        # bonus and promotion fee are costs too
        ("douyin.alliance_orders", 2, "completed", "live", "11.50", None, "11.50"),
        ("douyin.alliance_orders", 3, "settled", "affiliate", "10.00", "10.00", "10.00"),
        ("douyin.alliance_orders", 4, "cancelled", "affiliate", "10.00", None, "0.00"),
        ("douyin.alliance_orders", 5, "paid", "live", "10.00", None, "10.00"),  # unknown word
        ("taobao.cps_orders", 1, "settled", "affiliate", None, "55.00", "55.00"),
        ("taobao.cps_orders", 2, "settled", "affiliate", None, "-5.50", "-5.50"),  # corrected
        ("taobao.cps_orders", 3, "completed", "affiliate", None, "2.00", "2.00"),
        ("taobao.cps_unbilled_orders", 1, "paid", "live", "8.00", None, "0.00"),  # billed meanwhile
        ("taobao.cps_unbilled_orders", 2, "completed", "live", "8.00", None, "8.00"),
        ("taobao.cps_unbilled_orders", 3, "cancelled", "live", "8.00", None, "0.00"),
        ("taobao.cps_unbilled_orders", 4, "pending", "live", "8.00", None, "0.00"),
        ("taobao.sycm.live_orders", 1, "paid", "live", None, None, "0.00"),
        ("taobao.sycm.live_orders", 2, "completed", "live", None, None, "0.00"),
        ("taobao.sycm.live_orders", 3, "pending", "live", None, None, "0.00"),
        ("jd.jingtiaoke_orders", 1, "settled", "affiliate", None, "7.20", "7.20"),
        ("jd.jingtiaoke_orders", 2, "settled", "affiliate", None, "3.60", "3.60"),  # no total
        ("jd.jingtiaoke_orders", 3, "paid", "affiliate", "6.00", None, "6.00"),
        ("jd.jingtiaoke_orders", 4, "cancelled", "affiliate", "6.00", None, "0.00"),  # not valid
        ("jd.jingtiaoke_orders", 5, "cancelled", "affiliate", "6.00", None, "0.00"),
        ("jd.jingtiaoke_refunds", 1, "settled", "affiliate", None, "-7.20", "-7.20"),
        ("xiaohongshu.cps_orders", 1, "paid", "note", "9.90", None, "9.90"),
        ("xiaohongshu.cps_orders", 2, "completed", "affiliate", "9.90", None, "9.90"),
        ("xiaohongshu.cps_orders", 3, "cancelled", "note", "9.90", None, "0.00"),
        ("xiaohongshu.cps_orders", 4, "pending", "note", "9.90", None, "0.00"),  # never paid
    ],
)
def test_states_and_commissions(
    ask: Query,
    export: str,
    row: int,
    status: str,
    channel: str,
    expected: str | None,
    settled: str | None,
    counted: str,
) -> None:
    assert ask(f"""
        select status, channel, estimated_commission_amount, settled_commission_amount, commission_amount
        from staging.order_attributions where source_export = '{export}' and _row_number = {row}
    """) == [(status, channel, _money(expected), _money(settled), Decimal(counted))]  # fmt: skip


@pytest.mark.parametrize(
    ("export", "row", "column", "reason"),
    [
        ("douyin.alliance_orders", 6, "paid_at", "not a time"),
        ("douyin.alliance_orders", 7, "commission_estimated", "not an amount"),
        ("taobao.cps_orders", 4, "commission", "missing"),
        ("taobao.sycm.live_orders", 4, "created_at", "missing"),
        ("jd.jingtiaoke_orders", 6, "is_valid", "not a known value"),
        ("jd.jingtiaoke_refunds", 2, "commission_refunded", "missing"),
        ("xiaohongshu.cps_orders", 5, "order_id", "missing"),
    ],
)
def test_what_cannot_be_typed_waits_in_quarantine(
    ask: Query, export: str, row: int, column: str, reason: str
) -> None:
    assert waiting(ask, export, row) == [(column, reason, True)]


def test_a_restated_commission_counts_once(ask: Query) -> None:
    assert ask("select count(*), sum(commission_amount) from staging.order_attributions where source_export = 'taobao.cps_orders'") == [
        (3, Decimal("51.50"))
    ]  # fmt: skip
    assert ask("select source_export from staging.superseded_rows semi join (select source_hash as _source_hash from raw.files where source_file = '淘宝客订单10月.xlsx') using (_source_hash)") == [
        ("taobao.cps_orders",)
    ]  # fmt: skip


def test_amounts_times_sessions_and_plans(ask: Query) -> None:
    assert ask("""
        select session_id, campaign, traffic_source, paid_amount, settled_amount, attributed_at
        from staging.order_attributions where source_export = 'taobao.sycm.live_orders' and _row_number = 2
    """) == [("L900", "开学季", "live", Decimal("80.00"), Decimal("1080.00"), dt.datetime(2026, 11, 1, 2))]  # fmt: skip
    assert ask("""
        select campaign, paid_amount, settled_amount, settled_at from staging.order_attributions
        where source_export = 'douyin.alliance_orders' and _row_number = 3
    """) == [("普通计划", Decimal("50.00"), Decimal("45.00"), dt.datetime(2026, 11, 7, 2))]  # fmt: skip


def test_partners_are_hashed_and_readable_only_in_the_vault(ask: Query) -> None:
    assert ask(f"""
        select distinct partner_key = left(md5('{SALT}|douyin:partner:dy_zhang'), 16), partner_type
        from staging.order_attributions where platform = 'douyin'
    """) == [(True, "influencer")]  # fmt: skip
    assert ask("select partner_id, partner_name from vault.partners where platform = 'douyin'") == [
        ("dy_zhang", "小张")
    ]
    text = str(ask("select * from staging.order_attributions"))
    assert not [
        word for word in ("小张", "dy_zhang", "小王", "优惠站", "jd_tuike", "T21") if word in text
    ]


def test_orders_without_a_source_get_that_of_their_attribution(ask: Query) -> None:
    """DA11 says itself that it came from a short video. J1, J2 and T2 say nothing."""
    assert ask("""
        select d.line_id, l.traffic_source, l.campaign, l.channel, l.account_key is null
        from staging.order_lines as l
        inner join staging.order_rows as o using (order_line_key)
        inner join vault.delivered_orders as d on o._source_hash = d._source_hash and o._row_number = d._row_number
        where d.order_id in ('DA1', 'DA2', 'DA3') order by 1
    """) == [
        ("DA11", "短视频", "普通计划", "short_video", True),
        ("DA12", "直播", "普通计划", "live", True),
        ("DA13", "橱窗", "普通计划", "affiliate", True),
        ("DA99", None, None, "other", True),
    ]  # fmt: skip
    assert ask("""
        select platform, count(*) from staging.orders where channel = 'affiliate' group by all order by all
    """) == [("douyin", 1), ("jd", 2), ("taobao", 1)]  # fmt: skip


def test_the_nearest_attribution_is_believed(ask: Query) -> None:
    """T2: billed commission before live session. J1 is named by line and item, J2 only by its order."""
    rows = ask("""
        select d.order_id, d.line_id, l.matched_by, l.traffic_source, l.campaign
        from staging.line_attributions as l
        inner join staging.order_rows as o using (order_line_key)
        inner join vault.delivered_orders as d using (_source_hash, _row_number)
        order by 1, 2
    """)
    assert rows == [
        ("DA1", "DA11", "line", "直播", "普通计划"),
        ("DA1", "DA12", "line", "直播", "普通计划"),
        ("DA2", "DA13", "line", "橱窗", "普通计划"),
        ("J1", "1", "line", "affiliate", "秋季计划"),
        ("J1", "2", "line", "affiliate", "秋季计划"),
        ("J1", "2#2", "item", "affiliate", "秋季计划"),
        ("J2", "1", "order", "affiliate", "秋季计划"),
        ("T2", None, "order", "affiliate", "双11计划"),
        ("T3", None, "order", "live", "开学季"),
    ]
