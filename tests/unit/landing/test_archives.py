"""Archives of every kind: opened where we can, explained where we cannot, never written outside."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import io
import tarfile
import zipfile

import pytest

from benchmarks.fuzz_inputs import tarred, zipped, zstd
from orchestration.landing import allowance
from tests.unit.landing.landing_files import House, csv_bytes

HEADER = ["platform", "account_id", "joined_at", "phone"]
SEEN = 1_700_000_000  # when every file of the tests lands


def customers(*ids: str) -> bytes:
    return csv_bytes([HEADER, *[["crm", key, "2026-01-01", ""] for key in ids]])


def states(house: House) -> list[tuple[str, str]]:
    return house.query("select source_file, state from raw.files order by 1")


def reasons(house: House) -> dict[str, str]:
    return dict(house.query("select source_file, reason from raw.rejects"))


def test_archives_are_told_by_their_bytes_and_opened(house: House) -> None:
    house.put("a", tarred({"../x/a.csv": customers("1"), "b.csv": customers("2")}))
    house.put("b.rar", gzip.compress(tarred({"c.csv": customers("3")})))
    house.put("c.csv", bz2.compress(customers("4")))
    house.put("d.csv.zst", zstd(customers("5")))
    house.put("e.tar.bz2", bz2.compress(tarred({"e.csv": customers("6")})))
    house.ingest()
    assert states(house) == [
        ("a!/b.csv", "loaded"),
        ("a!/x/a.csv", "loaded"),
        ("b.rar!/c.csv", "loaded"),
        ("c.csv!/c.csv", "loaded"),
        ("d.csv.zst!/d.csv", "loaded"),
        ("e.tar.bz2!/e.csv", "loaded"),
    ]
    assert house.ingest().exports == {}
    assert not (house.landing.parent / "x").exists()


def test_archives_in_archives_are_opened(house: House) -> None:
    """As a season is handed on: one archive of the downloads, some of which were archives themselves."""
    shop = zipped({"../会员.csv": customers("1"), "late_1690000000.csv": customers("2")})
    house.put(
        "season.zip",
        zipped(
            {
                "店/1680000000.zip": shop,
                "a.csv.gz": gzip.compress(customers("3")),
                "b.tgz": gzip.compress(tarred({"b.csv": customers("4"), "c.zip": zipped({})})),
                "bad.zip": b"PK\x03\x04 broken",
                "d.csv": customers("5"),
            }
        ),
    )
    house.ingest()
    assert states(house) == [
        ("season.zip!/a.csv", "loaded"),
        ("season.zip!/b.tgz!/b.csv", "loaded"),
        ("season.zip!/b.tgz!/c.zip", "rejected"),
        ("season.zip!/bad.zip", "rejected"),
        ("season.zip!/d.csv", "loaded"),
        ("season.zip!/店/1680000000.zip!/late_1690000000.csv", "loaded"),
        ("season.zip!/店/1680000000.zip!/会员.csv", "loaded"),
    ]
    assert set(reasons(house).values()) == {"empty_file", "broken_container"}
    times = dict(house.stored("generic.customers", "account_id", "epoch(_exported_at)::bigint"))
    assert (times["1"], times["2"]) == (1_680_000_000, 1_690_000_000)
    assert house.ingest().exports == {}
    assert [path.name for path in house.landing.parent.rglob("*.csv")] == []


def test_archives_in_archives_share_the_limits_of_the_outermost(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "RATIO_FLOOR", 1 << 20)
    monkeypatch.setattr(allowance, "MAXIMUM_MEMBERS", 20)
    zeros = zipped({"a.csv": b"0" * (900 << 10)})  # within the limits by itself
    house.put("bytes.zip", zipped({f"{n}.zip": zeros + bytes([n]) * 9 for n in range(4)}))
    files = zipped({f"{n}.csv": customers(str(n)) for n in range(9)})
    house.put("files.zip", zipped({f"{n}.zip": files for n in range(9)}))
    house.ingest()
    found = reasons(house)
    assert set(found.values()) == {"archive_too_large"}
    assert {name.split("!")[0] for name in found} == {"bytes.zip", "files.zip"}
    # What came before the limit was reached counts.
    assert house.stored("generic.customers", "account_id")


MAGIC = {
    "RAR": b"Rar!\x1a\x07\x01\x00",
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "xz": b"\xfd7zXZ\x00\x00\x04",
    "compress (.Z)": b"\x1f\x9d\x90",
    "lz4": b"\x04\x22\x4d\x18\x64",
    "cabinet": b"MSCF\x00\x00\x00\x00",
}


def test_archives_that_nobody_here_opens_say_what_to_do(house: House) -> None:
    for number, magic in enumerate(MAGIC.values()):
        house.put(f"{number}.csv", magic + bytes(range(256)))
    house.put("in.zip", zipped({"x.rar": MAGIC["RAR"] + b"0123"}))
    house.put("good.csv", customers("1"))
    house.ingest()
    found = house.query("select source_file, value, reason, mend from raw.rejects order by 1")
    assert [row[:2] for row in found] == [
        *[(f"{number}.csv", name) for number, name in enumerate(MAGIC)],
        ("in.zip!/x.rar", "RAR"),
    ]
    assert {row[2] for row in found} == {"unsupported_archive"}
    assert all("with the password" in row[3] and "as zip" in row[3] for row in found)
    assert house.stored("generic.customers", "account_id") == [("1",)]


def test_a_zip_packed_in_a_way_of_its_own_is_not_called_broken(house: House) -> None:
    packed = bytearray(zipped({"a.csv": customers("1")}))
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        packed[packed.index(mark) + place] = 9  # deflate64
    house.put("a.zip", bytes(packed))
    house.ingest()
    assert reasons(house) == {"a.zip!/a.csv": "unsupported_archive"}


def test_a_tar_cut_short_is_broken_and_what_came_whole_counts(house: House) -> None:
    whole = tarred({"a.csv": customers("1"), "b.csv": customers("2")})
    house.put("content.tar", whole[:1560])  # within b.csv
    house.put("header.tar", whole[:1024])  # in front of b.csv: looks like an end
    house.ingest()
    assert reasons(house) == {
        "content.tar!/b.csv": "broken_container",
        "content.tar!/": "broken_container",
        "header.tar!/": "broken_container",
    }
    assert house.stored("generic.customers", "account_id") == [("1",)]


def test_a_tar_that_lies_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "RATIO_FLOOR", 1 << 20)
    monkeypatch.setattr(allowance, "MAXIMUM_MEMBERS", 2)
    holes = tarfile.TarInfo("holes.csv")
    holes.pax_headers = {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "holes.csv",
        "GNU.sparse.map": "0,0", "GNU.sparse.size": str(64 << 20),
    }  # fmt: skip
    long = tarfile.TarInfo("x")
    long.type, long.size = tarfile.XHDTYPE, 1 << 40
    for name, entry in (("holes.tar", holes), ("long.tar", long)):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
            archive.addfile(entry)
        house.put(name, out.getvalue())
    house.put("many.tar", tarred({f"{n}.csv": b"" for n in range(3)}))
    house.ingest()
    assert reasons(house) == {
        "holes.tar!/holes.csv": "archive_too_large",
        "long.tar!/": "broken_container",
        "many.tar!/": "archive_too_large",
    }


def test_a_member_was_exported_when_the_archive_says(house: House) -> None:
    """Unless a name has the time; never later than its archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for key, date in (("old", (2023, 5, 1, 8, 0, 0)), ("late", (2026, 1, 1, 0, 0, 0))):
            archive.writestr(zipfile.ZipInfo(f"{key}.csv", date), customers(key))
        archive.writestr(zipfile.ZipInfo("none.csv"), customers("none"))
        named = zipfile.ZipInfo("named_1690000000.csv", (2023, 5, 1, 8, 0, 0))
        archive.writestr(named, customers("named"))
    house.put("a.zip", out.getvalue())
    house.ingest()
    landed = dt.datetime.fromtimestamp(SEEN, dt.UTC).replace(tzinfo=None)
    assert dict(house.stored("generic.customers", "account_id", "_exported_at")) == {
        "old": dt.datetime(2023, 5, 1, 0, 0),
        "late": landed,
        "none": landed,
        "named": dt.datetime(2023, 7, 22, 4, 26, 40),
    }
