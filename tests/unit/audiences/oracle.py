"""A second evaluator of the language: plain Python over lists of rows, no SQL, no shared code.

It reads the raw YAML mappings rather than the parsed tree, so it shares neither the parser's
defaults nor the compiler's semantics.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
CENT = Decimal("0.01")
HEADS = (
    *("did", "ordered", "tag", "top_interest", "layer", "profile", "reachable"),
    *("private_domain", "invited", "in_audience"),
)


class Oracle:
    """Evaluates definitions over rows of the warehouse tables (see ``Warehouse``)."""

    def __init__(
        self,
        tables: Mapping[str, Sequence[Row]],
        as_of: dt.date,
        members: Mapping[str, set[str]] | None = None,
        scores: Mapping[str, Mapping[str, float]] | None = None,
    ) -> None:
        self.tables = tables
        self.as_of = as_of
        self.members = members or {}
        self.scores = scores or {}
        self.people = {row["one_id"]: row for row in tables["audiences.profiles"]}

    def evaluate(self, condition: Mapping[str, Any], name: str = "example") -> set[str]:
        """one_ids for which the condition holds."""
        return {one_id for one_id in self.people if self.holds(condition, one_id, name)}

    def holds(self, node: Mapping[str, Any], one_id: str, name: str) -> bool:
        """Whether one person satisfies the condition."""
        if "all" in node:
            return all(self.holds(child, one_id, name) for child in node["all"])
        if "any" in node:
            return any(self.holds(child, one_id, name) for child in node["any"])
        if "not" in node:
            return not self.holds(node["not"], one_id, name)
        if "lookalike" in node:
            return one_id in self._similar(node["lookalike"], name)
        head = next(key for key in node if key in HEADS)
        return bool(getattr(self, f"_{head}")(node, one_id))

    def _rows(self, table: str, one_id: str) -> list[Row]:
        return [row for row in self.tables[table] if row["one_id"] == one_id]

    def _in_window(self, day: dt.date | None, node: Row) -> bool:
        if day is None or day > self.as_of:
            return False
        if "last_days" in node:
            return 0 <= (self.as_of - day).days <= node["last_days"] - 1
        if "between" in node:
            first, last = node["between"]
            return first <= day <= last
        return True

    def _did(self, node: Row, one_id: str) -> bool:
        keys = ("category", "brand", "channel", "place", "campaign")
        if "campaign" in node:
            keys_of_person = {
                row["account_key"]
                for row in self.tables["identity.accounts"]
                if row["one_id"] == one_id
            }
            source = [
                {**row, "event_count": 1}
                for row in self.tables["staging.events"]
                if row["account_key"] in keys_of_person
            ]
        else:
            source = self._rows("facts.user_event_days", one_id)
        rows = [
            row
            for row in source
            if row["event_type"] in _listed(node["did"])
            and self._in_window(row["event_date"], node)
            and all(row.get(key) in _listed(node[key]) for key in keys if key in node)
        ]
        measure = node.get("measure", "count")
        if measure == "count":
            value = Decimal(sum(row["event_count"] for row in rows))
        elif measure == "days":
            value = Decimal(len({row["event_date"] for row in rows}))
        else:
            value = sum((_money(row.get("amount")) for row in rows), Decimal(0))
        return _compares(value, node)

    def _ordered(self, node: Row, one_id: str) -> bool:
        names = {"category": "top_category", "platform": "platform", "channel": "channel"}
        rows = [
            row
            for row in self._rows("facts.user_orders", one_id)
            if self._in_window(row["order_date"], node)
            and all(row[names[key]] in _listed(node[key]) for key in names if key in node)
        ]
        value = {
            "orders": Decimal(len(rows)),
            "net_amount": sum((_money(row["net_amount"]) for row in rows), Decimal(0)),
            "units": Decimal(sum(row["units"] for row in rows)),
            "days": Decimal(len({row["order_date"] for row in rows})),
        }[node["ordered"]]
        return _compares(value, node)

    def _tag(self, node: Row, one_id: str) -> bool:
        for row in self._rows("tags.user_tags", one_id):
            if row["tag"] != node["tag"]:
                continue
            if "weight" in node and not _compares(row["weight"], node["weight"]):
                continue
            if "value" in node:
                wanted = node["value"]
                if "is" in wanted:
                    if row["value"] not in _listed(wanted["is"]):
                        continue
                elif not _compares(_parsed(row["value"]), wanted):
                    continue
            return True
        return False

    def _top_interest(self, node: Row, one_id: str) -> bool:
        tags = [
            (-row["weight"], row["tag"])
            for row in self._rows("tags.user_tags", one_id)
            if row["tag"].startswith("interest.") and row["weight"] is not None
        ]
        if not tags:
            return False
        top = min(tags)[1].split(".", 1)[1]
        wanted = node["top_interest"]
        if isinstance(wanted, dict):
            sales: dict[str, Decimal] = defaultdict(Decimal)
            for row in self.tables["facts.user_orders"]:
                if row["top_category"] is not None and self._in_window(row["order_date"], wanted):
                    sales[row["top_category"]] += _money(row["net_amount"])
            best = sorted(sales, key=lambda name: (-sales[name], name))
            return top in best[: wanted["best_selling"]]
        return top in _listed(wanted)

    def _layer(self, node: Row, one_id: str) -> bool:
        value = self.people[one_id].get(node["layer"])
        if value is None:
            return False
        return (
            value in _listed(node["is"]) if "is" in node else value not in _listed(node["is_not"])
        )

    def _profile(self, node: Row, one_id: str) -> bool:
        value = self.people[one_id].get(node["profile"])
        if isinstance(value, dt.datetime):
            utc = value.replace(tzinfo=dt.UTC)
            value = utc.astimezone(ZoneInfo("Asia/Shanghai")).date()
        if node["profile"] == "reachable_channels":
            value = set(value.split(";")) if value else None
        if value is None:
            return node.get("is_known") is False
        if node.get("is_known") is False:
            return False
        tests = [
            "is" not in node or value in _listed(node["is"]),
            "is_not" not in node or value not in _listed(node["is_not"]),
            "contains" not in node or bool(value & set(_listed(node.get("contains", [])))),
            "contains_all" not in node or value >= set(_listed(node.get("contains_all", []))),
        ]
        if {"at_least", "at_most", "more_than", "less_than", "exactly"} & set(node):
            tests.append(_compares(value, node))
        if {"last_days", "between"} & set(node):
            tests.append(self._in_window(value, node))
        if "not_in_last_days" in node:
            tests.append((self.as_of - value).days >= node["not_in_last_days"])
        return all(tests)

    def _reachable(self, node: Row, one_id: str) -> bool:
        return any(
            row["is_reachable"] and not row["is_opted_out"]
            for row in self._rows("facts.user_channels", one_id)
            if row["channel"] in _listed(node["reachable"])
        )

    def _private_domain(self, node: Row, one_id: str) -> bool:
        return (self.people[one_id].get("is_private_domain") is True) == node["private_domain"]

    def _invited(self, node: Row, one_id: str) -> bool:
        return _compares(Decimal(self.people[one_id].get("invites") or 0), node)

    def _in_audience(self, node: Row, one_id: str) -> bool:
        return any(one_id in self.members[name] for name in _listed(node["in_audience"]))

    def _similar(self, node: Row, name: str) -> set[str]:
        seed = self.members[node["of"]]
        ranked = sorted(
            (
                one_id
                for one_id in self.scores[name]
                if one_id in self.people and one_id not in seed
            ),
            key=lambda one_id: (-self.scores[name][one_id], one_id),
        )
        if "count" in node:
            return set(ranked[: node["count"]])
        return set(ranked[: int(Decimal(str(node["share"])) * len(self.people.keys() - seed))])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _money(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(CENT, ROUND_HALF_UP)


def _parsed(value: str | None) -> Decimal | None:
    try:
        return None if value is None else Decimal(value)
    except ArithmeticError:
        return None


def _compares(value: Any, node: Row) -> bool:
    """True when the value satisfies every bound; without a bound, when it is at least 1."""
    if value is None:
        return False
    number = Decimal(str(value))
    bounds = [
        number >= Decimal(str(node["at_least"])) if "at_least" in node else None,
        number <= Decimal(str(node["at_most"])) if "at_most" in node else None,
        number > Decimal(str(node["more_than"])) if "more_than" in node else None,
        number < Decimal(str(node["less_than"])) if "less_than" in node else None,
        number == Decimal(str(node["exactly"])) if "exactly" in node else None,
    ]
    given = [bound for bound in bounds if bound is not None]
    return all(given) if given else number >= 1
