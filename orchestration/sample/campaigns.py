"""The sample merchant's campaigns: whom they reach, whom they leave alone, and what they truly do.

Every campaign holds out a random share of its audience. Each person reached buys once more with a
known chance, in the shop that knows the identifier by which they were reached. The true lift is
what that added to the share of buyers, against what the same people would have done anyway.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.sample.orders import Orders, Purchases, State
from orchestration.sample.period import DAY, HOUR, NEVER, Period
from orchestration.sample.population import IN_API, SHOPIFY, YOUZAN, People
from orchestration.sample.text import Flags, Ints

WINDOW_DAYS = 14
"""Purchases so long after the touch belong to the campaign."""

DELIVERED, OPENED, CLICKED, FAILED, UNSUBSCRIBED, COMPLAINED, PLANNED = range(7)
TOUCH_STATUS = ("delivered", "opened", "clicked", "failed", "unsubscribed", "complained", "planned")


@dataclass(frozen=True)
class Campaign:
    """One campaign. ``place`` is its day as a share of the period; ``effect`` the added chance."""

    name: str
    channel: str
    audience: str
    place: float
    effect: float
    holdout: float
    cost: str
    opens: float
    clicks: float
    shop: int

    def day(self, period: Period) -> int:
        """Day number on which it runs."""
        return int(period.days * self.place)


CAMPAIGNS = (
    Campaign("wecom_new_arrivals", "wecom", "private_domain", 0.36, 0.12, 0.10, "0.00", 0.55, 0.20, YOUZAN),
    Campaign("sms_member_day", "sms", "members", 0.50, 0.09, 0.08, "0.05", 0.0, 0.08, YOUZAN),
    Campaign("email_gift_guide", "email", "email_subscribers", 0.63, 0.12, 0.10, "0.01", 0.28, 0.06, SHOPIFY),
    Campaign("sms_winback", "sms", "sleeping_members", 0.78, 0.07, 0.08, "0.05", 0.0, 0.05, YOUZAN),
)  # fmt: skip


@dataclass(frozen=True)
class Touches:
    """One row per person in a campaign's audience."""

    campaign: Ints
    person: Ints
    at: Ints
    status: Ints
    opened: Ints
    clicked: Ints

    @property
    def is_reached(self) -> Flags:
        """Treated, and the message arrived."""
        return (self.status != PLANNED) & (self.status != FAILED)


def make_touches(
    rng: np.random.Generator, period: Period, people: People, base: Purchases, accepts: Flags
) -> tuple[Touches, Purchases]:
    """The touches of all campaigns, and the purchases they cause.

    ``accepts`` says per person and campaign channel (sms, email, wecom) who may be written to.
    """
    touches: list[Touches] = []
    caused: list[Purchases] = []
    for number, campaign in enumerate(CAMPAIGNS):
        begins = campaign.day(period) * DAY + 10 * HOUR
        person = np.nonzero(_audience(campaign, people, base, accepts, begins))[0]
        size = len(person)
        at = begins + rng.integers(0, 2 * HOUR, size)
        status, opened, clicked = _response(rng, campaign, at)
        untouched = rng.random(size) < campaign.holdout
        status = np.where(untouched, PLANNED, status)
        never = np.isin(status, (PLANNED, FAILED))
        opened = np.where(never | (opened >= period.close), NEVER, opened)
        clicked = np.where(never | (clicked >= period.close), NEVER, clicked)
        status = np.where((status == CLICKED) & (clicked == NEVER), DELIVERED, status)
        status = np.where((status == OPENED) & (opened == NEVER), DELIVERED, status)
        made = Touches(np.full(size, number), person, at, status, opened, clicked)
        touches.append(made)

        delay = np.minimum(rng.exponential(2.0 * DAY, size), 10.0 * DAY).astype(np.int64) + HOUR
        when = at + delay
        buys = (rng.random(size) < campaign.effect) & made.is_reached
        # An hour before the end, so that what a campaign sold is also paid within the period.
        buys &= (when < people.stops[person]) & (when < period.close - HOUR)
        caused.append(
            Purchases(
                person[buys],
                when[buys],
                np.full(int(buys.sum()), campaign.shop),
                np.full(int(buys.sum()), number),
            )
        )
    return (
        Touches(*(np.concatenate([getattr(t, name) for t in touches]) for name in _TOUCH_FIELDS)),
        Purchases(*(np.concatenate([getattr(c, name) for c in caused]) for name in _BUY_FIELDS)),
    )


_TOUCH_FIELDS = ("campaign", "person", "at", "status", "opened", "clicked")
_BUY_FIELDS = ("person", "created", "platform", "campaign")


def _audience(
    campaign: Campaign,
    people: People,
    base: Purchases,
    accepts: Flags,
    begins: int,
) -> Flags:
    """Who is in the audience; always people whose shop account the channel's identifier finds."""
    if campaign.channel == "wecom":
        in_api = (people.contact & IN_API) > 0
        known = in_api & people.api_phone & ~people.is_second_of_couple & (people.added < begins)
        return known & people.platforms[:, YOUZAN] & accepts[:, 2]
    if campaign.channel == "email":
        return (
            people.platforms[:, SHOPIFY]
            & people.has_email
            & (people.starts < begins)
            & accepts[:, 1]
        )
    chosen = people.member & (people.joined < begins) & accepts[:, 0]
    if campaign.audience == "sleeping_members":
        recent = (base.created < begins) & (base.created >= begins - 30 * DAY)
        awake = np.bincount(base.person[recent], minlength=people.size) > 0
        chosen &= ~awake
    return chosen


def _response(rng: np.random.Generator, campaign: Campaign, at: Ints) -> tuple[Ints, Ints, Ints]:
    size = len(at)
    opens = rng.random(size) < campaign.opens
    reads = opens if campaign.opens else np.ones(size, dtype=np.bool_)
    clicks = reads & (rng.random(size) < campaign.clicks / (campaign.opens or 1.0))
    opened = np.where(opens, at + rng.exponential(3 * HOUR, size).astype(np.int64) + 30, NEVER)
    clicked = np.where(clicks, np.where(opens, opened, at) + rng.integers(5, 900, size), NEVER)
    fate = rng.random(size)
    status = np.select(
        [fate < 0.02, fate < 0.026, fate < 0.028, clicks, opens],
        [FAILED, UNSUBSCRIBED, COMPLAINED, CLICKED, OPENED],
        DELIVERED,
    )
    return status, opened, clicked


def effect_counts(touches: Touches, orders: Orders, state: State) -> Ints:
    """[campaign, (reached, held out, bought only because of the campaign)] of this chunk."""
    counts = np.zeros((len(CAMPAIGNS), 3), dtype=np.int64)
    counted = state.counts & orders.is_identified
    size = int(max(touches.person.max(initial=-1), orders.person.max(initial=-1))) + 1
    for number in range(len(CAMPAIGNS)):
        mine = touches.campaign == number
        at = np.full(size, NEVER, dtype=np.int64)
        at[touches.person[mine]] = touches.at[mine]
        since = orders.paid - at[orders.person]
        within = counted & (since >= 0) & (since < WINDOW_DAYS * DAY)
        caused = np.zeros(size, dtype=np.bool_)
        caused[orders.person[within & (orders.campaign == number)]] = True
        anyway = np.zeros(size, dtype=np.bool_)
        anyway[orders.person[within & (orders.campaign != number)]] = True
        counts[number] = (
            int((mine & touches.is_reached).sum()),
            int((mine & (touches.status == PLANNED)).sum()),
            int((caused & ~anyway).sum()),
        )
    return counts
