"""Who an SFTP server is, and who we are: host keys that must be known, logins from the environment.

=====================  ====================================================================
SFTP_KEY_FILE          private key; SFTP_KEY_PASSPHRASE opens it
SFTP_PASSWORD          password, alone or after the key
(neither)              the agent of SSH_AUTH_SOCK and the usual keys of this user
SFTP_HOST_FINGERPRINT  the host key, as ``SHA256:...``; takes the place of known_hosts
SFTP_KNOWN_HOSTS       another file than ``~/.ssh/known_hosts``
=====================  ====================================================================
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import asyncssh

from orchestration.landing.reasons import LandingError
from orchestration.landing.sources.place import RemotePlace

HOW_TO_LOG_IN = "Set SFTP_KEY_FILE (and SFTP_KEY_PASSPHRASE) or SFTP_PASSWORD, or start an agent that has the key"


class KnownHost(asyncssh.SSHClient):
    """Decides whether a host is the one that is meant, and says why not. One per connection."""

    def __init__(self, place: RemotePlace) -> None:
        self._place = place
        wanted = os.environ.get("SFTP_HOST_FINGERPRINT", "").strip().rstrip("=")
        self._wanted = f"SHA256:{wanted.removeprefix('SHA256:')}" if wanted else ""
        self._file = Path(os.environ.get("SFTP_KNOWN_HOSTS") or "~/.ssh/known_hosts").expanduser()
        self._offered: str | None = None

    @property
    def known_hosts(self) -> Any:
        """Where the client looks first; nowhere, when a fingerprint is declared."""
        return ([], [], []) if self._wanted or not self._file.is_file() else str(self._file)

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        """Whether a key that known_hosts does not have is the declared one."""
        self._offered = key.get_fingerprint("sha256")
        return self._offered == self._wanted

    def refusal(self, error: Exception) -> LandingError:
        """Why there is no connection to this host, and what to do."""
        where, offered = self._place.address, self._offered or "of another kind"
        if self._wanted:
            return LandingError(
                f"The host key of {where} is {offered}, not {self._wanted}. Somebody may stand between. "
                "If the server really has a new key, set SFTP_HOST_FINGERPRINT to it."
            )
        if self._is_listed():
            return LandingError(
                f"The host key of {where} is {offered}, another one than {self._file} has. Somebody may "
                "stand between. If the server really has a new key, replace the line there."
            )
        if self._offered is None and isinstance(error, asyncssh.KeyExchangeFailed):
            return LandingError(f"{where} and this machine have no cipher in common.")
        return LandingError(
            f"The host key of {where} is unknown; it is {offered}. Ask who runs the server whether it is "
            f"theirs, then set SFTP_HOST_FINGERPRINT to it or add the host to {self._file} (ssh-keyscan)."
        )

    def _is_listed(self) -> bool:
        try:
            found = asyncssh.read_known_hosts(str(self._file)).match(
                self._place.host, "", self._place.port
            )
        except (OSError, ValueError):
            return False
        return any(found)


def login() -> dict[str, Any]:
    """How to log in, as the variables say; without any, an agent and the keys of this user."""
    password = os.environ.get("SFTP_PASSWORD") or None
    file = os.environ.get("SFTP_KEY_FILE", "").strip()
    if not file:
        return {"password": password, "client_keys": None, "agent_path": None} if password else {}
    path = Path(file).expanduser()
    try:
        key = asyncssh.read_private_key(path, os.environ.get("SFTP_KEY_PASSPHRASE") or None)
    except OSError as error:
        raise LandingError(
            f"SFTP_KEY_FILE={path} cannot be read ({error.strerror}). Name a private key that this user may read."
        ) from None
    except ValueError:  # not a key, or its passphrase is missing or wrong
        raise LandingError(
            f"SFTP_KEY_FILE={path} cannot be used. It must be a private key; if it has a passphrase, set "
            "SFTP_KEY_PASSPHRASE."
        ) from None
    return {"password": password, "client_keys": [key], "agent_path": None}
