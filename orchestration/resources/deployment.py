"""Everything a definition needs from outside, loaded once: settings, configuration, contracts, tags, audiences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.audiences.columns import KnownNames
from orchestration.audiences.loading import AudienceSet, load_audiences
from orchestration.configuration import Configuration, load_configuration
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
    return Deployment(
        settings=settings,
        configuration=load_configuration(settings.config),
        contracts=load_contracts(settings.config),
        tags=tags,
        audiences=load_audiences(settings.config, KnownNames(tags=tags.names)),
    )
