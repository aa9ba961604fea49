"""The published tables: names, columns, types, grain and key. The one list; everything derives from it.

The candidate is created from it, the generic expectations are made from it, the Parquet files
are ordered by its keys. Names and meaning are the public contract (design, section 6): adding a
column is free, renaming one breaks the dashboards of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

TEXT = "VARCHAR"
COUNT = "BIGINT"
SCORE = "INTEGER"
NUMBER = "DOUBLE"
MONEY = "DECIMAL(18,2)"
FLAG = "BOOLEAN"
DAY = "DATE"
TIME = "TIMESTAMP"


@dataclass(frozen=True)
class Column:
    """One published column. ``is_required`` columns are never NULL."""

    name: str
    type: str
    description: str
    is_required: bool = False


@dataclass(frozen=True)
class PublishedTable:
    """One published table.

    ``key`` columns identify a row and order the table. ``is_candidate`` tables are built before
    the gate and judged by it; the others are written by the publish step and describe it.
    ``may_be_empty`` tables are legitimately empty for some merchants (no campaign yet, no
    lookalike); every other table must have rows.
    """

    name: str
    grain: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    is_candidate: bool = True
    may_be_empty: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names in published order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Columns that are never NULL: the key and those marked so."""
        return tuple(c.name for c in self.columns if c.is_required or c.name in self.key)

    @property
    def ordering(self) -> str:
        """The ``order by`` list of the table: its key, quoted."""
        return ", ".join(quoted(name) for name in self.key)


def quoted(name: str) -> str:
    """A name as a quoted SQL identifier (``table``, ``check`` and ``window`` are keywords)."""
    return '"' + name.replace('"', '""') + '"'


def _required(name: str, type_: str, description: str) -> Column:
    return Column(name, type_, description, is_required=True)


_PROFILE_COLUMNS = (
    _required("one_id", TEXT, "the person"),
    _required("as_of", DAY, "last day that counts"),
    _required("accounts", COUNT, "platform accounts of the person"),
    _required("platforms", TEXT, "platforms of the person, sorted, joined by ';'"),
    _required("first_seen_at", TIME, "first trace of the person, UTC"),
    _required("last_seen_at", TIME, "latest trace of the person, UTC"),
    Column("first_order_at", TIME, "first order that counts, UTC"),
    Column("last_order_at", TIME, "latest order that counts, UTC"),
    _required("orders", COUNT, "orders that count: paid and not fully refunded"),
    _required("units", COUNT, "units in orders that count"),
    _required("gross_amount", MONEY, "paid, in the base currency"),
    _required("refund_amount", MONEY, "given back, in the base currency"),
    _required("net_amount", MONEY, "paid less given back, in the base currency"),
    Column("average_order_amount", MONEY, "net amount per order that counts"),
    Column("mean_order_gap_days", NUMBER, "mean days between orders; empty below two orders"),
    Column("days_since_last_order", COUNT, "days from the latest order to the as-of date"),
    Column("last_visit_date", DAY, "latest visit, merchant-local"),
    Column("last_content_date", DAY, "latest content view, merchant-local"),
    _required("is_private_domain", FLAG, "is in the private domain (WeCom)"),
    _required("invites", COUNT, "people this person invited"),
    Column("province", TEXT, "province"),
    Column("city", TEXT, "city"),
    Column("gender", TEXT, "female or male: declared, else predicted"),
    Column("gender_source", TEXT, "where gender comes from: declared or predicted"),
    Column("age_band", TEXT, "age band"),
    Column("age_band_source", TEXT, "where the age band comes from"),
    Column("member_level", TEXT, "highest member level"),
    _required("lifecycle_stage", TEXT, "lifecycle stage at the as-of date"),
    _required("operating_goal", TEXT, "what to do for people in this stage"),
    _required("aipl_stage", TEXT, "aware, interested, purchased, loyal or none"),
    Column("r_score", SCORE, "recency score, 1 to 5; empty for people without orders"),
    Column("f_score", SCORE, "frequency score, 1 to 5"),
    Column("m_score", SCORE, "monetary score, 1 to 5"),
    Column("rfm_segment", TEXT, "one of ten segments on recency and frequency"),
    Column("rfm_segment_8", TEXT, "one of the eight high/low segments"),
    Column("value_tier", TEXT, "tier of the predicted value"),
    Column("predicted_value", MONEY, "expected net sales over the configured horizon"),
    Column("predicted_value_low", MONEY, "lower end of its interval"),
    Column("predicted_value_high", MONEY, "upper end of its interval"),
    Column("churn_probability", NUMBER, "probability of no further order, 0 to 1"),
    Column("reachable_channels", TEXT, "channels that reach the person, joined by ';'"),
    Column("opted_out_channels", TEXT, "channels the person opted out of, joined by ';'"),
    _required("is_opted_out_all", FLAG, "opted out of everything"),
)

_HEALTH_COLUMNS = (
    Column("day", DAY, "merchant-local day"),
    Column("channel", TEXT, "traffic channel"),
    _required("loop", TEXT, "inner or outer"),
    Column("page_views", COUNT, "page views"),
    Column("unique_visitors", COUNT, "people who visited"),
    Column("orders", COUNT, "orders that count"),
    Column("buyers", COUNT, "people who bought"),
    Column("net_amount", MONEY, "net sales"),
    Column("new_customers", COUNT, "people with their first order"),
    Column("cost", MONEY, "spend"),
    Column("value_per_pv", NUMBER, "net sales per page view"),
    Column("value_per_uv", NUMBER, "net sales per unique visitor"),
    Column("acquisition_cost", NUMBER, "spend per new customer"),
    Column("payback_7d", NUMBER, "net sales of new customers in 7 days per unit of spend"),
    Column("payback_30d", NUMBER, "the same over 30 days"),
    Column("payback_90d", NUMBER, "the same over 90 days"),
    Column("ltv_to_cac", NUMBER, "lifetime value to acquisition cost"),
    Column("natural_to_paid_ratio", NUMBER, "natural traffic to paid traffic"),
    Column("search_share", NUMBER, "share of search in the traffic"),
    Column("content_share", NUMBER, "share of content in the traffic"),
    Column("potential_to_new_rate", NUMBER, "potential customers who bought first"),
    Column("first_to_second_rate", NUMBER, "first buyers who bought again"),
    Column("invites_per_member", NUMBER, "invites per member"),
    Column("k_factor", NUMBER, "new members per member"),
    Column("penetration", NUMBER, "share of the target crowd reached"),
)

_CAMPAIGN_COLUMNS = (
    Column("campaign", TEXT, "campaign"),
    Column("audience", TEXT, "audience it went to"),
    Column("channel", TEXT, "channel of the message"),
    Column("starts_on", DAY, "first touch, merchant-local"),
    Column("ends_on", DAY, "latest touch, merchant-local"),
    _required("reached", COUNT, "people who got the message"),
    _required("holdout", COUNT, "people held out of it"),
    Column("opened", COUNT, "reached people who opened"),
    Column("clicked", COUNT, "reached people who clicked"),
    Column("joined", COUNT, "reached people who joined the private domain"),
    _required("bought", COUNT, "reached people who bought in the window"),
    _required("holdout_bought", COUNT, "held-out people who bought in the window"),
    Column("units", COUNT, "units bought by reached people"),
    Column("net_amount", MONEY, "net sales of reached people"),
    Column("cost", MONEY, "spend"),
    Column("peak_hour", SCORE, "merchant-local hour with most purchases, 0 to 23"),
    Column("conversion_rate", NUMBER, "bought per reached"),
    Column("holdout_conversion_rate", NUMBER, "bought per held out"),
    Column("lift", NUMBER, "conversion rate less that of the holdout"),
    Column("lift_low", NUMBER, "lower end of the interval of the lift"),
    Column("lift_high", NUMBER, "upper end of the interval of the lift"),
    Column("incremental_net_amount", MONEY, "net sales that the campaign caused"),
    _required("unresolved_touches", COUNT, "messages sent to nobody known"),
    _required("is_complete", FLAG, "the window of the latest touch is over"),
)

_TABLES = (
    PublishedTable(
        "user_profiles",
        "one row per person",
        "Who the person is, how far along, what they are worth and how to reach them.",
        ("one_id",),
        _PROFILE_COLUMNS,
    ),
    PublishedTable(
        "user_tags",
        "one row per person and tag",
        "Statements about a person, with their weight.",
        ("one_id", "tag"),
        (
            Column("one_id", TEXT, "the person"),
            Column("tag", TEXT, "the tag, as in table tags"),
            Column("value", TEXT, "what the tag says"),
            Column("weight", NUMBER, "how strongly; interests 0 to 10"),
            _required("as_of", DAY, "last day that counts"),
            _required("source", TEXT, "declared, derived, observed or predicted"),
        ),
    ),
    PublishedTable(
        "tags",
        "one row per tag",
        "The tag registry: what each tag means, who owns it and which audiences use it.",
        ("tag",),
        (
            Column("tag", TEXT, "the tag"),
            _required("type", TEXT, "rule, statistic, interest, profile or predicted"),
            _required("description", TEXT, "what it says, in words"),
            _required("owner", TEXT, "the team that answers for it"),
            _required("purpose", TEXT, "what it is used for"),
            Column("window", TEXT, "days of evidence it looks at"),
            Column("refresh", TEXT, "how often it is made"),
            Column("expiry", TEXT, "when it stops being true"),
            Column("privacy", TEXT, "privacy label"),
            _required("coverage", NUMBER, "share of people who carry it, 0 to 1"),
            Column("used_by", TEXT, "audiences whose definition names it, joined by ';'"),
        ),
    ),
    PublishedTable(
        "user_accounts",
        "one row per account",
        "Which platform accounts belong to which person.",
        ("account_key",),
        (
            Column("account_key", TEXT, "keyed hash of the account"),
            _required("platform", TEXT, "platform of the account"),
            _required("one_id", TEXT, "the person"),
        ),
    ),
    PublishedTable(
        "resolved_ids",
        "one row per one_id that was ever given",
        "Who an id of an earlier version stands for now, so that saved lists go on working.",
        ("one_id",),
        (
            Column("one_id", TEXT, "an id of this or any earlier version"),
            Column(
                "current_one_id",
                TEXT,
                "the person it means now; empty when nobody is left, or nobody known by the as-of date",
            ),
        ),
    ),
    PublishedTable(
        "audiences",
        "one row per audience",
        "Who is worth reaching: goal, owner, definition and size.",
        ("audience",),
        (
            Column("audience", TEXT, "name of the audience"),
            _required("title", TEXT, "title for people"),
            _required("goal", TEXT, "operating goal"),
            _required("loop", TEXT, "inner or outer"),
            _required("owner", TEXT, "the team that answers for it"),
            _required("definition", TEXT, "the definition it was compiled from"),
            _required("people", COUNT, "targets and holdout"),
            _required("targets", COUNT, "people to reach"),
            _required("holdout", COUNT, "people held out"),
            _required("as_of", DAY, "last day that counts"),
            _required("priority", SCORE, "who gets a person first: the highest"),
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
            _required("role", TEXT, "target or holdout"),
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
            _required("people", COUNT, "people in both"),
            _required("jaccard", NUMBER, "people in both per people in either, 0 to 1"),
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
            _required("community_group", TEXT, "the group"),
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
            _required(
                "audience",
                TEXT,
                "the audience the message is of, or the best one of a person left out",
            ),
            Column(
                "channel", TEXT, "the channel it goes through; empty for people who are left out"
            ),
            _required("reason", TEXT, "why this audience, or why the person is left out"),
            _required("as_of", DAY, "the day of the plan"),
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
            _required("seed", TEXT, "the audience it resembles"),
            Column("engine", TEXT, "engine that scored; blend is all of them together"),
            _required("auc", NUMBER, "area under the ROC curve, held out"),
            _required("average_precision", NUMBER, "average precision, held out"),
            _required("lift", NUMBER, "held-out seed members in the tier, against chance"),
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
            _required("position", SCORE, "1 is the largest difference"),
            _required("seed_mean", NUMBER, "mean in the seed"),
            _required("base_mean", NUMBER, "mean of the people outside it"),
            _required(
                "standardised_difference", NUMBER, "seed less base in standard deviations of ranks"
            ),
            _required("drift", NUMBER, "population stability index; over 0.25 is a large shift"),
            _required("words", TEXT, "the same in words"),
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
            _required("seed", TEXT, "the audience it resembles"),
            Column("platform", TEXT, "the platform"),
            _required("checked_on", DAY, "day its limits were read"),
            _required("seed_people", COUNT, "people in the seed"),
            _required("is_seed_accepted", FLAG, "the platform takes a seed of this size"),
            _required("people", COUNT, "people in the lookalike"),
            _required("is_accepted", FLAG, "the platform takes an audience of this size"),
            _required("words", TEXT, "the same in words"),
        ),
        may_be_empty=True,
    ),
    PublishedTable(
        "models",
        "one row per model",
        "Which fitted model gave the scores of this version, when it was trained, on what, and how good it is.",
        ("model",),
        (
            Column("model", TEXT, "value, churn, attribute.<name> or lookalike.<audience>"),
            _required("engine", TEXT, "how it was made; 'none' where it was refused"),
            Column("version", TEXT, "version of the stored model: its date and a digest"),
            Column("trained_on", DAY, "last day it learned from"),
            Column("fingerprint", TEXT, "digest of the data it learned from"),
            _required("is_used", FLAG, "its scores are in this version"),
            _required("people", COUNT, "people it learned from"),
            _required("metrics", TEXT, "what was measured on data it had not seen, as JSON"),
            _required("words", TEXT, "how it was chosen, or why it was refused and what to do"),
        ),
    ),
    PublishedTable(
        "lifecycle_flows",
        "one row per pair of stages with people",
        "How many people moved from one lifecycle stage to another since the day before.",
        ("as_of", "from_stage", "to_stage"),
        (
            Column("as_of", DAY, "last day that counts"),
            Column("from_stage", TEXT, "stage the day before, or not_known"),
            Column("to_stage", TEXT, "stage now"),
            _required("people", COUNT, "people who moved"),
        ),
    ),
    PublishedTable(
        "channel_health",
        "one row per channel and day",
        "Traffic, sales, cost and the health measures of each channel.",
        ("day", "channel"),
        _HEALTH_COLUMNS,
    ),
    PublishedTable(
        "campaign_results",
        "one row per campaign, audience and channel",
        "What reaching people caused, against the holdout.",
        ("campaign", "audience", "channel"),
        _CAMPAIGN_COLUMNS,
        may_be_empty=True,
    ),
    PublishedTable(
        "reconciliation",
        "one row per export and measure",
        "What became of every delivered row and of all money: delivered + added = in_facts + quarantined + mended + "
        "superseded + repeated + unpaid + dropped + difference.",
        ("export", "measure"),
        (
            Column("export", TEXT, "kind of file; 'unrecognised' where no contract knows it"),
            Column("measure", TEXT, "rows, or what the money is, such as order payments"),
            _required("files", COUNT, "landing files of the export"),
            _required("files_held", COUNT, "files of which nothing was taken in"),
            _required("delivered", MONEY, "delivered by the files"),
            _required("in_facts", MONEY, "held by the staged tables and facts"),
            _required("quarantined", MONEY, "waiting for a mend"),
            _required("mended", MONEY, "bad once, and delivered again whole or taken away"),
            _required("superseded", MONEY, "replaced by a newer delivery"),
            _required("repeated", MONEY, "told by another row as well, and counted there"),
            _required("unpaid", MONEY, "of orders and lines that were not paid"),
            _required("added", MONEY, "in the facts beyond what the rows tell, from total rows"),
            _required("dropped", MONEY, "rows dropped by a rule"),
            _required("difference", MONEY, "unaccounted for; always 0 in a published version"),
        ),
    ),
    PublishedTable(
        "landing_findings",
        "one row per finding",
        "What was unusual about the delivered files: new columns and statuses, changed units, volume, unusable files.",
        ("finding_number",),
        (
            Column(
                "finding_number", COUNT, "place in the list: files held back first, then the newest"
            ),
            _required("export", TEXT, "kind of file; 'unrecognised' where no contract knows it"),
            Column("contract_version", COUNT, "version of the contract it was compared with"),
            _required("source_file", TEXT, "the file, without personal data"),
            _required("finding", TEXT, "code of what was found, as in docs/quarantine.md"),
            Column("subject", TEXT, "column, status or days it is about"),
            Column("observed", TEXT, "what was seen"),
            Column("expected", TEXT, "what was to be expected"),
            Column("mend", TEXT, "what to do about it"),
            _required("is_blocking", FLAG, "the file is held back until it is mended or accepted"),
        ),
        may_be_empty=True,
    ),
    PublishedTable(
        "publications",
        "one row: this version",
        "Which version this file is and what the gate said.",
        ("version",),
        (
            Column("version", TEXT, "version, as-of date and number"),
            _required("as_of", DAY, "last day that counts"),
            _required("run_id", TEXT, "run that published it"),
            _required("published_at", TIME, "when, UTC"),
            _required("tables", COUNT, "tables in the file"),
            _required("people", COUNT, "people published"),
            _required("audiences", COUNT, "audiences published"),
            _required("gate", TEXT, "what the gate said"),
        ),
        is_candidate=False,
    ),
    PublishedTable(
        "quality_results",
        "one row per table and check",
        "Every check the data passed before it was published.",
        ("table", "check"),
        (
            Column("table", TEXT, "the table"),
            Column("check", TEXT, "the check"),
            _required("severity", TEXT, "critical (stops publishing) or warning"),
            _required("passed", FLAG, "whether it held"),
            _required("observed", TEXT, "what was seen"),
            _required("run_id", TEXT, "run that checked"),
            _required("message", TEXT, "what the check says, and what to do when it fails"),
        ),
        is_candidate=False,
    ),
)

PUBLISHED_TABLES: Mapping[str, PublishedTable] = MappingProxyType({t.name: t for t in _TABLES})
CANDIDATE_TABLES: tuple[str, ...] = tuple(t.name for t in _TABLES if t.is_candidate)


def candidate_tables() -> Iterator[PublishedTable]:
    """The tables the gate judges, in published order."""
    return (table for table in _TABLES if table.is_candidate)


def create_statement(table: PublishedTable, schema: str) -> str:
    """The ``create table`` statement of ``table`` in ``schema`` (a possibly qualified SQL name)."""
    columns = ", ".join(f"{quoted(c.name)} {c.type}" for c in table.columns)
    return f"create table {schema}.{quoted(table.name)} ({columns})"
