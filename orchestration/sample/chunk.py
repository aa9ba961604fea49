"""One chunk of people with everything they did, and what all writers need to know about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.sample import places
from orchestration.sample.behaviour import Events, make_events
from orchestration.sample.campaigns import Touches, make_touches
from orchestration.sample.cases import Case, Relation
from orchestration.sample.catalogue import Catalogue
from orchestration.sample.hard_cases import make_cases
from orchestration.sample.orders import Orders, base_purchases, make_orders
from orchestration.sample.period import Period
from orchestration.sample.population import AGE_FROM, AGE_YEARS, People, make_people
from orchestration.sample.relations import Consents, Members, make_consents, make_members
from orchestration.sample.text import Ints, take

(PEOPLE, BUYING, ORDERS, CONSENTS, MEMBERS, CAMPAIGNS, EVENTS, CONTACTS) = range(8)


@dataclass(frozen=True)
class Chunk:
    """People and what they did; every part refers to people by their row in ``people``."""

    seed: int
    index: int
    period: Period
    catalogue: Catalogue
    people: People
    orders: Orders
    touches: Touches
    consents: Consents
    members: Members
    events: Events
    cases: list[Case]
    relations: list[Relation]

    def rng(self, purpose: int) -> np.random.Generator:
        """Randomness that depends on the sample's seed, this chunk and the purpose only."""
        return _rng(self.seed, self.index, purpose)

    def provinces(self, person: Ints) -> pa.Array:
        """Province per row of person numbers."""
        return take(places.PROVINCES, self.people.city[person])

    def cities(self, person: Ints) -> pa.Array:
        """City per row of person numbers."""
        return take(places.CITIES, self.people.city[person])

    def districts(self, person: Ints) -> pa.Array:
        """District per row of person numbers."""
        return take(places.DISTRICTS, self.people.city[person])


def _rng(seed: int, index: int, purpose: int) -> np.random.Generator:
    return np.random.default_rng([seed, index, purpose])


def make_chunk(
    period: Period, catalogue: Catalogue, seed: int, index: int, first: int, size: int
) -> Chunk:
    """Draw people ``first`` to ``first + size - 1`` and all they do in the period."""
    people = make_people(_rng(seed, index, PEOPLE), period, seed, first, size)
    base = base_purchases(_rng(seed, index, BUYING), period, people)
    consents, accepts = make_consents(_rng(seed, index, CONSENTS), period, people)
    members = make_members(
        _rng(seed, index, MEMBERS), people, np.array(AGE_FROM), np.array(AGE_YEARS)
    )
    touches, caused = make_touches(_rng(seed, index, CAMPAIGNS), period, people, base, accepts)
    orders = make_orders(_rng(seed, index, ORDERS), period, people, catalogue, [base, caused])
    events = make_events(
        _rng(seed, index, EVENTS), period, people, catalogue, orders, touches, index
    )
    cases, relations = make_cases(period, people, seed)
    return Chunk(
        seed, index, period, catalogue, people, orders, touches, consents, members, events, cases, relations
    )  # fmt: skip
