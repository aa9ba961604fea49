"""Item affinity of everybody, from what they bought: the table behind :mod:`orchestration.core.lookalike.affinity`.

An item is a category with a brand. Categories whose interest may not be a feature, because it defines
the seed or is private, are left out before anything is learned: nobody is found by what stands for them.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import numpy.typing as npt

from orchestration.core.lookalike.affinity import item_affinity

# Those most people bought; what few bought tells few people apart, and items x items must stay small.
LARGEST_ITEMS = 500
_BOUGHT = (
    "select one_id, category, category || coalesce(' ' || nullif(brand, ''), '') as item, line_count "
    "from facts.user_purchase_days where nullif(category, '') is not null"
)


def purchase_affinity(
    connection: duckdb.DuckDBPyConnection, people: int, is_left_out: Callable[[str], bool]
) -> tuple[tuple[str, ...], npt.NDArray[np.float32]]:
    """Names and values (people x dimensions) for the rows of the temporary table ``feature_rows``.

    ``is_left_out``: whether the items of a category are not to be learned from.
    """
    categories = connection.execute(f"select distinct category from ({_BOUGHT})").fetchall()
    left_out = sorted(str(name) for (name,) in categories if is_left_out(str(name)))
    connection.execute(
        "create or replace temporary table affinity_items as select item, "
        "(row_number() over (order by people desc, item) - 1)::integer as number from ("
        f"select item, count(distinct one_id) as people from ({_BOUGHT}) "
        "where not list_contains($left_out, category) "
        "group by item order by people desc, item limit $at_most)",
        {"left_out": left_out, "at_most": LARGEST_ITEMS},
    )
    items = connection.execute("select item from affinity_items order by number").fetchall()
    found = connection.execute(
        "select people.position, items.number, sum(bought.line_count)::double as amount "
        f"from ({_BOUGHT}) as bought inner join affinity_items as items on bought.item = items.item "
        "inner join feature_rows as people on bought.one_id = people.one_id group by all"
    ).fetchnumpy()
    connection.execute("drop table affinity_items")
    return item_affinity(
        people,
        np.asarray(found["position"], dtype=np.int64),
        np.asarray(found["number"], dtype=np.int64),
        np.asarray(found["amount"], dtype=np.float64),
        [str(item) for (item,) in items],
    )
