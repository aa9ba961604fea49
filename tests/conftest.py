"""Which tests stay together when several processes share the work."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Folders whose tests share something that is slow to build, the slowest first: each is built once, and
# the long ones do not start when everything else is done.
SHARING = ("pipeline", "dbt/staging", "unit/sample")


def pytest_configure(config: pytest.Config) -> None:
    """Let groups start in the order of this file: by itself xdist starts those with the most tests."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each item the group of its folder or file (``--dist loadgroup``), and put long groups first."""
    ranks: dict[str, int] = {}
    for item in items:
        place = item.path.relative_to(HERE)
        folder = place.parent.as_posix()
        group = folder if folder in SHARING else place.as_posix()
        ranks[item.nodeid] = SHARING.index(folder) if folder in SHARING else len(SHARING)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: ranks[item.nodeid])
