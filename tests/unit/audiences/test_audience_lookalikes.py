"""Lookalikes and predictions from tables to tables, on a crowd with a planted likeness."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pytest

from orchestration.audiences import lookalikes
from orchestration.audiences.loading import AudienceSet, order_audiences
from orchestration.audiences.lookalikes import score_lookalikes
from orchestration.audiences.membership import evaluate_base, evaluate_dependent
from orchestration.audiences.profiles import build_profiles
from orchestration.configuration import Holdout, load_configuration
from orchestration.core.artefacts import ModelStore
from tests.unit.audiences.warehouse import AS_OF, Warehouse, audience

CONFIGURATION = load_configuration()
LOOKALIKE = CONFIGURATION.lookalike.model_copy(update={"engines": ["cosine", "lda"], "repeats": 1})


def audiences(**lookalike: object) -> AudienceSet:
    size = {} if "count" in lookalike else {"share": 0.1}
    return order_audiences([
        audience({"profile": "orders", "at_least": 2}, "buyers"),
        audience({"profile": "visits_30d", "exactly": 3}, "thrice"),
        audience({"lookalike": {"of": "buyers", **size, **lookalike}}, "alike"),
    ])  # fmt: skip


def test_the_planted_likeness_is_found_without_seed_and_opted_out(
    crowd: Warehouse, store: ModelStore
) -> None:
    connection, chosen = crowd.connection, audiences()
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
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
    # The card: what the seed is found by, for whom it is large enough, and the model on record.
    assert crowd.rows(
        "select feature, position from audiences.lookalike_features where drift > 0.25 order by position"
    ) == [("interest.x", 1)]
    gates = crowd.rows(
        "select platform, seed_people, is_seed_accepted, people, is_accepted "
        "from audiences.lookalike_gates order by platform"
    )
    assert ("meta", 150, True, people, True) in gates
    assert ("tencent", 150, False, people, False) in gates
    (record,) = crowd.rows(
        "select model, is_used, trained_on, starts_with(version, trained_on::varchar), words "
        "from layers.model_records"
    )
    assert record == ("lookalike.alike", True, AS_OF, True, card.words)


def test_a_seed_of_nobody_leaves_the_lookalike_empty_and_says_why(
    crowd: Warehouse, store: ModelStore
) -> None:
    connection, chosen = crowd.connection, audiences()
    connection.execute("update audiences.profiles set orders = 0")
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    assert card.people == 0
    assert "the seed is empty" in card.words
    assert card.evaluations.empty
    assert evaluate_dependent(connection, chosen) == {"alike": 0}
    assert crowd.rows("select is_used, words from layers.model_records") == [(False, card.words)]
    assert crowd.rows("select distinct seed_people, people from audiences.lookalike_gates") == [
        (0, 0)
    ]


def test_a_date_before_the_history_has_no_seed_and_says_so(
    warehouse: Warehouse, store: ModelStore
) -> None:
    build_profiles(warehouse.connection)
    connection, chosen = warehouse.connection, audiences()
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    assert card.words.startswith("Lookalike alike: the seed is empty. Check the seed audience's")
    assert evaluate_dependent(connection, chosen) == {"alike": 0}


def test_shares_are_exact_and_nested(crowd: Warehouse, store: ModelStore) -> None:
    connection, chosen = crowd.connection, audiences(tiers=[0.025, 0.05])
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    assert card.result is not None
    pool = int((~np.isnan(card.result.scores)).sum())
    assert card.result.tiers.to_numpy().tolist() == [
        ["2.5%", math.ceil(0.025 * pool)],
        ["5%", math.ceil(0.05 * pool)],
        ["10%", math.ceil(0.1 * pool)],
    ]
    inside = "select count(*) from audiences.lookalike_members where list_contains($tiers, tier)"
    for number, people in enumerate(card.result.tiers["people"].tolist(), start=1):
        tiers = ["2.5%", "5%", "10%"][:number]
        assert connection.execute(inside, {"tiers": tiers}).fetchall() == [(people,)]


def test_sizes_in_people_are_exact_and_nested(crowd: Warehouse, store: ModelStore) -> None:
    connection = crowd.connection
    chosen = audiences(count=120, tiers=[30, 60], exclude="thrice", weight="visits_30d")
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    assert card.people == 120
    assert evaluate_dependent(connection, chosen)["alike"] == 120
    tiers = "select tier, count(*) from audiences.audience_members where audience = 'alike' group by tier order by tier"
    assert crowd.rows(tiers) == [("top 120", 60), ("top 30", 30), ("top 60", 30)]
    excluded = (
        "select count(*) from audiences.audience_members semi join audiences.profiles p "
        "on p.one_id = audience_members.one_id and p.visits_30d = 3 where audience = 'alike'"
    )
    assert crowd.rows(excluded) == [(0,)]


def test_the_valuable_of_the_seed_count_more(crowd: Warehouse, store: ModelStore) -> None:
    """Buyers with many visits love y as well: weighted by visits, lovers of y come first."""
    connection = crowd.connection
    connection.execute(
        "insert into tags.user_tags (one_id, tag, weight) select one_id, 'interest.y', 5 from facts.user_facts "
        "where if(right(one_id, 1) in ('0', '5'), visits_30d >= 5, hash(one_id) % 5 = 0)"
    )
    loving = "select avg((t.one_id is not null)::int) from audiences.lookalike_members m left join tags.user_tags t "
    loving += "on t.one_id = m.one_id and t.tag = 'interest.y' where m.tier in ('1%', '2%', '3%')"
    shares: list[float] = []
    for lookalike in ({}, {"weight": "visits_30d"}):
        chosen = audiences(**lookalike)
        evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
        score_lookalikes(
            connection, chosen, LOOKALIKE.model_copy(update={"engines": ["lda"]}), {}, store, AS_OF
        )
        shares.append(crowd.rows(loving)[0][0])
    assert shares[1] > shares[0]


def test_a_date_is_scored_again_with_its_own_model(
    crowd: Warehouse, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, chosen = crowd.connection, audiences()
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    read = {
        "members": "select one_id, score, tier from audiences.lookalike_members order by all",
        "evaluations": "select * from audiences.lookalike_evaluations order by all",
        "features": "select * from audiences.lookalike_features order by all",
        "records": "select version, fingerprint, metrics, words from layers.model_records",
    }
    score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    before = {name: crowd.rows(query) for name, query in read.items()}
    (version,) = store.versions("lookalike.alike")
    ((recorded, _, metrics, _),) = before["records"]
    assert recorded == version
    assert '"auc": 0.9' in metrics
    with monkeypatch.context() as patched:
        patched.setattr(lookalikes, "fit_lookalike", _must_not_fit)
        score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    assert {name: crowd.rows(query) for name, query in read.items()} == before
    # Tomorrow, and another seed, are other models; the old date keeps its own.
    score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF + dt.timedelta(days=1))
    assert len(store.versions("lookalike.alike")) == 2
    connection.execute(
        "delete from audiences.audience_members where audience = 'buyers' and one_id = 'p0000'"
    )
    score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    assert len(store.versions("lookalike.alike")) == 3


def _must_not_fit(*_: object) -> None:
    raise AssertionError("fitted again")


def test_a_lookalike_that_is_chance_has_no_members_and_says_why(
    crowd: Warehouse, store: ModelStore
) -> None:
    """Red case: who bought shares nothing with each other."""
    connection, chosen = crowd.connection, audiences()
    connection.execute(
        "update audiences.profiles set orders = if(hash(one_id || 's') % 10 = 0, 2, 0)"
    )
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    assert "does not beat chance by the margin" in card.words
    assert evaluate_dependent(connection, chosen) == {"alike": 0}
    assert crowd.rows("select distinct is_published from audiences.lookalike_evaluations") == [
        (False,)
    ]
    assert crowd.rows("select is_used, words from layers.model_records") == [(False, card.words)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("update audiences.profiles set orders = if(one_id = 'p0003', 2, 0)", "one person"),
        ("update audiences.profiles set orders = 2", "leaves 0 eligible people"),
        ("update facts.user_facts set visits_30d = 'infinity'", "infinite values in visits_30d"),
        ("update facts.user_facts set visits_30d = 1; delete from tags.user_tags", "no usable feature"),
        ("update audiences.profiles set visits_30d = null", "seed weights must be finite, not negative and not all zero"),
    ],
)  # fmt: skip
def test_bad_seeds_and_features_are_named_and_cost_nobody_else(
    crowd: Warehouse, store: ModelStore, change: str, message: str
) -> None:
    connection = crowd.connection
    chosen = audiences(weight="visits_30d") if "weights" in message else audiences()
    connection.execute("alter table facts.user_facts alter visits_30d type double")
    connection.execute(change)
    if "no usable" in message:
        connection.execute("update facts.user_facts set gender = null, orders = 0")
    evaluate_base(connection, chosen, Holdout(share=0.05, name="x"))
    (card,) = score_lookalikes(connection, chosen, LOOKALIKE, {}, store, AS_OF)
    assert message in card.words
    assert "alike" in card.words
    assert evaluate_dependent(connection, chosen) == {"alike": 0}
    assert crowd.rows("select is_used, words from layers.model_records") == [(False, card.words)]
