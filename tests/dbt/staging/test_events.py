"""What the event trackers, text messages and follower dumps become: the literal files of data_events."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.dbt.staging.conftest import Query
from tests.dbt.staging.staging_warehouse import SALT

DAY = dt.datetime(2026, 11, 5)


def events(
    ask: Query, platform: str, columns: str, where: str = "true"
) -> list[tuple[object, ...]]:
    return ask(f"""
        select {columns} from staging.events where platform = '{platform}' and {where}
        order by occurred_at, event_key, account_key
    """)  # fmt: skip


def test_ga4_deeds_in_our_words_with_their_time(ask: Query) -> None:
    """Microseconds UTC; two deeds of one batch are two; the day written again adds only what is new."""
    assert events(ask, "ga4", "event_type, date_diff('second', timestamp '2026-11-05', occurred_at)") == [
        ("view", 0), ("view", 1), ("cart", 2), ("pay", 3), ("refund", 4), ("expose", 5), ("expose", 5), ("share", 10),
    ]  # fmt: skip


def test_ga4_dwell_goods_and_money(ask: Query) -> None:
    columns = "dwell_seconds, item_id, category, brand, interests, amount"
    assert events(ask, "ga4", columns, "event_type in ('view', 'cart', 'pay', 'refund')") == [
        (None, None, None, None, None, None),
        (12.5, "C1", "hats", "B1", None, Decimal("30.00")),
        (None, None, None, "B1", "hats;shoes", None),  # two items: only what they share
        (None, "C1", "hats", "B1", None, Decimal("1290.50")),  # the revenue, not the parameter
        (None, None, None, None, None, Decimal("30.00")),
    ]


def test_ga4_source_is_that_of_the_session(ask: Query) -> None:
    """The first touch of the user (baidu, cpc) stands in every row and is never taken."""
    assert events(
        ask, "ga4", "traffic_source, channel, campaign, place", "event_type <> 'pay'"
    ) == [
        ("organic", "search", None, None),
        (None, "other", None, None),
        ("cpc", "offsite_ads", "11.11", None),
        (None, "other", None, None),
        (None, "other", None, "home"),
        (None, "other", None, "home"),
        (None, "other", None, None),
    ]


SEGMENT_NAMES = {
    "Products Searched": "search", "Product List Viewed": "expose", "Product List Filtered": "search",
    "Promotion Viewed": "expose", "Promotion Clicked": "click", "Product Clicked": "click", "Product Viewed": "view",
    "Product Added": "cart", "Product Removed": "product removed", "Cart Viewed": "cart viewed",
    "Checkout Started": "checkout", "Checkout Step Viewed": "checkout", "Checkout Step Completed": "checkout",
    "Payment Info Entered": "checkout", "Order Updated": "order updated", "Order Completed": "pay",
    "Order Refunded": "refund", "Order Cancelled": "order cancelled", "Coupon Entered": "coupon entered",
    "Coupon Applied": "coupon applied", "Coupon Denied": "coupon denied", "Coupon Removed": "coupon removed",
    "Product Added to Wishlist": "favorite", "Product Removed from Wishlist": "product removed from wishlist",
    "Wishlist Product Added to Cart": "cart", "Product Shared": "share", "Cart Shared": "share",
    "Product Reviewed": "comment",
}  # fmt: skip


def test_every_name_of_the_shop_vocabulary_of_segment(ask: Query) -> None:
    got = events(ask, "segment", "event_type", "event_key like 'segment:n%'")
    assert [kind for (kind,) in got] == list(SEGMENT_NAMES.values())


def test_segment_calls(ask: Query) -> None:
    """Pages and screens are views; identify, alias and group are no events; a call sent twice is one."""
    columns = "event_key, event_type, occurred_at, item_id, interests, place, amount"
    assert events(ask, "segment", columns, "event_key not like 'segment:n%'") == [
        ("segment:p1", "view", DAY.replace(hour=1, second=1, microsecond=250000), None, None, "home", None),
        ("segment:s1", "view", DAY.replace(hour=1, second=2), None, None, "cart", None),
        ("segment:t1", "view", DAY.replace(hour=1, second=3, microsecond=250000), "C1", None, None, Decimal("30.00")),
        ("segment:t2", "pay", DAY.replace(hour=1, second=5, microsecond=250000), None, "hats;shoes", None, Decimal("90.50")),
        ("segment:t3", "refund", DAY.replace(hour=1, second=8, microsecond=250000), None, None, None, None),
    ]  # fmt: skip


def test_snowplow_times_are_utc_and_names_come_from_where_they_are(ask: Query) -> None:
    """One id with another fingerprint is another event; without a derived time the collector's stands."""
    at = DAY.replace(hour=2, microsecond=123000)
    columns = "event_type, occurred_at, item_id, category, traffic_source, place, amount"
    assert events(ask, "snowplow", columns) == [
        ("view", at.replace(second=1), None, None, None, None, None),
        ("view", at.replace(second=1), None, None, "search", None, None),
        ("cart", at.replace(second=2), "C1", "hats", None, None, None),
        ("cart", at.replace(second=3), "C1", None, None, "shop", None),
        ("pay", at.replace(second=4), None, None, None, None, Decimal("88.80")),
        ("page_ping", at.replace(second=5), None, None, None, None, None),
        ("click", DAY.replace(hour=2, minute=30), None, None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("ga4", [("anonymous_id", "cookie.1", 2), ("phone", "13900000017", 1)]),
        (
            "segment",
            [
                ("anonymous_id", "anon-1", 2), ("anonymous_id", "anon-names", 1), ("anonymous_id", "old-anon", 1),
                ("email", "cleo@qq.com", 1), ("phone", "13900000007", 1), ("unionid", "o" + "W" * 27, 1), ("user_id", "u-77", 1),
            ],
        ),
        ("snowplow", [("anonymous_id", "duid-1", 2), ("anonymous_id", "nuid-1", 1), ("user_id", "sp-user", 1)]),
        ("wechat", [("openid", "oA1", 1), ("openid", "oA2", 1), ("openid", "oA3", 1), ("unionid", "o" + "W" * 27, 1)]),
    ],
)  # fmt: skip
def test_ids_tie_the_visitor_to_the_login(
    ask: Query, platform: str, expected: list[tuple[object, ...]]
) -> None:
    """The visitor and the login are two accounts that share the cookie."""
    assert ask(f"""
        select identifier_type, identifier_value, count(distinct account_key) from vault.identifiers
        where platform = '{platform}' group by all order by all
    """) == expected  # fmt: skip


def test_follower_and_visitor_share_the_union_id(ask: Query) -> None:
    assert ask(f"""
        select count(distinct platform), count(distinct identifier_hash) from vault.identifiers
        where identifier_value = '{"o" + "W" * 27}'
    """) == [(2, 1)]  # fmt: skip


def test_messages_take_their_newest_receipt(ask: Query) -> None:
    """The reference names the campaign, else the template; local times of the file are Shanghai's."""
    assert ask("""
        select campaign, variant, channel, touch_at, status, identifier_hash from staging.touches
        where source_export = 'aliyun.sms_details' order by touch_at
    """) == [
        (campaign, "treatment", "sms", DAY.replace(hour=2, second=second), status, ask(f"select left(md5('{SALT}|phone:13900000018'), 16)")[0][0])
        for campaign, second, status in [("SMS_1", 1, "delivered"), ("SMS_1", 2, "failed"), ("wake", 3, "delivered")]
    ]  # fmt: skip


def test_only_who_still_follows_is_a_contact(ask: Query) -> None:
    assert ask(
        "select channel, added_at, source, campaign, employee_hash from staging.contacts where channel <> 'wecom'"
    ) == [("official_account", DAY, "qr_code", "store-7", None)]
    assert ask("select gender, city from staging.accounts where platform = 'wechat' order by all") == [
        ("female", "杭州"), (None, None), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "bad"),
    [
        ("events_20261105.json", [(9, "event_at", "not a time"), (10, "paid_amount", "negative amount"), (11, "event_name", "missing")]),
        ("segment.jsonl", [(10, "event_name", "missing"), (11, "properties", "not an amount"), (12, "anonymous_id", "missing")]),
        ("part-00000.tsv", [(9, "event_at", "not a time"), (10, "anonymous_id", "missing")]),
        ("sms_2.json", [(2, "touch_status", "not a known value"), (3, "contact_phone", "missing"), (4, "touch_at", "not a time"),
                        (5, "touch_campaign", "missing")]),
        ("公众号用户_1.json", [(4, "openid", "missing"), (5, "touch_at", "not a time")]),
    ],
)  # fmt: skip
def test_bad_rows_wait_with_their_reason(
    ask: Query, file: str, bad: list[tuple[object, ...]]
) -> None:
    assert ask(f"""
        select row_number, column_name, reason from staging.quarantine where source_file = '{file}' order by 1
    """) == bad  # fmt: skip


def test_rows_of_each_file_are_accounted_for(ask: Query) -> None:
    """Delivered, staged, quarantined, superseded, not events (no consent; identify, alias, group)."""
    got = ask("""
        select source_file, rows_delivered, rows_staged, rows_quarantined, rows_superseded, rows_not_events, difference
        from staging.reconciliation
        where
            split_part(source_export, '.', 1) in ('ga4', 'segment', 'snowplow', 'aliyun')
            or source_export = 'wechat.official_account_users'
        order by 1
    """)  # fmt: skip
    assert got == [
        ("events_20261105.json", 11, 6, 3, 1, 1, 0),
        ("events_20261105_again.json", 2, 2, 0, 0, 0, 0),
        ("part-00000.tsv", 10, 7, 2, 1, 0, 0),
        ("segment.jsonl", 40, 33, 3, 1, 3, 0),
        ("sms_1.json", 3, 2, 0, 1, 0, 0),
        ("sms_2.json", 5, 1, 4, 0, 0, 0),
        ("公众号用户_1.json", 5, 2, 2, 1, 0, 0),
        ("公众号用户_2.json", 1, 1, 0, 0, 0, 0),
    ]


def test_none_of_them_is_readable_after_staging(ask: Query) -> None:
    tables = ask(
        "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse' and schema_name in ('staging', 'facts')"
    )
    secrets = [
        "13900000017",
        "0000 0018",
        "13900000018",
        "cleo@qq.com",
        "cookie.1",
        "u-77",
        "duid-1",
        "oA1",
        "W" * 27,
    ]
    for schema, table in tables:
        text = str(ask(f"select string_agg(t::varchar, ' ') from {schema}.{table} as t")[0][0])
        assert [secret for secret in secrets if secret in text] == [], f"{schema}.{table}"
