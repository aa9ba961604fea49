"""Everything a definition needs from outside, loaded once: settings, configuration, contracts, tags, audiences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.audiences.columns import KnownNames, layer_values
from orchestration.audiences.loading import AudienceSet, load_audiences
from orchestration.configuration import Configuration, ConfigurationError, load_configuration
from orchestration.core.rfm import RfmMaps, load_maps
from orchestration.landing.attributes import attribute_problem
from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts
from orchestration.settings import Settings, load_settings
from orchestration.tags import TagDefinitions, load_tags, with_attributes


@dataclass(frozen=True)
class Deployment:
    """One merchant's Doubleloop: what the environment and the CONFIG folder say."""

    settings: Settings
    configuration: Configuration
    rfm_maps: RfmMaps
    contracts: Mapping[str, Contract]
    tags: TagDefinitions
    audiences: AudienceSet


def load_deployment(environ: Mapping[str, str] | None = None) -> Deployment:
    """Read settings and definitions. Opens no database and no network; raises with the file and key to mend."""
    settings = load_settings(environ)
    configuration = load_configuration(settings.config)
    contracts = load_contracts(settings.config)
    _check_attributes(configuration, contracts)
    tags = with_attributes(load_tags(settings.config), configuration.prediction.attributes)
    rfm_maps = load_maps(settings.config)
    known = KnownNames(tags=tags.names, layers=layer_values(rfm_maps))
    audiences = load_audiences(settings.config, known)
    grouped = configuration.grouping.audience
    names = sorted(audience.name for audience in audiences)
    if grouped is not None and grouped not in names:
        raise ConfigurationError(
            f"grouping.audience is {grouped}, which is no audience. Known: {', '.join(names)}."
        )
    return Deployment(settings, configuration, rfm_maps, contracts, tags, audiences)


def _check_attributes(configuration: Configuration, contracts: Mapping[str, Contract]) -> None:
    """Personal data never become an attribute."""
    for name in configuration.prediction.attributes:
        problem = attribute_problem(name, contracts)
        if problem is not None:
            raise ConfigurationError(f"prediction.attributes: {name}: {problem}.")
