"""What people do on the merchant's mini-program and site: the events of the sensors export.

People come in sessions; a session begins with a visit or a piece of content and goes on with views,
searches, likes, carts. A person is anonymous on each device until they log in there.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from orchestration.sample.campaigns import CAMPAIGNS, Touches
from orchestration.sample.catalogue import ITEMS_PER_CATEGORY, Catalogue
from orchestration.sample.orders import Orders, categories_of
from orchestration.sample.period import DAY, HOUR, NEVER, Period
from orchestration.sample.population import NO_LOGIN, YOUZAN, People
from orchestration.sample.text import Flags, Ints

EVENTS = (
    "visit", "content_view", "view", "click", "search", "like", "favorite", "comment", "share",
    "cart", "checkout", "order", "pay", "track_signup", "profile_set",
)  # fmt: skip
(
    VISIT, CONTENT_VIEW, VIEW, CLICK, SEARCH, LIKE, FAVORITE, COMMENT, SHARE,
    CART, CHECKOUT, ORDER, PAY, SIGNUP, PROFILE,
) = range(15)  # fmt: skip
_LATER_SHARE = (0.0, 0.17, 0.46, 0.08, 0.08, 0.05, 0.045, 0.015, 0.02, 0.06, 0.02)
_MOST_PER_SESSION = 12
_GOES_ON = 0.64

SOURCES = (
    "search", "recommendation", "short_video", "live", "note", "content", "onsite_ads",
    "offsite_ads", "referral", "official_account", "mini_program", "direct", "wecom", "sms", "email",
)  # fmt: skip
_SOURCE_SHARE = (0.20, 0.14, 0.13, 0.07, 0.05, 0.06, 0.06, 0.08, 0.02, 0.05, 0.07, 0.04, 0.03)
PLACES = ("home", "category", "item", "content", "search", "cart", "live_room", "member", "")
(HOME, CATEGORY, ITEM, CONTENT, SEARCH_PAGE, CART_PAGE, LIVE_ROOM, MEMBER, NO_PLACE) = range(9)
_PLACE_OF = (
    HOME, CONTENT, ITEM, CATEGORY, SEARCH_PAGE, CONTENT, ITEM, CONTENT, CONTENT, ITEM, CART_PAGE,
    CART_PAGE, CART_PAGE, NO_PLACE, NO_PLACE,
)  # fmt: skip
NO_ITEM = -1
CONTENTS_PER_CATEGORY = 40
_LATE_SHARE, _TWICE_SHARE = 0.01, 0.002


@dataclass(frozen=True)
class Events:
    """One row per delivered record, ordered by delivery day and time."""

    person: Ints
    device: Ints
    at: Ints
    kind: Ints
    item: Ints
    """Item number, or NO_ITEM."""
    category: Ints
    """Category number, or -1."""
    content: Ints
    """Content number within the category, or -1."""
    dwell: Ints
    """Tenths of a second, or -1."""
    source: Ints
    campaign: Ints
    place: Ints
    amount: Ints
    """Cents, or -1."""
    is_login: Flags
    delivered_day: Ints
    track: Ints

    @property
    def size(self) -> int:
        """Number of records."""
        return len(self.person)

    def take(self, index: Ints) -> Events:
        """The chosen records."""
        return Events(**{field.name: getattr(self, field.name)[index] for field in fields(self)})


def make_events(
    rng: np.random.Generator,
    period: Period,
    people: People,
    catalogue: Catalogue,
    orders: Orders,
    touches: Touches,
    chunk: int,
) -> Events:
    """All records of a chunk's people, with late and doubly delivered ones."""
    parts = [
        _browsing(rng, period, people, catalogue, touches),
        _buying(rng, people, orders),
        _logins(people),
    ]
    names = ("person", "device", "at", "kind", "item", "category", "content", "dwell", "source",
             "campaign", "place", "amount")  # fmt: skip
    columns = {name: np.concatenate([part[name] for part in parts]) for name in names}
    inside = columns["at"] < period.close
    columns = {name: column[inside] for name, column in columns.items()}
    person, at = columns["person"], columns["at"]
    day = at // DAY
    size = len(day)
    events = Events(
        **columns,
        is_login=at >= people.login_at[person, columns["device"]],
        delivered_day=np.minimum(day + (rng.random(size) < _LATE_SHARE), period.days - 1),
        track=(np.arange(size) + chunk * 20_000_000) * 387_420_489 % 10**12,
    )
    twice = np.nonzero(
        (rng.random(size) < _TWICE_SHARE) & (events.delivered_day < period.days - 1)
    )[0]
    order = np.concatenate([np.arange(size), twice])
    delivered = np.concatenate([events.delivered_day, events.delivered_day[twice] + 1])
    again = events.take(order)
    events = Events(
        **{
            field.name: getattr(again, field.name)
            for field in fields(again)
            if field.name != "delivered_day"
        },
        delivered_day=delivered,
    )
    return events.take(np.lexsort((events.kind, events.track, events.at, events.delivered_day)))


def _browsing(
    rng: np.random.Generator,
    period: Period,
    people: People,
    catalogue: Catalogue,
    touches: Touches,
) -> dict[str, Ints]:
    """Sessions of their own accord, and sessions that begin with a click in a message."""
    begin, until = period.unwarp(people.starts), period.unwarp(people.stops)
    rate = people.event_rate * (until - begin) * period.days * people.visits
    owner = np.repeat(np.arange(people.size), rng.poisson(rate))
    share = begin[owner] + rng.random(len(owner)) * (until - begin)[owner]
    source = np.searchsorted(np.cumsum(_SOURCE_SHARE)[:-1], rng.random(len(owner)))
    clicked = (touches.clicked < NEVER) & people.visits[touches.person]
    channel = np.array([SOURCES.index(campaign.channel) for campaign in CAMPAIGNS])
    owner = np.concatenate([owner, touches.person[clicked]])
    start = np.concatenate([period.warp(share), touches.clicked[clicked]])
    source = np.concatenate([source, channel[touches.campaign[clicked]]])
    campaign = np.concatenate([np.full(len(share), -1, dtype=np.int64), touches.campaign[clicked]])
    uses_second = people.second_device[owner] & (rng.random(len(owner)) < 0.35)

    length = np.minimum(rng.geometric(1 - _GOES_ON, len(owner)) + 1, _MOST_PER_SESSION)
    session = np.repeat(np.arange(len(owner)), length)
    position = np.arange(len(session)) - np.repeat(np.cumsum(length) - length, length)
    pause = np.where(position == 0, 0, rng.integers(4, 150, len(session)))
    passed = np.cumsum(pause)
    elapsed = passed - passed[np.cumsum(length) - length][session]

    opening = np.where(rng.random(len(session)) < 0.68, VISIT, CONTENT_VIEW)
    later = np.searchsorted(np.cumsum(_LATER_SHARE)[:-1], rng.random(len(session)))
    kind = np.where(position == 0, opening, later).astype(np.int64)
    person = owner[session]
    category = categories_of(rng, people, person)
    item = catalogue.pick(category, people.band[person], rng.random(len(session)))
    on_content = np.isin(kind, (CONTENT_VIEW, LIKE, COMMENT, SHARE))
    has_item = ~on_content & ~np.isin(kind, (VISIT, SEARCH))
    stays = np.isin(kind, (CONTENT_VIEW, VIEW))
    dwell = np.minimum(rng.lognormal(3.3, 1.0, len(session)) * 10, 18_000).astype(np.int64) + 5
    nothing = np.full(len(session), -1, dtype=np.int64)
    return {
        "person": person,
        "device": uses_second[session].astype(np.int64),
        "at": start[session] + elapsed,
        "kind": kind,
        "item": np.where(has_item, item, NO_ITEM),
        "category": np.where(kind == VISIT, -1, category),
        "content": np.where(on_content, rng.integers(0, CONTENTS_PER_CATEGORY, len(session)), -1),
        "dwell": np.where(stays, dwell, -1),
        "source": source[session],
        "campaign": campaign[session],
        "place": np.array(_PLACE_OF)[kind],
        "amount": nothing,
    }


def _buying(rng: np.random.Generator, people: People, orders: Orders) -> dict[str, Ints]:
    """Cart, order and payment around each Youzan order of people who use the mini-program."""
    here = (orders.platform == YOUZAN) & people.visits[orders.person]
    first_line = np.searchsorted(orders.line_order, np.arange(orders.size))
    amount = orders.per_order(orders.line_paid) + orders.shipping
    chosen = np.nonzero(here)[0]
    paid = chosen[orders.paid[chosen] < NEVER]
    order = np.concatenate([chosen, chosen, paid])
    kind = np.repeat([CART, ORDER, PAY], [len(chosen), len(chosen), len(paid)])
    at = np.concatenate(
        [
            np.maximum(orders.created[chosen] - rng.integers(60, HOUR, len(chosen)), 0),
            orders.created[chosen],
            orders.paid[paid],
        ]
    )
    item = orders.line_item[first_line[order]]
    nothing = np.full(len(order), -1, dtype=np.int64)
    return {
        "person": orders.person[order],
        "device": np.zeros(len(order), dtype=np.int64),
        "at": at,
        "kind": kind,
        "item": item,
        "category": item // ITEMS_PER_CATEGORY,
        "content": nothing,
        "dwell": nothing,
        "source": np.full(len(order), SOURCES.index("mini_program")),
        "campaign": nothing,
        "place": np.array(_PLACE_OF)[kind],
        "amount": np.where(kind == CART, -1, amount[order]),
    }


def _logins(people: People) -> dict[str, Ints]:
    """The record that stitches a device to its login, and the profile that follows it."""
    logs_in = people.login != NO_LOGIN
    first = np.nonzero(logs_in)[0]
    second = np.nonzero(logs_in & people.second_device)[0]
    person = np.concatenate([first, second, first])
    device = np.repeat([0, 1, 0], [len(first), len(second), len(first)])
    kind = np.repeat([SIGNUP, SIGNUP, PROFILE], [len(first), len(second), len(first)])
    nothing = np.full(len(person), -1, dtype=np.int64)
    return {
        "person": person,
        "device": device,
        "at": people.login_at[person, device] + (kind == PROFILE),
        "kind": kind,
        "item": nothing,
        "category": nothing,
        "content": nothing,
        "dwell": nothing,
        "source": np.zeros(len(person), dtype=np.int64),
        "campaign": nothing,
        "place": np.full(len(person), NO_PLACE),
        "amount": nothing,
    }
