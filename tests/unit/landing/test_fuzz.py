"""A fixed part of ``benchmarks.fuzz_landing``: whatever lies in the landing folder, the run goes on."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from benchmarks import fuzz_inputs, fuzz_landing, fuzz_mutations
from benchmarks.fuzz_cases import Case
from orchestration.landing import allowance, container, workbook
from orchestration.landing.reasons import Reason
from tests.unit.landing.landing_files import House

KINDS = sorted(fuzz_mutations.KINDS)
# Inputs that once broke something: a loop in a damaged xls, a zip member without a name, a workbook that
# asks for all the memory there is, 16,384 columns, a workbook that swells.
FOUND = [
    ("NULs", 96),
    ("zip directory", 1120),
    ("workbook XML", 1231),
    ("workbook XML", 1459),
    ("zip bombs", 1898),
]


GOOD = fuzz_inputs.GOOD | fuzz_inputs.PACKED


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Damaged workbooks that never end cost two CPU seconds here, not five."""
    monkeypatch.setattr(workbook, "_CHILD_SECONDS", 2)


@pytest.mark.parametrize("suffix", sorted(GOOD))
def test_the_inputs_are_good_before_they_are_damaged(house: House, suffix: str) -> None:
    for seed in range(4):
        house.put(f"{seed}{suffix}", GOOD[suffix](Random(seed)))
    report = house.ingest()
    assert (report.unrecognised, report.rejected) == ([], [])
    assert sum(loaded.rows for loaded in report.exports.values()) > 4


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_inputs_break_nothing(tmp_path: Path, kind: str) -> None:
    first = KINDS.index(kind)
    tries = 1 if kind in ("long lines", "zip bombs", "10,000 columns") else 3
    for seed in range(first, first + tries * len(KINDS), len(KINDS)):
        case = fuzz_mutations.make(seed)
        assert case.kind == kind
        assert fuzz_landing.check(case, tmp_path / str(seed)) == [], f"seed {seed}"


@pytest.mark.parametrize(("kind", "seed"), FOUND)
def test_inputs_that_once_broke_something(tmp_path: Path, kind: str, seed: int) -> None:
    assert fuzz_landing.check(fuzz_mutations.make(seed, kind), tmp_path / "run") == []


def test_the_check_sees_what_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case("", {b"a.csv": b"x"})

    def escapes(*_: object) -> str:
        (tmp_path / "run" / "escaped").write_text("")
        raise ValueError("no")

    monkeypatch.setattr(container, "digest", escapes)
    monkeypatch.setattr("orchestration.landing.listing.digest", escapes)
    assert fuzz_landing.check(case, tmp_path / "run") != []


def test_members_that_share_their_bytes_are_bounded_together(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "RATIO_FLOOR", 1 << 20)
    monkeypatch.setattr(allowance, "MAXIMUM_RATIO", 20)
    rows = b"".join(b"crm,%d,2026-01-01,\n" % n for n in range(30_000))
    content = bytearray(
        fuzz_inputs.zipped(
            {f"{n}.csv": b"platform,account_id,joined_at,phone\n" + rows for n in range(2)}
        )
    )
    directory = bytes(content[content.find(b"PK\x01\x02") :])
    # Forty names for the bytes of one member.
    entry, end = (
        directory[: directory.find(b"PK\x01\x02", 4)],
        directory[directory.find(b"PK\x05\x06") :],
    )
    start = content.find(b"PK\x03\x04", 4)
    names = b"".join(entry.replace(b"0.csv", b"%c.csv" % (65 + n)) for n in range(40))
    local = bytes(content[:start])
    end = (
        end[:8]
        + (40).to_bytes(2, "little") * 2
        + len(names).to_bytes(4, "little")
        + start.to_bytes(4, "little")
        + end[20:]
    )
    house.put("bomb.zip", local + names + end)
    house.put("good.csv", "platform,account_id,joined_at,phone\ncrm,good,2026-01-01,\n")
    house.ingest()
    reasons = {row[0] for row in house.query("select distinct reason from raw.rejects")}
    assert reasons & {str(Reason.ARCHIVE_TOO_LARGE), str(Reason.BROKEN_CONTAINER)}
    assert ("good",) in house.rows("generic.customers", "account_id")


def test_an_archive_of_too_many_files_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "MAXIMUM_MEMBERS", 3)
    house.put("many.zip", fuzz_inputs.zipped({f"{n}.csv": b"x" for n in range(4)}))
    house.ingest()
    assert house.query("select reason from raw.rejects") == [(str(Reason.ARCHIVE_TOO_LARGE),)]
