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
    IN_API,
    IN_SHEET,
    JD,
    MASKED,
    ORDER_PLATFORMS,
    PHONE_LOGIN,
    PLAIN,
    SHOPIFY,
    TAOBAO,
    UNIONID_LOGIN,
    USER_LOGIN,
    YOUZAN,
    People,
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
from orchestration.sample.writers.sensors import account_codes, login_ids

PEOPLE = CsvFormat(
    ("person_id", "gender", "age_band", "province", "interests", "churned", "price_band", "orders", "net_amount"),
    UTF8,
    line_end="\n",
)  # fmt: skip
ACCOUNTS = CsvFormat(("platform", "account_id", "person_id"), UTF8, line_end="\n")
IDENTIFIERS = CsvFormat(
    ("platform", "account_id", "identifier_type", "identifier_value", "usable"), UTF8, line_end="\n"
)
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
        for found in _accounts(chunk):
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


@dataclass(frozen=True)
class _Accounts:
    """Accounts of one kind: whose they are, and identifiers as (type, value, usable, present)."""

    platform: str
    person: Ints
    account_id: pa.Array
    identifiers: list[tuple[str, pa.Array, bool, Flags]]


def _accounts(chunk: Chunk) -> list[_Accounts]:
    people, orders = chunk.people, chunk.orders
    bought = np.zeros((people.size, len(ORDER_PLATFORMS)), dtype=np.bool_)
    bought[orders.person[orders.is_identified], orders.platform[orders.is_identified]] = True
    return [
        _taobao(people, np.nonzero(bought[:, TAOBAO])[0]),
        _jd(people, np.nonzero(bought[:, JD])[0]),
        _youzan(people, np.nonzero(bought[:, YOUZAN] | people.member)[0]),
        _shopify(people, np.nonzero(people.platforms[:, SHOPIFY])[0]),
        _contacts(people, np.nonzero((people.contact & IN_API) > 0)[0]),
        _sheet(people),
        *_sensors(chunk),
    ]


def _taobao(people: People, person: Ints) -> _Accounts:
    plain, kind = people.nick_is_plain[person], people.taobao_phone[person]
    phone = take(people.phone, person)
    return _Accounts(
        "taobao",
        person,
        where(plain, take(people.nick, person), joined("phone:", phone)),
        [
            ("buyer_name", take(people.nick, person), True, plain),
            ("phone", phone, True, kind == PLAIN),
            ("phone", take(people.masked_phone(4, "****"), person), False, kind == MASKED),
        ],
    )


def _jd(people: People, person: Ints) -> _Accounts:
    every = np.ones(len(person), dtype=np.bool_)
    pin = take(people.pin, person)
    masked = take(people.masked_phone(6, "******"), person)
    return _Accounts(
        "jd", person, pin, [("buyer_name", pin, True, every), ("phone", masked, False, every)]
    )


def _youzan(people: People, person: Ints) -> _Accounts:
    phone = take(people.phone, person)
    return _Accounts(
        "youzan", person, phone, [("phone", phone, True, np.ones(len(person), dtype=np.bool_))]
    )


def _shopify(people: People, person: Ints) -> _Accounts:
    email, phone = take(people.email, person), take(people.phone, person)
    has_email = people.has_email[person]
    return _Accounts(
        "shopify",
        person,
        where(has_email, email, phone),
        [("email", email, True, has_email), ("phone", phone, True, people.shop_phone[person])],
    )


def _contacts(people: People, person: Ints) -> _Accounts:
    external = take(people.external_userid, person)
    return _Accounts(
        "wecom",
        person,
        external,
        [
            ("external_userid", external, True, np.ones(len(person), dtype=np.bool_)),
            ("unionid", take(people.unionid, person), True, people.api_unionid[person]),
            ("phone", take(people.phone, person), True, people.api_phone[person]),
        ],
    )


def _sheet(people: People) -> _Accounts:
    named = people.sheet_phone | people.sheet_email
    person = np.nonzero(((people.contact & IN_SHEET) > 0) & named)[0]
    phone, email = take(people.phone, person), take(people.email, person)
    return _Accounts(
        "wecom",
        person,
        joined("contact:", where(people.sheet_phone[person], phone, email)),
        [
            ("phone", phone, True, people.sheet_phone[person]),
            ("email", email, True, people.sheet_email[person]),
        ],
    )


def _sensors(chunk: Chunk) -> list[_Accounts]:
    people = chunk.people
    codes = account_codes(chunk.events)
    person, device, is_login = codes // 4, codes // 2 % 2, codes % 2 == 1
    both = pa.concat_arrays(list(people.devices))
    anonymous = take(both, device[~is_login] * people.size + person[~is_login])
    owner = np.unique(person[is_login])
    login = take(login_ids(people), owner)
    kind = people.login[owner]
    used = np.zeros((people.size, 2), dtype=np.bool_)
    used[person[is_login], device[is_login]] = True
    every = np.ones(len(anonymous), dtype=np.bool_)
    return [
        _Accounts(
            "sensors", person[~is_login], anonymous, [("anonymous_id", anonymous, True, every)]
        ),
        _Accounts(
            "sensors",
            owner,
            login,
            [
                ("unionid", login, True, kind == UNIONID_LOGIN),
                ("phone", login, True, kind == PHONE_LOGIN),
                ("user_id", login, True, kind == USER_LOGIN),
                ("unionid", take(people.unionid, owner), True, people.bound_unionid[owner]),
                ("anonymous_id", take(people.devices[0], owner), True, used[owner, 0]),
                ("anonymous_id", take(people.devices[1], owner), True, used[owner, 1]),
            ],
        ),
    ]
