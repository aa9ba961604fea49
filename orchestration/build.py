"""Builds the Dagster definitions of one deployment; used by the UI, the command line and the tests alike."""

from __future__ import annotations

import warnings

import dagster as dg

from orchestration.assets.audiences import build_audience_assets
from orchestration.assets.community import build_community_assets
from orchestration.assets.configuration import build_configuration_assets
from orchestration.assets.dbt_models import build_dbt_assets
from orchestration.assets.identity import build_identity_assets
from orchestration.assets.landing import build_landing_assets
from orchestration.assets.layers import build_layer_assets
from orchestration.assets.published import build_published_assets
from orchestration.audiences.parsing import AudienceError
from orchestration.automation.daily import build_daily_job, build_new_files_sensor, build_schedule
from orchestration.checks.gate import build_gate_checks
from orchestration.checks.identity_quality import build_identity_checks
from orchestration.configuration import ConfigurationError
from orchestration.core.rfm import RfmMapError
from orchestration.landing.contract import ContractError
from orchestration.resources.dbt import DbtParseError, dbt_resource, ensure_manifest
from orchestration.resources.deployment import Deployment, load_deployment
from orchestration.settings import SettingsError
from orchestration.tags import TagError

# Backfill policies are marked beta; we pin the version we tested.
warnings.filterwarnings("ignore", category=dg.BetaWarning)


class DefinitionsError(RuntimeError):
    """A setting or a file of the merchant stands in the way; the message names it and the mend."""


def build_defs(deployment: Deployment | None = None) -> dg.Definitions:
    """All assets, checks and automation. Reads definitions, opens no database and no network.

    Raises :class:`DefinitionsError` with one message for whatever a user has to mend.
    """
    try:
        deployment = deployment or load_deployment()
        manifest = ensure_manifest(deployment.settings)
    except (
        SettingsError,
        ConfigurationError,
        RfmMapError,
        ContractError,
        TagError,
        AudienceError,
        DbtParseError,
    ) as error:
        raise DefinitionsError(str(error)) from error
    job = build_daily_job()
    return dg.Definitions(
        assets=[
            *build_landing_assets(deployment),
            *build_configuration_assets(deployment),
            *build_dbt_assets(deployment, manifest),
            *build_identity_assets(deployment),
            *build_layer_assets(deployment),
            *build_audience_assets(deployment),
            *build_community_assets(deployment),
            *build_published_assets(deployment),
        ],
        asset_checks=[*build_gate_checks(deployment), *build_identity_checks(deployment)],
        jobs=[job],
        schedules=[build_schedule(deployment.settings, job)],
        sensors=[build_new_files_sensor(deployment.settings, job)],
        resources={"dbt": dbt_resource()},
        executor=dg.in_process_executor,
    )
