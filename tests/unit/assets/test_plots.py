"""Plots are pictures, the same for the same data, and survive what data brings."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pandas as pd
import pytest

from orchestration.assets import plots

RFM = pd.DataFrame(
    {
        "r_score": [1, 5, 5], "f_score": [1, 5, 5], "monetary": [10.0, 900.0, 300.0],
        "rfm_segment": ["hibernating", "重要价值", "重要价值"],
    }
)  # fmt: skip
EVALUATIONS = pd.DataFrame(
    {
        "engine": ["lda", "lda", "cosine", "cosine"], "tier": ["1%", "5%"] * 2, "auc": [0.8, 0.8, 0.7, 0.7],
        "lift": [9.0, 5.0, 7.0, 4.0], "lift_low": [5.0, 3.0, 4.0, 2.0], "lift_high": [14.0, 7.0, 12.0, 6.0],
    }
)  # fmt: skip
FLOWS = pd.DataFrame(
    {"from_stage": ["not_known", "active"], "to_stage": ["potential", "lost"], "people": [10, 3]}
)
FEATURES = pd.DataFrame({"feature": ["spend", "母婴"], "standardised_difference": [1.2, -0.4]})

SHARES = pd.DataFrame(
    {"label": ["jd / taobao", "母婴"], "precision": [1.0, 0.9], "recall": [0.5, 0.0]}
)

DRAWINGS: list[Callable[[], bytes]] = [
    lambda: plots.rfm_grid(RFM),
    lambda: plots.lift_curve(EVALUATIONS, title="VIP 会员"),
    lambda: plots.lifecycle_flow(FLOWS),
    lambda: plots.flow_map(FLOWS, "from_stage", "to_stage", ["lost"], "RFM since 2026-10-31"),
    lambda: plots.bars(["重要挽留", "b"], [3, 1.5], "Segments", " %"),
    lambda: plots.difference_bars(FEATURES, "Seed against base"),
    lambda: plots.precision_and_recall(SHARES, "Pairs"),
]


@pytest.mark.parametrize("draw", DRAWINGS)
def test_is_a_picture_without_missing_glyphs_and_repeats(draw: Callable[[], bytes]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = draw()
    assert first.startswith(b"\x89PNG")
    assert len(first) > 5000
    assert draw() == first


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.rfm_grid(RFM.iloc[:0]),
        lambda: plots.bars([], [], "none"),
        lambda: plots.lifecycle_flow(FLOWS.iloc[:0]),
    ],
)
def test_nothing_to_draw_is_an_empty_picture(draw: Callable[[], bytes]) -> None:
    assert draw().startswith(b"\x89PNG")


def test_chinese_segments_become_their_codes() -> None:
    assert plots._latin("重要价值 is 111") == "111 is 111"
    assert plots._latin("母婴") == "??"
