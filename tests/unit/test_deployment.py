"""What a merchant's own RFM map means for audiences and the gate."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from expectations.context import gate_context
from orchestration.audiences.parsing import AudienceError
from orchestration.configuration import load_configuration
from orchestration.core.rfm import RfmMapError
from orchestration.core.rfm.maps import DEFAULT_MAPS
from orchestration.resources.deployment import Deployment, load_deployment
from tests.gate.valid_candidate import AS_OF

SHIPPED = DEFAULT_MAPS.read_text(encoding="utf-8")
AUDIENCE = {
    "audience": "our_best", "title": "Our best", "goal": "keep", "loop": "inner", "owner": "crm", "priority": 1,
    "conditions": {"layer": "rfm_segment", "is": "stars"},
}  # fmt: skip


def deployment(config: Path, map_text: str, audience: dict[str, object] | None) -> Deployment:
    (config / "rfm_maps.yaml").write_text(map_text, encoding="utf-8")
    if audience is not None:
        (config / "audiences").mkdir()
        (config / "audiences" / "our_best.yaml").write_text(yaml.safe_dump(audience), "utf-8")
    environment = {"DOUBLELOOP_CONFIG": str(config), "DOUBLELOOP_HOME": str(config / "home")}
    return load_deployment(environment)


def test_audiences_and_the_gate_know_the_segments_of_the_merchants_map(tmp_path: Path) -> None:
    loaded = deployment(tmp_path, SHIPPED.replace("champions:", "stars:"), AUDIENCE)
    assert loaded.rfm_maps.segments[(5, 5)] == "stars"
    assert "our_best" in {audience.name for audience in loaded.audiences}
    context = gate_context(loaded.settings, load_configuration(), AS_OF)
    assert context.rfm_maps == loaded.rfm_maps


def test_an_audience_of_a_segment_that_the_map_no_longer_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudienceError, match=r"high_value_keep.*value of rfm_segment_8"):
        deployment(tmp_path, SHIPPED.replace("重要保持:", "保持:"), None)


def test_a_map_with_a_clash_is_refused_when_definitions_load(tmp_path: Path) -> None:
    clash = SHIPPED.replace("{r: [5], f: [1]}", "{r: [5], f: [1, 2]}")
    with pytest.raises(RfmMapError, match=r"R5F2 \(potential_loyalists, new_customers\)"):
        deployment(tmp_path, clash, None)
