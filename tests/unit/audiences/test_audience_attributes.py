"""Predicted attributes from tables to tables: what is learned, what is left out, and what every obstacle is told."""

from __future__ import annotations

from typing import Any

import pytest

from orchestration.audiences.attributes import predict_attributes
from orchestration.audiences.compiling import compile_audience
from orchestration.audiences.features import FeatureOptions, build_features
from orchestration.audiences.profiles import build_profiles, build_user_tags
from orchestration.configuration import Prediction, load_configuration
from orchestration.core.artefacts import ModelStore
from orchestration.modelling import ModelRecord
from tests.unit.audiences.warehouse import AS_OF, Warehouse, audience

PREDICTION = load_configuration().prediction


def naming(*attributes: str, **changes: Any) -> Prediction:
    return PREDICTION.model_copy(update={"attributes": [*attributes], **changes})


def predict(
    crowd: Warehouse, store: ModelStore, configuration: Prediction = PREDICTION
) -> dict[str, ModelRecord]:
    """Predictions after the tags of ``user_facts``, as dbt makes them; records by attribute."""
    for attribute in ("gender", "age_band", "province", "member_level"):
        crowd.connection.execute(
            "insert into tags.user_tags select one_id, $tag, value, 1, as_of, 'declared' from "
            f"(select one_id, {attribute} as value, as_of from facts.user_facts) where value is not null",
            {"tag": f"profile.{attribute}"},
        )
    records = predict_attributes(crowd.connection, configuration, store, AS_OF)
    assert [record.model for record in records] == [
        f"attribute.{attribute}" for attribute in configuration.attributes
    ]
    return {record.model.removeprefix("attribute."): record for record in records}


def declare(crowd: Warehouse, attribute: str, value: str, where: str) -> None:
    """A column of a customers export, as dbt brings it to people."""
    crowd.connection.execute(
        f"insert into tags.user_tags select one_id, 'profile.{attribute}', {value}, 1, as_of, 'declared' "
        f"from facts.user_facts where {where}"
    )


def test_gender_is_predicted_for_those_who_did_not_say(crowd: Warehouse, store: ModelStore) -> None:
    records = predict(crowd, store)
    assert records["gender"].is_used, records["gender"].words
    assert not records["age_band"].is_used
    rows = crowd.rows(
        "select right(one_id, 1)::int % 2, value, count(*) from layers.predictions where attribute = 'gender' "
        "group by all order by all"
    )
    assert rows == [(0, "female", 250), (1, "male", 250)]
    build_profiles(crowd.connection)
    assert crowd.rows(
        "select gender_source, count(*) from audiences.profiles group by all order by all"
    ) == [("declared", 1_000), ("predicted", 500)]


def test_a_named_column_is_learned_published_with_its_confidence_and_found_by_audiences(
    crowd: Warehouse, store: ModelStore
) -> None:
    """Two in three members said whether they have children; who loves x has some."""
    is_parent = "case when right(one_id, 1) in ('0', '5') then 'yes' else 'no' end"
    said = "right(one_id, 2)::int % 3 > 0"
    declare(crowd, "has_children", is_parent, said)
    # Somebody said otherwise than everything else says of them: the declared value stands.
    crowd.connection.execute(
        "update tags.user_tags set value = 'no' where tag = 'profile.has_children' and one_id = 'p0010'"
    )
    records = predict(crowd, store, naming("gender", "has_children"))
    assert records["has_children"].is_used, records["has_children"].words
    assert records["has_children"].metrics["balanced_accuracy"] > 0.9
    assert build_user_tags(crowd.connection) == crowd.rows(
        "select (select count(*) from tags.user_tags) + (select count(*) from layers.predictions)"
    )[0][0]  # fmt: skip
    assert crowd.rows(
        "select source, value, count(*), min(weight) > 0.5, max(weight) <= 1 from audiences.user_tags "
        f"where tag = 'profile.has_children' and (source <> 'predicted' or value = {is_parent}) group by all order by all"
    ) == [
        ("declared", "no", 796, True, True),
        ("declared", "yes", 194, True, True),
        ("predicted", "no", 405, True, True),
        ("predicted", "yes", 105, True, True),
    ]
    assert crowd.rows(
        "select distinct as_of from audiences.user_tags where tag like 'profile.%'"
    ) == [(AS_OF,)]
    parents = compile_audience(
        audience({"tag": "profile.has_children", "value": {"is": "yes"}}, "parents")
    )
    found = {one_id for (one_id,) in crowd.rows(parents)}
    assert len(found) == 299
    assert "p0010" not in found


def test_an_attribute_is_not_learned_from_itself(crowd: Warehouse, store: ModelStore) -> None:
    """Leak: level and province are drawn at random, so nothing but their own features could tell them."""
    crowd.connection.execute(
        "update facts.user_facts set member_level = if(hash(one_id || 'l') % 2 = 0, 'gold', 'silver'), "
        "province = if(hash(one_id || 'p') % 2 = 0, '上海', '浙江') where right(one_id, 2)::int % 3 > 0"
    )
    names = build_features(crowd.connection, FeatureOptions()).names
    assert {"member_level.gold", "province.上海", "gender.female"} <= set(names)
    records = predict(crowd, store, naming("gender", "member_level", "province"))
    assert records["gender"].is_used
    for attribute in ("member_level", "province"):
        assert not records[attribute].is_used
        assert records[attribute].metrics["balanced_accuracy"] < 0.65
        assert "below the floor" in records[attribute].words


def test_an_attribute_is_not_learned_from_what_is_private(
    crowd: Warehouse, store: ModelStore
) -> None:
    """Who has gold has children, and nothing else tells: the level tells it until it is labelled sensitive."""
    crowd.connection.execute(
        "update facts.user_facts set member_level = if(hash(one_id || 'l') % 2 = 0, 'gold', 'silver')"
    )
    level = "if(hash(one_id || 'l') % 2 = 0, 'yes', 'no')"
    declare(crowd, "has_children", level, "right(one_id, 2)::int % 3 > 0")
    alone = naming("has_children")
    assert predict(crowd, store, alone)["has_children"].is_used
    crowd.insert("tags.registry", [{"tag": "profile.member_level", "privacy": "sensitive"}])
    crowd.connection.execute(
        "delete from tags.user_tags where tag in ('profile.gender', 'profile.member_level')"
    )
    assert not predict(crowd, store, alone)["has_children"].is_used


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("update facts.user_facts set gender = 'female' where gender is not null", "everyone declared 'female'"),
        ("update facts.user_facts set visits_30d = 'infinity' where one_id = 'p0003'", "infinite values in visits_30d"),
        ("update facts.user_facts set visits_30d = 1, orders = 0; delete from tags.user_tags", "no feature varies"),
        ("update facts.user_facts set gender = null", "nobody declared it. Deliver it as a column gender"),
        ("update facts.user_facts set gender = null where one_id > 'p0150'", "200 are needed"),
        ("update facts.user_facts set gender = 'word ' || hash(one_id) % 60", "different values are too many"),
        ("delete from facts.user_facts where one_id <> 'p0001'", "200 are needed"),
        ("delete from facts.user_facts", "nobody declared it"),
    ],
)  # fmt: skip
def test_bad_declarations_and_features_are_named_and_cost_no_other_attribute(
    crowd: Warehouse, store: ModelStore, change: str, message: str
) -> None:
    """The last is a date before the history: nobody is known yet."""
    connection = crowd.connection
    connection.execute("alter table facts.user_facts alter visits_30d type double")
    connection.execute(change)
    records = predict(crowd, store, naming("gender", "age_band", minimum_class=10))
    gender = records["gender"]
    assert not gender.is_used
    assert gender.words.startswith("gender")
    assert message in gender.words
    assert "prediction.attributes" in gender.words or "division by zero" in gender.words
    assert crowd.rows("select count(*) from layers.predictions") == [(0,)]
    words = dict(crowd.rows("select model, words from layers.model_records"))
    assert words == {f"attribute.{name}": record.words for name, record in records.items()}


def test_what_stands_in_the_way_of_one_attribute_leaves_the_others(
    crowd: Warehouse, store: ModelStore
) -> None:
    crowd.insert(
        "staging.account_attributes",
        [{"account_key": f"a{n}", "attribute": "hobby", "value": f"word {n}"} for n in range(51)],
    )
    declare(crowd, "skin_type", "'dry'", "true")
    records = predict(crowd, store, naming("hobby", "pets", "skin_type", "gender"))
    assert "hobby is no attribute: it has 51 different values" in records["hobby"].words
    assert "pets is not predicted: nobody declared it" in records["pets"].words
    assert "a column pets of an export of customers" in records["pets"].words
    assert "skin_type: everyone declared 'dry'" in records["skin_type"].words
    assert [name for name, record in records.items() if record.is_used] == ["gender"]
    assert crowd.rows("select distinct attribute from layers.predictions") == [("gender",)]
