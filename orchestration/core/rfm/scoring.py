"""RFM scores and segments of people who bought within the window."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import numpy as np
import pandas as pd

from orchestration.configuration import Rfm
from orchestration.core.frames import Floats, one_row_per_person
from orchestration.core.rfm.cuts import centre, quantile_bounds, scores
from orchestration.core.rfm.maps import SCORES, RfmMaps

MEASURES = ("recency_days", "frequency", "monetary")
SCORE_COLUMNS = ("r_score", "f_score", "m_score")


class RfmError(ValueError):
    """The input of RFM cannot be scored; the message says what to mend."""


def score(frame: pd.DataFrame, rfm: Rfm, maps: RfmMaps) -> pd.DataFrame:
    """Score every person 1..5 in recency, frequency and monetary and name both segments.

    ``frame``: one row per person with ``one_id``, ``recency_days`` (merchant-local days since the
    last order), ``frequency`` (orders), ``monetary`` (net sales), and the column ``rfm.group_by``
    where one is configured. Returns the same columns sorted by one_id with ``r_score``,
    ``f_score``, ``m_score`` (Int8, 5 is best), ``rfm_segment`` and ``rfm_segment_8``.

    Raises :class:`RfmError` for missing columns, doubled people and missing or infinite numbers.
    """
    grouping = [rfm.group_by] if rfm.group_by else []
    people = one_row_per_person(frame, [*MEASURES, *grouping], RfmError, "RFM", numbers=MEASURES)
    groups = _groups(people, rfm)
    for measure, column in zip(MEASURES, SCORE_COLUMNS, strict=True):
        values = people[measure].to_numpy(dtype=np.float64)
        # Fewer days are better, so recency is judged by its negative.
        goodness = -values if measure == "recency_days" else values
        scored = np.ones(len(people), dtype=np.int8)
        high = np.zeros(len(people), dtype=bool)
        for members in groups:
            scored[members] = scores(goodness[members], _bounds(measure, values[members], rfm))
            middle = centre(values[members], rfm.high_low, rfm.trim_share)
            high[members] = (
                values[members] <= middle if measure == "recency_days" else values[members] > middle
            )
        people[column] = scored
        people[f"_high_{column}"] = high
    people["rfm_segment"] = _segments(people, maps)
    people["rfm_segment_8"] = _high_low(people, maps)
    return people.drop(columns=[f"_high_{column}" for column in SCORE_COLUMNS])


def _groups(people: pd.DataFrame, rfm: Rfm) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Masks of the people cut together; groups that are too small share one cut."""
    if people.empty:
        return []
    if not rfm.group_by:
        return [np.ones(len(people), dtype=bool)]
    keys = people[rfm.group_by].astype("string").fillna("").to_numpy(dtype=object)
    names, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    large = counts >= rfm.group_minimum
    masks = [inverse == position for position in range(len(names)) if large[position]]
    rest = ~large[inverse]
    return [*masks, rest] if rest.any() else masks


def _bounds(measure: str, values: Floats, rfm: Rfm) -> Floats:
    """The four inner bounds of a measure, on goodness."""
    sign = -1.0 if measure == "recency_days" else 1.0
    if rfm.cut == "quantile":
        return quantile_bounds(sign * values, best_if_equal=measure == "recency_days")
    if rfm.cut == "fixed":
        bounds = np.asarray(getattr(rfm.fixed, measure), dtype=np.float64)
    else:
        bounds = np.asarray(rfm.centre_multiples) * centre(values, rfm.cut, rfm.trim_share)
    if measure == "recency_days":
        # "7 days" belongs to the best class: on goodness the bound must lie strictly below -7.
        return np.nextafter(-bounds[::-1], -np.inf)
    return bounds


def _segments(people: pd.DataFrame, maps: RfmMaps) -> pd.Series:
    table = np.array([[maps.segments[(r, f)] for f in SCORES] for r in SCORES], dtype=object)
    return pd.Series(
        table[people["r_score"].to_numpy() - 1, people["f_score"].to_numpy() - 1],
        index=people.index,
        dtype="str",
    )


def _high_low(people: pd.DataFrame, maps: RfmMaps) -> pd.Series:
    table = np.array([maps.high_low[f"{code:03b}"] for code in range(8)], dtype=object)
    code = sum(
        people[f"_high_{column}"].to_numpy().astype(np.int64) << shift
        for column, shift in zip(SCORE_COLUMNS, (2, 1, 0), strict=True)
    )
    return pd.Series(table[code], index=people.index, dtype="str")
