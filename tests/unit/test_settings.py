from pathlib import Path

import pytest

from orchestration.settings import KNOWN, SAMPLE_SALT, SettingsError, load_settings

SALT = "0123456789abcdef0123"


def test_nothing_set_means_the_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.is_sample
    assert settings.landing == tmp_path / "data" / "sample" / "landing"
    assert settings.published == tmp_path / "data" / "published"
    assert settings.timezone == "Asia/Shanghai"
    assert settings.id_salt == SAMPLE_SALT


def test_a_linked_sample_is_the_sample(tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "landing").mkdir(parents=True)
    (tmp_path / "sample").symlink_to(tmp_path / "elsewhere")
    assert load_settings({"DOUBLELOOP_HOME": str(tmp_path)}).is_sample


def test_own_landing_demands_a_salt_and_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"secrets\.token_hex"):
        load_settings({"DOUBLELOOP_LANDING": str(tmp_path)})
    with pytest.raises(SettingsError, match="at least 16"):
        load_settings({"DOUBLELOOP_LANDING": str(tmp_path), "DOUBLELOOP_ID_SALT": "short"})
    assert not load_settings(
        {"DOUBLELOOP_LANDING": str(tmp_path), "DOUBLELOOP_ID_SALT": SALT}
    ).is_sample


def test_unknown_key_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings({"DOUBLELOOP_LANDNIG": "/x"})
    assert "DOUBLELOOP_LANDNIG" in str(raised.value)
    for key in KNOWN:
        assert f"DOUBLELOOP_{key}" in str(raised.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("TIMEZONE", "Asia/Shangai", "IANA"),
        ("TIMEZONE", "../etc/passwd", "IANA"),
        ("MEMORY_LIMIT", "lots", "4GB"),
        ("MEMORY_LIMIT", "-1GB", "4GB"),
        ("THREADS", "0", "whole number"),
        ("THREADS", "two", "whole number"),
        ("CONFIG", "/does/not/exist", "not a folder"),
    ],
)
def test_impossible_values_say_what_to_write(key: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_settings({f"DOUBLELOOP_{key}": value})


def test_child_environment_gives_the_same_settings(tmp_path: Path) -> None:
    given = {
        "DOUBLELOOP_LANDING": str(tmp_path / "in"),
        "DOUBLELOOP_HOME": str(tmp_path / "home"),
        "DOUBLELOOP_ID_SALT": SALT,
        "DOUBLELOOP_CONFIG": str(tmp_path),
        "DOUBLELOOP_TIMEZONE": "Europe/Berlin",
    }
    settings = load_settings(given)
    assert load_settings(settings.environment()) == settings


def test_fingerprint_tells_salts_apart_and_hides_them() -> None:
    one = load_settings({"DOUBLELOOP_ID_SALT": SALT})
    other = load_settings({"DOUBLELOOP_ID_SALT": SALT + "x"})
    assert one.salt_fingerprint != other.salt_fingerprint
    assert SALT not in one.salt_fingerprint
