"""Where the exports begin, for who asks for a day before that."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import duckdb

from orchestration.warehouse.session import open_warehouse

if TYPE_CHECKING:
    from orchestration.settings import Settings

_FIRST = """
    select least(
        (select min(event_date) from facts.account_event_days),
        (select cast(min(ordered_at) at time zone 'UTC' at time zone getvariable('timezone') as date) from staging.orders)
    )
"""


def first_day(settings: Settings, as_of: dt.date) -> dt.date | None:
    """Merchant-local day of the first event or order in the warehouse; None where there is none, or no such table yet."""
    with open_warehouse(settings, as_of) as connection:
        try:
            found = connection.execute(_FIRST).fetchone()
        except duckdb.CatalogException:
            return None
    return None if found is None else found[0]
