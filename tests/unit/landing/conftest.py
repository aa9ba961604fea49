"""Fixtures of the landing tests; the helpers are in ``landing_files``."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts
from tests.unit.landing.landing_files import House


class Contracts(dict[str, Contract]):
    """All contracts, without the half megabyte of text in every failure report."""

    def __repr__(self) -> str:
        return f"<{len(self)} contracts>"


@pytest.fixture(scope="session")
def contracts() -> dict[str, Contract]:
    return Contracts(load_contracts())


@pytest.fixture
def house(tmp_path: Path, contracts: dict[str, Contract]) -> House:
    return House(tmp_path, contracts)
