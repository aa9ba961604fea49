"""A warehouse that holds only what the person-grain models read, as literal rows, and dbt run on it."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pandas as pd
import yaml

from orchestration.configuration import Configuration, load_configuration
from orchestration.settings import load_settings
from orchestration.tags import TagDefinitions, load_tags, tag_tables
from orchestration.warehouse.config_tables import configuration_tables, write_config_tables
from orchestration.warehouse.session import open_warehouse
from tests.dbt.dbt_runs import run_dbt

SALT = "a-salt-for-tests-only"

COLUMNS: dict[str, str] = {
    "staging.accounts": (
        "account_key varchar, platform varchar, first_seen_at timestamp, last_seen_at timestamp, joined_at timestamp,"
        "gender varchar, birth_date date, age_band varchar, province varchar, city varchar, member_level varchar"
    ),
    "staging.customer_rows": "account_key varchar, province varchar",
    "staging.account_attributes": "account_key varchar, attribute varchar, value varchar",
    "staging.identifiers": (
        "account_key varchar, platform varchar, identifier_type varchar, identifier_hash varchar, scheme varchar, is_usable boolean,"
        "reject_reason varchar, first_seen_at timestamp, last_seen_at timestamp"
    ),
    "staging.orders": (
        "order_key varchar, platform varchar, account_key varchar, ordered_at timestamp, paid_at timestamp,"
        "completed_at timestamp, status varchar, gross_amount decimal(18,2), refund_amount decimal(18,2),"
        "net_amount decimal(18,2), line_count bigint, currency varchar, province varchar, city varchar,"
        "traffic_source varchar, campaign varchar, channel varchar"
    ),
    "staging.order_lines": (
        "order_line_key varchar, order_key varchar, platform varchar, account_key varchar, ordered_at timestamp,"
        "paid_at timestamp, paid_date date, refunded_at timestamp,"
        "dated_refunds struct(refunded_at timestamp, refund_amount decimal(18,2))[],"
        "item_id varchar, item_title varchar, category varchar,"
        "brand varchar, quantity bigint, gross_amount decimal(18,2), refund_amount decimal(18,2),"
        "net_amount decimal(18,2), currency varchar, status varchar, traffic_source varchar, campaign varchar,"
        "channel varchar, source_export varchar"
    ),
    "staging.touches": (
        "touch_key varchar, campaign varchar, audience varchar, variant varchar, channel varchar, touch_at timestamp,"
        "status varchar, cost decimal(18,2), currency varchar, account_key varchar, identifier_type varchar,"
        "identifier_hash varchar, one_id varchar, opened_at timestamp, clicked_at timestamp"
    ),
    "staging.spend": (
        "spend_date date, platform varchar, channel varchar, campaign varchar, audience varchar, cost decimal(18,2),"
        "currency varchar, impressions bigint, clicks bigint, is_counted boolean"
    ),
    "staging.settlements": (
        "platform varchar, ledger varchar, order_key varchar, entry_type varchar, settlement_date date,"
        "goods_amount decimal(18,2), freight_amount decimal(18,2)"
    ),
    "staging.order_attributions": (
        "attribution_key varchar, attributed_at timestamp, settled_at timestamp, channel varchar, campaign varchar,"
        "commission_amount decimal(18,2)"
    ),
    "staging.consents": (
        "account_key varchar, identifier_type varchar, identifier_hash varchar, purpose varchar, channel varchar,"
        "state varchar, stated_at timestamp"
    ),
    "staging.referrals": (
        "inviter_account_key varchar, invitee_account_key varchar, platform varchar, invited_at timestamp,"
        "accepted_at timestamp, campaign varchar"
    ),
    "staging.contacts": (
        "account_key varchar, channel varchar, employee_hash varchar, added_at timestamp, source varchar, campaign varchar"
    ),
    "staging.traffic_reports": (
        "platform varchar, report_date date, item_id varchar, carrier varchar, is_leaf boolean, channel varchar,"
        "page_views bigint, visitors bigint"
    ),
    "staging.live_reports": (
        "platform varchar, content_id varchar, creator_id varchar, started_at timestamp, report_date date,"
        "impressions bigint, views bigint, viewers bigint, comments bigint, new_followers bigint, orders bigint,"
        "units bigint, buyers bigint, gross_amount decimal(18,2), refund_amount decimal(18,2),"
        "platform_net_amount decimal(18,2)"
    ),
    "staging.video_reports": (
        "platform varchar, content_id varchar, content_title varchar, creator_id varchar, item_id varchar,"
        "published_at timestamp, period_start date, period_end date, views bigint, orders bigint,"
        "gross_amount decimal(18,2)"
    ),
    "staging.note_reports": (
        "platform varchar, content_id varchar, content_title varchar, published_at timestamp, report_date date,"
        "impressions_gained bigint, views_gained bigint, likes_gained bigint, comments_gained bigint,"
        "bullet_comments_gained bigint, favorites_gained bigint, shares_gained bigint, new_followers_gained bigint"
    ),
    "facts.account_interest_days": "account_key varchar, event_date date, interest varchar, weight double",
    "facts.account_purchase_interest_days": "account_key varchar, event_date date, interest varchar, weight double",
    "facts.account_event_days": (
        "account_key varchar, event_date date, event_type varchar, category varchar, brand varchar, channel varchar,"
        "place varchar, event_count bigint, dwell_seconds double, amount decimal(18,2)"
    ),
    "facts.account_order_days": (
        "account_key varchar, order_date date, platform varchar, channel varchar, orders bigint, units bigint,"
        "gross_amount decimal(18,2), refund_amount decimal(18,2), net_amount decimal(18,2)"
    ),
    "identity.accounts": "account_key varchar, one_id varchar, platform varchar",
    "identity.people": "one_id varchar, accounts bigint, platforms bigint, confidence double, minted_on date",
    "identity.history": "one_id varchar, event varchar, other_one_id varchar, on_date date, cause varchar",
    "identity.violations": (
        "identifier_type varchar, identifier_hash varchar, accounts bigint, rule varchar, would_merge bigint"
    ),
    "config.channels": "channel varchar, loop varchar, is_paid boolean, is_content boolean, is_search boolean",
}
CHANNELS = [
    ("search", "inner", False, False, True),
    ("onsite_ads", "inner", True, False, False),
    ("live", "outer", False, True, False),
    ("offsite_ads", "outer", True, False, False),
    ("wecom", "outer", False, False, False),
    ("sms", "outer", False, False, False),
    ("other", "outer", False, False, False),
]


class PersonWarehouse:
    """A home folder with a warehouse; ``rows`` maps table names to frames whose columns are filled by name."""

    def __init__(self, home: Path, target: Path) -> None:
        environment = {
            "DOUBLELOOP_HOME": str(home),
            "DOUBLELOOP_ID_SALT": SALT,
            "DOUBLELOOP_THREADS": "2",
        }
        self.settings = load_settings(environment)
        self._target = target

    def fill(
        self,
        rows: Mapping[str, pd.DataFrame],
        configuration: Configuration | None = None,
        tags: TagDefinitions | None = None,
    ) -> None:
        """Write all upstream tables anew; a table without rows is there and empty."""
        frames = configuration_tables(configuration or load_configuration()) | tag_tables(
            tags or load_tags(None)
        )
        channels = pd.DataFrame(
            CHANNELS, columns=["channel", "loop", "is_paid", "is_content", "is_search"]
        )
        with open_warehouse(self.settings, dt.date(2026, 1, 1)) as connection:
            write_config_tables(connection, frames)
            for table, columns in COLUMNS.items():
                connection.execute(f"create or replace table {table} ({columns})")
            for table, frame in {"config.channels": channels, **rows}.items():
                connection.register("frame", frame)
                connection.execute(f"insert into {table} by name select * from frame")
                connection.unregister("frame")
            connection.execute("create schema if not exists vault")

    def dbt(
        self, command: str, as_of: dt.date, *options: str, models: str = "tag:person_grain"
    ) -> subprocess.CompletedProcess[str]:
        """Run one dbt command on the person grain; the caller judges the result."""
        return run_dbt(
            self.settings, as_of, self._target,
            command, "--select", models, "--indirect-selection", "buildable", *options,
        )  # fmt: skip

    def build(self, as_of: dt.date, *options: str, models: str = "tag:person_grain") -> None:
        """``dbt build``; anything red is an assertion error with dbt's words."""
        done = self.dbt("build", as_of, *options, models=models)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr

    def read(self, sql: str, as_of: dt.date) -> pd.DataFrame:
        """The rows of a query as of a date (views look at the session)."""
        with open_warehouse(self.settings, as_of) as connection:
            return connection.execute(sql).df()

    def execute(self, sql: str) -> None:
        """Change the warehouse, to see a check turn red."""
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            connection.execute(sql)


def tags_from(text: str, folder: Path) -> TagDefinitions:
    """Tag definitions of a merchant who switched off every shipped rule but wrote these."""
    folder.mkdir(parents=True, exist_ok=True)
    shipped = dict.fromkeys(load_tags(None).rules)
    own = yaml.safe_load(text)
    (folder / "tags.yaml").write_text(
        yaml.safe_dump({"rules": {**shipped, **own}}, allow_unicode=True), encoding="utf-8"
    )
    return load_tags(folder)
