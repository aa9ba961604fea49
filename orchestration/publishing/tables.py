"""The published tables: names, columns, types, grain and key. The one list; everything derives from it.

The candidate is created from it, the generic expectations are made from it, the Parquet files
are ordered by its keys. Names and meaning are the public contract (design, section 6): adding a
column is free, renaming one breaks the dashboards of others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from orchestration.publishing.audience_tables import AUDIENCE_TABLES
from orchestration.publishing.table import (
    COUNT,
    DAY,
    FLAG,
    MONEY,
    NUMBER,
    SCORE,
    TEXT,
    TIME,
    Column,
    PublishedTable,
    quoted,
    required,
)

#: The candidate says in the comment of this table which state of people it was made of.
IDENTITY_TABLE = "user_accounts"

_PROFILE_COLUMNS = (
    required("one_id", TEXT, "the person"),
    required("as_of", DAY, "last day that counts"),
    required("accounts", COUNT, "platform accounts of the person"),
    required("platforms", TEXT, "platforms of the person, sorted, joined by ';'"),
    required("first_seen_at", TIME, "first trace of the person, UTC"),
    required("last_seen_at", TIME, "latest trace of the person, UTC"),
    Column("first_order_at", TIME, "first order that counts, UTC"),
    Column("last_order_at", TIME, "latest order that counts, UTC"),
    required("orders", COUNT, "orders that count: paid and not fully refunded"),
    required("units", COUNT, "units in orders that count"),
    required("gross_amount", MONEY, "paid, in the base currency"),
    required("refund_amount", MONEY, "given back, in the base currency"),
    required("net_amount", MONEY, "paid less given back, in the base currency"),
    Column("average_order_amount", MONEY, "net amount per order that counts"),
    Column("mean_order_gap_days", NUMBER, "mean days between orders; empty below two orders"),
    Column("days_since_last_order", COUNT, "days from the latest order to the as-of date"),
    Column("last_visit_date", DAY, "latest visit, merchant-local"),
    Column("last_content_date", DAY, "latest content view, merchant-local"),
    required("is_private_domain", FLAG, "is in the private domain (WeCom)"),
    required("invites", COUNT, "people this person invited"),
    Column("province", TEXT, "province"),
    Column("city", TEXT, "city"),
    Column("gender", TEXT, "female or male: declared, else predicted"),
    Column("gender_source", TEXT, "where gender comes from: declared or predicted"),
    Column("age_band", TEXT, "age band"),
    Column("age_band_source", TEXT, "where the age band comes from"),
    Column("member_level", TEXT, "highest member level"),
    required("lifecycle_stage", TEXT, "lifecycle stage at the as-of date"),
    required("operating_goal", TEXT, "what to do for people in this stage"),
    required("aipl_stage", TEXT, "aware, interested, purchased, loyal or none"),
    Column("r_score", SCORE, "recency score, 1 to 5; empty for people without orders"),
    Column("f_score", SCORE, "frequency score, 1 to 5"),
    Column("m_score", SCORE, "monetary score, 1 to 5"),
    Column(
        "rfm_segment",
        TEXT,
        "segment on recency and frequency: one of ten, or of your rfm_maps.yaml",
    ),
    Column(
        "rfm_segment_8",
        TEXT,
        "high/low segment on all three: one of eight, or of your rfm_maps.yaml",
    ),
    Column("rfm_net_amount", MONEY, "net sales within the RFM window (rfm.window_days)"),
    Column("value_tier", TEXT, "tier of the predicted value"),
    Column("predicted_orders_90", NUMBER, "expected orders over value.short_horizon_days (90)"),
    Column("predicted_orders_90_low", NUMBER, "lower end of their interval (value.interval)"),
    Column("predicted_orders_90_high", NUMBER, "upper end of their interval"),
    Column("predicted_orders", NUMBER, "expected orders over value.horizon_days (365)"),
    Column("predicted_orders_low", NUMBER, "lower end of their interval"),
    Column("predicted_orders_high", NUMBER, "upper end of their interval"),
    Column("predicted_value_90", MONEY, "expected net sales over value.short_horizon_days (90)"),
    Column("predicted_value_90_low", MONEY, "lower end of their interval"),
    Column("predicted_value_90_high", MONEY, "upper end of their interval"),
    Column("predicted_value", MONEY, "expected net sales over value.horizon_days (365)"),
    Column("predicted_value_low", MONEY, "lower end of their interval"),
    Column("predicted_value_high", MONEY, "upper end of their interval"),
    Column("churn_probability", NUMBER, "probability of no further order, 0 to 1"),
    Column("churn_reason", TEXT, "what speaks most for it, in words; empty where nothing does"),
    Column(
        "expected_gap_days",
        NUMBER,
        "days from order to order that are to be expected: their own mean, shrunk towards that of buyers of their category",
    ),
    Column("overdue_ratio", NUMBER, "days since the latest order over expected_gap_days"),
    Column("reachable_channels", TEXT, "channels that reach the person, joined by ';'"),
    Column("opted_out_channels", TEXT, "channels the person opted out of, joined by ';'"),
    required("is_opted_out_all", FLAG, "opted out of everything"),
)

_HEALTH_COLUMNS = (
    Column("day", DAY, "merchant-local day"),
    Column("channel", TEXT, "traffic channel"),
    required("loop", TEXT, "inner or outer"),
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
    required("reached", COUNT, "people who got the message"),
    required("holdout", COUNT, "people held out of it"),
    Column("opened", COUNT, "reached people who opened"),
    Column("clicked", COUNT, "reached people who clicked"),
    Column("joined", COUNT, "reached people who joined the private domain"),
    required("bought", COUNT, "reached people who bought in the window"),
    required("holdout_bought", COUNT, "held-out people who bought in the window"),
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
    required("unresolved_touches", COUNT, "messages sent to nobody known"),
    required("is_complete", FLAG, "the window of the latest touch is over"),
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
            Column(
                "weight",
                NUMBER,
                "how strongly: interests 0 to 10, predicted attributes their confidence below 1, declared ones 1",
            ),
            required("as_of", DAY, "last day that counts"),
            required("source", TEXT, "declared, derived, observed or predicted"),
        ),
    ),
    PublishedTable(
        "tags",
        "one row per tag",
        "The tag registry: what each tag means, who owns it and which audiences use it.",
        ("tag",),
        (
            Column("tag", TEXT, "the tag"),
            required("type", TEXT, "rule, statistic, interest, profile or predicted"),
            required("description", TEXT, "what it says, in words"),
            required("owner", TEXT, "the team that answers for it"),
            required("purpose", TEXT, "what it is used for"),
            Column("window", TEXT, "days of evidence it looks at"),
            Column("refresh", TEXT, "how often it is made"),
            Column("expiry", TEXT, "when it stops being true"),
            Column("privacy", TEXT, "privacy label"),
            required("coverage", NUMBER, "share of people who carry it, 0 to 1"),
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
            required("platform", TEXT, "platform of the account"),
            required("one_id", TEXT, "the person"),
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
    *AUDIENCE_TABLES,
    PublishedTable(
        "models",
        "one row per model",
        "Which fitted model gave the scores of this version, when it was trained, on what, and how good it is.",
        ("model",),
        (
            Column("model", TEXT, "value, churn, attribute.<name> or lookalike.<audience>"),
            required("engine", TEXT, "how it was made; 'none' where it was refused"),
            Column("version", TEXT, "version of the stored model: its date and a digest"),
            Column("trained_on", DAY, "last day it learned from"),
            Column("fingerprint", TEXT, "digest of the data it learned from"),
            required("is_used", FLAG, "its scores are in this version"),
            required("people", COUNT, "people it learned from"),
            required("metrics", TEXT, "what was measured on data it had not seen, as JSON"),
            required("words", TEXT, "how it was chosen, or why it was refused and what to do"),
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
            required("people", COUNT, "people who moved"),
        ),
    ),
    PublishedTable(
        "rfm_flows",
        "one row per pair of RFM segments with people",
        "How many people, and which net sales, moved from one RFM segment to another since an earlier date.",
        ("as_of", "from_segment", "to_segment"),
        (
            Column("as_of", DAY, "last day that counts"),
            required(
                "compared_as_of", DAY, "the earlier date, rfm.migration_days before, as known then"
            ),
            Column("from_segment", TEXT, "segment then; no_orders: none within the window"),
            Column("to_segment", TEXT, "segment now; no_orders: none within the window"),
            required("people", COUNT, "people who went that way"),
            required("net_amount_before", MONEY, "their net sales within the window, then"),
            required("net_amount_after", MONEY, "their net sales within the window, now"),
        ),
        may_be_empty=True,
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
            required("files", COUNT, "landing files of the export"),
            required("files_held", COUNT, "files of which nothing was taken in"),
            required("delivered", MONEY, "delivered by the files"),
            required("in_facts", MONEY, "held by the staged tables and facts"),
            required("quarantined", MONEY, "waiting for a mend"),
            required("mended", MONEY, "bad once, and delivered again whole or taken away"),
            required("superseded", MONEY, "replaced by a newer delivery"),
            required("repeated", MONEY, "told by another row as well, and counted there"),
            required("unpaid", MONEY, "of orders and lines that were not paid"),
            required("added", MONEY, "in the facts beyond what the rows tell, from total rows"),
            required("dropped", MONEY, "rows dropped by a rule"),
            required("difference", MONEY, "unaccounted for; always 0 in a published version"),
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
            required("export", TEXT, "kind of file; 'unrecognised' where no contract knows it"),
            Column("contract_version", COUNT, "version of the contract it was compared with"),
            required("source_file", TEXT, "the file, without personal data"),
            required("finding", TEXT, "code of what was found, as in docs/quarantine.md"),
            Column("subject", TEXT, "column, status or days it is about"),
            Column("observed", TEXT, "what was seen"),
            Column("expected", TEXT, "what was to be expected"),
            Column("mend", TEXT, "what to do about it"),
            required("is_blocking", FLAG, "the file is held back until it is mended or accepted"),
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
            required("as_of", DAY, "last day that counts"),
            required("run_id", TEXT, "run that published it"),
            required("published_at", TIME, "when, UTC"),
            required("tables", COUNT, "tables in the file"),
            required("people", COUNT, "people published"),
            required("audiences", COUNT, "audiences published"),
            required("gate", TEXT, "what the gate said"),
            required("identity_state", TEXT, "token of the state of people it was made of"),
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
            required("severity", TEXT, "critical (stops publishing) or warning"),
            required("passed", FLAG, "whether it held"),
            required("observed", TEXT, "what was seen"),
            required("run_id", TEXT, "run that checked"),
            required("message", TEXT, "what the check says, and what to do when it fails"),
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
