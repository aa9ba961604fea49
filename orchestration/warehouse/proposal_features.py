"""What the pass that proposes matches reads from warehouse and vault."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pandas as pd

# The newest clear name and phone of each account, else the newest masked ones. A masked phone shows
# its first three and last four digits; of a clear one the same is read, so that the two compare.
_PROPOSAL_FEATURES = """
    with named as (
        select account_key, arg_max(identifier_value, (not contains(identifier_value, '*'), last_seen_at)) as name
        from vault_of_proposals.main.identifiers
        where identifier_type = 'buyer_name' and (is_usable or reject_reason = 'masked')
        group by account_key
    ),
    called as (
        select account_key,
            arg_max(identifier_value, (not contains(identifier_value, '*'), last_seen_at)) as phone
        from vault_of_proposals.main.identifiers
        where identifier_type = 'phone' and (is_usable or reject_reason = 'masked')
        group by account_key
    )
    select a.account_key, a.platform, p.one_id, named.name,
        nullif(regexp_extract(called.phone, '(1[0-9]{2})[0-9*]{4}([0-9]{4})$', 1)
            || '|' || regexp_extract(called.phone, '(1[0-9]{2})[0-9*]{4}([0-9]{4})$', 2), '|') as phone_mask,
        a.province, a.city, a.first_seen_at
    from staging.accounts as a
    inner join identity.accounts as p using (account_key)
    left join named using (account_key)
    left join called using (account_key)
    where named.name is not null or called.phone is not null
"""


def read_proposal_features(connection: duckdb.DuckDBPyConnection, vault: Path) -> pd.DataFrame:
    """The frame of :func:`orchestration.modelling.proposals.propose_matches`, one row per account with
    a name or a phone. Readable names stay in memory: nothing of it may be written.
    """
    location = str(vault).replace("'", "''")
    connection.execute(f"attach '{location}' as vault_of_proposals (read_only)")
    try:
        return connection.execute(_PROPOSAL_FEATURES).df()
    finally:
        connection.execute("detach vault_of_proposals")
