"""Real servers for the tests of remote places: S3 over HTTP, SFTP over SSH, and a line that is cut."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import asyncssh
import botocore.session
from moto import settings
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

ACCESS_KEY = "AKIAVISIBLENOWHERE00"
SECRET_KEY = "secret-key-visible-nowhere"
TOKEN = "session-token-visible-nowhere"
PASSWORD = "password-visible-nowhere"
USER = "merchant"


class _Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as real stores keep them

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        pass


class S3Server:
    """An S3-compatible store on this machine. ``requests`` has (method, path) of each."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        app = DomainDispatcherApplication(create_backend_app)

        def counted(environ: dict[str, Any], start_response: Any) -> Any:
            self.requests.append(
                (environ["REQUEST_METHOD"], environ["PATH_INFO"].encode("latin-1").decode())
            )
            return app(environ, start_response)

        self._server = make_server("127.0.0.1", 0, counted, threaded=True, request_handler=_Silent)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.client = self._owner("s3")

    def _owner(self, service: str) -> Any:
        return botocore.session.get_session().create_client(
            service,
            region_name="us-east-1",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id="owner",
            aws_secret_access_key="owner",
        )

    def user_without_rights(self) -> tuple[str, str]:
        """Access key id and secret of a user who may do nothing."""
        iam = self._owner("iam")
        iam.create_user(UserName="nobody")
        key = iam.create_access_key(UserName="nobody")["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    @contextlib.contextmanager
    def checking_logins(self) -> Iterator[None]:
        """The server believes everybody, but for the time of this."""
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
        try:
            yield
        finally:
            settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")

    def put(self, bucket: str, files: Mapping[str, bytes]) -> None:
        """Upload objects, making the bucket."""
        self.client.create_bucket(Bucket=bucket)
        for key, content in files.items():
            self.client.put_object(Bucket=bucket, Key=key, Body=content)

    def gets(self, bucket: str) -> list[str]:
        """Keys of the objects that were downloaded from (each time), sorted."""
        start = f"/{bucket}/"
        return sorted(
            path.removeprefix(start)
            for method, path in self.requests
            if method == "GET" and path.startswith(start) and path != start
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Guard(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


class SftpServer:
    """An SFTP server on this machine that shows one folder. ``opened`` has the paths read."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.opened: list[str] = []
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user_key = asyncssh.generate_private_key("ssh-ed25519", comment="merchant")
        self.key_file = folder / "id_merchant"
        self.key_file.write_bytes(self.user_key.export_private_key(passphrase=PASSWORD, rounds=1))
        self.key_file.chmod(0o600)
        authorized = folder / "authorized_keys"
        authorized.write_bytes(self.user_key.export_public_key())
        opened = self.opened

        class Counting(asyncssh.SFTPServer):
            def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
                super().__init__(channel, chroot=os.fsencode(root))

            def open(self, path: bytes, *rest: Any) -> object:
                opened.append(os.fsdecode(path).lstrip("/"))
                return super().open(path, *rest)

        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._acceptor = self._do(
            asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[self.host_key],
                server_factory=_Guard,
                authorized_client_keys=str(authorized),
                sftp_factory=Counting,
            )
        )
        self.port: int = self._acceptor.get_port()

    @property
    def fingerprint(self) -> str:
        return self.host_key.get_fingerprint("sha256")

    def known_hosts(self, port: int) -> str:
        """The line of known_hosts."""
        return f"[127.0.0.1]:{port} {self.host_key.export_public_key().decode()}"

    def put(self, name: str, content: bytes, mtime: float = 1_700_000_000) -> Path:
        """Drop a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (mtime, mtime))
        return path

    def close(self) -> None:
        self._do(_closed(self._acceptor))
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _do(self, coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(_awaited(coroutine), self._loop).result(20)


async def _awaited(it: Any) -> Any:
    return await it


async def _closed(acceptor: asyncssh.SSHAcceptor) -> None:
    acceptor.close()
    await acceptor.wait_closed()


class Line:
    """A TCP line to a server that breaks: after so many bytes of each connection, or altogether.

    ``cuts`` has one number for each of the next connections (None: whole); later ones get
    ``then``. ``is_dead`` refuses everybody and hangs up on those connected.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.cuts: list[int | None] = []
        self.then: int | None = None
        self.is_dead = False
        self.dies_after: int | None = None  # bytes of all connections together
        self.connections = 0
        self.passed = 0
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """Break all connections."""
        for one in list(self._open):
            _reset(one)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_dead:
                _reset(client)
                continue
            self.connections += 1
            limit = self.cuts.pop(0) if self.cuts else self.then
            server = socket.create_connection(("127.0.0.1", self._target))
            self._open |= {client, server}
            for source, sink, most in ((client, server, None), (server, client, limit)):
                threading.Thread(target=self._pass, args=(source, sink, most), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, most: int | None) -> None:
        left = most
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 14 if left is None else max(1, min(left, 1 << 14))):
                sink.sendall(data)
                if most is not None or self.dies_after is not None:
                    self.passed += len(data)
                if left is not None:
                    left -= len(data)
                    if left <= 0:
                        break
                if self.dies_after is not None and self.passed >= self.dies_after:
                    self.is_dead = True
                    self.hang_up()
        for one in (source, sink):
            _reset(one)
            self._open.discard(one)


def _reset(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        one.close()


@contextlib.contextmanager
def line_to(port: int) -> Iterator[Line]:
    """A line for one test."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()
