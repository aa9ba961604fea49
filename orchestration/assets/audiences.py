"""Profiles, audiences, lookalikes and the contact plan, in the order in which they need each other."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.plots import difference_bars, lift_curve
from orchestration.assets.support import (
    ANALYTICS_OWNER,
    GROWTH_OWNER,
    ONE_DAY_PER_RUN,
    RETRY,
    Stopwatch,
    as_of_date,
    daily_partitions,
    picture,
    table_metadata,
)
from orchestration.audiences.contact_plan import build_contact_plan
from orchestration.audiences.evidence import gate_words
from orchestration.audiences.lookalikes import score_lookalikes
from orchestration.audiences.membership import (
    evaluate_base,
    evaluate_dependent,
    write_audiences,
    write_overlaps,
)
from orchestration.audiences.profiles import build_profiles, build_user_tags
from orchestration.core.artefacts import ModelStore
from orchestration.resources.deployment import Deployment
from orchestration.warehouse.session import open_warehouse


def build_audience_assets(deployment: Deployment) -> list[dg.AssetsDefinition]:
    """Four steps: profiles with tags, audiences without lookalikes, lookalikes, and everything that follows from them."""
    settings, configuration, audiences = (
        deployment.settings,
        deployment.configuration,
        deployment.audiences,
    )
    partitions = daily_partitions(settings.timezone)

    def spec(
        name: str, description: str, deps: list[list[str]], owner: str, *kinds: str
    ) -> dg.AssetSpec:
        return dg.AssetSpec(
            ["audiences", name],
            deps=deps,
            description=description,
            group_name="audiences",
            owners=[owner],
            kinds={"duckdb", *kinds},
            partitions_def=partitions,
        )

    @dg.multi_asset(
        name="profiles",
        specs=[
            spec(
                "profiles",
                "One row per person: facts, lifecycle, RFM, value and attributes side by side.",
                [["facts", "user_facts"], ["layers", "lifecycle"], ["layers", "rfm"], ["layers", "value"],
                 ["layers", "predictions"]],
                ANALYTICS_OWNER,
            ),
            spec(
                "user_tags",
                "One row per person and tag: those that are known, and attributes that are predicted.",
                [["tags", "user_tags"], ["layers", "predictions"]],
                ANALYTICS_OWNER,
            ),
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )  # fmt: skip
    def profiles(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        watch = Stopwatch()
        with open_warehouse(settings, as_of_date(context)) as connection:
            people = build_profiles(connection)
            rows = build_user_tags(connection)
        yield dg.MaterializeResult(
            asset_key=["audiences", "profiles"],
            metadata={"rows": people, "people": people, "seconds": watch.seconds},
        )
        yield dg.MaterializeResult(asset_key=["audiences", "user_tags"], metadata={"rows": rows})

    @dg.multi_asset(
        name="base_audiences",
        specs=[
            spec(
                "base_members",
                "One row per audience and person, for the audiences that need no lookalike. Seeds come from here.",
                [
                    ["audiences", "profiles"],
                    ["facts", "user_event_days"],
                    ["facts", "user_orders"],
                    ["audiences", "user_tags"],
                ],
                GROWTH_OWNER,
            )
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def base_audiences(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        watch = Stopwatch()
        with open_warehouse(settings, as_of_date(context)) as connection:
            people = evaluate_base(connection, audiences, configuration.holdout)
        return dg.MaterializeResult(
            metadata={
                "rows": sum(people.values()),
                "people per audience": table_metadata(
                    [{"audience": k, "people": v} for k, v in people.items()]
                ),
                "seconds": watch.seconds,
            }
        )

    @dg.multi_asset(
        name="lookalikes",
        specs=[
            spec(
                "lookalike_members",
                "One row per lookalike audience and person outside its seed, with score and tier.",
                [["audiences", "base_members"], ["facts", "user_purchase_days"]],
                ANALYTICS_OWNER,
                "scikitlearn",
            ),
            spec(
                "lookalike_evaluations",
                "One row per lookalike, engine and tier: how well people held out of the seed are found again.",
                [["audiences", "base_members"]],
                ANALYTICS_OWNER,
                "scikitlearn",
            ),
            spec(
                "lookalike_features",
                "One row per lookalike and feature: how its seed differs from everybody else.",
                [["audiences", "base_members"]],
                ANALYTICS_OWNER,
            ),
            spec(
                "lookalike_gates",
                "One row per lookalike and platform: whether its seed and itself have people enough for an upload there.",
                [["audiences", "base_members"]],
                GROWTH_OWNER,
            ),
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def lookalikes(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        watch = Stopwatch()
        with open_warehouse(settings, as_of_date(context)) as connection:
            cards = score_lookalikes(
                connection,
                audiences,
                configuration.lookalike,
                deployment.tags.rules,
                ModelStore(settings.models, configuration.models.keep_dates),
                as_of_date(context),
            )
        for card in cards:
            context.log.info(card.words)
        yield dg.MaterializeResult(
            asset_key=["audiences", "lookalike_members"],
            metadata={
                "rows": sum(card.people for card in cards),
                "in words": dg.MetadataValue.md(
                    "\n".join(f"- {card.words}" for card in cards) or "_no lookalikes_"
                ),
                "seconds": watch.seconds,
            },
        )
        yield dg.MaterializeResult(
            asset_key=["audiences", "lookalike_evaluations"],
            metadata={
                "rows": sum(len(card.evaluations) for card in cards),
                **{
                    f"lift of {card.audience}": picture(
                        lift_curve(card.evaluations, card.result.engine, card.audience),
                        card.audience,
                    )
                    for card in cards
                    if card.result is not None
                },
            },
        )
        yield dg.MaterializeResult(
            asset_key=["audiences", "lookalike_features"],
            metadata={
                f"seed of {card.audience}": picture(
                    difference_bars(card.result.features, f"Seed of {card.audience}"),
                    card.audience,
                )
                for card in cards
                if card.result is not None
            },
        )
        yield dg.MaterializeResult(
            asset_key=["audiences", "lookalike_gates"],
            metadata={
                "in words": dg.MetadataValue.md(
                    "\n".join(
                        f"- {gate_words(card, platform, gate)}"
                        for card in cards
                        for platform, gate in configuration.lookalike.platforms.items()
                    )
                    or "_no lookalikes_"
                )
            },
        )

    @dg.multi_asset(
        name="audience_members",
        specs=[
            spec(
                "audience_members",
                "One row per audience and person, with role (target or holdout), score and tier.",
                [["audiences", "base_members"], ["audiences", "lookalike_members"]],
                GROWTH_OWNER,
            ),
            spec(
                "audiences",
                "One row per audience: goal, owner, definition in words, and size.",
                [["audiences", "lookalike_members"]],
                GROWTH_OWNER,
            ),
            spec(
                "audience_overlaps",
                "One row per pair of audiences: people they share.",
                [["audiences", "lookalike_members"]],
                GROWTH_OWNER,
            ),
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def audience_members(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        with open_warehouse(settings, as_of_date(context)) as connection:
            evaluate_dependent(connection, audiences)
            write_audiences(connection, audiences)
            write_overlaps(connection, audiences)
            sizes = connection.execute(
                "select audience, people, targets, holdout, definition from audiences.audiences order by people desc"
            ).fetchall()
        columns = ["audience", "people", "targets", "holdout", "definition"]
        rows: list[dict[str, Any]] = [dict(zip(columns, row, strict=True)) for row in sizes]
        yield dg.MaterializeResult(
            asset_key=["audiences", "audience_members"],
            metadata={"rows": sum(row["people"] for row in rows)},
        )
        yield dg.MaterializeResult(
            asset_key=["audiences", "audiences"],
            metadata={"rows": len(rows), "audiences": table_metadata(rows)},
        )
        yield dg.MaterializeResult(
            asset_key=["audiences", "audience_overlaps"],
            metadata={"rows": len(rows) * (len(rows) - 1) // 2},
        )

    @dg.multi_asset(
        name="contact_plan",
        specs=[
            spec(
                "contact_plan",
                "One row per person in an audience: the one message of the day and its channel, or why there is none.",
                [
                    ["audiences", "audience_members"],
                    ["facts", "user_channels"],
                    ["staging", "refunds"],
                    ["staging", "refund_cases"],
                ],
                GROWTH_OWNER,
            )
        ],
        retry_policy=RETRY,
        backfill_policy=ONE_DAY_PER_RUN,
    )
    def contact_plan(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with open_warehouse(settings, as_of_date(context)) as connection:
            outcomes = build_contact_plan(connection, audiences, configuration.contact_plan)
        return dg.MaterializeResult(
            metadata={
                "rows": sum(outcomes.values()),
                "outcomes": table_metadata(
                    [{"outcome": k, "people": v} for k, v in outcomes.items()]
                ),
            }
        )

    return [profiles, base_audiences, lookalikes, audience_members, contact_plan]
