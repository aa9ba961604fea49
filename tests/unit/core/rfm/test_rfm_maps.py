"""A map that is not total and exclusive is refused, with its cells named."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import yaml

from orchestration.core.rfm import RfmMapError, load_maps, parse_maps
from orchestration.core.rfm.maps import DEFAULT_MAPS

GOOD = yaml.safe_load(DEFAULT_MAPS.read_text(encoding="utf-8"))


def changed(change) -> dict:
    values = copy.deepcopy(GOOD)
    change(values)
    return values


def test_the_shipped_maps_are_total_and_have_their_names() -> None:
    maps = load_maps()
    assert len(maps.segments) == 25
    assert len(set(maps.segments.values())) == 10
    assert dict(maps.high_low) == {
        "111": "重要价值", "101": "重要发展", "011": "重要保持", "001": "重要挽留",
        "110": "一般价值", "100": "一般发展", "010": "一般保持", "000": "一般挽留",
    }  # fmt: skip
    assert maps.titles["cannot_lose"] == "Cannot lose"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda v: v["segments"]["champions"]["blocks"].append({"r": [4], "f": [1]}),
            r"R4F1 \(champions, promising\)",
        ),
        (lambda v: v["segments"].pop("new_customers"), "cells without a name: R5F1"),
        (
            lambda v: v["segments"]["promising"]["blocks"].append({"r": [6], "f": [1]}),
            r"do not exist: \(6, 1\)",
        ),
        (
            lambda v: v["segments"]["promising"].update(blocks=[{"r": [4]}]),
            "promising needs blocks",
        ),
        (lambda v: v["high_low"]["重要价值"].append("000"), r"000 \(重要价值, 一般挽留\)"),
        (lambda v: v["high_low"].pop("重要挽留"), "cells without a name: 001"),
        (lambda v: v["high_low"].update({"重要挽留": [1]}), "quoted codes"),
        (lambda v: v.pop("high_low"), "exactly the keys"),
        (lambda v: v["segments"].update({"o'clock": {}}), "o'clock cannot be the name"),
        (lambda v: v["high_low"].update({"no_orders": []}), "no_orders cannot be the name"),
    ],
)
def test_a_bad_map_is_refused_with_its_cells(change, message: str) -> None:
    with pytest.raises(RfmMapError, match=message):
        parse_maps(changed(change))


def test_all_problems_are_named_at_once(tmp_path: Path) -> None:
    def both(values: dict) -> None:
        values["segments"].pop("new_customers")
        values["segments"]["champions"]["blocks"].append({"r": [4], "f": [1]})

    path = tmp_path / "rfm_maps.yaml"
    path.write_text(yaml.safe_dump(changed(both), allow_unicode=True), encoding="utf-8")
    with pytest.raises(RfmMapError, match=r"rfm_maps\.yaml.*R4F1.*R5F1"):
        load_maps(tmp_path)


def test_a_merchants_own_maps_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    own = {
        "segments": {
            "新客": {"title": "New", "blocks": [{"r": [4, 5], "f": [1, 2]}]},
            "others": {"blocks": [{"r": [4, 5], "f": [3, 4, 5]}, {"r": [1, 2, 3], "f": [1, 2, 3, 4, 5]}]},
        },
        "high_low": {"high": ["111", "110", "101", "100"], "low": ["011", "010", "001", "000"]},
    }  # fmt: skip
    (tmp_path / "rfm_maps.yaml").write_text(yaml.safe_dump(own, allow_unicode=True), "utf-8")
    maps = load_maps(tmp_path)
    assert dict(maps.titles) == {"新客": "New", "others": "others"}
    assert {cell for cell, name in maps.segments.items() if name == "新客"} == {
        (4, 1), (4, 2), (5, 1), (5, 2),
    }  # fmt: skip
    assert set(maps.high_low.values()) == {"high", "low"}
    assert load_maps(tmp_path / "elsewhere") == load_maps()


def test_unreadable_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "rfm_maps.yaml"
    path.write_text("segments: [", encoding="utf-8")
    with pytest.raises(RfmMapError, match=r"rfm_maps\.yaml cannot be read"):
        load_maps(tmp_path)
