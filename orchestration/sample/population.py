"""The people of the sample: what they are, which platforms they use, what identifies them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from orchestration.sample import places
from orchestration.sample.period import DAY, HOUR, NEVER, Period
from orchestration.sample.text import (
    HEX,
    Flags,
    Floats,
    Ints,
    joined,
    mixed,
    padded,
    sliced,
    spelled,
    take,
    where,
    whole,
)

ORDER_PLATFORMS = ("taobao", "jd", "pdd", "douyin", "youzan", "shopify")
TAOBAO, JD, PDD, DOUYIN, YOUZAN, SHOPIFY = range(6)
_PLATFORM_SHARE = (0.55, 0.30, 0.30, 0.38, 0.42, 0.16)

GENDERS = ("female", "male")
FEMALE_SHARE = 0.60
AGE_BANDS = ("18-24", "25-29", "30-34", "35-39", "40-49", "50+")
_AGE_SHARE = (0.18, 0.24, 0.22, 0.16, 0.13, 0.07)
AGE_FROM = (18, 25, 30, 35, 40, 50)
AGE_YEARS = (7, 5, 5, 5, 10, 15)
_BAND_SHARE = (0.35, 0.45, 0.20)

# Chance of each category (in the order of catalogue.CATEGORIES) to be somebody's first interest,
# and to be a further one.
_FIRST_INTEREST = (
    (0.300, 0.240, 0.125, 0.105, 0.160, 0.030, 0.030, 0.005, 0.005),
    (0.006, 0.002, 0.006, 0.010, 0.006, 0.020, 0.020, 0.480, 0.450),
)
_FURTHER_INTEREST = (
    (0.24, 0.22, 0.14, 0.10, 0.09, 0.10, 0.09, 0.01, 0.01),
    (0.02, 0.01, 0.01, 0.03, 0.01, 0.14, 0.14, 0.33, 0.31),
)
SKIN_TYPES = ("oily", "dry")
COUPLE_SHARE = 0.002
"""Share of people who share their phone with one other person."""

_MOBILE_PREFIXES = pa.array(
    [
        *("130", "131", "132", "133", "135", "136", "137", "138", "139", "150"),
        *("151", "152", "153", "155", "156", "157", "158", "159", "176", "177"),
        *("178", "180", "181", "182", "183", "185", "186", "187", "188", "189"),
    ]
)
NO_LOGIN, UNIONID_LOGIN, PHONE_LOGIN, USER_LOGIN = range(4)
_MEMBER_LOGIN = (0.04, 0.18, 0.96, 1.0)
_GUEST_LOGIN = (0.36, 0.72, 0.86, 1.0)
"""Cumulated shares of the four ways to log in."""
PLAIN, MASKED, VIRTUAL = range(3)
IN_API, IN_SHEET = 1, 2


@dataclass(frozen=True)
class People:
    """One row per person of one chunk. Times are seconds of the period; texts are cleaned values."""

    number: Ints
    """Unique in the whole sample."""
    person_id: pa.Array
    gender: Ints
    age_band: Ints
    city: Ints
    band: Ints
    interests: Ints
    """[person, 3] category numbers, the strongest first; -1 for no third interest."""
    interest_chance: Floats
    """[person, 3] cumulated weights."""
    starts: Ints
    stops: Ints
    """Active in [starts, stops)."""
    churned: Flags
    buyer: Flags
    gap_days: Floats
    """Typical days between two orders."""
    platforms: Flags
    """[person, order platform]."""
    platform_chance: Floats
    """[person, order platform] cumulated."""
    is_second_of_couple: Flags
    couple: Flags
    phone: pa.Array
    email: pa.Array
    unionid: pa.Array
    user_id: pa.Array
    devices: tuple[pa.Array, pa.Array]
    external_userid: pa.Array
    surname: pa.Array
    given: pa.Array
    pinyin: pa.Array
    nick: pa.Array
    masked_nick: pa.Array
    pin: pa.Array
    nick_is_plain: Flags
    taobao_phone: Ints
    pin_is_shown: Flags
    has_email: Flags
    shop_phone: Flags
    """Left a phone in the Shopify shop."""
    customer_id: pa.Array
    member: Flags
    """Member of the Youzan shop."""
    joined: Ints
    contact: Ints
    """Bits IN_API, IN_SHEET: in which WeCom exports this person is a contact."""
    added: Ints
    api_phone: Flags
    api_unionid: Flags
    sheet_phone: Flags
    sheet_email: Flags
    visits: Flags
    """Uses the merchant's mini-program or site (sensors)."""
    login: Ints
    login_at: Ints
    """[person, device]."""
    second_device: Flags
    bound_unionid: Flags
    """A unionid is bound to a phone login."""
    event_rate: Floats
    """Sessions per active day."""

    @property
    def size(self) -> int:
        """People in this chunk."""
        return len(self.number)

    @property
    def skin_type(self) -> Ints:
        """Dry in the north, oily in the south; of twenty-five people one is otherwise. Not drawn, but by number."""
        is_otherwise = mixed(self.number.astype(np.uint64), 71) % np.uint64(25) == 0
        return (places.IS_NORTH[self.city] ^ is_otherwise).astype(np.int64)

    def masked_phone(self, hidden: int, mask: str) -> pa.Array:
        """The phone with ``hidden`` characters before the last four replaced by ``mask``."""
        head = sliced(self.phone, 0, 7 - hidden)
        tail = sliced(self.phone, 7)
        return joined(head, mask, tail)


def make_people(
    rng: np.random.Generator, period: Period, seed: int, first: int, size: int
) -> People:
    """Draw the people with the numbers ``first`` to ``first + size - 1``."""
    number = np.arange(first, first + size, dtype=np.int64)
    gender = (rng.random(size) >= FEMALE_SHARE).astype(np.int64)
    interests, interest_chance = _interests(rng, gender)

    churned = rng.random(size) < 0.16
    is_new = rng.random(size) < 0.30
    starts = np.where(is_new, period.warp(rng.random(size) * 0.92), 0)
    remaining = period.close - starts
    stops = np.where(
        churned, starts + (remaining * rng.uniform(0.15, 0.75, size)).astype(np.int64), period.close
    )
    platforms, platform_chance = _platforms(rng, size)

    pair = np.arange(size) // 2
    draws = rng.random(size // 2 + 1) < COUPLE_SHARE
    couple = draws[pair] & (pair * 2 + 1 < size)
    second = couple & (np.arange(size) % 2 == 1)
    platforms[second, YOUZAN] = False
    only_nothing = ~platforms.any(axis=1)
    platforms[only_nothing, TAOBAO] = True
    platform_chance = _shares(platform_chance * platforms)

    identity = np.where(second, number - 1, number)
    nick_is_plain = rng.random(size) < 0.5
    taobao_phone = np.searchsorted([0.40, 0.85], rng.random(size)).astype(np.int64)
    taobao_phone[second & ~nick_is_plain] = MASKED
    has_email = (rng.random(size) < 0.96) | second
    surname = rng.integers(0, len(places.SURNAMES), size)
    given = rng.integers(0, len(places.GIVEN["female"]), size)
    nick_first = take(places.NICK_FIRST, rng.integers(0, len(places.NICK_FIRST), size))
    nick_last = take(places.NICK_LAST, rng.integers(0, len(places.NICK_LAST), size))
    keys = number.astype(np.uint64)

    member = platforms[:, YOUZAN] & (rng.random(size) < 0.8)
    joined_before = rng.random(size) * 300 * DAY
    joined_at = np.where(is_new, starts, -joined_before.astype(np.int64))
    contact_draw = rng.random(size)
    contact = np.select(
        [contact_draw < 0.26, contact_draw < 0.38, contact_draw < 0.44],
        [IN_API, IN_API | IN_SHEET, IN_SHEET],
        0,
    ).astype(np.int64)
    # Staff mostly noted the shared phone at the second of a couple too: that is the hard case.
    contact = np.where(second & (rng.random(size) < 0.7), IN_API, contact)
    api_phone = (rng.random(size) < 0.62) | second
    sheet_phone = (rng.random(size) < 0.75) & ~second
    sheet_email = (rng.random(size) < 0.20) & has_email

    # Members signed up in the mini-program with their phone; the others often stay anonymous.
    visits = rng.random(size) < np.where(member, 0.93, 0.50)
    chances = np.where(member[:, None], _MEMBER_LOGIN, _GUEST_LOGIN)
    login = (chances < rng.random(size)[:, None]).sum(axis=1)
    login = np.where(second & (login == PHONE_LOGIN), USER_LOGIN, np.where(visits, login, NO_LOGIN))
    login_share = rng.beta(0.7, 3.0, (size, 2))
    login_at = starts[:, None] + (login_share * (stops - starts)[:, None]).astype(np.int64)
    login_at = np.where((login == NO_LOGIN)[:, None], NEVER, login_at)

    return People(
        number=number,
        person_id=joined("person-", padded(number + 1, 7)),
        gender=gender,
        age_band=np.searchsorted(np.cumsum(_AGE_SHARE)[:-1], rng.random(size)).astype(np.int64),
        city=np.searchsorted(places.city_chances(), rng.random(size)).astype(np.int64),
        band=np.searchsorted(np.cumsum(_BAND_SHARE)[:-1], rng.random(size)).astype(np.int64),
        interests=interests,
        interest_chance=interest_chance,
        starts=starts,
        stops=stops,
        churned=churned,
        buyer=rng.random(size) < 0.78,
        gap_days=np.clip(rng.lognormal(np.log(42), 0.75, size), 4, 400),
        platforms=platforms,
        platform_chance=platform_chance,
        is_second_of_couple=second,
        couple=couple,
        phone=phones(identity, seed),
        email=joined(
            take(places.PINYIN, surname),
            padded(number * 7_919 % 1_000_003, 1),
            where(number >= 1_000_003, joined("x", whole(number // 1_000_003))),
            "@",
            take(places.MAIL_DOMAINS, rng.integers(0, len(places.MAIL_DOMAINS), size)),
        ),
        unionid=joined("o", spelled(mixed(keys, seed)), spelled(mixed(keys, seed + 1)), "A"),
        user_id=joined("u", padded(number + 10_000_001, 10)),
        devices=(
            spelled(mixed(keys, seed + 2), HEX),
            spelled(mixed(keys, seed + 3), HEX),
        ),
        external_userid=joined(
            "wmDL", spelled(mixed(keys, seed + 6)), spelled(mixed(keys, seed + 7))
        ),
        surname=take(places.SURNAMES, surname),
        given=where(
            gender == 0, take(places.GIVEN["female"], given), take(places.GIVEN["male"], given)
        ),
        pinyin=take(places.PINYIN, surname),
        nick=joined(nick_first, whole(number * 31 + 17), nick_last),
        masked_nick=joined(nick_first, "**", nick_last),
        pin=joined("jd_", spelled(mixed(keys, seed + 8))),
        nick_is_plain=nick_is_plain,
        taobao_phone=taobao_phone,
        pin_is_shown=rng.random(size) < 0.6,
        has_email=has_email,
        shop_phone=(rng.random(size) < 0.7) | ~has_email,
        customer_id=padded(number * 104_729 % 10**9 + 7_000_000_000_000, 13),
        member=member,
        joined=joined_at,
        contact=contact,
        added=np.where(
            is_new,
            np.minimum(
                starts + (rng.random(size) * 10 * DAY).astype(np.int64), period.close - HOUR
            ),
            -(rng.random(size) * 300 * DAY).astype(np.int64),
        ),
        api_phone=api_phone,
        api_unionid=rng.random(size) < 0.6,
        sheet_phone=sheet_phone,
        sheet_email=sheet_email,
        visits=visits,
        login=login,
        login_at=login_at,
        second_device=visits & (rng.random(size) < 0.12),
        bound_unionid=(login == PHONE_LOGIN) & (rng.random(size) < 0.5),
        event_rate=0.088 * rng.lognormal(-0.32, 0.8, size),
    )


def _interests(rng: np.random.Generator, gender: Ints) -> tuple[Ints, Floats]:
    """Two or three different interests each, and their cumulated weights."""
    size = len(gender)
    first_chance = np.array(_FIRST_INTEREST)
    further = np.array(_FURTHER_INTEREST)
    first = _draw(rng, first_chance[gender])
    rows = np.arange(size)
    chance = further[gender]
    chance[rows, first] = 0
    second = _draw(rng, chance)
    chance[rows, second] = 0
    third = _draw(rng, chance)
    has_third = rng.random(size) < 0.55
    weights = np.stack(
        [rng.uniform(0.5, 0.7, size), rng.uniform(0.2, 0.3, size), 0.12 * has_third], axis=1
    )
    interests = np.stack([first, second, np.where(has_third, third, -1)], axis=1)
    return interests, _shares(weights)


def _draw(rng: np.random.Generator, chance: Floats) -> Ints:
    cumulative = _shares(chance)
    return (cumulative < rng.random(len(chance))[:, None]).sum(axis=1)


def _shares(weights: npt.NDArray[np.floating]) -> Floats:
    cumulative = np.cumsum(weights, axis=1, dtype=np.float64)
    cumulative /= weights.sum(axis=1, keepdims=True)
    cumulative[:, -1] = 1.0
    return cumulative


def _platforms(rng: np.random.Generator, size: int) -> tuple[Flags, Floats]:
    """Which order platforms a person uses, and how much each (not yet cumulated)."""
    platforms = rng.random((size, len(ORDER_PLATFORMS))) < np.array(_PLATFORM_SHARE)
    liking = rng.gamma(2.0, 1.0, (size, len(ORDER_PLATFORMS))) + 0.05
    return platforms, liking


def phones(identity: Ints, seed: int) -> pa.Array:
    """One mobile number per identity, one to one."""
    room = len(_MOBILE_PREFIXES) * 10**8
    place = (identity * 2_654_435_761 + seed * 97_003 + 12_345_678) % room
    return joined(take(_MOBILE_PREFIXES, place // 10**8), padded(place % 10**8, 8))
