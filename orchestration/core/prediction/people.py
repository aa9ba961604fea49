"""People, what is known of them and what some of them declared: the input of predicted attributes."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownParameterType=false, reportUnknownLambdaType=false, reportMissingTypeStubs=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from orchestration.core import artefacts

Matrix = NDArray[np.float32]
Objects = NDArray[np.object_]
# Rows of the features that are copied at a time to be hashed.
HASHED_ROWS = 100_000


class ModelError(ValueError):
    """A model cannot be trained on this input; the message names it and says what to do."""


@dataclass(frozen=True)
class Declared:
    """People and what they declared, rows sorted by one_id.

    ``features``: people x features float32, NaN is missing; ``value``: None where nothing was
    declared; ``stratum``: platform per person.
    """

    attribute: str
    one_ids: Objects
    features: Matrix
    names: tuple[str, ...]
    value: Objects
    stratum: Objects

    @property
    def known(self) -> NDArray[np.bool_]:
        """Who declared something."""
        return pd.notna(self.value)

    def fingerprint(self) -> str:
        """Digest of everything that a fit can learn from: the rows of those who declared."""
        rows = np.flatnonzero(self.known)
        said = pd.DataFrame(
            {
                "one_id": self.one_ids[rows].astype(str),
                "value": self.value[rows].astype(str),
                "stratum": self.stratum[rows].astype(str),
            }
        )
        digest = hashlib.sha256(artefacts.fingerprint(said).encode())
        for start in range(0, len(rows), HASHED_ROWS):
            part = self.features[rows[start : start + HASHED_ROWS]]
            digest.update(artefacts.array_fingerprint(part, self.names).encode())
        return digest.hexdigest()[:32]


def declared_people(
    features: Matrix,
    names: Sequence[str],
    one_ids: Sequence[str] | Objects,
    declared: Sequence[str | None] | Objects,
    strata: Sequence[str] | Objects,
    *,
    attribute: str = "attribute",
) -> Declared:
    """Check and sort the input of :func:`fit_attribute`.

    Raises :class:`ModelError` for inputs that cannot be used: shapes that differ, infinite values,
    a doubled person.
    """
    ids = np.asarray(one_ids, dtype=object)
    said = pd.Series(np.asarray(declared, dtype=object))
    stratum = (
        pd.Series(np.asarray(strata, dtype=object)).fillna("").astype(str).to_numpy(dtype=object)
    )
    _check(features, names, ids, said, stratum, attribute)
    value = said.astype(object).where(said.notna(), None).to_numpy(dtype=object)
    if (ids[1:] < ids[:-1]).any():
        order = np.argsort(ids, kind="stable")
        ids, features, value, stratum = ids[order], features[order], value[order], stratum[order]
    return Declared(attribute, ids, features, tuple(names), value, stratum)


def _check(
    features: Matrix,
    names: Sequence[str],
    ids: Objects,
    said: pd.Series,
    stratum: Objects,
    attribute: str,
) -> None:
    if (
        features.ndim != 2
        or len({len(features), len(ids), len(said), len(stratum)}) != 1
        or features.shape[1] != len(names)
    ):
        raise ModelError(
            f"{attribute}: features {features.shape}, {len(names)} names, {len(ids)} ids, {len(said)} declared values and "
            f"{len(stratum)} strata do not belong together. Give one row per person."
        )
    infinite = [
        names[position] for position in np.flatnonzero(np.isinf(features).any(axis=0)).tolist()
    ]
    if infinite:
        raise ModelError(
            f"{attribute}: infinite values in {', '.join(infinite[:5])}. Look for a division by zero."
        )
    if len(set(ids)) != len(ids):
        raise ModelError(f"{attribute}: a one_id appears more than once. Give one row per person.")
