"""What the person-grain models should say, in plain Python loops over plain rows; shares no code with them.

``people`` maps the accounts known by the date to their person.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]

SHANGHAI = dt.timedelta(hours=8)
VISITS = {
    "visit",
    "view",
    "search",
    "click",
    "favorite",
    "cart",
    "checkout",
    "order",
    "pay",
    "follow",
    "join",
}


def _day(moment: dt.datetime) -> dt.date:
    return (moment + SHANGHAI).date()


def interests(
    days: Iterable[Row], people: Mapping[str, str], as_of: dt.date, half_lives: Mapping[str, float]
) -> dict[tuple[str, str], float]:
    """(person, interest) -> weight 0..10, of the default steps, k 10 and minimum 1."""
    evidence: dict[tuple[str, str], float] = defaultdict(float)
    for row in days:
        age = (as_of - row["event_date"]).days
        if age < 0 or row["account_key"] not in people:
            continue
        if row["interest"] in half_lives:
            left = 0.5 ** (age / half_lives[row["interest"]])
        else:
            left = (
                1 if age < 3 else 0.85 if age < 7 else 0.7 if age < 15 else 0.5 if age < 30 else 0.1
            )
        evidence[people[row["account_key"]], row["interest"]] += row["weight"] * left
    weights = {
        key: 10 * (2 / (1 + math.exp(-total / 10)) - 1)
        for key, total in evidence.items()
        if total > 1e-9
    }
    return {key: weight for key, weight in weights.items() if weight >= 1}


def refunded_until(line: Row, as_of: dt.date) -> float:
    """What of the refunds of an order line was known at the end of ``as_of``; undated money always counts."""
    if line["dated_refunds"]:
        later = [part for part in line["dated_refunds"] if _day(part["refunded_at"]) > as_of]
        return line["refund_amount"] - sum(part["refund_amount"] for part in later)
    is_known = line["refunded_at"] is None or _day(line["refunded_at"]) <= as_of
    return line["refund_amount"] if is_known else 0


def orders_by_person(
    lines: Iterable[Row], people: Mapping[str, str], as_of: dt.date
) -> dict[str, list[dt.date]]:
    """Person -> days of their orders that count at the end of ``as_of``, sorted."""
    net: dict[tuple[str, str], float] = defaultdict(float)
    day: dict[tuple[str, str], dt.date] = {}
    for line in lines:
        if line["account_key"] not in people or _day(line["paid_at"]) > as_of:
            continue
        key = (people[line["account_key"]], line["order_key"])
        net[key] += line["gross_amount"] - refunded_until(line, as_of)
        day[key] = min(day.get(key, dt.date.max), _day(line["paid_at"]))
    found: dict[str, list[dt.date]] = defaultdict(list)
    for (person, order), amount in net.items():
        if amount > 0.001:
            found[person].append(day[person, order])
    return {person: sorted(dates) for person, dates in found.items()}


def lifecycle(orders: list[dt.date], visits: list[dt.date], as_of: dt.date) -> str:
    """The stage of one person of the default bounds; ``visits`` are the days they came by themselves."""
    if not orders:
        return "new_visitor" if any(0 <= (as_of - day).days < 30 for day in visits) else "potential"
    if (as_of - orders[0]).days < 30:
        return "new_customer"
    since = (as_of - orders[-1]).days
    if len(orders) == 1:
        bounds = [(60, "active"), (120, "sleeping"), (180, "churn_warning")]
        measured: float = since
    else:
        gap = (orders[-1] - orders[0]).days / (len(orders) - 1)
        measured = since / max(gap, 7)
        bounds = [
            (1.5, "loyal" if len(orders) >= 4 else "active"),
            (2.5, "sleeping"),
            (4, "churn_warning"),
        ]
    return next((stage for bound, stage in bounds if measured < bound), "lost")


def rule_holds(rule: Row, facts: Iterable[Row], as_of: dt.date) -> bool:
    """Whether the rule (as in the definition file) holds for the facts of one person, purchases included."""
    window = rule["window"]
    if window == "all_time":
        first, last = dt.date.min, as_of
    elif "last_days" in window:
        first, last = as_of - dt.timedelta(days=window["last_days"] - 1), as_of
    else:
        first, last = window["from"], min(window["to"], as_of)
    types = rule["event_type"] if isinstance(rule["event_type"], list) else [rule["event_type"]]
    subject, wanted = next(iter(rule.get("where", {}).items()), (None, None))
    wanted = wanted if isinstance(wanted, list) else [wanted]
    matching = [
        fact
        for fact in facts
        if fact["event_type"] in types
        and first <= fact["event_date"] <= last
        and (subject is None or fact[subject] in wanted)
    ]
    if rule["measure"] == "recency":
        if not matching:
            return False
        value: float = min((as_of - fact["event_date"]).days for fact in matching)
    elif rule["measure"] == "days":
        value = len({fact["event_date"] for fact in matching})
    elif rule["measure"] == "count":
        value = sum(fact["event_count"] for fact in matching)
    elif rule["measure"] == "sum":
        value = round(sum(fact[rule["of"]] or 0 for fact in matching), 3)
    else:
        value = len({fact[rule["of"]] for fact in matching} - {None})
    name, bound = next(iter(rule["is"].items()))
    return {
        "at_least": lambda: value >= bound,
        "at_most": lambda: value <= bound,
        "more_than": lambda: value > bound,
        "less_than": lambda: value < bound,
        "exactly": lambda: value == bound,
        "between": lambda: bound[0] <= value <= bound[1],
    }[name]()
