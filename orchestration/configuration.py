"""The merchant's configuration: every weight, window, limit and floor, typed and checked.

``defaults.yaml`` beside this module is the single list of them. A merchant's
``CONFIG/configuration.yaml`` has the same shape and overrides single values.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from orchestration.landing.limits import DriftLimits

DEFAULTS = Path(__file__).with_name("defaults.yaml")
# Also in Chinese: it becomes the name of a tag and of a folder.
_ATTRIBUTE = re.compile(r"[^\W\d_]\w*")


class ConfigurationError(ValueError):
    """The configuration cannot be used; the message names file, key and mend."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Currency(_Section):
    """Base currency and the rates that convert into it."""

    base: str
    rates: dict[str, float]


class Interest(_Section):
    """The parts of the interest formula (behaviour x dwell, decayed, squashed)."""

    behaviour_weights: dict[str, float]
    dwell_weights: dict[int, float]
    decay: dict[int, float]
    half_life_days: dict[str, float]
    squash_k: float = Field(gt=0)
    minimum_weight: float = Field(ge=0, le=10)

    @field_validator("dwell_weights", "decay")
    @classmethod
    def _starts_at_zero(cls, steps: dict[int, float]) -> dict[int, float]:
        if 0 not in steps:
            raise ValueError("steps must start at 0, or ages below the first step have no weight")
        return dict(sorted(steps.items()))


class Lifecycle(_Section):
    """Bounds of the lifecycle stages; days are half-open [from, to)."""

    new_days: int = Field(ge=1)
    visitor_days: int = Field(ge=1)
    active_days: int = Field(ge=1)
    sleeping_days: int = Field(ge=1)
    warning_days: int = Field(ge=1)
    loyal_orders: int = Field(ge=2)
    active_ratio: float = Field(gt=0)
    sleeping_ratio: float = Field(gt=0)
    warning_ratio: float = Field(gt=0)
    minimum_gap_days: float = Field(gt=0)


class Aipl(_Section):
    """Windows of aware, interested, purchased, loyal."""

    contact_days: int = Field(ge=1)
    interest_days: int = Field(ge=1)
    loyal_orders: int = Field(ge=2)


class Health(_Section):
    """Windows of the channel health measures."""

    payback_days: list[int]


class RfmCuts(_Section):
    """Inner bounds of the five scores when the cut is ``fixed``."""

    recency_days: list[float] = Field(min_length=4, max_length=4)
    frequency: list[float] = Field(min_length=4, max_length=4)
    monetary: list[float] = Field(min_length=4, max_length=4)


class Rfm(_Section):
    """How recency, frequency and monetary become scores."""

    cut: Literal["quantile", "fixed", "mean", "median", "trimmed_mean"]
    window_days: int = Field(ge=1)
    migration_days: int = Field(ge=1)
    fixed: RfmCuts
    centre_multiples: list[float] = Field(min_length=4, max_length=4)
    trim_share: float = Field(gt=0, lt=0.5)
    high_low: Literal["mean", "median", "trimmed_mean"]
    group_by: Literal["platform", "category"] | None
    group_minimum: int = Field(ge=1)


class Value(_Section):
    """Horizons of the expected net sales, how they are fitted and judged, shares of the tiers."""

    horizon_days: int = Field(ge=1)
    short_horizon_days: int = Field(ge=1)
    tiers: list[float]
    interval: float = Field(gt=0, lt=1)
    winsor_share: float = Field(ge=0, lt=0.5)
    maximum_correlation: float = Field(gt=0, le=1)
    fit_people: int = Field(ge=100)
    prior_people: float = Field(gt=0)
    backtest_people: int = Field(ge=20)
    backtest_minimum_people: int = Field(ge=20)
    backtest_origins: int = Field(ge=1)
    seed: int


class Churn(_Section):
    """When a churn classifier may be used, and what it is compared with."""

    horizon_days: int = Field(ge=1)
    minimum_positives: int = Field(ge=2)
    minimum_history_days: int = Field(ge=1)
    challenger_share: float = Field(gt=0, le=1)
    maximum_expected_calibration_error: float = Field(gt=0, le=1)
    prior_orders: float = Field(gt=0)
    train_people: int = Field(ge=100)
    seed: int


class ValueLimit(_Section):
    """How many distinct values of an identifier type one person may carry."""

    maximum: int = Field(ge=1)
    window_days: int | None = Field(default=None, ge=1)
    per_platform: bool = False


class Contradictions(_Section):
    """What speaks against a join; the odds are explained in core/identity/limits.py."""

    types: list[str]
    weights: dict[str, float]
    passed_on: dict[str, float]
    passed_on_days: int = Field(ge=1)
    minimum_confidence: float = Field(gt=0, lt=1)


class Proposals(_Section):
    """The optional pass that proposes matches to a human. ``days_apart``: steps of the timing, ascending."""

    is_enabled: bool
    minimum_probability: float = Field(gt=0, lt=1)
    prior_probability: float = Field(gt=0, lt=1)
    days_apart: list[int] = Field(min_length=1)
    minimum_accounts: int = Field(ge=2)
    training_pairs: int = Field(ge=1000)
    seed: int


class IdentityFloors(_Section):
    """What identity must reach where the truth is known."""

    precision: float = Field(ge=0, le=1)
    usable_recall: float = Field(ge=0, le=1)
    b_cubed_precision: float = Field(ge=0, le=1)
    b_cubed_recall: float = Field(ge=0, le=1)


class Identity(_Section):
    """Limits of the identity graph."""

    priority: list[str]
    maximum_accounts: dict[str, int]
    maximum_accounts_per_platform: dict[str, int]
    maximum_values: dict[str, ValueLimit]
    maximum_person_accounts: int = Field(ge=1)
    relations: list[str]
    traits: list[Literal["gender", "birth_date"]]
    contradictions: Contradictions
    household_people: int = Field(ge=2)
    confidence: dict[str, float]
    blocked: dict[str, list[str]]
    proposals: Proposals
    floors: IdentityFloors


class SeedGate(_Section):
    """What a platform asks of a seed that is uploaded to it, and of an audience; people. None is no limit.

    ``checked_on``: the day its documents were read.
    """

    checked_on: dt.date
    seed_minimum: int = Field(ge=0)
    seed_maximum: int | None = None
    people_minimum: int = Field(ge=0)
    people_maximum: int | None = None
    note: str


class Lookalike(_Section):
    """Tiers, gates, engines and repetitions of the lookalike evaluation."""

    tiers: list[float]
    tier_counts: list[int]
    seed_minimum: int = Field(ge=2)
    platforms: dict[str, SeedGate]
    margin_auc: float
    repeats: int = Field(ge=1)
    folds: int = Field(ge=2)
    engines: list[str] = Field(min_length=1, max_length=8)
    judged_seed: int = Field(ge=20)
    pool_sample: int = Field(ge=100)
    seed_sample: int = Field(ge=100)
    bags: int = Field(ge=1)
    local_centroids: int = Field(ge=1)
    batch_rows: int = Field(ge=1)
    seed: int


class Prediction(_Section):
    """Which attributes are predicted, and when a prediction may be published."""

    attributes: list[str]
    maximum_values: int = Field(ge=2)
    minimum_balanced_accuracy: float
    minimum_confidence: float = Field(ge=0, lt=1)
    minimum_declared: int = Field(ge=2)
    minimum_class: int = Field(ge=2)
    held_out_share: float = Field(gt=0, lt=1)
    train_people: int = Field(ge=100)
    batch_rows: int = Field(ge=1)
    seed: int

    @field_validator("attributes")
    @classmethod
    def _are_names(cls, names: list[str]) -> list[str]:
        bad = [name for name in names if not _ATTRIBUTE.fullmatch(name) or name != name.lower()]
        if bad:
            raise ValueError(
                f"{', '.join(bad)}: an attribute is written in lower case, of letters, digits and _"
            )
        if len(set(names)) != len(names):
            raise ValueError("an attribute is named twice")
        return names


class Grouping(_Section):
    """Which audience is divided into community groups, and their size. None is nobody.

    ``interests``: how many interests, those most members have first, tell who is near.
    """

    audience: str | None
    size: int = Field(ge=2)
    tolerance: float = Field(ge=0, lt=1)
    interests: int = Field(ge=1)


class Models(_Section):
    """How long fitted models are kept."""

    keep_dates: int = Field(ge=2)


class Holdout(_Section):
    """The sticky holdout."""

    share: float = Field(ge=0, lt=1)
    name: str


class ContactPlan(_Section):
    """Who is contacted, and through which channel first."""

    channel_priority: list[Literal["wecom", "sms", "email"]] = Field(min_length=1)
    recent_buyer_days: int = Field(ge=0)
    campaign_window_days: int = Field(ge=1)


class Gate(_Section):
    """Floors of the publishing gate."""

    minimum_people: int = Field(ge=1)
    maximum_people_change: float = Field(gt=0)
    maximum_moved_share: float = Field(ge=0, le=1)
    maximum_missing_share: float = Field(ge=0, le=1)


class Publishing(_Section):
    """What stays after a new version is published."""

    keep_versions: int = Field(ge=2)


class Configuration(_Section):
    """All sections of ``defaults.yaml``."""

    landing: DriftLimits
    currency: Currency
    interest: Interest
    lifecycle: Lifecycle
    aipl: Aipl
    health: Health
    rfm: Rfm
    value: Value
    churn: Churn
    identity: Identity
    lookalike: Lookalike
    prediction: Prediction
    grouping: Grouping
    models: Models
    holdout: Holdout
    contact_plan: ContactPlan
    gate: Gate
    publishing: Publishing


def load_configuration(config: Path | None = None) -> Configuration:
    """The defaults, overridden by ``config/configuration.yaml`` where it exists.

    Raises :class:`ConfigurationError` for an unknown key or an impossible value.
    """
    values = _read(DEFAULTS)
    source = DEFAULTS
    if config is not None and (config / "configuration.yaml").exists():
        source = config / "configuration.yaml"
        values = _merge(values, _read(source))
    return _validated(values, source)


def with_overrides(
    configuration: Configuration, values: Mapping[str, Any], source: Path
) -> Configuration:
    """``configuration`` with single values replaced, as a merchant's file would; ``source`` is named
    in errors. Raises :class:`ConfigurationError` for an unknown key or an impossible value.
    """
    return _validated(_merge(configuration.model_dump(), values), source)


def _validated(values: Mapping[str, Any], source: Path) -> Configuration:
    try:
        return Configuration.model_validate(values)
    except ValidationError as error:
        problems = "\n".join(
            f"  {'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
        raise ConfigurationError(
            f"{source} cannot be used:\n{problems}\nThe known keys are in {DEFAULTS}."
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not readable YAML: {error}") from error
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path} must be a mapping of sections, as in {DEFAULTS}.")
    return values


# A merchant who names a table of weights names the whole table: merging its keys would
# leave default steps between the merchant's own.
_WHOLE_TABLES = frozenset({"dwell_weights", "decay", "half_life_days", "rates"})


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        if (
            isinstance(value, dict)
            and isinstance(merged.get(key), dict)
            and key not in _WHOLE_TABLES
        ):
            merged[key] = _merge(merged[key], value)
        else:
            merged[key] = value
    return merged
