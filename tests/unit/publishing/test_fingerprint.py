from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.publishing.errors import PublishingError
from orchestration.publishing.fingerprint import Fingerprint, fingerprint, fingerprints_of

ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", None])), unique=True, max_size=12
)


def of(
    rows: list[tuple[int, str | None]], names: str = "k, v", type_: str = "integer"
) -> Fingerprint:
    with duckdb.connect() as connection:
        k, v = names.split(", ")
        connection.execute(f"create table t ({k} {type_}, {v} varchar)")
        if rows:
            connection.executemany("insert into t values (?, ?)", rows)
        return fingerprint(connection, "t")


@settings(derandomize=True, deadline=None, max_examples=15)
@given(rows=ROWS, other=ROWS)
def test_equal_exactly_when_the_rows_are_equal_in_any_order(rows, other) -> None:
    assert of(rows) == of(rows[::-1])
    assert (of(rows) == of(other)) == (sorted(map(repr, rows)) == sorted(map(repr, other)))


def test_names_types_and_doubled_rows_are_seen() -> None:
    rows = [(1, "a"), (2, "b")]
    assert of(rows) != of(rows, names="k, w")
    assert of(rows) != of(rows, type_="bigint")
    assert of(rows) != of([*rows, (3, "c"), (3, "c")])
    assert of([]).rows == 0


def test_a_missing_file_a_missing_table_and_a_flipped_byte_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with pytest.raises(PublishingError, match="does not exist"):
        fingerprints_of(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table t as select range as k, md5(range::varchar) as v from range(200000)"
        )
    assert fingerprints_of(path)["t"].rows == 200_000
    with pytest.raises(PublishingError, match="cannot be read whole"):
        fingerprints_of(path, ["no_such_table"])
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(PublishingError, match="cannot be read whole"):
        fingerprints_of(path)
