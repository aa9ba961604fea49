"""RFM of every recent buyer, and who moved since an earlier date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pandas as pd

from orchestration.configuration import Rfm
from orchestration.core import rfm as core

_INPUTS = "select * replace (monetary::double as monetary) from layers."


@dataclass(frozen=True)
class RfmScores:
    """``people``: one row per person who bought within the window, from :func:`core.score`.

    ``flows``: one row per pair of segments with people: as_of, compared_as_of, from_segment, to_segment,
    people, net_amount_before, net_amount_after.
    """

    people: pd.DataFrame
    flows: pd.DataFrame
    compared_as_of: date


def score_rfm(
    connection: duckdb.DuckDBPyConnection, rfm: Rfm, maps: core.RfmMaps, as_of: date
) -> RfmScores:
    """Score the people of ``layers.rfm_inputs``, and those of the earlier date by the cuts of that date."""
    compared = as_of - timedelta(days=rfm.migration_days)
    people, before = (
        core.score(connection.execute(_INPUTS + table).df(), rfm, maps)
        for table in ("rfm_inputs", "rfm_inputs_compared")
    )
    flows = core.migration(before, people).rename(
        columns={"monetary_before": "net_amount_before", "monetary_after": "net_amount_after"}
    )
    flows.insert(0, "as_of", pd.Timestamp(as_of))
    flows.insert(1, "compared_as_of", pd.Timestamp(compared))
    return RfmScores(people, flows, compared)
