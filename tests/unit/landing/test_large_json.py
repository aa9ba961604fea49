"""JSON beyond what is read at once: pieces of lines and documents in a window give the same rows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing import json_stream, read_json
from orchestration.landing.container import RejectedFileError
from orchestration.landing.json_stream import elements
from tests.unit.landing.landing_files import House


def line(number: int, **more: object) -> str:
    item = {"distinct_id": f"u{number}", "type": "track", "event": "看", "time": number, **more}
    return json.dumps(item, ensure_ascii=False)


def contact(number: int, employees: int) -> str:
    follow = [{"userid": f"e{n}", "createtime": n} for n in range(employees)]
    return json.dumps(
        {"external_contact": {"external_userid": f"w{number}"}, "follow_user": follow}
    )


def loaded(house: House, export: str, *columns: str) -> list[tuple[object, ...]]:
    return house.rows(export, *columns, "_row_number")


def test_pieces_of_lines_give_the_rows_of_the_whole(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(n, extra=n) for n in range(1, 60)]
    lines[20] = '{"distinct_id": "cut'
    lines[40] = '{"project": "x"}'
    lines.insert(10, "")
    text = "\n".join(lines)
    house.put("a.json", text)
    house.ingest()
    monkeypatch.setattr(read_json, "PIECE_BYTES", 300)
    (tmp_path / "second").mkdir()
    second = House(tmp_path / "second", house.contracts)
    second.put("a.json", text)
    second.ingest()
    columns = ("distinct_id", "event_name", "_extra")
    assert loaded(second, "sensors.event", *columns) == loaded(house, "sensors.event", *columns)
    assert second.rejects() == house.rejects()
    assert house.rejects() == [
        ("a.json", 21, None, "malformed_json"),
        ("a.json", 41, None, "no_known_field"),
    ]


def test_contacts_are_exploded_across_pieces(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_json, "PIECE_BYTES", 200)
    house.put("a.json", "\n".join(contact(n, n % 3) for n in range(1, 12)))
    house.ingest()
    expected = [
        (f"w{n}", f"e{e}" if n % 3 else None, n) for n in range(1, 12) for e in range(max(n % 3, 1))
    ]
    rows = house.query(
        "select external_userid, employee_userid, _row_number from raw.wecom__api order by 3, 2"
    )
    assert rows == expected


def test_a_line_that_is_too_long_costs_one_row(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_json, "PIECE_BYTES", 500)
    monkeypatch.setattr(read_json, "LONGEST_OBJECT", 2_000)
    lines = [line(n) for n in range(1, 30)]
    lines[9] = line(10, event="x" * 20_000)
    house.put("a.json", "\n".join(lines))
    house.ingest()
    assert house.rejects() == [("a.json", 10, None, "malformed_json")]
    numbers = [row[-1] for row in loaded(house, "sensors.event", "distinct_id")]
    assert numbers == [n for n in range(1, 30) if n != 10]


def test_a_piece_that_duckdb_cannot_read_is_read_by_itself(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_json, "PIECE_BYTES", 400)
    lines = [line(n) for n in range(1, 30)]
    lines[14] = line(15, event="y" * 3_000)
    monkeypatch.setattr(read_json, "_LONGEST_ASKED", 1_000)
    house.put("a.json", "\n".join(lines))
    house.ingest()
    rows = loaded(house, "sensors.event", "distinct_id")
    assert rows == [(f"u{n}", n) for n in range(1, 30)]


@pytest.mark.parametrize("name", ["x" * 240, "a"])
def test_files_of_one_name_in_two_folders_do_not_meet(house: House, name: str) -> None:
    for folder in range(6):
        content = "\n".join(line(n + 100 * folder) for n in range(50)).encode("gb18030")
        house.put(f"{folder}/{name}", content)
    house.ingest(workers=3)
    assert house.query("select count(distinct distinct_id) from raw.sensors__event") == [(300,)]


VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.sampled_from('a"\\中{[,:]} \n'), max_size=6),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("ab,", max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@given(
    st.lists(VALUES, max_size=6),
    st.sampled_from(["array", "wrapped", "twice", "documents"]),
    st.sampled_from([1, 3, 1 << 20]),
    st.sampled_from([None, 1]),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_elements_through_a_small_window(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[object],
    shape: str,
    chunk: int,
    indent: int | None,
) -> None:
    path = tmp_path_factory.mktemp("json") / "a"
    wrapper = "list" if shape in ("wrapped", "twice") else None
    text = json.dumps(values, indent=indent)
    expected = values
    if wrapper:
        text = f'{{"code": [1, {{"list": 2}}], "list": {text}, "next": "]"}}'
    if shape == "twice":
        text, expected = f"{text}\n{text}", [*values, *values]
    if shape == "documents":
        expected = [value for value in values if not isinstance(value, list)]
        text = " ".join(json.dumps(value, indent=indent) for value in expected)
    path.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "_CHUNK", chunk)
        assert list(elements(path, "utf-8", wrapper)) == expected


@pytest.mark.parametrize(
    "text",
    [
        '[{"a": 1}',
        '[{"a": 1}, {"b"',
        '{"list": [1], "x"',
        '{"list" 1}',
        "[" * 5_000,
        '{"list": 1',
        '{"list"',
    ],
)
def test_documents_cut_short_are_rejected(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").write_text(text, encoding="utf-8")
    with pytest.raises(RejectedFileError):
        list(elements(tmp_path / "a", "utf-8", "list"))


def test_numbers_of_thousands_of_digits_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("[" + "9" * 5_000 + "]", encoding="utf-8")
    [number] = elements(tmp_path / "a", "utf-8", None)
    assert number.text == "9" * 5_000
