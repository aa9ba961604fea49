"""The limits of the drift report, as the section ``landing`` of the configuration.

Belongs here: names, types and bounds. The values are in ``orchestration/defaults.yaml``.
"""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, ConfigDict, Field, model_validator

_DAY = r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Festival(_Part):
    """Days of every year, both included, on which volume is not as usual."""

    name: str
    from_day: str = Field(pattern=_DAY)
    to_day: str = Field(pattern=_DAY)
    upper: float = Field(ge=1)
    lower: float = Field(default=1, ge=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Festival:
        if self.from_day > self.to_day:
            raise ValueError("from_day is after to_day; write two festivals around the new year")
        return self


class SpringFestival(_Part):
    """First days of the lunar year, and how far around them volume is not as usual."""

    days: list[dt.date]
    before: int = Field(ge=0)
    after: int = Field(ge=0)
    upper: float = Field(ge=1)
    lower: float = Field(ge=0, le=1)


class DriftLimits(_Part):
    """When a difference between a file and the earlier files of its export is worth saying."""

    accept: list[str]
    history_files: int = Field(ge=1)
    unit_minimum_files: int = Field(ge=1)
    unit_minimum_values: int = Field(ge=1)
    unit_tolerance: float = Field(gt=0, lt=1)
    unit_shape_tolerance: float = Field(gt=0, lt=1)
    shrunken_share: float = Field(ge=0, lt=1)
    shrunken_minimum_rows: int = Field(ge=1)
    history_days: int = Field(ge=7)
    volume_minimum_days: int = Field(ge=2)
    volume_minimum_rows: float = Field(gt=0)
    volume_deviations: float = Field(gt=0)
    volume_ratio: float = Field(gt=1)
    festivals: list[Festival]
    spring_festival: SpringFestival

    @model_validator(mode="after")
    def _long_enough(self) -> DriftLimits:
        short = [prefix for prefix in self.accept if len(prefix) < 8]
        if short:
            raise ValueError(f"accept: {short} must be at least 8 characters of a file's hash")
        return self

    def accepts(self, source_hash: str) -> bool:
        """Whether the merchant says that this file is right as it is."""
        return any(source_hash.startswith(prefix.lower()) for prefix in self.accept)

    def factors(self, day: dt.date) -> tuple[float, float]:
        """By how much the limits of a day's volume move: (upper, lower); (1, 1) on a usual day."""
        key = f"{day:%m-%d}"
        for festival in self.festivals:
            if festival.from_day <= key <= festival.to_day:
                return festival.upper, festival.lower
        spring = self.spring_festival
        for start in spring.days:
            if -spring.before <= (day - start).days <= spring.after:
                return spring.upper, spring.lower
        return 1.0, 1.0
