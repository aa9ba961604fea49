"""What lies in the landing place: paths, content hashes and export times; archives opened."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Collection, Generator, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestration.landing.archives import ARCHIVES, MEMBER, expand
from orchestration.landing.container import (
    Digest,
    RejectedFileError,
    container_of,
    digest,
)
from orchestration.landing.reasons import Reason
from orchestration.landing.records import Seen
from orchestration.landing.sources.source import Entry, Listing, PostponedError, Source

STILL_WRITTEN = "it changed while it was read; it is still being written"
# Remote files: how many are fetched at once, and how much lies in scratch at a time (twice this).
_FETCHED_AT_ONCE = 4
_GROUP_FILES = 32
_GROUP_BYTES = 256 << 20
_EPOCH = re.compile(r"(?<![0-9])(1[0-9]{9})([0-9]{3})?(?![0-9])")
_STAMP = re.compile(
    r"(?<![0-9])(20[0-9]{2})(0[1-9]|1[0-2])([0-2][0-9]|3[01])[-_ ]?([01][0-9]|2[0-3])([0-5][0-9])([0-5][0-9])?(?![0-9])"
)
# A stamp in a name is the merchant's clock; the platforms that write one are Chinese.
_STAMP_ZONE = dt.timezone(dt.timedelta(hours=8))


@dataclass(frozen=True)
class Content:
    """One content that lies in the landing place now, ready to be read."""

    seen: Seen
    checked: Digest
    path: Path | None  # None: it could not be unpacked
    error: RejectedFileError | None
    stamp: tuple[int, int] | None = (
        None  # size and mtime_ns on this disk, of a file that is no member
    )


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
    source: Source, known: Mapping[str, Seen], scratch: Path
) -> tuple[list[Seen], list[str], list[str], Walker]:
    """Compare what lies in a landing place with what the ledger knows of it.

    Returns what is unchanged (archives as their members), the paths to look at, the paths that
    are gone, and a walker that reads the changed ones. Raises :class:`LandingError` when the
    place cannot be looked at or holds no file.
    """
    listing = source.list()
    by_archive: dict[str, list[Seen]] = {}
    for seen in known.values():
        if seen.archive is not None:
            by_archive.setdefault(seen.archive, []).append(seen)
    unchanged: list[Seen] = []
    changed: list[str] = []
    for label, entry in listing.entries.items():
        old = known.get(label)
        if old is not None and (old.size, old.mtime_ns, old.version) == entry.stamp:
            unchanged += by_archive.get(label, [old])
        else:
            changed.append(label)
    replaced = set(changed)
    gone = [
        label
        for label, seen in known.items()
        if not listing.hides(label)
        and ((seen.archive or label) not in listing.entries or seen.archive in replaced)
    ]
    return unchanged, changed, gone, Walker(source, listing, scratch)


class Walker:
    """Opens the files of one listing. Remote ones are fetched a few at a time, and deleted again."""

    def __init__(self, source: Source, listing: Listing, scratch: Path) -> None:
        self.listing = listing
        self.postponed: dict[str, str] = {}  # path: why it could not be had
        self._source = source
        self._scratch = scratch
        self._at_hand: dict[str, Path] = {}

    def is_at_hand(self, label: str) -> bool:
        """Whether a file can be opened without fetching it."""
        return self._source.is_local or label in self._at_hand

    def groups(self, labels: Collection[str]) -> Iterator[list[str]]:
        """Paths to look at, in groups whose files are at hand until the next group is asked for.

        The newest exports come first: a content that comes under several paths is then read with
        the newest of their times, and need not be fetched again. A local folder is one group. Of
        a remote place one group is read while the next is fetched, so scratch holds two.
        """
        if not labels:
            return
        order = sorted(labels, key=self._newness, reverse=True)
        if self._source.is_local:
            yield order
            return
        groups = list(self._packed(order))
        numbers = itertools.count()
        pool = ThreadPoolExecutor(_FETCHED_AT_ONCE, "fetch")
        try:
            ahead: list[tuple[str, Future[Path]]] = []
            for group in [*groups, []]:
                now, ahead = (
                    ahead,
                    [(label, pool.submit(self._fetch, label, next(numbers))) for label in group],
                )
                for label, future in now:
                    try:
                        self._at_hand[label] = future.result()
                    except PostponedError as error:
                        self.postponed[label] = str(error)
                if now:
                    yield [label for label, _ in now]
                for path in self._at_hand.values():
                    path.unlink(missing_ok=True)
                self._at_hand.clear()
        except BaseException:
            self._source.cancel()
            raise
        finally:
            pool.shutdown(cancel_futures=True)

    def _newness(self, label: str) -> tuple[bool, dt.datetime]:
        exported_at, is_named = export_time(label, self.listing.entries[label].mtime_ns)
        return is_named, exported_at

    def _packed(self, order: Collection[str]) -> Iterator[list[str]]:
        entries = self.listing.entries
        group: list[str] = []
        size = 0
        for label in order:
            if group and (len(group) >= _GROUP_FILES or size + entries[label].size > _GROUP_BYTES):
                yield group
                group, size = [], 0
            group.append(label)
            size += entries[label].size
        yield group

    def _fetch(self, label: str, number: int | str) -> Path:
        # A name of our own: what the place calls a file never says where it is written.
        target = self._scratch / f"fetched-{number}"
        try:
            return self._source.fetch(self.listing.entries[label], target)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    @contextmanager
    def _opened(self, label: str) -> Generator[Path]:
        if label in self._at_hand:
            yield self._at_hand[label]
        else:
            target = self._scratch / "fetched-alone"
            with self._source.opened(self.listing.entries[label], target) as path:
                yield path

    def contents(self, label: str) -> Iterator[Content]:
        """The contents under a path: itself, or each member of an archive. May be none (see below).

        A file that cannot be had complete, or changes while it is read (it is still being
        written), gives nothing and is in ``postponed``; the next run takes it. An unpacked
        member exists until the next one is asked for.
        """
        if label in self.postponed:
            return
        entry = self.listing.entries[label]
        try:
            with self._opened(label) as path:
                yield from self._contents(entry, path)
        except PostponedError as error:
            self.postponed[label] = str(error)

    def _contents(self, entry: Entry, path: Path) -> Iterator[Content]:
        before = _stamp(path)
        if self._source.is_local and before != (entry.size, entry.mtime_ns):
            raise PostponedError(STILL_WRITTEN)
        checked = digest(path)
        if before != _stamp(path):
            raise PostponedError(STILL_WRITTEN)
        exported_at, is_named = export_time(entry.path, entry.mtime_ns)
        seen = Seen(
            entry.path,
            entry.size,
            entry.mtime_ns,
            checked.sha256,
            None,
            exported_at,
            is_named,
            entry.version,
        )
        try:
            kind = container_of(path)
        except RejectedFileError as error:
            yield Content(seen, checked, None, error)
            return
        if kind not in ARCHIVES:
            yield Content(seen, checked, path, None, before)
            return
        # The archive itself is listed, so that it is not opened again; its members are the files.
        yield Content(seen, checked, None, None)
        is_empty = True
        own_name = entry.path.rsplit("/", 1)[-1]
        for member in expand(path, kind, self._scratch, own_name):
            is_empty = False
            name = f"{entry.path}{MEMBER}{member.name}"
            # The nearest name that tells a time counts: the file's, else that of an archive it lies in.
            names = (*reversed(member.name.split(MEMBER)), entry.path)
            times = [export_time(part, entry.mtime_ns) for part in names]
            when, named = next((one for one in times if one[1]), times[-1])
            if not named and member.written_at is not None:
                when = min(when, member.written_at)  # none is newer than its archive
            inner = (
                digest(member.path)
                if member.path
                else Digest(f"{checked.sha256}{MEMBER}{member.name}", 0, True, 0)
            )
            yield Content(
                Seen(name, inner.size, entry.mtime_ns, inner.sha256, entry.path, when, named),
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


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
