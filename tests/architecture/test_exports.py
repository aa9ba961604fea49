"""Nothing that is recognised stops half-way: each shipped export has a staging view, and each view an entity."""

import re
from pathlib import Path

from orchestration.landing.contract_files import load_contracts

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"


def test_every_shipped_export_reaches_an_entity() -> None:
    text = (PROJECT / "macros" / "staged_exports.sql").read_text(encoding="utf-8")
    delivering = re.findall(r"'([\w.]+)': '(stg_\w+)'", text)
    assert {export for export, _ in delivering} == set(load_contracts())
    views = {path.stem for path in (PROJECT / "models" / "staging").rglob("stg_*.sql")}
    assert {view for _, view in delivering} == views
