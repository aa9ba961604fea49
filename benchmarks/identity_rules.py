"""Do people keep their ids when the rules change in the middle of a history, and everything is rebuilt?

The sample is landed and staged as a run does it. Its identifiers then arrive day by day, by the day on
which each was first seen, under the rules of before; in the middle the rules change; at the end
everything is computed again. People who have exactly the accounts they had on the day before the
change must have their id of that day, and every other move must be in the ledger with a cause.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from benchmarks.identity_quality import END, Staged, sample_arguments, sampled, stage
from orchestration.core.identity import (
    Contradictions,
    IdentityLimits,
    IdentityResult,
    resolve,
)


def main() -> int:
    """Write a sample, stage it, tell it day by day, measure and print."""
    arguments = sample_arguments(__doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="identity-") as home:
        deployment = sampled(home, arguments)
        staged = stage(deployment)
    after = IdentityLimits.from_mapping(deployment.configuration.identity.model_dump())
    for name, before in rules_before(after).items():
        report(name, *history(staged, arguments.days, before, after))
    return 0


def rules_before(after: IdentityLimits) -> dict[str, IdentityLimits]:
    """Sets of rules that become the configured ones, by what changes."""
    return {
        "nothing was weighed against a join": replace(after, contradictions=Contradictions()),
        "devices joined nobody": replace(after, relations=(*after.relations, "device_id")),
        "no limits at all": replace(
            after, contradictions=Contradictions(), maximum_accounts={}, maximum_values={},
            maximum_accounts_per_platform={},
        ),
    }  # fmt: skip


def history(
    staged: Staged, days: int, before: IdentityLimits, after: IdentityLimits
) -> tuple[IdentityResult, IdentityResult]:
    """(the day before the rules change, everything rebuilt after the last day)."""
    middle, result = days // 2, None
    last_before = None
    for day, (accounts, identifiers) in enumerate(arrivals(staged, days)):
        limits = before if day < middle else after
        result = resolve(
            accounts, identifiers, None if result is None else result.state, limits, None,
            END - dt.timedelta(days - 1 - day), is_increment=result is not None,
        )  # fmt: skip
        if day == middle - 1:
            last_before = result
    if result is None or last_before is None:
        raise SystemExit("A history has at least two days.")
    everything = pd.concat([_edges(staged), staged.traits], ignore_index=True)
    return last_before, resolve(staged.accounts, everything, result.state, after, None, END)


def arrivals(staged: Staged, days: int) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Accounts and identifiers of each day; the first brings everything older, and what has no date."""
    edges = _edges(staged)
    start = pd.Timestamp(END) - pd.Timedelta(days=days - 1)
    edges["day"] = ((edges["first_seen_at"] - start) // pd.Timedelta(days=1)).clip(0, days - 1)
    edges["day"] = edges["day"].fillna(0)
    first = edges.groupby("account_key")["day"].min()
    account_day = staged.accounts["account_key"].map(first).fillna(0)
    declared = staged.traits["account_key"].map(first).fillna(0)
    for day in range(days):
        new = edges[edges["day"] == day].drop(columns="day")
        yield (
            staged.accounts[account_day == day],
            pd.concat([new, staged.traits[declared == day]], ignore_index=True),
        )


def _edges(staged: Staged) -> pd.DataFrame:
    usable = staged.identifiers[staged.identifiers["is_usable"]]
    return usable[
        ["account_key", "platform", "identifier_type", "identifier_hash", "first_seen_at"]
    ].reset_index(drop=True)


def report(name: str, before: IdentityResult, after: IdentityResult) -> None:
    """Print how many people with the same accounts kept their id, and what the ledger says of the rest."""
    both = before.accounts.merge(after.accounts, on="account_key", suffixes=("_before", "_after"))
    kept = _same_people(before.accounts, after.accounts)
    moved = both[both["one_id_before"] != both["one_id_after"]]
    moves = set(zip(moved["one_id_before"], moved["one_id_after"], strict=True))
    resolved = after.resolved_ids.set_index("one_id")["current_one_id"]
    events = after.history[after.history["event"].isin(["merged", "split"])]
    told = set(events["one_id"]) | set(events["other_one_id"].dropna())
    untold = [move for move in moves if not told.issuperset(move)]
    print(f"\n== before: {name}")
    print(f"people before the change {before.accounts['one_id'].nunique():,}, at the end {after.accounts['one_id'].nunique():,}")  # fmt: skip
    print(f"people with exactly the accounts of before: {len(kept):,}, with their id: {kept['same_id'].mean():.5%}")  # fmt: skip
    print(f"accounts whose person has another id: {len(moved):,}; moves that the ledger does not tell: {len(untold)}")  # fmt: skip
    print(f"ids of before that stand for somebody: {resolved.reindex(before.accounts['one_id'].unique()).notna().mean():.5%}")  # fmt: skip
    print(after.history.groupby(["event", "cause"]).size().to_string())


def _same_people(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """One row per person with the same accounts in both: same_id."""
    sizes = [frame.groupby("one_id")["account_key"].transform("size") for frame in (before, after)]
    both = before.assign(size=sizes[0]).merge(
        after.assign(size=sizes[1]), on="account_key", suffixes=("_before", "_after")
    )
    overlap = both.groupby(["one_id_before", "one_id_after"]).agg(
        accounts=("account_key", "size"),
        size_before=("size_before", "first"),
        size_after=("size_after", "first"),
    )
    whole = (overlap["accounts"] == overlap["size_before"]) & (
        overlap["accounts"] == overlap["size_after"]
    )
    same = overlap[whole].reset_index()
    return pd.DataFrame({"same_id": same["one_id_before"] == same["one_id_after"]})


if __name__ == "__main__":
    raise SystemExit(main())
