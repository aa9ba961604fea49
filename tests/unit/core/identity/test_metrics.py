"""Measures against brute force over all pairs, and on a table small enough to count by hand."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.core.identity import evaluate

_ROWS = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(0, 4),
        st.sampled_from("xyz"),
        st.sets(
            st.sampled_from([("phone", "1"), ("phone", "2"), ("email", "1"), ("unionid", "1")])
        ),
    ),
    min_size=1,
    max_size=14,
)


def _frames(rows: list) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    accounts = pd.DataFrame(
        [(f"k{n}", f"p{row[0]}", row[2]) for n, row in enumerate(rows)],
        columns=["account_key", "one_id", "platform"],
    )
    truth = pd.DataFrame(
        [(f"k{n}", row[1]) for n, row in enumerate(rows)], columns=["account_key", "person"]
    )
    identifiers = pd.DataFrame(
        [(f"k{n}", kind, value) for n, row in enumerate(rows) for kind, value in sorted(row[3])],
        columns=["account_key", "identifier_type", "identifier_hash"],
    )
    return accounts, truth.sample(frac=1, random_state=1), identifiers


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


@settings(max_examples=80, deadline=None, derandomize=True)
@given(_ROWS)
def test_measures_equal_counting_every_pair(rows: list) -> None:
    metrics = evaluate(*_frames(rows))
    pairs = list(combinations(rows, 2))
    found = [pair for pair in pairs if pair[0][0] == pair[1][0]]
    true = [pair for pair in pairs if pair[0][1] == pair[1][1]]
    right = [pair for pair in found if pair[0][1] == pair[1][1]]
    overall = metrics.overall.iloc[0]
    assert (overall["pairs_found"], overall["pairs_true"], overall["pairs_right"]) == (
        len(found),
        len(true),
        len(right),
    )
    assert overall["precision"] == pytest.approx(_share(len(right), len(found)))
    assert overall["recall"] == pytest.approx(_share(len(right), len(true)))

    def b_cubed(own: int) -> float:
        shares = []
        for row in rows:
            group = [other for other in rows if other[own] == row[own]]
            shares.append(sum(other[:2] == row[:2] for other in group) / len(group))
        return sum(shares) / len(shares)

    assert overall["b_cubed_precision"] == pytest.approx(b_cubed(0))
    assert overall["b_cubed_recall"] == pytest.approx(b_cubed(1))

    graph = nx.Graph()
    graph.add_nodes_from(range(len(rows)))
    for number, row in enumerate(rows):
        graph.add_edges_from((number, (row[1], value)) for value in row[3])
    usable = [
        (one, other)
        for one, other in combinations(range(len(rows)), 2)
        if nx.has_path(graph, one, other)
    ]
    assert overall["usable_pairs"] == len(usable)
    reached = sum(rows[one][0] == rows[other][0] for one, other in usable)
    assert overall["usable_recall"] == pytest.approx(_share(reached, len(usable)))

    def mix(row: tuple) -> str:
        return "+".join(sorted({kind for kind, _ in row[3]})) or "none"

    for table, group in ((metrics.by_platform, lambda row: row[2]), (metrics.by_identifiers, mix)):
        for name, chosen in (("pairs_found", found), ("pairs_true", true), ("pairs_right", right)):
            counted: dict[tuple[str, str], int] = {}
            for pair in chosen:
                key = tuple(sorted((group(pair[0]), group(pair[1]))))
                counted[key] = counted.get(key, 0) + 1
            told = {(row.left, row.right): getattr(row, name) for row in table.itertuples()}
            assert {key: count for key, count in told.items() if count} == counted


def test_a_wrong_merge_costs_precision_where_it_happened() -> None:
    accounts, truth, identifiers = _frames(
        [
            (1, 1, "x", {("phone", "1")}),
            (1, 1, "y", {("phone", "1")}),
            (1, 2, "z", {("email", "1")}),
            (2, 2, "z", {("email", "1")}),
        ]
    )
    metrics = evaluate(accounts, truth, identifiers)
    overall = metrics.overall.iloc[0]
    assert overall["precision"] == pytest.approx(1 / 3)
    assert overall["recall"] == 0.5
    assert overall["usable_recall"] == 0.5
    by_platform = metrics.by_platform.set_index(["left", "right"])["precision"].to_dict()
    assert by_platform == {("x", "y"): 1.0, ("x", "z"): 0.0, ("y", "z"): 0.0, ("z", "z"): 1.0}
    by_mix = metrics.by_identifiers.set_index(["left", "right"])["recall"].to_dict()
    assert by_mix == {("email", "email"): 0.0, ("email", "phone"): 1.0, ("phone", "phone"): 1.0}


def test_truth_that_does_not_fit_is_refused() -> None:
    accounts, truth, identifiers = _frames([(1, 1, "x", set())])
    with pytest.raises(ValueError, match="share no account_key"):
        evaluate(accounts, truth.assign(account_key="other"), identifiers)
    with pytest.raises(ValueError, match="more than one row"):
        evaluate(accounts, pd.concat([truth, truth]), identifiers)
