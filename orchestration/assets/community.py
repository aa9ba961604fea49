"""Community groups: off until the configuration names the audience to divide."""

import dagster as dg

from orchestration.assets.plots import bars
from orchestration.assets.support import (
    GROWTH_OWNER,
    ONE_DAY_PER_RUN,
    RETRY,
    Stopwatch,
    as_of_date,
    daily_partitions,
    picture,
    table_metadata,
)
from orchestration.audiences.community_groups import build_community_groups
from orchestration.resources.deployment import Deployment
from orchestration.warehouse.session import open_warehouse

SHOWN_GROUPS = 20


def build_community_assets(deployment: Deployment) -> list[dg.AssetsDefinition]:
    """One step: the members of one audience, divided."""
    settings, grouping = deployment.settings, deployment.configuration.grouping

    @dg.multi_asset(
        name="community_groups",
        specs=[
            dg.AssetSpec(
                ["audiences", "community_groups"],
                deps=[
                    ["audiences", "profiles"],
                    ["audiences", "audience_members"],
                    ["tags", "user_tags"],
                    ["identity", "resolved_ids"],
                ],
                description="One row per member of the grouped audience: the community group, near in region, age "
                "band and interest and mixed in gender. Empty unless grouping.audience is configured.",
                group_name="audiences",
                owners=[GROWTH_OWNER],
                kinds={"duckdb"},
                partitions_def=daily_partitions(settings.timezone),
            )
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def community_groups(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        watch, as_of = Stopwatch(), as_of_date(context)
        with open_warehouse(settings, as_of) as connection:
            made = build_community_groups(connection, grouping, settings.groups, as_of)
        if made.is_refused:
            context.log.warning(made.words)
        groups = made.described
        if groups.empty:
            return dg.MaterializeResult(metadata={"rows": 0, "in words": made.words})
        sizes = groups["people"].value_counts().sort_index()
        return dg.MaterializeResult(
            metadata={
                "rows": int(groups["people"].sum()),
                "in words": made.words,
                "groups": len(groups),
                "sizes": picture(
                    bars(
                        [f"{people} people" for people in sizes.index],
                        sizes.tolist(),
                        f"Groups of {grouping.audience} by size",
                    ),
                    "groups by size",
                ),
                "first groups": table_metadata(
                    [
                        {str(name): value for name, value in row.items()}
                        for row in groups.head(SHOWN_GROUPS).astype(object).to_dict("records")
                    ]
                ),
                "seconds": watch.seconds,
            }
        )

    return [community_groups]
