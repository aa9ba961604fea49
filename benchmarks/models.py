"""``make bench-models``: RFM, value and churn of a million customers, beside the usual ways to make them.

Each method runs in a process of its own. CPU seconds are those of the method, without making the data; peak memory includes
the data. RFM reads orders, as a run does; value and churn read the orders of the same people.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from benchmarks.side_by_side import show
from orchestration.configuration import load_configuration
from orchestration.core import rfm as rfm_core
from orchestration.core import value as value_core
from orchestration.core.value import churn as churn_core

AS_OF = pd.Timestamp("2026-09-30")
DAYS = 730
Orders = Path

_SUMMARY = """
    select one_id, count(*) - 1 as repeat_orders, max(order_date) - min(order_date) as recency_days,
        date '2026-09-30' - min(order_date) as age_days, avg(net_amount) as mean_amount
    from (select one_id, order_date, sum(net_amount) as net_amount from '{orders}' group by all) group by one_id order by one_id
"""
_MEASURES = """
    select one_id, date '2026-09-30' - max(order_date) as recency_days, count(*) as frequency, sum(net_amount) as monetary
    from '{orders}' group by one_id
"""


def write_orders(path: Path, people: int, per_person: float) -> None:
    """Orders as Parquet: gamma rates of mean ``per_person``, people join and leave at random days."""
    random = np.random.default_rng(20261111)
    ids = np.array([f"p{number * 2654435761 % 2**64:016x}" for number in range(people)])
    first = random.integers(0, DAYS, people)
    stay = np.maximum((random.random(people) ** 0.5 * (DAYS - first)).astype(np.int64), 1)
    counts = 1 + random.poisson(random.gamma(0.8, (per_person - 1.0) / 0.8, people))
    person = np.repeat(np.arange(people), counts)
    day = first[person] + (random.random(len(person)) * stay[person]).astype(np.int64)
    worth = random.lognormal(4.0, 0.6, people)[person]
    amount = np.round(worth * random.lognormal(0.0, 0.4, len(person)), 2)
    frame = pd.DataFrame({"person": person, "age": DAYS - 1 - day, "net_amount": amount})
    names = pd.DataFrame({"person": np.arange(people), "one_id": ids})
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.register("rows_of_orders", frame)
        connection.register("names", names)
        connection.execute(
            "copy (select one_id, date '2026-09-30' - age::int as order_date, net_amount "
            f"from rows_of_orders join names using (person)) to '{path}' (format parquet)"
        )


def _read(query: str) -> pd.DataFrame:
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        return connection.execute(query).df()


def _orders(orders: Orders) -> pd.DataFrame:
    return _read(f"select one_id, order_date, net_amount::double as net_amount from '{orders}'")


def _our_rfm(orders: Orders) -> int:
    measured = _read(_MEASURES.format(orders=orders))
    return len(rfm_core.score(measured, load_configuration().rfm, rfm_core.load_maps()))


def _pandas_rfm(orders: Orders) -> int:
    """The script of most tutorials: group by customer, then three times qcut on ranks."""
    people = (
        pd.read_parquet(orders)
        .groupby("one_id")
        .agg(
            last=("order_date", "max"),
            frequency=("order_date", "size"),
            monetary=("net_amount", "sum"),
        )
    )
    people["recency_days"] = (AS_OF - pd.to_datetime(people["last"])).dt.days
    for measure, labels in (
        ("recency_days", [5, 4, 3, 2, 1]),
        ("frequency", [1, 2, 3, 4, 5]),
        ("monetary", [1, 2, 3, 4, 5]),
    ):
        people[f"{measure}_score"] = pd.qcut(
            people[measure].rank(method="first"), 5, labels=labels
        ).astype(int)
    return len(people)


def _sql_rfm(orders: Orders) -> int:
    """Nothing but ``ntile`` in DuckDB: equal values get different scores."""
    scores = ", ".join(
        f"ntile(5) over (order by {order}) as {name}"
        for name, order in (("r", "recency_days desc"), ("f", "frequency"), ("m", "monetary"))
    )
    return len(_read(f"select *, {scores} from ({_MEASURES.format(orders=orders)})"))


def _our_value(orders: Orders) -> int:
    """All of it: backtest at earlier dates, four engines, intervals, guards."""
    found = value_core.predict_orders(
        _orders(orders), AS_OF.date(), load_configuration().value
    ).predictions
    return len(found)


def _our_purchase_model(orders: Orders) -> int:
    """MBG/NBD and Gamma-Gamma alone."""
    summary = _read(_SUMMARY.format(orders=orders)).assign(
        orders=lambda frame: frame["repeat_orders"] + 1
    )
    return len(value_core.predict(summary, load_configuration().value))


def _lifetimes_value(orders: Orders) -> int:
    """BG/NBD and Gamma-Gamma of lifetimes, fitted on the summary that DuckDB makes."""
    from benchmarks.quality_churn import lifetimes

    package = lifetimes()
    summary = _read(_SUMMARY.format(orders=orders)).astype({"repeat_orders": float})
    x, tx, age = (summary[name] for name in ("repeat_orders", "recency_days", "age_days"))
    fitter = package.BetaGeoFitter(penalizer_coef=0.001).fit(x, tx / 7.0, age / 7.0)
    back = x > 0
    amounts = package.GammaGammaFitter(penalizer_coef=0.001).fit(
        x[back], summary.loc[back, "mean_amount"]
    )
    for days in (90, 365):
        fitter.conditional_expected_number_of_purchases_up_to_time(
            days / 7.0, x, tx / 7.0, age / 7.0
        )
    amounts.conditional_expected_average_profit(x, summary["mean_amount"])
    return len(summary)


def _lifetimes_summary(orders: Orders) -> int:
    """The same, with the summary of lifetimes itself."""
    from benchmarks.quality_churn import lifetimes

    return len(
        lifetimes().utils.summary_data_from_transaction_data(
            pd.read_parquet(orders),
            "one_id",
            "order_date",
            "net_amount",
            observation_period_end=AS_OF,
        )
    )


def _our_churn(orders: Orders) -> int:
    """Classifiers fitted, judged at an earlier date, and everyone scored, with reasons."""
    frame, configured = _orders(orders), load_configuration()
    days = value_core.order_days(frame)
    purchases = value_core.fit(value_core.summarise(days, AS_OF), configured.value)
    fitted = churn_core.fit(frame, AS_OF.date(), configured.churn)
    return len(
        churn_core.predict(frame, AS_OF.date(), configured.churn, purchases, fitted).predictions
    )


def _trees_churn(orders: Orders) -> int:
    """Boosted trees on a plain history in pandas, fitted on everybody at the earlier date."""
    from benchmarks.quality_churn import boosted_trees
    from benchmarks.quality_value import people_of

    days = value_core.order_days(_orders(orders))
    horizon = load_configuration().churn.horizon_days
    earlier = AS_OF - pd.Timedelta(days=horizon)
    before, now = people_of(days, earlier), people_of(days, AS_OF)
    came = value_core.outcome(days, before["one_id"], earlier, horizon)
    return len(boosted_trees(before, came["orders"].to_numpy() == 0, now))


# Task -> method -> what it is; the first is ours, and ratios are to it.
TASKS: Mapping[str, Mapping[str, Callable[[Orders], int]]] = {
    "RFM": {
        "ours: SQL, then cuts, two maps": _our_rfm,
        "DuckDB, ntile alone": _sql_rfm,
        "pandas groupby and qcut": _pandas_rfm,
    },
    "value": {
        "ours: four engines, backtested": _our_value,
        "ours, purchase model alone": _our_purchase_model,
        "lifetimes BG/NBD + Gamma-Gamma": _lifetimes_value,
        "lifetimes, its summary alone": _lifetimes_summary,
    },
    "churn": {
        "ours: judged, calibrated, with reasons": _our_churn,
        "boosted trees on a pandas history": _trees_churn,
    },
}
# Orders per person: RFM as in the figures of other libraries, value and churn as in a shop.
PER_PERSON = {"RFM": 20.0, "value": 4.0, "churn": 4.0}


def _measure(task: str, method: str, orders: Orders) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    people = TASKS[task][method](orders)
    return {
        "people": people,
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9,
    }


def main() -> None:
    """Print the tables, or with ``--method`` the figures of one method as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--task", choices=TASKS)
    parser.add_argument("--method")
    parser.add_argument("--orders", type=Path)
    arguments = parser.parse_args()
    if arguments.method:
        print(json.dumps(_measure(arguments.task, arguments.method, arguments.orders)))
        return
    with tempfile.TemporaryDirectory() as folder:
        for task, methods in TASKS.items():
            if arguments.task in (None, task):
                _show(task, methods, arguments.people, Path(folder))


def _show(
    task: str, methods: Mapping[str, Callable[[Orders], int]], people: int, folder: Path
) -> None:
    orders = folder / f"orders_{PER_PERSON[task]:g}.parquet"
    if not orders.exists():
        # In a process of its own, so that no method is charged for it.
        subprocess.run(
            [
                sys.executable,
                "-c",
                "import sys, pathlib; from benchmarks.models import write_orders; "
                "write_orders(pathlib.Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))",
                str(orders),
                str(people),
                str(PER_PERSON[task]),
            ],
            check=True,
        )
    rows = _read(f"select count(*) as rows from '{orders}'")["rows"].iloc[0]
    print(f"\n{task}: {people:,} people, {rows:,} orders\n")
    show("benchmarks.models", methods, ["--task", task, "--orders", str(orders)])


if __name__ == "__main__":
    main()
