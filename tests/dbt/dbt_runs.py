"""dbt run as the product does."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

from orchestration.resources.dbt import PROJECT, dbt_environment, ensure_manifest
from orchestration.settings import Settings


def run_dbt(
    settings: Settings, as_of: dt.date, target: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """One dbt command in a child process, which gets settings and parsed project; the caller judges the result."""
    ensure_manifest(settings)
    with dbt_environment(settings, as_of):
        return subprocess.run(
            [
                sys.executable, "-m", "orchestration.resources.dbt_command", *arguments,
                "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT),
                "--target-path", str(target), "--log-path", str(target / "logs"),
            ],
            capture_output=True, text=True, check=False, cwd=PROJECT.parent,
        )  # fmt: skip
