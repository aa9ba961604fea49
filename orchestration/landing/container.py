"""What a file is, by its bytes: container, content hash, encoding.

Belongs here: everything decided before anyone looks for a header. Nothing is decided by name.
Opening archives is in :mod:`.archives`.
"""

from __future__ import annotations

import codecs
import contextlib
import errno
import hashlib
import lzma
import os
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orchestration.landing.reasons import Reason

Container = Literal[
    "text", "xlsx", "xls", "markup", "json", "parquet",
    "zip", "tar", "gz", "bz2", "zst", "binary", "empty",
]  # fmt: skip

CHUNK = 1 << 20
_OURS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE)
# Archives that are opened, and those that are only known: no library of ours reads them.
_ARCHIVES: dict[bytes, Container] = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\x28\xb5\x2f\xfd": "zst"}
_UNSUPPORTED = {
    b"Rar!\x1a\x07": "RAR",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\xfd7zXZ\x00": "xz",
    b"\x1f\x9d": "compress (.Z)",
    b"\x04\x22\x4d\x18": "lz4",
    b"MSCF\x00\x00\x00\x00": "cabinet",
}
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
    """The container by magic bytes.

    Raises :class:`RejectedFileError` for a broken zip, and for an archive that nobody here can open.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    if not head:
        return "empty"
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"):
        return _zip_kind(path)
    for magic, kind in _ARCHIVES.items():
        if head.startswith(magic):
            return kind
    for magic, name in _UNSUPPORTED.items():
        if head.startswith(magic):
            raise RejectedFileError(Reason.UNSUPPORTED_ARCHIVE, name)
    if head[257:262] == b"ustar":
        return "tar"
    if head[:5] == b"%PDF-":
        return "binary"
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
    except NotImplementedError as error:  # such as the deflate64 of Windows
        raise RejectedFileError(Reason.UNSUPPORTED_ARCHIVE, str(error)) from error
    except (
        zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, RuntimeError,
        ValueError, struct.error, LookupError, OverflowError,
    ) as error:  # fmt: skip
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error
    except OSError as error:
        # A full disk or a lost network folder has a number of its own and is not the file's fault.
        if error.errno not in (None, errno.EINVAL):
            raise
        raise RejectedFileError(Reason.BROKEN_CONTAINER, str(error)) from error


@contextlib.contextmanager
def file_errors() -> Generator[None]:
    """Whatever a damaged file does to a parser, as :class:`RejectedFileError`.

    What is not the file's fault (a full disk, an interrupt) goes through.
    """
    try:
        yield
    except RejectedFileError:
        raise
    except BaseException as error:
        if isinstance(error, OSError):
            theirs = error.errno not in _OURS
        else:  # a Rust panic is not even an Exception
            theirs = isinstance(error, Exception) or type(error).__name__ == "PanicException"
        if not theirs:
            raise
        what = f"{type(error).__name__}: {error}"
        raise RejectedFileError(Reason.UNREADABLE_FILE, what) from error


def _zip_kind(path: Path) -> Container:
    with archive_errors(), zipfile.ZipFile(path) as archive:
        names = {name.replace("\\", "/").lower().lstrip("/") for name in archive.namelist()}
    is_workbook = names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}
    return "xlsx" if is_workbook else "zip"
