"""What a run, new rules or a new CONFIG folder would do to people; nothing that counts is written."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from orchestration.configuration import Configuration, load_configuration, with_overrides
from orchestration.core.identity import (
    IdentityLimits,
    IdentityPlan,
    IdentityState,
    accept_state,
    compare,
    load_proposal,
    load_state,
    resolve,
)
from orchestration.landing.contract_files import load_contracts
from orchestration.modelling.identity_inputs import read_identity_inputs
from orchestration.planning.scratch import config_with_contract, scratch_home
from orchestration.publishing.versions import newest_identity_state, served_file
from orchestration.settings import Settings
from orchestration.warehouse.session import open_warehouse

SHOWN = 10


class PlanError(RuntimeError):
    """No plan can be made; the message says what to do first."""


@dataclass(frozen=True)
class PlanReport:
    """A plan with what it means for money and audiences.

    net_amount, net_amount_moved: net sales of all accounts, and of those that would change person,
    in the base currency. audiences: audience, members, affected: published members whose person
    would merge, be split or lose accounts. ``maximum_moved_share`` is the gate's limit.
    """

    question: str
    plan: IdentityPlan
    net_amount: float
    net_amount_moved: float
    audiences: pd.DataFrame
    maximum_moved_share: float

    @property
    def moved_share(self) -> float:
        """Share of the accounts known before and after that would belong to another person."""
        return float(self.plan.summary["moved_share"].iloc[0])

    @property
    def is_within_limits(self) -> bool:
        """Whether the gate would let it pass."""
        return self.moved_share <= self.maximum_moved_share

    @property
    def verdict(self) -> str:
        """One sentence for people."""
        said = (
            f"{self.moved_share:.2%} of the accounts would belong to another person; "
            f"the gate allows {self.maximum_moved_share:.2%} (gate.maximum_moved_share)."
        )
        return said + ("" if self.is_within_limits else " It would refuse to publish this.")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "question": self.question,
            "summary": _records(self.plan.summary)[0],
            "merged": _records(self.plan.merged),
            "split": _records(self.plan.split),
            "largest": _records(self.plan.largest),
            "net_amount": self.net_amount,
            "net_amount_moved": self.net_amount_moved,
            "audiences": _records(self.audiences),
            "maximum_moved_share": self.maximum_moved_share,
            "is_within_limits": self.is_within_limits,
            "verdict": self.verdict,
        }


def plan_rules(settings: Settings, rules: Path) -> PlanReport:
    """What the rules in ``rules`` (YAML: keys of the section ``identity``) would do to the data of
    the last run. Raises :class:`PlanError` or ConfigurationError with what to mend.
    """
    before = _last_state(settings)
    configuration = load_configuration(settings.config)
    values = _yaml(rules)
    section = values.get("identity", values)
    changed = with_overrides(configuration, {"identity": section}, rules)
    with _warehouse(settings, before.on_date) as connection:
        limits = IdentityLimits.from_mapping(changed.identity.model_dump())
        inputs = read_identity_inputs(connection, limits.traits)
        after = resolve(
            inputs.accounts,
            inputs.identifiers,
            before,
            limits,
            inputs.corrections,
            before.on_date,
        ).state
        question = f"the rules in {rules} on the data of {before.on_date}"
        return _report(question, settings, changed, connection, before, after)


def plan_run(settings: Settings, as_of: dt.date, config: Path | None = None) -> PlanReport:
    """What the run for ``as_of`` would do, with the files that lie in the landing folder now and the
    CONFIG folder ``config`` (default: the present one): landing, staging and identity of that run on
    a copy of the working state. Raises :class:`PlanError` when the copy cannot run through.
    """
    before = _last_state(settings)
    chosen = settings.config if config is None else config
    logs = settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with scratch_home(settings, chosen) as scratch:
        # dbt says a line per model; that is for the log, not for the person who waits.
        with (
            (logs / f"{as_of}-plan.log").open("w", encoding="utf-8") as log,
            contextlib.redirect_stdout(log),
        ):
            _materialise(scratch, as_of)
        after = load_proposal(scratch.state / "identity")
        if after is None:
            raise PlanError("The dry run left no identity state. Look at the messages above.")
        configuration = load_configuration(chosen)
        question = f"a run for {as_of}" + (f" with {config}" if config is not None else "")
        with _warehouse(scratch, as_of) as connection:
            return _report(question, settings, configuration, connection, before, after)


def plan_contract(settings: Settings, as_of: dt.date, contract: Path) -> PlanReport:
    """What the run for ``as_of`` would do with ``contract`` beside, or in the place of, the present ones.

    Raises ContractError for one that cannot be used, and what :func:`plan_run` raises.
    """
    with config_with_contract(settings.config, contract) as config:
        load_contracts(config)
        report = plan_run(settings, as_of, config)
    return replace(report, question=f"a run for {as_of} with the contract {contract}")


def _materialise(settings: Settings, as_of: dt.date) -> None:
    """Landing, configuration, account-grain models and identity, as the daily job does them."""
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
    import dagster as dg

    from orchestration.assets.configuration import build_configuration_assets
    from orchestration.assets.dbt_models import build_dbt_assets
    from orchestration.assets.identity import build_identity_assets
    from orchestration.assets.landing import build_landing_assets
    from orchestration.resources.dbt import dbt_resource, ensure_manifest
    from orchestration.resources.deployment import load_deployment

    deployment = load_deployment(settings.environment())
    account_grain, _ = build_dbt_assets(deployment, ensure_manifest(settings))
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [
                *build_landing_assets(deployment),
                *build_configuration_assets(deployment),
                account_grain,
                *build_identity_assets(deployment),
            ],
            partition_key=as_of.isoformat(),
            instance=instance,
            resources={"dbt": dbt_resource()},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    if not result.success:
        reasons = [
            f"{event.step_key}: {event.step_failure_data.error_display_string.strip()}"
            for event in result.get_step_failure_events()
        ]
        raise PlanError("The dry run failed; nothing was changed.\n" + "\n".join(reasons))


def _report(
    question: str,
    settings: Settings,
    configuration: Configuration,
    connection: duckdb.DuckDBPyConnection,
    before: IdentityState,
    after: IdentityState,
) -> PlanReport:
    plan = compare(before, after)
    connection.register("planned_moves", plan.moves)
    total, moved = connection.execute(
        "select coalesce(sum(net_amount), 0)::double, "
        "coalesce(sum(net_amount) filter (where account_key in (select account_key from planned_moves)), 0)::double "
        "from facts.account_order_days"
    ).fetchall()[0]
    connection.unregister("planned_moves")
    affected = sorted(set(plan.moves["one_id_before"]) | set(plan.moves["one_id_after"]))
    return PlanReport(
        question=question,
        plan=plan,
        net_amount=total,
        net_amount_moved=moved,
        audiences=_audiences(settings, affected),
        maximum_moved_share=configuration.gate.maximum_moved_share,
    )


def _audiences(settings: Settings, affected: list[str]) -> pd.DataFrame:
    """Members of the published audiences whose person would not be the same."""
    file = served_file(settings)
    if not file.exists():
        return pd.DataFrame({"audience": [], "members": [], "affected": []})
    with duckdb.connect(str(file), read_only=True) as connection:
        connection.register("affected_people", pd.DataFrame({"one_id": affected}, dtype="str"))
        return connection.execute(
            "select audience, count(*) as members, "
            "count(*) filter (where one_id in (select one_id from affected_people)) as affected "
            "from audience_members group by audience order by affected desc, audience"
        ).df()


def _last_state(settings: Settings) -> IdentityState:
    folder = settings.state / "identity"
    accept_state(folder, newest_identity_state(settings))
    state = load_state(folder)
    if state is None:
        raise PlanError(
            f"There is no published run to compare with in {settings.home}. Run first: doubleloop run"
        )
    return state


def _warehouse(settings: Settings, as_of: dt.date) -> Any:
    if not settings.warehouse.exists():
        raise PlanError(f"{settings.warehouse} does not exist. Run first: doubleloop run")
    return open_warehouse(settings, as_of)


def _yaml(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise PlanError(f"{path} is not readable YAML: {error}") from error
    if not isinstance(values, dict):
        raise PlanError(
            f"{path} must hold keys of the section identity, for example: maximum_accounts: {{phone: 5}}"
        )
    return values


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in plain.to_dict("records")]
