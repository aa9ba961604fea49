"""What the merchant's older systems export: their accounts (generic customers) and the ids these carry."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample.cases import Carried, Case
from orchestration.sample.chunk import Chunk
from orchestration.sample.files import UTF8, CsvFormat, Folder
from orchestration.sample.period import HOUR, Period
from orchestration.sample.text import Text, csv_lines, take
from orchestration.sample.writers.headers import CUSTOMERS, IDENTITIES

CUSTOMER_FORMAT = CsvFormat(CUSTOMERS, UTF8)
IDENTITY_FORMAT = CsvFormat(IDENTITIES, UTF8)


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the accounts of all hard cases and what they carry."""
    exported = chunk.period.epoch + chunk.period.close + 5 * HOUR
    for case in chunk.cases:
        cells: dict[str, Text] = {
            "platform": case.platform,
            "account_id": case.account_id,
            "joined_at": chunk.period.iso_text(case.joined),
        }
        lines = csv_lines(CUSTOMERS, cells, len(case.person))
        folder.append_csv("generic/old_systems_accounts.csv", CUSTOMER_FORMAT, lines, exported)
        for carried in case.carried:
            folder.append_csv(
                "generic/old_systems_ids.csv",
                IDENTITY_FORMAT,
                _identity_lines(chunk.period, case, carried),
                exported,
            )


def _identity_lines(period: Period, case: Case, carried: Carried) -> pa.Array:
    index = np.flatnonzero(carried.present)
    stated = carried.stated_type
    cells: dict[str, Text] = {
        "platform": case.platform,
        "account_id": take(case.account_id, index),
        "identifier_type": stated if isinstance(stated, str) else take(stated, index),
        "identifier_value": take(carried.delivered, index),
        "seen_at": period.iso_text(case.joined[index]),
        "source": "old systems",
    }
    return csv_lines(IDENTITIES, cells, len(index))
