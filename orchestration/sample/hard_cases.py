"""The accounts identity stumbles over: what older systems of the merchant state about some people.

Two of them, ``crm`` and ``mall``, are exported as generic customers and identities. Which people are in
which case depends on their number and the seed alone.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from orchestration.sample.cases import Carried, Case, Relation
from orchestration.sample.period import DAY, Period
from orchestration.sample.population import People, phones
from orchestration.sample.spellings import digests, with_check_digit
from orchestration.sample.text import (
    HEX,
    Flags,
    Ints,
    joined,
    mixed,
    padded,
    repeated,
    sliced,
    spelled,
    take,
    upper,
    where,
    wide_digits,
)

#: Of 1,000 pairs of people that are no couple: (first, beyond the last).
RECYCLED, SOLD, HOUSEHOLD = (0, 4), (4, 8), (8, 18)
#: Of 1,000 people in none of these pairs.
HASHED, FIVE_PHONES, WIDE_NICK, UPPER_PIN = (0, 50), (50, 52), (52, 82), (82, 92)
SERVICE_PHONE, TESTER = (92, 117), (117, 120)
SECOND_EMAIL, NEW_PHONE = (120, 130), (130, 140)
_PEOPLE_PER_SERVICE_PHONE = 1000
#: Numbers of phones that are nobody's first one; people are fewer than 5 million.
_MORE_PHONES, _RECYCLED_PHONES, _SERVICE_PHONES = 1_000_000_000, 2_000_000_000, 2_900_000_000
_NEW_PHONES = 500_000_000
_LONG_AGO = 380 * DAY


def make_cases(period: Period, people: People, seed: int) -> tuple[list[Case], list[Relation]]:
    """All hard cases of a chunk. No row may be in two, except that a name can be written differently."""
    first = np.arange(0, people.size - 1, 2)
    pair_draw = _draw(people.number[first] // 2, seed + 61)
    free = ~people.couple[first]
    recycled, sold, household = (
        first[free & _within(pair_draw, share)] for share in (RECYCLED, SOLD, HOUSEHOLD)
    )
    paired = np.zeros(people.size, dtype=np.bool_)
    for rows in (recycled, sold, household):
        paired[rows] = paired[rows + 1] = True
    alone = np.flatnonzero(~paired & ~people.couple)
    draw = _draw(people.number[alone], seed + 62)
    cases = [
        *_recycled(period, people, seed, recycled),
        *_sold(period, people, seed, sold),
        *_household(period, people, seed, household),
        _hashed(period, people, alone[_within(draw, HASHED)]),
        *_five_phones(period, people, seed, alone[_within(draw, FIVE_PHONES)]),
        _wide_nick(people, alone[_within(draw, WIDE_NICK)]),
        _upper_pin(people, alone[_within(draw, UPPER_PIN)]),
        _service_phone(people, seed, alone[_within(draw, SERVICE_PHONE)]),
        _tester(people, alone[_within(draw, TESTER)]),
        _second_email(period, people, alone[_within(draw, SECOND_EMAIL)]),
        _new_phone(period, people, seed, alone[_within(draw, NEW_PHONE)]),
    ]
    couples = np.flatnonzero(people.is_second_of_couple) - 1
    relations = [
        Relation("couple", couples, couples + 1),
        Relation("recycled_number", recycled, recycled + 1),
        Relation("device_sold", sold, sold + 1),
        Relation("household", household, household + 1),
    ]
    return [case for case in cases if len(case.person)], relations


def _draw(number: Ints, salt: int) -> Ints:
    return (mixed(number.astype(np.uint64), salt) % np.uint64(1000)).astype(np.int64)


def _within(draw: Ints, share: tuple[int, int]) -> Flags:
    return (draw >= share[0]) & (draw < share[1])


def _plain(
    kind: str, value: pa.Array, present: Flags | None = None, *, usable: bool = True
) -> Carried:
    """An identifier that stands in the export as it is."""
    every = np.ones(len(value), dtype=np.bool_)
    return Carried(kind, value, kind, value, usable, every if present is None else present)


def _own(people: People, person: Ints) -> list[Carried]:
    """What ties an account to its person whatever else it carries."""
    knows_unionid = people.number[person] % 10 < 7
    return [
        _plain("email", take(people.email, person), people.has_email[person]),
        _plain("unionid", take(people.unionid, person), knows_unionid),
    ]


def _account(
    name: str, platform: str, people: People, person: Ints, joined_at: Ints, carried: list[Carried]
) -> Case:
    account = joined("C" if platform == "crm" else "M", padded(people.number[person] + 1, 8))
    login = _plain("user_id", account)
    return Case(
        name, platform, person, account, joined_at, [login, *_own(people, person), *carried]
    )


def _two_owners(
    name: str, period: Period, people: People, rows: Ints, carried: tuple[Carried, Carried]
) -> list[Case]:
    """The earlier owner in the CRM, the later one there too or in the mall."""
    earlier = np.full(len(rows), -_LONG_AGO)
    later = np.maximum(people.starts[rows + 1], period.close // 3)
    in_crm = people.number[rows] // 2 % 2 == 0
    return [
        _account(name, "crm", people, rows, earlier, [carried[0]]),
        *(
            _account(name, platform, people, rows[mine] + 1, later[mine], [_of(carried[1], mine)])
            for platform, mine in (("crm", in_crm), ("mall", ~in_crm))
        ),
    ]


def _of(carried: Carried, mine: Flags) -> Carried:
    index = np.flatnonzero(mine)
    stated = carried.stated_type
    return Carried(
        stated if isinstance(stated, str) else take(stated, index),
        take(carried.delivered, index),
        carried.identifier_type,
        take(carried.value, index),
        carried.usable,
        carried.present[index],
    )


def _recycled(period: Period, people: People, seed: int, rows: Ints) -> list[Case]:
    """A number given up by one person and sold to the next by the carrier."""
    phone = _plain("phone", phones(people.number[rows] + _RECYCLED_PHONES, seed))
    return _two_owners("recycled_number", period, people, rows, (phone, phone))


def _sold(period: Period, people: People, seed: int, rows: Ints) -> list[Case]:
    """A phone sold on: its IMEI is the one thing both accounts have."""
    keys = mixed(people.number[rows].astype(np.uint64), seed + 63)
    imei = with_check_digit(padded((keys % np.uint64(10**14)).astype(np.int64), 14))
    dashed = joined(
        sliced(imei, 0, 2), "-", sliced(imei, 2, 8), "-", sliced(imei, 8, 14), "-", sliced(imei, 14)
    )
    every = np.ones(len(rows), dtype=np.bool_)
    return _two_owners(
        "device_sold", period, people, rows,
        (Carried("imei", dashed, "device_id", imei, True, every), Carried("imei", imei, "device_id", imei, True, every)),
    )  # fmt: skip


def _household(period: Period, people: People, seed: int, rows: Ints) -> list[Case]:
    """One tablet and one landline for two people."""
    keys = people.number[rows].astype(np.uint64)
    digits = joined(spelled(mixed(keys, seed + 64), HEX), spelled(mixed(keys, seed + 65), HEX))
    tablet = joined(
        sliced(digits, 0, 8), "-", sliced(digits, 8, 12), "-", sliced(digits, 12, 16), "-",
        sliced(digits, 16, 20), "-", sliced(digits, 20),
    )  # fmt: skip
    number = padded((mixed(keys, seed + 66) % np.uint64(10**7)).astype(np.int64), 7)
    every = np.ones(len(rows), dtype=np.bool_)
    line = Carried(
        "phone", joined("0571-8", number), "phone", joined("05718", number), False, every
    )
    shared = Carried("oaid", tablet, "device_id", tablet, True, every)
    cases = _two_owners("household", period, people, rows, (shared, shared))
    # Accounts of the second people are divided between the systems, and with them the line.
    return [
        Case(case.name, case.platform, case.person, case.account_id, case.joined,
             [*case.carried, _of(line, np.isin(rows, case.person // 2 * 2))])
        for case in cases
    ]  # fmt: skip


def _hashed(period: Period, people: People, person: Ints) -> Case:
    """A partner that hands out hashes of phones, each row in another of its habits."""
    phone = take(people.phone, person)
    habit = people.number[person] % 6
    spelling = joined(take(pa.array(["", "86", "+86"]), habit % 3), phone)
    hexadecimal = where(habit < 3, *digests(spelling))
    delivered = where(people.number[person] // 6 % 2 == 0, hexadecimal, upper(hexadecimal))
    carried = Carried(
        where(habit < 3, "phone_md5", "phone_sha256"), delivered, "phone", phone, True,
        np.ones(len(person), dtype=np.bool_),
    )  # fmt: skip
    account = joined("M", padded(people.number[person] + 1, 8))
    joined_at = np.minimum(people.starts[person] + DAY, period.close - 1)
    return Case("hashed_phone", "mall", person, account, joined_at, [carried])


def _five_phones(period: Period, people: People, seed: int, person: Ints) -> list[Case]:
    """Somebody with five numbers: the CRM knows all of them, the mall one account for each new one."""
    own = take(people.phone, person)
    more = [phones(people.number[person] * 4 + place + _MORE_PHONES, seed) for place in range(4)]
    joined_at = people.starts[person]
    known = [_plain("phone", phone) for phone in (own, *more)]
    every = np.ones(len(person), dtype=np.bool_)
    return [
        _account("five_phones", "crm", people, person, joined_at, known),
        *(
            Case(
                "five_phones", "mall", person,
                joined("M", padded(people.number[person] + 1, 8), f"-{place}"),
                np.minimum(joined_at + (place + 1) * DAY, period.close - 1),
                [Carried("phone", joined("+86 ", phone), "phone", phone, True, every)],
            )
            for place, phone in enumerate(more)
        ),
    ]  # fmt: skip


def _wide_nick(people: People, person: Ints) -> Case:
    """The Taobao nick with full-width digits, as an old tool wrote it."""
    person = person[people.nick_is_plain[person]]
    nick = take(people.nick, person)
    wide = wide_digits(nick)
    return _renamed("wide_nick", "taobao", people, person, wide, nick)


def _upper_pin(people: People, person: Ints) -> Case:
    """The JD account in capitals."""
    pin = take(people.pin, person)
    return _renamed("upper_pin", "jd", people, person, upper(pin), pin)


def _renamed(
    name: str, platform: str, people: People, person: Ints, account: pa.Array, value: pa.Array
) -> Case:
    every = np.ones(len(person), dtype=np.bool_)
    carried = Carried("buyer_name", account, "buyer_name", value, True, every)
    return Case(name, platform, person, account, people.starts[person], [carried])


def _service_phone(people: People, seed: int, person: Ints) -> Case:
    """Staff wrote the number of the call centre or the courier: some twenty people for each."""
    block = people.number[person] // _PEOPLE_PER_SERVICE_PHONE
    phone = _plain("phone", phones(block + _SERVICE_PHONES, seed))
    return _account("service_phone", "crm", people, person, people.starts[person], [phone])


def _tester(people: People, person: Ints) -> Case:
    """Accounts of the merchant's own testers, with what testers type."""
    size = len(person)
    carried = [
        _plain("phone", repeated("13800138000", size), usable=False),
        _plain("email", repeated("test@shop.cn", size), usable=False),
        Carried(
            "idfa", repeated("00000000-0000-0000-0000-000000000000", size), "device_id",
            repeated("00000000-0000-0000-0000-000000000000", size), False, np.ones(size, dtype=np.bool_),
        ),
    ]  # fmt: skip
    return _account("tester", "crm", people, person, people.starts[person], carried)


def _second_email(period: Period, people: People, person: Ints) -> Case:
    """One person with the same phone and another address, for half of them long ago."""
    work = joined("work.", take(people.email, person))
    carried = [_plain("phone", take(people.phone, person)), _plain("email", work)]
    return _another("second_email", period, people, person, carried)


def _new_phone(period: Period, people: People, seed: int, person: Ints) -> Case:
    """One person with the same address and another number, for half of them long ago."""
    person = person[people.has_email[person]]
    number = phones(people.number[person] + _NEW_PHONES, seed)
    carried = [_plain("phone", number), _plain("email", take(people.email, person))]
    return _another("new_phone", period, people, person, carried)


def _another(
    name: str, period: Period, people: People, person: Ints, carried: list[Carried]
) -> Case:
    """An account in the mall that differs from what its person carries elsewhere."""
    account = joined("M", padded(people.number[person] + 1, 8))
    is_old = people.number[person] % 2 == 0
    lately = np.minimum(people.starts[person] + DAY, period.close - 1)
    return Case(name, "mall", person, account, np.where(is_old, -_LONG_AGO, lately), carried)
