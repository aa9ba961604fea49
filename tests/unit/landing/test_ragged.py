"""Rows of the wrong width in files that are not UTF-8: left out for the fast parser, told by number."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing import ragged, read_text, text_records
from orchestration.landing.container import digest
from orchestration.landing.contract import Contract
from orchestration.landing.ragged import RegularRows
from orchestration.landing.raw_writer import Lineage
from orchestration.landing.read import read
from orchestration.landing.recognised import Recognised
from orchestration.landing.sniff import sniff
from tests.unit.landing.landing_files import House

HEADER = "订单号,商品ID,商品名称,订购数量,下单时间,京东价,订单金额,订单状态,下单帐号"
TITLES = ["面膜", '"面,膜"', '"两行\n标题"', '"引""号"', "x", '"\r\n"', '"a\n\nb"', ""]
ODD = ["short,行", '多,"x,y"', ",".join(["宽"] * 12), '"只有引号"', "", "   "]


def row(number: int, title: str) -> str:
    return f"2026{number:08d},691,{title},1,2026-11-01 08:00:00,99.00,99.00,完成,用户{number}"


def outcome(
    folder: Path, content: bytes, contract: Contract
) -> tuple[list[dict[str, Any]], list[tuple[Any, ...]], int]:
    """Rows, rejects and dropped rows of a file, without a ledger."""
    path = folder / "a.csv"
    path.write_bytes(content)
    checked = digest(path)
    found = sniff(path, checked, {contract.id: contract})
    assert isinstance(found, Recognised)
    when = dt.datetime(2026, 11, 10)
    target = folder / "out.parquet"
    result = read(path, found, target, Lineage("a.csv", checked.sha256, when, when), folder).result
    columns = ["order_id", "item_title", "buyer_account", "_row_number"]
    rejects = [(reject.row_number, reject.reason, reject.value) for reject in result.rejects]
    return pq.read_table(target, columns=columns).to_pylist(), rejects, result.dropped


@given(
    st.lists(
        st.one_of(st.sampled_from(TITLES), st.sampled_from(ODD).map(lambda t: (t,))), max_size=25
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(40, 400),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_filter_gives_what_the_careful_reader_gives(
    tmp_path_factory: pytest.TempPathFactory,
    contracts: dict[str, Contract],
    lines: list[str | tuple[str]],
    end: str,
    chunk: int,
) -> None:
    own = contracts["jd.order"].model_copy(update={"maximum_rejected_share": 1.0})
    texts = [line[0] if isinstance(line, tuple) else row(n, line) for n, line in enumerate(lines)]
    content = end.join([HEADER, row(999, "第一"), *texts]).encode("gb18030")
    results: list[object] = []
    for way in ("fast", "slow"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ragged, "_CHUNK", chunk)
            if way == "slow":

                def refuse(*_: object, **__: object) -> None:
                    raise pa.ArrowInvalid("no")

                patch.setattr(read_text.pa_csv, "open_csv", refuse)
            results.append(outcome(tmp_path_factory.mktemp(way), content, own))
    assert results[0] == results[1]


def test_one_ragged_row_does_not_make_the_file_slow(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the careful reader")

    monkeypatch.setattr(read_text, "read_slowly", refuse)
    lines = [row(n, '"两行\n标题"' if n % 7 else "面膜") for n in range(200)]
    lines[50] = "短,行"
    house.put("a.csv", "\n".join([HEADER, *lines]).encode("gb18030"))
    house.ingest()
    assert house.rejects() == [("a.csv", 51, None, "ragged_row")]
    numbers = [number for (number,) in house.rows("jd.order", "_row_number")]
    assert numbers == [n for n in range(1, 201) if n != 51]
    assert house.query("select value from raw.rejects") == [("短,行",)]


def test_reading_by_any_amounts_gives_the_same_bytes() -> None:
    content = b"a,b\r\n1,2\r\n3\r\n\r\n" * 50 + b'"x\n,",y\n' + b"5,6"
    for size in (1, 7, 1_000, -1):
        told: list[int] = []

        def on_ragged(number: int, line: bytes, told: list[int] = told) -> bool:
            assert line == b"3\r"
            told.append(number)
            return True

        stream = RegularRows(io.BytesIO(content), ",", 2, quoting=True, on_ragged=on_ragged)
        found = b"".join(iter(lambda stream=stream, size=size: stream.read(size), b""))
        assert found == content.replace(b"3\r\n", b"")
        assert told == list(range(3, 151, 3))
        assert not stream.failed


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends_of_old_spreadsheets(house: House, end: str) -> None:
    lines = [row(n, "面膜") for n in range(1, 30)]
    lines[9] = "短"
    house.put("a.csv", end.join([HEADER, *lines]).encode("gb18030"))
    house.ingest()
    assert house.rejects() == [("a.csv", 10, None, "ragged_row")]
    assert len(house.rows("jd.order", "order_id")) == 28


def test_a_bar_as_delimiter_may_be_half_of_a_character(house: House, tmp_path: Path) -> None:
    title = next(chr(code) for code in range(0x4E00, 0x9FA5) if b"|" in chr(code).encode("gb18030"))
    lines = [HEADER, *[row(n, title) for n in range(3)]]
    house.put("a.csv", "\n".join(line.replace(",", "|") for line in lines).encode("gb18030"))
    house.ingest()
    assert [cell for (cell,) in house.rows("jd.order", "item_title")] == [title] * 3


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 20])
def test_careful_reading_through_a_small_window(
    tmp_path: Path,
    contracts: dict[str, Contract],
    monkeypatch: pytest.MonkeyPatch,
    end: bytes,
    chunk: int,
) -> None:
    monkeypatch.setattr(text_records, "_CHUNK", chunk)
    monkeypatch.setattr(text_records, "LONGEST_RECORD_BYTES", 200)
    monkeypatch.setattr(read_text, "BLOCK_BYTES", 0)
    monkeypatch.setattr("orchestration.landing.container.CHUNK", 1)
    lines = [HEADER, *[row(n, "面膜") for n in range(1, 20)]]
    lines[5] = row(5, "x" * 900)
    content = end.join(line.encode("gb18030") for line in lines) + end
    own = contracts["jd.order"].model_copy(update={"maximum_rejected_share": 1.0})
    found, rejects, dropped = outcome(tmp_path, content, own)
    assert [item["_row_number"] for item in found] == [n for n in range(1, 20) if n != 5]
    assert [(number, reason) for number, reason, _ in rejects] == [(5, "ragged_row")]
    assert dropped == 0


@pytest.mark.parametrize(
    ("content", "longest"),
    [
        (b"", 0),
        (b"abc", 3),
        (b"a\nbcde\nf", 4),
        (b"a\rbcdef\rg", 5),
        (b"ab\r\ncd", 2),
        (b"a\nbcdef", 5),
    ],
)
def test_the_longest_line_is_measured_in_passing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, longest: int
) -> None:
    monkeypatch.setattr("orchestration.landing.container.CHUNK", 1)
    (tmp_path / "a").write_bytes(content)
    assert digest(tmp_path / "a").longest_line - longest in (0, 1)  # a return may be counted
