"""The hidden truth: what a perfect pipeline would find in the exports of the sample.

``people.csv``, ``accounts.csv`` and ``identifiers.csv`` grow chunk by chunk; money and campaigns
are summed up and written at the end. An account is listed exactly when an export shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from orchestration.sample.campaigns import CAMPAIGNS, effect_counts
from orchestration.sample.catalogue import BANDS, CATEGORIES
from orchestration.sample.chunk import Chunk
from orchestration.sample.files import UTF8, CsvFormat, Folder
from orchestration.sample.orders import Orders, State, net_by_person, state_at
from orchestration.sample.population import (
    AGE_BANDS,
    GENDERS,
    ORDER_PLATFORMS,
    SKIN_TYPES,
)
from orchestration.sample.text import (
    Flags,
    Ints,
    Text,
    csv_lines,
    joined,
    money,
    take,
    where,
    whole,
)
from orchestration.sample.truth_accounts import accounts_of

PEOPLE = CsvFormat(
    ("person_id", "gender", "age_band", "skin_type", "province", "interests", "churned", "price_band", "orders", "net_amount"),
    UTF8,
    line_end="\n",
)  # fmt: skip
ACCOUNTS = CsvFormat(("platform", "account_id", "person_id"), UTF8, line_end="\n")
IDENTIFIERS = CsvFormat(
    ("platform", "account_id", "identifier_type", "identifier_value", "usable"), UTF8, line_end="\n"
)
RELATIONS = CsvFormat(("person_id", "other_person_id", "relation"), UTF8, line_end="\n")
MONEY = CsvFormat(
    ("platform", "orders_that_count", "gross_amount", "refund_amount", "net_amount", "net_amount_identified"),
    UTF8,
    line_end="\n",
)  # fmt: skip
CAMPAIGN = CsvFormat(
    ("campaign", "channel", "true_lift", "treated", "holdout"), UTF8, line_end="\n"
)


@dataclass
class Truth:
    """Writes the truth of each chunk and keeps the sums. Money is counted in cents."""

    folder: Folder
    exported: int
    accounts: int = 0
    money: Ints = field(default_factory=lambda: np.zeros((len(ORDER_PLATFORMS), 5), dtype=np.int64))
    effects: Ints = field(default_factory=lambda: np.zeros((len(CAMPAIGNS), 3), dtype=np.int64))

    def add(self, chunk: Chunk) -> None:
        """Take in one chunk."""
        state = state_at(chunk.orders, chunk.period.close)
        self.money += _money(chunk.orders, state)
        self.effects += effect_counts(chunk.touches, chunk.orders, state)
        self._append("people.csv", PEOPLE, _people_lines(chunk, state))
        self._append_accounts(chunk)
        for relation in chunk.relations:
            names = chunk.people.person_id
            pair: dict[str, Text] = {
                "person_id": take(names, relation.person),
                "other_person_id": take(names, relation.other),
                "relation": relation.name,
            }
            lines = csv_lines(RELATIONS.headers, pair, len(relation.person), line_end="\n")
            self._append("relations.csv", RELATIONS, lines)

    def finish(self) -> None:
        """Write the sums."""
        names = pa.array(ORDER_PLATFORMS)
        columns = self.money.T
        cells: dict[str, Text] = {
            "platform": names,
            "orders_that_count": whole(columns[0]),
            "gross_amount": money(columns[1]),
            "refund_amount": money(columns[2]),
            "net_amount": money(columns[3]),
            "net_amount_identified": money(columns[4]),
        }
        self._append("money.csv", MONEY, csv_lines(MONEY.headers, cells, len(names), line_end="\n"))
        reached, held, caused = self.effects.T
        lift = [f"{c / r:.6f}" if r else "" for c, r in zip(caused, reached, strict=True)]
        cells = {
            "campaign": pa.array([campaign.name for campaign in CAMPAIGNS]),
            "channel": pa.array([campaign.channel for campaign in CAMPAIGNS]),
            "true_lift": pa.array(lift),
            "treated": whole(reached),
            "holdout": whole(held),
        }
        self._append(
            "campaigns.csv", CAMPAIGN, csv_lines(CAMPAIGN.headers, cells, len(lift), line_end="\n")
        )

    def _append(self, name: str, kind: CsvFormat, lines: pa.Array) -> None:
        self.folder.append_csv(name, kind, lines, self.exported)

    def _append_accounts(self, chunk: Chunk) -> None:
        for found in accounts_of(chunk):
            rows = len(found.person)
            self.accounts += rows
            cells: dict[str, Text] = {
                "platform": found.platform,
                "account_id": found.account_id,
                "person_id": take(chunk.people.person_id, found.person),
            }
            self._append(
                "accounts.csv", ACCOUNTS, csv_lines(ACCOUNTS.headers, cells, rows, line_end="\n")
            )
            for kind, value, usable, present in found.identifiers:
                index = np.nonzero(present)[0]
                cells = {
                    "platform": found.platform,
                    "account_id": take(found.account_id, index),
                    "identifier_type": kind,
                    "identifier_value": take(value, index),
                    "usable": "true" if usable else "false",
                }
                self._append(
                    "identifiers.csv",
                    IDENTIFIERS,
                    csv_lines(IDENTIFIERS.headers, cells, len(index), line_end="\n"),
                )


def _money(orders: Orders, state: State) -> Ints:
    """[platform, (orders that count, gross, refund, net, net on identified accounts)]."""

    def summed(values: Ints | Flags) -> Ints:
        sums = np.zeros(len(ORDER_PLATFORMS), dtype=np.int64)
        np.add.at(sums, orders.platform, values.astype(np.int64))
        return sums

    net = state.gross - state.refund
    return np.stack(
        [
            summed(state.counts),
            summed(state.gross),
            summed(state.refund),
            summed(net),
            summed(np.where(orders.is_identified, net, 0)),
        ],
        axis=1,
    )


def _people_lines(chunk: Chunk, state: State) -> pa.Array:
    people = chunk.people
    orders, net = net_by_person(chunk.orders, state, people.size)
    names = pa.array(CATEGORIES)
    first, second, third = (people.interests[:, place] for place in range(3))
    cells: dict[str, Text] = {
        "person_id": people.person_id,
        "gender": take(pa.array(GENDERS), people.gender),
        "age_band": take(pa.array(AGE_BANDS), people.age_band),
        "skin_type": take(pa.array(SKIN_TYPES), people.skin_type),
        "province": chunk.provinces(np.arange(people.size)),
        "interests": joined(
            take(names, first),
            ";",
            take(names, second),
            where(third >= 0, joined(";", take(names, np.maximum(third, 0)))),
        ),
        "churned": where(people.churned, "true", "false"),
        "price_band": take(pa.array(BANDS), people.band),
        "orders": whole(orders),
        "net_amount": money(net),
    }
    return csv_lines(PEOPLE.headers, cells, people.size, line_end="\n")
