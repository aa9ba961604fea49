"""37 bad rows in a season's files: each is in quarantine where it belongs, and a mend brings it in once."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import yaml

from orchestration.landing.contract import Contract
from orchestration.landing.contract_files import load_contracts
from orchestration.landing.reasons import Reason
from orchestration.sample import write_sample
from tests.dbt.staging.compiled_models import CompiledModels
from tests.dbt.staging.season import END, Season, Tables, tables

Damage = Callable[[bytes], bytes]
STATUS = "火星签收"
LATER = 86_400.0


@dataclass(frozen=True)
class Fault:
    """A bad row: where, how it is made, and what quarantine says of it (None: whatever it was)."""

    file: str  # a part of its path
    row: int
    damage: Damage
    reason: str
    column: str | None
    value: str | None


def cell(header: str, value: str) -> Callable[[list[str], list[str]], list[str]]:
    """Put ``value`` under a header."""
    return lambda names, cells: [
        value if name == header else old for name, old in zip(names, cells, strict=True)
    ]


def joined(line: bytes, text: str) -> bytes:
    return line.rstrip(b"\r\n") + text.encode() + b"\r\n"


def faults() -> Iterator[Fault]:
    """All 37."""
    detail, sms, own = "ExportOrderDetailList202611060213", "touch_log_sms_member", "own_orders"
    for row in (3, 20):
        yield Fault(detail, row, lambda line: joined(line, ",more"), "ragged_row", None, None)
    yield Fault(detail, 7, lambda line: line.replace("规格".encode("gb18030"), b"\xff\xff\xff"), "undecodable", "商品属性", None)  # fmt: skip
    yield Fault(detail, 11, edit("主订单编号", "1.23E+18"), "digits_lost", "主订单编号", "1.23E+18")
    for row in (5, 13, 30):
        yield Fault(
            detail, row, edit("买家实际支付金额", "许多"), "not an amount", "paid_amount", "许多"
        )
    for row in (4, 17):
        yield Fault(
            "有赞订单商品_202611",
            row,
            lambda line: line.replace(b",", b',"', 1),
            "unclosed_quote",
            None,
            None,
        )
    yield Fault("27006860", 2, lambda line: line.replace("下单".encode("gb18030"), b"") [:40] + b"\xff\xff" + line[40:], "undecodable", None, None)  # fmt: skip
    for row in (3, 5, 8):
        yield Fault(
            "27006860", row, edit("订单状态", STATUS), "not a known value", "status_raw", STATUS
        )
    for row in (1, 4):
        yield Fault(
            "pdd/orders_export_202611",
            row,
            edit("支付时间", "昨天"),
            "not a time",
            "paid_at",
            "昨天",
        )
    for row in (9, 44):
        yield Fault(sms, row, lambda line: joined(line, ",,"), "ragged_row", None, None)
    for row in (1, 50, 96):
        yield Fault(sms, row, edit("channel", ""), "missing", "channel", None)
    for row in (10, 100, 200):
        yield Fault("consents", row, edit("state", "maybe"), "not a known value", "state", "maybe")
    for row in (2, 30, 60):
        yield Fault(own, row, edit("currency", "XAU"), "unknown currency", "currency", "XAU")
    for row in (6, 7):
        yield Fault(
            own, row, edit("line_amount", "-3.00"), "negative amount", "line_amount", "-3.00"
        )
    yield Fault(own, 40, edit("order_id", "2.5E+17"), "digits_lost", "order_id", "2.5E+17")
    for row in (1, 20, 59):
        yield Fault(
            "identities",
            row,
            edit("identifier_type", "shoe_size"),
            "not a known value",
            "identifier_type",
            "shoe_size",
        )
    yield Fault("identities", 33, edit("identifier_value", ""), "missing", "identifier_value", None)
    for name, row in (
        ("sensors_events_20261101", 8),
        ("sensors_events_20261101", 100),
        ("sensors_events_20261025", 50),
    ):
        yield Fault(name, row, lambda line: line[:60] + b"\n", "malformed_json", None, None)
    yield Fault(
        "sensors_events_20261102",
        5,
        lambda line: line.replace(b'"time":', b'"time":"soon","was":'),
        "not a time",
        "event_at",
        "soon",
    )


def edit(header: str, value: str) -> Damage:
    """A damage that needs the header: :func:`damaged` hands it over before the line."""

    def change(pair: bytes) -> bytes:
        names, line = pair.split(b"\0")
        codec = "utf-8" if _is_utf8(pair) else "gb18030"
        rows = [
            next(csv.reader(io.StringIO(part.decode(codec).removeprefix("\ufeff"), newline="")))
            for part in (names, line)
        ]
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\r\n").writerow(cell(header, value)(*rows))
        assert header in rows[0]
        return text.getvalue().encode(codec)

    change.__dict__["needs_header"] = True
    return change


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def damaged(content: bytes, planted: list[Fault]) -> bytes:
    """A file with its bad rows."""
    lines = content.splitlines(keepends=True)
    first = 0 if content.startswith(b"{") else 1
    for fault in planted:
        at = fault.row - 1 + first
        given = (
            lines[0] + b"\0" + lines[at] if "needs_header" in fault.damage.__dict__ else lines[at]
        )
        lines[at] = fault.damage(given)
        assert lines[at] != content.splitlines(keepends=True)[at], fault
    return b"".join(lines)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The season without a fault: the sample's files and two of the merchant's own."""
    out = tmp_path_factory.mktemp("sample")
    write_sample(out, 500, 12, END, 5)
    orders = [
        "platform,account_id,order_id,line_id,ordered_at,paid_at,item_id,quantity,line_amount,status,currency"
    ]
    orders += [
        f"web,w{n},{n:05},1,2026-11-02 10:00:00,2026-11-02 10:01:00,i{n % 7},1,{20 + n}.50,completed,CNY"
        for n in range(60)
    ]  # fmt: skip
    identities = ["platform,account_id,identifier_type,identifier_value,seen_at"]
    identities += [f"web,w{n},email,w{n}@example.com,2026-11-01" for n in range(60)]
    for name, text in (("own_orders.csv", orders), ("identities.csv", identities)):
        path = out / "landing" / "generic" / name
        path.write_text("\r\n".join(text) + "\r\n", encoding="utf-8", newline="")
        os.utime(path, (1_793_900_000, 1_793_900_000))
    return out / "landing"


def planted(files: Path) -> dict[Path, list[Fault]]:
    """The faults by file (relative to the landing folder)."""
    found: dict[Path, list[Fault]] = {}
    for fault in faults():
        (path,) = [p for p in files.rglob("*") if fault.file in str(p)]
        found.setdefault(path.relative_to(files), []).append(fault)
    return found


def write(season: Season, name: Path, content: bytes, mtime: float) -> None:
    path = season.landing / name
    path.write_bytes(content)
    os.utime(path, (mtime, mtime))


def own_contracts(folder: Path, meaning: str) -> Mapping[str, Contract]:
    """The contracts with the merchant's word on the new status."""
    (folder / "contracts").mkdir(parents=True)
    text = yaml.safe_dump({"extends": "jd.order", "status": {"values": {STATUS: meaning}}}, allow_unicode=True)  # fmt: skip
    (folder / "contracts" / "jd.yaml").write_text(text, encoding="utf-8")
    return load_contracts(folder)


def test_37_bad_rows_wait_for_a_mend_and_come_in_once(
    files: Path, compiled: CompiledModels, tmp_path: Path
) -> None:
    clean = Season(tmp_path / "clean")
    shutil.copytree(files, clean.landing, dirs_exist_ok=True)
    (jd,) = (clean.landing / "jd" / "202611").iterdir()
    rows = list(csv.DictReader(io.StringIO(jd.read_bytes().decode("gb18030"), newline="")))
    words = {rows[number - 1]["订单状态"] for number in (3, 5, 8)}
    meanings = load_contracts()["jd.order"].status
    assert meanings is not None
    (meaning,) = {meanings.values[word] for word in words}
    clean.ingest()
    with compiled.built(clean.raw, clean.ledger, END) as connection:
        expected = tables(connection)
        assert connection.execute("select count(*) from staging.quarantine").fetchone() == (0,)

    season = Season(tmp_path / "season")
    shutil.copytree(files, season.landing, dirs_exist_ok=True)
    plan = planted(files)
    assert sum(map(len, plan.values())) == 37
    assert len({fault.reason for fault in faults()}) == 11
    for name, bad in plan.items():
        source = files / name
        write(season, name, damaged(source.read_bytes(), bad), source.stat().st_mtime)
    season.ingest()
    with compiled.built(season.raw, season.ledger, END) as connection:
        listed = connection.execute(
            "select source_file, row_number, reason, column_name, value, mend from staging.quarantine "
            "order by source_file, row_number"
        ).fetchall()
        wanted = sorted(
            (str(name), fault.row, fault) for name, bad in plan.items() for fault in bad
        )
        assert [row[:3] for row in listed] == [(name, row, f.reason) for name, row, f in wanted]
        for (*_, reason, column, value, mend), (_, _, fault) in zip(listed, wanted, strict=True):
            assert mend
            if reason in list(Reason):
                assert mend == Reason(reason).mend
            assert fault.column is None or column == fault.column
            assert fault.value is None or value == fault.value
        adds_up(connection)

    # Most files are put in place again, one is delivered anew beside the bad one, one word is explained.
    for name in plan:
        source = files / name
        content, mtime = source.read_bytes(), source.stat().st_mtime + LATER
        if name.name.startswith("27006860"):
            content = damaged(content, [f for f in plan[name] if f.reason == "not a known value"])
        if name.name == "own_orders.csv":
            name = name.with_name("own_orders_again.csv")
        write(season, name, content, mtime)
    contracts = own_contracts(tmp_path / "config", meaning)
    season.ingest(contracts)
    assert mended(season, compiled, contracts) == expected
    again = season.ingest(contracts)
    assert (again.exports, again.new_hashes) == ({}, [])


def mended(season: Season, compiled: CompiledModels, contracts: Mapping[str, Contract]) -> Tables:
    with compiled.built(season.raw, season.ledger, END, contracts) as connection:
        assert connection.execute("from staging.quarantine").fetchall() == []
        adds_up(connection)
        return tables(connection)


def adds_up(connection: duckdb.DuckDBPyConnection) -> None:
    """Every row and every cent is somewhere."""
    for name in ("reconciliation", "reconciliation_money"):
        found = connection.execute(
            f"select * from staging.{name} where difference <> 0 or difference is null"
        ).fetchall()
        assert found == []
