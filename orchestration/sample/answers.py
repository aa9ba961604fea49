"""Who is who in a sample, as the pipeline's own keys: what a check or a benchmark compares with."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd


def true_people(sample: Path, salt: str) -> pd.DataFrame:
    """One row per account of the truth: account_key, person.

    ``sample`` is the folder of the sample, ``salt`` the one the run hashed account keys with.
    """
    with duckdb.connect() as connection:
        return connection.execute(
            """
            select
                left(md5($salt || '|' || platform || ':' || account_id), 16) as account_key,
                person_id as person
            from read_csv($file, header = true, all_varchar = true)
            order by account_key
            """,
            {"salt": salt, "file": str(sample / "truth" / "accounts.csv")},
        ).df()
