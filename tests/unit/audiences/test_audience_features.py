"""Profiles, the feature matrix, and the features that a seed is defined by."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from orchestration.audiences.columns import PROFILE_COLUMNS
from orchestration.audiences.features import (
    AFFINITY,
    FeatureOptions,
    build_features,
    is_excluded,
)
from orchestration.audiences.leakage import defining_features
from orchestration.audiences.loading import load_audiences, order_audiences
from orchestration.audiences.overview import describe
from orchestration.audiences.profiles import ProfileGrainError, build_profiles
from orchestration.tags import load_tags
from tests.unit.audiences.warehouse import AS_OF, Warehouse, audience

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "audiences.md"


def facts(warehouse: Warehouse) -> None:
    warehouse.insert(
        "facts.user_facts",
        [
            {
                "one_id": "b", "as_of": AS_OF, "orders": 3, "gross_amount": 100, "refund_amount": 25,
                "gender": "female", "gender_source": "declared", "province": "上海", "platform_list": "jd;pdd",
                "reachable_channels": "sms", "last_visit_date": AS_OF - dt.timedelta(days=4),
                "is_private_domain": True, "days_since_last_order": 9,
                "last_seen_at": dt.datetime(2026, 11, 18, 16),
            },
            {
                "one_id": "a", "as_of": AS_OF, "orders": 0, "gross_amount": 0, "platform_list": "jd",
                "reachable_channels": "",
            },
        ],
    )  # fmt: skip
    warehouse.insert(
        "layers.lifecycle",
        [
            {"one_id": "b", "as_of": AS_OF, "lifecycle_stage": "active"},
            {"one_id": "a", "as_of": AS_OF, "lifecycle_stage": "potential"},
        ],
    )
    warehouse.insert(
        "layers.rfm", [{"one_id": "b", "r_score": 5, "monetary": 75, "rfm_segment_8": "重要价值"}]
    )
    warehouse.insert(
        "layers.value", [{"one_id": "b", "value_tier": "top", "churn_probability": 0.25}]
    )
    warehouse.insert(
        "layers.predictions",
        [
            {"one_id": "b", "attribute": "gender", "value": "male"},
            {"one_id": "a", "attribute": "gender", "value": "male"},
            {"one_id": "a", "attribute": "age_band", "value": "25-29"},
        ],
    )


def test_profiles_hold_one_row_per_person_and_declared_wins(warehouse: Warehouse) -> None:
    facts(warehouse)
    assert build_profiles(warehouse.connection) == 2
    columns = [row[0] for row in warehouse.rows("describe audiences.profiles")]
    assert columns == list(PROFILE_COLUMNS)
    assert warehouse.rows(
        "select one_id, gender, gender_source, age_band, age_band_source, lifecycle_stage, r_score, value_tier "
        "from audiences.profiles order by one_id"
    ) == [
        ("a", "male", "predicted", "25-29", "predicted", "potential", None, None),
        ("b", "female", "declared", None, None, "active", 5, "top"),
    ]


@pytest.mark.parametrize("table", ["layers.rfm", "layers.value", "facts.user_facts"])
def test_a_person_twice_in_a_source_is_refused(warehouse: Warehouse, table: str) -> None:
    facts(warehouse)
    warehouse.connection.execute(f"insert into {table} select * from {table} where one_id = 'b'")
    with pytest.raises(ProfileGrainError, match="twice"):
        build_profiles(warehouse.connection)


def tags(warehouse: Warehouse) -> None:
    rows = [("a", "interest.x", 4.0), ("b", "interest.x", 2.5), ("b", "interest.y", 7.0), ("a", "rule.saver", 1.0),
            ("a", "interest.secret", 3.0), ("a", "statistic.orders", 9.0)]  # fmt: skip
    warehouse.insert("tags.user_tags", [{"one_id": p, "tag": t, "weight": w} for p, t, w in rows])
    warehouse.insert("tags.registry", [{"tag": "interest.secret", "privacy": "sensitive"}])


@pytest.mark.parametrize("batch_rows", [1, 100_000])
def test_the_matrix_holds_what_the_tables_say(warehouse: Warehouse, batch_rows: int) -> None:
    facts(warehouse)
    tags(warehouse)
    made = build_features(warehouse.connection, FeatureOptions(batch_rows=batch_rows))
    assert list(made.one_ids) == ["a", "b"]
    assert made.matrix.dtype == np.float32
    assert made.matrix.shape == (2, len(made.names))
    assert len(set(made.names)) == len(made.names)
    column = {name: made.matrix[:, position].tolist() for position, name in enumerate(made.names)}
    expected = {
        "orders": [0, 3], "refund_share": [np.nan, 0.25], "days_since_last_order": [np.nan, 9],
        "days_since_visit": [np.nan, 4], "days_since_last_seen": [np.nan, 1], "is_private_domain": [0, 1],
        "rfm.monetary": [np.nan, 75], "platform.jd": [1, 1], "platform.pdd": [0, 1], "province.上海": [0, 1],
        "gender.female": [0, 1], "lifecycle_stage.potential": [1, 0], "reachable.sms": [0, 1],
        "interest.x": [4, 2.5], "interest.y": [0, 7], "rule.saver": [1, 0],
    }  # fmt: skip
    for name, values in expected.items():
        assert column[name] == pytest.approx(values, nan_ok=True), name
    assert not {"gender.male", "interest.secret", "statistic.orders", "reachable."} & set(
        made.names
    )


def test_a_matrix_larger_than_memory_lies_in_a_file(warehouse: Warehouse, tmp_path: Path) -> None:
    facts(warehouse)
    tags(warehouse)
    folder = tmp_path / "spill"
    before = warehouse.rows("select current_setting('temp_directory')")[0][0]
    warehouse.connection.execute(f"set temp_directory = '{folder}'")
    inside = build_features(warehouse.connection, FeatureOptions())
    assert not isinstance(inside.matrix, np.memmap)
    outside = build_features(warehouse.connection, FeatureOptions(memory_bytes=100))
    warehouse.connection.execute(f"set temp_directory = '{before}'")
    assert isinstance(outside.matrix, np.memmap)
    np.testing.assert_array_equal(outside.matrix, inside.matrix)
    assert outside.names == inside.names
    assert [file for file in folder.iterdir() if file.is_file()] == []


def test_features_are_limited_by_coverage_and_excluded_by_name_and_prefix(
    warehouse: Warehouse,
) -> None:
    facts(warehouse)
    tags(warehouse)
    options = FeatureOptions(tags=1, values=1, exclude=("gender.", "rfm.", "orders", "platform.jd"))
    names = build_features(warehouse.connection, options).names
    assert [name for name in names if name.startswith("interest.")] == ["interest.x"]
    assert not [name for name in names if is_excluded(name, options.exclude)]
    assert "days_since_last_order" in names


def purchases(warehouse: Warehouse) -> None:
    """Eight people: four buy x with y, four buy u with v; everybody bought secrets, one person nothing."""
    baskets = {"x": "abcd", "y": "abcd", "u": "efgh", "v": "efgh", "secret": "abcdefgh"}
    bought = [
        {"one_id": person, "category": category, "brand": "brand" if category == "x" else None,
         "event_date": AS_OF, "line_count": 1 + place % 3}
        for category, people in baskets.items()
        for place, person in enumerate(people)
    ]  # fmt: skip
    warehouse.insert("facts.user_facts", [{"one_id": one, "as_of": AS_OF} for one in "abcdefghi"])
    warehouse.insert("facts.user_purchase_days", bought)
    warehouse.insert("tags.registry", [{"tag": "interest.secret", "privacy": "sensitive"}])


def affinities(warehouse: Warehouse, *exclude: str) -> dict[str, list[float]]:
    made = build_features(warehouse.connection, FeatureOptions(exclude=exclude))
    assert made.matrix.shape == (9, len(made.names))
    return {
        name: made.matrix[:, place].tolist()
        for place, name in enumerate(made.names)
        if name.startswith(AFFINITY)
    }


def test_who_buys_the_same_is_near(warehouse: Warehouse) -> None:
    purchases(warehouse)
    found = affinities(warehouse)
    assert any("x brand" in name for name in found)
    assert not any("secret" in name for name in found)
    for values in found.values():
        assert np.isnan(values[8])  # bought nothing
    rows = np.nan_to_num(np.array(list(found.values())).T[:8])
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    near = unit @ unit.T
    assert near[:4, :4].min() > 0.9
    assert near[4:, 4:].min() > 0.9
    assert near[:4, 4:].max() < 0.1


def test_items_of_what_defines_the_seed_are_not_learned(warehouse: Warehouse) -> None:
    """Leak: x is left out before learning, so its buyers are known by y alone, and by x not at all."""
    purchases(warehouse)
    without = affinities(warehouse, "interest.x")
    assert without
    assert not any("x brand" in name for name in without)
    warehouse.connection.execute("delete from facts.user_purchase_days where category = 'x'")
    never = affinities(warehouse)
    assert list(without) == list(never)
    np.testing.assert_array_equal(list(without.values()), list(never.values()))
    assert affinities(warehouse, "interest.") == {}
    assert affinities(warehouse, AFFINITY) == {}


def test_no_people_give_an_empty_matrix(warehouse: Warehouse) -> None:
    made = build_features(warehouse.connection)
    assert made.matrix.shape == (0, len(made.names))


def test_what_a_seed_is_defined_by_is_known() -> None:
    audiences = order_audiences([
        audience({"any": [{"layer": "rfm_segment_8", "is": "重要价值"}, {"did": "cart"}]}, "one"),
        audience({"all": [{"in_audience": "one"}, {"tag": "interest.x"}, {"profile": "city", "is": "上海"}]}, "two"),
        audience({"all": [{"private_domain": True}, {"profile": "province", "is": "上海"}]}, "three"),
    ])  # fmt: skip
    two = defining_features(audiences, "two", {})
    assert {"orders", "rfm.", "lifecycle_stage.", "net_amount", "carts_30d", "interest.x"} <= set(
        two
    )
    assert not is_excluded("interest.y", two)
    assert not is_excluded("visits_30d", two)
    assert set(defining_features(audiences, "three", {})) == {
        "is_private_domain",
        "reachable.wecom",
        "province.",
    }
    best = defining_features(load_audiences(), "best_customers", {})
    assert is_excluded("rfm.m_score", best)
    assert is_excluded("days_since_last_order", best)


def test_a_seed_that_bought_x_is_not_found_by_bought_x() -> None:
    rules = load_tags(None).rules
    name, rule = next(
        (name, rule) for name, rule in sorted(rules.items()) if "purchase" in rule.event_type
    )
    assert rule.event_type
    audiences = order_audiences([
        audience({"ordered": "orders", "category": "x", "platform": "jd"}, "bought"),
        audience({"did": "cart", "category": ["x", "z"]}, "carted"),
        audience({"tag": f"rule.{name}"}, "by_rule"),
        audience({"tag": "rule.nobody_knows"}, "by_unknown_rule"),
        audience({"tag": "statistic.orders"}, "by_statistic"),
        audience({"tag": "profile.gender"}, "by_profile"),
        audience({"profile": "city", "is": "y"}, "in_town"),
        audience({"tag": "profile.city", "value": {"is": "y"}}, "tagged_in_town"),
        audience({"ordered": "orders", "at_least": 2}, "any_order"),
        audience({"did": "view", "brand": "b"}, "by_brand"),
        audience({"layer": "rfm_segment_8", "is": "重要价值"}, "by_segment"),
    ])  # fmt: skip
    expected = {
        "bought": ("orders", "net_amount", "interest.x", "platform.jd", "rule.big_spender"),
        "carted": ("carts_30d", "interest.x", "interest.z", "rule.carts"),
        "by_rule": ("orders", "days_since_last_order", f"rule.{name}", "lifecycle_stage.loyal"),
        "by_unknown_rule": ("orders", "visits_30d", "carts_30d", "rule.nobody_knows"),
        "by_statistic": ("orders", "net_amount"),
        "by_profile": ("gender.female",),
        "in_town": ("province.z",),
        "tagged_in_town": ("province.z",),
    }
    # Items of other categories may say who bought x; where any purchase is what defines, none may.
    assert not is_excluded(AFFINITY, defining_features(audiences, "bought", rules))
    for seed in (
        "by_rule",
        "by_unknown_rule",
        "by_statistic",
        "any_order",
        "by_brand",
        "by_segment",
    ):
        assert is_excluded(AFFINITY, defining_features(audiences, seed, rules)), seed
    for seed, names in expected.items():
        defined = defining_features(audiences, seed, rules)
        assert [name for name in names if not is_excluded(name, defined)] == [], seed
        assert not is_excluded("interest.y", defined), seed
    assert not is_excluded("visits_30d", defining_features(audiences, "bought", rules))


def test_the_document_lists_the_shipped_audiences() -> None:
    assert describe(load_audiences()) in DOCUMENT.read_text(encoding="utf-8")
