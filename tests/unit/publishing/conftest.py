"""A deployment with a small valid candidate, and green verdicts for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.configuration import load_configuration
from orchestration.publishing.publish import publish
from orchestration.publishing.versions import Publication
from orchestration.settings import Settings
from tests.gate.valid_candidate import (
    AS_OF,
    PUBLISHED_AT,
    green_verdicts,
    settings_in,
    write_valid_candidate,
)

Publish = Callable[..., Publication]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_in(tmp_path)
    write_valid_candidate(made.candidate)
    return made


@pytest.fixture
def publish_now(settings: Settings) -> Publish:
    """Publish the candidate as it is; each call is a minute later."""
    minutes = iter(range(10_000))
    configuration = load_configuration()

    def run(as_of: dt.date = AS_OF, keep: int = 14) -> Publication:
        publishing = configuration.publishing.model_copy(update={"keep_versions": keep})
        return publish(
            settings,
            configuration.model_copy(update={"publishing": publishing}),
            as_of,
            "run",
            PUBLISHED_AT + dt.timedelta(minutes=next(minutes)),
            green_verdicts(settings.candidate, as_of),
        )

    return run
