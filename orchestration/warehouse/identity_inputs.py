"""What identity reads from the warehouse, the same for a run and for a plan."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd


@dataclass(frozen=True)
class IdentityInputs:
    """The frames of :func:`orchestration.core.identity.resolve`.

    accounts: account_key, platform. identifiers: account_key, platform, identifier_type,
    identifier_hash, first_seen_at (UTC); usable ones only. corrections: account_key,
    other_account_key, relation, stated_at.
    """

    accounts: pd.DataFrame
    identifiers: pd.DataFrame
    corrections: pd.DataFrame


def read_identity_inputs(connection: duckdb.DuckDBPyConnection) -> IdentityInputs:
    """Everything that is staged; raises duckdb.CatalogException before the first staging."""
    return IdentityInputs(
        accounts=connection.execute("select account_key, platform from staging.accounts").df(),
        identifiers=connection.execute(
            "select account_key, platform, identifier_type, identifier_hash, first_seen_at "
            "from staging.identifiers where is_usable"
        ).df(),
        corrections=connection.execute(
            "select account_key, other_account_key, relation, stated_at from staging.corrections"
        ).df(),
    )
