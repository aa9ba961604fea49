from __future__ import annotations

import duckdb
import pytest

from orchestration.publishing.errors import PublishingError
from orchestration.publishing.files import one_publisher
from orchestration.publishing.rollback import rollback
from orchestration.publishing.versions import (
    current_version,
    list_publications,
    served_file,
    versions_folder,
)
from orchestration.settings import Settings
from tests.gate.valid_candidate import change
from tests.unit.publishing.conftest import Publish


def served_version(settings: Settings) -> tuple[object, ...]:
    with duckdb.connect(str(served_file(settings)), read_only=True) as connection:
        return connection.execute(
            "select version, (select min(owner) from tags) from publications"
        ).fetchall()[0]


@pytest.fixture
def three(settings: Settings, publish_now: Publish) -> Settings:
    for owner in ("one", "two", "three"):
        change(settings.candidate, f"update tags set owner = '{owner}'")
        publish_now()
    return settings


def test_back_and_forth(three: Settings, publish_now: Publish) -> None:
    for version, owner in (("20260930-1", "one"), ("20260930-3", "three"), ("20260930-2", "two")):
        publication = rollback(three, version)
        assert (publication.version, publication.is_current) == (version, True)
        assert served_version(three) == (version, owner)
        assert [p.version for p in list_publications(three) if p.is_current] == [version]
    assert len(list_publications(three)) == 3
    assert publish_now().version == "20260930-4"
    assert served_version(three) == ("20260930-4", "three")


def test_rolling_back_to_the_current_version_changes_nothing(three: Settings) -> None:
    names = sorted(p.name for p in three.published.iterdir())
    rollback(three, "20260930-3")
    assert served_version(three) == ("20260930-3", "three")
    assert sorted(p.name for p in three.published.iterdir()) == names


def test_the_served_version_is_kept_however_old(three: Settings, publish_now: Publish) -> None:
    rollback(three, "20260930-1")
    publish_now(keep=2)
    assert [p.version for p in list_publications(three)] == ["20260930-3", "20260930-4"]
    rollback(three, "20260930-3")
    assert current_version(three) == "20260930-3"


def test_an_unknown_version_lists_the_known(three: Settings) -> None:
    with pytest.raises(PublishingError, match=r"(?s)no version '2026'.*20260930-1.*20260930-3"):
        rollback(three, "2026")
    assert served_version(three) == ("20260930-3", "three")


@pytest.mark.parametrize("version", ["..", ".", "", "../versions/20260930-1"])
def test_a_version_is_a_name_not_a_path(three: Settings, version: str) -> None:
    with pytest.raises(PublishingError, match="no version"):
        rollback(three, version)


def test_nothing_published_yet(settings: Settings) -> None:
    assert list_publications(settings) == []
    with pytest.raises(PublishingError, match="Nothing has been published"):
        rollback(settings, "20260930-1")


def test_a_version_somebody_wrote_to_is_not_served(three: Settings) -> None:
    change(
        versions_folder(three) / "20260930-1" / "doubleloop.duckdb",
        "update tags set owner = 'evil'",
    )
    with pytest.raises(PublishingError, match="somebody wrote to it"):
        rollback(three, "20260930-1")
    assert served_version(three) == ("20260930-3", "three")


def test_a_damaged_version_is_not_served(three: Settings) -> None:
    (versions_folder(three) / "20260930-1" / "doubleloop.duckdb").write_bytes(b"damaged" * 1000)
    with pytest.raises(PublishingError, match="cannot be read whole"):
        rollback(three, "20260930-1")
    assert served_version(three) == ("20260930-3", "three")


def test_not_while_somebody_publishes(three: Settings) -> None:
    with one_publisher(three.published), pytest.raises(PublishingError, match="Another process"):
        rollback(three, "20260930-1")
