"""What the commands share: exit statuses, the date type, messages."""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from orchestration.settings import Settings

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_REFUSED = 3


class _Date(click.ParamType):
    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is not a date. Write it as 2026-11-20.", param, ctx)


DATE = _Date()


def settings_or_stop() -> Settings:
    """The settings of the environment; a wrong one ends the command with its message."""
    from orchestration.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        stop(str(error), EXIT_USAGE)


def say(message: str) -> None:
    """Progress, on standard error: standard output is for results."""
    click.echo(message, err=True)


def stop(message: str, status: int) -> NoReturn:
    """End the command with a message and an exit status."""
    click.echo(f"doubleloop: {message}", err=True)
    sys.exit(status)
