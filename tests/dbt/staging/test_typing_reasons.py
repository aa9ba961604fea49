"""Every reason that the documentation gives for a row that cannot be typed: some row of the test data has it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.dbt.staging.conftest import Query

PAGE = Path(__file__).parents[3] / "docs" / "quarantine.md"


def test_every_documented_reason_has_a_row(ask: Query) -> None:
    _, _, after = PAGE.read_text(encoding="utf-8").partition("## Reasons found while typing")
    table, _, _ = after.partition("\n## ")
    documented = set(re.findall(r"^\| ([a-z ]+) \|", table, re.MULTILINE)) - {"reason"}
    found = ask("select distinct reason from staging.quarantine where stage = 'typing'")
    assert {reason for (reason,) in found} == documented
    assert len(documented) > 10
