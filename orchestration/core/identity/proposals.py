"""Of scored pairs of accounts, the ones to show a human: at most one partner per source."""

from __future__ import annotations

import numpy as np
import pandas as pd

COLUMNS = ("account_key", "platform", "other_account_key", "other_platform", "probability")


def one_to_one(pairs: pd.DataFrame) -> pd.DataFrame:
    """The pairs that leave every account at most one partner on every other platform.

    pairs: account_key, platform, other_account_key, other_platform, probability, and whatever else
    belongs to a pair. The most probable pair is settled first; ties go to the smaller keys, so the
    same pairs in any order give the same proposals. Sorted as settled.
    """
    order = np.lexsort((pairs["other_account_key"], pairs["account_key"], -pairs["probability"]))
    open_ = pairs.iloc[order].reset_index(drop=True)
    settled: list[pd.DataFrame] = []
    while len(open_):
        # A pair first in the list for both of its accounts is what a walk down the list would
        # settle: settling all such pairs at once gives the same result.
        left = open_["account_key"] + "|" + open_["other_platform"]
        right = open_["other_account_key"] + "|" + open_["platform"]
        keys, code = np.unique(
            np.concatenate([left.to_numpy(dtype=str), right.to_numpy(dtype=str)]),
            return_inverse=True,
        )
        first = np.full(len(keys), len(open_))
        position = np.tile(np.arange(len(open_)), 2)
        np.minimum.at(first, code, position)
        settles = first[code] == position
        is_first = pd.Series(settles[: len(open_)] & settles[len(open_) :])
        settled.append(open_[is_first])
        taken = set(left[is_first]) | set(right[is_first])
        open_ = open_[~(left.isin(taken) | right.isin(taken))].reset_index(drop=True)
    found = pd.concat([pairs.iloc[:0], *settled], ignore_index=True)
    order = np.lexsort((found["other_account_key"], found["account_key"], -found["probability"]))
    return found.iloc[order].reset_index(drop=True)
