"""From the typed tree to one SQL query over the warehouse.

The query gives the ``one_id`` of everybody in the audience. It asks of every row of
``audiences.profiles`` whether the tree holds; conditions over events, orders and tags become
common table expressions that name the people who satisfy them, or, where people with nothing
satisfy the condition too ("at most", "exactly 0"), those who break it. The as-of date and time
zone stay session variables, so the SQL of a definition never changes.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterable
from decimal import Decimal

from orchestration.audiences.columns import PROFILE_COLUMNS
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

AS_OF = "getvariable('as_of')"

_DID_MEASURES = {
    "count": "coalesce(sum(event_count), 0)",
    "days": "count(distinct event_date)",
    "amount": "coalesce(sum(amount::decimal(18, 2)), 0)",
}
_ORDERED_MEASURES = {
    "orders": "count(*)",
    "net_amount": "coalesce(sum(net_amount::decimal(18, 2)), 0)",
    "units": "coalesce(sum(units), 0)",
    "days": "count(distinct order_date)",
}
# The daily facts do not keep the campaign of an event; a campaign filter reads the events.
_CAMPAIGN_EVENTS = """(
        select
            accounts.one_id,
            events.event_date,
            events.event_type,
            events.category,
            events.brand,
            events.channel,
            events.place,
            events.campaign,
            events.amount,
            1::bigint as event_count
        from staging.events as events
        inner join identity.accounts as accounts
            on events.account_key = accounts.account_key
    ) as campaign_events"""


def compile_audience(audience: Audience) -> str:
    """The query that gives ``one_id`` (once each) of the audience's people, holdout included.

    Reads ``audiences.profiles`` and, as the conditions need them, ``facts.user_event_days``,
    ``facts.user_orders``, ``facts.user_channels``, ``audiences.user_tags``,
    ``audiences.audience_members`` and ``audiences.lookalike_members``. Values are quoted
    literals. Deterministic: equal definitions give equal text.
    """
    compiler = _Compiler(audience.name)
    where = compiler.condition(audience.conditions)
    expressions = ",\n\n".join(
        f"{name} as (\n{textwrap.indent(sql, '    ')}\n)" for sql, name in compiler.named.items()
    )
    head = f"with\n\n{expressions}\n\n" if expressions else ""
    return f"{head}select people.one_id\nfrom audiences.profiles as people\nwhere {where}"


def quote(value: Scalar) -> str:
    """A value as a SQL literal."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.date):
        return f"date '{value.isoformat()}'"
    return "'" + value.replace("'", "''") + "'"


def among(column: str, values: Iterable[Scalar]) -> str:
    """``column in (...)`` with quoted values."""
    return f"{column} in ({', '.join(quote(value) for value in values)})"


class _Compiler:
    """Holds the common table expressions of one query; equal ones are shared."""

    def __init__(self, audience: str) -> None:
        self.audience = audience
        self.named: dict[str, str] = {}

    def condition(self, node: Condition) -> str:
        """A boolean expression over ``people`` that is never null."""
        match node:
            case AllOf():
                return "(" + " and ".join(map(self.condition, node.conditions)) + ")"
            case AnyOf():
                return "(" + " or ".join(map(self.condition, node.conditions)) + ")"
            case Not():
                return f"(not {self.condition(node.condition)})"
            case Did():
                return self._did(node)
            case Ordered():
                return self._ordered(node)
            case Tagged():
                return self._tagged(node)
            case TopInterest():
                return self._top_interest(node)
            case InLayer():
                return _in_layer(node)
            case Profile():
                return _profile(node)
            case PrivateDomain():
                test = "coalesce(people.is_private_domain, false)"
                return test if node.private_domain else f"(not {test})"
            case Invited():
                return _in_range("coalesce(people.invites, 0)", node.bounds)
            case Reachable():
                where = among("channel", node.reachable)
                return self._member(
                    "reachable",
                    "select distinct one_id\nfrom facts.user_channels\n"
                    f"where is_reachable and not coalesce(is_opted_out, false) and {where}",
                )
            case InAudience():
                where = among("audience", node.in_audience)
                return self._member(
                    "members",
                    f"select distinct one_id\nfrom audiences.audience_members\nwhere {where}",
                )
            case Lookalike():
                return self._lookalike(node)

    def _member(self, stem: str, sql: str, *, inside: bool = True) -> str:
        name = self.named.setdefault(sql, f"{stem}_{len(self.named) + 1}")
        word = "in" if inside else "not in"
        # One null in the list would make "not in" unknown for everybody.
        return f"people.one_id {word} (select one_id from {name} where one_id is not null)"

    def _measured(
        self, stem: str, source: str, where: list[str], measure: str, bounds: Range
    ) -> str:
        # People without a row measure 0. Where 0 satisfies the bounds, name those who break them.
        inside = not bounds.holds(Decimal(0))
        having = _in_range(measure, bounds)
        sql = "\n".join(
            (
                "select one_id",
                f"from {source}",
                "where " + "\n    and ".join(where),
                "group by one_id",
                f"having {having if inside else f'not {having}'}",
            )
        )
        return self._member(stem, sql, inside=inside)

    def _did(self, node: Did) -> str:
        where = [among("event_type", node.did), *_window("event_date", node)]
        for column in ("category", "brand", "channel", "place", "campaign"):
            values: tuple[str, ...] | None = getattr(node, column)
            if values is not None:
                where.append(among(column, values))
        source = "facts.user_event_days" if node.campaign is None else _CAMPAIGN_EVENTS
        return self._measured("did", source, where, _DID_MEASURES[node.measure], node.bounds)

    def _ordered(self, node: Ordered) -> str:
        where = _window("order_date", node)
        for key, column in (
            ("category", "top_category"),
            ("platform", "platform"),
            ("channel", "channel"),
        ):
            values: tuple[str, ...] | None = getattr(node, key)
            if values is not None:
                where.append(among(column, values))
        measure = _ORDERED_MEASURES[node.measure]
        return self._measured("ordered", "facts.user_orders", where, measure, node.bounds)

    def _tagged(self, node: Tagged) -> str:
        where = [among("tag", [node.tag])]
        if node.weight is not None:
            where.append(_in_range("weight", node.weight.range))
        if node.value is not None:
            if node.value.is_values is not None:
                where.append(among("value", node.value.is_values))
            else:
                where.append(_in_range("try_cast(value as double)", node.value.range))
        return self._member(
            "tagged",
            "select distinct one_id\nfrom audiences.user_tags\nwhere " + "\n    and ".join(where),
        )

    def _top_interest(self, node: TopInterest) -> str:
        # Two hash aggregations instead of a window: no sort of ten million tag rows.
        top = textwrap.dedent("""\
            select user_tags.one_id, substr(min(user_tags.tag), 10) as interest
            from audiences.user_tags as user_tags
            inner join (
                select one_id, max(weight) as weight
                from audiences.user_tags
                where tag like 'interest.%'
                group by one_id
            ) as heaviest
                on user_tags.one_id = heaviest.one_id and user_tags.weight = heaviest.weight
            where user_tags.tag like 'interest.%'
            group by user_tags.one_id""")
        if isinstance(node.top_interest, BestSelling):
            where = "top_category is not null and " + " and ".join(
                _window_days("order_date", node.top_interest.last_days)
            )
            chosen = (
                "interest in (\n    select top_category\n    from facts.user_orders\n"
                f"    where {where}\n    group by top_category\n"
                "    order by sum(net_amount::decimal(18, 2)) desc, top_category\n"
                f"    limit {node.top_interest.best_selling}\n)"
            )
        else:
            chosen = among("interest", node.top_interest)
        sql = (
            f"select one_id\nfrom (\n{textwrap.indent(top, '    ')}\n) as top_interests\n"
            f"where {chosen}"
        )
        return self._member("top_interest", sql)

    def _lookalike(self, node: Lookalike) -> str:
        # A share is one of everybody outside the seed: the crowd the lookalike is searched in. Rounded
        # up, as its tiers are: the widest tier is in whole.
        size = (
            str(node.count)
            if node.share is None
            else f"(select ceil({quote(node.share)} * count(*)) from others)"
        )
        sql = textwrap.dedent(f"""\
            with others as (
                select profiles.one_id
                from audiences.profiles as profiles
                left join audiences.audience_members as seed
                    on profiles.one_id = seed.one_id and {among("seed.audience", [node.of])}
                where seed.one_id is null
            ),

            ranked as (
                select
                    scored.one_id,
                    row_number() over (order by scored.score desc, scored.one_id) as position
                from audiences.lookalike_members as scored
                inner join others
                    on scored.one_id = others.one_id
                where {among("scored.audience", [self.audience])}
                    and scored.score is not null
            )

            select one_id
            from ranked
            where position <= {size}""")
        return self._member("lookalike", sql)


def _in_range(expression: str, bounds: Range) -> str:
    parts: list[str] = []
    if bounds.low is not None:
        parts.append(f"{expression} {'>' if bounds.low_open else '>='} {quote(bounds.low)}")
    if bounds.high is not None:
        parts.append(f"{expression} {'<' if bounds.high_open else '<='} {quote(bounds.high)}")
    return "(" + " and ".join(parts) + ")"


def _window(column: str, node: Did | Ordered | Profile) -> list[str]:
    if node.between is not None:
        first, last = node.between
        return [
            f"{column} between {quote(first)} and {quote(last)}",
            f"{column} <= {AS_OF}",
        ]
    return _window_days(column, node.last_days)


def _window_days(column: str, days: int | None) -> list[str]:
    upper = f"{column} <= {AS_OF}"
    return [upper] if days is None else [f"{column} > {AS_OF} - {days}", upper]


def _in_layer(node: InLayer) -> str:
    column = f"people.{node.layer}"
    if node.is_values is not None:
        test = among(column, node.is_values)
    else:
        test = f"not {among(column, node.is_not or ())}"
    return f"coalesce({test}, false)"


def _profile(node: Profile) -> str:
    column = f"people.{PROFILE_COLUMNS[node.profile].name}"
    if node.kind == "time":
        column = f"timezone(getvariable('timezone'), timezone('UTC', {column}))::date"
    elif node.kind == "list":
        column = f"nullif({column}, '')"  # an empty list is as unknown as none
    if node.is_known is False:
        return f"({column} is null)"
    tests: list[str] = [f"{column} is not null"] if node.is_known else []
    if node.is_values is not None:
        tests.append(among(column, node.is_values))
    if node.is_not is not None:
        tests.append(f"not {among(column, node.is_not)}")
    if node.range.is_bounded:
        tests.append(_in_range(column, node.range))
    if node.last_days is not None or node.between is not None:
        tests.extend(_window(column, node))
    if node.not_in_last_days is not None:
        tests.append(f"{column} <= {AS_OF} - {node.not_in_last_days}")
    for values, function in ((node.contains, "list_has_any"), (node.contains_all, "list_has_all")):
        if values is not None:
            items = ", ".join(quote(value) for value in values)
            tests.append(f"{function}(string_split({column}, ';'), [{items}])")
    return f"coalesce({' and '.join(tests)}, false)"
