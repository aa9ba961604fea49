"""One sample merchant and one published run, shared by the pipeline tests of a worker."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.sample import write_sample
from tests.pipeline.merchant import END, Merchant

PEOPLE, DAYS, SEED = 1500, 120, 11
# Named, the column of the sample's members becomes an attribute.
ATTRIBUTES = "prediction:\n  attributes: [gender, age_band, skin_type]\n"


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample's folder: landing and truth. Tests copy the landing folder, never change it."""
    out = tmp_path_factory.mktemp("sample")
    write_sample(out, PEOPLE, DAYS, END, SEED)
    return out


@pytest.fixture(scope="session")
def published(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Merchant:
    """A merchant whose first run has published."""
    merchant = Merchant(tmp_path_factory.mktemp("merchant"))
    shutil.copytree(sample / "landing", merchant.landing)
    (merchant.config / "configuration.yaml").write_text(ATTRIBUTES, encoding="utf-8")
    outcome = merchant.run()
    assert outcome.state == "published", outcome.summary
    return merchant


@pytest.fixture
def copied(published: Merchant, tmp_path: Path) -> Merchant:
    """A copy of the published merchant that a test may change."""
    shutil.copytree(published.root, tmp_path / "merchant")
    return Merchant(tmp_path / "merchant")
