"""A small candidate on which every expectation of every suite holds, and settings to publish it with."""

from __future__ import annotations

import datetime as dt
import functools
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publishing.fingerprint import fingerprints_of
from orchestration.publishing.table import quoted
from orchestration.publishing.tables import (
    CANDIDATE_TABLES,
    IDENTITY_TABLE,
    PUBLISHED_TABLES,
    create_statement,
)
from orchestration.publishing.verdict import CheckResult, Verdict
from orchestration.settings import Settings, load_settings

AS_OF = dt.date(2026, 9, 30)
#: The state of people it was made of.
STATE = "0123456789abcdef"
PUBLISHED_AT = dt.datetime(2026, 10, 1, 1, 0, tzinfo=dt.UTC)
ANN, BEN, CAT, DAN = (f"p{digit * 16}" for digit in "abcd")
BUYERS = "buyers"
VISITORS = "visitors"


def _person(one_id: str, **values: Any) -> dict[str, Any]:
    return {
        "one_id": one_id,
        "as_of": AS_OF,
        "accounts": 1,
        "platforms": "taobao",
        "first_seen_at": dt.datetime(2026, 7, 1, 8),
        "last_seen_at": dt.datetime(2026, 9, 29, 8),
        "orders": 0,
        "units": 0,
        "gross_amount": "0.00",
        "refund_amount": "0.00",
        "net_amount": "0.00",
        "is_private_domain": False,
        "invites": 0,
        "lifecycle_stage": "potential",
        "operating_goal": "convert",
        "aipl_stage": "interested",
        "is_opted_out_all": False,
        **values,
    }


def _account(export: str, measure: str, **values: Any) -> dict[str, Any]:
    parts = (
        "delivered in_facts quarantined mended superseded repeated unpaid added dropped difference"
    )
    return {
        "export": export,
        "measure": measure,
        "files": 2,
        "files_held": 0,
        **dict.fromkeys(parts.split(), 0),
        **values,
    }


def _buyer(one_id: str, **values: Any) -> dict[str, Any]:
    bought = {
        "first_order_at": dt.datetime(2026, 8, 1, 8),
        "last_order_at": dt.datetime(2026, 9, 30, 15, 59),  # the last minute of the day in Shanghai
        "orders": 2,
        "units": 3,
        "gross_amount": "300.10",
        "refund_amount": "100.05",
        "net_amount": "200.05",
        "last_visit_date": AS_OF,
        "lifecycle_stage": "active",
        "operating_goal": "keep",
        "aipl_stage": "purchased",
        "r_score": 5,
        "f_score": 4,
        "m_score": 5,
        "rfm_segment": "champions",
        "rfm_segment_8": "重要价值",
        "value_tier": "top",
        "predicted_orders_90": 0.5,
        "predicted_orders_90_low": 0.0,
        "predicted_orders_90_high": 2.0,
        "predicted_orders": 1.5,
        "predicted_orders_low": 0.0,
        "predicted_orders_high": 4.0,
        "predicted_value_90": "40.00",
        "predicted_value_90_low": "0.00",
        "predicted_value_90_high": "90.00",
        "predicted_value": "120.00",
        "predicted_value_low": "80.00",
        "predicted_value_high": "160.00",
        "rfm_net_amount": "200.05",
        "churn_probability": 0.2,
        "days_since_last_order": 0,
        "expected_gap_days": 30.0,
        "overdue_ratio": 0.0,
        "reachable_channels": "email;wecom",
    }
    return _person(one_id, **{**bought, **values})


def _tag(tag: str, type_: str, coverage: float, used_by: str | None = None) -> dict[str, Any]:
    words = {
        "description": f"Says {tag}",
        "owner": "growth",
        "purpose": "targeting",
        "window": "365",
    }
    return {"tag": tag, "type": type_, "coverage": coverage, "used_by": used_by, **words}


def _audience(name: str, people: int, targets: int, holdout: int) -> dict[str, Any]:
    words = {
        "title": name.title(),
        "goal": "keep",
        "loop": "inner",
        "owner": "growth",
        "definition": f"People in {name}.",
        "priority": 10,
    }
    return {
        "audience": name,
        "people": people,
        "targets": targets,
        "holdout": holdout,
        "as_of": AS_OF,
        **words,
    }


ROWS: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "user_profiles": [
        _buyer(
            ANN,
            gender="female",
            gender_source="declared",
        ),
        _buyer(
            BEN,
            opted_out_channels="email",
            city="上海市",
            province="上海市",
            age_band="25-34",
            age_band_source="predicted",
        ),
        _person(CAT),
        _person(DAN, is_opted_out_all=True, reachable_channels="email"),
    ],
    "user_tags": [
        {
            "one_id": ANN,
            "tag": "interest.tea",
            "value": "8.1",
            "weight": 8.1,
            "as_of": AS_OF,
            "source": "observed",
        },
        {
            "one_id": BEN,
            "tag": "interest.tea",
            "value": "2.0",
            "weight": 2.0,
            "as_of": AS_OF,
            "source": "observed",
        },
        {
            "one_id": ANN,
            "tag": "profile.gender",
            "value": "female",
            "weight": 1.0,
            "as_of": AS_OF,
            "source": "declared",
        },
        {
            "one_id": BEN,
            "tag": "profile.age_band",
            "value": "25-34",
            "weight": 0.88,
            "as_of": AS_OF,
            "source": "predicted",
        },
        {
            "one_id": DAN,
            "tag": "profile.skin_type",
            "value": "dry",
            "weight": 0.93,
            "as_of": AS_OF,
            "source": "predicted",
        },
        {
            "one_id": CAT,
            "tag": "rule.visitor",
            "value": "true",
            "weight": 1.0,
            "as_of": AS_OF,
            "source": "derived",
        },
    ],
    "tags": [
        _tag("interest.tea", "interest", 0.5, BUYERS),
        _tag("profile.age_band", "profile", 0.25),
        _tag("profile.gender", "profile", 0.25),
        _tag("profile.skin_type", "profile", 0.25),
        _tag("rule.visitor", "rule", 0.25),
    ],
    "user_accounts": [
        {"account_key": digit * 16, "platform": platform, "one_id": one_id}
        for digit, platform, one_id in (
            ("1", "taobao", ANN),
            ("2", "wecom", ANN),
            ("3", "taobao", BEN),
            ("4", "jd", CAT),
            ("5", "jd", DAN),
        )
    ],
    # The last two are ids of earlier days: one merged into ANN, one of nobody.
    "resolved_ids": [
        *({"one_id": one_id, "current_one_id": one_id} for one_id in (ANN, BEN, CAT, DAN)),
        {"one_id": "p" + "8" * 16, "current_one_id": ANN},
        {"one_id": "p" + "9" * 16, "current_one_id": None},
    ],
    "audiences": [_audience(BUYERS, 2, 2, 0), _audience(VISITORS, 3, 2, 1)],
    "audience_members": [
        {"audience": BUYERS, "one_id": ANN, "role": "target", "score": 0.9, "tier": "1%"},
        {"audience": BUYERS, "one_id": BEN, "role": "target"},
        {"audience": VISITORS, "one_id": ANN, "role": "target"},
        {"audience": VISITORS, "one_id": CAT, "role": "target"},
        {"audience": VISITORS, "one_id": DAN, "role": "holdout"},
    ],
    "audience_overlaps": [
        {"audience": BUYERS, "other_audience": VISITORS, "people": 1, "jaccard": 0.25},
        {"audience": VISITORS, "other_audience": BUYERS, "people": 1, "jaccard": 0.25},
    ],
    "community_groups": [
        {"one_id": one_id, "community_group": "g1", "region": "上海市", "age_band": None}
        for one_id in (ANN, BEN)
    ],
    "contact_plan": [
        {
            "one_id": ANN,
            "audience": BUYERS,
            "channel": "wecom",
            "reason": "keep: Buyers",
            "as_of": AS_OF,
        },
        {
            "one_id": BEN,
            "audience": BUYERS,
            "channel": "wecom",
            "reason": "keep: Buyers",
            "as_of": AS_OF,
        },
        {
            "one_id": DAN,
            "audience": VISITORS,
            "channel": None,
            "reason": "opted_out",
            "as_of": AS_OF,
        },
    ],
    "lookalike_evaluations": [
        {
            "audience": VISITORS,
            "seed": BUYERS,
            "engine": engine,
            "auc": 0.8,
            "average_precision": 0.3,
            "lift": 4.0,
            "tier": "1%",
            "lift_low": 3.0,
            "lift_high": 5.0,
            "is_chosen": engine == "blend",
            "is_published": True,
        }
        for engine in ("cosine", "blend")
    ],
    "lookalike_features": [
        {
            "audience": VISITORS,
            "feature": feature,
            "position": position,
            "seed_mean": 2.0,
            "base_mean": 0.5,
            "standardised_difference": 1.5,
            "drift": 0.4,
            "words": f"{feature} is higher in the seed",
        }
        for position, feature in enumerate(("visits_30d", "interest.tea"), start=1)
    ],
    "lookalike_gates": [
        {
            "audience": VISITORS,
            "seed": BUYERS,
            "platform": platform,
            "checked_on": dt.date(2026, 9, 1),
            "seed_people": 2,
            "is_seed_accepted": False,
            "people": 3,
            "is_accepted": False,
            "words": f"{platform}: too few",
        }
        for platform in ("meta", "tencent")
    ],
    "models": [
        {
            "model": model,
            "engine": "logistic",
            "version": "2026-09-30-1a2b3c4d",
            "trained_on": AS_OF,
            "fingerprint": "1a2b3c4d",
            "is_used": True,
            "people": 4,
            "metrics": '{"auc": 0.8, "balanced_accuracy": 0.85}',
            "words": "chosen",
        }
        for model in (
            "value",
            "churn",
            "attribute.age_band",
            "attribute.skin_type",
            f"lookalike.{VISITORS}",
        )
    ],
    "lifecycle_flows": [
        {"as_of": AS_OF, "from_stage": "not_known", "to_stage": "potential", "people": 2},
        {"as_of": AS_OF, "from_stage": "sleeping", "to_stage": "active", "people": 2},
    ],
    "rfm_flows": [
        {
            "as_of": AS_OF,
            "compared_as_of": AS_OF - dt.timedelta(days=30),
            "from_segment": start,
            "to_segment": end,
            "people": people,
            "net_amount_before": before,
            "net_amount_after": after,
        }
        for start, end, people, before, after in (
            ("promising", "champions", 2, "50.00", "400.10"),
            ("hibernating", "no_orders", 3, "60.00", "0.00"),
        )
    ],
    "channel_health": [
        {
            "day": day,
            "channel": channel,
            "loop": loop,
            "page_views": 100,
            "unique_visitors": 40,
            "orders": 4,
            "buyers": 3,
            "net_amount": "200.05",
            "new_customers": 1,
            "cost": "10.00",
            "search_share": 0.5,
            "content_share": 0.2,
            "potential_to_new_rate": 0.1,
            "first_to_second_rate": 0.3,
        }
        for day in (AS_OF - dt.timedelta(days=1), AS_OF)
        for channel, loop in (("search", "inner"), ("live", "outer"))
    ],
    "reconciliation": [
        _account("jd.order", "rows", delivered=12, in_facts=10, superseded=2),
        _account("jd.order", "order payments", delivered="900.10", in_facts="800.10", unpaid=100),
    ],
    # That an identity-card column was left out is told and nothing more.
    "landing_findings": [
        {
            "finding_number": number,
            "export": "jd.order",
            "contract_version": 1,
            "source_file": f"jd/{number}.csv",
            "finding": "dropped_column",
            "subject": "身份证号",
            "observed": "身份证号",
            "expected": "no identity-card data",
            "mend": "Export the file without the column.",
            "is_blocking": False,
        }
        for number in (1, 2)
    ],
    "campaign_results": [
        {
            "campaign": campaign,
            "audience": BUYERS,
            "channel": "wecom",
            "starts_on": dt.date(2026, 9, 1),
            "ends_on": dt.date(2026, 9, 3),
            "reached": 100,
            "holdout": 20,
            "opened": 50,
            "clicked": 20,
            "joined": 5,
            "bought": 10,
            "holdout_bought": 1,
            "units": 12,
            "net_amount": "999.90",
            "cost": "10.00",
            "peak_hour": 20,
            "conversion_rate": 0.1,
            "holdout_conversion_rate": 0.05,
            "lift": 0.05,
            "lift_low": -0.01,
            "lift_high": 0.11,
            "unresolved_touches": 0,
            "is_complete": True,
        }
        for campaign in ("spring", "autumn")
    ],
}


def write_valid_candidate(path: Path) -> Path:
    """Write the candidate to ``path``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_valid_candidate())
    return path


@functools.cache
def _valid_candidate() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "candidate.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute("begin")
            for name in CANDIDATE_TABLES:
                connection.execute(create_statement(PUBLISHED_TABLES[name], "main"))
                for row in ROWS[name]:
                    columns = ", ".join(map(quoted, row))
                    marks = ", ".join("?" for _ in row)
                    connection.execute(
                        f"insert into {quoted(name)} ({columns}) values ({marks})",
                        list(row.values()),
                    )
            connection.execute(f"comment on table {IDENTITY_TABLE} is '{STATE}'")
            connection.execute("commit")
        return path.read_bytes()


def write_valid_version(folder: Path) -> Path:
    """Write the valid candidate's tables as the Parquet files of a version into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(write_valid_candidate(folder / "doubleloop.duckdb"))) as connection:
        for name in CANDIDATE_TABLES:
            file = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"copy {quoted(name)} to '{file}'")
    return folder


def change(path: Path, *statements: str) -> None:
    """Run statements on a candidate file."""
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def settings_in(folder: Path) -> Settings:
    """Settings of a deployment that lives in ``folder``."""
    return load_settings({"DOUBLELOOP_HOME": str(folder / "home"), "DOUBLELOOP_THREADS": "1"})


def green_verdicts(
    candidate: Path, as_of: dt.date = AS_OF, run_id: str = "run"
) -> dict[str, Verdict]:
    """A green verdict for every table of the candidate as it is now, without running the suites."""
    fingerprints = fingerprints_of(candidate)
    return {
        name: Verdict(
            name,
            as_of,
            run_id,
            (
                CheckResult(name, "has_rows", "critical", True, "4", f"{name} is not empty."),
                CheckResult(
                    name,
                    "has_people",
                    "warning",
                    name != "audiences",
                    "1 rows",
                    "No audience is empty.",
                ),
            ),
            fingerprints,
        )
        for name in fingerprints
    }
