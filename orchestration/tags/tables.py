"""Tag definitions as the two configuration tables that dbt joins."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from orchestration.tags.definitions import ALL_TIME, RuleTag, TagDefinitions, Window

RULE_TAGS: Mapping[str, str] = {
    "tag": "str",
    "evidence": "int64",
    "event_type": "str",
    "subject": "str",
    "subject_value": "str",
    "measure": "str",
    "measured": "str",
    "window_days": "Int64",
    "window_from": "datetime64[s]",
    "window_to": "datetime64[s]",
    "comparison": "str",
    "threshold": "float64",
    "threshold_to": "float64",
}
TAG_REGISTRY: Mapping[str, str] = dict.fromkeys(
    ("tag", "type", "description", "owner", "purpose", "window", "refresh", "expiry", "privacy"),
    "str",
)


def tag_tables(definitions: TagDefinitions) -> dict[str, pd.DataFrame]:
    """Frames ``rule_tags`` and ``tag_registry``; columns and dtypes are fixed, also without rows.

    ``rule_tags`` has one row per tag x event type x subject value: a fact then meets a rule by plain
    equality. Tags that ask for the same evidence share its number, so it is measured once.
    """
    numbers: dict[tuple[object, ...], int] = {}
    rules = [
        row
        for name in sorted(definitions.rules)
        for row in _rule_rows(name, definitions.rules[name], numbers)
    ]
    entries = [{"tag": tag, **entry.model_dump()} for tag, entry in definitions.registry.items()]
    entries += [_registry_row(name, rule) for name, rule in definitions.rules.items()]
    return {
        "rule_tags": _frame(rules, RULE_TAGS),
        "tag_registry": _frame(sorted(entries, key=lambda entry: str(entry["tag"])), TAG_REGISTRY),
    }


def _rule_rows(
    name: str, rule: RuleTag, numbers: dict[tuple[object, ...], int]
) -> list[dict[str, object]]:
    evidence = numbers.setdefault(rule.evidence, len(numbers) + 1)
    window = rule.window if isinstance(rule.window, Window) else None
    threshold, threshold_to = rule.is_.bounds
    return [
        {
            "tag": f"rule.{name}",
            "evidence": evidence,
            "event_type": event_type,
            "subject": rule.subject,
            "subject_value": value,
            "measure": rule.measure,
            "measured": rule.of,
            "window_days": window.last_days if window else None,
            "window_from": window.from_date if window else None,
            "window_to": window.to_date if window else None,
            "comparison": rule.is_.name,
            "threshold": threshold,
            "threshold_to": threshold_to,
        }
        for event_type in sorted(set(rule.event_type))
        for value in rule.subject_values
    ]


def _registry_row(name: str, rule: RuleTag) -> dict[str, object]:
    return {
        "tag": f"rule.{name}",
        "type": "rule",
        "description": rule.description,
        "owner": rule.owner,
        "purpose": rule.purpose,
        "window": ALL_TIME.replace("_", " ") if rule.window == ALL_TIME else str(rule.window),
        "refresh": rule.refresh,
        "expiry": rule.expiry,
        "privacy": rule.privacy,
    }


def _frame(rows: list[dict[str, object]], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series([row[name] for row in rows], dtype=dtype)
            for name, dtype in columns.items()
        }
    )
