"""The literal landing files of the platform reports that know no person: items, traffic, live, video, notes, shops, reviews."""

from __future__ import annotations

from collections.abc import Mapping

from tests.dbt.staging.staging_warehouse import File

Row = Mapping[str, str | None]


def _rank(item: str, **cells: str | None) -> Row:
    return {"stat_date": "2026-11-05", "item_id": item, "item_title": f"货{item}", **cells}


def _shop_node(*sources: str | None, visitors: str, carrier: str = "全店流量", **cells: str) -> Row:
    names = dict(zip(("source_l1", "source_l2", "source_l3", "source_l4"), sources, strict=False))
    return {"traffic_carrier": carrier, **names, "visitors": visitors, **cells}


def _item_node(*sources: str | None, views: str, visitors: str, **cells: str) -> Row:
    names = dict(zip(("source_l1", "source_l2", "source_l3", "source_l4"), sources, strict=False))
    return {**names, "item_pv": views, "item_uv": visitors, **cells}


def _live(started: str, **cells: str | None) -> Row:
    return {"host_name": "小主播", "host_account": "host88", "live_start_at": started, **cells}


def _video(video: str, item: str | None, day: str | None, **cells: str | None) -> Row:
    return {
        "content_id": video, "content_title": f"片{video}", "content_published_at": "2026/11/01 10:00:00",
        "influencer_name": "小达人", "influencer_id": "kol1", "item_id": item, "stat_date": day, **cells,
    }  # fmt: skip


def _note(title: str, **cells: str | None) -> Row:
    return {
        "content_title": title,
        "content_published_at": "2026年03月01日12时30分15秒",
        "content_type": "图文",
        **cells,
    }


def _review(text: str | None, **cells: str | None) -> Row:
    return {
        "review_text": text, "buyer_nick": "w**", "reviewed_at": "2026-11-05 09:00:00", "item_id": "601", "sku_id": "S1",
        "sku_spec": "颜色分类:红色", "sentiment": "好评", **cells,
    }  # fmt: skip


# The day is restated the day after for item 601 only; the week is a period of its own.
ITEM_RANK = [
    File("taobao.sycm.item_rank", "商品排行_2026-11-05.xls", "2026-11-06 01:00:00", [
        _rank("601", item_uv="1,391", item_pv="3,000", avg_stay_seconds="12.55", bounce_rate="77.48%", fav_users="10", add_to_cart="40",
              cart_users="34", order_buyers="20", order_items="25", order_amount="36,000.00", order_cvr="1.44%", pay_buyers="15", pay_items="18",
              pay_amount="34,895.00", pay_cvr="1.08%", new_buyers="12", old_buyers="3", old_buyers_amount="1,000.10", refund_success_amount="99.50",
              search_visitors="400", search_buyers="5", search_cvr="1.25%"),
        _rank("602", item_pv="1.2万", item_uv="1亿", pay_amount="0.00", pay_cvr="0.00%"),
        _rank("603", pay_cvr="12.5"),
        _rank("604", pay_amount="many"),
        _rank("605", stat_date="sometime"),
        _rank("606", item_pv="12.5"),
        _rank("607", avg_stay_seconds="1分半"),
        _rank("608", pay_amount="-3.00"),
    ]),
    File("taobao.sycm.item_rank", "商品排行_again.xls", "2026-11-07 01:00:00", [
        _rank("601", item_uv="1,391", item_pv="3,000", pay_buyers="15", pay_amount="34,890.00", pay_cvr="0.0108", bounce_rate="0.7748"),
        _rank("601", stat_date="2026-11-02 ~ 2026-11-08", item_uv="9,000", item_pv="20,000", pay_amount="200,000.00"),
    ]),
]  # fmt: skip
# A week in the name; a day above the header; and one that nobody told.
ITEM_DETAILS = [
    File("jd.shangzhi.item", "d/2026-01-01/商品明细_20261101-20261107 20261108_083000.xlsx", "2026-11-08 00:30:00", [
        {"sku_id": "100012", "item_title": "帽", "brand": "B1", "category_l1": "服饰", "category_l2": "配件", "item_pv": "2,000", "item_uv": "800",
         "avg_stay_seconds": "1分25秒", "buyers": "16", "orders": "17", "units": "20", "gmv": "1,600.50", "conversion_rate": "0.02", "cart_users": "40",
         "cart_units": "55", "cart_rate": "5%"},
    ]),
    File("jd.shangzhi.item", "商品明细 (1).xlsx", "2026-11-09 00:30:00", [
        {"report_title": "商智 商品明细 统计时间：2026年11月5日 导出时间：2026-11-09 08:30:00", "sku_id": "100012", "item_pv": "300", "gmv": "10"},
    ]),
    File("jd.shangzhi.item", "商品明细.xlsx", "2026-11-09 00:31:00", [{"sku_id": "100012", "item_pv": "301"}]),
    File("douyin.compass.item", "商品概览_2026-11-05.xlsx", "2026-11-06 00:00:00", [
        {"item_id": "35", "item_title": "茶", "gmv": "1.5万", "orders": "150", "units": "160", "buyers": "140", "refund_amount": "500.00",
         "refund_orders": "5", "net_gmv": "14,600.00", "net_orders": "146", "item_impressions": "30万", "item_clicks": "1.5万", "live_gmv": "9,000.00",
         "live_orders": "90", "live_cvr": "3.5%", "video_gmv": "2,000.00", "video_orders": "20"},
    ]),
]  # fmt: skip
# The first export of the day was taken too early: nothing of it may be left.
TRAFFIC = [
    File("taobao.sycm.shop_flow_source", "【生意参谋平台】流量来源-2026-11-05_2026-11-05.xls", "2026-11-05 12:00:00", [
        _shop_node("平台流量", "汇总", "汇总", "汇总", visitors="99"), _shop_node("平台流量", "早退", "汇总", "汇总", visitors="99"),
    ]),
    File("taobao.sycm.shop_flow_source", "【生意参谋平台】流量来源-2026-11-05_2026-11-05 (1).xls", "2026-11-06 12:00:00", [
        _shop_node("汇总", "汇总", "汇总", "汇总", visitors="1,000"),
        _shop_node("付费推广", "汇总", "汇总", "汇总", visitors="300", pay_amount="600.00"),
        _shop_node("付费推广", "关键词推广", "汇总", "汇总", visitors="200", pay_amount="400.00", pay_buyers="4", pay_cvr="2.00%", new_visitors="150"),
        _shop_node("付费推广", "新奇推广", "汇总", "汇总", visitors="120", pay_amount="200.00"),
        _shop_node("平台流量", "汇总", "汇总", "汇总", visitors="700"),
        _shop_node("平台流量", "搜索", "汇总", "汇总", visitors="400"),
        _shop_node("平台流量", "搜索", "手淘搜索", "汇总", visitors="350"),
        _shop_node("平台流量", "搜索", "手淘搜索", "手淘搜索", visitors="350"),
        _shop_node("平台流量", "搜索", "拍立淘", "汇总", visitors="60"),
        _shop_node("平台流量", "谜", "汇总", "汇总", visitors="310"),
        _shop_node("自主访问", "购物车", visitors="100"),
        _shop_node("自主访问", "购物车", "汇总", visitors="100"),
        _shop_node("平台流量", "汇总", "汇总", "汇总", visitors="690", carrier="手机淘宝"),
    ]),
    File("taobao.sycm.shop_flow_source", "流量来源 2026-11-02至2026-11-08.xls", "2026-11-09 12:00:00", [
        _shop_node("付费推广", "汇总", "汇总", "汇总", visitors="2万"),
    ]),
    File("taobao.sycm.item_flow_source", "商品流量来源_712345678901_2026-11-06.xls", "2026-11-07 01:00:00", [
        _item_node("手淘搜索", "汇总", views="900", visitors="300", pay_items="3", pay_amount="30.00", pay_cvr="1.00%"),
        _item_node("手淘搜索", "某词", views="900", visitors="300"),
        _item_node("直播", "汇总", views="50", visitors="20"),
    ]),
    File("taobao.sycm.item_flow_source", "来源.xls", "2026-11-07 01:00:00", [
        {**_item_node("手淘搜索", views="100", visitors="400"), "report_title": "商品ID：712345678902 统计日期 2026-11-06"},
    ]),
    File("taobao.sycm.item_flow_source", "来源_2026-11-06.xls", "2026-11-07 01:00:00", [_item_node("手淘搜索", views="100", visitors="400")]),
]  # fmt: skip
# A session over midnight; the second export knows of later refunds.
LIVE = [
    File("douyin.compass.live", "直播列表1.xlsx", "2026-11-06 02:00:00", [
        _live("2026/11/05 20:00:00", live_end_at="2026/11/06 00:30:00", live_minutes="270", live_viewers="1.2万", live_views="15,000", comments="800",
              avg_view_minutes="1.5", live_orders="90", live_gmv="9,000.00", live_refund_amount="0.00"),
        _live("soon"),
    ]),
    File("douyin.compass.live", "直播列表2.xlsx", "2026-11-08 02:00:00", [
        _live("2026-11-05 20:00:00", live_end_at="2026-11-06 00:30:00", live_minutes="270", live_viewers="1.2万", live_views="15,000", comments="800",
              avg_view_minutes="1.5", live_orders="90", live_units="100", live_buyers="85", live_gmv="9,000.00", live_paid="8,800.00",
              live_refund_amount="450.25", gmv_net="8,990.00", ad_spend_bound="300.00", ad_spend_promoted="320.00", view_cvr="0.0071",
              new_followers="120", lost_followers="3"),
    ]),
]  # fmt: skip
# One video sells two items: its views are told twice. The restated day lacks the second item.
VIDEO = [
    File("douyin.compass.video", "短视频.xlsx", "2026-11-06 02:00:00", [
        _video("71", "35", "2026-11-05", views="5,000", gmv="100.00", orders="2", completion_rate="12.5%"),
        _video("71", "36", "2026-11-05", views="5,000", gmv="50.00", orders="1", completion_rate="12.5%"),
        _video("71", "35", "2026-11-06", views="1000", gmv="10.00", orders="1"),
        _video("72", None, None, views="7"),
    ]),
    File("douyin.compass.video", "短视频 2026-11-06.xlsx", "2026-11-08 02:00:00", [_video("71", "35", None, views="1,100", gmv="12.00", orders="1")]),
]  # fmt: skip
# 2026-11-05 17:00 UTC is the sixth on the merchant's clock; the eighth was exported twice.
NOTES = [
    File("xiaohongshu.notes", "笔记.xlsx", "2026-11-05 17:00:00", [
        _note("山茶花", impressions="10000", views="1,000", ctr="0.1", likes="50", comments="5", saves="20", shares="2", new_followers="1", avg_view_seconds="12.5"),
        _note("没有时间", content_published_at=None),
    ]),
    File("xiaohongshu.notes", "笔记a.xlsx", "2026-11-08 01:00:00", [_note("山茶花", impressions="11000", views="1,100", likes="49", comments="5")]),
    File("xiaohongshu.notes", "笔记b.xlsx", "2026-11-08 02:00:00", [
        _note("山茶花", impressions="12000", views="1,250", ctr="10.4%", likes="55", comments="6", saves="21", shares="2", new_followers="1"),
        _note("冬日", views="1.2w", content_published_at="2026-11-08 08:00:00"),
    ]),
    File("xiaohongshu.notes", "笔记 2026-11-09.xlsx", "2026-11-10 02:00:00", [_note("山茶花", impressions="12000", views="1,300", likes="60")]),
]  # fmt: skip
SHOPS = [
    File("pdd.overview", "经营总览.xlsx", "2026-11-06 02:00:00", [
        {"stat_date": "20261105", "pay_amount": "12,000.00", "pay_buyers": "300", "pay_cvr": "3.25%", "pay_orders": "310", "old_buyer_share": "0.4",
         "refund_success_amount": "250.50", "refund_orders": "6", "shop_followers": "1.1万"},
    ]),
    File("pdd.overview", "经营总览2.xlsx", "2026-11-07 02:00:00", [
        {"stat_date": "2026-11-05", "pay_amount": "12,000.00", "pay_buyers": "300", "pay_cvr": "3.25%", "refund_success_amount": "350.50"},
        {"stat_date": "yesterday", "pay_amount": "1"},
    ]),
    File("kuaishou.overview", "经营数据.xlsx", "2026-11-06 02:00:00", [
        {"stat_date": "2026-11-05", "item_pv": "3万", "item_uv": "8,000", "pay_buyers": "90", "pay_orders": "95", "pay_items": "100", "pay_amount": "9,999.99",
         "refund_amount": "100.00", "refund_orders": "1", "ad_cost_other": "20.50", "ad_cost_sitewide": "30.25"},
        {"stat_date": "2026-11-06", "ad_cost_sitewide": "7.00"},
    ]),
    File("youzan.overview", "数据概况.xlsx", "2026-11-06 02:00:00", [
        {"stat_date": "2026-11-05", "item_pv": "500", "item_uv": "200", "pay_buyers": "10", "pay_orders": "11", "pay_items": "12", "pay_amount": "880.00",
         "pay_cvr": "5.00%", "order_amount": "900.00", "refund_success_amount": "8.80", "new_buyer_amount": "500.00", "old_buyer_amount": "380.00"},
    ]),
]  # fmt: skip
# Two masked buyers said the same; one review gained a follow-up; one buyer is not masked.
REVIEWS = [
    File("taobao.sycm.reviews", "评价1.xls", "2026-11-06 02:00:00", [
        _review("此用户没有填写评价。"), _review("此用户没有填写评价。"),
        _review("打电话 13900000001", buyer_nick="anna_nick", sentiment="差评", reviewed_at="2026-11-05 10:00:00"),
        _review(None, sentiment="中评", reviewed_at="2026-11-05 11:00:00"),
        _review("好", sentiment="超赞"),
        _review("好", reviewed_at="last week"),
    ]),
    File("taobao.sycm.reviews", "评价2.xls", "2026-11-09 02:00:00", [
        _review("打电话 13900000001", buyer_nick="anna_nick", sentiment="中评", reviewed_at="2026-11-05 10:00:00", review_append_text="已解决",
                followed_up_at="2026-11-08 10:00:00"),
    ]),
]  # fmt: skip

FILES = [*ITEM_RANK, *ITEM_DETAILS, *TRAFFIC, *LIVE, *VIDEO, *NOTES, *SHOPS, *REVIEWS]
