"""Community groups of one audience: ``audiences.community_groups``, the same from day to day.

The groups of each date are kept as one file in a folder of the state; a date continues those of
the newest date before it. So a repeated run gives the same groups, and one who merged with
somebody stays where either of them was.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.audiences.compiling import quote
from orchestration.configuration import Grouping
from orchestration.core.grouping import describe_groups, make_groups

KEPT_DATES = 60
_COLUMNS = "one_id varchar, community_group varchar, region varchar, age_band varchar"


def build_community_groups(
    connection: duckdb.DuckDBPyConnection, grouping: Grouping, folder: Path, as_of: date
) -> pd.DataFrame:
    """Divide the members of ``grouping.audience``; returns one row per group (``describe_groups``).

    Without an audience the table is empty: nobody is grouped unless somebody wants it. Raises
    :class:`orchestration.core.grouping.GroupingError` for people twice or without an id.
    """
    connection.execute(f"create or replace table audiences.community_groups ({_COLUMNS})")
    if grouping.audience is None:
        return pd.DataFrame()
    people = connection.execute(
        "select p.one_id, p.province as region, p.age_band, p.gender from audiences.profiles p "
        "semi join audiences.audience_members m on m.one_id = p.one_id and m.audience = $audience order by p.one_id",
        {"audience": grouping.audience},
    ).df()
    if people.empty:
        return pd.DataFrame()
    interests = _interests(connection, people["one_id"], grouping.interests)
    groups = make_groups(people, interests, grouping, _before(connection, folder, as_of))
    _keep(connection, folder, as_of, groups)
    connection.register("grouped", groups.merge(people, on="one_id"))
    connection.execute(
        "insert into audiences.community_groups "
        'select one_id, "group", region, age_band from grouped order by one_id'
    )
    connection.unregister("grouped")
    return describe_groups(people, groups)


def _interests(
    connection: duckdb.DuckDBPyConnection, one_ids: pd.Series, at_most: int
) -> npt.NDArray[np.float64]:
    """People x the interests that most of them have; 0 is no interest."""
    connection.register(
        "wanted", pd.DataFrame({"one_id": one_ids, "position": np.arange(len(one_ids))})
    )
    found: Any = connection.execute(
        "with held as (select w.position, t.tag, coalesce(t.weight, 1) as weight from tags.user_tags t "
        "join wanted w on w.one_id = t.one_id where starts_with(t.tag, 'interest.')), "
        "chosen as (select tag, row_number() over (order by count(*) desc, tag) - 1 as number "
        "from held group by tag qualify number < $at_most) "
        "select held.position, chosen.number, held.weight from held join chosen on chosen.tag = held.tag",
        {"at_most": at_most},
    ).fetchnumpy()
    connection.unregister("wanted")
    vectors = np.zeros((len(one_ids), at_most))
    vectors[found["position"], found["number"]] = found["weight"]
    return vectors


def _before(
    connection: duckdb.DuckDBPyConnection, folder: Path, as_of: date
) -> pd.DataFrame | None:
    """The groups of the newest date before, by the ids of today."""
    earlier = [file for file in _files(folder) if file.stem < as_of.isoformat()]
    if not earlier:
        return None
    return connection.execute(
        'select coalesce(r.current_one_id, g.one_id) as one_id, min(g."group") as "group" '
        f"from read_parquet({quote(str(earlier[-1]))}) g "
        "left join identity.resolved_ids r on r.one_id = g.one_id group by all order by all"
    ).df()


def _keep(
    connection: duckdb.DuckDBPyConnection, folder: Path, as_of: date, groups: pd.DataFrame
) -> None:
    """Write the groups of a date whole or not at all, and forget the oldest."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{as_of.isoformat()}.parquet"
    half = file.with_suffix(".half")
    connection.register("kept", groups)
    connection.execute(f"copy kept to {quote(str(half))} (format parquet)")
    connection.unregister("kept")
    half.replace(file)
    for old in _files(folder)[:-KEPT_DATES]:
        old.unlink()


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.parquet"))
