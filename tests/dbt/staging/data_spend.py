"""Ad reports of every tool and form. Each day is a case of its own; what it shows is said beside its file."""

from __future__ import annotations

from tests.dbt.staging.staging_warehouse import File

_DAY1, _DAY2, _DAY3 = "2026-09-01", "2026-09-02", "2026-09-03"
_NEXT = "2026-09-05 01:00:00"

# One tool, three reports of one day: the materials count, the account tells 29.85 more than they do.
UNI = [
    File("douyin.qianchuan.uni", "全域_素材.xlsx", _NEXT, [
        {"stat_date": _DAY1, "creative_id": "m1", "creative_name": "片一", "spend": "100.10", "spend_base": "90.00", "impressions": "1,000",
         "clicks": "20", "coupon_deduct_amount": "3.00", "subsidy_amount": "1.50"},
        {"stat_date": _DAY1, "creative_id": "m2", "creative_name": "片二", "spend": "50.05", "impressions": "500"},
    ]),
    File("douyin.qianchuan.uni", "全域_商品.xlsx", _NEXT, [
        {"stat_date": _DAY1, "item_id": "T1", "item_title": "茶", "spend": "150.00"},
        {"stat_date": _DAY2, "item_id": "T1", "item_title": "茶", "spend": "60.00"},
    ]),
    File("douyin.qianchuan.uni", "全域_抖音号.xlsx", _NEXT, [
        {"stat_date": _DAY1, "account_id": "69012345678", "spend": "180.00", "coupon_deduct_amount": "5.00"},
    ]),
]  # fmt: skip
# Standard promotion is other money. Advertiser 9 has plans; advertiser 8 is only in the report by item.
STANDARD = [
    File("douyin.qianchuan.plan", "千川_计划.csv", _NEXT, [
        {"stat_date": _DAY1, "advertiser_id": "9", "advertiser_name": "九", "campaign_id": "P1", "campaign_name": "计划一", "item_id": "T1", "spend": "1,200.50"},
        {"stat_date": _DAY1, "advertiser_id": "9", "advertiser_name": "九", "campaign_id": "P2", "campaign_name": "直播计划", "spend": "99.50"},
    ]),
    File("douyin.qianchuan.plan", "千川_商品.csv", _NEXT, [
        {"stat_date": _DAY1, "advertiser_id": "9", "item_id": "T1", "item_title": "茶", "spend": "1,200.50"},
        {"stat_date": _DAY1, "advertiser_id": "8", "item_id": "T2", "item_title": "帽", "spend": "10.00"},
    ]),
    File("douyin.qianchuan.plan", "千川_直播.csv", _NEXT, [
        {"stat_date": _DAY1, "advertiser_id": "9", "account_id": "6901", "account_name": "旗舰店", "spend": "99.50"},
    ]),
]  # fmt: skip
# Day 1: a report by account and one without accounts; the finer counts. Day 2: only the smallest form.
# Day 3: the smallest form was exported two days before the finer one and is not believed.
JD = [
    File("jd.jingzhuntong", "京准通.csv", _NEXT, [
        {"stat_date": _DAY1, "advertiser_name": "京东一", "product_line": "快车", "campaign_id": "C1", "campaign_name": "快车计划",
         "adgroup_id": "U1", "creative_id": "R1", "sku_id": "100", "impressions": "9,000", "clicks": "90", "spend": "300.00"},
        {"stat_date": _DAY1, "advertiser_name": "京东二", "product_line": "快车", "campaign_id": "C2", "campaign_name": "二号计划",
         "adgroup_id": "U2", "creative_id": "R2", "sku_id": "101", "spend": "40.00"},
        {"stat_date": _DAY3, "advertiser_name": "京东一", "campaign_id": "C1", "campaign_name": "快车计划", "creative_id": "R1", "spend": "50.00"},
    ]),
    File("jd.jingzhuntong", "京准通_场景.xlsx", _NEXT, [
        {"stat_date": _DAY1, "scene_name": "日常", "sku_id": "100", "keyword": "茶", "spend": "345.00"},
    ]),
    File("jd.jingzhuntong", "京准通_简.csv", "2026-09-03 01:00:00", [
        {"stat_date": _DAY2, "product_line": "海投", "sku_id": "100", "spend": "7.77"},
        {"stat_date": _DAY3, "product_line": "海投", "sku_id": "100", "spend": "70.00"},
    ]),
]  # fmt: skip
# The total row of day 1 tells 20.00 more than the items, and more than the account. On day 2 three tools add up.
PDD = [
    File("pdd.ads.goods", "商品推广.xlsx", _NEXT, [
        {"stat_date": _DAY1, "item_id": "9", "campaign_name": "全站", "scene_name": "全站推广", "spend_attributed": "70.00", "spend": "75.00"},
        {"stat_date": _DAY1, "item_id": "8", "campaign_name": "全站", "scene_name": "全站推广", "spend": "5.00"},
    ], dropped=1, findings=[("total_differs", "spend", "the total row says 100.0000, the rows add up to 80.0000")]),
    File("pdd.ads.goods", "商品推广_分天.xlsx", _NEXT, [
        {"stat_date": _DAY1, "spend": "95.00"}, {"stat_date": _DAY2, "spend": "30.00", "impressions": "100", "clicks": "4"},
    ]),
    File("pdd.ads.goods", "直播/明星店铺_分天.xlsx", _NEXT, [{"stat_date": _DAY2, "spend": "3.00"}]),
    File("pdd.ads.goods", "直播推广_分天.xlsx", _NEXT, [{"stat_date": _DAY2, "spend": "0.30"}]),
    # Its total row covers two days: no day can be told to have the difference.
    File("pdd.ads.goods", "商品推广_两天.xlsx", _NEXT, [
        {"stat_date": "2026-09-11", "item_id": "9", "campaign_name": "全站", "spend": "1.00"},
        {"stat_date": "2026-09-12", "item_id": "9", "campaign_name": "全站", "spend": "1.00"},
    ], dropped=1, findings=[("total_differs", "spend", "the total row says 9.0000, the rows add up to 2.0000")]),
    File("pdd.duoduo_jinbao", "进宝_1.csv", _NEXT, [
        {"stat_date": _DAY1, "ad_orders": "3", "ad_gmv": "100.00", "commission": "12.00", "service_fee": "1.23"},
        {"stat_date": _DAY2, "commission": "8.00", "service_fee": None},
    ]),
    File("pdd.duoduo_jinbao", "进宝_2.csv", "2026-09-06 01:00:00", [
        {"stat_date": _DAY1, "ad_orders": "3", "ad_gmv": "100.00", "commission": "12.34", "service_fee": "1.23"},
        {"stat_date": _DAY3, "commission": "-1.00", "service_fee": "0"},
    ]),
]  # fmt: skip
# Day 1 is before the merge. On day 2 万相台 has the search scene, which is the same money; on day 3 only crowds,
# and on day 4 it names no scene.
ZHITONGCHE = [
    File("taobao.zhitongche.report", "直通车.csv", _NEXT, [
        {"stat_date": day, "campaign_id": "Z", "campaign_name": "搜索", "adgroup_id": "G", "item_id": "1", "spend": "20.00", "impressions": "200", "clicks": "2"}
        for day in (_DAY1, _DAY2, _DAY3, "2026-09-04")
    ]),
    File("taobao.wanxiangtai.report", "万相台_场景.csv", _NEXT, [
        {"stat_date": _DAY2, "scene_id": "371", "scene_name": "关键词推广", "spend": "21.00"},
        {"stat_date": _DAY3, "scene_id": "372", "scene_name": "人群推广", "spend": "4.00"},
        {"stat_date": "2026-09-04", "scene_id": "371", "spend": "2.00"},
    ]),
    File("taobao.wanxiangtai.report", "万相台_主体.csv", _NEXT, [
        {"stat_date": _DAY3, "scene_id": "372", "scene_name": "人群推广", "campaign_id": "K", "campaign_name": "人群", "item_id": "77",
         "subject_type": "商品", "spend": "3.00", "coupon_deduct_amount": "0.50", "subsidy_amount": "0.25"},
        {"stat_date": _DAY3, "scene_id": "372", "scene_name": "人群推广", "campaign_id": "K", "campaign_name": "人群", "item_id": "5005",
         "subject_type": "店铺", "spend": "1.00"},
    ]),
]  # fmt: skip
# Thousandths: 1.005 three times is 3.015, which is 3.02; the report by item tells 2.00 of it.
KUAISHOU = [
    File("kuaishou.niu", "磁力金牛_账户.xlsx", _NEXT, [
        {"stat_date": _DAY1, "advertiser_id": "55", "campaign_type": kind, "spend": "1.005", "impressions": "10", "cover_clicks": "1"}
        for kind in ("直播", "短视频", "商品")
    ] + [{"stat_date": _DAY2, "advertiser_id": "55", "campaign_type": "直播", "spend": "0.994"},
         {"stat_date": _DAY2, "advertiser_id": None, "campaign_type": "直播", "spend": "0.25"}]),
    File("kuaishou.niu", "金牛_短视频商品.csv", _NEXT, [
        {"stat_date": _DAY1, "advertiser_id": "55", "item_id": "K1", "item_title": "裙", "spend": "2.000", "impressions": "7"},
    ]),
]  # fmt: skip
# A range of one day is that day; a longer one, a week, and a report without a date column are no days.
XIAOHONGSHU = [
    File("xiaohongshu.juguang", "聚光.xlsx", _NEXT, [
        {"stat_date": _DAY1, "campaign_name": "计划", "campaign_id": "X", "adgroup_id": "V", "content_id": "note1", "spend": "1,317.01",
         "impressions": "20,000", "clicks": "750"},
        {"stat_date": "2026-09-02 ~ 2026-09-02", "campaign_name": "计划", "content_id": "note1", "spend": "10.00"},
        {"stat_date": "2026-09-01 ~ 2026-09-07", "campaign_name": "计划", "content_id": "note1", "spend": "70.00"},
        {"stat_date": "20260901至20260907", "campaign_name": "计划", "content_id": "note1", "spend": "70.00"},
        {"stat_date": "2026年第36周", "campaign_name": "计划", "content_id": "note1", "spend": "70.00"},
        {"stat_date": "2026-09", "campaign_name": "计划", "content_id": "note1", "spend": "70.00"},
        {"stat_date": "2026-09-31", "campaign_name": "计划", "content_id": "note1", "spend": "70.00"},
        {"stat_date": _DAY3, "campaign_name": "计划", "content_id": "note1", "spend": "a lot"},
    ]),
    File("xiaohongshu.juguang", "聚光_合计.csv", _NEXT, [{"spend": "5,000.00", "impressions": "80,000", "clicks": "3,000"}]),
]  # fmt: skip
HEATING = [
    File("wechat.channels_heating", "加热.csv", _NEXT, [
        {"stat_at": "2026年09月01日 14:28", "ad_order_id": "880001", "content_id": "v1", "spend": "￥29.57", "views": "3,000", "item_clicks": "41"},
        {"stat_at": "2026年09月01日 23:59", "ad_order_id": "880002", "content_id": "v1", "spend": "￥0.43"},
        {"stat_at": "2026年09月02日 00:00", "ad_order_id": "880003", "content_id": "v1", "spend": None},
    ]),
]  # fmt: skip


def _wanxiangtai(*plans: tuple[str, str]) -> list[dict[str, str | None]]:
    return [
        {"stat_date": "2026-09-10", "scene_name": "人群推广", "campaign_id": plan, "campaign_name": f"plan {plan}", "spend": spend}
        for plan, spend in plans
    ]  # fmt: skip


# One day told four times; the list is neither in the order of the exports nor of the names. The newest, which
# was filtered down to one plan, is the day; the last of the list is older than all and changes nothing.
RESTATED = [
    File("taobao.wanxiangtai.report", "万相台_b.csv", "2026-09-12 00:00:00", _wanxiangtai(("A", "12.00"), ("B", "5.00"), ("C", "0.50"))),
    File("taobao.wanxiangtai.report", "万相台_a.csv", "2026-09-14 00:00:00", _wanxiangtai(("A", "12.01"))),
    File("taobao.wanxiangtai.report", "万相台_c.csv", "2026-09-11 06:00:00", _wanxiangtai(("A", "10.00"), ("B", "5.00"))),
    File("taobao.wanxiangtai.report", "万相台_d.csv", "2026-09-11 00:00:00", _wanxiangtai(("A", "9.99"), ("D", "900.00"))),
]  # fmt: skip
# The merchant's own list: a newer one replaces a platform's channel of the day, and leaves the other channel.
OWN = [
    File("generic.spend", "own_1.csv", "2026-09-02 00:00:00", [
        {"day": _DAY1, "platform": "web", "channel": "email", "campaign": "e1", "cost": "1.00"},
        {"day": _DAY1, "platform": "web", "channel": "email", "campaign": "e2", "cost": "2.00"},
        {"day": _DAY1, "platform": "web", "channel": "sms", "campaign": "s1", "cost": "4.00"},
    ]),
    File("generic.spend", "own_2.csv", "2026-09-03 00:00:00", [
        {"day": _DAY1, "platform": "web", "channel": "email", "campaign": "e1", "cost": "1.10", "currency": "cny"},
    ]),
]  # fmt: skip

FILES = [
    *UNI, *STANDARD, *JD, *PDD, *ZHITONGCHE, *KUAISHOU, *XIAOHONGSHU, *HEATING, *RESTATED, *OWN,
]  # fmt: skip
