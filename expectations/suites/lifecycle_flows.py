"""Expectations of lifecycle_flows: nobody appears or vanishes on the way."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_as_of, is_between, is_one_of, no_rows
from orchestration.audiences.columns import LIFECYCLE_STAGES

_LIFECYCLE = "Materialise the lifecycle and its flows again; they are of different runs."


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_as_of(context.as_of.isoformat()),
        is_one_of("from_stage", (*LIFECYCLE_STAGES, "not_known"), _LIFECYCLE),
        is_one_of("to_stage", LIFECYCLE_STAGES, _LIFECYCLE),
        is_between("people", 1, None, _LIFECYCLE),
        no_rows(
            "flows_conserve_people",
            "select lifecycle_stage, f.people as flowed, p.people as published from ("
            "select to_stage as lifecycle_stage, sum(people) as people from {batch} "
            f"where as_of = date '{context.as_of}' group by to_stage) f "
            "full join (select lifecycle_stage, count(*) as people from user_profiles "
            "group by lifecycle_stage) p using (lifecycle_stage) "
            "where coalesce(f.people, 0) != coalesce(p.people, 0)",
            "The people who flowed into each stage are the people published in it.",
            _LIFECYCLE,
        ),
    )
