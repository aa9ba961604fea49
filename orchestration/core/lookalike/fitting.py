"""What is learned of one seed, as it is stored: preparation, engines with their shares, and the evidence."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# scikit-learn and parts of the pandas and SciPy stubs are untyped.

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.configuration import Lookalike
from orchestration.core.frames import Floats
from orchestration.core.lookalike import scorers
from orchestration.core.lookalike.blending import blend, normal_score
from orchestration.core.lookalike.crowd import Crowd
from orchestration.core.lookalike.description import describe, suspicions
from orchestration.core.lookalike.engines import ENGINES, Options
from orchestration.core.lookalike.errors import LookalikeError
from orchestration.core.lookalike.evaluation import Judgement, judge
from orchestration.core.lookalike.preparation import Matrix, Preparation, prepare
from orchestration.core.threads import one_thread

# An engine with less is not worth its time on a million people.
NEGLIGIBLE_SHARE = 0.02


@dataclass(frozen=True)
class FittedEngine:
    """``reference``: its scores of the base, sorted, which put it on one scale with the others."""

    scorer: scorers.Scorer
    reference: Floats
    share: float


@dataclass(frozen=True)
class LookalikeFit:
    """``described``: the rows of ``description.describe``. All plain numbers: can be stored as it is."""

    preparation: Preparation
    engines: Mapping[str, FittedEngine]
    judgement: Judgement
    described: tuple[Mapping[str, str | float], ...]
    notes: tuple[str, ...]

    @property
    def features(self) -> pd.DataFrame:
        """How the seed differs, the largest difference first; see ``description.describe``."""
        return pd.DataFrame(list(self.described))

    @property
    def metrics(self) -> dict[str, float]:
        """Of the engine in use on held-out members of the seed."""
        own = [row for row in self.judgement.rows if row["engine"] == self.judgement.engine]
        return {
            "auc": self.judgement.auc,
            "auc_error": self.judgement.auc_error,
            "average_precision": float(own[0]["average_precision"]),
            **{f"lift {row['tier']}": float(row["lift"]) for row in own},
        }

    def score(self, rows: Matrix) -> Floats:
        """Blended score of some rows of the features."""
        prepared = self.preparation.apply(rows)
        parts = {
            name: normal_score(engine.scorer(prepared), engine.reference)
            for name, engine in self.engines.items()
        }
        shares = {name: engine.share for name, engine in self.engines.items()}
        # Sums in another order differ in the last bits; rounded they tie, and ties end in the id.
        return np.round(blend(parts, shares), 9)


KINDS: tuple[type, ...] = (LookalikeFit, FittedEngine, Preparation, Judgement, *scorers.KINDS)


def fit_lookalike(crowd: Crowd, config: Lookalike) -> LookalikeFit:
    """Weigh the engines on held-out members of the seed and fit those that count on all of it.

    Raises :class:`LookalikeError` for unknown engines, infinite values and where no feature is left.
    """
    unknown = [name for name in config.engines if name not in ENGINES]
    if unknown:
        raise LookalikeError(
            f"lookalike.engines has unknown {', '.join(unknown)}. Known engines: {', '.join(ENGINES)}."
        )
    tiers = tier_shares(config, len(crowd.pool_rows), crowd.audience)
    seed_features, base_features = (
        crowd.features[crowd.seed_rows],
        crowd.features[crowd.base_rows],
    )
    preparation = prepare(
        np.concatenate([base_features, seed_features]), crowd.names, crowd.exclude, crowd.audience
    )
    seed, base = preparation.apply(seed_features), preparation.apply(base_features)
    with one_thread():
        judged = judge(seed, base, crowd.weights, tiers, config)
        engines = _fit(judged.shares, seed, base, crowd.weights, config)
        table = describe(seed_features, base_features, preparation, seed, base)
        told = suspicions(preparation.names, seed, base)
    return LookalikeFit(
        preparation=preparation,
        engines=engines,
        judgement=judged,
        described=tuple(
            {str(name): value for name, value in row.items()} for row in table.to_dict("records")
        ),
        notes=(f"Engines: {judged.words}.", *preparation.notes, *told),
    )


def tier_shares(config: Lookalike, pool: int, audience: str) -> list[tuple[str, float]]:
    """Label and share of each tier, narrowest first."""
    if config.tier_counts:
        counts = sorted(set(config.tier_counts))
        if counts[0] < 1:
            raise LookalikeError(f"Lookalike {audience}: lookalike.tier_counts must be at least 1.")
        return [(f"top {count}", min(count / pool, 1.0)) for count in counts]
    shares = sorted(set(config.tiers))
    if not shares or shares[0] <= 0 or shares[-1] > 1:
        raise LookalikeError(
            f"Lookalike {audience}: lookalike.tiers must be shares above 0 and at most 1."
        )
    return [(f"{share * 100:g}%", share) for share in shares]


def _fit(
    shares: Mapping[str, float],
    seed: Matrix,
    base: Matrix,
    weights: Floats,
    config: Lookalike,
) -> dict[str, FittedEngine]:
    options = Options(config.bags, config.local_centroids, config.seed)
    counting = {engine: share for engine, share in shares.items() if share >= NEGLIGIBLE_SHARE}
    fitted: dict[str, FittedEngine] = {}
    for engine, share in counting.items():
        scorer = ENGINES[engine](seed, base, weights, options)
        fitted[engine] = FittedEngine(scorer, np.sort(scorer(base)), share / sum(counting.values()))
    return fitted
