"""Orders: when people buy, what they buy, what they pay, and what comes back.

An order's whole life is drawn once (created, paid, shipped, completed, closed, refunded). What an
export shows is that life cut at the moment of the export: :class:`State`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from orchestration.sample.catalogue import ITEMS_PER_CATEGORY, Catalogue
from orchestration.sample.period import DAY, HOUR, NEVER, Period
from orchestration.sample.population import (
    DOUYIN,
    JD,
    PDD,
    PLAIN,
    SHOPIFY,
    TAOBAO,
    YOUZAN,
    People,
)
from orchestration.sample.text import Flags, Ints

NO_REFUND, CANCELLED, RETURNED, PARTIAL = range(4)
_REFUND_SHARE = (0.875, 0.045, 0.035, 0.045)
_DISCOUNTS = (0.0, 0.05, 0.10, 0.15)
_DISCOUNT_SHARE = (0.45, 0.20, 0.20, 0.15)
_UNPAID_SHARE = 0.06
_EXPLORE_SHARE = 0.05
_MAXIMUM_ORDERS = 400
_NUMBERS_PER_PERSON = 1024
SHIPPING_CENTS = 800
FREE_SHIPPING_FROM = 9_900


@dataclass(frozen=True)
class Purchases:
    """The wish to buy: who, when and where. ``campaign`` is -1, or the campaign that caused it."""

    person: Ints
    created: Ints
    platform: Ints
    campaign: Ints


@dataclass(frozen=True)
class Orders:
    """One row per order, ordered by time; and under ``lines`` one row per order line."""

    person: Ints
    """Row in :class:`People`."""
    platform: Ints
    campaign: Ints
    number: Ints
    """Unique in the whole sample, below 2**41."""
    created: Ints
    paid: Ints
    shipped: Ints
    completed: Ints
    closed: Ints
    """When an unpaid order is given up."""
    refund_kind: Ints
    refunded: Ints
    shipping: Ints
    """Shipping fee in cents, part of what the buyer pays."""
    source: Ints
    """Draw 0 to 99 from which each platform derives its traffic source."""
    is_identified: Flags
    """The platform's export shows an account."""
    line_order: Ints
    """Order row of each line; ascending."""
    line_place: Ints
    line_item: Ints
    line_quantity: Ints
    line_list: Ints
    """List price times quantity, cents."""
    line_paid: Ints
    """What the buyer pays for the line, cents."""
    line_refund: Ints
    """What comes back at ``refunded``, cents."""

    @property
    def size(self) -> int:
        """Number of orders."""
        return len(self.person)

    def select(self, chosen: Flags) -> Orders:
        """The chosen orders with their lines."""
        new_row = np.cumsum(chosen) - 1
        keep = chosen[self.line_order]
        picked = {
            field.name: getattr(self, field.name)[
                keep if field.name.startswith("line_") else chosen
            ]
            for field in fields(self)
        }
        return replace(Orders(**picked), line_order=new_row[self.line_order[keep]])

    def per_order(self, line_values: Ints) -> Ints:
        """Sums of a line column, one per order."""
        sums = np.bincount(self.line_order, weights=line_values, minlength=self.size)
        return np.rint(sums).astype(np.int64)


@dataclass(frozen=True)
class State:
    """What is known about orders at one moment: flags per order, and money in cents."""

    is_paid: Flags
    is_shipped: Flags
    is_completed: Flags
    is_given_up: Flags
    is_refunded: Flags
    is_cancelled: Flags
    """Paid back before shipping."""
    gross: Ints
    refund: Ints
    line_gross: Ints
    line_refund: Ints
    line_is_void: Flags
    """Everything paid for the line has been paid back."""
    is_void: Flags

    @property
    def counts(self) -> Flags:
        """Orders that count: paid, and more than nothing was kept."""
        return self.is_paid & (self.gross > self.refund)


def state_at(orders: Orders, moment: int) -> State:
    """The orders as their platform shows them at ``moment`` (exclusive)."""
    paid = orders.paid < moment
    refunded = paid & (orders.refunded < moment)
    cancelled = refunded & (orders.refund_kind == CANCELLED)
    line_gross = np.where(paid[orders.line_order], orders.line_paid, 0)
    line_refund = np.where(refunded[orders.line_order], orders.line_refund, 0)
    whole = np.isin(orders.refund_kind, (CANCELLED, RETURNED))
    gross = orders.per_order(line_gross) + np.where(paid, orders.shipping, 0)
    refund = orders.per_order(line_refund) + np.where(refunded & whole, orders.shipping, 0)
    return State(
        is_paid=paid,
        is_shipped=paid & (orders.shipped < moment) & ~cancelled,
        is_completed=paid & (orders.completed < moment) & ~(refunded & whole),
        is_given_up=~paid & (orders.closed < moment),
        is_refunded=refunded,
        is_cancelled=cancelled,
        gross=gross,
        refund=refund,
        line_gross=line_gross,
        line_refund=line_refund,
        line_is_void=(line_refund > 0) & (line_refund == line_gross),
        is_void=paid & (refund == gross),
    )


def base_purchases(rng: np.random.Generator, period: Period, people: People) -> Purchases:
    """Purchases by each buyer's own rhythm: log-normal gaps, in time warped by the season.

    Who bought before the period is in the middle of a gap when it starts; who is new buys soon
    after arriving.
    """
    most = int(min(_MAXIMUM_ORDERS, 6 + period.days / 2.0))
    size = people.size
    gaps = people.gap_days[:, None] * rng.lognormal(0, 0.45, (size, most))
    is_new = people.starts > 0
    gaps[:, 0] *= np.where(is_new, 0.15, rng.random(size))
    elapsed = np.cumsum(gaps, axis=1) / period.days
    begin = period.unwarp(people.starts)
    until = period.unwarp(people.stops)
    share = begin[:, None] + elapsed
    happens = (share < until[:, None]) & people.buyer[:, None]
    person, _ = np.nonzero(happens)
    created = period.warp(share[happens])
    draw = rng.random(len(person))
    platform = (people.platform_chance[person] < draw[:, None]).sum(axis=1)
    return Purchases(person, created, platform, np.full(len(person), -1, dtype=np.int64))


def make_orders(
    rng: np.random.Generator,
    period: Period,
    people: People,
    catalogue: Catalogue,
    purchases: list[Purchases],
) -> Orders:
    """Give every purchase its lines, its money and its fate."""
    person = np.concatenate([p.person for p in purchases])
    created = np.concatenate([p.created for p in purchases])
    platform = np.concatenate([p.platform for p in purchases])
    campaign = np.concatenate([p.campaign for p in purchases])
    order = np.lexsort((platform, person, created))
    person, created, platform, campaign = (
        column[order] for column in (person, created, platform, campaign)
    )
    size = len(person)
    is_caused = campaign >= 0

    lines = 1 + (rng.random(size) < 0.30) + (rng.random(size) < 0.08)
    lines[platform == PDD] = 1
    items = _items(rng, people, catalogue, person)
    has_line = np.arange(3)[None, :] < lines[:, None]
    line_order, line_place = np.nonzero(has_line)
    line_item = items[has_line]
    quantity = 1 + np.searchsorted([0.80, 0.97], rng.random(len(line_order)))
    line_list = catalogue.price[line_item] * quantity
    rate = np.array(_DISCOUNTS)[np.searchsorted(np.cumsum(_DISCOUNT_SHARE)[:-1], rng.random(size))]
    rate = np.where(_is_festival(period, created), rate + 0.10, rate)
    line_paid = np.maximum(np.floor(line_list * (1 - rate[line_order])).astype(np.int64), 1)

    unpaid = (rng.random(size) < _UNPAID_SHARE) & ~is_caused
    delay = np.minimum(rng.exponential(150, size), 1500).astype(np.int64) + 5
    paid = np.where(unpaid, NEVER, created + delay)
    after = np.where(unpaid, created, paid)
    shipped = after + (rng.uniform(4, 60, size) * HOUR).astype(np.int64)
    completed = shipped + (rng.uniform(2, 9, size) * DAY).astype(np.int64)

    kind = np.searchsorted(np.cumsum(_REFUND_SHARE)[:-1], rng.random(size)).astype(np.int64)
    kind[unpaid | is_caused] = NO_REFUND
    kind = _kinds_a_platform_can_show(kind, platform, lines)
    between = rng.random(size)
    refunded = np.select(
        [kind == CANCELLED, (kind == RETURNED) & (platform == JD), kind != NO_REFUND],
        [
            after + (between * (shipped - after) * 0.9).astype(np.int64) + 60,
            shipped + (between * (completed - shipped) * 0.9).astype(np.int64),
            completed + (between * 7 * DAY).astype(np.int64),
        ],
        NEVER,
    )
    line_refund = _refunds(rng, kind, platform, lines, line_order, line_place, line_paid)
    goods = np.bincount(line_order, weights=line_paid, minlength=size)
    shipping = np.where((platform == SHOPIFY) & (goods < FREE_SHIPPING_FROM), SHIPPING_CENTS, 0)

    return Orders(
        person=person,
        platform=platform,
        campaign=campaign,
        number=_numbers(people, person),
        created=created,
        paid=paid,
        shipped=np.where(unpaid, NEVER, shipped),
        completed=np.where(unpaid, NEVER, completed),
        closed=np.where(unpaid, created + DAY, NEVER),
        refund_kind=kind,
        refunded=refunded,
        shipping=shipping.astype(np.int64),
        source=rng.integers(0, 100, size),
        is_identified=_identified(people, person, platform),
        line_order=line_order,
        line_place=line_place,
        line_item=line_item,
        line_quantity=quantity,
        line_list=line_list,
        line_paid=line_paid,
        line_refund=line_refund,
    )


def _is_festival(period: Period, created: Ints) -> Flags:
    return (period.season > 1.7 / period.days)[created // DAY]


def categories_of(rng: np.random.Generator, people: People, person: Ints) -> Ints:
    """A category per row, mostly one of the person's interests."""
    draw = rng.random(len(person))
    place = (people.interest_chance[person] < draw[:, None]).sum(axis=1)
    category = people.interests[person, place]
    explores = rng.random(len(person)) < _EXPLORE_SHARE
    return np.where(explores, rng.integers(0, 9, len(person)), category)


def _items(rng: np.random.Generator, people: People, catalogue: Catalogue, person: Ints) -> Ints:
    """[order, 3] items; the items of one order differ, because some formats key lines by item."""
    columns: list[Ints] = []
    for _ in range(3):
        category = categories_of(rng, people, person)
        item = catalogue.pick(category, people.band[person], rng.random(len(person)))
        for _ in columns:
            taken = np.zeros(len(person), dtype=np.bool_)
            for earlier in columns:
                taken |= earlier == item
            beside = item // ITEMS_PER_CATEGORY * ITEMS_PER_CATEGORY
            item = np.where(taken, beside + (item - beside + 1) % ITEMS_PER_CATEGORY, item)
        columns.append(item)
    return np.stack(columns, axis=1)


def _kinds_a_platform_can_show(kind: Ints, platform: Ints, lines: Ints) -> Ints:
    """Pinduoduo and JD orders come back whole; Douyin closes whole lines."""
    partial = kind == PARTIAL
    impossible = np.isin(platform, (PDD, JD)) | ((platform == DOUYIN) & (lines == 1))
    return np.where(partial & impossible, NO_REFUND, kind)


def _refunds(
    rng: np.random.Generator,
    kind: Ints,
    platform: Ints,
    lines: Ints,
    line_order: Ints,
    line_place: Ints,
    line_paid: Ints,
) -> Ints:
    """Cents that come back per line. A partial refund is the last line of several, or part of one."""
    of_line = kind[line_order]
    whole = (of_line == CANCELLED) | (of_line == RETURNED)
    is_last = line_place == lines[line_order] - 1
    by_line = (platform == DOUYIN) | ((lines > 1) & (rng.random(len(kind)) < 0.6))
    part = np.floor(line_paid * rng.uniform(0.1, 0.6, len(line_paid))).astype(np.int64)
    partial = np.where(by_line[line_order], line_paid, np.maximum(part, 1))
    return np.where(whole, line_paid, np.where((of_line == PARTIAL) & is_last, partial, 0))


def _numbers(people: People, person: Ints) -> Ints:
    """Unique order numbers: the person's number and a running number per person."""
    by_person = np.argsort(person, kind="stable")
    ordered = person[by_person]
    starts = np.searchsorted(ordered, ordered, side="left")
    running = np.empty(len(person), dtype=np.int64)
    running[by_person] = np.arange(len(person)) - starts
    return people.number[person] * _NUMBERS_PER_PERSON + running + 1


def scattered(number: Ints, digits: int) -> Ints:
    """Order numbers spread one to one over ``digits`` (12 or more) decimal digits."""
    return number * 387_420_489 % 10**digits


def _identified(people: People, person: Ints, platform: Ints) -> Flags:
    shown = np.zeros(len(person), dtype=np.bool_)
    taobao = people.nick_is_plain | (people.taobao_phone == PLAIN)
    shown[platform == TAOBAO] = taobao[person[platform == TAOBAO]]
    shown[platform == JD] = people.pin_is_shown[person[platform == JD]]
    shown[np.isin(platform, (YOUZAN, SHOPIFY))] = True
    return shown


def net_by_person(orders: Orders, state: State, size: int) -> tuple[Ints, Ints]:
    """Orders that count and their net cents on identifiable accounts, per person."""
    chosen = state.counts & orders.is_identified
    person = orders.person[chosen]
    net = (state.gross - state.refund)[chosen]
    cents = np.rint(np.bincount(person, weights=net, minlength=size)).astype(np.int64)
    return np.bincount(person, minlength=size), cents
