"""Predicted attributes: measured on held-out people, published above the floor, never over a declared value."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from orchestration.configuration import Prediction, load_configuration
from orchestration.core.metrics import balanced_accuracy, expected_calibration_error
from orchestration.core.portable import pack, unpack
from orchestration.core.prediction import (
    KINDS,
    AttributeFit,
    Declared,
    ModelError,
    declared_people,
    fit_attribute,
    predicted,
)
from orchestration.core.prediction.attributes import _held_out

DEFAULT = load_configuration().prediction.model_copy(update={"minimum_confidence": 0.0})
NAMES = [f"f{n}" for n in range(8)]
NOBODY = pd.DataFrame({"one_id": [], "value": [], "confidence": []}).astype(
    {"one_id": "str", "value": "str"}
)


def configured(**changes: object) -> Prediction:
    return Prediction.model_validate(DEFAULT.model_dump() | changes)


def people(size: int = 1500, signal: float = 1.6, seed: int = 0):
    random = np.random.default_rng(seed)
    truth = np.where(random.random(size) < 0.7, "female", "male").astype(object)
    features = random.normal(size=(size, 8)).astype(np.float32)
    features[:, :3] += np.where(truth == "female", signal, -signal)[:, None] / 2
    declared = np.where(random.random(size) < 0.5, truth, None).astype(object)
    strata = np.where(random.random(size) < 0.8, "taobao", "jd").astype(object)
    ids = np.array([f"p{n:05d}" for n in random.permutation(size)], dtype=object)
    return features, ids, declared, strata, truth


@dataclass(frozen=True)
class Result:
    """A fit and what it says of everyone else."""

    fit: AttributeFit
    predictions: pd.DataFrame


def predict_attribute(
    features, names, ids, declared, strata, config: Prediction, *, attribute: str
) -> Result:
    everyone = declared_people(features, names, ids, declared, strata, attribute=attribute)
    fit = fit_attribute(everyone.sample(config), config)
    return Result(fit, all_predicted(everyone, fit, config))


def all_predicted(everyone: Declared, fit: AttributeFit, config: Prediction) -> pd.DataFrame:
    parts = [*predicted(everyone, fit, config)]
    assert all(len(part) <= config.batch_rows for part in parts)
    return pd.concat([NOBODY, *parts], ignore_index=True)


@pytest.fixture(scope="module")
def data():
    return people()


@pytest.fixture(scope="module")
def result(data):
    features, ids, declared, strata, _ = data
    return predict_attribute(features, NAMES, ids, declared, strata, DEFAULT, attribute="gender")


def test_predicts_only_who_did_not_declare_and_as_well_as_it_says(data, result) -> None:
    _, ids, declared, _, truth = data
    assert result.fit.model is not None
    assert set(result.predictions["one_id"]) == set(ids[pd.isna(declared)])
    said = (
        result.predictions.set_index("one_id")["value"]
        .reindex(ids[pd.isna(declared)])
        .to_numpy(object)
    )
    real, _ = balanced_accuracy(truth[pd.isna(declared)], said)
    assert real == pytest.approx(result.fit.balanced_accuracy, abs=0.05)
    assert set(result.fit.accuracy_by_class) == {"female", "male"}
    assert set(result.fit.by_stratum) == {"jd", "taobao"}
    assert result.predictions["confidence"].between(0.5, 1.0).all()


def test_row_order_changes_nothing(data, result) -> None:
    features, ids, declared, strata, _ = data
    order = np.random.default_rng(9).permutation(len(ids))
    again = predict_attribute(
        features[order],
        NAMES,
        ids[order],
        declared[order],
        strata[order],
        DEFAULT,
        attribute="gender",
    )
    pd.testing.assert_frame_equal(again.predictions, result.predictions)
    assert again.fit.reason == result.fit.reason


def test_a_stored_fit_says_the_same_and_the_fingerprint_knows_who_declared_what(
    data, result
) -> None:
    features, ids, declared, strata, _ = data
    everyone = declared_people(features, NAMES, ids, declared, strata, attribute="gender")
    parameters, arrays = pack(result.fit)
    again = unpack(json.loads(json.dumps(parameters)), arrays, KINDS)
    pd.testing.assert_frame_equal(all_predicted(everyone, again, DEFAULT), result.predictions)
    assert again.metrics == result.fit.metrics
    order = np.random.default_rng(9).permutation(len(ids))
    shuffled = declared_people(
        features[order], NAMES, ids[order], declared[order], strata[order], attribute="gender"
    )
    told = everyone.sample(DEFAULT).fingerprint()
    assert shuffled.sample(DEFAULT).fingerprint() == told
    silent = np.flatnonzero(pd.isna(declared))
    unheard, heard = features.copy(), features.copy()
    unheard[silent[0], 0] += 1.0
    heard[np.flatnonzero(pd.notna(declared))[0], 0] += 1.0
    said = declared.copy()
    said[silent[0]] = "male"
    for change, same in (
        ((unheard, declared), True),
        ((heard, declared), False),
        ((features, said), False),
    ):
        other = declared_people(change[0], NAMES, ids, change[1], strata, attribute="gender")
        assert (other.sample(DEFAULT).fingerprint() == told) is same


def test_below_the_floor_nothing_is_published() -> None:
    features, ids, declared, strata, _ = people(signal=0.2)
    got = predict_attribute(features, NAMES, ids, declared, strata, DEFAULT, attribute="gender")
    assert got.fit.model is None
    assert got.predictions.empty
    assert "below the floor of 0.85" in got.fit.reason


def test_too_few_declared_are_refused_with_numbers(data) -> None:
    features, ids, declared, strata, _ = data
    few = np.where(np.arange(len(ids)) < 150, declared, None).astype(object)
    got = predict_attribute(features, NAMES, ids, few, strata, DEFAULT, attribute="gender")
    assert got.fit.model is None
    assert "200 are needed" in got.fit.reason


def test_a_rare_value_is_not_learned(data) -> None:
    features, ids, declared, strata, _ = data
    rare = declared.copy()
    rare[np.flatnonzero(declared == "male")[:5]] = "other"
    got = predict_attribute(features, NAMES, ids, rare, strata, DEFAULT, attribute="gender")
    assert "other" not in got.fit.accuracy_by_class
    assert not set(got.predictions["one_id"]) & set(ids[rare == "other"])


def test_three_age_bands_can_be_told() -> None:
    random = np.random.default_rng(1)
    band = random.choice(["18-24", "25-34", "35-44"], 1200).astype(object)
    centre = pd.Series(band).map({"18-24": -3.0, "25-34": 0.0, "35-44": 3.0}).to_numpy()
    features = (random.normal(size=(1200, 8)) + centre[:, None] * np.eye(8)[0]).astype(np.float32)
    declared = np.where(np.arange(1200) % 2, band, None).astype(object)
    ids = np.array([f"p{n:04d}" for n in range(1200)], dtype=object)
    got = predict_attribute(
        features,
        NAMES,
        ids,
        declared,
        np.full(1200, "jd", dtype=object),
        DEFAULT,
        attribute="age_band",
    )
    assert got.fit.model is not None
    assert set(got.fit.accuracy_by_class) == {"18-24", "25-34", "35-44"}


def test_parts_say_what_the_whole_says_and_categories_what_texts_say(data, result) -> None:
    features, ids, declared, strata, _ = data
    small = configured(batch_rows=97)
    # Categories in an order of their own, one of which nobody has.
    said = pd.Categorical(declared, ["male", "nobody", "female"])
    everyone = declared_people(
        features, NAMES, ids, said, pd.Categorical(strata), attribute="gender"
    )
    fit = fit_attribute(everyone.sample(small), small)
    pd.testing.assert_frame_equal(all_predicted(everyone, fit, small), result.predictions)
    assert fit.metrics == result.fit.metrics


def test_of_many_who_declared_a_sample_is_learned_from_and_tested(data) -> None:
    """At most train_people are learned from, and about as many are tested; the others cost nothing."""
    features, ids, declared, strata, _ = data
    few = configured(train_people=120)
    everyone = declared_people(features, NAMES, ids, declared, strata, attribute="gender")
    sample = everyone.sample(few)
    assert (len(sample.rows), sample.declared) == (400, int(pd.notna(declared).sum()))
    fit = fit_attribute(sample, few)
    assert fit.held_out_people == pytest.approx(120, abs=3)
    assert fit.people == sample.declared
    unused = np.setdiff1d(np.flatnonzero(everyone.value >= 0), sample.rows)
    features = everyone.features.copy()
    features[unused] += 1.0
    other = dataclasses.replace(everyone, features=features).sample(few)
    assert other.fingerprint() == sample.fingerprint()
    assert fit_attribute(other, few).metrics == fit.metrics


def test_of_whom_the_model_is_not_sure_stays_unknown(data, result) -> None:
    features, ids, declared, strata, truth = data
    sure = predict_attribute(
        features,
        NAMES,
        ids,
        declared,
        strata,
        configured(minimum_confidence=0.9),
        attribute="gender",
    )
    expected = result.predictions[result.predictions["confidence"] >= 0.9].reset_index(drop=True)
    assert 0 < len(expected) < len(result.predictions)
    pd.testing.assert_frame_equal(sure.predictions, expected)
    assert sure.fit.balanced_accuracy == result.fit.balanced_accuracy
    assert sure.fit.sure_share == pytest.approx(len(expected) / len(result.predictions), abs=0.06)
    assert result.fit.sure_share == 1.0
    assert sure.fit.sure_balanced_accuracy > sure.fit.balanced_accuracy
    real = pd.Series(truth, index=ids)[sure.predictions["one_id"]].to_numpy(object)
    accuracy, _ = balanced_accuracy(real, sure.predictions["value"].to_numpy(object))
    assert accuracy == pytest.approx(sure.fit.sure_balanced_accuracy, abs=0.05)


def test_held_out_part_has_the_share_of_every_value_and_stratum() -> None:
    label = np.repeat(np.array(["a", "b"], dtype=object), [100, 40])
    stratum = np.tile(np.array(["x", "y"], dtype=object), 70)
    held = _held_out(label, stratum, 0.3, 1)
    cells = (
        pd.DataFrame({"label": label, "stratum": stratum, "held": held})
        .groupby(["label", "stratum"])["held"]
        .sum()
    )
    assert cells.tolist() == [15, 15, 6, 6]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("same", "gender: everyone declared 'female'"),
        ("constant", "gender: no feature varies"),
        ("infinite", "gender: infinite values in f2"),
        ("short", "gender: features .* do not belong together"),
        ("doubled", "gender: a one_id appears more than once"),
    ],
)
def test_errors_name_the_model_and_the_mend(data, change: str, message: str) -> None:
    features, ids, declared, strata, _ = (each.copy() for each in data)
    if change == "same":
        declared[~pd.isna(declared)] = "female"
    if change == "constant":
        features[:] = 0.0
    if change == "infinite":
        features[3, 2] = np.inf
    if change == "short":
        strata = strata[:-1]
    if change == "doubled":
        ids[1] = ids[0]
    with pytest.raises(ModelError, match=message):
        predict_attribute(features, NAMES, ids, declared, strata, DEFAULT, attribute="gender")


def test_calibration_error_of_a_known_case() -> None:
    said = np.repeat([0.2, 0.8], 50)
    seen = np.tile([True, False, False, False, False], 20)
    assert expected_calibration_error(said, seen, bins=2) == pytest.approx((0.0 + 0.6) / 2)
