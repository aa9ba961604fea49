"""``doubleloop identity``: what would happen to people, and how right they are."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from orchestration.terminal import DATE, EXIT_REFUSED, EXIT_USAGE, say, settings_or_stop, stop

if TYPE_CHECKING:
    from rich.table import Table

    from orchestration.planning.identity_plan import PlanReport


@click.group()
def identity() -> None:
    """Look at people before and after: plan a change, measure against a known truth.

    \b
    Examples:
      doubleloop identity plan
      doubleloop identity plan --rules stricter.yaml
    """


@identity.command()
@click.option(
    "--date",
    "as_of",
    type=DATE,
    help="As-of date of the planned run; default: as for `doubleloop run`.",
)
@click.option(
    "--rules",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="YAML with keys of the section `identity`, tried on the data of the last run.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A CONFIG folder (contracts, configuration.yaml) to try instead of the present one.",
)
@click.option(
    "--contract",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A contract file to try beside (or instead of) those in CONFIG.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of tables.")
def plan(
    as_of: dt.date | None,
    rules: Path | None,
    config: Path | None,
    contract: Path | None,
    as_json: bool,
) -> None:
    """Say what a run would do to people, before anything is written.

    Without options: the next run, with the files that lie in the landing folder now. With --rules:
    changed limits on the data of the last run (seconds). With --contract: one new or changed contract;
    with --config: changed contracts or configuration. Like a run both read new files, and again those
    whose contract changed, and stage them, on a copy of the working state.

    Exit status: 0 within the limits of the gate, 3 when the gate would refuse it, 1 or 2 on errors.

    \b
    Examples:
      doubleloop identity plan
      doubleloop identity plan --rules stricter.yaml --json
      doubleloop identity plan --contract erp.members.yaml
      doubleloop identity plan --config ~/merchant-config-draft --date 2026-11-20
    """
    if sum(given is not None for given in (rules, config, contract)) > 1:
        stop("Give one of --rules, --contract and --config.", EXIT_USAGE)
    settings = settings_or_stop()
    from orchestration.configuration import ConfigurationError
    from orchestration.landing.contract import ContractError
    from orchestration.planning.identity_plan import PlanError, plan_contract, plan_rules, plan_run
    from orchestration.run import default_date
    from orchestration.warehouse.session import WarehouseBusyError

    try:
        if rules is not None:
            report = plan_rules(settings, rules)
        else:
            say("Dry run: landing, staging and identity on a copy of the working state …")
            date = as_of or default_date(settings)
            report = (
                plan_run(settings, date, config)
                if contract is None
                else plan_contract(settings, date, contract)
            )
    except (ConfigurationError, ContractError) as error:
        stop(str(error), EXIT_USAGE)
    except (PlanError, WarehouseBusyError) as error:
        stop(str(error), 1)
    if as_json:
        click.echo(json.dumps(report.to_dict(), ensure_ascii=False, indent=2, default=str))
    else:
        _print(report)
    sys.exit(0 if report.is_within_limits else EXIT_REFUSED)


def _print(report: PlanReport) -> None:
    from rich.console import Console

    from orchestration.planning.identity_plan import SHOWN

    console, shown = Console(), report.plan
    console.print(f"Plan of {report.question}")
    row: Any = shown.summary.iloc[0]
    console.print(
        f"People {int(row.people_before):,} -> {int(row.people_after):,}: {int(row.new):,} new, "
        f"{int(row.merged):,} merged, {int(row.split):,} split, {int(row.changed):,} with other accounts, "
        f"{int(row.gone):,} gone, {int(row.unchanged):,} unchanged"
    )
    console.print(
        f"Net sales that would change person: {report.net_amount_moved:,.2f} of {report.net_amount:,.2f}"
    )
    for title, frame in (
        ("Merged", shown.merged.head(SHOWN)),
        ("Split", shown.split.head(SHOWN)),
        (
            "Largest people and the identifier that parts most of each",
            shown.largest.drop_duplicates("one_id"),
        ),
        ("Audience members affected", report.audiences[report.audiences["affected"] > 0]),
    ):
        if not frame.empty:
            console.print(_table(title, frame))
    console.print(report.verdict)


def _table(title: str, frame: Any) -> Table:
    from rich.table import Table

    table = Table(*frame.columns, title=title, title_justify="left")
    for row in frame.itertuples(index=False):
        table.add_row(
            *(
                ""
                if value is None or value != value
                else f"{value:,}"
                if isinstance(value, int)
                else str(value)
                for value in row
            )
        )
    return table
