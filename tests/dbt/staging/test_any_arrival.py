"""Property: however the files of a season are ordered, copied, packed and spread over runs, the facts are equal."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.landing.views import publish_raw_views
from tests.dbt.staging.compiled_models import CompiledModels
from tests.dbt.staging.season import END, KNOWN, Season, Tables, tables

FACTS = (
    "account_event_days", "account_interest_days", "account_order_days", "orders", "order_lines", "refunds", "spend",
    "touches", "consents",
)  # fmt: skip
FIRST, SECOND, THIRD = 1_793_000_000, 1_793_400_000, 1_793_800_000  # 2026-10-26 to 2026-11-04


def table(header: str, *rows: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header.split(","), *(row.split(",") for row in rows)])
    return text.getvalue().encode("gb18030")


JD = "订单号,商品ID,商品名称,订购数量,京东价,应付金额,下单时间,下单帐号,订单状态"
PLAN = "日期,计划ID,计划名称,消耗(元),展示次数,直接支付ROI"
ORDERS = "platform,account_id,order_id,line_id,ordered_at,paid_at,item_id,quantity,line_amount,status,refund_amount,refunded_at"
EVENTS = "platform,account_id,event_id,event_type,occurred_at,dwell_seconds,item_id,category"
# Each export comes more than once, and what it says of a row or a day changes.
FILES = {
    f"{FIRST}_jd.csv": table(
        JD,
        "J1,1,面霜,1,99,99,2026-10-20 10:00:00,pin1,等待出库",
        "J2,2,口红,2,50,100,2026-10-21 10:00:00,pin2,等待付款",
    ),
    f"{SECOND}_jd.csv": table(
        JD,
        "J1,1,面霜,1,99,99,2026-10-20 10:00:00,pin1,完成",
        "J2,2,口红,2,50,100,2026-10-21 10:00:00,pin2,(删除)等待付款",
        "J3,1,面霜,1,99,89,2026-10-28 10:00:00,pin1,完成",
    ),
    f"{FIRST}_qc.csv": table(PLAN, "2026-10-24,7,甲,10.00,5,1", "2026-10-25,7,甲,20.00,5,1", "2026-10-25,8,乙,5.00,5,1"),
    f"{SECOND}_qc.csv": table(PLAN, "2026-10-25,7,甲,21.00,5,1", "2026-10-26,7,甲,3.00,5,1"),
    f"{THIRD}_qc.csv": table(PLAN, "2026-10-26,7,甲,4.00,5,1", "2026-10-26,8,乙,1.00,5,1"),
    f"{FIRST}_own.csv": table(
        ORDERS,
        "web,w1,O1,1,2026-10-20 09:00,2026-10-20 09:01,i1,1,30.00,paid,,",
        "web,w2,O2,1,2026-10-20 09:00,2026-10-20 09:01,i1,2,60.00,completed,,",
    ),
    f"{THIRD}_own.csv": table(
        ORDERS,
        "web,w1,O1,1,2026-10-20 09:00,2026-10-20 09:01,i1,1,30.00,completed,,",
        "web,w2,O2,1,2026-10-20 09:00,2026-10-20 09:01,i1,2,60.00,refunded,60.00,2026-10-30 12:00",
    ),
    f"{FIRST}_events.csv": table(
        EVENTS,
        "web,w1,e1,view,2026-10-20 08:00:00,30,i1,护肤",
        "web,w1,e2,cart,2026-10-20 08:01:00,,i1,护肤",
    ),
    f"{SECOND}_events.csv": table(
        EVENTS,
        "web,w1,e2,cart,2026-10-20 08:01:00,,i1,护肤",
        "web,w2,e3,view,2026-10-27 08:00:00,70,i2,彩妆",
    ),
    f"{SECOND}_touches.csv": table(
        "campaign,channel,touch_at,status,platform,account_id,cost",
        "c1,sms,2026-10-22 10:00:00,sent,web,w1,0.05",
        "c1,sms,2026-10-22 10:00:00,sent,web,w2,0.05",
    ),
    f"{FIRST}_consents.csv": table(
        "purpose,channel,state,stated_at,platform,account_id", "marketing,sms,granted,2026-10-01,web,w1"
    ),
    f"{THIRD}_consents.csv": table(
        "purpose,channel,state,stated_at,platform,account_id", "marketing,sms,withdrawn,2026-11-01,web,w1"
    ),
}  # fmt: skip
EXPORTS = {
    name: KNOWN[name]
    for name in (
        "jd.order", "douyin.qianchuan.plan", "generic.orders", "generic.events", "generic.touch_log", "generic.consents",
    )
}  # fmt: skip
VIEWS = frozenset(contract.view for contract in EXPORTS.values())


Rows = list[tuple[object, ...]]


@dataclass(frozen=True)
class Drop:
    """A file that is put into the landing folder: under its name, or as a copy that tells no time; in an archive or not."""

    name: str
    is_copy: bool = False
    is_packed: bool = False
    age: int = 0  # days
    ends_run: bool = False


def drops(names: Sequence[str]) -> st.SearchStrategy[list[Drop]]:
    """Every file once and some of them again, in any order, over any number of runs."""
    flag, age = st.booleans(), st.integers(0, 60)
    whole = st.tuples(
        *(st.builds(Drop, st.just(n), st.just(False), flag, age, flag) for n in names)
    )
    copies = st.lists(
        st.builds(Drop, st.sampled_from(names), st.just(True), flag, age, flag), max_size=6
    )
    return st.tuples(whole, copies).flatmap(lambda pair: st.permutations([*pair[0], *pair[1]]))


def land(season: Season, order: Sequence[Drop]) -> None:
    for number, drop in enumerate(order):
        name = f"copy {number}.dat" if drop.is_copy else drop.name
        path = season.landing / f"{number}" / (f"{number}.zip" if drop.is_packed else name)
        path.parent.mkdir()
        if drop.is_packed:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(name, FILES[drop.name])
        else:
            path.write_bytes(FILES[drop.name])
        # A copy is as new as somebody made it; the name of the file itself tells when it was exported.
        moment = THIRD - drop.age * 86_400
        os.utime(path, (moment, moment))
        if drop.ends_run:
            season.ingest()
    season.ingest()


class Standing:
    """A warehouse that is built again for each season, and what it says of the files in their order."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, models: CompiledModels, expected: Tables
    ) -> None:
        self.connection, self.models, self.expected = connection, models, expected

    def unlike(self, season: Season) -> dict[str, tuple[Rows, Rows]]:
        """The tables that a season gives otherwise: what it gives, and what was expected."""
        found = _facts(self.connection, self.models, season)
        return {
            name: (found.get(name, []), rows)
            for name, rows in self.expected.items()
            if found.get(name) != rows
        }


def _facts(connection: duckdb.DuckDBPyConnection, models: CompiledModels, season: Season) -> Tables:
    publish_raw_views(connection, season.raw, season.ledger, EXPORTS)
    models.build_again(connection, VIEWS)
    return tables(connection, FACTS)


@pytest.fixture(scope="module")
def standing(
    compiled: CompiledModels, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Standing]:
    season = Season(tmp_path_factory.mktemp("season"))
    land(season, [Drop(name) for name in sorted(FILES)])
    models = compiled.only(*FACTS)
    with models.built(season.raw, season.ledger, END) as connection:
        expected = tables(connection, FACTS)
        models.quicken(connection, VIEWS)
        yield Standing(connection, models, expected)


def test_the_season_says_something(standing: Standing) -> None:
    """What the property compares is there, and the newest file has won."""
    found = standing.expected
    assert {name for name in FACTS if not found[name]} == set()
    lines = standing.connection.execute(
        "select count(*), sum(refund_amount) from staging.order_lines"
    ).fetchall()
    assert lines == [(5, 60)]
    spend = standing.connection.execute(
        "select spend_date::varchar, sum(cost)::varchar from staging.spend where is_counted group by 1 order by 1"
    ).fetchall()
    assert [(day, float(cost)) for day, cost in spend] == [
        ("2026-10-24", 10.0),
        ("2026-10-25", 21.0),
        ("2026-10-26", 5.0),
    ]


@given(order=drops(sorted(FILES)))
@settings(max_examples=10, deadline=None, derandomize=True, print_blob=True)
def test_any_permutation_and_duplication_of_a_season_gives_equal_facts(
    standing: Standing, order: list[Drop]
) -> None:
    with TemporaryDirectory() as folder:
        season = Season(Path(folder) / "season")
        land(season, order)
        assert standing.unlike(season) == {}


def test_a_missing_file_is_seen(standing: Standing, tmp_path: Path) -> None:
    for name in (f"{SECOND}_jd.csv", f"{THIRD}_qc.csv"):
        season = Season(tmp_path / name)
        land(season, [Drop(other) for other in sorted(FILES) if other != name])
        assert standing.unlike(season), name
