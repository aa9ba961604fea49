"""What identity reads from the warehouse: everything, or what is new since a stored state."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from orchestration.core.identity import IdentityState

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
    ``is_increment`` accounts and identifiers are those added since the stored state; ``scope`` says
    in words what they are.
    """

    accounts: pd.DataFrame
    identifiers: pd.DataFrame
    corrections: pd.DataFrame
    is_increment: bool
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
        scope=f"everything: {why}",
    )


def read_identity_changes(
    connection: duckdb.DuckDBPyConnection,
    state: IdentityState | None,
    rules: str,
    traits: Collection[str],
) -> IdentityInputs:
    """What is staged and not yet in ``state``; everything where that alone would not do: without a
    state, under other rules than its own (fingerprint ``rules``), or where something it knows is gone
    (a file was taken back, a contract reads a column otherwise, an account declares something else).

    Changed corrections are no reason: they are laid over the people in every run.
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
    types = pd.DataFrame({"type": range(len(graph.types)), "name": graph.types}, dtype="object")
    known = {"known_accounts": accounts, "known_edges": edges, "known_types": types}
    for name, frame in known.items():
        connection.register(name, frame)
    try:
        new_accounts, gone_accounts = _split(
            connection, _COMPARED_ACCOUNTS, "account_key, platform"
        )
        new_edges, gone_edges = _split(
            connection, _COMPARED_EDGES.format(staged=_staged(traits)), _EDGES
        )
    finally:
        for name in known:
            connection.unregister(name)
    if gone_accounts or gone_edges:
        why = f"{gone_accounts:,} accounts and {gone_edges:,} identifiers are gone or first seen later"
        return read_identity_inputs(connection, traits, why)
    return IdentityInputs(
        accounts=new_accounts,
        identifiers=new_edges,
        corrections=_corrections(connection),
        is_increment=True,
        scope=f"what is new: {len(new_accounts):,} accounts and {len(new_edges):,} identifiers",
    )


# Keys as the numbers that their hex digits spell: twice as fast to join as text.
_COMPARED_ACCOUNTS = """
    select staged.account_key, staged.platform, staged.account_key is null as is_gone
    from (select *, ('0x' || account_key)::ubigint as key from staging.accounts) as staged
    full join known_accounts as known on staged.key = known.key and staged.platform = known.platform
    where staged.key is null or known.key is null
"""
_COMPARED_EDGES = f"""
    select staged.* exclude (key, hash, first_us), staged.key is null or coalesce(staged.first_us > known.first_us, false) as is_gone
    from (
        select
            edges.*,
            ('0x' || edges.account_key)::ubigint as key,
            ('0x' || edges.identifier_hash)::ubigint as hash,
            coalesce(epoch_us(edges.first_seen_at), {_NEVER}) as first_us,
            known_types.type::integer as type
        from ({{staged}}) as edges
        left join known_types on edges.identifier_type = known_types.name
    ) as staged
    full join known_edges as known on staged.key = known.key and staged.hash = known.hash and staged.type = known.type
    where staged.key is null or known.key is null or staged.first_us <> known.first_us
"""


def _split(
    connection: duckdb.DuckDBPyConnection, compared: str, columns: str
) -> tuple[pd.DataFrame, int]:
    """(rows that the state does not have, number of rows that it alone has)."""
    connection.execute(f"create or replace temp table identity_changes as {compared}")
    try:
        added = connection.execute(f"select {columns} from identity_changes where not is_gone").df()
        ((gone,),) = connection.execute(
            "select count(*) from identity_changes where is_gone"
        ).fetchall()
    finally:
        connection.execute("drop table identity_changes")
    return added, gone


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
