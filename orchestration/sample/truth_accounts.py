"""Which accounts the exports of a chunk show, whose they are, and what each carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.sample.chunk import Chunk
from orchestration.sample.population import (
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
from orchestration.sample.text import Flags, Ints, joined, take, where
from orchestration.sample.writers.sensors import account_codes, login_ids


@dataclass(frozen=True)
class Accounts:
    """Accounts of one kind: whose they are, and identifiers as (type, value, usable, present)."""

    platform: str
    person: Ints
    account_id: pa.Array
    identifiers: list[tuple[str, pa.Array, bool, Flags]]


def accounts_of(chunk: Chunk) -> list[Accounts]:
    """Every account of the chunk that an export shows; an account stands in one row of one group."""
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
        *(
            Accounts(
                case.platform,
                case.person,
                case.account_id,
                [(c.identifier_type, c.value, c.usable, c.present) for c in case.carried],
            )
            for case in chunk.cases
        ),
    ]


def _taobao(people: People, person: Ints) -> Accounts:
    plain, kind = people.nick_is_plain[person], people.taobao_phone[person]
    phone = take(people.phone, person)
    return Accounts(
        "taobao",
        person,
        where(plain, take(people.nick, person), joined("phone:", phone)),
        [
            ("buyer_name", take(people.nick, person), True, plain),
            ("phone", phone, True, kind == PLAIN),
            ("phone", take(people.masked_phone(4, "****"), person), False, kind == MASKED),
        ],
    )


def _jd(people: People, person: Ints) -> Accounts:
    every = np.ones(len(person), dtype=np.bool_)
    pin = take(people.pin, person)
    masked = take(people.masked_phone(6, "******"), person)
    return Accounts(
        "jd", person, pin, [("buyer_name", pin, True, every), ("phone", masked, False, every)]
    )


def _youzan(people: People, person: Ints) -> Accounts:
    phone = take(people.phone, person)
    return Accounts(
        "youzan", person, phone, [("phone", phone, True, np.ones(len(person), dtype=np.bool_))]
    )


def _shopify(people: People, person: Ints) -> Accounts:
    email, phone = take(people.email, person), take(people.phone, person)
    has_email = people.has_email[person]
    return Accounts(
        "shopify",
        person,
        where(has_email, email, phone),
        [("email", email, True, has_email), ("phone", phone, True, people.shop_phone[person])],
    )


def _contacts(people: People, person: Ints) -> Accounts:
    external = take(people.external_userid, person)
    return Accounts(
        "wecom",
        person,
        external,
        [
            ("external_userid", external, True, np.ones(len(person), dtype=np.bool_)),
            ("unionid", take(people.unionid, person), True, people.api_unionid[person]),
            ("phone", take(people.phone, person), True, people.api_phone[person]),
        ],
    )


def _sheet(people: People) -> Accounts:
    named = people.sheet_phone | people.sheet_email
    person = np.nonzero(((people.contact & IN_SHEET) > 0) & named)[0]
    phone, email = take(people.phone, person), take(people.email, person)
    return Accounts(
        "wecom",
        person,
        joined("contact:", where(people.sheet_phone[person], phone, email)),
        [
            ("phone", phone, True, people.sheet_phone[person]),
            ("email", email, True, people.sheet_email[person]),
        ],
    )


def _sensors(chunk: Chunk) -> list[Accounts]:
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
        Accounts(
            "sensors", person[~is_login], anonymous, [("anonymous_id", anonymous, True, every)]
        ),
        Accounts(
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
