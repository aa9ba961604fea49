"""How right identity is on the sample with all its hard cases, and what its guards are worth.

The exports are landed and staged as a run does it (the chain up to identity).

The same accounts are joined three times: as the product does; without any limit (plain connected
components of the usable identifiers); and without limits over every value as it was delivered, judged
or not. Precision and recall are those of orchestration/core/identity/metrics.py.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pandas as pd

from orchestration.core.identity import (
    Contradictions,
    IdentityLimits,
    IdentityMetrics,
    evaluate,
    resolve,
)
from orchestration.landing.ingest import ingest
from orchestration.landing.views import publish_raw_views
from orchestration.modelling.identity_inputs import read_identity_inputs
from orchestration.resources.deployment import Deployment, load_deployment
from orchestration.sample import write_sample
from orchestration.sample.answers import true_people
from orchestration.tags import tag_tables
from orchestration.warehouse.config_tables import configuration_tables, write_config_tables
from orchestration.warehouse.session import child_environment, open_warehouse

ROOT = Path(__file__).resolve().parents[1]
END = dt.date(2026, 11, 20)
_MODELS = ("+accounts", "+identifiers", "+corrections")
_SHOWN = ["pairs_found", "pairs_true", "precision", "recall"]


@dataclass(frozen=True)
class Staged:
    """accounts: account_key, platform. identifiers: all, with is_usable, whatever was judged of them.
    traits: what accounts declare, in the same form."""

    accounts: pd.DataFrame
    identifiers: pd.DataFrame
    traits: pd.DataFrame


def main() -> int:
    """Write a sample, stage it, measure and print."""
    parser = sample_arguments(__doc__)
    parser.add_argument(
        "--from-truth", action="store_true",
        help="take the cleaned identifiers from the truth instead of staging the exports: the graph alone",
    )  # fmt: skip
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="identity-") as home:
        deployment = sampled(home, arguments)
        staged = (
            from_truth(deployment.settings.sample, deployment.settings.id_salt)
            if arguments.from_truth
            else stage(deployment)
        )
        truth = true_people(deployment.settings.sample, deployment.settings.id_salt)
        related = pd.read_csv(deployment.settings.sample / "truth" / "relations.csv")
    for name, (found, metrics) in measure(deployment, staged, truth).items():
        print(f"\n== {name}")
        print(metrics.overall.T.to_string(header=False))
        print(taken_for_one(found, truth, related).to_string())
        if name == "as configured":
            print(metrics.by_platform[["left", "right", *_SHOWN]].to_string(index=False))
            largest = metrics.by_identifiers.nlargest(20, "pairs_true")
            print(largest[["left", "right", *_SHOWN]].to_string(index=False))
    return 0


def sample_arguments(description: str | None) -> argparse.ArgumentParser:
    """A parser that knows which sample to write."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    return parser


def sampled(home: str, arguments: argparse.Namespace) -> Deployment:
    """A deployment in the folder ``home`` whose sample is written."""
    deployment = load_deployment({
        "DOUBLELOOP_HOME": home, "DOUBLELOOP_MEMORY_LIMIT": "3GB", "DOUBLELOOP_THREADS": "2",
    })  # fmt: skip
    write_sample(deployment.settings.sample, arguments.people, arguments.days, END, arguments.seed)
    return deployment


def stage(deployment: Deployment) -> Staged:
    """Land the sample and build what identity reads."""
    settings = deployment.settings
    ingest(
        settings.landing,
        settings.raw,
        settings.ledger,
        deployment.contracts,
        limits=deployment.configuration.landing,
    )
    with open_warehouse(settings, END) as connection:
        publish_raw_views(connection, settings.raw, settings.ledger, deployment.contracts)
        write_config_tables(
            connection, configuration_tables(deployment.configuration) | tag_tables(deployment.tags)
        )
    settings.temporary.mkdir(parents=True, exist_ok=True)
    project = str(ROOT / "dbt_project")
    subprocess.run(
        [
            str(Path(sys.executable).with_name("dbt")), "--quiet", "build", "--select", *_MODELS,
            "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test",
            "--project-dir", project, "--profiles-dir", project, "--target-path", str(settings.temporary / "target"),
        ],
        env={**os.environ, **child_environment(settings, END), "PYTHONPATH": str(ROOT)}, cwd=ROOT, check=True,
    )  # fmt: skip
    traits = deployment.configuration.identity.traits
    with open_warehouse(settings, END) as connection:
        inputs = read_identity_inputs(connection, traits)
        return Staged(
            connection.execute("select account_key, platform from staging.accounts").df(),
            connection.execute(
                "select account_key, platform, identifier_type, identifier_hash, first_seen_at, is_usable, reject_reason "
                "from staging.identifiers"
            ).df(),
            inputs.identifiers[inputs.identifiers["identifier_type"].isin(traits)],
        )


def from_truth(sample: Path, salt: str) -> Staged:
    """What perfect cleaning would make of the exports; undated, and hashes already met."""
    files = {name: str(sample / "truth" / f"{name}.csv") for name in ("accounts", "identifiers")}
    key = "left(md5($salt || '|' || platform || ':' || account_id), 16) as account_key"
    with duckdb.connect() as connection:
        accounts = connection.execute(
            f"select {key}, platform from read_csv($file, header = true, all_varchar = true)",
            {"salt": salt, "file": files["accounts"]},
        ).df()
        identifiers = connection.execute(
            f"""
            select distinct {key}, platform, identifier_type,
                left(md5($salt || identifier_type || '|' ||
                    case when identifier_type in ('buyer_name', 'user_id') then platform || '|' else '' end
                    || identifier_value), 16) as identifier_hash,
                null::timestamp as first_seen_at, usable = 'true' as is_usable,
                case when contains(identifier_value, '*') then 'masked' when usable <> 'true' then 'rejected' end as reject_reason
            from read_csv($file, header = true, all_varchar = true)
            """,
            {"salt": salt, "file": files["identifiers"]},
        ).df()
    return Staged(accounts, identifiers, identifiers.iloc[:0])


def taken_for_one(
    accounts: pd.DataFrame, truth: pd.DataFrame, related: pd.DataFrame
) -> pd.DataFrame:
    """By relation of two people who are not one: pairs, and pairs of which any two accounts are one person."""
    people = accounts.merge(truth, on="account_key")[["person", "one_id"]].drop_duplicates()
    joined = (
        related.merge(people, left_on="person_id", right_on="person")
        .merge(people, left_on=["other_person_id", "one_id"], right_on=["person", "one_id"])
        .drop_duplicates(["person_id", "other_person_id"])
    )
    counts = related.groupby("relation").size().to_frame("pairs")
    counts["taken for one"] = joined.groupby("relation").size()
    return counts.fillna(0).astype(int)


def measure(
    deployment: Deployment, staged: Staged, truth: pd.DataFrame
) -> Mapping[str, tuple[pd.DataFrame, IdentityMetrics]]:
    """The accounts with their person and the measures of the three ways, by name."""
    configured = IdentityLimits.from_mapping(deployment.configuration.identity.model_dump())
    unlimited = replace(
        configured, maximum_accounts={}, maximum_accounts_per_platform={}, maximum_values={},
        maximum_person_accounts=None, blocked=frozenset(), contradictions=Contradictions(),
    )  # fmt: skip
    every = staged.identifiers
    usable = every[every["is_usable"]]
    ways = {
        "as configured": (configured, usable),
        "no limits": (unlimited, usable),
        "no limits, nothing rejected but masked values": (
            unlimited,
            every[every["reject_reason"] != "masked"],
        ),
    }
    found: dict[str, tuple[pd.DataFrame, IdentityMetrics]] = {}
    for name, (limits, identifiers) in ways.items():
        carried = pd.concat([identifiers, staged.traits], ignore_index=True)
        result = resolve(staged.accounts, carried, None, limits, None, END)
        found[name] = (result.accounts, evaluate(result.accounts, truth, usable))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
