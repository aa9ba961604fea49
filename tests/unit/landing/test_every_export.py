"""Every export in every form of the reference: written with its quirks, ingested, read back to the cent."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import jinja2
import pyarrow.parquet as pq
import pytest

from orchestration.landing.contract import Contract
from orchestration.landing.ingest import IngestReport
from orchestration.landing.ledger import Ledger
from orchestration.landing.loading import raw_file
from orchestration.landing.normalise import normalise_header
from orchestration.landing.records import FileRecord
from orchestration.warehouse.session import prepare_session
from tests.unit.landing.export_files import (
    ID_NUMBER,
    NOISE,
    Cell,
    Form,
    States,
    Written,
    columns,
    forms,
    rearranged,
    statuses,
    written,
)
from tests.unit.landing.landing_files import House

FORMS = {form.key: form for form in forms()}
# Fields of a file without a header are told by their place.
MOVABLE = {key: form for key, form in FORMS.items() if form.container != "headerless"}
MACROS = Path(__file__).parents[3] / "dbt_project" / "macros"
TYPED = {"money": "to_money", "number": "to_number", "integer": "to_integer", "date": "to_date"}


@dataclass(frozen=True)
class Season:
    """All files of one kind, ingested by one call."""

    house: House
    report: IngestReport
    files: dict[str, Written]
    records: dict[str, FileRecord]
    findings: dict[str, list[tuple[str, str]]]
    raw: dict[str, list[dict[str, Any]]]


def _status(contract: Contract) -> States | None:
    """The texts of the reference; of an export without, those its contract knows."""
    if contract.status is None:
        return None
    texts = statuses().get(contract.id) or contract.status.values
    return States(contract.status.column, tuple(texts))


def _ingest(house: House, files: dict[str, Written]) -> Season:
    for file in files.values():
        house.put(file.name, file.content)
    report = house.ingest()
    with Ledger(house.ledger) as book:
        records = {record.source_file: record for record in book.files().values()}
        found = list(book.findings())
    names = {file.name: key for key, file in files.items()}
    raw: dict[str, list[dict[str, Any]]] = {}
    for name, key in names.items():
        record = records[name]
        if record.state == "loaded":
            path = raw_file(house.raw, str(record.export), record.source_hash)
            raw[key] = pq.read_table(path).sort_by("_row_number").to_pylist()
    hashes = {record.source_hash: names[record.source_file] for record in records.values()}
    findings: dict[str, list[tuple[str, str]]] = {}
    for row in found:
        findings.setdefault(hashes[row[0]], []).append((row[1], row[2]))
    return Season(
        house,
        report,
        files,
        {names[name]: record for name, record in records.items()},
        findings,
        raw,
    )


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory, contracts: dict[str, Contract]) -> Season:
    house = House(tmp_path_factory.mktemp("season"), contracts)
    return _ingest(
        house,
        {key: written(form, _status(contracts[form.export])) for key, form in FORMS.items()},
    )


@pytest.fixture(scope="module")
def shaken(tmp_path_factory: pytest.TempPathFactory, contracts: dict[str, Contract]) -> Season:
    """The same rows: columns in any order, noise between them, full-width names, saved by Excel."""
    house = House(tmp_path_factory.mktemp("shaken"), contracts)
    return _ingest(
        house,
        {key: rearranged(form, _status(contracts[form.export])) for key, form in MOVABLE.items()},
    )


def _rendered() -> Any:
    texts = [(MACROS / f"{name}.sql").read_text(encoding="utf-8") for name in ("session", "cast")]
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    return environment.from_string("\n".join(texts)).make_module()


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        prepare_session(
            connection, {"as_of": "2026-11-22", "timezone": "Asia/Shanghai", "id_salt": "tests"}
        )
        yield connection


def test_every_contract_has_a_form_of_the_reference(contracts: dict[str, Contract]) -> None:
    assert {form.export for form in FORMS.values()} == set(contracts)


def test_all_files_are_loaded(season: Season, shaken: Season) -> None:
    for one in (season, shaken):
        assert (one.report.rejected, one.report.unrecognised) == ([], [])
        assert {key: record.export for key, record in one.records.items()} == {
            key: FORMS[key].export for key in one.files
        }


@pytest.mark.parametrize("key", FORMS)
def test_rows_are_all_there(season: Season, key: str) -> None:
    file, record = season.files[key], season.records[key]
    assert (record.rows_loaded, record.rows_rejected, record.rows_dropped) == (
        len(file.rows),
        0,
        file.dropped,
    )


@pytest.mark.parametrize("key", FORMS)
def test_texts_ids_and_statuses_are_as_delivered(
    season: Season, contracts: dict[str, Contract], key: str
) -> None:
    _same_texts(season, key)
    contract = contracts[FORMS[key].export]
    meanings = {} if contract.status is None else contract.status.values
    assert statuses().get(contract.id, {}).items() <= meanings.items()


@pytest.mark.parametrize("key", FORMS)
def test_nothing_in_a_known_form_is_new_unknown_or_adds_up_wrongly(
    season: Season, key: str
) -> None:
    kinds = ("new_column", "unknown_status", "total_differs")
    assert [one for one in season.findings.get(key, []) if one[0] in kinds] == []


def test_amounts_and_times_parse_to_what_was_written(
    season: Season, warehouse: duckdb.DuckDBPyConnection
) -> None:
    assert _misread(season, warehouse) == []


def test_amounts_add_up_to_the_cent(
    season: Season, shaken: Season, warehouse: duckdb.DuckDBPyConnection
) -> None:
    macros = _rendered()
    for one in (season, shaken):
        _cells(one, warehouse)
        sums = warehouse.execute(f"""
            select form, name, sum({macros.to_money("text")}) from cells where kind = 'money' group by all
        """).fetchall()
        expected: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for key, file in one.files.items():
            for row in file.rows:
                for name, cell in row.items():
                    if isinstance(cell.meaning, Decimal) and cell.kind == "money":
                        expected[key, name] += cell.meaning
        assert {(form, name): total for form, name, total in sums} == dict(expected)
        assert len(sums) > 400


@pytest.mark.parametrize("key", MOVABLE)
def test_order_noise_and_full_width_names_change_nothing(shaken: Season, key: str) -> None:
    assert shaken.records[key].rows_loaded == len(shaken.files[key].rows)
    assert [row["_row_number"] for row in shaken.raw[key]] == list(
        range(1, len(shaken.files[key].rows) + 1)
    )
    _same_texts(shaken, key)
    new = {name for kind, name in shaken.findings.get(key, []) if kind == "new_column"}
    assert len(new) == len(NOISE)


def test_a_spreadsheet_keeps_amounts_and_times(
    shaken: Season, warehouse: duckdb.DuckDBPyConnection
) -> None:
    assert _misread(shaken, warehouse) == []


def test_identity_cards_never_arrive(season: Season, shaken: Season) -> None:
    delivered = 0
    for one in (season, shaken):
        for key, form in ((key, FORMS[key]) for key in one.files):
            if any("身份证" in header for header in form.headers):
                delivered += 1
                assert ID_NUMBER not in str(one.raw[key])
                assert any(kind == "dropped_column" for kind, _ in one.findings[key])
    assert delivered >= 8


def test_the_same_files_are_the_same_bytes(season: Season, contracts: dict[str, Contract]) -> None:
    for key, form in FORMS.items():
        assert written(form, _status(contracts[form.export])).content == season.files[key].content


def _same_texts(season: Season, key: str) -> None:
    expected = [
        {name: cell.meaning for name, cell in row.items() if cell.kind not in _PARSED}
        for row in season.files[key].rows
    ]
    got = [
        {name: row[name] for name in cells}
        for row, cells in zip(season.raw[key], expected, strict=True)
    ]
    assert got == expected


_PARSED = {*TYPED, "datetime", "epoch_s", "epoch_ms", "epoch_us"}


def _cells(season: Season, connection: duckdb.DuckDBPyConnection) -> None:
    """Table ``cells``: every cell that means a number or a time, as read and as it was meant."""
    rows: list[tuple[object, ...]] = []
    for key, file in season.files.items():
        for number, (meant, read) in enumerate(zip(file.rows, season.raw[key], strict=True)):
            for name, cell in meant.items():
                if cell.kind in _PARSED:
                    rows.append((key, number, name, cell.kind, read[name], _text(cell)))
    connection.execute(
        "create or replace table cells (form varchar, row bigint, name varchar, kind varchar, text varchar, meant varchar)"
    )
    connection.execute(
        "insert into cells select unnest($1), unnest($2), unnest($3), unnest($4), unnest($5), unnest($6)",
        [list(column) for column in zip(*rows, strict=True)],
    )


def _text(cell: Cell) -> str | None:
    if isinstance(cell.meaning, Decimal):
        return f"{cell.meaning:f}"
    if isinstance(cell.meaning, dt.datetime):
        return cell.meaning.isoformat(sep=" ")
    return None if cell.meaning is None else str(cell.meaning)


def _misread(season: Season, connection: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """Cells that the macros of the staging views read as something else than was meant."""
    macros = _rendered()
    _cells(season, connection)
    zoned = "case when form like 'snowplow.%' then text || 'Z' else text end"
    cases = [
        ("kind = 'money'", macros.to_money("text"), "decimal(18, 2)"),
        ("kind = 'number'", f"({macros.to_number('text')})::decimal(18, 2)", "decimal(18, 2)"),
        ("kind = 'integer'", macros.to_integer("text"), "bigint"),
        ("kind = 'date'", macros.to_date("text"), "date"),
        ("kind in ('datetime', 'epoch_s', 'epoch_ms')", macros.to_utc(zoned), "timestamp"),
        ("kind = 'epoch_us'", "make_timestamp(try_cast(text as bigint))", "timestamp"),
    ]
    wrong: list[tuple[object, ...]] = []
    counted = 0
    for where, read, kind in cases:
        wrong += connection.execute(
            f"select form, row, name, text, meant from cells where {where} and ({read}) is distinct from meant::{kind} order by all"
        ).fetchall()
        (some,) = connection.execute(f"select count(*) from cells where {where}").fetchone() or (0,)
        counted += some
        assert some
    assert (counted,) == connection.execute("select count(*) from cells").fetchone()
    return wrong


def test_the_checks_see_a_wrong_cell(season: Season, warehouse: duckdb.DuckDBPyConnection) -> None:
    """One cent, one minute and one digit off are each seen."""
    key = "jd.order: current"
    row = season.raw[key][0]
    kept = dict(row)
    try:
        row["amount_due"] = "0.01"
        row["created_at"] = "2026-09-07 00:00:01"
        assert {name for _, _, name, _, _ in _misread(season, warehouse)} == {
            "amount_due",
            "created_at",
        }
        row["order_id"] = "1"
        with pytest.raises(AssertionError):
            _same_texts(season, key)
    finally:
        row.update(kept)


def test_headers_of_the_lists_are_mapped_as_the_reference_says(
    contracts: dict[str, Contract],
) -> None:
    for (export, header), (name, _) in columns().items():
        place = contracts[export].locate(normalise_header(header))
        assert place is not None, (export, header)
        assert place[0] == name


def test_forms_are_recognised_by_name(season: Season, contracts: dict[str, Contract]) -> None:
    """The form that the ledger names is one whose headers are those of the file."""
    for key, record in season.records.items():
        form: Form = FORMS[key]
        named = contracts[form.export].forms[str(record.form)]
        assert len(set(named) & set(form.headers)) >= len(form.headers) // 2, key
