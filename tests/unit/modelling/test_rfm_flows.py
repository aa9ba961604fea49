"""RFM as the asset makes it: both dates, by their own cuts, and cuts by platform or category."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from orchestration.configuration import Rfm, load_configuration
from orchestration.core.rfm import load_maps
from orchestration.modelling.rfm import RfmScores, score_rfm

AS_OF = date(2026, 11, 20)


def scored(now: pd.DataFrame, before: pd.DataFrame, **changes: object) -> RfmScores:
    rfm = Rfm.model_validate(load_configuration().rfm.model_dump() | changes)
    with duckdb.connect() as connection:
        connection.execute("create schema layers")
        for name, frame in (("rfm_inputs", now), ("rfm_inputs_compared", before)):
            connection.register("given", frame)
            connection.execute(
                f"create table layers.{name} as select * replace (monetary::decimal(18, 2) as monetary) from given"
            )
        return score_rfm(connection, rfm, load_maps(), AS_OF)


def buyers(people: range, platform: str = "jd", category: str | None = "tea") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "one_id": [f"p{number:03d}" for number in people],
            "recency_days": [number % 50 for number in people],
            "frequency": [1 + number % 7 for number in people],
            "monetary": [10.1 + number * (100 if platform == "jd" else 1) for number in people],
            "platform": platform,
            "category": category,
        }
    )


def test_flows_go_from_the_earlier_date_to_now() -> None:
    found = scored(buyers(range(20, 100)), buyers(range(80)))
    flows = found.flows
    assert found.compared_as_of == date(2026, 10, 21)
    assert set(flows["compared_as_of"]) == {pd.Timestamp("2026-10-21")}
    assert flows["people"].sum() == 100
    came = flows[flows["from_segment"] == "no_orders"]
    gone = flows[flows["to_segment"] == "no_orders"]
    assert (came["people"].sum(), gone["people"].sum()) == (20, 20)
    assert round(flows["net_amount_before"].sum(), 2) == round(
        buyers(range(80))["monetary"].sum(), 2
    )
    assert round(flows["net_amount_after"].sum(), 2) == round(found.people["monetary"].sum(), 2)


def test_nobody_bought_is_no_flow() -> None:
    found = scored(buyers(range(0)), buyers(range(0)))
    assert found.people.empty
    assert found.flows.empty


def test_each_platform_and_category_is_cut_on_its_own() -> None:
    both = pd.concat(
        [buyers(range(60), "jd"), buyers(range(100, 160), "pdd", None)], ignore_index=True
    )

    def highest(found: RfmScores) -> tuple[int, int]:
        is_jd = found.people["one_id"] < "p100"
        return found.people[is_jd]["m_score"].max(), found.people[~is_jd]["m_score"].max()

    assert highest(scored(both, both)) == (5, 3)
    # People without a category are a group of their own.
    for column in ("platform", "category"):
        assert highest(scored(both, both, group_by=column, group_minimum=50)) == (5, 5)
