"""Everything a definition needs from outside, loaded once: settings, configuration, contracts, tags, audiences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.audiences.columns import KnownNames
from orchestration.audiences.loading import AudienceSet, load_audiences
from orchestration.configuration import Configuration, ConfigurationError, load_configuration
from orchestration.landing.contract import Contract, load_contracts
from orchestration.settings import Settings, load_settings
from orchestration.tags import TagDefinitions, load_tags


@dataclass(frozen=True)
class Deployment:
    """One merchant's Doubleloop: what the environment and the CONFIG folder say."""

    settings: Settings
    configuration: Configuration
    contracts: Mapping[str, Contract]
    tags: TagDefinitions
    audiences: AudienceSet


def load_deployment(environ: Mapping[str, str] | None = None) -> Deployment:
    """Read settings and definitions. Opens no database and no network; raises with the file and key to mend."""
    settings = load_settings(environ)
    tags = load_tags(settings.config)
    configuration = load_configuration(settings.config)
    audiences = load_audiences(settings.config, KnownNames(tags=tags.names))
    grouped = configuration.grouping.audience
    names = sorted(audience.name for audience in audiences)
    if grouped is not None and grouped not in names:
        raise ConfigurationError(
            f"grouping.audience is {grouped}, which is no audience. Known: {', '.join(names)}."
        )
    return Deployment(settings, configuration, load_contracts(settings.config), tags, audiences)
