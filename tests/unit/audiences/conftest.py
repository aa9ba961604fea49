"""Fixtures of the audience tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.audiences.warehouse import Warehouse


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """An empty warehouse on the tests' as-of date."""
    made = Warehouse()
    yield made
    made.connection.close()
