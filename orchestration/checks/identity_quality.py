"""How right identity is, measured where the truth is known: on the sample merchant."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg
import pandas as pd

from orchestration.assets.plots import precision_and_recall
from orchestration.assets.support import as_of_date, picture, table_metadata
from orchestration.core.identity import IdentityMetrics, evaluate
from orchestration.modelling.identity_inputs import read_identity_inputs
from orchestration.resources.deployment import Deployment
from orchestration.warehouse.session import open_warehouse

_ACCOUNTS = ["identity", "accounts"]
_GROUPS_SHOWN = 30


def build_identity_checks(deployment: Deployment) -> Sequence[dg.AssetChecksDefinition]:
    """One check on the sample merchant; none elsewhere, because nobody knows the truth there."""
    settings = deployment.settings
    if not settings.is_sample:
        return []
    floors = deployment.configuration.identity.floors.model_dump()

    @dg.asset_check(
        asset=_ACCOUNTS,
        name="agrees_with_the_truth",
        description="Pairwise and B-cubed precision and recall against the sample's truth are above `identity.floors`.",
    )
    def agrees_with_the_truth(context: dg.AssetCheckExecutionContext) -> dg.AssetCheckResult:
        # The sample's modules are no part of a merchant's run.
        from orchestration.sample.answers import true_people

        with open_warehouse(settings, as_of_date(context)) as connection:
            identifiers = read_identity_inputs(connection, traits=()).identifiers
            accounts = connection.execute(
                "select account_key, one_id, platform from identity.accounts"
            ).df()
        metrics = evaluate(accounts, true_people(settings.sample, settings.id_salt), identifiers)
        metadata = _metadata(metrics)
        # On the asset too, so that its page shows the figures run by run.
        context.op_execution_context.log_event(
            dg.AssetObservation(asset_key=_ACCOUNTS, metadata=metadata)
        )
        too_low = below(metrics, floors)
        return dg.AssetCheckResult(
            passed=not too_low,
            severity=dg.AssetCheckSeverity.ERROR,
            description="; ".join(too_low) or None,
            metadata=metadata,
        )

    return [agrees_with_the_truth]


def below(metrics: IdentityMetrics, floors: Mapping[str, float]) -> list[str]:
    """What lies below its floor, in words; ``floors`` names columns of ``metrics.overall``."""
    found = metrics.overall.iloc[0]
    return [
        f"{name} is {found[name]:.4f}, below its floor of {floor}"
        for name, floor in floors.items()
        if not found[name] >= floor
    ]


def _metadata(metrics: IdentityMetrics) -> dict[str, Any]:
    overall = metrics.overall.iloc[0]
    by_platform, by_identifiers = (
        _largest(frame) for frame in (metrics.by_platform, metrics.by_identifiers)
    )
    return {
        **{str(name): float(value) for name, value in overall.items()},
        "by platform": table_metadata(_records(by_platform)),
        "by identifiers": table_metadata(_records(by_identifiers)),
        "precision and recall by platform": picture(
            precision_and_recall(by_platform, "Pairs of accounts by their platforms"),
            "Precision and recall by platform",
        ),
        "precision and recall by identifiers": picture(
            precision_and_recall(by_identifiers, "Pairs of accounts by what they carry"),
            "Precision and recall by identifiers",
        ),
    }


def _largest(groups: pd.DataFrame) -> pd.DataFrame:
    """The groups with most true pairs, with a label."""
    largest = groups.nlargest(_GROUPS_SHOWN, "pairs_true")
    return largest.assign(label=largest["left"] + " / " + largest["right"])


def _records(groups: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in groups.to_dict("records")]
