"""Which files were delivered together: the parts of one export in one archive.

A report restates whole days: of the newest delivery of a day all rows count, of older ones none.
Where a platform splits one report into several files of an archive, all of them are that delivery;
taken one by one, all but one would be lost.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.landing.archives import MEMBER
from orchestration.landing.records import FileRecord

# A number at the end of a name: orders_1.csv, orders-part2.csv, 报表_第3部分.csv. Not "orders (1).csv":
# that is what a browser calls the second download of one name.
_PART = re.compile(
    r"^(?P<stem>.*?[^0-9])(?P<number>[0-9]{1,3})(?P<rest>部分|页|份|卷)?(?P<end>\.[^./]*)?$"
)
_COPY = re.compile(r"[(（]\s*$")


@dataclass(frozen=True)
class Delivery:
    """What a file was delivered as part of: the largest hash of its files, and the newest of their times (UTC)."""

    key: str
    exported_at: dt.datetime


def deliveries(files: Iterable[FileRecord]) -> dict[str, Delivery]:
    """The delivery of each content, by hash; most files are one by themselves.

    Together are the members of one archive, of one export, that are numbered as parts of one name
    or have the same time of export. Others of an archive may be one report downloaded twice.
    """
    groups: dict[tuple[str | None, ...], list[FileRecord]] = defaultdict(list)
    members: dict[tuple[str, str], list[FileRecord]] = defaultdict(list)
    for file in files:
        archive, is_member, _ = file.source_file.rpartition(MEMBER)
        if is_member and file.state == "loaded" and file.export is not None:
            members[archive, file.export].append(file)
        else:
            groups[(file.source_hash,)].append(file)
    for (archive, export), together in members.items():
        parts = _numbered(together)
        for file in together:
            shared = parts.get(file.source_hash) or file.exported_at.isoformat()
            groups[archive, export, shared].append(file)
    found: dict[str, Delivery] = {}
    for group in groups.values():
        delivery = Delivery(
            max(file.source_hash for file in group), max(file.exported_at for file in group)
        )
        found.update((file.source_hash, delivery) for file in group)
    return found


def _numbered(files: Iterable[FileRecord]) -> dict[str, str]:
    """Hash -> the name that several files share but for a number in it."""
    stems: dict[str, dict[str, int]] = defaultdict(dict)
    for file in files:
        found = _PART.match(file.source_file.rpartition(MEMBER)[2])
        if found is not None and not _COPY.search(found["stem"]):
            stem = "\0".join((found["stem"], found["rest"] or "", found["end"] or ""))
            stems[stem][file.source_hash] = int(found["number"])
    return {
        source_hash: stem
        for stem, numbers in stems.items()
        if _is_counted(list(numbers.values()))
        for source_hash in numbers
    }


def _is_counted(numbers: list[int]) -> bool:
    """Whether they are 1, 2, 3 (or from 0): parts, not days or ids."""
    return len(numbers) > 1 and sorted(numbers) in (
        list(range(len(numbers))), list(range(1, len(numbers) + 1))
    )  # fmt: skip
