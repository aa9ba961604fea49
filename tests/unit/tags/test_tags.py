"""Tag definitions: what is shipped, what a merchant may change, and what every mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.tags import TagDefinitions, TagError, load_tags, tag_tables
from orchestration.tags.tables import RULE_TAGS, TAG_REGISTRY

RULE = """
rules:
  tea_drinker:
    description: 爱喝茶
    purpose: tea club
    event_type: [view, purchase]
    where: {category: [green tea, black tea]}
    measure: count
    window: {last_days: 30}
    is: {at_least: 2}
"""


def merchant(folder: Path, text: str) -> TagDefinitions:
    (folder / "tags.yaml").write_text(text, encoding="utf-8")
    return load_tags(folder)


def test_shipped_tags_cover_every_measure_and_are_all_registered() -> None:
    definitions = load_tags(None)
    frames = tag_tables(definitions)
    assert len(definitions.rules) >= 15
    assert {rule.measure for rule in definitions.rules.values()} == {
        "count",
        "days",
        "sum",
        "recency",
        "distinct",
    }
    registered = set(frames["tag_registry"]["tag"])
    assert set(frames["rule_tags"]["tag"]) <= registered
    assert {
        "interest.*",
        "profile.gender",
        "profile.age_band",
        "profile.province",
        "profile.city",
    } <= registered
    assert frames["tag_registry"]["tag"].is_unique
    assert frames["tag_registry"].notna().all(axis=None)


def test_a_rule_is_one_row_per_event_type_and_subject_value(tmp_path: Path) -> None:
    rows = tag_tables(merchant(tmp_path, RULE))["rule_tags"].query("tag == 'rule.tea_drinker'")
    assert set(zip(rows["event_type"], rows["subject_value"], strict=True)) == {
        ("view", "green tea"), ("view", "black tea"), ("purchase", "green tea"), ("purchase", "black tea"),
    }  # fmt: skip
    assert rows["evidence"].nunique() == 1
    assert rows[
        ["measure", "window_days", "comparison", "threshold"]
    ].drop_duplicates().to_numpy().tolist() == [["count", 30, "at_least", 2.0]]


def test_equal_evidence_has_one_number_and_other_evidence_another(tmp_path: Path) -> None:
    rows = (
        tag_tables(
            merchant(
                tmp_path,
                """
rules:
  few: {description: d, purpose: p, event_type: [b, a], measure: count, window: {last_days: 9}, is: {at_most: 1}}
  many: {description: d, purpose: p, event_type: [a, b], measure: count, window: {last_days: 9}, is: {between: [2, 5]}}
  longer: {description: d, purpose: p, event_type: [a, b], measure: count, window: {last_days: 10}, is: {at_most: 1}}
  dated: {description: d, purpose: p, event_type: a, measure: days, window: {from: 2026-11-01, to: 2026-11-11}, is: {exactly: 1}}
""",
            )
        )["rule_tags"]
        .drop_duplicates("tag")
        .set_index("tag")
    )
    evidence = rows["evidence"].to_dict()
    assert evidence["rule.few"] == evidence["rule.many"]
    assert evidence["rule.longer"] != evidence["rule.few"]
    assert (rows.loc["rule.many", "threshold"], rows.loc["rule.many", "threshold_to"]) == (2.0, 5.0)
    assert str(rows.loc["rule.dated", "window_to"]) == "2026-11-11 00:00:00"


def test_tables_keep_their_types_without_rows() -> None:
    frames = tag_tables(TagDefinitions(registry={}, rules={}))
    assert {name: str(dtype) for name, dtype in frames["rule_tags"].dtypes.items()} == dict(
        RULE_TAGS
    )
    assert {name: str(dtype) for name, dtype in frames["tag_registry"].dtypes.items()} == dict(
        TAG_REGISTRY
    )
    assert frames["rule_tags"].empty


def test_a_merchant_adds_replaces_and_switches_off(tmp_path: Path) -> None:
    definitions = merchant(
        tmp_path,
        RULE
        + """
  sharer: {description: ours, purpose: p, event_type: share, measure: count, window: all_time, is: {at_least: 9}}
  big_spender: null
registry:
  profile.gender: {type: profile, description: 性别, owner: crm, purpose: p, window: w, expiry: e, privacy: sensitive}
""",
    )
    assert definitions.rules["tea_drinker"].description == "爱喝茶"
    assert definitions.rules["sharer"].is_.bounds == (9, None)
    assert "big_spender" not in definitions.rules
    assert "big_spender" in load_tags(None).rules
    assert definitions.registry["profile.gender"].owner == "crm"


def test_without_a_file_the_merchant_has_the_shipped_tags(tmp_path: Path) -> None:
    assert load_tags(tmp_path) == load_tags(None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("measure: count", "measure: counts"), "rules.tea_drinker.measure"),
        (("measure: count", "measure: sum"), "needs of: one of amount, dwell_seconds"),
        (
            ("measure: count", "measure: sum\n    of: dwell_seconds"),
            "a purchase has no dwell_seconds",
        ),
        (("measure: count", "measure: count\n    of: amount"), "takes no of"),
        (("at_least: 2", "at_least: 2, at_most: 3"), "write exactly one of"),
        (("at_least: 2", "between: [3, 2]"), "lower bound first"),
        (("last_days: 30", "last_days: 0"), "rules.tea_drinker.window"),
        (
            ("last_days: 30", "last_days: 30, from: 2026-01-01"),
            "either last_days, or both from and to",
        ),
        (("last_days: 30", "from: 2026-02-01, to: 2026-01-01"), "to is before from"),
        (("category:", "colour:"), "rules.tea_drinker.where"),
        (("purpose: tea club", "purpos: tea club"), "rules.tea_drinker.purpos"),
        (("event_type: [view, purchase]", "event_type: []"), "rules.tea_drinker.event_type"),
        (("  tea_drinker:", "  Tea Drinker:"), "rules.Tea Drinker"),
        (("rules:", "rule:"), "registry and rules"),
        (("rules:", "rules: [1]\nother:"), "registry and rules"),
        (
            ("  tea_drinker:", "  gone: null\n  tea_drinker:"),
            "rules.gone is switched off but no such tag is shipped",
        ),
        (
            ("    purpose:", "    description: twice\n    purpose:"),
            "'description' is defined twice",
        ),
        (("rules:", "rules:\n  tea_drinker: null"), "'tea_drinker' is defined twice"),
        (("where: {", "where: {{"), "not readable YAML"),
    ],
)
def test_a_mistake_names_file_tag_key_and_mend(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(TagError) as caught:
        merchant(tmp_path, RULE.replace(*change))
    assert str(tmp_path / "tags.yaml") in str(caught.value)
    assert told in str(caught.value)


def test_a_rule_is_not_described_twice(tmp_path: Path) -> None:
    with pytest.raises(TagError, match="a rule describes itself"):
        merchant(
            tmp_path,
            "registry:\n  rule.sharer: {type: rule, description: d, owner: o, purpose: p, window: w, expiry: e, privacy: public}",
        )


@settings(max_examples=30, derandomize=True, deadline=None)
@given(
    types=st.lists(st.sampled_from(["view", "cart", "share"]), min_size=1, max_size=5),
    values=st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=5),
    days=st.integers(1, 400),
)
def test_order_and_repetition_of_words_change_nothing(
    types: list[str], values: list[str], days: int
) -> None:
    def tables(event_types: list[str], wanted: list[str]) -> list[list[object]]:
        rule = {
            "description": "d", "purpose": "p", "event_type": event_types, "where": {"brand": wanted},
            "measure": "days", "window": {"last_days": days}, "is": {"at_least": 1},
        }  # fmt: skip
        frame = tag_tables(TagDefinitions.model_validate({"registry": {}, "rules": {"r": rule}}))[
            "rule_tags"
        ]
        return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()

    assert tables(types, values) == tables(sorted(set(types)), sorted(set(values)))
    assert len(tables(types, values)) == len(set(types)) * len(set(values))
