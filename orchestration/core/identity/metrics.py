"""How right identity is, against a known truth: pairs and B-cubed, without listing a single pair.

Pairwise (Menestrina, Whang and Garcia-Molina 2010): of the pairs of accounts put together, how many
belong together (precision); of those that belong together, how many are (recall). B-cubed (Bagga and
Baldwin 1998): the same per account, then averaged, so that one giant does not drown everybody. All
counts come from contingency tables: a cluster of n accounts holds n (n - 1) / 2 pairs.
"""

# scipy ships no types; the strict rules about unknown types cannot hold for what it returns.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from orchestration.core.identity.components import label_accounts
from orchestration.core.identity.keys import Ints

_COUNTS = ("pairs_found", "pairs_true", "pairs_right")


@dataclass(frozen=True)
class IdentityMetrics:
    """overall: one row. by_platform, by_identifiers: one row per unordered pair of platforms or of
    identifier mixes (``left`` <= ``right``), only where a pair was found or is true.

    Columns: accounts (overall only), pairs_found, pairs_true, pairs_right, precision, recall, f1;
    overall also b_cubed_precision, b_cubed_recall, b_cubed_f1, usable_pairs, usable_recall. A share
    of nothing is 1: nothing was asked, nothing went wrong.
    """

    overall: pd.DataFrame
    by_platform: pd.DataFrame
    by_identifiers: pd.DataFrame


def evaluate(
    accounts: pd.DataFrame, truth: pd.DataFrame, identifiers: pd.DataFrame
) -> IdentityMetrics:
    """Measure people against the truth.

    accounts: account_key, one_id, platform. truth: account_key, person. identifiers: the usable ones,
    account_key, identifier_type, identifier_hash. Accounts that the truth does not know are left out.

    ``usable_pairs`` are the true pairs that shared usable identifiers connect within the person:
    what identity could find without guessing. Raises :class:`ValueError` when an account has two
    rows, or truth and accounts share none.
    """
    for name, frame in (("accounts", accounts), ("truth", truth)):
        if frame["account_key"].duplicated().any():
            raise ValueError(f"{name} has more than one row for an account_key.")
    known = accounts.merge(truth, on="account_key", how="inner", validate="1:1")
    if known.empty:
        raise ValueError("truth and accounts share no account_key; were they hashed alike?")
    found, _ = pd.factorize(known["one_id"])
    true, _ = pd.factorize(known["person"])
    carried = _carried(known["account_key"], identifiers)
    both = _cells(found, true)
    overall = pd.DataFrame(
        {
            "accounts": [len(known)],
            "pairs_found": [_pairs(found)],
            "pairs_true": [_pairs(true)],
            "pairs_right": [_pairs(both)],
        }
    )
    reachable = _reachable(true, carried)
    usable = _pairs(reachable)
    right = np.bincount(both)[both]
    overall = _with_shares(overall)
    overall["b_cubed_precision"] = float((right / np.bincount(found)[found]).mean())
    overall["b_cubed_recall"] = float((right / np.bincount(true)[true]).mean())
    overall["b_cubed_f1"] = _f1(overall["b_cubed_precision"], overall["b_cubed_recall"])
    overall["usable_pairs"] = usable
    overall["usable_recall"] = _pairs(_cells(reachable, found)) / usable if usable else 1.0
    divisions = (found, true, both)
    return IdentityMetrics(
        overall=overall,
        by_platform=_by_group(divisions, known["platform"]),
        by_identifiers=_by_group(divisions, _mixes(carried, len(known))),
    )


@dataclass(frozen=True)
class _Carried:
    """Edges of the measured accounts (by position), sorted by account, without duplicates."""

    account: Ints
    value: Ints
    kind: npt.NDArray[np.object_]


def _carried(keys: pd.Series, identifiers: pd.DataFrame) -> _Carried:
    columns = ["account_key", "identifier_type", "identifier_hash"]
    position = pd.Index(keys).get_indexer(pd.Index(identifiers["account_key"]))
    edges = identifiers.loc[position >= 0, columns].assign(account=position[position >= 0])
    edges = edges.drop_duplicates(columns).sort_values("account", kind="stable")
    value = edges.groupby(["identifier_type", "identifier_hash"], sort=False).ngroup()
    return _Carried(
        edges["account"].to_numpy(dtype=np.int64),
        value.to_numpy(dtype=np.int64),
        edges["identifier_type"].to_numpy(dtype=object),
    )


def _reachable(true: Ints, carried: _Carried) -> Ints:
    """Division of the accounts into parts of true people that usable identifiers connect."""
    person_value = _cells(true[carried.account], carried.value)
    _, label = label_accounts(
        len(true),
        int(person_value.max(initial=-1)) + 1,
        carried.account.astype(np.int32),
        person_value.astype(np.int32),
    )
    return label.astype(np.int64)


def _mixes(carried: _Carried, accounts: int) -> pd.Series:
    """The usable identifier types of each account, sorted and joined by "+" ("none" without)."""
    kinds, names = pd.factorize(carried.kind, sort=True)
    carries = np.zeros((accounts, len(names)), dtype=np.bool_)
    carries[carried.account, kinds] = True
    mixes, code = np.unique(carries, axis=0, return_inverse=True)
    texts = ["+".join(names[row]) or "none" for row in mixes]
    return pd.Series(np.array(texts, dtype=object)[code.reshape(-1)])


def _by_group(divisions: Sequence[Ints], groups: pd.Series) -> pd.DataFrame:
    """The three pair counts for every unordered pair of groups."""
    group, names = pd.factorize(groups, sort=True)
    counts = [_group_pairs(division, group, len(names)) for division in divisions]
    left, right = np.nonzero(np.triu(counts[0] + counts[1]))
    frame = pd.DataFrame(
        {
            "left": pd.Series(np.asarray(names, dtype=object)[left], dtype="str"),
            "right": pd.Series(np.asarray(names, dtype=object)[right], dtype="str"),
        }
    )
    for name, table in zip(_COUNTS, counts, strict=True):
        frame[name] = table[left, right]
    return _with_shares(frame)


def _group_pairs(division: Ints, group: Ints, groups: int) -> Ints:
    """Pairs inside clusters by the groups of their two accounts, in the upper triangle.

    With C the clusters x groups table of counts, C'C counts ordered pairs, an account with itself
    included; the diagonal loses those and is halved.
    """
    ones = np.ones(len(division), dtype=np.int64)
    table = csr_array((ones, (division, group)), shape=(int(division.max()) + 1, groups))
    pairs = csr_array(table.T @ table).toarray()
    sizes = np.bincount(group, minlength=groups)
    np.fill_diagonal(pairs, (np.diagonal(pairs) - sizes) // 2)
    return np.triu(pairs)


def _with_shares(frame: pd.DataFrame) -> pd.DataFrame:
    frame["precision"] = _share(frame["pairs_right"], frame["pairs_found"])
    frame["recall"] = _share(frame["pairs_right"], frame["pairs_true"])
    frame["f1"] = _f1(frame["precision"], frame["recall"])
    return frame


def _share(part: pd.Series, whole: pd.Series) -> pd.Series:
    return (part / whole.where(whole > 0)).fillna(1.0)


def _f1(precision: pd.Series, recall: pd.Series) -> pd.Series:
    total = precision + recall
    return (2 * precision * recall / total.where(total > 0)).fillna(0.0)


def _cells(left: Ints, right: Ints) -> Ints:
    """The common refinement of two divisions, as codes."""
    codes, _ = pd.factorize(left * (int(right.max(initial=0)) + 1) + right)
    return codes.astype(np.int64)


def _pairs(division: Ints) -> int:
    sizes = np.bincount(division)
    return int((sizes * (sizes - 1) // 2).sum())
