from __future__ import annotations

import pytest

from orchestration.sample import SampleSummary, write_sample
from tests.unit.sample.reading import END


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """200 people over 40 days."""
    return write_sample(tmp_path_factory.mktemp("tiny"), 200, 40, END, 11)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    """4,000 people over 30 days: enough for couples."""
    return write_sample(tmp_path_factory.mktemp("town"), 4_000, 30, END, 6)
