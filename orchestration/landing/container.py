"""What a file is, by its bytes: container, content hash, encoding; and opening archives safely.

Belongs here: everything decided before anyone looks for a header. Nothing is decided by name.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import gzip
import hashlib
import lzma
import os
import stat
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from orchestration.landing.reasons import Reason

Container = Literal[
    "text", "xlsx", "xls", "markup", "json", "parquet", "zip", "gz", "binary", "empty"
]

CHUNK = 1 << 20
# A member may not expand beyond this, nor beyond the ratio once it is larger than the floor.
MAXIMUM_EXPANDED_BYTES = 16 << 30
MAXIMUM_RATIO = 400
RATIO_FLOOR = 256 << 20
MAXIMUM_MEMBERS = 20_000
_MARKUP = (
    b"<html",
    b"<table",
    b"<!doctype",
    b"<?xml",
    b"<meta",
    b"<style",
    b"<head",
    b"<body",
    b"<div",
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class RejectedFileError(Exception):
    """A whole file cannot be loaded, for a documented reason."""

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        mend: str | None = None,
        column: str | None = None,
        export: str | None = None,
    ):
        """``detail`` says what was seen; ``mend`` replaces the usual mend of the reason."""
        super().__init__(f"{reason.text}{': ' + detail if detail else ''}")
        self.reason = reason
        self.detail = detail
        self.mend = mend or reason.mend
        self.column = column
        self.export = export


@dataclass(frozen=True)
class Digest:
    """One pass over a file: its sha256 and whether it is UTF-8 from end to end."""

    sha256: str
    size: int
    is_utf8: bool
    invalid_at: int  # first byte that is not UTF-8; size when there is none
    longest_line: int = 0  # bytes; lines within a megabyte are not measured


def digest(path: Path) -> Digest:
    """Hash a file and check it for UTF-8 in one pass, with constant memory."""
    total = hashlib.sha256()
    line = longest = 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, invalid_at, size = True, -1, 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            total.update(chunk)
            if valid:
                held = len(decoder.getstate()[0])
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    valid, invalid_at = False, size - held + error.start
            size += len(chunk)
            end = b"\n" if b"\n" in chunk else b"\r"
            first = chunk.find(end)
            longest = max(longest, line + (len(chunk) if first < 0 else first))
            line = line + len(chunk) if first < 0 else len(chunk) - 1 - chunk.rfind(end)
    if valid:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            valid, invalid_at = False, size - 1
    where = size if valid else max(invalid_at, 0)
    return Digest(total.hexdigest(), size, valid, where, longest)


def container_of(path: Path) -> Container:
    """The container by magic bytes. Raises :class:`RejectedFileError` for a broken zip."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return "empty"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return _zip_kind(path)
    if head[:2] == b"\x1f\x8b":
        return "gz"
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        return "xls"
    if head[:4] == b"PAR1":
        return "parquet"
    if bom_of(head) in ("utf-16-le", "utf-16-be"):
        return "text"
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if start[:16].lower().startswith(_MARKUP):
        return "markup"
    if (
        start[:1] == b"{"
        or start[:2] == b"[{"
        or (start[:1] == b"[" and start[1:].lstrip()[:1] == b"{")
    ):
        return "json"
    # A stray NUL is damage; many are another kind of file.
    if head.count(0) * 50 > len(head) or (not start and len(head) == 4096):
        return "binary"
    return "text" if start else "empty"


def bom_of(head: bytes) -> str | None:
    """The codec that a byte order mark names."""
    return next((codec for mark, codec in _BOMS if head.startswith(mark)), None)


def bom_length(head: bytes) -> int:
    """How many bytes the byte order mark takes."""
    return next((len(mark) for mark, _ in _BOMS if head.startswith(mark)), 0)


def choose_encoding(path: Path, checked: Digest, allowed: list[str]) -> tuple[str, float]:
    """The codec of a text file, and the share of sampled lines it cannot decode.

    A byte order mark decides; then UTF-8 if the whole file is; else, on the text around the
    first byte that is not UTF-8, the codec of ``allowed`` that fails on the fewest lines
    (UTF-8 stays in the race: a few damaged bytes do not make a file GB18030).
    """
    with path.open("rb") as file:
        mark = bom_of(file.read(4))
        if mark in ("utf-16-le", "utf-16-be"):
            return mark, 0.0
        if checked.is_utf8:
            return "utf-8", 0.0
        file.seek(max(0, checked.invalid_at - (1 << 15)))
        sample = file.read(1 << 18)
    lines = [line for line in sample.split(b"\n")[1:-1] or [sample] if not line.isascii()]
    if not lines:
        lines = [sample]
    candidates = ["utf-8"] if mark else list(dict.fromkeys([*allowed, "utf-8"]))
    scored = [
        (sum(not _decodes(line, codec) for line in lines) / len(lines), codec)
        for codec in candidates
    ]
    share, codec = min(scored, key=lambda pair: pair[0])
    return codec, share


def _decodes(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def scratch_file(scratch: Path) -> Path:
    """An empty file under a name that no other reader uses; the caller deletes it."""
    scratch.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=scratch)
    os.close(handle)
    return Path(name)


def is_regular(path: Path) -> bool:
    """Whether it is a plain file (a pipe or a socket would block a reader for ever)."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


@contextlib.contextmanager
def archive_errors() -> Generator[None]:
    """Whatever a damaged archive makes the standard library raise, as :class:`RejectedFileError`."""
    try:
        yield
    except (
        zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError,
        ValueError, struct.error, LookupError, OverflowError,
    ) as error:  # fmt: skip
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error
    except OSError as error:
        # A full disk or a lost network folder has a number of its own and is not the file's fault.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error


class Allowance:
    """How much may be unpacked from so many packed bytes."""

    def __init__(self, packed: int) -> None:
        """``packed`` is the size of the archive, or of one member in it."""
        self._packed, self._used = packed, 0

    def use(self, size: int) -> None:
        """Take some of it. Raises :class:`RejectedFileError` when it is used up."""
        self._used += size
        if self._used > MAXIMUM_EXPANDED_BYTES or (
            self._used > RATIO_FLOOR and self._used > MAXIMUM_RATIO * max(self._packed, 1)
        ):
            raise RejectedFileError(
                Reason.ARCHIVE_TOO_LARGE,
                f"more than {self._used >> 20} MB from {self._packed >> 10} KB packed",
            )


class Bounded:
    """An unpacked stream that ends in :class:`RejectedFileError` when it swells beyond reason."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile, *allowances: Allowance) -> None:
        """All of the allowances hold."""
        self._source, self._allowances = source, allowances

    def read(self, size: int) -> bytes:
        """The next bytes."""
        chunk = self._source.read(size)
        for allowance in self._allowances:
            allowance.use(len(chunk))
        return chunk


def _zip_kind(path: Path) -> Container:
    with archive_errors(), zipfile.ZipFile(path) as archive:
        names = {name.replace("\\", "/").lower().lstrip("/") for name in archive.namelist()}
    is_workbook = names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}
    return "xlsx" if is_workbook else "zip"


@dataclass(frozen=True)
class Member:
    """One file inside an archive, unpacked to ``path`` (or why it could not be)."""

    name: str
    path: Path | None
    error: RejectedFileError | None


def expand(
    path: Path, kind: Literal["zip", "gz"], scratch: Path, name: str | None = None
) -> Iterator[Member]:
    """Unpack an archive into ``scratch``, one member at a time, under names of our own.

    Names inside the archive are labels only (``..`` cannot lead anywhere). A member that is
    encrypted, broken or too large is yielded with its error. The unpacked file is deleted
    when the next member is asked for. ``name`` is what the archive is called where it came from.
    """
    if kind == "gz":
        yield from _unpacked(
            (name or path.name).removesuffix(".gz"),
            lambda: gzip.GzipFile(path, "rb"),
            scratch,
            Allowance(path.stat().st_size),
        )
        return
    with archive_errors():
        archive = zipfile.ZipFile(path)
    # Members may share their packed bytes, so all of them together are bounded too.
    whole = Allowance(path.stat().st_size)
    with archive:
        if len(archive.infolist()) > MAXIMUM_MEMBERS:
            detail = f"{len(archive.infolist()):,} files, the limit is {MAXIMUM_MEMBERS:,}"
            yield Member("", None, RejectedFileError(Reason.ARCHIVE_TOO_LARGE, detail))
            return
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            label = _label(entry)
            if _is_noise(label) or entry.filename.endswith("/"):
                continue
            if entry.flag_bits & 0x1:
                yield Member(label, None, RejectedFileError(Reason.ENCRYPTED))
                continue
            # Bound now: the generator below runs after the loop has moved on otherwise.
            yield from _unpacked(
                label,
                lambda entry=entry: archive.open(entry),
                scratch,
                whole,
                Allowance(entry.compress_size),
            )


def _label(entry: zipfile.ZipInfo) -> str:
    name = entry.filename
    if not entry.flag_bits & 0x800:
        # Chinese Windows writes GBK names without saying so; zipfile reads them as cp437.
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    return "/".join(
        part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")
    )


def _is_noise(label: str) -> bool:
    last = label.rsplit("/", 1)[-1]
    return last.startswith(".") or label.startswith("__MACOSX/") or last == ""


def _unpacked(
    name: str,
    opener: Callable[[], IO[bytes] | gzip.GzipFile],
    scratch: Path,
    *allowances: Allowance,
) -> Iterator[Member]:
    target = scratch_file(scratch)
    try:
        error = None
        try:
            with archive_errors(), opener() as source, target.open("wb") as out:
                unpacked = Bounded(source, *allowances)
                while chunk := unpacked.read(CHUNK):
                    out.write(chunk)
        except RejectedFileError as problem:
            error = problem
        yield Member(name, None if error else target, error)
    finally:
        target.unlink(missing_ok=True)
