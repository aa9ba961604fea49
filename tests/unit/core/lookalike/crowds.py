"""Crowds with a planted likeness, and the configuration that tests judge them with."""

from __future__ import annotations

import numpy as np

from orchestration.configuration import Lookalike, load_configuration

DEFAULT = load_configuration().lookalike
NAMES = [f"f{n}" for n in range(12)]


def configured(**changes: object) -> Lookalike:
    return Lookalike.model_validate(DEFAULT.model_dump() | {"repeats": 1, "bags": 8} | changes)


def planted(people: int = 3000, alike: int = 300, seed: int = 1):
    """Hidden likes differ in three of twelve skewed features; half of them are the seed."""
    random = np.random.default_rng(seed)
    features = random.lognormal(0.0, 1.0, (people, len(NAMES))).astype(np.float32)
    hidden = np.zeros(people, dtype=bool)
    hidden[random.choice(people, alike, replace=False)] = True
    features[:, [0, 3]] *= np.where(hidden, 3.0, 1.0)[:, None].astype(np.float32)
    features[hidden, 7] /= 3.0
    members = np.flatnonzero(hidden)
    chosen = np.zeros(people, dtype=bool)
    chosen[random.choice(members, alike // 2, replace=False)] = True
    ids = np.array([f"p{n:05d}" for n in random.permutation(people)], dtype=object)
    return features, ids, hidden, chosen
