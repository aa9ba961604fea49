"""A folder of an SFTP server. The host must be a known one; the login comes from the environment."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import stat
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
from asyncssh.constants import FILEXFER_TYPE_DIRECTORY, FILEXFER_TYPE_REGULAR

from orchestration.landing.reasons import LandingError
from orchestration.landing.sources.place import RemotePlace
from orchestration.landing.sources.remote import LostError, Patience, RemoteSource
from orchestration.landing.sources.sftp_login import HOW_TO_LOG_IN, KnownHost, login
from orchestration.landing.sources.source import (
    Entry,
    Listing,
    NoFilesError,
    PostponedError,
    is_hidden,
    is_wanted,
    printable,
)

_READ = 64 << 10
_READS_AHEAD = 32
# A file that changed so shortly ago may still grow, even if it rests at the moment.
SETTLED_SECONDS = 30.0
_GONE = (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath)
_BROKEN = (
    asyncssh.SFTPConnectionLost,
    asyncssh.SFTPNoConnection,
    asyncssh.DisconnectError,
    asyncssh.ChannelOpenError,
    OSError,
    TimeoutError,
    CancelledError,
)

_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class _Session:
    connection: asyncssh.SSHClientConnection
    client: asyncssh.SFTPClient


class SftpSource(RemoteSource):
    """The plain files below a folder; links to files are followed, links to folders are not.

    The protocol shows change times in whole seconds and half-written files like whole ones. So a
    file that changed a moment ago, or changes between listing and the end of its download, waits.
    """

    def __init__(
        self, place: RemotePlace, patience: Patience, settled: float = SETTLED_SECONDS
    ) -> None:
        super().__init__(patience)
        self.place = place
        self._settled = settled
        self._where = place.address
        self._root = _remote_path(place.path)
        logging.getLogger("asyncssh").setLevel(logging.WARNING)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp", daemon=True)
        self._thread.start()
        self._lock = threading.Lock()
        self._open: _Session | None = None

    def close(self) -> None:
        """Close the connection and the thread that serves it."""
        self._drop(self._open)
        asyncio.run_coroutine_threadsafe(_end_tasks(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def check(self) -> None:
        """Log in and look at the folder."""
        self.insist(self._look, self._where)

    def list(self) -> Listing:
        """All plain files below the folder; or the one file that the path is."""
        found = self.insist(self._list, self._where)
        if not found.entries and not found.unlisted:
            raise NoFilesError(
                f"{self.place} holds no files. Put export files there, in any sub-folder and under any name."
            )
        found.entries = dict(sorted(found.entries.items()))
        return found

    def _list(self) -> Listing:
        listing = Listing()
        root = self._look()
        if not stat.S_ISDIR(root.permissions or 0):
            self._add(listing, self._root.rpartition(b"/")[2], self._root, root)
            return listing
        folders = [b""]
        while folders:
            folder = folders.pop()
            try:
                path = _join(self._root, folder)
                names = self._ask(lambda client, path=path: client.readdir(path))
            except asyncssh.SFTPPermissionDenied:
                if not folder:
                    raise self._denied() from None
                listing.unlisted[printable(folder)] = "this user may not look into the folder"
                continue
            except _GONE:
                continue
            for name in names:
                self._take(listing, folders, folder, _bytes(name.filename), name.attrs)
        return listing

    def _take(
        self,
        listing: Listing,
        folders: list[bytes],
        folder: bytes,
        name: bytes,
        attributes: asyncssh.SFTPAttrs,
    ) -> None:
        if name in (b".", b"..") or b"/" in name:
            return
        inner = _join(folder, name)
        mode = attributes.permissions or 0
        if stat.S_ISDIR(mode) or attributes.type == FILEXFER_TYPE_DIRECTORY:
            if not is_hidden(printable(name)):
                folders.append(inner)
            return
        if not is_wanted([printable(name)]):
            return
        path = _join(self._root, inner)
        if stat.S_ISLNK(mode):
            try:
                attributes = self._stat(path)
            except asyncssh.SFTPError:
                return  # leads nowhere
            mode = attributes.permissions or 0
        if stat.S_ISREG(mode) or attributes.type == FILEXFER_TYPE_REGULAR:
            self._add(listing, inner, path, attributes)

    @staticmethod
    def _add(listing: Listing, label: bytes, path: bytes, attributes: asyncssh.SFTPAttrs) -> None:
        listing.add(printable(label), attributes.size or 0, _mtime_ns(attributes), "", path)

    def read(self, entry: Entry, offset: int) -> Iterator[bytes]:
        """The file from a byte on, if it is still as it was listed."""
        age = time.time() - entry.mtime_ns / 1e9
        if abs(age) < self._settled:
            raise PostponedError("it was changed a moment ago and may still be written")
        try:
            session = self._session()
            file: Any = self._answer(session, session.client.open(entry.key, "rb"))
            try:
                self._unchanged(entry, self._answer(session, file.stat()))
                yield from self._chunks(session, file, offset, entry.size)
            finally:
                self._quietly(file.close())
        except asyncssh.SFTPError as error:
            raise _about_the_file(error) from None

    def _chunks(self, session: _Session, file: Any, offset: int, size: int) -> Iterator[bytes]:
        """Many small requests under way: quick over a long line, and a cut costs little."""
        ahead: deque[tuple[int, Future[bytes]]] = deque()
        try:
            while True:
                while len(ahead) < _READS_AHEAD and offset < size:
                    length = min(_READ, size - offset)
                    ahead.append((length, self._start(file.read(length, offset))))
                    offset += length
                if not ahead:
                    return
                length, future = ahead.popleft()
                chunk = self._awaited(session, future)
                yield chunk
                if len(chunk) < length:
                    return  # what follows is not what comes next; the caller asks from here on
        finally:
            for _, future in ahead:
                future.cancel()

    def verify(self, entry: Entry, target: Path) -> None:  # noqa: ARG002
        """Look at the file once more: nobody wrote to it, or put another in its place, meanwhile."""
        try:
            self._unchanged(entry, self._stat(entry.key))
        except asyncssh.SFTPError as error:
            raise _about_the_file(error) from None

    @staticmethod
    def _unchanged(entry: Entry, now: asyncssh.SFTPAttrs) -> None:
        if (now.size, _mtime_ns(now)) != (entry.size, entry.mtime_ns):
            raise PostponedError("it changed after it was listed; it is still being written")

    def _stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        return self._ask(lambda client: client.stat(path))

    def _look(self) -> asyncssh.SFTPAttrs:
        """The landing folder itself."""
        try:
            return self._stat(self._root)
        except _GONE:
            raise NoFilesError(
                f"{self.place} does not exist. Make the folder, or set DOUBLELOOP_LANDING to the one that "
                "has the export files (a path from the login folder on starts with /~/)."
            ) from None
        except asyncssh.SFTPPermissionDenied:
            raise self._denied() from None
        except asyncssh.SFTPError as error:
            raise LandingError(
                f"{self.place} cannot be looked at ({type(error).__name__})."
            ) from None

    def _denied(self) -> LandingError:
        return LandingError(
            f"{self.place}: access is denied. Let user {self.place.user} read and list the folder."
        )

    def _session(self) -> _Session:
        with self._lock:
            if self._open is None:
                self._open = self._connect()
            return self._open

    def _connect(self) -> _Session:
        host = KnownHost(self.place)
        try:
            connection = self._wait(
                asyncssh.connect(
                    self.place.host,
                    self.place.port,
                    # Nothing but the setting and the variables decides where and as whom.
                    config=None,
                    username=self.place.user,
                    known_hosts=host.known_hosts,
                    client_factory=lambda: host,
                    connect_timeout=self.patience.connect,
                    login_timeout=self.patience.silence,
                    keepalive_interval=15,
                    **login(),
                )
            )
            client_of_files = self._wait(connection.start_sftp_client(path_encoding=None))
            return _Session(connection, client_of_files)
        except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as error:
            raise host.refusal(error) from None
        except asyncssh.PermissionDenied:
            raise LandingError(
                f"{self._where} refused the login of {self.place.user}. {HOW_TO_LOG_IN}, and check them."
            ) from None
        except asyncssh.ChannelOpenError:
            raise LandingError(f"{self._where} offers no SFTP to {self.place.user}.") from None
        except _BROKEN as error:
            raise LostError(_in_words(error)) from None
        except ValueError as error:
            raise LandingError(
                f"{self._where} cannot be asked with these settings ({type(error).__name__}). "
                "Check the URL, SFTP_KNOWN_HOSTS and the SFTP_* variables of the login."
            ) from None

    def cancel(self) -> None:
        """Let running fetches end early."""
        super().cancel()
        self._drop(self._open)

    def _drop(self, session: _Session | None) -> None:
        """Give up a connection; one that another thread has made meanwhile stays."""
        if session is None:
            return
        with self._lock:
            if self._open is session:
                self._open = None
        self._loop.call_soon_threadsafe(session.connection.abort)

    def _ask(self, question: Callable[[asyncssh.SFTPClient], Awaitable[_T]]) -> _T:
        session = self._session()
        return self._answer(session, question(session.client))

    def _answer(self, session: _Session, question: Awaitable[_T]) -> _T:
        return self._awaited(session, self._start(question))

    def _awaited(self, session: _Session, future: Future[_T]) -> _T:
        """Wait for an answer; a connection that failed is dropped, the next question makes another."""
        try:
            return future.result()
        except _BROKEN as error:
            self._drop(session)
            raise LostError(_in_words(error)) from None

    def _start(self, question: Awaitable[_T]) -> Future[_T]:
        timed = asyncio.wait_for(question, self.patience.silence)
        return asyncio.run_coroutine_threadsafe(timed, self._loop)

    def _wait(self, question: Awaitable[_T]) -> _T:
        return self._start(question).result()

    def _quietly(self, question: Awaitable[object]) -> None:
        with contextlib.suppress(asyncssh.Error, OSError, TimeoutError, ValueError):
            self._wait(question)


async def _end_tasks() -> None:
    """End what the client still does on this loop."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _remote_path(path: str) -> bytes:
    """The folder as the server knows it: from its root, or from the login folder on."""
    if path == "/~" or path.startswith("/~/"):
        return path[3:].encode() or b"."
    return path.encode()


def _join(folder: bytes, name: bytes) -> bytes:
    if not name:
        return folder
    return name if not folder else folder.rstrip(b"/") + b"/" + name


def _bytes(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode()


def _mtime_ns(attributes: asyncssh.SFTPAttrs) -> int:
    return (attributes.mtime or 0) * 1_000_000_000 + (attributes.mtime_ns or 0)


def _about_the_file(error: asyncssh.SFTPError) -> PostponedError:
    if isinstance(error, _GONE):
        return PostponedError("it was removed after it was listed")
    if isinstance(error, asyncssh.SFTPPermissionDenied):
        return PostponedError("access to it is denied; let the user read it")
    return PostponedError(f"the server could not give it ({type(error).__name__})")


def _in_words(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, socket.gaierror):
        return "the name of the host is unknown"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the connection was closed"
