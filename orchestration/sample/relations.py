"""What the merchant knows beside orders: consents, members and their invitations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.sample.period import DAY, Period
from orchestration.sample.population import IN_API, SHOPIFY, People
from orchestration.sample.text import Flags, Floats, Ints, mixed

SMS, EMAIL, WECOM = range(3)
CONSENT_CHANNELS = ("sms", "email", "wecom")


@dataclass(frozen=True)
class Consents:
    """One row per statement. ``key`` says by what the person is named: SMS phone, EMAIL, WECOM id."""

    person: Ints
    channel: Ints
    is_granted: Flags
    at: Ints


@dataclass(frozen=True)
class Members:
    """One row per member of the Youzan shop, with what they declared about themselves."""

    person: Ints
    declares_gender: Flags
    declares_birth: Flags
    declares_age: Flags
    declares_skin_type: Flags
    birth_day: Ints
    """Days before the end of the period."""
    level: Ints
    inviter: Ints
    """Person row of who invited them, or -1."""


def make_consents(
    rng: np.random.Generator, period: Period, people: People
) -> tuple[Consents, Flags]:
    """Statements, and [person, channel] who may be written to before any of them withdraws."""
    knows = np.stack(
        [
            people.member,
            people.platforms[:, SHOPIFY] & people.has_email,
            (people.contact & IN_API) > 0,
        ],
        axis=1,
    )
    grants = knows & (rng.random(knows.shape) < np.array([0.88, 0.80, 1.0]))
    withdraws = knows & (rng.random(knows.shape) < np.array([0.05, 0.04, 0.03]))
    since = np.stack([people.joined, people.starts - 3 * DAY, people.added], axis=1)
    later = since + (rng.random(knows.shape) * np.maximum(period.close - since, 0)).astype(np.int64)
    later = np.clip(later, 0, period.close - 1)

    # Nobody states being a contact; what is on record in WeCom are the withdrawals.
    stated = grants & (np.arange(3) != WECOM)
    first_person, first_channel = np.nonzero(stated)
    last_person, last_channel = np.nonzero(withdraws)
    consents = Consents(
        person=np.concatenate([first_person, last_person]),
        channel=np.concatenate([first_channel, last_channel]),
        is_granted=np.concatenate(
            [np.ones(len(first_person), np.bool_), np.zeros(len(last_person), np.bool_)]
        ),
        at=np.concatenate([since[stated], later[withdraws]]),
    )
    return consents, grants & ~withdraws


def make_members(
    rng: np.random.Generator, people: People, age_from: Ints, age_years: Ints
) -> Members:
    """What members declared, and who invited whom.

    An inviter joined before the invited; ``age_from`` and ``age_years`` describe the age bands.
    """
    person = np.nonzero(people.member)[0]
    size = len(person)
    band = people.age_band[person]
    age_days = (age_from[band] + rng.random(size) * age_years[band]) * 365.25
    by_joined = person[np.argsort(people.joined[person], kind="stable")]
    rank = np.empty(people.size, dtype=np.int64)
    rank[by_joined] = np.arange(size)
    chosen = _earlier(rank[person], rng.random(size) ** 1.5)
    inviter = by_joined[chosen] if size else chosen
    invited = (rng.random(size) < 0.12) & (people.joined[person] > 0)
    invited &= people.joined[inviter] < people.joined[person]
    return Members(
        person=person,
        declares_gender=rng.random(size) < 0.6,
        declares_birth=rng.random(size) < 0.35,
        declares_age=rng.random(size) < 0.6,
        # By number, not drawn: what else is drawn stays what it was.
        declares_skin_type=mixed(people.number[person].astype(np.uint64), 70) % np.uint64(10) < 7,
        birth_day=age_days.astype(np.int64) + 1,
        level=np.searchsorted([0.55, 0.85, 0.97], rng.random(size)),
        inviter=np.where(invited, inviter, -1),
    )


def _earlier(rank: Ints, draw: Floats) -> Ints:
    return (rank * draw).astype(np.int64)
