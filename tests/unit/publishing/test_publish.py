"""One publication: what is written, numbered, kept, and what happens when it cannot be written."""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing import publish as publish_module
from orchestration.publishing import swap
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.files import one_publisher
from orchestration.publishing.fingerprint import fingerprints_of
from orchestration.publishing.table import quoted
from orchestration.publishing.tables import CANDIDATE_TABLES, PUBLISHED_TABLES
from orchestration.publishing.versions import (
    clean_leftovers,
    current_rows,
    current_version,
    list_publications,
    newest_identity_state,
    next_version,
    served_file,
    versions_folder,
)
from orchestration.settings import Settings
from tests.gate.valid_candidate import AS_OF, STATE, change
from tests.unit.publishing.conftest import Publish


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def snapshot(settings: Settings) -> dict[str, object]:
    """What a reader can see: the served tables and every version's folder."""
    served = served_file(settings)
    return {
        "served": fingerprints_of(served) if served.exists() else None,
        "current": current_version(settings),
        "versions": [p.version for p in list_publications(settings)],
        "names": sorted(p.name for p in settings.published.iterdir() if p.name != ".lock"),
        "folders": sorted(p.name for p in versions_folder(settings).iterdir()),
    }


def test_the_served_file_holds_the_candidate_and_describes_itself(
    settings: Settings, publish_now: Publish
) -> None:
    assert newest_identity_state(settings) == ""
    publication = publish_now()
    assert newest_identity_state(settings) == publication.identity_state == STATE
    served = served_file(settings)
    judged = fingerprints_of(settings.candidate)
    published = fingerprints_of(served)
    assert {name: published[name] for name in CANDIDATE_TABLES} == judged
    assert set(published) == set(PUBLISHED_TABLES)
    assert read(served, "from publications") == [
        (
            "20260930-1",
            AS_OF,
            "run",
            dt.datetime(2026, 10, 1, 1, 0),
            len(PUBLISHED_TABLES),
            4,
            2,
            "passed with 1 warning",
            STATE,
        )
    ]
    assert read(
        served,
        "select count(*), count(*) filter (not passed), any_value(run_id) from quality_results",
    ) == [(2 * len(CANDIDATE_TABLES), 1, "run")]
    assert publication.version == "20260930-1"
    assert publication.is_current
    assert publication.tables == len(PUBLISHED_TABLES)
    assert list_publications(settings) == [publication]
    assert current_rows(settings) == {name: print_.rows for name, print_ in published.items()}


def test_parquet_holds_the_same_tables_and_the_same_bytes_each_time(
    settings: Settings, publish_now: Publish
) -> None:
    first = versions_folder(settings) / publish_now().version
    second = versions_folder(settings) / publish_now().version
    for name, table in PUBLISHED_TABLES.items():
        rows = read(served_file(settings), f"from {quoted(name)} order by {table.ordering}")
        assert read(served_file(settings), f"from '{second / name}.parquet'") == rows
        types = read(
            served_file(settings),
            f"select column_name, column_type from (describe from '{second / name}.parquet')",
        )
        assert types == [(c.name, c.type) for c in table.columns]
        if table.is_candidate:
            assert (first / f"{name}.parquet").read_bytes() == (
                second / f"{name}.parquet"
            ).read_bytes()


def test_the_manifest_tells_rows_and_fingerprints(settings: Settings, publish_now: Publish) -> None:
    publication = publish_now()
    folder = versions_folder(settings) / publication.version
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {k: v for k, v in manifest.items() if k != "tables"} == {
        "version": "20260930-1",
        "as_of": "2026-09-30",
        "run_id": "run",
        "published_at": "2026-10-01T01:00:00",
        "people": 4,
        "audiences": 2,
        "gate": "passed with 1 warning",
        "identity_state": STATE,
    }
    assert manifest["tables"]["user_profiles"]["rows"] == 4
    assert set(manifest["tables"]) == set(PUBLISHED_TABLES)
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["doubleloop.duckdb", "manifest.json", *(f"{name}.parquet" for name in PUBLISHED_TABLES)]
    )


def test_versions_are_numbered_by_day_and_only_the_last_stay(
    settings: Settings, publish_now: Publish
) -> None:
    versions = [publish_now(keep=3).version for _ in range(3)]
    earlier = publish_now(as_of=AS_OF - dt.timedelta(days=1), keep=3).version
    versions.append(publish_now(keep=3).version)
    assert versions == [f"20260930-{n}" for n in (1, 2, 3, 4)]
    assert earlier == "20260929-1"
    assert [p.version for p in list_publications(settings)] == [
        "20260930-3",
        "20260929-1",
        "20260930-4",
    ]
    assert current_version(settings) == "20260930-4"
    assert sorted(p.name for p in versions_folder(settings).iterdir()) == [
        "20260929-1",
        "20260930-3",
        "20260930-4",
    ]


def test_numbers_of_unfinished_work_are_not_used_again(settings: Settings) -> None:
    for name in (
        "20260930-9",
        ".tmp-20260930-11",
        ".old-20260930-10",
        "20260929-50",
        "notes",
        "20260930-x",
    ):
        (versions_folder(settings) / name).mkdir(parents=True)
    assert next_version(settings, AS_OF) == "20260930-12"


def test_without_hard_links_files_are_copied(
    settings: Settings, publish_now: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    for expected in ("20260930-1", "20260930-2"):
        publish_now()
        assert current_version(settings) == expected
        version_file = versions_folder(settings) / expected / "doubleloop.duckdb"
        assert not served_file(settings).samefile(version_file)
        assert fingerprints_of(served_file(settings)) == fingerprints_of(version_file)


def test_a_log_that_a_writing_reader_left_is_not_replayed(
    settings: Settings, publish_now: Publish
) -> None:
    publish_now()
    log = served_file(settings).with_name("doubleloop.duckdb.wal")
    log.write_bytes(b"what BI wrote")
    publish_now()
    assert not log.exists()
    assert read(served_file(settings), "select version from publications") == [("20260930-2",)]


def test_what_is_served_is_told_when_its_folder_is_gone(
    settings: Settings, publish_now: Publish
) -> None:
    publish_now()
    shutil.rmtree(versions_folder(settings))
    assert current_version(settings) == "20260930-1"
    assert current_rows(settings)["user_profiles"] == 4
    assert list_publications(settings) == []


def test_a_folder_without_a_manifest_is_no_version(
    settings: Settings, publish_now: Publish
) -> None:
    publish_now()
    (versions_folder(settings) / "20260930-1" / "manifest.json").write_text("{", encoding="utf-8")
    publish_now()
    assert [p.version for p in list_publications(settings)] == ["20260930-2"]


def test_two_publishers_do_not_meet(settings: Settings, publish_now: Publish) -> None:
    with (
        one_publisher(settings.published),
        pytest.raises(PublishingError, match="Another process is publishing"),
    ):
        publish_now()
    publish_now()


# ---- what cannot be written


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def denied(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def duckdb_full(*_: object, **__: object) -> None:
    raise duckdb.IOException("Could not write all bytes to file: No space left on device")


@pytest.mark.parametrize(
    ("module", "name", "failure", "words"),
    [
        (publish_module.shutil, "copyfile", no_space, "is full"),
        (publish_module, "_write_parquet", duckdb_full, "is full"),
        (publish_module, "write_manifest", no_space, "is full"),
        (publish_module, "sync", no_space, "is full"),
        (publish_module, "make_current", denied, "write permission"),
        (swap, "link_or_copy", no_space, "is full"),
        (publish_module, "fingerprints_of", lambda _file: {}, "not what the gate judged"),
    ],
    ids=["copy", "parquet", "manifest", "sync", "swap", "link", "damaged copy"],
)
def test_a_failure_leaves_the_old_version_and_nothing_else(
    settings: Settings,
    publish_now: Publish,
    monkeypatch: pytest.MonkeyPatch,
    module,
    name,
    failure,
    words,
) -> None:
    publish_now()
    before = snapshot(settings)
    change(settings.candidate, "update tags set owner = 'other'")
    with monkeypatch.context() as patched:
        patched.setattr(module, name, failure)
        with pytest.raises(PublishingError, match=words):
            publish_now()
    assert snapshot(settings) == before
    assert publish_now().version == "20260930-2"


def test_old_versions_that_cannot_be_removed_do_not_undo_a_publication(
    settings: Settings,
    publish_now: Publish,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    publish_now()
    monkeypatch.setattr(publish_module, "keep_last", denied)
    assert publish_now().version == "20260930-2"
    assert current_version(settings) == "20260930-2"
    assert "20260930-2 is published; older versions could not be removed" in caplog.text


def test_a_folder_that_is_a_file_is_named(settings: Settings, publish_now: Publish) -> None:
    settings.published.write_text("a file", encoding="utf-8")
    with pytest.raises(PublishingError, match=r"is not a folder.*DOUBLELOOP_PUBLISHED"):
        publish_now()
    assert settings.published.read_text(encoding="utf-8") == "a file"


FULL_DISK = """
import datetime as dt, resource, signal, sys
from pathlib import Path
from orchestration.configuration import load_configuration
from orchestration.publishing.errors import PublishingError
from orchestration.publishing.publish import publish
from tests.gate.valid_candidate import AS_OF, PUBLISHED_AT, green_verdicts, settings_in
settings = settings_in(Path(sys.argv[1]))
verdicts = green_verdicts(settings.candidate)
# No file may grow beyond this: for the program the same as a full disk.
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    publish(settings, load_configuration(), AS_OF, "run", PUBLISHED_AT, verdicts)
except PublishingError as error:
    print(error)
    sys.exit(7)
"""


def test_a_disk_that_really_fills_up(
    settings: Settings, publish_now: Publish, tmp_path: Path
) -> None:
    publish_now()
    before = snapshot(settings)
    size = settings.candidate.stat().st_size
    for limit in (1024, size // 2, size + 1024):
        done = subprocess.run(
            [sys.executable, "-c", FULL_DISK, str(tmp_path), str(limit)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 7, done.stderr
        assert "is full" in done.stdout
        assert "unchanged" in done.stdout
        assert snapshot(settings) == before


def test_cleaning_removes_unfinished_work_only(settings: Settings, publish_now: Publish) -> None:
    publish_now()
    before = snapshot(settings)
    folder = versions_folder(settings)
    for name in (".tmp-20260930-2", ".old-20260930-0", "20260930-3"):
        shutil.copytree(folder / "20260930-1", folder / name)
    (folder / "20260930-3" / "PENDING").touch()
    (settings.published / ".doubleloop.duckdb.tmp").write_bytes(b"half")
    (folder / "20260930-1" / "PENDING").touch()  # died between serving it and saying so
    assert [p.version for p in list_publications(settings)] == ["20260930-1"]
    clean_leftovers(settings)
    assert snapshot(settings) == before
    assert not (folder / "20260930-1" / "PENDING").exists()
