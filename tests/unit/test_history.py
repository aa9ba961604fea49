"""Where the exports begin, in the merchant's days."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from orchestration.settings import load_settings
from orchestration.warehouse.history import first_day
from orchestration.warehouse.session import open_warehouse

DAY = dt.date(2026, 8, 1)


def test_the_first_day_is_that_of_the_first_event_or_order(tmp_path: Path) -> None:
    settings = load_settings({"DOUBLELOOP_HOME": str(tmp_path)})
    assert first_day(settings, DAY) is None
    with open_warehouse(settings, DAY) as connection:
        connection.execute("create table facts.account_event_days (event_date date)")
        connection.execute("create table staging.orders (ordered_at timestamp)")
    assert first_day(settings, DAY) is None
    with open_warehouse(settings, DAY) as connection:
        connection.execute("insert into facts.account_event_days values ('2026-09-23')")
    assert first_day(settings, DAY) == dt.date(2026, 9, 23)
    with open_warehouse(settings, DAY) as connection:
        # Half past one in the night of the 22nd in Shanghai.
        connection.execute("insert into staging.orders values ('2026-09-21 17:30'), ('2026-10-01')")
    assert first_day(settings, DAY) == dt.date(2026, 9, 22)
