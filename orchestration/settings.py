"""Settings: one typed object, read from the environment (prefix ``DOUBLELOOP_``).

Belongs here: what a deployment decides (folders, time zone, salt, memory). What a merchant
decides (weights, limits, windows) is in :mod:`orchestration.configuration`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from orchestration.landing.sources.place import PlaceError, RemotePlace, parse_place

PREFIX = "DOUBLELOOP_"
SAMPLE_SALT = "the-sample-merchant-has-no-secrets"
MINIMUM_SALT_LENGTH = 16

KNOWN: Mapping[str, str] = {
    "LANDING": "folder or URL (s3, oss, sftp) with the platform exports; without it the sample merchant is used",
    "HOME": "folder for warehouse, raw files and state (default: data)",
    "PUBLISHED": "folder that BI reads (default: HOME/published)",
    "TIMEZONE": "the merchant's time zone (default: Asia/Shanghai)",
    "ID_SALT": f"secret of at least {MINIMUM_SALT_LENGTH} characters that keys every identifier hash",
    "CONFIG": "folder with the merchant's own contracts, audiences, tags.yaml, rfm_maps.yaml and configuration.yaml",
    "MEMORY_LIMIT": "memory DuckDB may use, e.g. 4GB (default: 4GB)",
    "THREADS": "threads DuckDB may use (default: number of cores)",
}


class SettingsError(ValueError):
    """A setting is unknown, missing or has a value that cannot work; the message says how to mend it."""


@dataclass(frozen=True)
class Settings:
    """Where everything is and what the run may use. Paths are absolute.

    Credentials of a remote landing place are not among them: its source reads them from the
    environment when it connects.
    """

    landing: Path | RemotePlace
    home: Path
    published: Path
    timezone: str
    id_salt: str
    config: Path | None
    memory_limit: str
    threads: int
    is_sample: bool

    @property
    def sample(self) -> Path:
        """Folder of the generated sample merchant."""
        return self.home / "sample"

    @property
    def raw(self) -> Path:
        """Raw Parquet, one folder per export."""
        return self.home / "raw"

    @property
    def state(self) -> Path:
        """What cannot be rebuilt from raw: the file ledger, the identity ledger, the models."""
        return self.home / "state"

    @property
    def ledger(self) -> Path:
        """SQLite ledger of landing files."""
        return self.state / "ledger.sqlite"

    @property
    def models(self) -> Path:
        """Fitted models, one folder per model and version."""
        return self.state / "models"

    @property
    def groups(self) -> Path:
        """Community groups, one file per date: each date continues the one before."""
        return self.state / "groups"

    @property
    def warehouse(self) -> Path:
        """The working DuckDB file; one writer, never read by BI."""
        return self.home / "warehouse.duckdb"

    @property
    def vault(self) -> Path:
        """The one DuckDB file with readable identifiers."""
        return self.home / "vault.duckdb"

    @property
    def candidate(self) -> Path:
        """The DuckDB file the gate judges before it is published."""
        return self.home / "candidate" / "doubleloop.duckdb"

    @property
    def temporary(self) -> Path:
        """Spill space of DuckDB and half-written files."""
        return self.home / "tmp"

    @property
    def salt_fingerprint(self) -> str:
        """A digest by which a changed salt is noticed; the salt cannot be read from it."""
        return hashlib.sha256(b"doubleloop-salt-fingerprint" + self.id_salt.encode()).hexdigest()[
            :16
        ]

    def environment(self) -> dict[str, str]:
        """The environment a child process (dbt) needs to see the same settings."""
        values = {
            "LANDING": str(self.landing),
            "HOME": str(self.home),
            "PUBLISHED": str(self.published),
            "TIMEZONE": self.timezone,
            "ID_SALT": self.id_salt,
            "MEMORY_LIMIT": self.memory_limit,
            "THREADS": str(self.threads),
        }
        if self.config is not None:
            values["CONFIG"] = str(self.config)
        return {PREFIX + key: value for key, value in values.items()}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environ`` (default: the process environment).

    Raises :class:`SettingsError` for an unknown key, a missing salt or an impossible value.
    """
    environ = os.environ if environ is None else environ
    given = {key[len(PREFIX) :]: value for key, value in environ.items() if key.startswith(PREFIX)}
    unknown = sorted(set(given) - set(KNOWN))
    if unknown:
        known = "\n".join(f"  {PREFIX}{key}: {text}" for key, text in KNOWN.items())
        names = ", ".join(PREFIX + key for key in unknown)
        raise SettingsError(f"Unknown setting {names}. Known settings are:\n{known}")
    given = {key: value.strip() for key, value in given.items() if value.strip()}

    home = Path(given.get("HOME", "data")).expanduser().resolve()
    try:
        landing = parse_place(given.get("LANDING", str(home / "sample" / "landing")))
    except PlaceError as error:
        raise SettingsError(f"{PREFIX}LANDING: {error}") from None
    is_sample = landing == (home / "sample" / "landing").resolve()
    config = Path(given["CONFIG"]).expanduser().resolve() if "CONFIG" in given else None
    if config is not None and not config.is_dir():
        raise SettingsError(
            f"{PREFIX}CONFIG={config} is not a folder. Make it, or unset the setting."
        )

    timezone = given.get("TIMEZONE", "Asia/Shanghai")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f"{PREFIX}TIMEZONE={timezone!r} is not a time zone. Use an IANA name such as Asia/Shanghai."
        ) from error

    salt = given.get("ID_SALT", SAMPLE_SALT if is_sample else "")
    if len(salt) < MINIMUM_SALT_LENGTH:
        raise SettingsError(
            f"{PREFIX}ID_SALT must be set to a secret of at least {MINIMUM_SALT_LENGTH} characters "
            "when the landing folder is yours. Make one with: "
            'python -c "import secrets; print(secrets.token_hex(32))" and keep it: '
            "another salt gives everyone another id."
        )

    return Settings(
        landing=landing,
        home=home,
        published=Path(given.get("PUBLISHED", home / "published")).expanduser().resolve(),
        timezone=timezone,
        id_salt=salt,
        config=config,
        memory_limit=_memory(given.get("MEMORY_LIMIT", "4GB")),
        threads=_threads(given.get("THREADS", str(os.cpu_count() or 2))),
        is_sample=is_sample,
    )


def _memory(value: str) -> str:
    number = value.upper().removesuffix("GB").removesuffix("MB").strip()
    if (
        not value.upper().endswith(("GB", "MB"))
        or not number.replace(".", "", 1).isdigit()
        or float(number) <= 0
    ):
        raise SettingsError(
            f"{PREFIX}MEMORY_LIMIT={value!r} is not an amount of memory. Write for example 4GB or 800MB."
        )
    return value.upper()


def _threads(value: str) -> int:
    if not value.isdigit() or int(value) < 1:
        raise SettingsError(
            f"{PREFIX}THREADS={value!r} is not a number of threads. Write a whole number from 1."
        )
    return int(value)
