"""The published tables of audiences, lookalikes and what is sent to whom. Same contract as ``tables``."""

from __future__ import annotations

from orchestration.publishing.table import (
    COUNT,
    DAY,
    FLAG,
    NUMBER,
    SCORE,
    TEXT,
    Column,
    PublishedTable,
    required,
)

AUDIENCE_TABLES = (
    PublishedTable(
        "audiences",
        "one row per audience",
        "Who is worth reaching: goal, owner, definition and size.",
        ("audience",),
        (
            Column("audience", TEXT, "name of the audience"),
            required("title", TEXT, "title for people"),
            required("goal", TEXT, "operating goal"),
            required("loop", TEXT, "inner or outer"),
            required("owner", TEXT, "the team that answers for it"),
            required("definition", TEXT, "the definition it was compiled from"),
            required("people", COUNT, "targets and holdout"),
            required("targets", COUNT, "people to reach"),
            required("holdout", COUNT, "people held out"),
            required("as_of", DAY, "last day that counts"),
            required("priority", SCORE, "who gets a person first: the highest"),
        ),
    ),
    PublishedTable(
        "audience_members",
        "one row per audience and person",
        "The people of each audience.",
        ("audience", "one_id"),
        (
            Column("audience", TEXT, "the audience"),
            Column("one_id", TEXT, "the person"),
            required("role", TEXT, "target or holdout"),
            Column("score", NUMBER, "similarity, in lookalike audiences"),
            Column(
                "tier",
                TEXT,
                "tier, in lookalike audiences: the share of people it reaches to, such as 1%",
            ),
        ),
    ),
    PublishedTable(
        "audience_overlaps",
        "one row per pair of audiences, in the order of their names",
        "How many people two audiences share.",
        ("audience", "other_audience"),
        (
            Column("audience", TEXT, "one audience"),
            Column("other_audience", TEXT, "the other audience"),
            required("people", COUNT, "people in both"),
            required("jaccard", NUMBER, "people in both per people in either, 0 to 1"),
        ),
        may_be_empty=True,
    ),
    PublishedTable(
        "community_groups",
        "one row per member of the grouped audience",
        "Community groups: near in region, age band and interest, mixed in gender, the same from day to day. "
        "Empty unless grouping.audience is configured.",
        ("one_id",),
        (
            Column("one_id", TEXT, "the person"),
            required("community_group", TEXT, "the group"),
            Column("region", TEXT, "province of the person"),
            Column("age_band", TEXT, "age band of the person"),
        ),
        may_be_empty=True,
    ),
    PublishedTable(
        "contact_plan",
        "one row per person in an audience, that day",
        "Who gets which message through which channel, and why the others get none.",
        ("one_id",),
        (
            Column("one_id", TEXT, "the person"),
            required(
                "audience",
                TEXT,
                "the audience the message is of, or the best one of a person left out",
            ),
            Column(
                "channel", TEXT, "the channel it goes through; empty for people who are left out"
            ),
            required("reason", TEXT, "why this audience, or why the person is left out"),
            required("as_of", DAY, "the day of the plan"),
        ),
        may_be_empty=True,
    ),
    PublishedTable(
        "lookalike_evaluations",
        "one row per lookalike, engine and tier",
        "How well each lookalike finds people held out of its seed.",
        ("audience", "engine", "tier"),
        (
            Column("audience", TEXT, "the lookalike audience"),
            required("seed", TEXT, "the audience it resembles"),
            Column("engine", TEXT, "engine that scored; blend is all of them together"),
            required("auc", NUMBER, "area under the ROC curve, held out"),
            required("average_precision", NUMBER, "average precision, held out"),
            required("lift", NUMBER, "held-out seed members in the tier, against chance"),
            Column("tier", TEXT, "tier: the share of people it reaches to, such as 1%"),
            Column("lift_low", NUMBER, "lower end of the 95 % interval of lift"),
            Column("lift_high", NUMBER, "upper end of the 95 % interval of lift"),
            Column("is_chosen", FLAG, "the scores of audience_members are of this engine"),
            Column(
                "is_published",
                FLAG,
                "beats chance by the margin with seed enough, so it has members",
            ),
        ),
        may_be_empty=True,
    ),
    PublishedTable(
        "lookalike_features",
        "one row per lookalike and feature",
        "How the seed of each lookalike differs from everybody else: what its members are found by.",
        ("audience", "feature"),
        (
            Column("audience", TEXT, "the lookalike audience"),
            Column("feature", TEXT, "what was looked at"),
            required("position", SCORE, "1 is the largest difference"),
            required("seed_mean", NUMBER, "mean in the seed"),
            required("base_mean", NUMBER, "mean of the people outside it"),
            required(
                "standardised_difference", NUMBER, "seed less base in standard deviations of ranks"
            ),
            required("drift", NUMBER, "population stability index; over 0.25 is a large shift"),
            required("words", TEXT, "the same in words"),
        ),
        may_be_empty=True,
    ),
    PublishedTable(
        "lookalike_gates",
        "one row per lookalike and platform",
        "Whether the seed of a lookalike, and the lookalike itself, have people enough for an upload to a platform.",
        ("audience", "platform"),
        (
            Column("audience", TEXT, "the lookalike audience"),
            required("seed", TEXT, "the audience it resembles"),
            Column("platform", TEXT, "the platform"),
            required("checked_on", DAY, "day its limits were read"),
            required("seed_people", COUNT, "people in the seed"),
            required("is_seed_accepted", FLAG, "the platform takes a seed of this size"),
            required("people", COUNT, "people in the lookalike"),
            required("is_accepted", FLAG, "the platform takes an audience of this size"),
            required("words", TEXT, "the same in words"),
        ),
        may_be_empty=True,
    ),
)
