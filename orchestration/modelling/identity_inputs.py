"""What identity reads from the warehouse: everything, or what is new since a stored state."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from orchestration.core.identity import Gone, IdentityState

_NEVER = np.iinfo(np.int64).max
#: Traits that staging.accounts has as columns, as text.
_TRAITS = {"gender": "gender", "birth_date": "birth_date::varchar"}
_EDGES = "account_key, platform, identifier_type, identifier_hash, first_seen_at"


@dataclass(frozen=True)
class IdentityInputs:
    """The frames of :func:`orchestration.core.identity.resolve`.

    accounts: account_key, platform. identifiers: account_key, platform, identifier_type,
    identifier_hash, first_seen_at (UTC); usable ones, and traits that accounts declare, undated.
    corrections: account_key, other_account_key, relation, stated_at; always all. With
    ``is_increment`` accounts and identifiers are those added since the stored state, and ``gone`` what
    is no more; ``scope`` says in words what they are.
    """

    accounts: pd.DataFrame
    identifiers: pd.DataFrame
    corrections: pd.DataFrame
    is_increment: bool
    gone: Gone | None
    scope: str


def read_identity_inputs(
    connection: duckdb.DuckDBPyConnection, traits: Collection[str], why: str = "asked for"
) -> IdentityInputs:
    """Everything that is staged; raises duckdb.CatalogException before the first staging."""
    return IdentityInputs(
        accounts=connection.execute("select account_key, platform from staging.accounts").df(),
        identifiers=connection.execute(_staged(traits)).df(),
        corrections=_corrections(connection),
        is_increment=False,
        gone=None,
        scope=f"everything: {why}",
    )


def read_identity_changes(
    connection: duckdb.DuckDBPyConnection,
    state: IdentityState | None,
    rules: str,
    traits: Collection[str],
) -> IdentityInputs:
    """What staging and ``state`` differ in; everything without a state, and under other rules than its
    own (fingerprint ``rules``).

    Whatever made the difference: new files, files taken back, a newer export of a row, a contract
    that reads a column otherwise. Changed corrections are laid over the people in every run.
    """
    if state is None:
        return read_identity_inputs(connection, traits, "no published run before")
    if state.rules != rules:
        return read_identity_inputs(connection, traits, "the rules changed")
    graph = state.graph
    if graph.account_key.dtype != np.uint64 or graph.identifier_key.dtype != np.uint64:
        return read_identity_inputs(connection, traits, "keys that are not 16 hex digits")
    accounts = pd.DataFrame({"key": graph.account_key, "platform": graph.platform_names()})
    edges = pd.DataFrame(
        {
            "key": graph.account_key[graph.edge_account],
            "type": graph.identifier_type[graph.edge_identifier],
            "hash": graph.identifier_key[graph.edge_identifier],
            "first_us": graph.edge_first,
        }
    )
    types = pd.DataFrame(
        {
            "type": np.arange(len(graph.types), dtype=np.int32),
            "name": pd.Series(graph.types, dtype="str"),
        }
    )
    known = {"known_accounts": accounts, "known_edges": edges, "known_types": types}
    for name, frame in known.items():
        connection.register(name, frame)
    try:
        new_accounts, gone_accounts = _split(
            connection, _COMPARED_ACCOUNTS, "account_key, platform", "account_key"
        )
        new_edges, gone_edges = _split(
            connection,
            _COMPARED_EDGES.format(staged=_staged(traits)),
            _EDGES,
            "account_key, identifier_type, identifier_hash",
        )
    finally:
        for name in known:
            connection.unregister(name)
    return IdentityInputs(
        accounts=new_accounts,
        identifiers=new_edges,
        corrections=_corrections(connection),
        is_increment=True,
        gone=Gone(gone_accounts, gone_edges),
        scope=(
            f"what is new ({len(new_accounts):,} accounts, {len(new_edges):,} identifiers) "
            f"and what is gone ({len(gone_accounts):,} accounts, {len(gone_edges):,} identifiers)"
        ),
    )


# Keys as the numbers that their hex digits spell: twice as fast to join as text. A row that staging has
# and the state does not is new, one that only the state has is gone; an identifier first seen
# at another time is new, and gone too where that is later.
_COMPARED_ACCOUNTS = """
    select
        coalesce(staged.account_key, printf('%016x', known.key)) as account_key,
        staged.platform,
        staged.key is not null as is_new,
        staged.key is null as is_gone
    from (select *, ('0x' || account_key)::ubigint as key from staging.accounts) as staged
    full join known_accounts as known on staged.key = known.key and staged.platform = known.platform
    where staged.key is null or known.key is null
"""
_COMPARED_EDGES = f"""
    select
        coalesce(staged.account_key, printf('%016x', known.key)) as account_key,
        staged.platform,
        coalesce(staged.identifier_type, known_types.name) as identifier_type,
        coalesce(staged.identifier_hash, printf('%016x', known.hash)) as identifier_hash,
        staged.first_seen_at,
        staged.key is not null as is_new,
        staged.key is null or coalesce(staged.first_us > known.first_us, false) as is_gone
    from (
        select
            edges.*,
            ('0x' || edges.account_key)::ubigint as key,
            ('0x' || edges.identifier_hash)::ubigint as hash,
            coalesce(epoch_us(edges.first_seen_at), {_NEVER}) as first_us,
            types.type
        from ({{staged}}) as edges
        left join known_types as types on edges.identifier_type = types.name
    ) as staged
    full join known_edges as known on staged.key = known.key and staged.hash = known.hash and staged.type = known.type
    left join known_types on known.type = known_types.type
    where staged.key is null or known.key is null or staged.first_us <> known.first_us
"""


def _split(
    connection: duckdb.DuckDBPyConnection, compared: str, new: str, gone: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(columns ``new`` of what the state does not have, columns ``gone`` of what it has and is no more)."""
    connection.execute(f"create or replace temp table identity_changes as {compared}")
    try:
        return (
            connection.execute(f"select {new} from identity_changes where is_new").df(),
            connection.execute(f"select {gone} from identity_changes where is_gone").df(),
        )
    finally:
        connection.execute("drop table identity_changes")


def _staged(traits: Collection[str]) -> str:
    """The edges of the graph as staging has them now."""
    declared = [
        f"""
        select account_key, platform, '{name}' as identifier_type,
            left(md5('{name}:' || {text}), 16) as identifier_hash, null::timestamp as first_seen_at
        from staging.accounts where {name} is not null
        """
        for name, text in _TRAITS.items()
        if name in traits
    ]
    usable = f"select {_EDGES} from staging.identifiers where is_usable"
    return " union all ".join([usable, *declared])


def _corrections(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return connection.execute(
        "select account_key, other_account_key, relation, stated_at from staging.corrections"
    ).df()
