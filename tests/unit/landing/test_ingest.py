"""The landing layer run after run: what is new, what is the same, what a crash leaves."""

from __future__ import annotations

import datetime as dt
import io
import itertools
import json
import os
import sqlite3
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing import allowance, container, loading
from orchestration.landing.contract import Contract
from orchestration.landing.ledger import Ledger
from orchestration.landing.listing import STILL_WRITTEN, export_time
from orchestration.landing.reasons import LandingError, Reason
from tests.unit.landing.landing_files import House, csv_bytes

HEADER = ["platform", "account_id", "joined_at", "phone"]


def customers(*ids: str) -> bytes:
    return csv_bytes([HEADER, *[["crm", key, "2026-01-01", ""] for key in ids]])


def workbook_bytes(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def accounts(house: House) -> list[str]:
    return [
        row[0] for row in house.query("select account_id from raw.generic__customers order by 1")
    ]


def test_second_run_does_nothing(house: House) -> None:
    house.put("a.csv", customers("1", "2"))
    assert house.ingest().exports["generic.customers"].rows == 2
    second = house.ingest()
    assert (second.exports, second.unchanged) == ({}, 1)
    house.put("deep/er/b", customers("3"))
    third = house.ingest()
    assert (third.exports["generic.customers"].rows, third.unchanged) == (1, 1)
    assert accounts(house) == ["1", "2", "3"]


def test_unchanged_files_are_not_hashed_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("a.csv", customers("1"))
    house.ingest()
    monkeypatch.setattr(
        "orchestration.landing.listing.digest", lambda _: pytest.fail("hashed again")
    )
    assert house.ingest().unchanged == 1


def test_missing_and_empty_folders_say_what_to_do(house: House, tmp_path: Path) -> None:
    with pytest.raises(LandingError, match="holds no files"):
        house.ingest()
    house.landing.rmdir()
    with pytest.raises(LandingError, match="does not exist"):
        house.ingest()


def test_bad_files_are_explained_and_stop_nobody(house: House) -> None:
    house.put("empty.csv", b"")
    house.put("zip.zip", b"PK\x03\x04 broken")
    house.put("book.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 broken")
    house.put("data.parquet", b"PAR1 broken PAR1")
    house.put("bytes.csv", b"platform,\xff\xff\xff\xfe\n" + b"\xff\xfe\xff\x80,\x81\n" * 20)
    house.put("note.txt", "hello\nworld\n")
    house.put("half.jsonl", '{"distinct_id": "a')
    house.put("good.csv", customers("1"))
    report = house.ingest()
    reasons = dict(house.query("select source_file, reason from raw.rejects"))
    assert reasons == {
        "empty.csv": "empty_file",
        "zip.zip": "broken_container",
        "book.xlsx": "broken_container",
        "data.parquet": "broken_container",
        "bytes.csv": "unreadable_encoding",
        "half.jsonl": "malformed_json",
    }
    assert [path for path, _ in report.unrecognised] == ["note.txt"]
    assert accounts(house) == ["1"]
    states = house.query("select state, count(*) from raw.files group by 1 order by 1")
    assert states == [("loaded", 1), ("rejected", 6), ("unrecognised", 1)]
    assert house.query("select count(*) from raw.rejects where mend is null or mend = ''") == [(0,)]
    assert house.ingest().unchanged == 8


@pytest.mark.parametrize("point", ["sniff", "read"])
def test_whatever_a_parser_raises_costs_one_file(
    house: House, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    house.put("a.csv", customers("1"))
    house.put("b.csv", customers("2"))
    real = getattr(loading, point)

    def fails(path: Path, *rest: object) -> object:
        if path.name == "a.csv":
            raise RecursionError("too deep")
        return real(path, *rest)

    monkeypatch.setattr(loading, point, fails)
    house.ingest()
    assert accounts(house) == ["2"]
    assert house.rejects() == [("a.csv", None, None, "unreadable_file")]


def test_a_full_disk_stops_the_run_and_blames_no_file(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("a.csv", customers("1"))
    with monkeypatch.context() as patch:
        patch.setattr(
            loading,
            "read",
            lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")),
        )
        with pytest.raises(OSError, match="No space"):
            house.ingest()
    house.ingest()
    assert accounts(house) == ["1"]


def test_unfinished_and_hidden_files_wait(house: House) -> None:
    for name in ("a.csv.part", ".hidden.csv", "~$book.xlsx", "b.crdownload", ".git/config"):
        house.put(name, customers("9"))
    house.put("a.csv", customers("1"))
    os.mkfifo(house.landing / "pipe")
    house.ingest()
    assert accounts(house) == ["1"]


def test_a_file_that_grows_while_it_is_read_waits(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = house.put("a.csv", customers("1"))
    real = container.digest

    def growing(target: Path) -> container.Digest:
        checked = real(target)
        if monkey:
            monkey.pop()
            path.write_bytes(customers("1", "2"))
        return checked

    monkey = [True]
    monkeypatch.setattr("orchestration.landing.listing.digest", growing)
    assert house.ingest().postponed == [("a.csv", STILL_WRITTEN)]
    house.ingest()
    assert accounts(house) == ["1", "2"]


def test_same_bytes_twice_are_one_file_with_the_newest_export_time(house: House) -> None:
    house.put("b.csv", customers("1"), mtime=1_700_000_000)
    house.ingest()
    with Ledger(house.ledger) as book:
        book.mark_built()
    house.put("a_1790000000.csv", customers("1"), mtime=1_600_000_000)
    house.put("c.csv", customers("1"), mtime=1_800_000_000)
    report = house.ingest()
    assert report.duplicates == 2
    assert house.query("select source_file, exported_at, rows_loaded, is_new from raw.files") == [
        ("b.csv", dt.datetime.fromtimestamp(1_790_000_000, dt.UTC).replace(tzinfo=None), 1, True)
    ]
    assert house.query("select _source_file, _exported_at from raw.generic__customers") == [
        ("b.csv", dt.datetime.fromtimestamp(1_790_000_000, dt.UTC).replace(tzinfo=None))
    ]
    assert house.ingest().exports == {}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1790000000_abc.csv", "2026-09-21 14:13:20"),
        ("orders_1790000000123.csv", "2026-09-21 14:13:20"),
        ("ExportOrderList202609212213.csv", "2026-09-21 14:13:00"),
        ("订单_20260921_221320.xlsx", "2026-09-21 14:13:20"),
        ("20260921221320-1790000060.csv", "2026-09-21 14:14:20"),
        ("orders_20260921.csv", None),
        ("13800138000.csv", None),
        ("20269921221320.csv", None),
    ],
)
def test_export_time_from_the_name(name: str, expected: str | None) -> None:
    when, is_named = export_time(f"folder_1600000000/{name}", 1_650_000_000 * 10**9)
    fallback = dt.datetime.fromtimestamp(1_650_000_000, dt.UTC).replace(tzinfo=None)
    assert (str(when) if is_named else None) == expected
    assert is_named or when == fallback


def test_is_new_until_marked_built(house: House) -> None:
    house.put("a.csv", customers("1"))
    first = house.ingest()
    assert house.query("select is_new from raw.files") == [(True,)]
    house.ingest()
    assert house.query("select is_new from raw.files") == [(True,)]
    with Ledger(house.ledger) as book:
        book.mark_built(first.new_hashes)
    house.put("b.csv", customers("2"))
    second = house.ingest()
    assert house.query("select source_file, is_new from raw.files order by 1") == [
        ("a.csv", False),
        ("b.csv", True),
    ]
    assert len(second.new_hashes) == 1


def changed(contracts: dict[str, Contract], export: str, **changes: object) -> dict[str, Contract]:
    values = contracts[export].model_dump()
    return {**contracts, export: Contract.model_validate({**values, **changes})}


def test_a_changed_contract_reads_its_files_again_and_only_those(
    house: House, contracts: dict[str, Contract]
) -> None:
    house.put("a.csv", csv_bytes([[*HEADER, "vip"], ["crm", "1", "2026-01-01", "", "yes"]]))
    house.put("b.csv", "day,platform,channel,campaign,cost\n2026-01-01,x,search,c,1\n")
    house.ingest()
    with Ledger(house.ledger) as book:
        book.mark_built()
    columns = {
        **contracts["generic.customers"].model_dump()["columns"],
        "vip": {"type": "flag", "headers": ["vip"]},
    }
    house.contracts = changed(contracts, "generic.customers", columns=columns)
    report = house.ingest()
    assert list(report.exports) == ["generic.customers"]
    assert house.rows("generic.customers", "vip", "_extra") == [("yes", None)]
    assert house.query("select source_file, is_new from raw.files order by 1") == [
        ("a.csv", True),
        ("b.csv", False),
    ]
    assert house.ingest().exports == {}


def test_a_new_contract_takes_in_what_was_not_recognised(
    house: House, contracts: dict[str, Contract]
) -> None:
    house.put("a.csv", "kunde,seit\n1,2026-01-01\n")
    assert len(house.ingest().unrecognised) == 1
    columns = {
        "account_id": {"type": "id", "headers": ["kunde"]},
        "joined_at": {"type": "date", "headers": ["seit"]},
    }
    values = contracts["generic.customers"].model_dump()
    own = Contract.model_validate(
        {
            **values,
            "id": "own.kunden",
            "signature": ["kunde", "seit"],
            "columns": columns,
            "required": ["account_id"],
            "forms": {"current": ["kunde", "seit"]},
        }
    )
    house.contracts = {**contracts, "own.kunden": own}
    assert house.ingest().exports["own.kunden"].rows == 1
    assert house.query("select state, export from raw.files") == [("loaded", "own.kunden")]
    # And when the contract goes, so do its rows and its view.
    house.contracts = contracts
    house.ingest()
    assert house.query("select state from raw.files") == [("unrecognised",)]
    assert house.query_whole(
        "select count(*) from duckdb_views() where view_name = 'own__kunden'"
    ) == [(0,)]


def test_only_some_exports(house: House) -> None:
    house.put("a.csv", customers("1"))
    house.put("b.csv", "day,platform,channel,campaign,cost\n2026-01-01,x,search,c,1\n")
    assert list(house.ingest(exports={"generic.spend"}).exports) == ["generic.spend"]
    assert house.query("select source_file from raw.files") == [("b.csv",)]
    assert list(house.ingest(exports={"generic.spend"}).exports) == []
    assert list(house.ingest().exports) == ["generic.customers"]


def test_a_crash_between_parquet_and_ledger_loses_and_doubles_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("a.csv", customers("1"))
    house.put("b.csv", customers("2"))
    real = Ledger.record
    calls = itertools.count()

    def crash(self: Ledger, *arguments: object) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        real(self, *arguments)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Ledger, "record", crash)
    with pytest.raises(KeyboardInterrupt):
        house.ingest()
    assert len(list(house.raw.rglob("[0-9a-f]*.parquet"))) == 2
    assert accounts(house) == ["1"]
    monkeypatch.setattr(Ledger, "record", real)
    house.ingest()
    assert accounts(house) == ["1", "2"]


@pytest.mark.parametrize("point", ["read", "sniff"])
def test_a_crash_while_reading(house: House, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    house.put("a.csv", customers("1"))
    with monkeypatch.context() as patch:
        patch.setattr(loading, point, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            house.ingest()
    assert not (house.raw / ".scratch").exists()
    house.ingest()
    assert accounts(house) == ["1"]


def test_lost_parquet_is_made_again(house: House) -> None:
    house.put("a.csv", customers("1"))
    house.ingest()
    for path in house.raw.rglob("[0-9a-f]*.parquet"):
        path.unlink()
    assert house.ingest().exports["generic.customers"].files == 1
    assert accounts(house) == ["1"]


def test_rows_of_a_deleted_landing_file_stay(house: House) -> None:
    path = house.put("a.csv", customers("1"))
    house.put("b.csv", customers("2"))
    house.ingest()
    path.unlink()
    house.ingest()
    assert accounts(house) == ["1", "2"]


def test_a_mended_file_replaces_nothing_and_adds_its_rows_once(house: House) -> None:
    bad = customers(*map(str, range(20))) + b"crm,20\r\n"
    house.put("a.csv", bad)
    house.ingest()
    house.put("a.csv", bad.replace(b"crm,20", b"crm,20,2026-01-01,"), mtime=1_700_000_100)
    house.ingest()
    house.ingest()
    assert house.query("select rows_loaded, rows_rejected from raw.files order by exported_at") == [
        (20, 1),
        (21, 0),
    ]


def archive(files: dict[str, bytes], flags: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    data = bytearray(out.getvalue())
    if flags:
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = data.find(mark)
            while start >= 0:
                data[start + place] |= flags
                start = data.find(mark, start + 4)
    return bytes(data)


def test_archives_are_opened_and_their_members_are_the_files(house: House) -> None:
    house.put(
        "x.zip",
        archive(
            {
                "../../etc/a_1790000000.csv": customers("1"),
                "sub/b.csv": customers("2"),
                "__MACOSX/._b": b"x",
                "c.pdf": b"%PDF\x00",
            }
        ),
    )
    house.put("plain.csv", customers("2"))
    report = house.ingest()
    assert (report.exports["generic.customers"].files, report.duplicates) == (2, 1)
    files = house.query("select source_file, state, exported_at from raw.files order by 1")
    assert [row[:2] for row in files] == [
        ("plain.csv", "loaded"),
        ("x.zip!/c.pdf", "unrecognised"),
        ("x.zip!/etc/a_1790000000.csv", "loaded"),
    ]
    assert str(files[2][2]) == "2026-09-21 14:13:20"
    assert house.ingest().exports == {}
    assert not (house.landing.parent / "etc").exists()


def test_locked_bombing_nested_and_empty_archives(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowance, "RATIO_FLOOR", 1 << 20)
    house.put("locked.zip", archive({"a.csv": customers("1")}, flags=1))
    house.put("bomb.zip", archive({"a.csv": b"0" * (3 << 20)}))
    deep = archive({"d.zip": archive({"e.zip": archive({"a.csv": customers("9")})})})
    house.put("nested.zip", archive({"b.zip": deep}))
    house.put("empty.zip", archive({}))
    house.put("good.csv", customers("1"))
    house.ingest()
    assert dict(house.query("select source_file, reason from raw.rejects")) == {
        "locked.zip!/a.csv": str(Reason.ENCRYPTED),
        "bomb.zip!/a.csv": str(Reason.ARCHIVE_TOO_LARGE),
        "nested.zip!/b.zip!/d.zip!/e.zip": str(Reason.NESTED_ARCHIVE),
        "empty.zip": str(Reason.EMPTY_FILE),
    }
    assert accounts(house) == ["1"]


PIECES = [
    customers("1", "2"),
    customers("2", "3"),
    customers("4"),
    b"",
    b"junk\n",
    json.dumps({"a": 1}).encode(),
]


@given(
    st.lists(
        st.tuples(st.sampled_from(range(len(PIECES))), st.integers(0, 3)), min_size=1, max_size=8
    ),
    st.integers(1, 3),
)
@settings(max_examples=15, deadline=None, derandomize=True)
def test_any_order_and_duplication_give_the_same_raw_rows(
    tmp_path_factory: pytest.TempPathFactory,
    contracts: dict[str, Contract],
    drops: list[tuple[int, int]],
    runs: int,
) -> None:
    def contents(order: list[tuple[int, int]], runs: int) -> list[tuple[object, ...]]:
        house = House(tmp_path_factory.mktemp("house"), contracts)
        for number, (piece, age) in enumerate(order):
            house.put(f"{number}/{age}_{1_790_000_000 + age}.csv", PIECES[piece])
            if number % runs == 0:
                house.ingest()
        house.ingest()
        return house.stored(
            "generic.customers", "account_id", "_source_hash", "_row_number", "_exported_at"
        )

    assert contents(drops, runs) == contents(sorted(drops, reverse=True), 1)


MUTATIONS = st.one_of(
    st.tuples(st.just("cut"), st.integers(0, 400)),
    st.tuples(st.just("flip"), st.integers(0, 400)),
    st.tuples(st.just("repeat"), st.integers(0, 400)),
    st.tuples(st.just("quote"), st.integers(0, 400)),
    st.tuples(st.just("null"), st.integers(0, 400)),
)


@given(st.sampled_from(["csv", "json", "zip"]), st.lists(MUTATIONS, min_size=1, max_size=3))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_damaged_files_never_stop_the_run_or_lose_a_good_file(
    tmp_path_factory: pytest.TempPathFactory,
    contracts: dict[str, Contract],
    kind: str,
    mutations: list[tuple[str, int]],
) -> None:
    house = House(tmp_path_factory.mktemp("house"), contracts)
    content = customers(*map(str, range(10)))
    if kind == "json":
        content = "\n".join(
            json.dumps({"distinct_id": f"u{n}", "type": "track", "time": n}) for n in range(10)
        ).encode()
    if kind == "zip":
        content = archive({"a.csv": content})
    for how, place in mutations:
        at = place % (len(content) + 1)
        if how == "cut":
            content = content[:at]
        elif how == "flip":
            content = (
                content[:at]
                + bytes([byte ^ 0x80 for byte in content[at : at + 1]])
                + content[at + 1 :]
            )
        else:
            content = (
                content[:at]
                + {"repeat": content[:40] * 5, "quote": b'"', "null": b"\x00\xff"}[how]
                + content[at:]
            )
    house.put("bad", content)
    house.put("good.csv", customers("good"))
    house.ingest()
    assert ("good",) in house.stored("generic.customers", "account_id")
    with Ledger(house.ledger) as book:
        for file in book.files().values():
            assert file.rows_delivered == file.rows_loaded + file.rows_rejected + file.rows_dropped
    assert {path.name for path in house.landing.iterdir()} == {"bad", "good.csv"}


FLOW = ["流量载体", "一级来源", "二级来源", "访客数", "支付买家数"]


def test_what_stands_above_the_header_is_kept_with_each_row(house: House) -> None:
    rows = [["流量来源构成", "", ""], [], ["统计日期：", "2026-11-05"], FLOW]
    nodes = [["汇总", "汇总", "", "3", "1"], ["全店流量", "搜索", "汇总", "3", "1"]]
    house.put("流量.xlsx", workbook_bytes([*rows, *nodes]))
    house.ingest()
    # Total words are nodes of this report's tree, not total rows to leave out.
    assert house.rows("taobao.sycm.shop_flow_source", "source_l1", "report_title") == [
        ("汇总", "流量来源构成 统计日期： 2026-11-05"),
        ("搜索", "流量来源构成 统计日期： 2026-11-05"),
    ]


def test_a_report_without_a_day_is_read_again_under_its_new_name(house: House) -> None:
    """Its name may tell the period, so a mended name brings its rows in; other files keep their first name."""
    content = workbook_bytes([FLOW, ["全店流量", "搜索", "汇总", "3", "1"]])
    report = house.put("流量.xlsx", content)
    others = house.put("a.csv", customers("1"))
    house.ingest()
    report.rename(house.landing / "流量_2026-11-05.xlsx")
    others.rename(house.landing / "b.csv")
    second = house.ingest()
    assert list(second.exports) == ["taobao.sycm.shop_flow_source"]
    assert house.rows("taobao.sycm.shop_flow_source", "_source_file", "report_title") == [
        ("流量_2026-11-05.xlsx", None)
    ]
    assert house.rows("generic.customers", "_source_file") == [("a.csv",)]
    third = house.ingest()
    assert (third.exports, third.unchanged) == ({}, 2)


def test_a_ledger_of_the_version_before_is_carried_on(house: House) -> None:
    house.put("a.csv", customers("1"))
    house.ingest()
    with sqlite3.connect(house.ledger) as older:
        older.execute("alter table listing drop column version")
        older.execute("pragma user_version = 1")
    older.close()
    report = house.ingest()
    assert (report.exports, report.unchanged) == ({}, 1)
    house.put("b.csv", customers("2"))
    assert house.ingest().exports["generic.customers"].rows == 1
