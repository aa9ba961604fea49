"""What the suites need to know beside the table: the day, the configuration, what is served now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from orchestration.configuration import Configuration
from orchestration.core.rfm import RfmMaps, load_maps
from orchestration.publishing.versions import current_rows, current_version, versions_folder
from orchestration.settings import Settings


@dataclass(frozen=True)
class GateContext:
    """``previous_rows``: rows per table of the version served now; empty before the first one.

    ``previous_version``: the folder with the Parquet files of that version; None when there is none.
    """

    as_of: dt.date
    timezone: str
    configuration: Configuration
    previous_rows: Mapping[str, int] = field(default_factory=dict)
    previous_version: Path | None = None
    rfm_maps: RfmMaps = field(default_factory=load_maps)

    def previous_table(self, table: str) -> str | None:
        """A SQL source with the rows of ``table`` in the version served now, for a query of an
        expectation (braces doubled); None when that version or its file is not there."""
        if self.previous_version is None:
            return None
        file = self.previous_version / f"{table}.parquet"
        if not file.exists():
            return None
        text = str(file).replace("'", "''").replace("{", "{{").replace("}", "}}")
        return f"read_parquet('{text}')"

    @property
    def as_of_end_at(self) -> dt.datetime:
        """First instant after the as-of day of the merchant, as a UTC time without a zone."""
        midnight = dt.datetime.combine(
            self.as_of + dt.timedelta(days=1), dt.time(), ZoneInfo(self.timezone)
        )
        return midnight.astimezone(dt.UTC).replace(tzinfo=None)


def gate_context(settings: Settings, configuration: Configuration, as_of: dt.date) -> GateContext:
    """The context of a run. Raises PublishingError when the served version cannot be read."""
    version = current_version(settings)
    folder = None if version is None else versions_folder(settings) / version
    maps = load_maps(settings.config)
    return GateContext(
        as_of, settings.timezone, configuration, current_rows(settings), folder, maps
    )
