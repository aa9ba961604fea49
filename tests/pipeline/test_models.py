"""What the models say of the sample, beside its hidden truth."""

import csv
import hashlib
import itertools
import json
from collections import Counter
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from orchestration.audiences.features import FeatureOptions, build_features
from orchestration.configuration import load_configuration
from orchestration.core.lookalike import evaluate_and_score
from orchestration.core.metrics import area_under_curve, balanced_accuracy
from orchestration.core.prediction import declared_people, fit_attribute, predicted
from orchestration.warehouse.session import open_warehouse
from tests.pipeline.merchant import END, Merchant

LOOKALIKE = "lookalike_of_best_customers"


@pytest.fixture(scope="module")
def truth(published: Merchant, sample: Path) -> dict[str, dict[str, str]]:
    """The row of people.csv of everyone who is found whole and alone, by one_id."""

    def read(name: str) -> list[dict[str, str]]:
        with (sample / "truth" / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    people = {row["person_id"]: row for row in read("people.csv")}
    one_id_of = dict(published.rows("select account_key, one_id from user_accounts"))
    pairs = {
        (one_id_of[key], row["person_id"])
        for row in read("accounts.csv")
        if (key := published.account_key(row["platform"], row["account_id"])) in one_id_of
    }
    by_id, by_person = (Counter(pair[side] for pair in pairs) for side in (0, 1))
    return {
        one_id: people[person]
        for one_id, person in pairs
        if by_id[one_id] == 1 and by_person[person] == 1
    }


@pytest.mark.parametrize(("is_told", "least"), [(True, 0.8), (False, 0.6)], ids=["told", "hidden"])
def test_planted_lookalikes_are_found(
    published: Merchant, truth: dict[str, dict[str, str]], is_told: bool, least: float
) -> None:
    """People whom the sample gives one first interest: half are the seed, the others are to be found.

    By the traces of the interest in their behaviour; and without them by what goes with it. Gender, which is half of
    what the sample makes it of, is labelled sensitive and no feature. Mean of four halves, of 66 to 84 people each.
    """
    first = {one_id: row["interests"].split(";")[0] for one_id, row in truth.items()}
    planted = Counter(first.values()).most_common(1)[0][0]
    with open_warehouse(published.settings, END) as connection:
        options = FeatureOptions(exclude=() if is_told else (f"interest.{planted}",))
        told = build_features(connection, options)
    assert not [name for name in told.names if name.startswith(("gender.", "age_band."))]
    assert (f"interest.{planted}" in told.names) is is_told
    with_interest = np.array([first.get(one_id) == planted for one_id in told.one_ids])
    known = np.array([one_id in first for one_id in told.one_ids])
    config = load_configuration().lookalike.model_copy(update={"repeats": 1, "bags": 8})
    found, promised, due = [], [], []
    for salt in ("", "1", "2", "3"):
        half = np.array(
            [hashlib.md5((one_id + salt).encode()).digest()[0] < 128 for one_id in told.one_ids]
        )
        seed = with_interest & half
        result = evaluate_and_score(told.matrix, told.names, told.one_ids, seed, known, config)
        others = known & ~seed
        found.append(area_under_curve(result.scores[others].astype(float), with_interest[others]))
        promised.append(result.auc)
        # The card tells the seed from everyone else, and among them are those to be found: from each
        # other nobody of them is told.
        alike = with_interest[others].mean()
        due.append((1.0 - alike) * found[-1] + alike * 0.5)
    assert np.mean(found) > least
    # What the card promises is what the truth says.
    assert np.mean(promised) == pytest.approx(np.mean(due), abs=0.05)


def test_predicted_gender_is_as_good_as_it_says(
    published: Merchant, truth: dict[str, dict[str, str]]
) -> None:
    """With so few people gender is below the floor and not published; without one its claim holds."""
    with open_warehouse(published.settings, END) as connection:
        told = build_features(connection, FeatureOptions(exclude=("gender.", "age_band.")))
        people = connection.execute(
            "select gender, split_part(platform_list, ';', 1) as platform from facts.user_facts order by one_id"
        ).fetchall()
    declared, platform = (np.array(column, dtype=object) for column in zip(*people, strict=True))
    prediction = load_configuration().prediction
    everyone = declared_people(
        told.matrix, told.names, told.one_ids, declared, platform, attribute="gender"
    )
    without_floor = prediction.model_copy(
        update={"minimum_balanced_accuracy": 0.6, "minimum_confidence": 0.0}
    )
    fit = fit_attribute(everyone.sample(without_floor), without_floor)
    made = pd.concat(predicted(everyone, fit, without_floor))
    said = dict(zip(made["one_id"], made["value"], strict=True))
    known = [(truth[one]["gender"], value) for one, value in said.items() if one in truth]
    assert len(known) > 200
    real, by_class = balanced_accuracy(
        *(np.array(side, dtype=object) for side in zip(*known, strict=True))
    )
    assert set(by_class) == {"female", "male"}
    assert real == pytest.approx(fit.balanced_accuracy, abs=0.08)
    sources = dict(
        published.rows("select gender_source, count(*) from user_profiles group by gender_source")
    )
    is_good = fit.balanced_accuracy >= prediction.minimum_balanced_accuracy
    assert ("predicted" in sources) is is_good
    right = [
        value == truth[one]["gender"]
        for one, value in zip(told.one_ids, declared, strict=True)
        if value is not None and one in truth
    ]
    assert len(right) > 200
    assert all(right)


def test_what_members_declare_is_published_and_predicted_as_well_as_it_says(
    published: Merchant, truth: dict[str, dict[str, str]]
) -> None:
    """The members' export has a column that no contract knows, and the configuration names it."""
    told = published.rows(
        "select one_id, value, source, weight from user_tags where tag = 'profile.skin_type'"
    )
    right = {
        source: [
            value == truth[one]["skin_type"] for one, value, s, _ in told if s == source and one in truth
        ]
        for source in ("declared", "predicted")
    }  # fmt: skip
    assert len(right["declared"]) > 200
    assert all(right["declared"])
    assert len(right["predicted"]) > 250
    ((metrics,),) = published.rows(
        "select metrics from models where model = 'attribute.skin_type' and is_used"
    )
    said = json.loads(metrics)
    assert said["balanced_accuracy"] >= 0.85
    assert np.mean(right["predicted"]) == pytest.approx(said["sure_balanced_accuracy"], abs=0.06)
    weights = {source: {w for _, _, s, w in told if s == source} for source in right}
    assert weights["declared"] == {1.0}
    assert 0.8 <= min(weights["predicted"]) < max(weights["predicted"]) < 1.0
    assert published.rows("select type, coverage from tags where tag = 'profile.skin_type'") == [
        ("profile", pytest.approx(len(told) / published.rows("select count(*) from user_profiles")[0][0]))
    ]  # fmt: skip


def test_tiers_are_exact_and_nobody_excluded_is_in(published: Merchant) -> None:
    (seed, outside), = published.rows(
        "select count(*) filter (where s.one_id is not null), "
        "count(*) filter (where s.one_id is null and not p.is_opted_out_all) "
        "from user_profiles as p left join audience_members as s "
        "on s.one_id = p.one_id and s.audience = 'best_customers'"
    )  # fmt: skip
    assert seed >= 50
    sizes = dict(
        published.rows(
            "select tier, count(*) from audience_members "
            f"where audience = '{LOOKALIKE}' group by tier"
        )
    )
    ends = {tier: int(np.ceil(round(float(tier[:-1]) / 100 * outside, 9))) for tier in sizes}
    ordered = sorted(ends, key=lambda tier: ends[tier])
    assert ordered == ["1%", "2%", "3%", "5%"]
    before = [0, *(ends[tier] for tier in ordered)]
    assert [sizes[tier] for tier in ordered] == list(np.diff(before))
    assert published.rows(
        "select count(*) from audience_members as m inner join user_profiles as p on p.one_id = m.one_id "
        f"where m.audience = '{LOOKALIKE}' and (p.is_opted_out_all or exists (select 1 from audience_members as s "
        "where s.audience = 'best_customers' and s.one_id = m.one_id))"
    ) == [(0,)]
    # A narrower tier is higher by score: tiers are nested.
    limits = published.rows(
        f"select tier, min(score), max(score) from audience_members where audience = '{LOOKALIKE}' "
        "group by tier order by max(score) desc"
    )
    assert [tier for tier, _, _ in limits] == ordered
    assert all(low > below for (_, low, _), (_, _, below) in itertools.pairwise(limits))


def test_every_model_in_use_is_stored(published: Merchant) -> None:
    """The published version of a model is a folder under the state, with the same fingerprint."""
    used = published.rows("select model, version, fingerprint from models where is_used")
    assert {"value", "churn", f"lookalike.{LOOKALIKE}"} <= {model for model, _, _ in used}
    for model, version, fingerprint in used:
        stored = published.settings.models / model / version / "model.json"
        (read,) = duckdb.sql(f"select fingerprint from read_json('{stored}')").fetchall()
        assert read[0].startswith(fingerprint), model
