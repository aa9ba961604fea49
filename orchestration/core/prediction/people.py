"""People, what is known of them and what some of them declared: the input of predicted attributes."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.configuration import Prediction
from orchestration.core import artefacts
from orchestration.core.frames import every_kth

Matrix = NDArray[np.float32]
Objects = NDArray[np.object_]
Said: TypeAlias = "Sequence[str | None] | Objects | pd.Categorical[Any]"
# Rows of the features that are looked at together.
CHUNK_ROWS = 100_000


class ModelError(ValueError):
    """A model cannot be trained on this input; the message names it and says what to do."""


@dataclass(frozen=True)
class Declared:
    """People and what they declared, rows sorted by one_id.

    ``features``: people x features float32, NaN is missing; ``value``: what each declared, as a place
    in ``values``, -1 for nothing; ``stratum``: the platform of each, as a place in ``strata``.
    """

    attribute: str
    one_ids: Objects
    features: Matrix
    names: tuple[str, ...]
    value: NDArray[np.int32]
    values: tuple[str, ...]
    stratum: NDArray[np.int32]
    strata: tuple[str, ...]

    def sample(self, config: Prediction) -> Sample:
        """The people whom a fit learns from and is tested on; values of too few people are left out."""
        counts = np.bincount(self.value[self.value >= 0], minlength=len(self.values))
        # The last place is that of people who declared nothing: -1.
        is_common = np.append(counts >= config.minimum_class, [False])
        rows = np.flatnonzero(is_common[self.value])
        # So many that there are train_people to be tested, too.
        kept = rows[every_kth(len(rows), round(config.train_people / config.held_out_share))]
        label = np.array(self.values, dtype=object)[self.value[kept]]
        stratum = np.array(self.strata, dtype=object)[self.stratum[kept]]
        return Sample(self, kept, label, stratum, len(rows))

    def silent(self, at_most: int) -> Iterator[NDArray[np.int64]]:
        """The rows of people who declared nothing, those of ``at_most`` people at a time."""
        for start in range(0, len(self.value), at_most):
            yield start + np.flatnonzero(self.value[start : start + at_most] < 0)


@dataclass(frozen=True)
class Sample:
    """Rows of ``people`` with their label and stratum; ``declared``: how many there are to sample from."""

    people: Declared
    rows: NDArray[np.int64]
    label: Objects
    stratum: Objects
    declared: int

    def fingerprint(self) -> str:
        """Digest of everything that a fit can learn from."""
        said = pd.DataFrame(
            {
                "one_id": self.people.one_ids[self.rows].astype(str),
                "value": self.label.astype(str),
                "stratum": self.stratum.astype(str),
            }
        )
        content = f"{artefacts.fingerprint(said)} of {self.declared}"
        digest = hashlib.sha256(content.encode())
        for start in range(0, len(self.rows), CHUNK_ROWS):
            part = self.people.features[self.rows[start : start + CHUNK_ROWS]]
            digest.update(artefacts.array_fingerprint(part, self.people.names).encode())
        return digest.hexdigest()[:32]


def declared_people(
    features: Matrix,
    names: Sequence[str],
    one_ids: Sequence[str] | Objects,
    declared: Said,
    strata: Said,
    *,
    attribute: str = "attribute",
) -> Declared:
    """Check and sort the input of :func:`fit_attribute`: one row per person, None where nothing is known.

    A categorical is taken as it is, so that people cost a number each and not a text. Raises
    :class:`ModelError` for inputs that cannot be used: shapes that differ, infinite values, a
    doubled person.
    """
    ids = np.asarray(one_ids, dtype=object)
    _check_shapes(features, names, ids, len(declared), len(strata), attribute)
    value, values = _codes(declared)
    stratum, platforms = _codes(strata)
    if "" not in platforms:
        platforms = (*platforms, "")
    stratum = np.where(stratum < 0, platforms.index(""), stratum).astype(np.int32)
    if (ids[1:] <= ids[:-1]).any():
        order = np.argsort(ids, kind="stable")
        ids, features, value, stratum = ids[order], features[order], value[order], stratum[order]
        if (ids[1:] == ids[:-1]).any():
            raise ModelError(
                f"{attribute}: a one_id appears more than once. Give one row per person."
            )
    _check_finite(features, names, attribute)
    return Declared(attribute, ids, features, tuple(names), value, values, stratum, platforms)


def _codes(texts: Said) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Place of each text in the sorted different ones, which come second; -1 for none."""
    given = texts if isinstance(texts, pd.Categorical) else pd.Categorical(list(texts))
    order = np.argsort(given.categories.astype(str).to_numpy(dtype=object), kind="stable")
    place = np.empty(len(order) + 1, dtype=np.int32)
    place[order], place[-1] = np.arange(len(order)), -1
    return place[given.codes], tuple(str(given.categories[number]) for number in order)


def _check_shapes(
    features: Matrix, names: Sequence[str], ids: Objects, said: int, strata: int, attribute: str
) -> None:
    if (
        features.ndim != 2
        or len({len(features), len(ids), said, strata}) != 1
        or features.shape[1] != len(names)
    ):
        raise ModelError(
            f"{attribute}: features {features.shape}, {len(names)} names, {len(ids)} ids, {said} declared values and "
            f"{strata} strata do not belong together. Give one row per person."
        )


def _check_finite(features: Matrix, names: Sequence[str], attribute: str) -> None:
    is_infinite = np.zeros(features.shape[1], dtype=bool)
    for start in range(0, len(features), CHUNK_ROWS):
        is_infinite |= np.isinf(features[start : start + CHUNK_ROWS]).any(axis=0)
    infinite = [names[position] for position in np.flatnonzero(is_infinite).tolist()]
    if infinite:
        raise ModelError(
            f"{attribute}: infinite values in {', '.join(infinite[:5])}. Look for a division by zero."
        )
