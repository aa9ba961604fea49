"""What the suites need to know beside the table: the day, the configuration, what is served now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from orchestration.configuration import Configuration
from orchestration.publishing.versions import current_rows
from orchestration.settings import Settings


@dataclass(frozen=True)
class GateContext:
    """``previous_rows``: rows per table of the version served now; empty before the first one."""

    as_of: dt.date
    timezone: str
    configuration: Configuration
    previous_rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def as_of_end_at(self) -> dt.datetime:
        """First instant after the as-of day of the merchant, as a UTC time without a zone."""
        midnight = dt.datetime.combine(
            self.as_of + dt.timedelta(days=1), dt.time(), ZoneInfo(self.timezone)
        )
        return midnight.astimezone(dt.UTC).replace(tzinfo=None)


def gate_context(settings: Settings, configuration: Configuration, as_of: dt.date) -> GateContext:
    """The context of a run. Raises PublishingError when the served version cannot be read."""
    return GateContext(as_of, settings.timezone, configuration, current_rows(settings))
