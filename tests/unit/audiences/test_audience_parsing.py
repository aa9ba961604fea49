"""Every mistake in a definition has one message that names file, audience, key, value and mend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.audiences.columns import KnownNames
from orchestration.audiences.explaining import explain_audience
from orchestration.audiences.loading import DEFINITIONS, AudienceSet, load_audiences
from orchestration.audiences.parsing import AudienceError
from tests.unit.audiences.warehouse import audience

SHIPPED = {
    *("potential_content_touched", "cart_left_7d", "first_purchase_second_due"),
    *("high_value_keep", "high_value_winback", "churn_warning", "sleeping_promotion"),
    *("missed_private_domain", "referrers", "best_customers", "lookalike_of_best_customers"),
    "interest_top_category",
}


def problems(conditions: Any, **header: Any) -> str:
    with pytest.raises(AudienceError) as caught:
        audience(conditions, **header)
    return str(caught.value)


@pytest.mark.parametrize(
    ("conditions", "parts"),
    [
        ({"did": "cartt"}, ["conditions.did = 'cartt'", "Did you mean 'cart'?", "Known: "]),
        ({"did": "cart", "last_day": 7}, ["conditions.last_day = 7", "Did you mean 'last_days'?"]),
        (
            {"did": "cart", "last_days": 0},
            ["conditions.last_days = 0", "greater than or equal to 1"],
        ),
        ({"did": "cart", "last_days": "7"}, ["conditions.last_days = '7'", "integer"]),
        ({"did": "cart", "at_least": "x"}, ["conditions.at_least = 'x'", "must be a number"]),
        ({"did": "cart", "at_least": True}, ["conditions.at_least = True", "must be a number"]),
        ({"did": "cart", "at_least": 3, "at_most": 2}, ["no number satisfies these bounds"]),
        ({"did": "cart", "more_than": 3, "less_than": 3}, ["no number satisfies"]),
        ({"did": "cart", "exactly": 3, "at_most": 3}, ["exactly stands alone"]),
        ({"did": "cart", "at_least": 3, "more_than": 3}, ["at_least and more_than exclude"]),
        ({"did": "pay", "measure": "amount"}, ["an amount needs a bound"]),
        ({"did": "cart", "category": False}, ["conditions.category = False", "put it in quotes"]),
        ({"did": "cart", "category": []}, ["must name at least one value"]),
        ({"did": "cart", "category": "a\nb"}, ["one line of printable text"]),
        ({"did": "cart", "channel": "live_"}, ["conditions.channel", "Did you mean 'live'?"]),
        (
            {"did": "cart", "between": ["2026-11-11", "2026-11-01"]},
            ["conditions = {", "earlier date first"],
        ),
        (
            {"did": "cart", "between": ["11/11", "2026-11-01"]},
            ["between[0] = '11/11'", "2026-11-11"],
        ),
        (
            {"did": "cart", "last_days": 3, "between": ["2026-11-01", "2026-11-02"]},
            ["last_days and between exclude each other"],
        ),
        ({"ordered": "order"}, ["conditions.ordered = 'order'", "'orders'"]),
        ({"ordered": "net_amount", "last_days": 3}, ["an amount needs a bound"]),
        (
            {"layer": "lifecycle", "is": "lost"},
            ["conditions.layer", "Did you mean 'lifecycle_stage'?"],
        ),
        ({"layer": "lifecycle_stage", "is": "lots"}, ["Did you mean 'lost'?"]),
        ({"layer": "lifecycle_stage"}, ["needs either is: or is_not:"]),
        ({"profile": "provinces", "is": "上海"}, ["Did you mean 'province'?"]),
        ({"profile": "province", "at_least": 3}, ["at_least cannot be used", "province is text"]),
        ({"profile": "orders", "is": "three"}, ["'three' does not suit orders, which is a number"]),
        ({"profile": "orders"}, ["a comparison is missing"]),
        ({"profile": "birth_date", "at_most": 3}, ["birth_date is a date; use is, "]),
        ({"profile": "orders", "is_known": False, "is": 3}, ["stands alone"]),
        ({"reachable": "sns"}, ["Did you mean 'sms'?"]),
        ({"private_domain": 1}, ["conditions.private_domain = 1"]),
        ({"top_interest": {"best_sellin": 1}}, ["top_interest.best_selling", "is missing"]),
        ({"tag": "rule.x", "weight": {}}, ["conditions.weight", "needs a bound"]),
        ({"tag": "rule.x", "value": {"is": "a", "at_least": 3}}, ["conditions.value"]),
        ({"lookalike": {"of": "x"}}, ["needs either share (0 to 1) or count"]),
        (
            {"lookalike": {"of": "x", "share": 1.5}},
            ["lookalike.share = 1.5", "less than or equal to 1"],
        ),
        ({"lookalike": {"of": "x", "count": 3}, "did": "cart"}, ["cannot stand in one condition"]),
        ({"all": [{"did": "cart"}], "last_days": 3}, ["conditions.last_days", "beside all"]),
        ({"all": []}, ["conditions.all = []", "at least one condition"]),
        ({"any": {"did": "cart"}}, ["must be a list"]),
        ({"not": [{"did": "cart"}]}, ["conditions.not = [", "must be a mapping"]),
        ({"al": [{"did": "cart"}]}, ["conditions.al", "Did you mean 'all'?"]),
        ({"xyzzy": 1}, ["needs one of all, any, not, did"]),
        (
            {"all": [{"any": [{"did": "cart"}, {"not": {"did": "vist"}}]}]},
            ["conditions.all[0].any[1].not.did = 'vist'", "Did you mean 'visit'?"],
        ),
        (
            {
                "any": [
                    {"lookalike": {"of": "a", "count": 1}},
                    {"lookalike": {"of": "b", "count": 1}},
                ]
            },
            ["only one lookalike is possible"],
        ),
    ],
)
def test_a_wrong_condition_is_named(conditions: Any, parts: list[str]) -> None:
    message = problems(conditions)
    assert "example.yaml: audience 'example': " in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("header", "parts"),
    [
        ({"loop": "middle"}, ["loop = 'middle'", "'inner' or 'outer'"]),
        ({"prio": 3}, ["prio = 3", "Did you mean 'priority'?"]),
        ({"priority": 3.5}, ["priority = 3.5"]),
        ({"channels": ["wecom", "sns"]}, ["channels[1] = 'sns'", "Did you mean 'sms'?"]),
        ({"title": ""}, ["title = ''", "not empty"]),
        ({"name": "Bad Name"}, ["audience = 'Bad Name'"]),
    ],
)
def test_a_wrong_header_is_named(header: dict[str, Any], parts: list[str]) -> None:
    message = problems({"did": "cart"}, **header)
    for part in parts:
        assert part in message


def test_all_problems_of_a_definition_are_told_at_once() -> None:
    message = problems({"all": [{"did": "x1"}, {"profile": "x2", "is": "a"}]}, loop="no")
    assert all(part in message for part in ("'x1'", "'x2'", "loop = 'no'"))


def test_tags_are_checked_against_the_registry_and_its_families() -> None:
    from orchestration.audiences.parsing import parse_audience

    known = KnownNames(tags=("interest.*", "rule.saver"))
    raw = {
        "audience": "a",
        "title": "A",
        "goal": "g",
        "loop": "inner",
        "owner": "o",
        "priority": 1,
        "conditions": {"any": [{"tag": "interest.anything"}, {"tag": "rule.saver"}]},
    }
    assert parse_audience(raw, "a.yaml", known).name == "a"
    raw["conditions"] = {"tag": "rule.savr"}
    with pytest.raises(AudienceError, match=r"Did you mean 'rule\.saver'"):
        parse_audience(raw, "a.yaml", known)


def test_segments_are_those_of_the_map() -> None:
    assert "Did you mean 'champions'" in problems({"layer": "rfm_segment", "is": "champion"})


def write(config: Path, name: str, **values: Any) -> None:
    folder = config / "audiences"
    folder.mkdir(exist_ok=True)
    raw = {
        "audience": name,
        "title": "T",
        "goal": "g",
        "loop": "inner",
        "owner": "o",
        "priority": 1,
        "conditions": {"did": "cart"},
        **values,
    }
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")


def load(config: Path) -> AudienceSet:
    return load_audiences(config)


def refused(config: Path) -> str:
    with pytest.raises(AudienceError) as caught:
        load(config)
    return str(caught.value)


def test_the_shipped_definitions_load() -> None:
    audiences = load_audiences()
    assert {a.name for a in audiences} == SHIPPED
    assert [request.seed for request in audiences.lookalikes] == ["best_customers"]
    assert [a.name for a in audiences.dependent] == ["lookalike_of_best_customers"]
    assert audiences.tags_used() == {"interest.*": ("interest_top_category",)}
    assert {path.stem for path in DEFINITIONS.glob("*.yaml")} == SHIPPED


def test_a_merchant_adds_overrides_and_takes_out(tmp_path: Path) -> None:
    write(tmp_path, "own")
    write(tmp_path, "referrers", title="Ours")
    write(tmp_path, "cart_left_7d", enabled=False)
    audiences = load(tmp_path)
    assert {a.name for a in audiences} == {*SHIPPED, "own"} - {"cart_left_7d"}
    assert audiences["referrers"].title == "Ours"


def test_audiences_come_after_those_they_read(tmp_path: Path) -> None:
    write(
        tmp_path, "a_reader", conditions={"in_audience": ["z_read", "lookalike_of_best_customers"]}
    )
    write(tmp_path, "z_read")
    audiences = load(tmp_path)
    names = [a.name for a in audiences]
    assert names.index("z_read") < names.index("a_reader")
    assert {a.name for a in audiences.dependent} == {"lookalike_of_best_customers", "a_reader"}
    assert names == [a.name for a in load(tmp_path)]


def test_a_circle_is_named(tmp_path: Path) -> None:
    write(tmp_path, "one", conditions={"in_audience": "two"})
    write(tmp_path, "two", conditions={"not": {"in_audience": "three"}})
    write(tmp_path, "three", conditions={"lookalike": {"of": "one", "count": 5}})
    message = refused(tmp_path)
    assert "in a circle" in message
    assert any(
        circle in message
        for circle in (
            "one -> two -> three -> one",
            "two -> three -> one -> two",
            "three -> one -> two -> three",
        )
    )


def test_an_unknown_reference_is_suggested(tmp_path: Path) -> None:
    write(tmp_path, "own", conditions={"in_audience": "referers"})
    assert "'referers' is not a known audience. Did you mean 'referrers'?" in refused(tmp_path)


def test_a_reference_to_a_disabled_audience_says_so(tmp_path: Path) -> None:
    write(tmp_path, "best_customers", enabled=False)
    assert "'best_customers' is disabled" in refused(tmp_path)


def test_a_lookalike_cannot_be_a_seed(tmp_path: Path) -> None:
    write(
        tmp_path, "own", conditions={"lookalike": {"of": "lookalike_of_best_customers", "count": 9}}
    )
    assert "cannot be the seed of another one" in refused(tmp_path)


def test_a_lookalike_cannot_be_excluded_from_another(tmp_path: Path) -> None:
    others = {"of": "best_customers", "count": 9, "exclude": "lookalike_of_best_customers"}
    write(tmp_path, "own", conditions={"lookalike": others})
    assert "cannot be excluded from another one" in refused(tmp_path)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"share": 0.1, "tiers": [0.05, 0.2]}, "tiers must not be wider than the whole lookalike"),
        ({"count": 100, "tiers": [0.05]}, "whole numbers of people"),
        ({"share": 0.1, "tiers": []}, "tiers"),
        ({"share": 0.1, "weight": "net_amuont"}, "weight must be a number of user_profiles"),
        ({"share": 0.1, "weight": "city"}, "weight must be a number of user_profiles"),
        ({"share": 0.1, "exclude": "nobody"}, "'nobody' is not a known audience"),
    ],
)
def test_wrong_lookalikes_are_refused_by_name(
    tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    write(tmp_path, "own", conditions={"lookalike": {"of": "best_customers", **given}})
    said = refused(tmp_path)
    assert message in said
    assert "own" in said


def test_a_lookalike_says_what_it_is() -> None:
    similar = {"of": "a", "share": 0.1, "weight": "net_amount", "exclude": ["b", "c"]}
    assert explain_audience(audience({"lookalike": similar})) == (
        "People who are among the 10 % of people outside the audience a who are most similar to it, "
        "its people counting by net_amount, and are not in b or c."
    )


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("own.yaml", "audience: other\n", "file and audience need the same name"),
        ("own.yaml", "- 1\n", "must be a mapping"),
        ("own.yaml", "a: [\n", "not readable YAML"),
        ("own.yaml", "audience: own\naudience: own\n", "'audience' is given twice"),
        ("own.yaml", "audience: own\nenabled: maybe\n", "must be true or false"),
        ("own.yml", "audience: own\n", "rename the file"),
        ("own.yaml", "", "must be a mapping"),
    ],
)
def test_an_unusable_file_is_named(tmp_path: Path, name: str, text: str, part: str) -> None:
    (tmp_path / "audiences").mkdir()
    (tmp_path / "audiences" / name).write_text(text, encoding="utf-8")
    message = refused(tmp_path)
    assert name in message
    assert part in message


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "audiences").mkdir()
    (tmp_path / "audiences" / "own.yaml").write_bytes("audience: 潜在客户".encode("gb18030"))
    assert "own.yaml: is not readable YAML" in refused(tmp_path)
