"""The feature matrix that lookalikes and predictions learn from: one row per person.

Values are raw (counts, days, money, weights, 0/1); the models scale them. NaN is unknown or does
not apply, such as the days since an order that never was. Predicted attributes are never
features, so that no model learns from another one's guess.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from orchestration.audiences.affinity import purchase_affinity
from orchestration.audiences.compiling import AS_OF, among, quote

_DAY = "timezone(getvariable('timezone'), timezone('UTC', {}))::date"

# Name -> SQL over facts (facts.user_facts) and rfm (layers.rfm).
NUMBERS = {
    **{
        name: f"facts.{name}"
        for name in (
            *("accounts", "platforms", "orders", "units", "gross_amount", "refund_amount"),
            *("net_amount", "average_order_amount", "mean_order_gap_days"),
            *("days_since_last_order", "days_since_first_order", "visits_30d"),
            *("content_views_30d", "carts_30d", "favorites_30d", "searches_30d", "invites"),
        )
    },
    "refund_share": "facts.refund_amount::double / nullif(facts.gross_amount, 0)",
    "days_since_first_seen": f"{AS_OF} - {_DAY.format('facts.first_seen_at')}",
    "days_since_last_seen": f"{AS_OF} - {_DAY.format('facts.last_seen_at')}",
    "days_since_visit": f"{AS_OF} - facts.last_visit_date",
    "days_since_content": f"{AS_OF} - facts.last_content_date",
    "days_since_touch": f"{AS_OF} - {_DAY.format('facts.last_touch_at')}",
    "is_private_domain": "coalesce(facts.is_private_domain, false)::integer",
    **{
        f"rfm.{name}": f"rfm.{name}"
        for name in ("recency_days", "frequency", "monetary", "r_score", "f_score", "m_score")
    },
}
# Family -> expression over facts that gives the person's values, joined by ``;``.
CATEGORIES = {
    "age_band": "facts.age_band",
    "aipl_stage": "lifecycle.aipl_stage",
    "gender": "facts.gender",
    "lifecycle_stage": "lifecycle.lifecycle_stage",
    "member_level": "facts.member_level",
    "platform": "facts.platform_list",
    "province": "facts.province",
    "reachable": "facts.reachable_channels",
}
TAG_FAMILIES = ("interest", "rule")
AFFINITY = "affinity."


@dataclass(frozen=True)
class FeatureOptions:
    """Which features are made.

    ``tags``: how many tags of each family, those most people carry first; ``values``: how many
    values of each category. ``exclude``: names, or prefixes that end with a dot (``gender.``).
    ``exclude_privacy``: tags with these privacy labels in the registry are left out, and the category
    ``gender`` where the tag ``profile.gender`` has one.
    ``batch_rows``: rows held beside the matrix at a time. ``memory_bytes``: a larger matrix lies in a
    file of the database's temporary folder and is read from there in parts.
    """

    tags: int = 200
    values: int = 40
    exclude: tuple[str, ...] = ()
    exclude_privacy: tuple[str, ...] = ("sensitive",)
    batch_rows: int = 1_000_000
    memory_bytes: int = 2**31


@dataclass(frozen=True)
class Features:
    """``one_ids`` (n,), sorted; ``matrix`` (n, d) float32; ``names`` of its d columns."""

    one_ids: npt.NDArray[np.object_]
    matrix: npt.NDArray[np.float32]
    names: tuple[str, ...]


def is_excluded(name: str, exclude: Iterable[str]) -> bool:
    """Whether a feature is named, or lies under a prefix that ends with a dot."""
    return any(name == item or (item.endswith(".") and name.startswith(item)) for item in exclude)


def build_features(
    connection: duckdb.DuckDBPyConnection, options: FeatureOptions | None = None
) -> Features:
    """Features of everybody in ``facts.user_facts``.

    Reads ``facts.user_facts``, ``facts.user_purchase_days``, ``layers.rfm``, ``layers.lifecycle``,
    ``tags.user_tags`` and ``tags.registry``. Memory: the matrix (4 bytes x people x features, at most
    ``memory_bytes``) and one batch.
    """
    options = options or FeatureOptions()
    connection.execute(
        "create or replace temporary table feature_rows as select one_id, "
        "(row_number() over (order by one_id) - 1)::integer as position from facts.user_facts"
    )
    try:
        numbers = [name for name in NUMBERS if not is_excluded(name, options.exclude)]
        sparse = [
            *_chosen_values(connection, options),
            *_chosen_tags(connection, options),
        ]
        one_ids = np.asarray(
            connection.execute("select one_id from feature_rows order by position").fetchnumpy()[
                "one_id"
            ],
            dtype=np.object_,
        )
        affinities, own = _affinity(connection, len(one_ids), options)
        names = (*numbers, *(f"{family}.{value}" for family, value in sparse), *affinities)
        matrix = _zeros(connection, (len(one_ids), len(names)), options.memory_bytes)
        matrix[:, len(numbers) + len(sparse) :] = own
        _fill_numbers(connection, matrix, numbers, options.batch_rows)
        _fill_sparse(connection, matrix, sparse, len(numbers), options.batch_rows)
    finally:
        connection.execute("drop table feature_rows")
    return Features(one_ids, matrix, names)


def _zeros(
    connection: duckdb.DuckDBPyConnection, shape: tuple[int, int], memory_bytes: int
) -> npt.NDArray[np.float32]:
    """In memory, or in a file that is gone with the array."""
    if 4 * shape[0] * shape[1] <= memory_bytes:
        return np.zeros(shape, dtype=np.float32)
    (folder,) = connection.execute("select current_setting('temp_directory')").fetchall()[0]
    Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        return np.memmap(file, dtype=np.float32, mode="w+", shape=shape)


def _affinity(
    connection: duckdb.DuckDBPyConnection, people: int, options: FeatureOptions
) -> tuple[tuple[str, ...], npt.NDArray[np.float32]]:
    """Without the items of categories whose interest is excluded or private."""
    if is_excluded(AFFINITY, options.exclude):
        return (), np.zeros((people, 0), dtype=np.float32)
    private = _private(connection, options)

    def is_left_out(category: str) -> bool:
        tag = f"interest.{category}"
        return tag in private or is_excluded(tag, options.exclude)

    return purchase_affinity(connection, people, is_left_out)


def _private(connection: duckdb.DuckDBPyConnection, options: FeatureOptions) -> set[str]:
    return {str(tag) for (tag,) in connection.execute(_private_tags(options)).fetchall()}


def _private_tags(options: FeatureOptions) -> str:
    return (
        f"select tag from tags.registry where {among('privacy', options.exclude_privacy)}"
        if options.exclude_privacy
        else "select null::varchar as tag where false"
    )


def _person_values(family: str) -> str:
    """Query: one_id and value, a row for each value of the category."""
    return (
        f"select distinct facts.one_id, unnest(string_split({CATEGORIES[family]}, ';')) as value "
        "from facts.user_facts as facts "
        "left join layers.lifecycle as lifecycle on facts.one_id = lifecycle.one_id "
        f"where nullif({CATEGORIES[family]}, '') is not null"
    )


def _chosen_values(
    connection: duckdb.DuckDBPyConnection, options: FeatureOptions
) -> list[tuple[str, str]]:
    chosen: list[tuple[str, str]] = []
    private = _private(connection, options)
    for family in CATEGORIES:
        if is_excluded(f"{family}.", options.exclude) or f"profile.{family}" in private:
            continue
        found = connection.execute(
            f"select value from ({_person_values(family)}) group by value "
            f"order by count(*) desc, value limit {options.values}"
        ).fetchall()
        chosen += [(family, str(row[0])) for row in found]
    return [item for item in chosen if not is_excluded(".".join(item), options.exclude)]


def _chosen_tags(
    connection: duckdb.DuckDBPyConnection, options: FeatureOptions
) -> list[tuple[str, str]]:
    chosen: list[tuple[str, str]] = []
    for family in TAG_FAMILIES:
        found = connection.execute(
            "select tag from tags.user_tags "
            f"where starts_with(tag, {quote(family + '.')}) and tag not in ({_private_tags(options)}) "
            "group by tag order by count(*) desc, tag"
        ).fetchall()
        kept = [str(row[0]) for row in found if not is_excluded(str(row[0]), options.exclude)]
        chosen += [(family, tag.removeprefix(f"{family}.")) for tag in kept[: options.tags]]
    return chosen


def _fill_numbers(
    connection: duckdb.DuckDBPyConnection,
    matrix: npt.NDArray[np.float32],
    numbers: Sequence[str],
    batch_rows: int,
) -> None:
    columns = ", ".join(f"({NUMBERS[name]})::float" for name in numbers)
    if not columns:
        return
    query = (
        f"select people.position, {columns} from feature_rows as people "
        "inner join facts.user_facts as facts on people.one_id = facts.one_id "
        "left join layers.rfm as rfm on people.one_id = rfm.one_id"
    )
    for batch in _batches(connection, query, batch_rows):
        rows = _numpy(batch, 0)
        for position in range(len(numbers)):
            matrix[rows, position] = _numpy(batch, position + 1)


def _fill_sparse(
    connection: duckdb.DuckDBPyConnection,
    matrix: npt.NDArray[np.float32],
    chosen: Sequence[tuple[str, str]],
    offset: int,
    batch_rows: int,
) -> None:
    """Categories are 1 where they hold; tags carry their weight, 1 without one."""
    if not chosen:
        return
    values = ", ".join(
        f"({offset + position}, {quote(family)}, {quote(value)}, {quote(f'{family}.{value}')})"
        for position, (family, value) in enumerate(chosen)
    )
    sources = [
        f"select one_id, feature, 1::float as amount from ({_person_values(family)}) as given "
        f"inner join chosen on given.value = chosen.value and chosen.family = {quote(family)}"
        for family in dict.fromkeys(family for family, _ in chosen)
        if family in CATEGORIES
    ]
    tags = "select one_id, feature, coalesce(weight, 1)::float as amount from tags.user_tags "
    tags += f"as given inner join chosen on given.tag = chosen.name where {among('family', TAG_FAMILIES)}"
    query = (
        f"with chosen (feature, family, value, name) as (values {values}), "
        f"held as ({' union all '.join([*sources, tags])}) "
        "select people.position, held.feature, held.amount "
        "from held inner join feature_rows as people on held.one_id = people.one_id"
    )
    for batch in _batches(connection, query, batch_rows):
        matrix[_numpy(batch, 0), _numpy(batch, 1)] = _numpy(batch, 2)


def _batches(connection: duckdb.DuckDBPyConnection, query: str, batch_rows: int) -> Iterator[Any]:
    """The result of ``query`` as Arrow tables of at most ``batch_rows`` rows.

    Through a temporary table: DuckDB's streaming reader stood still for ever on a union of joins
    over a million people. ``Any``, because pyarrow has no types.
    """
    connection.execute(f"create or replace temporary table feature_cells as {query}")
    row = connection.execute("select count(*) from feature_cells").fetchone()
    for start in range(0, row[0] if row else 0, batch_rows):
        result: Any = connection.execute(
            f"select * from feature_cells where rowid >= {start} and rowid < {start + batch_rows}"
        )
        yield result.to_arrow_table()
    connection.execute("drop table feature_cells")


def _numpy(batch: Any, column: int) -> npt.NDArray[Any]:
    return np.asarray(batch.column(column).to_numpy(zero_copy_only=False))
