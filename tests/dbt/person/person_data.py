"""A small random merchant for the oracle: the same seed gives the same rows."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from typing import Any

import pandas as pd

AS_OF = dt.date(2026, 11, 10)
SEED = 20261110
PEOPLE = 80
TYPES = ["visit", "view", "search", "content_view", "like", "share", "favorite", "cart", "expose"]
CATEGORIES = ["shoes", "hats", "bags", None]
CHANNELS = ["search", "live", "onsite_ads", "unheard_of", None]

RULES = """
views: {description: d, purpose: p, event_type: view, measure: count, window: {last_days: 30}, is: {at_least: 4}}
views_more: {description: d, purpose: p, event_type: view, measure: count, window: {last_days: 30}, is: {more_than: 5}}
no_views: {description: d, purpose: p, event_type: [view, visit], measure: count, window: {last_days: 20}, is: {at_most: 0}}
few_carts: {description: d, purpose: p, event_type: cart, measure: count, window: all_time, is: {at_most: 3}}
no_cart_days: {description: d, purpose: p, event_type: cart, measure: days, window: {last_days: 40}, is: {exactly: 0}}
shoe_days: {description: d, purpose: p, event_type: [view, search], where: {category: [shoes, hats]}, measure: days,
            window: {last_days: 60}, is: {between: [2, 4]}}
live: {description: d, purpose: p, event_type: [view, content_view], where: {channel: live}, measure: count,
       window: {from: 2026-10-01, to: 2026-10-31}, is: {at_least: 2}}
reader: {description: d, purpose: p, event_type: content_view, measure: sum, of: dwell_seconds, window: {last_days: 90},
         is: {at_least: 60}}
short: {description: d, purpose: p, event_type: content_view, measure: sum, of: dwell_seconds, window: {last_days: 90},
        is: {less_than: 60}}
recent: {description: d, purpose: p, event_type: [view, cart], measure: recency, window: all_time, is: {at_most: 7}}
not_recent: {description: d, purpose: p, event_type: view, measure: recency, window: all_time, is: {more_than: 20}}
channels: {description: d, purpose: p, event_type: [view, visit], measure: distinct, of: channel, window: {last_days: 90},
           is: {at_least: 3}}
one_brand: {description: d, purpose: p, event_type: view, where: {place: top}, measure: distinct, of: brand,
            window: {last_days: 120}, is: {exactly: 1}}
buyer: {description: d, purpose: p, event_type: purchase, measure: count, window: {last_days: 100}, is: {at_least: 2}}
spender: {description: d, purpose: p, event_type: purchase, where: {brand: x}, measure: sum, of: amount, window: all_time,
          is: {at_least: 60}}
not_bought: {description: d, purpose: p, event_type: purchase, measure: count, window: {last_days: 90}, is: {at_most: 0}}
"""


def small_merchant() -> tuple[
    dict[str, pd.DataFrame], dict[str, list[dict[str, Any]]], dict[str, str]
]:
    """Frames for the warehouse, the same rows for the oracle, and account -> person."""
    draw = random.Random(SEED)
    people = {f"a{number:03d}": f"p{number % PEOPLE:03d}" for number in range(PEOPLE * 3 // 2)}
    # Some people turn up on the as-of day (local midnight is 16:00 UTC) or only after it.
    first_seen = {
        person: dt.datetime(2026, 11, 9, 16) if number % 17 == 1
        else dt.datetime(2026, 11, 10, 16) if number % 17 == 2
        else dt.datetime(2026, 1, 1)
        for number, person in enumerate(sorted(set(people.values())))
    }  # fmt: skip
    days = _event_days(draw, people)
    interests = [
        {"account_key": account, "event_date": AS_OF - dt.timedelta(days=draw.choice([-1, 0, 2, 3, 6, 7, 14, 15, 29, 30, 90])),
         "interest": draw.choice(["tea", "oil", "shoes"]), "weight": draw.choice([0.5, 1, 2, 4.5])}
        for account in people for _ in range(draw.randrange(6))
    ]  # fmt: skip
    taken_back = [
        {"account_key": row["account_key"], "event_date": row["event_date"], "interest": row["interest"], "weight": sign * 3.0}
        for row in interests[::5] for sign in draw.choice([(1,), (1, -1)])
    ]  # fmt: skip
    lines = _order_lines(draw, people)
    rows: dict[str, list[dict[str, Any]]] = {
        "days": days, "interests": interests + taken_back, "lines": lines,
        "known": [{"one_id": person, "first_seen_at": moment} for person, moment in first_seen.items()],
    }  # fmt: skip
    accounts = [
        {
            "account_key": account,
            "platform": "taobao",
            "first_seen_at": first_seen[person],
            "last_seen_at": first_seen[person],
        }
        for account, person in people.items()
    ]
    orders = {
        line["order_key"]: {
            key: line[key] for key in ("order_key", "account_key", "platform", "channel", "paid_at")
        }
        for line in lines
    }
    frames = {
        "staging.accounts": pd.DataFrame(accounts),
        "staging.orders": pd.DataFrame(orders.values()),
        "staging.order_lines": pd.DataFrame(lines),
        "facts.account_event_days": pd.DataFrame(days),
        "facts.account_interest_days": pd.DataFrame(interests),
        "facts.account_purchase_interest_days": pd.DataFrame(taken_back),
        "identity.accounts": pd.DataFrame(
            [
                {"account_key": account, "one_id": person, "platform": "taobao"}
                for account, person in people.items()
            ]
        ),
        "identity.people": pd.DataFrame(
            [{"one_id": person} for person in sorted(set(people.values()))]
        ),
        **_campaign(sorted(set(people.values()))),
        "staging.traffic_reports": pd.DataFrame(_traffic()),
    }
    return frames, rows, people


def _event_days(draw: random.Random, people: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "account_key": account, "event_date": AS_OF - dt.timedelta(days=int(draw.expovariate(1 / 35)) - 1),
            "event_type": draw.choice(TYPES), "category": draw.choice(CATEGORIES), "brand": draw.choice(["x", "y", None]),
            "channel": draw.choice(CHANNELS), "place": draw.choice(["top", None]), "event_count": draw.randrange(1, 4),
            "dwell_seconds": draw.choice([None, 5.25, 30.0]), "amount": None,
        }
        for account, person in people.items() if int(person[1:]) % 9
        for _ in range(draw.randrange(12))
    ]  # fmt: skip


def _order_lines(draw: random.Random, people: Mapping[str, str]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for account in [*people, *[None] * 6]:
        for _ in range(draw.choice([0, 0, 1, 1, 2, 5])):
            paid_at = dt.datetime(2026, 11, 11) - dt.timedelta(
                hours=int(draw.expovariate(1 / 1800)) - 24
            )
            order = f"o{len(lines):04d}"
            for part in range(draw.choice([1, 1, 2])):
                gross = draw.choice([10, 25.5, 99.99])
                refund = draw.choice([0, 0, 0, 5, gross])
                refunded_at = (
                    draw.choice([None, paid_at + dt.timedelta(days=draw.randrange(40))])
                    if refund
                    else None
                )
                # Parts of a line go back one after the other, and one at an unknown time.
                dated = (
                    [
                        {"refunded_at": refunded_at - dt.timedelta(days=age), "refund_amount": 2.0}
                        for age in (3, 0)
                    ]
                    if refunded_at and refund == 5
                    else None
                )
                lines.append({
                    "order_line_key": f"{order}-{part}", "order_key": order, "account_key": account,
                    "platform": "taobao" if account else "pdd", "channel": draw.choice(CHANNELS), "paid_at": paid_at,
                    "paid_date": (paid_at + dt.timedelta(hours=8)).date(),
                    "refunded_at": refunded_at, "dated_refunds": dated,
                    "category": draw.choice(CATEGORIES), "brand": draw.choice(["x", "y"]), "quantity": 1,
                    "gross_amount": gross, "refund_amount": refund,
                })  # fmt: skip
    return lines


def _traffic() -> list[dict[str, Any]]:
    """The same visitors of each of forty days, on the platform with events and on one without."""
    return [
        {
            "platform": platform, "report_date": AS_OF - dt.timedelta(days=age), "is_leaf": is_leaf, "channel": "search",
            "page_views": 50, "visitors": 30,
        }
        for platform in ("taobao", "jd") for age in range(-1, 40) for is_leaf in (True, False)
    ]  # fmt: skip


def _campaign(people: list[str]) -> dict[str, pd.DataFrame]:
    touches = [
        {"touch_key": f"t{number}", "campaign": "autumn", "audience": "all", "channel": "sms", "one_id": person,
         "variant": "holdout" if number % 4 == 0 else "treatment", "status": "sent", "cost": 0.05,
         "touch_at": dt.datetime(2026, 10, 1, 2)}
        for number, person in enumerate(people)
    ]  # fmt: skip
    spend = [
        {
            "spend_date": dt.date(2026, 10, 1),
            "channel": "onsite_ads",
            "campaign": "ads",
            "cost": 100,
            "is_counted": True,
        }
    ]
    return {"staging.touches": pd.DataFrame(touches), "staging.spend": pd.DataFrame(spend)}
