"""What choices of the value model were made on: other dates and horizons than those of ``quality_value``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.quality_value import cases, judge, table
from orchestration.configuration import load_configuration

# Data set, last day known, days held out.
DEVELOPMENT = (
    *(
        ("CDNOW", until, held_out_days)
        for until, horizons in {
            "1997-05-31": (90,),
            "1997-06-30": (90, 180, 360),
            "1997-08-15": (90, 180, 300),
            "1997-10-31": (90, 200),
            "1997-11-30": (90, 180),
            "1997-12-31": (90, 180),
            "1998-02-15": (60, 120),
            "1998-03-31": (90,),
        }.items()
        for held_out_days in horizons
    ),
    *(
        ("Households", until, held_out_days)
        for until, horizons in {
            "2017-04-01": (90,),
            "2017-04-15": (200,),
            "2017-05-01": (90, 180),
            "2017-06-01": (60, 120, 200),
            "2017-07-15": (90,),
            "2017-08-01": (60, 150),
            "2017-09-01": (90, 120),
            "2017-10-01": (60, 90),
            "2017-11-01": (60,),
            "2017-11-15": (30,),
        }.items()
        for held_out_days in horizons
    ),
)


def run() -> list[tuple[str, pd.DataFrame]]:
    """Title and table of the means of each data set."""
    share = load_configuration().value.interval
    judged: dict[str, list[pd.DataFrame]] = {}
    for case in cases(DEVELOPMENT):
        measures, _ = judge(case)
        measures["predicted / actual"] = np.exp(np.abs(np.log(measures["predicted / actual"])))
        judged.setdefault(case.name, []).append(measures)
    return [
        (
            f"Value, development: {name}. Mean of {len(found)} dates and horizons; the ratio is that of the larger "
            "of predicted and actual over the smaller",
            table(sum(found[1:], found[0]) / len(found), share),
        )
        for name, found in judged.items()
    ]
