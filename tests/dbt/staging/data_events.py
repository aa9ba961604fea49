"""Literal files of the event trackers, of text messages and of followers. 1793836800 is 2026-11-05 00:00:00 UTC."""

from __future__ import annotations

import json

from tests.dbt.staging.staging_warehouse import File

_UNIONID = "o" + "W" * 27


def _params(**values: str | int | float) -> str:
    kinds = {str: "string_value", int: "int_value", float: "double_value"}
    return json.dumps([
        {"key": key, "value": {kinds[type(value)]: str(value)}} for key, value in values.items()
    ])  # fmt: skip


def _ga4(name: str | None, second: int, **cells: str | None) -> dict[str, str | None]:
    return {
        "event_name": name, "event_at": f"{1793836800 + second}000000", "anonymous_id": "cookie.1", "stream_id": "7",
        "first_touch_source": "baidu", "first_touch_medium": "cpc", "province": "Zhejiang", "city": "Hangzhou", **cells,
    }  # fmt: skip


_CAP = {"item_id": "C1", "item_category": "hats", "item_brand": "B1", "price": "30"}
_SHOE = {"item_id": "S1", "item_category": "shoes", "item_brand": "B1", "price": "60"}
# The last rows: a batch of two deeds at the same time, no consent, a broken time, a broken amount, no name.
GA4 = File("ga4.bigquery", "events_20261105.json", "2026-11-06 02:00:00", [
    _ga4("page_view", 0, event_params=_params(ga_session_id=1, source="google", medium="organic", campaign="(organic)")),
    _ga4("view_item", 1, items=json.dumps([_CAP]), event_params=_params(engagement_time_msec=12500, value=30.0)),
    _ga4("add_to_cart", 2, items=json.dumps([_CAP, _SHOE]), user_id="13900000017",
         session_source='{"manual_campaign":{"source":"weibo","medium":"cpc","campaign_name":"11.11"}}'),
    _ga4("purchase", 3, user_id="13900000017", paid_amount="1290.5", items=json.dumps([_CAP]), event_params=_params(value=9.0)),
    _ga4("refund", 4, user_id="13900000017", refund_amount="30"),
    _ga4("view_item_list", 5, batch_event_index="1", event_params=_params(content_group="home")),
    _ga4("view_item_list", 5, batch_event_index="2", event_params=_params(content_group="home")),
    _ga4("scroll", 6, anonymous_id=None),
    _ga4("click", 7, event_at="yesterday"),
    _ga4("purchase", 8, paid_amount="-5"),
    _ga4(None, 9),
])  # fmt: skip
# The table of a day is written again for days: the same deeds once more, and a late one.
GA4_AGAIN = File("ga4.bigquery", "events_20261105_again.json", "2026-11-07 02:00:00", [
    _ga4("page_view", 0, event_params=_params(ga_session_id=1, source="google", medium="organic", campaign="(organic)")),
    _ga4("share", 10),
])  # fmt: skip


def _call(number: str, call: str, second: int, **cells: str | None) -> dict[str, str | None]:
    return {
        "event_id": number, "event_type": call, "anonymous_id": "anon-1", "event_at": f"2026-11-05T01:00:{second:02}.250Z",
        **cells,
    }  # fmt: skip


_EVENTS = [
    "Products Searched", "Product List Viewed", "Product List Filtered", "Promotion Viewed", "Promotion Clicked",
    "Product Clicked", "Product Viewed", "Product Added", "Product Removed", "Cart Viewed", "Checkout Started",
    "Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered", "Order Updated", "Order Completed",
    "Order Refunded", "Order Cancelled", "Coupon Entered", "Coupon Applied", "Coupon Denied", "Coupon Removed",
    "Product Added to Wishlist", "Product Removed from Wishlist", "Wishlist Product Added to Cart", "Product Shared",
    "Cart Shared", "Product Reviewed",
]  # fmt: skip
SEGMENT = File("segment.track", "segment.jsonl", "2026-11-06 02:00:00", [
    _call("p1", "page", 1, page_category="home", utm_source="weibo", utm_medium="social", utm_campaign="11.11"),
    _call("s1", "screen", 2, page_name="cart", event_at=None, received_at="2026-11-05T01:00:02.000Z"),
    _call("t1", "track", 3, event_name="Product Viewed", properties='{"sku":"C1","category":"hats","brand":"B1","value":30}'),
    _call("i1", "identify", 4, user_id="u-77", traits='{"phone":"139 0000 0007","email":"Cleo@qq.com","unionid":"' + _UNIONID + '"}'),
    _call("t2", "track", 5, user_id="u-77", event_name="Order Completed", properties=json.dumps({
        "order_id": "O1", "total": "90.50", "currency": "CNY",
        "products": [{"product_id": "C1", "category": "hats"}, {"product_id": "S1", "category": "shoes"}]})),
    _call("a1", "alias", 6, user_id="u-77", previous_id="old-anon", anonymous_id=None),
    _call("g1", "group", 7, user_id="u-77"),
    _call("t1", "track", 3, event_name="Product Viewed", properties='{"sku":"C1","category":"hats","brand":"B1","value":30}'),
    _call("t3", "track", 8, event_name="Order Refunded", properties="not json"),
    _call("t4", "track", 9),
    _call("t5", "track", 10, event_name="Order Completed", properties='{"total":"much"}'),
    _call("t6", "track", 11, event_name="Signed Up", anonymous_id=None),
    *[_call(f"n{n}", "track", 20 + n, anonymous_id="anon-names", event_name=name) for n, name in enumerate(_EVENTS)],
])  # fmt: skip


def _enriched(number: str, second: int, **cells: str | None) -> dict[str, str | None]:
    return {
        "event_id": number, "event_fingerprint": f"f{number}", "anonymous_id": "duid-1", "network_user_id": "nuid-1",
        "event_at": f"2026-11-05 02:00:{second:02}.123", "received_at": "2026-11-05 02:30:00.000",
        "province": "Zhejiang", "city": "Hangzhou", **cells,
    }  # fmt: skip


_ACTION = json.dumps({"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
                      "data": {"schema": "iglu:x", "data": {"type": "add_to_cart"}}})  # fmt: skip
_GOODS = json.dumps({"schema": "iglu:contexts", "data": [
    {"schema": "iglu:com.snowplowanalytics.snowplow.ecommerce/product/jsonschema/1-0-0",
     "data": {"id": "C1", "category": "hats", "brand": "B1", "price": 30}},
    {"schema": "iglu:com.snowplowanalytics.snowplow/web_page/jsonschema/1-0-0", "data": {"id": "page-1"}},
]})  # fmt: skip
SNOWPLOW = File("snowplow.enriched_tsv", "part-00000.tsv", "2026-11-06 02:00:00", [
    _enriched("1", 1, event_name="page_view", event_kind="page_view", referrer_medium="search"),
    _enriched("2", 2, event_name="snowplow_ecommerce_action", event_kind="unstruct", unstruct_event=_ACTION, contexts=_GOODS),
    _enriched("3", 3, event_name="event", event_kind="struct", se_category="shop", se_action="Add-to-Cart", item_id="C1"),
    _enriched("4", 4, event_name="transaction", event_kind="transaction", user_id="sp-user", order_total="88.80"),
    _enriched("5", 5, event_name="page_ping", event_kind="page_ping", anonymous_id=None, referrer_medium="internal"),
    _enriched("1", 1, event_name="page_view", event_kind="page_view", referrer_medium="search"),
    _enriched("1", 1, event_name="page_view", event_kind="page_view", event_fingerprint="another"),
    _enriched("6", 6, event_name="link_click", event_at=None),
    _enriched("7", 7, event_name="link_click", event_at="soon"),
    _enriched("8", 8, event_name="link_click", anonymous_id=None, network_user_id=None),
])  # fmt: skip


def _sms(status: str, second: int, **cells: str | None) -> dict[str, str | None]:
    return {
        "contact_phone": "139 0000 0018", "touch_status": status, "error_code": "DELIVERED", "touch_campaign": "SMS_1",
        "touch_at": f"2026-11-05 10:00:{second:02}", "touch_delivered_at": "2026-11-05 10:00:09", **cells,
    }  # fmt: skip


# The first message is asked for twice: on its way, then delivered.
SMS = [
    File("aliyun.sms_details", "sms_1.json", "2026-11-05 03:00:00", [_sms("1", 1), _sms("2", 2), _sms("3", 3, touch_external_id="wake")]),
    File("aliyun.sms_details", "sms_2.json", "2026-11-06 03:00:00", [
        _sms("3", 1), _sms("9", 4), _sms("3", 5, contact_phone=None), _sms("3", 6, touch_at="soon"), _sms("3", 7, touch_campaign=None),
    ]),
]  # fmt: skip
FOLLOWERS = [
    File("wechat.official_account_users", "公众号用户_1.json", "2026-11-05 03:00:00", [
        {"openid": "oA1", "is_subscribed": "1", "touch_at": "1793836800", "unionid": _UNIONID, "touch_source": "ADD_SCENE_QR_CODE",
         "touch_campaign": "store-7", "gender": "2", "city": "杭州"},
        {"openid": "oA2", "is_subscribed": "1", "touch_at": "1793836860", "touch_source": "_WECHAT_ADVERTISEMENT"},
        {"openid": "oA3", "is_subscribed": "0"},
        {"openid": None, "is_subscribed": "1", "touch_at": "1793836860"},
        {"openid": "oA4", "is_subscribed": "1", "touch_at": "long ago"},
    ]),
    File("wechat.official_account_users", "公众号用户_2.json", "2026-11-06 03:00:00", [
        {"openid": "oA2", "is_subscribed": "0", "touch_at": "0"},
    ]),
]  # fmt: skip
FILES = [GA4, GA4_AGAIN, SEGMENT, SNOWPLOW, *SMS, *FOLLOWERS]
