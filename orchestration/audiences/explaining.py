"""From the typed tree to one plain English sentence, published beside the audience."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from orchestration.audiences.language import (
    AllOf,
    AnyOf,
    Audience,
    BestSelling,
    Condition,
    Did,
    InAudience,
    InLayer,
    Invited,
    Lookalike,
    Not,
    Ordered,
    PrivateDomain,
    Profile,
    Reachable,
    Tagged,
    TopInterest,
)
from orchestration.audiences.values import Range, Scalar


def explain_audience(audience: Audience) -> str:
    """The definition as a sentence that starts with "People who"; equal trees, equal sentences."""
    top = audience.conditions
    return f"People who {_group(top) if isinstance(top, AllOf | AnyOf) else _phrase(top)}."


def _group(node: AllOf | AnyOf) -> str:
    word = "and" if isinstance(node, AllOf) else "or"
    return f", {word} ".join(_phrase(child) for child in node.conditions)


def _phrase(node: Condition) -> str:
    match node:
        case AllOf() | AnyOf():
            return _phrase(node.conditions[0]) if len(node.conditions) == 1 else f"({_group(node)})"
        case Not():
            return f"do not match [{_phrase(node.condition)}]"
        case Did():
            return _did(node)
        case Ordered():
            return _ordered(node)
        case Tagged():
            return _tagged(node)
        case TopInterest():
            return _top_interest(node)
        case InLayer():
            values = _either(node.is_values or node.is_not or ())
            return f"are {'' if node.is_values else 'known but not '}in {node.layer} {values}"
        case Profile():
            return _profile(node)
        case Reachable():
            return f"can be reached by {_either(node.reachable)} and did not opt out there"
        case PrivateDomain():
            return f"are {'' if node.private_domain else 'not '}in the private domain"
        case Invited():
            return f"invited {_count(node.bounds, 'person', 'people')}"
        case InAudience():
            return f"are in the audience {_either(node.in_audience)}"
        case Lookalike():
            return _lookalike(node)


def _did(node: Did) -> str:
    events = _either(node.did)
    filters = _filters(
        ("category", node.category),
        ("brand", node.brand),
        ("channel", node.channel),
        ("place", node.place),
        ("campaign", node.campaign),
    )
    window = _window(node.last_days, node.between)
    match node.measure:
        case "days":
            return f"did {events}{filters} on {_count(node.bounds, 'day')}{window}"
        case "amount":
            return f"did {events}{filters} for an amount of {_amount(node.bounds)}{window}"
        case _:
            if _is_none(node.bounds):
                return f"never did {events}{filters}{window}"
            return f"did {events}{filters} {_count(node.bounds, 'time')}{window}"


def _ordered(node: Ordered) -> str:
    filters = _filters(
        ("category", node.category), ("platform", node.platform), ("channel", node.channel)
    )
    window = _window(node.last_days, node.between)
    match node.measure:
        case "orders":
            orders = "no order" if _is_none(node.bounds) else _count(node.bounds, "order")
            return f"placed {orders}{filters}{window}"
        case "net_amount":
            return f"bought for net sales of {_amount(node.bounds)}{filters}{window}"
        case "units":
            return f"bought {_count(node.bounds, 'unit')}{filters}{window}"
        case _:
            return f"bought{filters} on {_count(node.bounds, 'day')}{window}"


def _tagged(node: Tagged) -> str:
    parts = [f"have the tag {node.tag}"]
    if node.weight is not None:
        parts.append(f"with a weight of {_amount(node.weight.range)}")
    if node.value is not None:
        values = node.value.is_values
        parts.append(
            f"with the value {_either(values)}"
            if values is not None
            else f"with a value of {_amount(node.value.range)}"
        )
    return " ".join(parts)


def _top_interest(node: TopInterest) -> str:
    if not isinstance(node.top_interest, BestSelling):
        return f"have {_either(node.top_interest)} as their top interest"
    window = _window(node.top_interest.last_days, None)
    number = node.top_interest.best_selling
    which = "best-selling category" if number == 1 else f"{number} best-selling categories"
    one_of = "" if number == 1 else "one of "
    return f"have {one_of}the merchant's {which} (by net sales{window}) as their top interest"


def _lookalike(node: Lookalike) -> str:
    if node.share is None:
        size = f"the {node.count} people"
    else:
        size = f"the {_number(node.share * 100)} % of people"
    words = f"are among {size} outside the audience {node.of} who are most similar to it"
    if node.weight is not None:
        words += f", its people counting by {node.weight}"
    if node.exclude is not None:
        words += f", and are not in {_either(node.exclude)}"
    return words


def _profile(node: Profile) -> str:
    tests: list[str] = []
    if node.is_known is not None:
        tests.append(f"{'known' if node.is_known else 'unknown'}")
    if node.is_values is not None:
        tests.append(_either(node.is_values))
    if node.is_not is not None:
        tests.append(f"known but not {_either(node.is_not)}")
    if node.range.is_bounded:
        tests.append(_amount(node.range))
    if node.last_days is not None or node.between is not None:
        tests.append(_window(node.last_days, node.between).strip())
    if node.not_in_last_days is not None:
        tests.append(f"before the last {node.not_in_last_days} days")
    if node.contains is not None:
        tests.append(f"with {_either(node.contains)}")
    if node.contains_all is not None:
        tests.append(f"with all of {', '.join(node.contains_all)}")
    return f"have {node.profile} {' and '.join(tests)}"


def _window(last_days: int | None, between: tuple[dt.date, dt.date] | None) -> str:
    if between is not None:
        return f" between {between[0].isoformat()} and {between[1].isoformat()}"
    if last_days is None:
        return ""
    return " on the as-of day" if last_days == 1 else f" in the last {last_days} days"


def _filters(*filters: tuple[str, tuple[str, ...] | None]) -> str:
    given = [f"{name} {_either(values)}" for name, values in filters if values is not None]
    return f" ({', '.join(given)})" if given else ""


def _is_none(bounds: Range) -> bool:
    return bounds.high == 0 and not bounds.high_open and bounds.low in (None, Decimal(0))


def _amount(bounds: Range) -> str:
    if bounds.low is not None and bounds.low == bounds.high:
        return f"exactly {_number(bounds.low)}"
    low = "more than" if bounds.low_open else "at least"
    high = "less than" if bounds.high_open else "at most"
    parts = [
        f"{word} {_number(value)}"
        for word, value in ((low, bounds.low), (high, bounds.high))
        if value is not None
    ]
    return " and ".join(parts)


def _count(bounds: Range, one: str, many: str | None = None) -> str:
    singular = all(value in (None, Decimal(1)) for value in (bounds.low, bounds.high))
    return f"{_amount(bounds)} {one if singular else many or one + 's'}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _either(values: Iterable[Scalar]) -> str:
    words = [
        _number(value)
        if isinstance(value, Decimal)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
        for value in values
    ]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
