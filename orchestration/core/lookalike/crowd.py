"""Everybody a lookalike is made of: features, seed, those to be found, and the samples that stand for them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false, reportMissingTypeStubs=false
# pyarrow.compute makes its functions when imported; parts of the stubs are untyped.

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from orchestration.configuration import Lookalike
from orchestration.core.artefacts import array_fingerprint
from orchestration.core.frames import Floats, every_kth
from orchestration.core.lookalike.errors import LookalikeError
from orchestration.core.lookalike.preparation import Matrix

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]
WEIGHT_LIMITS = (0.1, 10.0)


class Table(Protocol):
    """people x features of float32, NaN where a value is missing: an array, or one that is read in parts."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(people, features)."""
        ...

    def __getitem__(self, rows: Rows, /) -> Matrix:
        """Some rows, by position; ascending wherever many are asked for."""
        ...


@dataclass(frozen=True)
class Crowd:
    """Checked input. ``ids``: Arrow strings. ``seed_rows`` and ``base_rows`` are samples, in the order of ids.

    ``seeds`` people are the seed and ``pool_rows`` (in the order of ids) are to be ranked.
    ``weights``: one per seed row, mean 1.
    """

    audience: str
    features: Table
    names: tuple[str, ...]
    exclude: tuple[str, ...]
    ids: Any
    seeds: int
    seed_rows: Rows
    base_rows: Rows
    pool_rows: Rows
    weights: Floats

    def fingerprint(self) -> str:
        """Digest of everything that a fit can learn from: the rows of the samples, and how many there are."""
        digest = hashlib.sha256(
            f"{self.audience}|{self.seeds}|{len(self.pool_rows)}|{self.exclude}".encode()
        )
        for rows in (self.seed_rows, self.base_rows):
            values = self.features[rows]
            digest.update(array_fingerprint(values, self.names).encode())
        digest.update(np.ascontiguousarray(self.weights).tobytes())
        return digest.hexdigest()[:32]


def crowd_of(
    features: Table,
    names: Sequence[str],
    one_ids: Any,
    seed_mask: Mask,
    eligible_mask: Mask,
    config: Lookalike,
    weights: Floats | None = None,
    *,
    audience: str = "lookalike",
    exclude: Sequence[str] = (),
) -> Crowd:
    """Check the input of :func:`fit_lookalike`; see ``evaluate_and_score`` for what it means.

    Raises :class:`LookalikeError`, naming ``audience``.
    """
    seed_mask = np.asarray(seed_mask, dtype=bool)
    eligible_mask = np.asarray(eligible_mask, dtype=bool)
    _check_shapes(features, names, one_ids, seed_mask, eligible_mask, weights, audience)
    ids: Any = pa.array(one_ids, type=pa.string()) if not _is_arrow(one_ids) else one_ids
    order = _id_order(ids, audience)
    pool_mask = eligible_mask & ~seed_mask
    _check_sizes(int(seed_mask.sum()), int(pool_mask.sum()), audience)
    seed_rows = order[seed_mask[order]]
    seed_rows = seed_rows[every_kth(len(seed_rows), config.seed_sample)]
    pool_rows = order[pool_mask[order]]
    return Crowd(
        audience=audience,
        features=features,
        names=tuple(names),
        exclude=tuple(exclude),
        ids=ids,
        seeds=int(seed_mask.sum()),
        seed_rows=seed_rows,
        base_rows=pool_rows[every_kth(len(pool_rows), config.pool_sample)],
        pool_rows=pool_rows,
        weights=_seed_weights(weights, seed_rows, audience),
    )


def _is_arrow(one_ids: Any) -> bool:
    return isinstance(one_ids, pa.Array) and pa.types.is_string(one_ids.type)


def _check_shapes(
    features: Table,
    names: Sequence[str],
    one_ids: Any,
    seed_mask: Mask,
    eligible_mask: Mask,
    weights: Floats | None,
    audience: str,
) -> None:
    shape = features.shape
    lengths = {shape[0], len(one_ids), len(seed_mask), len(eligible_mask)}
    if weights is not None:
        lengths.add(len(weights))
    if len(shape) != 2 or len(lengths) != 1 or shape[1] != len(names):
        raise LookalikeError(
            f"Lookalike {audience}: features {shape}, {len(names)} names, {len(one_ids)} ids and the masks do not "
            "belong together. Give one row per person and one name per column."
        )


def _check_sizes(seeds: int, pool: int, audience: str) -> None:
    if seeds == 0:
        raise LookalikeError(
            f"Lookalike {audience}: the seed is empty. Check the seed audience's definition and its date."
        )
    if seeds == 1:
        raise LookalikeError(
            f"Lookalike {audience}: a seed of one person is like nobody. Use a wider seed audience."
        )
    if pool < 2:
        raise LookalikeError(
            f"Lookalike {audience}: the seed of {seeds} leaves {pool} eligible people to find. "
            "Use a narrower seed, or exclude fewer people."
        )


def _id_order(ids: Any, audience: str) -> Rows:
    if ids.null_count:
        raise LookalikeError(
            f"Lookalike {audience}: {ids.null_count} rows have no one_id. Give every person an id."
        )
    if len(ids) < 2 or pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        return np.arange(len(ids), dtype=np.int64)
    order = pc.array_sort_indices(ids)
    ordered = ids.take(order)
    if pc.any(pc.equal(ordered[:-1], ordered[1:])).as_py():
        raise LookalikeError(
            f"Lookalike {audience}: a one_id appears more than once. Give one row per person."
        )
    return order.to_numpy().astype(np.int64)


def _seed_weights(weights: Floats | None, seed_rows: Rows, audience: str) -> Floats:
    if weights is None:
        return np.ones(len(seed_rows))
    own = np.asarray(weights, dtype=np.float64)[seed_rows]
    if not np.isfinite(own).all() or (own < 0).any() or own.sum() <= 0:
        raise LookalikeError(
            f"Lookalike {audience}: seed weights must be finite, not negative and not all zero. "
            "Weigh by a column that is known for the seed, or give no weight."
        )
    # A whale in the seed must not be the seed.
    limited = np.clip(own / own.mean(), *WEIGHT_LIMITS)
    return limited / limited.mean()
