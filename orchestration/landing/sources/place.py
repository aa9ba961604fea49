"""The address of a landing place: one setting, a folder or a URL, never with a secret in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote, unquote

from orchestration.landing.reasons import LandingError

SCHEMES = ("s3", "oss", "sftp")
SFTP_PORT = 22
_FORMS = (
    "a folder, s3://bucket/prefix, oss://bucket/prefix or sftp://user@host:port/path"  # one list
)
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/(/?)(.*)", re.DOTALL)
_SECRETS = "Credentials belong into the environment: AWS_* for s3, OSS_* for oss, SFTP_* for sftp."


class PlaceError(LandingError):
    """An address that cannot be one; the message never repeats what may hold a secret."""


@dataclass(frozen=True)
class RemotePlace:
    """A bucket with a prefix, or a folder of an SFTP server."""

    scheme: Literal["s3", "oss", "sftp"]
    host: str  # of a bucket: its name
    path: str  # of a bucket: the prefix, without slashes around it
    user: str = ""
    port: int = SFTP_PORT

    @property
    def address(self) -> str:
        """Host and port of a server, for messages."""
        return self.host if self.port == SFTP_PORT else f"{self.host}:{self.port}"

    def __str__(self) -> str:
        """The URL."""
        if self.scheme != "sftp":
            return f"{self.scheme}://{self.host}/{self.path}".rstrip("/")
        port = "" if self.port == SFTP_PORT else f":{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sftp://{quote(self.user, safe='')}@{host}{port}{quote(self.path, safe='/~')}"


def is_url(text: str) -> bool:
    """Whether a setting or an argument is meant as a URL."""
    return _URL.fullmatch(text) is not None


def parse_place(text: str) -> Path | RemotePlace:
    """A folder (made absolute) or a remote place. Raises :class:`PlaceError`, which says how to mend it."""
    found = _URL.fullmatch(text)
    if found is None:
        return Path(text).expanduser().resolve()
    scheme, rest = found[1].lower(), found[3]
    if scheme not in SCHEMES or not found[2]:
        raise PlaceError(f"{found[1]}: is no place that files can be landed in. Use {_FORMS}.")
    if scheme == "sftp":
        return _sftp(rest)
    bucket, _, prefix = rest.partition("/")
    if "@" in bucket or ":" in bucket:
        raise PlaceError(
            f"The {scheme} URL has something before or after the name of the bucket. {_SECRETS}"
        )
    if not bucket:
        raise PlaceError(f"The {scheme} URL names no bucket. Write {scheme}://bucket/prefix.")
    return RemotePlace("oss" if scheme == "oss" else "s3", bucket, prefix.strip("/"))


def _sftp(rest: str) -> RemotePlace:
    authority, _, path = rest.partition("/")
    user, at, address = authority.rpartition("@")
    if ":" in user:
        raise PlaceError(f"The sftp URL has a password in it; take it out. {_SECRETS}")
    if not at or not user or not address:
        raise PlaceError("The sftp URL needs a user and a host: sftp://user@host:port/path.")
    found = re.fullmatch(r"(?:\[([^\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?", address)
    if found is None or not 0 < int(found[3] or SFTP_PORT) < 65536:
        raise PlaceError(
            "The host of the sftp URL cannot be read. Write sftp://user@host:port/path."
        )
    return RemotePlace(
        "sftp",
        found[1] or found[2],
        "/" + unquote(path).strip("/"),
        unquote(user),
        int(found[3] or SFTP_PORT),
    )
