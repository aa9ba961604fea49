"""Expectations of rfm_flows: nobody and no money appears or vanishes on the way."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_as_of, is_between, is_one_of, no_rows
from orchestration.core.rfm import NO_ORDERS

_RFM = "Materialise layers.rfm and layers.rfm_flows again; they are of different runs."


def expectations(context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    segments = (*context.rfm_maps.titles, NO_ORDERS)
    return (
        is_as_of(context.as_of.isoformat()),
        is_one_of("from_segment", segments, _RFM),
        is_one_of("to_segment", segments, _RFM),
        is_between("people", 1, None, _RFM),
        no_rows(
            "compared_with_one_earlier_date",
            "select compared_as_of from {batch} where compared_as_of >= as_of "
            "or (select count(distinct compared_as_of) from {batch}) > 1",
            "All flows are from one date, which is earlier than that of the run.",
            _RFM,
        ),
        *(
            no_rows(
                f"flows_conserve_{what}",
                f"select rfm_segment, f.{what} as flowed, p.{what} as published from ("
                f"select to_segment as rfm_segment, sum({flowed}) as {what} from {{batch}} "
                f"where as_of = date '{context.as_of}' group by to_segment) f full join ("
                f"select coalesce(rfm_segment, '{NO_ORDERS}') as rfm_segment, {published} as {what} "
                "from user_profiles group by all) p using (rfm_segment) "
                f"where rfm_segment != '{NO_ORDERS}' and coalesce(f.{what}, 0) != coalesce(p.{what}, 0)",
                f"The {what} that flowed into each segment are those published in it.",
                _RFM,
            )
            for what, flowed, published in (
                ("people", "people", "count(*)"),
                ("money", "net_amount_after", "sum(rfm_net_amount)"),
            )
        ),
        no_rows(
            "without_orders_is_without_money",
            "select from_segment, to_segment from {batch} where "
            f"(from_segment = '{NO_ORDERS}' and net_amount_before != 0) "
            f"or (to_segment = '{NO_ORDERS}' and net_amount_after != 0) "
            f"or from_segment = '{NO_ORDERS}' and to_segment = '{NO_ORDERS}'",
            "Who had no orders within the window brought no money, and had some at one of the dates.",
            _RFM,
        ),
    )
