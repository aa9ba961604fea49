"""A merchant's accounts and identifiers for the benchmark of identity: people on several shops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from orchestration.core.identity.keys import decode, hash_keys

PLATFORMS = ("douyin", "jd", "pdd", "shopify", "taobao", "wecom", "youzan")
#: Accounts per person, carriers of each type among the accounts, values per person.
ACCOUNTS_PER_PERSON = 2.2
#: type -> (share of the accounts that carry one, whether all accounts of a person carry the same).
TYPES = {
    "user_id": (0.40, False),
    "phone": (0.87, True),
    "email": (0.38, True),
    "unionid": (0.30, True),
    "device_id": (0.12, False),
}
#: Households and offices: this share of the devices is another person's too.
SHARED_DEVICES = 0.02
_FIRST = np.datetime64("2025-11-20", "us").astype(np.int64)
_DAY = 86_400_000_000


@dataclass(frozen=True)
class Everything:
    """The graph as integers and as the frames that identity reads.

    account, identifier: the ends of each edge; day: the account's first day (0 to days - 1).
    """

    accounts: pd.DataFrame
    identifiers: pd.DataFrame
    account: npt.NDArray[np.int64]
    identifier: npt.NDArray[np.int64]
    values: int
    day: npt.NDArray[np.int64]

    def until(self, day: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What was known before the start of ``day``."""
        return self._chosen(self.day < day)

    def on(self, day: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """What came on ``day``."""
        return self._chosen(self.day == day)

    def _chosen(self, kept: npt.NDArray[np.bool_]) -> tuple[pd.DataFrame, pd.DataFrame]:
        return (
            self.accounts[kept].reset_index(drop=True),
            self.identifiers[kept[self.account]].reset_index(drop=True),
        )


def everything(people: int, days: int, seed: int) -> Everything:
    """Accounts of ``people`` people that came over ``days`` days."""
    rng = np.random.default_rng(seed)
    size = rng.geometric(1 / ACCOUNTS_PER_PERSON, people)
    person = np.repeat(np.arange(people), size)
    accounts = len(person)
    platform = rng.integers(0, len(PLATFORMS), accounts)
    day = rng.integers(0, days, accounts)
    ends: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], int]] = []
    values = 0
    for kind, (share, is_of_person) in enumerate(TYPES.values()):
        carrier = np.flatnonzero(rng.random(accounts) < share)
        value = person[carrier] if is_of_person else carrier.copy()
        if list(TYPES)[kind] == "device_id":
            borrowed = rng.random(len(carrier)) < SHARED_DEVICES
            value[borrowed] = rng.choice(value, int(borrowed.sum()))
        _, value = np.unique(value, return_inverse=True)
        ends.append((carrier, value + values, kind))
        values += int(value.max()) + 1
    account = np.concatenate([carrier for carrier, _, _ in ends])
    identifier = np.concatenate([value for _, value, _ in ends])
    kinds = np.concatenate([np.full(len(carrier), kind) for carrier, _, kind in ends])
    key = decode(hash_keys(np.arange(accounts, dtype=np.uint64), 1))
    names = pd.Series(PLATFORMS, dtype="str").take(platform).reset_index(drop=True)
    order = rng.permutation(len(account))
    account, identifier, kinds = account[order], identifier[order], kinds[order]
    seen = _FIRST + day[account] * _DAY + rng.integers(0, _DAY, len(account))
    return Everything(
        accounts=pd.DataFrame({"account_key": key, "platform": names}),
        identifiers=pd.DataFrame(
            {
                "account_key": key.take(account).reset_index(drop=True),
                "platform": names.take(account).reset_index(drop=True),
                "identifier_type": pd.Series(list(TYPES), dtype="str")
                .take(kinds)
                .reset_index(drop=True),
                "identifier_hash": decode(hash_keys(identifier.astype(np.uint64), 2)),
                "first_seen_at": seen.view("datetime64[us]"),
            }
        ),
        account=account,
        identifier=identifier,
        values=values,
        day=day,
    )
