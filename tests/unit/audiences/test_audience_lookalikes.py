"""Lookalikes and predictions from tables to tables, on a crowd with a planted likeness."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.audiences.attributes import predict_attributes
from orchestration.audiences.loading import AudienceSet, order_audiences
from orchestration.audiences.lookalikes import score_lookalikes
from orchestration.audiences.membership import evaluate_base, evaluate_dependent
from orchestration.audiences.profiles import build_profiles
from orchestration.configuration import Holdout, load_configuration
from orchestration.core.artefacts import ModelStore
from tests.unit.audiences.warehouse import AS_OF, Warehouse, audience

PEOPLE = 1_500
CONFIGURATION = load_configuration()
LOOKALIKE = CONFIGURATION.lookalike.model_copy(update={"engines": ["cosine", "lda"], "repeats": 1})


@pytest.fixture
def crowd(warehouse: Warehouse) -> Warehouse:
    """Every fifth person loves x; half of the lovers bought (the seed); women love w, men love m.

    As many women as men are among the buyers: x is all they share.
    """
    c = warehouse.connection
    c.execute(
        "insert into facts.user_facts (one_id, as_of, orders, is_opted_out_all, gender, platform_list, visits_30d) "
        "select 'p' || lpad(i::varchar, 4, '0'), getvariable('as_of'), if(i % 20 in (0, 5), 2, 0), i % 50 = 5, "
        "case when i % 3 = 0 then null when i % 2 = 0 then 'female' else 'male' end, 'jd', i % 7 "
        f"from range({PEOPLE}) t(i)"
    )
    c.execute(
        "insert into tags.user_tags (one_id, tag, weight) "
        "select one_id, 'interest.x', 8 + hash(one_id) % 3 from facts.user_facts where right(one_id, 1) in ('0', '5') "
        "union all select one_id, if(right(one_id, 1)::int % 2 = 0, 'interest.w', 'interest.m'), 5 + hash(one_id) % 4 "
        "from facts.user_facts "
        "union all select one_id, 'interest.noise', 1 + hash(one_id || 'n') % 9 from facts.user_facts"
    )
    build_profiles(c)
    return warehouse


def audiences(share: float = 0.1) -> AudienceSet:
    return order_audiences([
        audience({"profile": "orders", "at_least": 2}, "buyers"),
        audience({"lookalike": {"of": "buyers", "share": share}}, "alike"),
    ])  # fmt: skip


def test_the_planted_likeness_is_found_without_seed_and_opted_out(crowd: Warehouse) -> None:
    connection, chosen = crowd.connection, audiences()
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE)
    assert card.result is not None
    assert card.result.is_published, card.words
    people = evaluate_dependent(connection, chosen)["alike"]
    assert 100 < people <= 135  # a tenth of the 1,350 outside the seed
    (lovers, members, opted_out, seed) = crowd.rows(
        "select count(*) filter (where right(m.one_id, 1) in ('0', '5')), count(*), "
        "count(*) filter (where p.is_opted_out_all), count(*) filter (where p.orders > 0) "
        "from audiences.audience_members m inner join audiences.profiles p on m.one_id = p.one_id "
        "where m.audience = 'alike'"
    )[0]
    assert members == people
    # 135 people love x, are not in the seed and did not opt out.
    assert lovers >= 0.9 * min(members, 135)
    assert (opted_out, seed) == (0, 0)
    assert crowd.rows("select count(*) > 0, min(seed) from audiences.lookalike_evaluations") == [
        (True, "buyers")
    ]


def test_a_seed_of_nobody_leaves_the_lookalike_empty_and_says_why(crowd: Warehouse) -> None:
    connection, chosen = crowd.connection, audiences()
    connection.execute("update audiences.profiles set orders = 0")
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE)
    assert card.people == 0
    assert "the seed is empty" in card.words
    assert card.evaluations.empty
    assert evaluate_dependent(connection, chosen) == {"alike": 0}


def test_gender_is_predicted_for_those_who_did_not_say(crowd: Warehouse, tmp_path: Path) -> None:
    store = ModelStore(tmp_path, keep=2)
    records = predict_attributes(crowd.connection, CONFIGURATION.prediction, store, AS_OF)
    by_name = {record.model: record for record in records}
    assert by_name["attribute.gender"].is_used, by_name["attribute.gender"].words
    assert not by_name["attribute.age_band"].is_used
    rows = crowd.rows(
        "select right(one_id, 1)::int % 2, value, count(*) from layers.predictions where attribute = 'gender' "
        "group by all order by all"
    )
    assert rows == [(0, "female", 250), (1, "male", 250)]
    build_profiles(crowd.connection)
    assert crowd.rows(
        "select gender_source, count(*) from audiences.profiles group by all order by all"
    ) == [("declared", 1_000), ("predicted", 500)]
