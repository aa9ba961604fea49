"""``sensors.event``: JSON lines, one file per delivery day, times in epoch milliseconds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa

from orchestration.sample import places
from orchestration.sample.behaviour import (
    CONTENT_VIEW,
    CONTENTS_PER_CATEGORY,
    EVENTS,
    PLACES,
    PROFILE,
    SIGNUP,
    SOURCES,
    Events,
)
from orchestration.sample.campaigns import CAMPAIGNS
from orchestration.sample.catalogue import CATEGORIES, Catalogue
from orchestration.sample.chunk import Chunk
from orchestration.sample.files import Folder
from orchestration.sample.period import DAY
from orchestration.sample.population import (
    NO_LOGIN,
    PHONE_LOGIN,
    UNIONID_LOGIN,
    People,
)
from orchestration.sample.text import Ints, joined, line_bytes, money, padded, take, where, whole

_ROWS_AT_ONCE = 200_000


def write(folder: Folder, chunk: Chunk) -> None:
    """Append the chunk's records to the file of the day on which each was delivered."""
    period, events = chunk.period, chunk.events
    identity = identities(chunk.people)
    for begin in range(0, events.size, _ROWS_AT_ONCE):
        part = events.take(np.arange(begin, min(begin + _ROWS_AT_ONCE, events.size)))
        lines = _lines(chunk, part, identity)
        days = part.delivered_day
        edges = [0, *(np.nonzero(np.diff(days))[0] + 1).tolist(), part.size]
        for first, last in pairwise(edges):
            if last == first:
                continue
            day = int(days[first])
            folder.append_bytes(
                f"sensors/sensors_events_{period.date(day):%Y%m%d}.jsonl",
                line_bytes(lines, first, last),
                last - first,
                period.epoch + (day + 1) * DAY + 3600,
            )


def login_ids(people: People) -> pa.Array:
    """The login id of everybody who logs in; empty for the others."""
    return where(
        people.login == UNIONID_LOGIN,
        people.unionid,
        where(
            people.login == PHONE_LOGIN,
            people.phone,
            where(people.login == NO_LOGIN, "", people.user_id),
        ),
    )


def identities(people: People) -> pa.Array:
    """Identity fields by ``person * 4 + device * 2 + is_login``."""
    login = login_ids(people)
    bound = where(people.bound_unionid, joined(',"unionid":"', people.unionid, '"'))
    columns: list[pa.Array] = []
    for device in people.devices:
        columns.append(joined('"distinct_id":"', device, '","anonymous_id":"', device, '"'))
        columns.append(
            joined(
                '"distinct_id":"',
                login,
                '","login_id":"',
                login,
                '","anonymous_id":"',
                device,
                '","identities":{"$identity_login_id":"',
                login,
                '"',
                bound,
                "}",
            )
        )
    index = np.arange(people.size * 4).reshape(4, people.size).T.ravel()
    return take(pa.concat_arrays(columns), index)


def _item_fields(catalogue: Catalogue) -> pa.Array:
    """Properties of each item; the last entry is no item."""
    fields = joined(
        ',"item_id":"', catalogue.sku, '","item_title":"', catalogue.title, '","brand":"',
        catalogue.brand, '"',
    )  # fmt: skip
    return pa.concat_arrays([fields, pa.array([""])])


def _lines(chunk: Chunk, events: Events, identity: pa.Array) -> pa.Array:
    kinds = pa.array([f',"type":"track","event":"{name}","properties":{{' for name in EVENTS])
    is_event = (events.kind != SIGNUP) & (events.kind != PROFILE)
    who = take(identity, events.person * 4 + events.device * 2 + events.is_login)
    begin = where(
        events.kind == SIGNUP,
        joined(
            ',"original_id":"',
            _devices(chunk.people, events),
            '","type":"track_signup","event":"$SignUp","properties":{',
        ),
        where(
            events.kind == PROFILE,
            ',"type":"profile_set","properties":{',
            take(kinds, events.kind),
        ),
    )
    category = pa.array([*(f',"category":"{name}"' for name in CATEGORIES), ""])
    interests = pa.array([*(f',"interests":"{name}"' for name in CATEGORIES), ""])
    content = events.category * CONTENTS_PER_CATEGORY + events.content
    campaigns = pa.array([*(f',"campaign":"{campaign.name}"' for campaign in CAMPAIGNS), ""])
    sources = pa.array([f',"traffic_source":"{name}"' for name in SOURCES])
    spots = pa.array([f',"place":"{name}"' if name else "" for name in PLACES])
    where_from = pa.array(
        [
            f',"$province":"{province}","$city":"{city}"'
            for province, city in zip(
                places.PROVINCES.to_pylist(), places.CITIES.to_pylist(), strict=True
            )
        ]
    )
    shown = np.where(events.kind == CONTENT_VIEW, events.category, -1)
    return joined(
        '{"_track_id":',
        whole(events.track),
        ",",
        who,
        ',"time":',
        joined(chunk.period.epoch_text(events.at), padded(events.track % 1000, 3)),
        begin,
        '"$is_login_id":',
        where(events.is_login, "true", "false"),
        take(_item_fields(chunk.catalogue), events.item % (chunk.catalogue.size + 1)),
        take(category, events.category % (len(CATEGORIES) + 1)),
        take(interests, shown % (len(CATEGORIES) + 1)),
        where(events.content >= 0, joined(',"content_id":"C', whole(content), '"')),
        where(
            events.dwell >= 0,
            joined(',"dwell_seconds":', whole(events.dwell // 10), ".", whole(events.dwell % 10)),
        ),
        where(events.amount >= 0, joined(',"amount":', money(np.maximum(events.amount, 0)))),
        take(sources, events.source, is_event),
        take(campaigns, events.campaign % (len(CAMPAIGNS) + 1)),
        take(spots, events.place),
        take(where_from, chunk.people.city[events.person]),
        "}}\n",
    )


def _devices(people: People, events: Events) -> pa.Array:
    both = pa.concat_arrays(list(people.devices))
    return take(both, events.device * people.size + events.person)


def account_codes(events: Events) -> Ints:
    """``person * 4 + device * 2 + is_login`` of every identity that has a record, each once."""
    return np.unique(events.person * 4 + events.device * 2 + events.is_login)
