"""Community groups of one audience: ``audiences.community_groups``, the same from day to day.

The groups of each date are kept as one file in a folder of the state; a date continues those of
the newest date before it. So a repeated run gives the same groups, and one who merged with
somebody stays where either of them was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.audiences.compiling import quote
from orchestration.configuration import Grouping
from orchestration.core.grouping import GroupingError, describe_groups, make_groups

KEPT_DATES = 60
_COLUMNS = "one_id varchar, community_group varchar, region varchar, age_band varchar"


@dataclass(frozen=True)
class CommunityGroups:
    """``described``: one row per group (``describe_groups``), none where ``words`` say why not."""

    described: pd.DataFrame
    words: str
    is_refused: bool = False


def build_community_groups(
    connection: duckdb.DuckDBPyConnection, grouping: Grouping, folder: Path, as_of: date
) -> CommunityGroups:
    """Divide the members of ``grouping.audience``.

    Without an audience the table is empty: nobody is grouped unless somebody wants it. It is empty
    as well where groups cannot be made, and the words say why: the rest of a run does not need them.
    """
    connection.execute(f"create or replace table audiences.community_groups ({_COLUMNS})")
    if grouping.audience is None:
        return CommunityGroups(pd.DataFrame(), "Nobody to group: grouping.audience names none.")
    people = connection.execute(
        "select p.one_id, p.province as region, p.age_band, p.gender from audiences.profiles p "
        "semi join audiences.audience_members m on m.one_id = p.one_id and m.audience = $audience order by p.one_id",
        {"audience": grouping.audience},
    ).df()
    if people.empty:
        words = f"Community groups: nobody is in {grouping.audience}. Check its definition and its date."
        return CommunityGroups(pd.DataFrame(), words)
    interests = _interests(connection, people["one_id"], grouping.interests)
    try:
        groups = make_groups(people, interests, grouping, _before(connection, folder, as_of))
    except GroupingError as error:
        words = f"Community groups of {grouping.audience} are not made: {error}"
        return CommunityGroups(pd.DataFrame(), words, is_refused=True)
    _keep(connection, folder, as_of, groups)
    connection.register("grouped", groups.merge(people, on="one_id"))
    connection.execute(
        "insert into audiences.community_groups "
        'select one_id, "group", region, age_band from grouped order by one_id'
    )
    connection.unregister("grouped")
    described = describe_groups(people, groups)
    words = f"{len(people)} people of {grouping.audience} are in {len(described)} groups."
    return CommunityGroups(described, words)


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
