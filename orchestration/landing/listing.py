"""What lies in the landing folder: paths, content hashes and export times; archives opened."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestration.landing.container import (
    Digest,
    RejectedFileError,
    container_of,
    digest,
    expand,
    is_regular,
)
from orchestration.landing.ledger import Seen
from orchestration.landing.reasons import LandingError, Reason

MEMBER = "!/"
_UNFINISHED = (
    ".part",
    ".partial",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".filepart",
    ".swp",
)
_EPOCH = re.compile(r"(?<![0-9])(1[0-9]{9})([0-9]{3})?(?![0-9])")
_STAMP = re.compile(
    r"(?<![0-9])(20[0-9]{2})(0[1-9]|1[0-2])([0-2][0-9]|3[01])[-_ ]?([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])?(?![0-9])"
)
# A stamp in a name is the merchant's clock; the platforms that write one are Chinese.
_STAMP_ZONE = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True)
class Content:
    """One content that lies in the landing folder now, ready to be read."""

    seen: Seen
    checked: Digest
    path: Path | None  # None: it could not be unpacked
    error: RejectedFileError | None


def list_landing(landing: Path) -> dict[str, tuple[Path, os.stat_result]]:
    """Plain files below ``landing`` by relative path, sorted; hidden and unfinished ones left out.

    Raises :class:`LandingError` when the folder is missing or holds no file.
    """
    if not landing.is_dir():
        raise LandingError(
            f"The landing folder {landing} does not exist. Make it and put export files there, "
            "or set DOUBLELOOP_LANDING to the folder that has them."
        )
    found: dict[str, tuple[Path, os.stat_result]] = {}
    for folder, folders, names in os.walk(landing):
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and name != "__MACOSX"
        )
        for name in sorted(names):
            path = Path(folder, name)
            if (
                name.startswith((".", "~$"))
                or name.lower().endswith(_UNFINISHED)
                or not is_regular(path)
            ):
                continue
            label = os.fsencode(path.relative_to(landing).as_posix()).decode(
                "utf-8", "backslashreplace"
            )
            found[label] = (path, path.stat())
    if not found:
        raise LandingError(
            f"The landing folder {landing} holds no files. Put export files there, in any sub-folder and under any name."
        )
    return dict(sorted(found.items()))


def export_time(name: str, mtime_ns: int) -> tuple[dt.datetime, bool]:
    """When a file was exported (UTC, no zone), and whether its name says so.

    An epoch of 10 or 13 digits or a yyyymmddhhmm[ss] stamp in the name counts, the last one
    if there are several; else the file's time. A bare date does not: several exports share it.
    """
    last = name.rsplit("/", 1)[-1]
    times: list[tuple[int, dt.datetime]] = [
        (found.start(), dt.datetime.fromtimestamp(int(found[1]), dt.UTC))
        for found in _EPOCH.finditer(last)
    ]
    for found in _STAMP.finditer(last):
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        try:
            stamp = dt.datetime(year, month, day, hour, minute, second, tzinfo=_STAMP_ZONE)
        except ValueError:
            continue  # 20260231...: digits, not a date
        times.append((found.start(), stamp))
    if times:
        return max(times)[1].astimezone(dt.UTC).replace(tzinfo=None), True
    return dt.datetime.fromtimestamp(mtime_ns / 1e9, dt.UTC).replace(
        tzinfo=None, microsecond=0
    ), False


def newest_export_time(paths: Collection[Seen]) -> tuple[bool, dt.datetime]:
    """The export time of one content under several paths, as (from a name, time): the largest.

    The newest, because the same bytes exported again say that nothing had changed by then: they
    must win over another export made in between. Times in names come first, because copying a
    file gives it a new time stamp but not a new name.
    """
    return max((seen.is_named, seen.exported_at) for seen in paths)


def walk(
    landing: Path, known: Mapping[str, Seen], scratch: Path
) -> tuple[list[Seen], list[str], list[str], Walker]:
    """Compare the folder with the listing.

    Returns what is unchanged (archives as their members), the paths to look at, the paths that
    are gone, and a walker that reads the changed ones.
    """
    present = list_landing(landing)
    by_archive: dict[str, list[Seen]] = {}
    for seen in known.values():
        if seen.archive is not None:
            by_archive.setdefault(seen.archive, []).append(seen)
    unchanged: list[Seen] = []
    changed: list[str] = []
    for label, (_, stat) in present.items():
        old = known.get(label)
        if old is not None and (old.size, old.mtime_ns) == (stat.st_size, stat.st_mtime_ns):
            unchanged += by_archive.get(label, [old])
        else:
            changed.append(label)
    gone = [
        label
        for label, seen in known.items()
        if (seen.archive or label) not in present
        or (seen.archive in changed if seen.archive else False)
    ]
    return unchanged, changed, gone, Walker(present, scratch)


@dataclass(frozen=True)
class Walker:
    """Opens paths of one listing."""

    present: Mapping[str, tuple[Path, os.stat_result]]
    scratch: Path

    def contents(self, label: str) -> Iterator[Content]:
        """The contents under a path: itself, or each member of an archive. May be none (see below).

        A file that changes while it is read is still being written and gives nothing; the next
        run takes it. An unpacked member exists until the next one is asked for.
        """
        path, before = self.present[label]
        checked = digest(path)
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            return
        exported_at, is_named = export_time(label, before.st_mtime_ns)
        seen = Seen(
            label, before.st_size, before.st_mtime_ns, checked.sha256, None, exported_at, is_named
        )
        try:
            kind = container_of(path)
        except RejectedFileError as error:
            yield Content(seen, checked, None, error)
            return
        if kind not in ("zip", "gz"):
            yield Content(seen, checked, path, None)
            return
        # The archive itself is listed, so that it is not opened again; its members are the files.
        yield Content(seen, checked, None, None)
        is_empty = True
        for member in expand(path, kind, self.scratch):
            is_empty = False
            name = f"{label}{MEMBER}{member.name}"
            when, named = export_time(member.name, before.st_mtime_ns)
            if not named:
                when, named = exported_at, is_named
            inner = (
                digest(member.path)
                if member.path
                else Digest(f"{checked.sha256}{MEMBER}{member.name}", 0, True, 0)
            )
            yield Content(
                Seen(name, inner.size, before.st_mtime_ns, inner.sha256, label, when, named),
                inner,
                member.path,
                member.error,
            )
        if is_empty:
            yield Content(
                seen,
                checked,
                None,
                RejectedFileError(Reason.EMPTY_FILE, "the archive holds no file"),
            )
