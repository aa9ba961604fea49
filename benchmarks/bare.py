"""The same job as one bare script: no orchestration, no checks, no lineage, no quarantine.

It is the yardstick of ``make bench``: read the sample's orders and behaviour, join accounts into
people, add up interests and facts, score RFM, train one lookalike, write Parquet. It knows the
sample's formats by heart and trusts every byte of them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

AS_OF = "2026-11-20"


def read_text(paths: list[Path], encoding: str) -> pa.Table:
    """All columns of some CSV files as text."""
    tables = []
    for path in paths:
        names = csv.open_csv(path, csv.ReadOptions(encoding=encoding)).schema.names
        options = csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        tables.append(
            csv.read_csv(
                path,
                csv.ReadOptions(encoding=encoding),
                csv.ParseOptions(newlines_in_values=True),
                options,
            )
        )
    return pa.concat_tables(tables, promote_options="default")


def main(landing: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config={"memory_limit": "6GB", "temp_directory": str(out / "tmp")})
    con.execute("set timezone = 'UTC'")
    clock = Clock()

    taobao = read_text(sorted(landing.glob("taobao/*/ExportOrderList*.csv")), "gb18030")
    jd = read_text(sorted(landing.glob("jd/*/*.csv")), "gb18030")
    youzan = read_text(sorted(landing.glob("youzan/**/*.csv")), "utf-8")
    shopify = read_text(sorted(landing.glob("shopify/orders*.csv")), "utf-8")
    con.execute(
        """
        create table orders as
        with all_orders as (
            select 'taobao' as platform, trim("订单编号", '="') as order_id, "买家会员名" as account_id,
                trim("联系手机", '''="') as phone, null as email,
                try_cast("订单付款时间 " as timestamp) as paid_at,
                try_cast("买家实际支付金额" as decimal(18, 2)) - coalesce(try_cast("退款金额" as decimal(18, 2)), 0) as amount
            from taobao
            union all by name
            select 'jd' as platform, trim("订单号", chr(9)) as order_id, trim("下单帐号", chr(9)) as account_id,
                null as phone, null as email, try_cast(trim("付款确认时间", chr(9)) as timestamp) as paid_at,
                try_cast(trim("应付金额", chr(9)) as decimal(18, 2)) as amount
            from jd
            union all by name
            select 'youzan' as platform, "订单号" as order_id, "收货人手机号/提货人手机号" as account_id,
                "收货人手机号/提货人手机号" as phone, null as email, try_cast("买家付款时间" as timestamp) as paid_at,
                sum(try_cast("商品实际成交金额" as decimal(18, 2)) - coalesce(try_cast("商品已退款金额" as decimal(18, 2)), 0)) as amount
            from youzan group by all
            union all by name
            select 'shopify' as platform, "Name" as order_id, lower("Email") as account_id, "Phone" as phone,
                lower("Email") as email, try_cast(left("Paid at", 19) as timestamp) as paid_at,
                try_cast("Total" as decimal(18, 2)) - coalesce(try_cast("Refunded Amount" as decimal(18, 2)), 0) as amount
            from shopify where "Total" <> ''
        )
        select platform, order_id, any_value(account_id) as account_id, any_value(phone) as phone,
            any_value(email) as email, max(paid_at) as paid_at, max(amount) as amount
        from all_orders group by platform, order_id
        """
    )
    del taobao, jd, youzan, shopify
    con.execute(
        f"""
        create table events as
        select distinct on (_track_id) distinct_id as account_id, event as event_type,
            make_timestamp("time" * 1000) + interval 8 hour as happened,
            properties->>'category' as category, cast(properties->>'dwell_seconds' as double) as dwell,
            identities->>'unionid' as unionid
        from read_json('{landing}/sensors/*.jsonl', format = 'newline_delimited', columns = {{
            _track_id: 'bigint', distinct_id: 'varchar', event: 'varchar', "time": 'bigint', type: 'varchar',
            properties: 'json', identities: 'json'}})
        where type = 'track'
        """
    )
    clock.lap("reading")

    con.execute(
        """
        create table edges as
        select distinct platform || ':' || account_id as account, 'phone:' || phone as value from orders
            where account_id is not null and phone similar to '1[0-9]{10}'
        union select distinct platform || ':' || account_id, 'email:' || email from orders where email <> ''
        union select distinct 'sensors:' || account_id, 'phone:' || account_id from events
            where account_id similar to '1[0-9]{10}'
        union select distinct 'sensors:' || account_id, 'union:' || unionid from events where unionid <> '';
        create table accounts as
        select row_number() over () - 1 as n, account from (
            select distinct platform || ':' || account_id as account from orders where account_id is not null
            union select distinct 'sensors:' || account_id from events);
        create table identifiers as select row_number() over () - 1 as n, value from (select distinct value from edges);
        """
    )
    accounts = con.execute("select count(*) from accounts").fetchall()[0][0]
    pairs = con.execute(
        "select a.n as a, i.n as i from edges join accounts as a using (account) join identifiers as i using (value)"
    ).fetchnumpy()
    size = accounts + int(pairs["i"].max(initial=-1)) + 1
    graph = coo_matrix(
        (np.ones(len(pairs["a"]), dtype=np.int8), (pairs["a"], pairs["i"] + accounts)), (size, size)
    )
    label = connected_components(graph, directed=False)[1][:accounts]
    people_of = pa.table({"n": np.arange(accounts), "person": label})  # noqa: F841
    con.execute(
        "create table people as select account, person from accounts join people_of using (n)"
    )
    clock.lap("identity")

    con.execute(
        f"""
        create table interest_days as
        select 'sensors:' || account_id as account, category, happened::date as day, sum(
            case event_type when 'share' then 2 when 'like' then 0.5 when 'comment' then 0.5 when 'cart' then 2 else 1 end
            * case when dwell is null then 1 when dwell < 10 then 0.5 when dwell < 60 then 1 else 2 end) as weight
        from events where category is not null and happened < timestamp '{AS_OF}' + interval 1 day group by all;
        create table tags as
        select person, category, 10 * (2 / (1 + exp(-sum(weight * case
            when date '{AS_OF}' - day < 3 then 1 when date '{AS_OF}' - day < 7 then 0.85
            when date '{AS_OF}' - day < 15 then 0.7 when date '{AS_OF}' - day < 30 then 0.5 else 0.1 end) / 10)) - 1) as weight
        from interest_days join people using (account) group by all
        """
    )
    clock.lap("tags")

    con.execute(
        f"""
        create table activity as
        select person, count(*) as events, count(*) filter (event_type = 'cart') as carts,
            count(distinct happened::date) as days, max(happened) as last_at
        from events join people on people.account = 'sensors:' || events.account_id group by person;
        create table facts as
        select people.person, count(order_id) as frequency, coalesce(sum(amount), 0) as monetary,
            date '{AS_OF}' - max(paid_at)::date as recency, count(distinct people.account) as accounts
        from people left join orders on people.account = orders.platform || ':' || orders.account_id
            and orders.amount > 0 and orders.paid_at < timestamp '{AS_OF}' + interval 1 day
        group by people.person;
        create table rfm as
        select person, 6 - ntile(5) over (order by recency) as r, ntile(5) over (order by frequency) as f,
            ntile(5) over (order by monetary) as m
        from facts where frequency > 0;
        """
    )
    clock.lap("facts")

    lookalike(con)
    clock.lap("lookalike")

    for table in ("people", "tags", "facts", "rfm", "scores"):
        con.execute(f"copy {table} to '{out / table}.parquet' (format parquet)")
    clock.lap("writing")


def lookalike(con: duckdb.DuckDBPyConnection) -> None:
    """A logistic regression of the best customers against a sample of everyone."""
    from sklearn.linear_model import LogisticRegression

    categories = [
        name
        for (name,) in con.execute(
            "select distinct category from tags order by 1 limit 50"
        ).fetchall()
    ]
    sums = ", ".join(
        f"coalesce(sum(weight) filter (category = '{name}'), 0)::float as c{i}"
        for i, name in enumerate(categories)
    )
    frame = con.execute(
        f"""
        with wide as (select person, {sums} from tags group by person)
        select f.person, coalesce(r.r + r.f + r.m, 0) as score, coalesce(ln(1 + a.events), 0)::float as e,
            coalesce(ln(1 + a.carts), 0)::float as k, coalesce(ln(1 + a.days), 0)::float as d,
            {", ".join(f"coalesce(c{i}, 0) as c{i}" for i in range(len(categories)))}
        from facts as f left join rfm as r using (person) left join activity as a using (person)
        left join wide using (person)
        """
    ).fetchnumpy()
    matrix = np.column_stack(
        [
            np.asarray(frame[name], dtype=np.float32)
            for name in frame
            if name not in ("person", "score")
        ]
    )
    matrix = (matrix - matrix.mean(axis=0)) / (matrix.std(axis=0) + 1e-9)
    seed = np.asarray(frame["score"]) >= np.quantile(np.asarray(frame["score"]), 0.95)
    rng = np.random.default_rng(1)
    pool = rng.permutation(len(seed))[:60_000]
    model = LogisticRegression(max_iter=200).fit(matrix[pool], seed[pool])
    scored = {"person": np.asarray(frame["person"]), "score": model.decision_function(matrix)}
    scores = pa.table(scored)  # noqa: F841 - read by the next query
    con.execute("create table scores as select * from scores")


class Clock:
    """Prints wall and CPU seconds of each part."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def lap(self, name: str) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        print(f"  {name:<12}{wall - self.wall:8.1f} s wall {cpu - self.cpu:8.1f} s CPU", flush=True)
        self.wall, self.cpu = wall, cpu


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
