"""The raw schema always has every view with exactly its columns, whatever landed."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.landing.contract import LINEAGE, Contract
from orchestration.landing.views import publish_raw_views
from tests.unit.landing.landing_files import House, csv_bytes

SPEND = csv_bytes(
    [
        ["day", "platform", "channel", "campaign", "cost", "团队"],
        ["2026-01-01", "x", "search", "c", "1", "甲"],
    ]
)


def test_every_contract_has_its_view_with_its_columns(
    house: House, contracts: dict[str, Contract]
) -> None:
    house.put("a.csv", SPEND)
    house.ingest()
    found: dict[str, list[tuple[str, str]]] = {}
    for view, column, kind in house.query_whole(
        "select table_name, column_name, data_type from duckdb_columns() join duckdb_views() on view_name = table_name "
        "where duckdb_columns.schema_name = 'raw' order by table_name, column_index"
    ):
        found.setdefault(view, []).append((column, kind))
    assert set(found) == {contract.view for contract in contracts.values()}
    lineage = dict(
        zip(LINEAGE, ["VARCHAR", "VARCHAR", "BIGINT", "TIMESTAMP", "TIMESTAMP"], strict=True)
    )
    for contract in contracts.values():
        expected = [
            *[(name, "VARCHAR") for name in contract.fields],
            ("_extra", "VARCHAR"),
            *lineage.items(),
        ]
        assert found[contract.view] == expected, contract.id


def test_lineage_and_extra(house: House) -> None:
    house.put("x/a_1790000000.csv", SPEND)
    house.ingest()
    row = house.query(
        "select _source_file, length(_source_hash), _row_number, _exported_at::varchar, _extra from raw.generic__spend"
    )
    assert row == [("x/a_1790000000.csv", 64, 1, "2026-09-21 14:13:20", '{"团队":"甲"}')]
    assert house.query(
        "select count(*) from raw.generic__spend join raw.files on source_hash = _source_hash and loaded_at = _loaded_at"
    ) == [(1,)]


def test_files_of_different_columns_go_together(house: House) -> None:
    house.put("a.csv", SPEND)
    house.put("b.csv", "cost,campaign,channel,platform,day,clicks\n2,c,search,x,2026-01-02,7\n")
    house.ingest()
    assert house.query("select cost, clicks from raw.generic__spend order by cost") == [
        ("1", None),
        ("2", "7"),
    ]


def test_status_maps_are_a_table(house: House) -> None:
    house.put("a.csv", SPEND)
    house.ingest()
    rows = house.query_whole(
        "select status_text, status from raw.statuses where export = 'jd.order' and status_text = '完成'"
    )
    assert rows == [("完成", "completed")]


def test_publishing_again_changes_nothing_and_a_failure_leaves_the_old(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put("a.csv", SPEND)
    house.ingest()
    with duckdb.connect() as connection:
        for _ in range(2):
            publish_raw_views(connection, house.raw, house.ledger, house.contracts)
        house.put("b.csv", SPEND.replace(b",c,", b",d,"))
        house.ingest()
        with monkeypatch.context() as patch:
            patch.setattr(
                "orchestration.landing.views._table",
                lambda *_: (_ for _ in ()).throw(RuntimeError("no")),
            )
            with pytest.raises(RuntimeError):
                publish_raw_views(connection, house.raw, house.ledger, house.contracts)
        assert connection.execute("select count(*) from raw.generic__spend").fetchone() == (1,)
        assert connection.execute("select count(*) from raw.files").fetchone() == (1,)
        publish_raw_views(connection, house.raw, house.ledger, house.contracts)
        assert connection.execute("select count(*) from raw.generic__spend").fetchone() == (2,)
