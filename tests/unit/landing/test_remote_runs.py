"""Landing from a bucket and from SFTP: the same tables as from a folder, whatever breaks on the way."""

from __future__ import annotations

import gzip
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.landing.contract import Contract
from orchestration.landing.ingest import IngestReport, ingest
from orchestration.landing.ledger import Ledger
from orchestration.landing.sources import Patience, Source, open_source
from orchestration.landing.sources.place import RemotePlace, parse_place
from orchestration.landing.views import publish_raw_views
from tests.unit.landing.landing_files import House, csv_bytes
from tests.unit.landing.servers import (
    ACCESS_KEY,
    PASSWORD,
    SECRET_KEY,
    TOKEN,
    USER,
    Line,
    S3Server,
    SftpServer,
    line_to,
)

LOST = re.compile("^cut short at |the connection was lost")
HASTY = Patience(tries=3, wait=0.01, longest_wait=0.02, connect=2.0, silence=5.0)


def customers(*ids: str) -> bytes:
    header = ["platform", "account_id", "joined_at", "phone"]
    return csv_bytes([header, *[["crm", key, "2026-01-01", ""] for key in ids]])


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content)
    return out.getvalue()


BIG = customers(
    *(f"big-{n:06d}" for n in range(20_000))
)  # 600 kB, nothing that packs well over a line
SEASON = {
    "crm/会员 1700000100.csv": customers("1", "2", "3"),
    "crm/again/the same bytes.csv": customers("1", "2", "3"),
    "crm/gb18030.csv": "platform,account_id,joined_at,phone\r\ncrm,张三,2026-01-02,\r\n".encode(
        "gb18030"
    ),
    "big.csv": BIG,
    "month.zip": zipped({"a.csv": customers("z1"), "../../b.csv": customers("z2")}),
    "export.csv.gz": gzip.compress(customers("g1"), mtime=0),
    "broken.xlsx": b"PK\x03\x04 broken",
    "notes.txt": b"hello\nworld\n",
    "half.csv.part": customers("no"),
    ".hidden/x.csv": customers("no"),
    "~$open.xlsx": b"no",
    "empty.csv": b"",
}
LISTED = sorted(set(SEASON) - {"half.csv.part", ".hidden/x.csv", "~$open.xlsx"})


@dataclass
class Remote:
    """One kind of remote place, with a server behind a line that can be cut."""

    line: Line
    place: RemotePlace
    put: Callable[[str, bytes], object]
    remove: Callable[[str], object]
    reads: Callable[[], list[str]]  # files that were asked for, each time
    source: Callable[[], Source] = field(init=False)

    def __post_init__(self) -> None:
        self.source = lambda: open_source(self.place, HASTY)

    def land(self, house: House, **options: Any) -> IngestReport:
        """One run."""
        with self.source() as source:
            return ingest(source, house.raw, house.ledger, house.contracts, workers=2, **options)


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    server = S3Server()
    yield server
    server.close()


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "OSS_", "SFTP_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("SFTP_PASSWORD", PASSWORD)


@pytest.fixture(params=["s3", "sftp"])
def remote(
    request: pytest.FixtureRequest,
    s3: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Remote]:
    if request.param == "s3":
        bucket = f"exports-{len(s3.client.list_buckets()['Buckets'])}"
        s3.put(bucket, {})
        s3.requests.clear()
        with line_to(s3.port) as line:
            monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{line.port}")
            yield Remote(
                line,
                RemotePlace("s3", bucket, "in/exports"),
                lambda name, data: s3.client.put_object(
                    Bucket=bucket, Key=f"in/exports/{name}", Body=data
                ),
                lambda name: s3.client.delete_object(Bucket=bucket, Key=f"in/exports/{name}"),
                lambda: [key.removeprefix("in/exports/") for key in s3.gets(bucket)],
            )
        return
    root = tmp_path / "served"
    (root / "in").mkdir(parents=True)
    server = SftpServer(root, tmp_path)
    try:
        with line_to(server.port) as line:
            monkeypatch.setenv("SFTP_HOST_FINGERPRINT", server.fingerprint)
            yield Remote(
                line,
                RemotePlace("sftp", "127.0.0.1", "/in", USER, line.port),
                lambda name, data: server.put(f"in/{name}", data),
                lambda name: (root / "in" / name).unlink(),
                lambda: sorted(path.removeprefix("in/") for path in server.opened),
            )
    finally:
        server.close()


def copy_to_folder(remote: Remote, folder: Path, contracts: dict[str, Contract]) -> House:
    """What a folder with the same files and times gives."""
    folder.mkdir()
    house = House(folder, contracts)
    with remote.source() as source:
        for label, entry in source.list().entries.items():
            path = house.put(label, SEASON[label])
            os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns))
    house.ingest()
    return house


def tables(house: House) -> dict[str, list[tuple[Any, ...]]]:
    """Everything a run leaves, but for when it ran."""
    with duckdb.connect() as connection:
        views = {"generic.customers": house.contracts["generic.customers"]}
        publish_raw_views(connection, house.raw, house.ledger, views)
        return {
            name: connection.execute(
                f"select columns(c -> c not in ('loaded_at', '_loaded_at')) from raw.{name} order by all"
            ).fetchall()
            for name in ("generic__customers", "files", "rejects", "findings")
        }


def season(remote: Remote) -> None:
    for name, data in SEASON.items():
        remote.put(name, data)


def test_three_runs_over_a_line_that_is_cut_equal_a_folder(
    remote: Remote, house: House, tmp_path: Path
) -> None:
    season(remote)
    # First the server dies in the middle of the big file; nothing of it may count.
    remote.line.dies_after = 200_000
    first = remote.land(house)
    assert remote.line.is_dead
    late = {path for path, _ in first.postponed}
    assert "big.csv" in late
    assert {path: why for path, why in first.postponed if not LOST.search(why)} == {}
    assert house.query("select count(*) from raw.files where source_file = 'big.csv'") == [(0,)]
    # Then every connection is cut, again and again; each try goes on where the last one ended.
    remote.line.is_dead, remote.line.dies_after = False, None
    remote.line.then = 250_000
    before = remote.line.connections
    second = remote.land(house)
    assert remote.line.connections - before > 2
    assert second.postponed == []
    remote.line.then = None
    asked = len(remote.reads())
    third = remote.land(house)
    assert (third.exports, third.postponed, len(remote.reads())) == ({}, [], asked)
    assert tables(house) == tables(copy_to_folder(remote, tmp_path / "local", house.contracts))
    assert not (house.raw / ".scratch").exists()


def test_each_file_is_fetched_once(remote: Remote, house: House, tmp_path: Path) -> None:
    season(remote)
    report = remote.land(house)
    assert remote.reads() == [name for name in LISTED if name != "empty.csv"]
    assert report.postponed == []
    assert report.duplicates == 1
    assert tables(house) == tables(copy_to_folder(remote, tmp_path / "local", house.contracts))
    # A copy exported later is fetched, and makes the rows newer without fetching anything else.
    remote.put("copy 1799999999.csv", SEASON["crm/gb18030.csv"])
    again = remote.land(house)
    assert set(remote.reads()) - set(LISTED) == {"copy 1799999999.csv"}
    assert len(remote.reads()) == len(LISTED)
    assert again.unchanged == len(LISTED) + 1  # two members instead of one archive
    newest = house.query(
        "select distinct _exported_at::varchar from raw.generic__customers where account_id = '张三'"
    )
    assert newest == [("2027-01-15 07:59:59",)]


def contract(key: str, *headers: str) -> Contract:
    """A contract that knows a file by all of these headers."""
    return Contract.model_validate(
        {
            "id": key,
            "platform": "our",
            "title": "our codes",
            "version": 1,
            "confidence": "high",
            "grain": "one row per code",
            "feeds": [],
            "containers": ["text"],
            "time_zone": "Asia/Shanghai",
            "signature": list(headers),
            "required": [],
            "maximum_rejected_share": 0.1,
            "columns": {f"c{n}": {"type": "text", "headers": [h]} for n, h in enumerate(headers)},
            "forms": {},
        }
    )


def test_new_contracts_fetch_only_what_they_may_read(remote: Remote, house: House) -> None:
    remote.put("known.csv", customers("1"))
    remote.put("unknown.csv", csv_bytes([["编号", "暗号"], ["1", "2"]]))
    assert len(remote.land(house).unrecognised) == 1
    assert remote.reads() == ["known.csv", "unknown.csv"]
    house.contracts = {**house.contracts, "our.codes": contract("our.codes", "编号", "暗号")}
    assert list(remote.land(house).exports) == ["our.codes"]
    assert remote.reads() == ["known.csv", "unknown.csv", "unknown.csv"]
    # A contract that claims the header of a loaded file takes it over.
    rival = contract("our.rival", "platform", "account_id", "joined_at", "phone")
    house.contracts = {**house.contracts, "our.rival": rival}
    assert list(remote.land(house).exports) == ["our.rival"]
    assert remote.land(house).exports == {}
    assert remote.reads() == ["known.csv", "known.csv", "unknown.csv", "unknown.csv"]


def test_new_content_of_the_same_size_is_seen(remote: Remote, house: House) -> None:
    remote.put("a.csv", customers("1"))
    remote.land(house)
    remote.put("a.csv", customers("1"))
    if remote.place.scheme == "s3":
        remote.put("a.csv", customers("2"))  # the same second: the ETag tells
    else:
        path = remote.put("a.csv", customers("2"))
        assert isinstance(path, Path)
        os.utime(path, (1_700_000_001, 1_700_000_001))
    report = remote.land(house)
    assert report.exports["generic.customers"].files == 1
    found = {row[0] for row in house.query("select account_id from raw.generic__customers")}
    assert found == {"1", "2"}


def test_a_file_that_vanishes_after_the_listing_is_postponed(
    remote: Remote, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.put("a.csv", customers("1"))
    remote.put("b.csv", customers("2"))
    with remote.source() as source:
        listed = source.list

        def and_remove() -> object:
            found = listed()
            remote.remove("a.csv")
            return found

        monkeypatch.setattr(source, "list", and_remove)
        report = ingest(source, house.raw, house.ledger, house.contracts)
    assert report.postponed == [("a.csv", "it was removed after it was listed")]
    assert report.exports["generic.customers"].files == 1
    assert remote.land(house).postponed == []


def test_a_file_that_is_replaced_after_the_listing_is_postponed(
    remote: Remote, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.put("a.csv", customers("1"))
    with remote.source() as source:
        listed = source.list

        def and_replace() -> object:
            found = listed()
            path = remote.put("a.csv", customers("7"))
            if isinstance(path, Path):
                os.utime(path, (1_700_000_009, 1_700_000_009))
            return found

        monkeypatch.setattr(source, "list", and_replace)
        report = ingest(source, house.raw, house.ledger, house.contracts)
    assert [path for path, _ in report.postponed] == ["a.csv"]
    assert report.exports == {}
    remote.land(house)
    assert house.rows("generic.customers", "account_id") == [("7",)]


def test_a_run_that_dies_in_the_middle_is_finished_by_the_next(
    remote: Remote, house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    season(remote)
    real = Ledger.record
    calls = iter(range(100))

    def dies(book: Ledger, *rest: Any) -> None:
        if next(calls) == 3:
            raise KeyboardInterrupt
        real(book, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "record", dies)
        with pytest.raises(KeyboardInterrupt):
            remote.land(house)
    assert not (house.raw / ".scratch").exists()
    remote.land(house)
    assert remote.land(house).exports == {}
    assert tables(house) == tables(copy_to_folder(remote, tmp_path / "local", house.contracts))


def test_the_address_of_a_place_is_read_back(remote: Remote) -> None:
    assert parse_place(str(remote.place)) == remote.place
