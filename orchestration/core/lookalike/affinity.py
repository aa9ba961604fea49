"""Item affinity: what people bought as a few numbers, learned from what is bought by the same people.

Items that the same people buy get vectors that are near (positive pointwise mutual information,
truncated: Levy and Goldberg 2014); a person is the weighted mean of the items bought. So somebody
who bought nappies is near those who bought baby food, though no feature names both.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from orchestration.core.frames import Floats, every_kth
from orchestration.core.lookalike.preparation import Matrix
from orchestration.core.threads import one_thread

DIMENSIONS = 8
# Items bought by fewer than two people say nothing about who is alike.
LEAST_PEOPLE = 2
LARGEST_SAMPLE = 200_000
NAMED_ITEMS = 3
Integers = NDArray[np.int64]


def item_affinity(
    people: int, person: Integers, item: Integers, amount: Floats, items: Sequence[str]
) -> tuple[tuple[str, ...], Matrix]:
    """Names and values (people x at most ``DIMENSIONS``, float32) of the affinities.

    One or more rows per person and item: ``person`` (position), ``item`` (position in ``items``) and
    ``amount`` (how often it was bought, above 0), in any order. NaN for people without an item.
    Items that define a seed must be left out by the caller: what is not given is not learned.
    No column where fewer than two items are shared. Memory: the rows given, and items x items.
    """
    # One cell per person and item, in their order: later sums do not depend on the order of the rows.
    bought = sparse.csr_matrix((amount, (person, item)), shape=(people, len(items)))
    bought.sum_duplicates()
    bought.data = np.log1p(bought.data)
    buyers = np.flatnonzero(np.diff(bought.indptr))
    shared = np.flatnonzero(np.bincount(bought.indices, minlength=len(items)) >= LEAST_PEOPLE)
    if len(shared) < 2:
        return (), np.zeros((people, 0), dtype=np.float32)
    bought = bought[:, shared]
    with one_thread():
        vectors = _item_vectors(bought[buyers[every_kth(len(buyers), LARGEST_SAMPLE)]])
    total = np.asarray(bought.sum(axis=1)).ravel()
    own = np.asarray(bought @ vectors) / np.where(total > 0, total, np.nan)[:, None]
    named = [items[position] for position in shared.tolist()]
    names = tuple(
        f"affinity.{place + 1} ({', '.join(_foremost(vectors[:, place], named))})"
        for place in range(vectors.shape[1])
    )
    return names, own.astype(np.float32)


def _item_vectors(bought: Any) -> Floats:
    """items x dimensions: right singular vectors of the PPMI matrix times the root of their values."""
    cells = bought.tocoo()
    of_person, of_item = (np.asarray(bought.sum(axis=axis)).ravel() for axis in (1, 0))
    chance = of_person[cells.row] * of_item[cells.col] / cells.data.sum()
    information = np.maximum(np.log(cells.data / chance), 0.0)
    matrix = sparse.csr_matrix((information, (cells.row, cells.col)), shape=bought.shape)
    # Items are hundreds and people millions: the small side is decomposed, exactly and without chance.
    values, vectors = np.linalg.eigh((matrix.T @ matrix).toarray())
    kept = [at for at in range(len(values) - 1, -1, -1) if values[at] > 1e-9 * values[-1]]
    kept = kept[:DIMENSIONS]
    vectors = vectors[:, kept]
    # A singular vector has no sign of its own: its largest part points up.
    largest = np.abs(np.round(vectors, 9)).argmax(axis=0)
    sign = np.where(vectors[largest, np.arange(len(kept))] < 0, -1.0, 1.0)
    return vectors * sign * values[kept] ** 0.25


def _foremost(loadings: Floats, items: list[str]) -> list[str]:
    order = np.argsort(-np.round(loadings, 9), kind="stable")
    return [items[int(position)] for position in order[:NAMED_ITEMS]]
