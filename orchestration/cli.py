"""The command line: ``doubleloop``. Heavy imports live inside the commands, so that ``--help`` is quick."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path

import click

from orchestration.planning.command import identity
from orchestration.terminal import (
    DATE,
    EXIT_FAILED,
    EXIT_REFUSED,
    EXIT_USAGE,
    say,
    settings_or_stop,
    stop,
)

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_CONTEXT)
@click.version_option(package_name="doubleloop")
def main() -> None:
    """From platform export files to published, checked customer audience tables.

    \b
    Examples:
      doubleloop inspect ~/Downloads/exports
      DOUBLELOOP_LANDING=~/exports DOUBLELOOP_ID_SALT=... doubleloop run --date 2026-11-20
      doubleloop publications
    """


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write.",
)
@click.option("--people", type=click.IntRange(min=10), default=5000, show_default=True)
@click.option("--days", type=click.IntRange(min=7), default=120, show_default=True)
@click.option(
    "--end", type=DATE, default="2026-11-20", show_default=True, help="Last day of the history."
)
@click.option("--seed", type=int, default=1, show_default=True)
def sample(out: Path, people: int, days: int, end: dt.date, seed: int) -> None:
    """Write the exports of an invented merchant, and the truth behind them.

    Exports go to OUT/landing, in the platforms' real formats; the truth (who is who, what was
    spent) to OUT/truth. Same arguments, same bytes.

    \b
    Example:
      doubleloop sample --out /tmp/merchant --people 20000 --days 200 --end 2026-11-20 --seed 7
    """
    from orchestration.sample import write_sample

    summary = write_sample(out, people, days, end, seed, progress=say)
    say(str(summary))


@main.command()
@click.argument("path")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")
def inspect(path: str, as_json: bool) -> None:
    """Say what every file under PATH is: contract, rows, period, what is missing or unknown.

    PATH is a file, a folder or a URL: s3://bucket/prefix, oss://bucket/prefix,
    sftp://user@host:port/path. Credentials come from the environment.

    \b
    Examples:
      doubleloop inspect ~/Downloads/ExportOrderList202611.csv
      doubleloop inspect ~/exports --json
      doubleloop inspect s3://exports/2026-11
    """
    from rich.console import Console

    from orchestration.landing.contract import ContractError
    from orchestration.landing.contract_files import load_contracts
    from orchestration.landing.inspect_files import inspect as inspect_path
    from orchestration.landing.inspect_report import render
    from orchestration.landing.reasons import LandingError
    from orchestration.landing.sources.place import parse_place
    from orchestration.settings import PREFIX

    try:
        place = parse_place(path)
    except LandingError as error:
        stop(str(error), EXIT_USAGE)
    if isinstance(place, Path) and not place.exists():
        stop(f"{path} does not exist. Give the file or folder with the exports.", EXIT_USAGE)
    import os

    config = os.environ.get(PREFIX + "CONFIG")
    try:
        contracts = load_contracts(Path(config) if config else None)
    except ContractError as error:
        stop(str(error), EXIT_USAGE)
    try:
        reports = inspect_path(place, contracts)
    except LandingError as error:
        stop(str(error), EXIT_FAILED)
    if as_json:
        click.echo(
            json.dumps([report.to_dict() for report in reports], ensure_ascii=False, indent=2)
        )
    else:
        Console().print(render(reports))


@main.command()
@click.option(
    "--date", "as_of", type=DATE, help="As-of date; default: yesterday in the merchant's time zone."
)
@click.option("--quiet", is_flag=True, help="Only the result.")
def run(as_of: dt.date | None, quiet: bool) -> None:
    """Run the daily job for one as-of date and publish.

    Exit status: 0 published, 1 failed, 2 wrong setting or argument, 3 refused by the gate.
    Whatever the status, the last published version stays served until a new one replaces it.

    \b
    Examples:
      doubleloop run
      doubleloop run --date 2026-11-20
    """
    settings = settings_or_stop()
    from orchestration.run import run_daily

    outcome = run_daily(settings, as_of, say=None if quiet else say)
    click.echo(outcome.summary)
    sys.exit({"published": 0, "refused": EXIT_REFUSED}.get(outcome.state, EXIT_FAILED))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def publications(as_json: bool) -> None:
    """List the published versions; the current one is marked."""
    settings = settings_or_stop()
    from orchestration.publishing.versions import list_publications

    versions = list_publications(settings)
    if as_json:
        click.echo(
            json.dumps([version.to_dict() for version in versions], ensure_ascii=False, indent=2)
        )
        return
    if not versions:
        click.echo(f"Nothing is published in {settings.published} yet. Run: doubleloop run")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("", "version", "as of", "published at", "people", "audiences", "tables")
    for version in versions:
        table.add_row(
            "current" if version.is_current else "",
            version.version,
            str(version.as_of),
            str(version.published_at),
            f"{version.people:,}",
            str(version.audiences),
            str(version.tables),
        )
    Console().print(table)


@main.command()
@click.argument("version")
def rollback(version: str) -> None:
    """Make an earlier VERSION current again. Readers see the old or the new, never a mix.

    \b
    Example:
      doubleloop rollback 20261119-1
    """
    settings = settings_or_stop()
    from orchestration.publishing import PublishingError
    from orchestration.publishing.rollback import rollback as make_current

    try:
        make_current(settings, version)
    except PublishingError as error:
        stop(str(error), EXIT_USAGE)
    click.echo(f"{version} is now served from {settings.published / 'doubleloop.duckdb'}")


main.add_command(identity)


if __name__ == "__main__":
    main()
