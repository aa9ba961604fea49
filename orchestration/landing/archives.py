"""Archives opened safely: their members one at a time, within limits, under names of our own.

Belongs here: zip, tar and single compressed files. What is an archive is decided in
:mod:`.container`, by magic bytes.
"""

# pyarrow has no type stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from orchestration.landing.allowance import MAXIMUM_MEMBERS, Allowance, Bounded, too_many
from orchestration.landing.container import (
    CHUNK,
    Container,
    RejectedFileError,
    archive_errors,
    container_of,
    scratch_file,
)
from orchestration.landing.reasons import Reason

MEMBER = "!/"  # between the name of an archive and that of a file in it
ARCHIVES: tuple[Container, ...] = ("zip", "tar", "gz", "bz2", "zst")
MAXIMUM_DEPTH = 3  # archives in archives in an archive
_LONGEST_HEADER = 16 << 20
_TAR_BLOCK = 512


def _open_zst(path: Path) -> Any:
    return pa.input_stream(str(path), compression="zstd")


# What opens a file that is one compressed stream, and how its name usually ends.
_STREAMS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "gz": (".gz", lambda path: gzip.GzipFile(path, "rb")),
    "bz2": (".bz2", lambda path: bz2.BZ2File(path, "rb")),
    "zst": (".zst", _open_zst),
}
# A zip keeps times without a zone; the platforms that pack one are Chinese.
_ZIP_ZONE = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True)
class Member:
    """One file inside an archive, unpacked to ``path`` (or why it could not be).

    ``written_at`` is the time (UTC, no zone) that the archive keeps for it, if it keeps one.
    """

    name: str
    path: Path | None
    error: RejectedFileError | None
    written_at: dt.datetime | None = None


def expand(path: Path, kind: Container, scratch: Path, name: str | None = None) -> Iterator[Member]:
    """Unpack an archive of one of the :data:`ARCHIVES` into ``scratch``, one member at a time.

    Names inside the archive are labels only (``..`` cannot lead anywhere); archives in it are opened
    too, ``b.zip!/c.csv``, all of them within the limits of the outermost. A member that is
    encrypted, broken or too large is yielded with its error. The unpacked file is deleted
    when the next member is asked for. ``name`` is what the archive is called where it came from.
    """
    whole = Allowance(path.stat().st_size)
    yield from _nested(path, kind, scratch, name or path.name, whole, 1)


def _nested(
    path: Path, kind: Container, scratch: Path, name: str, whole: Allowance, depth: int
) -> Iterator[Member]:
    """The members of an archive, and in place of archives among them theirs."""
    for member in _members(path, kind, scratch, name, whole):
        inside = None if member.path is None else _archive_kind(member.path)
        if member.path is None or inside is None or depth == MAXIMUM_DEPTH:
            yield member
            continue
        if whole.is_full:
            yield replace(member, path=None, error=too_many())
            continue
        own_name = member.name.rsplit("/", 1)[-1]
        is_empty = True
        for inner in _nested(member.path, inside, scratch, own_name, whole, depth + 1):
            is_empty = False
            label = f"{member.name}{MEMBER}{inner.name}"
            ending = _STREAMS[inside][0] if inside in _STREAMS else ""
            if ending and inner.name == own_name.removesuffix(ending):
                label = member.name.removesuffix(ending)  # one packed file is no folder
            yield replace(inner, name=label, written_at=inner.written_at or member.written_at)
        if is_empty:
            error = RejectedFileError(Reason.EMPTY_FILE, "the archive holds no file")
            yield Member(member.name, None, error)


def _members(
    path: Path, kind: Container, scratch: Path, name: str, whole: Allowance
) -> Iterator[Member]:
    if kind == "zip":
        yield from _zip_members(path, scratch, whole)
    elif kind == "tar":
        yield from _tar_members(path, scratch, whole)
    else:
        ending, opener = _STREAMS[kind]
        label = name.removesuffix(ending)
        packed = Allowance(path.stat().st_size)
        for member in _unpacked(label, lambda: opener(path), scratch, None, whole, packed):
            if member.path is not None and _archive_kind(member.path) == "tar":
                yield from _tar_members(member.path, scratch, whole)
            else:
                yield member


def _zip_members(path: Path, scratch: Path, whole: Allowance) -> Iterator[Member]:
    with archive_errors():
        archive = zipfile.ZipFile(path)
    # Members may share their packed bytes, so all of them together are bounded too.
    together = Allowance(path.stat().st_size)
    with archive:
        try:
            whole.hold(len(archive.infolist()))
        except RejectedFileError as error:
            yield Member("", None, error)
            return
        for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
            label = _zip_label(entry)
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
                _zip_time(entry),
                whole,
                together,
                Allowance(entry.compress_size),
            )


def _tar_members(path: Path, scratch: Path, whole: Allowance) -> Iterator[Member]:
    size = path.stat().st_size
    problem: RejectedFileError | None = None
    entries: list[tarfile.TarInfo] = []
    with _ShortReads(path) as file:
        # A cut in front of a header looks like the end.
        file.seek(max(0, size - _TAR_BLOCK))
        if any(file.read(_TAR_BLOCK)):
            problem = RejectedFileError(Reason.BROKEN_CONTAINER, "its end is missing")
        file.seek(0)
        try:
            with archive_errors():
                tar = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115 - its file is closed
        except RejectedFileError as error:
            yield Member("", None, error)
            return
        try:
            with archive_errors():
                entries.extend(islice(tar, MAXIMUM_MEMBERS + 1))
        except RejectedFileError as error:
            problem = error  # what came before it is whole
        try:
            whole.hold(len(entries))
        except RejectedFileError as error:
            yield Member("", None, error)
            return
        together = Allowance(size)  # a file with holes is much from little
        for entry in sorted(entries, key=lambda entry: (entry.name, entry.offset)):
            label = _tar_label(entry)
            if not entry.isreg() or _is_noise(label):
                continue
            yield from _unpacked(
                label,
                lambda entry=entry: tar.extractfile(entry) or io.BytesIO(),
                scratch,
                _time(lambda entry=entry: dt.datetime.fromtimestamp(entry.mtime, dt.UTC)),
                whole,
                together,
            )
        if problem is not None:
            yield Member("", None, problem)


class _ShortReads(io.FileIO):
    """A file that refuses to give very much at once: what an archive says of its headers is not believed."""

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes."""
        if size is None or not 0 <= size <= _LONGEST_HEADER:
            raise ValueError("a header is too long")
        return super().read(size) or b""


def _archive_kind(path: Path) -> Container | None:
    try:
        kind = container_of(path)
    except RejectedFileError:
        return None  # said where the member is read
    return kind if kind in ARCHIVES else None


def _zip_label(entry: zipfile.ZipInfo) -> str:
    name = entry.filename
    if not entry.flag_bits & 0x800:
        # Chinese Windows writes GBK names without saying so; zipfile reads them as cp437.
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = entry.filename
    return _plain(name)


def _tar_label(entry: tarfile.TarInfo) -> str:
    try:
        return _plain(entry.name.encode("utf-8", "surrogateescape").decode("utf-8"))
    except UnicodeError:
        name = entry.name.encode("utf-8", "surrogateescape")
        return _plain(name.decode("gb18030", "backslashreplace"))


def _plain(name: str) -> str:
    parts = name.replace("\\", "/").split("/")
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _zip_time(entry: zipfile.ZipInfo) -> dt.datetime | None:
    if entry.date_time[0] <= 1980:
        return None  # where the calendar of zip begins: nobody set it
    return _time(lambda: dt.datetime(*entry.date_time, tzinfo=_ZIP_ZONE))


def _time(told: Callable[[], dt.datetime]) -> dt.datetime | None:
    """A time as UTC without zone and fractions; None where an archive tells nonsense."""
    try:
        return told().astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None


def _is_noise(label: str) -> bool:
    last = label.rsplit("/", 1)[-1]
    return last.startswith(".") or label.startswith("__MACOSX/") or last == ""


def _unpacked(
    name: str,
    opener: Callable[[], Any],
    scratch: Path,
    written_at: dt.datetime | None,
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
        yield Member(name, None if error else target, error, written_at)
    finally:
        target.unlink(missing_ok=True)
