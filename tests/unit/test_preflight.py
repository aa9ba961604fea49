import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from orchestration import preflight
from orchestration.preflight import PreflightError
from orchestration.settings import Settings, load_settings


def settings_in(home: Path, **more: str) -> Settings:
    return load_settings(
        {"DOUBLELOOP_HOME": str(home), **{f"DOUBLELOOP_{k}": v for k, v in more.items()}}
    )


def test_a_folder_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PreflightError, match="DOUBLELOOP_HOME"):
        preflight.check(settings_in(tmp_path / "file" / "home"))


def test_published_without_permission_names_its_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = tmp_path / "published"
    write_bytes = Path.write_bytes

    def deny(path: Path, data: bytes) -> int:
        if path.parent == refused:
            raise PermissionError(13, os.strerror(13))
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", deny)
    with pytest.raises(PreflightError, match=r"Permission denied.*DOUBLELOOP_PUBLISHED"):
        preflight.check(settings_in(tmp_path / "home", PUBLISHED=str(refused)))


def test_a_full_disk_is_said_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: SimpleNamespace(free=1024))
    with pytest.raises(PreflightError, match="MB are free"):
        preflight.check(settings_in(tmp_path))


def test_another_salt_is_refused_and_the_first_still_works(tmp_path: Path) -> None:
    first = settings_in(tmp_path, ID_SALT="the first secret salt")
    preflight.check(first)
    with pytest.raises(PreflightError, match="DOUBLELOOP_ID_SALT"):
        preflight.check(settings_in(tmp_path, ID_SALT="the second secret salt"))
    preflight.check(first)
