"""What the staging tables and the account-grain facts say of the literal files of staging_data."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from tests.dbt.staging.conftest import Query
from tests.dbt.staging.staging_data import FIRST
from tests.dbt.staging.staging_warehouse import SALT


def money(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def test_a_taobao_order_gets_its_lines_and_its_payment_is_shared_to_the_cent(ask: Query) -> None:
    assert ask("""
        select item_title, gross_amount, refund_amount, status, category, brand from staging.order_lines
        where platform = 'taobao' and item_title in ('鞋', '帽') order by item_title desc
    """) == [
        ("鞋", Decimal("50.00"), Decimal("0.00"), "completed", "鞋类", "B1"),
        ("帽", Decimal("50.01"), Decimal("0.00"), "completed", "帽类", "B1"),
    ]  # fmt: skip


def test_a_taobao_order_without_lines_is_one_line(ask: Query) -> None:
    assert ask("""
        select item_title, quantity, gross_amount, status from staging.order_lines
        where platform = 'taobao' and item_title = '茶'
    """) == [("茶", 1, Decimal("59.90"), "completed")]  # fmt: skip


def test_orders_name_their_lines_money_and_place(ask: Query) -> None:
    assert ask("""
        select line_count, gross_amount, status, province, city from staging.orders
        where platform = 'taobao' and city = '杭州市' order by gross_amount
    """) == [
        (1, Decimal("0.00"), "pending", "浙江省", "杭州市"),
        (1, Decimal("20.00"), "closed", "浙江省", "杭州市"),
        (1, Decimal("59.90"), "completed", "浙江省", "杭州市"),
        (2, Decimal("100.01"), "completed", "浙江省", "杭州市"),
    ]  # fmt: skip


def test_repeated_jd_amounts_are_shared_not_added(ask: Query) -> None:
    assert ask("select gross_amount, sum(gross_amount) over () from staging.order_lines where platform = 'jd' and status = 'completed' order by 1") == [
        (Decimal("33.33"), Decimal("100.00")), (Decimal("33.33"), Decimal("100.00")), (Decimal("33.34"), Decimal("100.00")),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("where", "gross", "refund"),
    [
        ("platform = 'jd' and status = 'closed'", "33.33", "33.33"),  # cancelled after payment
        (
            "platform = 'taobao' and status = 'closed' and city = '杭州市'",
            "20.00",
            "20.00",
        ),  # no refund column
        ("platform = 'pdd' and status = 'refunded'", "1020.00", "1020.00"),
        ("platform = 'douyin' and status = 'refunded' and item_title = '茶'", "50.00", "50.00"),
        ("platform = 'douyin' and status = 'closed'", "0.00", "0.00"),  # never paid
        (
            "platform = 'youzan' and status = 'completed' and province = '浙江省'",
            "80.00",
            "30.00",
        ),  # part of a line
        (
            "platform = 'youzan' and status = 'closed' and province = '浙江省'",
            "80.00",
            "80.00",
        ),  # paid, because refunded
        ("platform = 'youzan' and status = 'pending' and province = '浙江省'", "0.00", "0.00"),
        ("platform = 'shopify' and item_title = 'Cap'", "30.00", "6.00"),  # part of an order
        ("platform = 'shopify' and item_title = 'Sock'", "20.00", "4.01"),
        ("platform = 'weimob' and status = 'refunded'", "30.00", "30.00"),  # no amount given
    ],
)
def test_refunds(ask: Query, where: str, gross: str, refund: str) -> None:
    expected = (Decimal(gross), Decimal(refund), Decimal(gross) - Decimal(refund))
    assert ask(
        f"select gross_amount, refund_amount, net_amount from staging.order_lines where {where}"
    ) == [expected]
    kept = ask(
        f"select refund_amount from staging.refunds semi join (select * from staging.order_lines where {where}) as l using (order_line_key)"
    )
    assert kept == ([(Decimal(refund),)] if Decimal(refund) else [])


def test_days_end_at_local_midnight(ask: Query) -> None:
    assert ask("select paid_at, paid_date from staging.order_lines where platform = 'pdd' and paid_at > '2026-11-09' order by 1") == [
        (dt.datetime(2026, 11, 10, 15, 59, 59), dt.date(2026, 11, 10)),
        (dt.datetime(2026, 11, 10, 16, 0, 0), dt.date(2026, 11, 11)),
    ]  # fmt: skip


def test_order_days_are_as_of_the_date(ask: Query) -> None:
    """The refund of the next day is not known yet; without a time of payment the order's time stands."""
    assert ask("""
        select order_date, channel, orders, units, gross_amount, refund_amount, net_amount
        from facts.account_order_days where platform = 'weimob' order by channel
    """) == [
        (dt.date(2026, 11, 6), "other", 1, 1, *money("30.00", "0.00", "30.00")),
        (dt.date(2026, 11, 6), "search", 1, 2, *money("60.00", "0.00", "60.00")),
    ]  # fmt: skip
    assert ask(
        "select net_amount from facts.account_order_days where platform = 'youzan' and order_date = '2026-11-05'"
    ) == [(Decimal("50.00"),)]


def test_purchases_are_interests_unless_refunded(ask: Query) -> None:
    assert ask("""
        select interest, weight from facts.account_purchase_interest_days
        semi join (select account_key from staging.accounts where platform = 'weimob') using (account_key) order by 1
    """) == [("帽类", 6.0), ("鞋类", 3.0)]  # fmt: skip


@pytest.mark.parametrize(
    ("export", "row", "column", "reason"),
    [
        ("taobao.order_list.legacy", 2, "created_at", "not a time"),
        ("taobao.order_list.legacy", 5, "status_raw", "not a known value"),
        ("taobao.item_list.legacy", 3, "order_id", "order not delivered"),
        ("shopify.orders", 3, "currency", "unknown currency"),
        ("generic.orders", 5, "line_amount", "negative amount"),
        ("generic.customers", 2, "joined_at", "missing"),
        ("generic.identities", 2, "identifier_type", "not a known value"),
        ("generic.events", 6, "dwell_seconds", "not a number"),
        ("generic.events", 7, "account_id", "missing"),
        ("generic.touch_log", 3, "account_id", "missing"),
        ("generic.spend", 2, "cost", "not an amount"),
        ("generic.consents", 2, "state", "not a known value"),
        ("sensors.event", 6, "event_at", "not a time"),
    ],
)
def test_what_cannot_be_typed_waits_in_quarantine(
    ask: Query, export: str, row: int, column: str, reason: str
) -> None:
    assert ask(f"""
        select column_name, reason, mend is not null, stage from staging.quarantine
        where source_export = '{export}' and row_number = {row}
    """) == [(column, reason, True, "typing")]  # fmt: skip


def test_rows_the_reader_refused_stay_in_quarantine_without_personal_data(ask: Query) -> None:
    assert ask(
        "select source_export, value, stage from staging.quarantine where stage = 'reading'"
    ) == [("merchant.stock", "<digits> broken", "reading")]


def test_every_delivered_row_is_accounted_for(ask: Query) -> None:
    rows = ask("""
        select source_file, rows_delivered, rows_staged, rows_quarantined, rows_superseded,
            rows_dropped_reading, rows_not_events, rows_kept_in_raw, difference
        from staging.reconciliation
    """)  # fmt: skip
    assert len(rows) == len(FIRST)
    assert all(row[-1] == 0 for row in rows)
    by_file = {row[0]: row[1:-1] for row in rows}
    assert by_file["ExportOrderList1.csv"] == (5, 3, 1, 1, 0, 0, 0)
    assert by_file["ExportOrderList2.csv"] == (3, 1, 1, 0, 1, 0, 0)
    assert by_file["sensors_1.jsonl"] == (8, 4, 1, 1, 0, 2, 0)
    assert by_file["万相台_1.csv"] == (3, 0, 0, 3, 0, 0, 0)
    assert by_file["stock.csv"] == (3, 0, 1, 0, 0, 0, 2)


def test_identifiers_are_cleaned_judged_and_hashed(ask: Query) -> None:
    rows = ask("""
        select v.platform, v.identifier_type, v.identifier_value, i.is_usable, i.reject_reason
        from vault.identifiers as v inner join staging.identifiers as i using (account_key, identifier_type, identifier_hash)
    """)
    assert len(rows) == ask("select count(*) from vault.identifiers")[0][0]
    assert {
        ("taobao", "buyer_name", "anna_nick", True, None),
        ("taobao", "phone", "139****0001", False, "masked"),
        ("taobao", "phone", "13900000003", True, None),
        ("shopify", "email", "anna@qq.com", True, None),
        ("shopify", "phone", "13900000001", True, None),
        ("wecom", "phone", "13900000004", True, None),
        ("wecom", "external_userid", "wm1", True, None),
        ("weimob", "email", "service@shop.cn", False, "role"),
        ("weimob", "email", "anna@qq.com", True, None),
        ("sensors", "phone", "13900000001", True, None),
        ("app", "device_id", "dev-9", True, None),
    } <= set(rows)


def test_one_phone_has_one_hash_whatever_the_platform_and_the_spelling(ask: Query) -> None:
    """Youzan, Shopify (+86), WeCom (spaces), WeCom API, weimob and the tracker's login id name one phone."""
    assert ask(f"""
        select count(distinct platform), count(distinct account_key), count(distinct identifier_hash),
            any_value(identifier_hash) = left(md5('{SALT}|phone:13900000001'), 16)
        from vault.identifiers where identifier_value = '13900000001'
    """) == [(5, 6, 1, True)]  # fmt: skip
    assert ask(
        "select count(*) from staging.touches semi join vault.identifiers using (identifier_hash)"
    ) == [(2,)]


def test_hashed_phones_meet_the_clear_one(ask: Query) -> None:
    """The MD5 of another spelling is the contact's phone; the same digits under a platform's key are nobody's."""
    assert ask("""
        select i.platform, v.identifier_value = '13900000004', i.scheme, i.is_usable
        from staging.identifiers as i inner join vault.identifiers as v using (account_key, identifier_type, identifier_hash)
        where i.identifier_type = 'phone' and i.platform in ('wecom', 'weimob')
            and (i.scheme <> 'clear' or v.identifier_value = '13900000004')
        order by all
    """) == [("wecom", True, "clear", True), ("weimob", False, "keyed", True), ("weimob", True, "md5", True)]  # fmt: skip
    # The touch log names the same person by the MD5 of a third spelling.
    assert ask("""
        select count(*) from staging.touches semi join (
            select identifier_hash from vault.identifiers where identifier_value = '13900000004'
        ) using (identifier_hash)
    """) == [(1,)]


def test_rejected_identifiers_are_counted_by_reason(ask: Query) -> None:
    found = ask(
        "select platform, identifier_type, reject_reason, value_count, account_count from staging.rejected_identifiers"
    )
    assert {
        ("taobao", "phone", "masked", 1, 1),
        ("weimob", "email", "role", 1, 1),
        ("weimob", "device_id", "bad_check_digit", 1, 1),
    } <= set(found)
    assert sum(int(str(row[3])) for row in found) == ask(
        "select count(distinct (platform, identifier_type, identifier_hash)) from staging.identifiers where not is_usable"
    )[0][0]  # fmt: skip


def test_the_anonymous_visitor_and_the_login_share_an_anonymous_id(ask: Query) -> None:
    assert ask(
        "select count(distinct account_key) from staging.identifiers where identifier_type = 'anonymous_id' and platform = 'sensors'"
    ) == [(2,)]


def test_accounts_follow_the_spelling_rules(ask: Query) -> None:
    def key(account: str) -> str:
        return str(ask(f"select left(md5('{SALT}|{account}'), 16)")[0][0])

    others = "('ga4', 'segment', 'snowplow', 'wechat', 'kuaishou', 'xiaohongshu', 'amazon')"
    known = {
        row[0]
        for row in ask(f"select account_key from staging.accounts where platform not in {others}")
    }
    named = ["taobao:anna_nick", "taobao:phone:13900000003", "taobao:phone:13900000031", "taobao:old_nick", "jd:jd_pin",
             "youzan:13900000001", "youzan:13900000021", "youzan:13900000022", "shopify:anna@qq.com", "shopify:2",
             "wecom:contact:13900000001", "wecom:wm1", "wecom:wm7", "sensors:dev-1", "sensors:13900000001", "app:u1",
             "app:device:DEV-9", "weimob:w1", "weimob:w2", "weimob:w5"]  # fmt: skip
    assert known == {key(account) for account in named}


def test_attributes_come_from_the_newest_row(ask: Query) -> None:
    """The newer file changes the gender; it has no member level, and a whole newer row replaces the older one."""
    assert ask(
        "select gender, member_level, joined_at from staging.accounts where platform = 'weimob' and joined_at is not null"
    ) == [("female", None, dt.datetime(2024, 12, 31, 16))]
    # And so with a column that no contract knows but the configuration names.
    assert ask("select attribute, value from staging.account_attributes") == [("skin_type", "oily")]


def test_touches_consents_referrals_contacts_and_corrections(ask: Query) -> None:
    assert ask(
        "select channel, variant, status, clicked_at from staging.touches where source_export = 'generic.touch_log' order by all"
    ) == [
        ("sms", "holdout", "planned", None),
        ("sms", "treatment", "clicked", dt.datetime(2026, 11, 5, 3)),
        ("wecom", "treatment", "delivered", None),
    ]
    assert ask("select channel, state, account_key is null, identifier_type from staging.consents order by all") == [
        ("email", "granted", False, None), ("sms", "withdrawn", False, None), ("sms", "withdrawn", True, "phone"),
    ]  # fmt: skip
    assert ask("select campaign, accepted_at from staging.referrals order by all") == [
        ("friends", dt.datetime(2026, 11, 1, 16)), (None, dt.datetime(2024, 12, 31, 16)),
    ]  # fmt: skip
    assert ask("select source, campaign, count(distinct employee_hash) from staging.contacts where channel = 'wecom' group by all order by all") == [
        ("qr_code", "spring", 1), ("qr_code", None, 1), ("扫码", None, 1),
    ]  # fmt: skip
    assert ask("select relation, account_key <> other_account_key from staging.corrections order by all") == [
        ("different", True), ("same", True),
    ]  # fmt: skip
    # An account named by its key is that account, and makes none; what is no key is no name.
    assert ask(
        "select account_key, other_account_key from staging.corrections where relation = 'different'"
    ) == [("00000000000000ab", "00000000000000cd")]
    assert ask(
        "select count(*) from staging.accounts where account_key in ('00000000000000ab', '00000000000000cd')"
    ) == [(0,)]
    assert (
        ask("""
        select column_name, value, reason from staging.bad_rows
        where source_file = 'corrections_by_key.csv' order by all
    """)
        == [("account_id", None, "missing")] * 2
    )
    # What the merchant states about an account is no sign of life of its owner.
    assert ask("""
        select accounts.last_seen_at < corrections.stated_at from staging.corrections
        inner join staging.accounts on accounts.account_key in (corrections.account_key, corrections.other_account_key)
    """) == [(True,), (True,)]


def test_interests_weigh_behaviour_times_dwell(ask: Query) -> None:
    """Under 10 s half, under 60 s one, from 60 s two; without a dwell time one; exposure weighs nothing."""
    assert ask("""
        select a.platform, i.event_date, i.interest, i.weight from facts.account_interest_days as i
        inner join staging.accounts as a using (account_key) where a.platform in ('app', 'sensors') order by all
    """) == [
        ("app", dt.date(2026, 11, 5), "hats", 0.5), ("app", dt.date(2026, 11, 6), "hats", 1.0), ("app", dt.date(2026, 11, 6), "hats", 1.0),
        ("app", dt.date(2026, 11, 6), "shoes", 2.0), ("app", dt.date(2026, 11, 7), "bags", 2.0),
        ("sensors", dt.date(2026, 11, 5), "hats", 1.5), ("sensors", dt.date(2026, 11, 5), "hats", 2.0), ("sensors", dt.date(2026, 11, 5), "shoes", 0.5),
    ]  # fmt: skip


def test_event_days_count_and_add(ask: Query) -> None:
    assert ask("""
        select event_date, event_type, category, brand, channel, event_count, dwell_seconds, amount
        from facts.account_event_days semi join (select account_key from staging.accounts where platform = 'app') using (account_key)
        where channel in ('live', 'search') order by all
    """) == [
        (dt.date(2026, 11, 5), "view", "hats", None, "search", 1, 9.9, None),
        (dt.date(2026, 11, 6), "view", "hats", "B1", "live", 1, 59.9, Decimal("1000.50")),
    ]  # fmt: skip
    assert ask("select sum(event_count) from facts.account_event_days") == ask(
        "select count(*) from staging.events"
    )


def test_nobody_is_readable_after_staging(ask: Query) -> None:
    """No table of the warehouse holds a phone, an e-mail address, a nick or an id of the sample rows."""
    tables = ask(
        "select schema_name, table_name from duckdb_tables() where database_name = 'warehouse' and schema_name in ('staging', 'facts')"
    )
    assert len(tables) > 20
    secrets = ["13900000001", "anna@qq.com", "anna_nick", "jd_pin", "wm1", "dev-1", "DEV-9"]
    for schema, table in tables:
        text = ask(f"select string_agg(t::varchar, ' ') from {schema}.{table} as t")[0][0]
        assert [secret for secret in secrets if text and secret in str(text)] == [], (
            f"{schema}.{table}"
        )
