"""What an engine learned, as plain numbers: can be stored, and scores prepared rows."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from orchestration.core.frames import Floats
from orchestration.core.lookalike.preparation import Matrix


class Scorer(Protocol):
    """One number per prepared row: more is more alike."""

    def __call__(self, rows: Matrix, /) -> Floats:
        """``rows``: people x features, as :mod:`preparation` makes them."""
        ...


@dataclass(frozen=True)
class Line:
    """``rows @ coefficients``."""

    coefficients: Floats

    def __call__(self, rows: Matrix, /) -> Floats:
        """(n,) scores."""
        return rows.astype(np.float64) @ self.coefficients


@dataclass(frozen=True)
class Nearness:
    """Cosine to ``middle`` (features,), half of it to the nearest of ``local`` (places x features) if any."""

    middle: Floats
    local: Floats

    def __call__(self, rows: Matrix, /) -> Floats:
        """(n,) scores in [-1, 1]."""
        own = unit(rows)
        if not len(self.local):
            return own @ self.middle
        return 0.5 * (own @ self.middle) + 0.5 * (own @ self.local.T).max(axis=1)


@dataclass(frozen=True)
class Forest:
    """Mean of trees. ``nodes``: scikit-learn's records of all trees, one after the other; ``value``: per node.

    ``starts`` (trees + 1,) says where each tree's nodes are.
    """

    nodes: NDArray[Any]
    value: Floats
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, fitted: Sequence[Any]) -> Forest:
        """From fitted scikit-learn classifiers of two classes: the share of the second."""
        states = [tree.tree_.__getstate__() for tree in fitted]
        sizes = [len(state["nodes"]) for state in states]
        return cls(
            nodes=np.concatenate([state["nodes"] for state in states]),
            value=np.concatenate([state["values"][:, 0, 1] for state in states]),
            starts=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        )

    def __call__(self, rows: Matrix, /) -> Floats:
        """(n,) scores in [0, 1]."""
        # scikit-learn's own walk through the nodes.
        from sklearn.tree._tree import Tree

        ordered = np.ascontiguousarray(rows, dtype=np.float32)
        total = np.zeros(len(ordered))
        one = np.ones(1, dtype=np.intp)
        for start, end in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            tree: Any = Tree(ordered.shape[1], one, 1)
            tree.__setstate__(
                {
                    "max_depth": 0,
                    "node_count": end - start,
                    "nodes": self.nodes[start:end],
                    "values": self.value[start:end, None, None],
                }
            )
            total += tree.predict(ordered)[:, 0]
        return total / (len(self.starts) - 1)


KINDS: tuple[type, ...] = (Line, Nearness, Forest)


def unit(rows: Any) -> Floats:
    """Rows of length 1."""
    wide = np.asarray(rows, dtype=np.float64)
    return wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-9)
