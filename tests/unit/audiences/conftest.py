"""Fixtures of the audience tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.audiences.profiles import build_profiles
from orchestration.core.artefacts import ModelStore
from tests.unit.audiences.warehouse import Warehouse

PEOPLE = 1_500


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """An empty warehouse on the tests' as-of date."""
    made = Warehouse()
    yield made
    made.connection.close()


@pytest.fixture
def crowd(warehouse: Warehouse) -> Warehouse:
    """Every fifth person loves x; half of the lovers bought (the seed); women love w, men love m.

    As many women as men are among the buyers: x is all they share.
    """
    c = warehouse.connection
    c.execute(
        "insert into facts.user_facts (one_id, as_of, orders, is_opted_out_all, gender, platform_list, visits_30d) "
        "select 'p' || lpad(i::varchar, 4, '0'), getvariable('as_of'), if(i % 20 in (0, 5), 2, 0), i % 50 = 5, "
        "case when i % 3 = 0 then null when i % 2 = 0 then 'female' else 'male' end, 'jd', i % 7 "
        f"from range({PEOPLE}) t(i)"
    )
    c.execute(
        "insert into tags.user_tags (one_id, tag, weight) "
        "select one_id, 'interest.x', 8 + hash(one_id) % 3 from facts.user_facts where right(one_id, 1) in ('0', '5') "
        "union all select one_id, if(right(one_id, 1)::int % 2 = 0, 'interest.w', 'interest.m'), 5 + hash(one_id) % 4 "
        "from facts.user_facts "
        "union all select one_id, 'interest.noise', 1 + hash(one_id || 'n') % 9 from facts.user_facts"
    )
    build_profiles(c)
    return warehouse


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path, keep=2)
