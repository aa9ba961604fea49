"""Small frames for the identity tests, and hypothesis strategies over them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from hypothesis import strategies as st

from orchestration.core.identity import (
    Contradictions,
    Gone,
    IdentityLimits,
    IdentityResult,
    IdentityState,
    ValueLimit,
    accept_state,
    propose_state,
    resolve,
)

DAY = date(2026, 3, 1)

LIMITS = IdentityLimits(
    priority=("unionid", "user_id", "phone", "email", "device_id"),
    maximum_accounts={"device_id": 3, "other": 8},
    maximum_accounts_per_platform={"email": 3},
    maximum_values={"unionid": ValueLimit(1), "user_id": ValueLimit(1, per_platform=True)},
    maximum_person_accounts=100,
    confidence={"unionid": 0.99, "user_id": 0.99, "phone": 0.95, "email": 0.9, "device_id": 0.7},
)

Edge = tuple[str, str, str] | tuple[str, str, str, str | None]


def accounts(*keys: str) -> pd.DataFrame:
    """Accounts whose platform is the letter their key starts with."""
    return pd.DataFrame(
        {"account_key": list(keys), "platform": [key[0] for key in keys]}, dtype="str"
    )


def identifiers(edges: Iterable[Edge]) -> pd.DataFrame:
    """Rows of (account, type, value[, first seen])."""
    rows = [(*edge, None)[:4] for edge in edges]
    frame = pd.DataFrame(
        rows, columns=["account_key", "identifier_type", "identifier_hash", "first_seen_at"]
    )
    frame.insert(1, "platform", frame["account_key"].str[0])
    text = ["account_key", "platform", "identifier_type", "identifier_hash"]
    frame[text] = frame[text].astype("str")
    frame["first_seen_at"] = pd.to_datetime(frame["first_seen_at"])
    return frame


def corrections(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Rows of (account, other account, relation, stated at)."""
    frame = pd.DataFrame(
        rows, columns=["account_key", "other_account_key", "relation", "stated_at"], dtype="str"
    )
    frame["stated_at"] = pd.to_datetime(frame["stated_at"])
    return frame


def run(
    edges: Iterable[Edge],
    previous: IdentityState | None = None,
    *,
    extra: Iterable[str] = (),
    limits: IdentityLimits = LIMITS,
    stated: pd.DataFrame | None = None,
    on: date = DAY,
    is_increment: bool = False,
    gone: Gone | None = None,
) -> IdentityResult:
    """Resolve edges; accounts are those of the edges and ``extra``."""
    edges = list(edges)
    keys = sorted({edge[0] for edge in edges} | set(extra))
    return resolve(
        accounts(*keys), identifiers(edges), previous, limits, stated, on, is_increment=is_increment, gone=gone,
    )  # fmt: skip


def store(folder: Path, state: IdentityState) -> None:
    """A run that published."""
    assert accept_state(folder, propose_state(folder, state))


def people_of(result: IdentityResult) -> set[frozenset[str]]:
    """The accounts of every person."""
    grouped = result.accounts.groupby("one_id")["account_key"]
    return {frozenset(group) for _, group in grouped}


def ids_of(result: IdentityResult) -> dict[str, str]:
    """account_key -> one_id."""
    return dict(zip(result.accounts["account_key"], result.accounts["one_id"], strict=True))


FRAMES = ("accounts", "people", "history", "violations", "evidence", "relations", "resolved_ids")


def assert_same(
    left: IdentityResult, right: IdentityResult, frames: Iterable[str] = FRAMES
) -> None:
    """Equal frames, value for value and type for type."""
    for name in frames:
        pd.testing.assert_frame_equal(
            getattr(left, name), getattr(right, name), check_exact=False, rtol=1e-12, obj=name
        )


@dataclass(frozen=True)
class Story:
    """What arrives day by day, under which rules, and what people state about it."""

    days: list[list[Edge]]
    limits: IdentityLimits
    statements: list[tuple[str, str, str, str]]

    def until(self, day: int) -> list[Edge]:
        """Everything that arrived up to and including a day."""
        return [edge for rows in self.days[: day + 1] for edge in rows]

    @property
    def stated(self) -> pd.DataFrame:
        """The statements as a frame."""
        return corrections(*self.statements)


_ACCOUNTS = [f"{platform}{number}" for platform in "abc" for number in range(1, 5)]
_TYPES = {"unionid": 4, "user_id": 4, "phone": 6, "email": 6, "device_id": 4, "gender": 2}


@st.composite
def edge_rows(draw: st.DrawFn) -> Edge:
    """One account with one value, some of them dated."""
    kind = draw(st.sampled_from(sorted(_TYPES)))
    value = f"{kind[0]}{draw(st.integers(1, _TYPES[kind]))}"
    seen = draw(st.none() | st.integers(0, 40))
    first = None if seen is None else str(date(2026, 1, 1) + timedelta(days=seen))
    return (draw(st.sampled_from(_ACCOUNTS)), kind, value, first)


@st.composite
def contradiction_sets(draw: st.DrawFn) -> Contradictions:
    """Weights around the odds of the types; their products never equal a ratio of odds."""
    weight = st.sampled_from([3.1, 7.3, 13.7])
    return Contradictions(
        types=draw(st.sampled_from([("phone", "email", "device_id"), ("device_id",)])),
        weights={kind: draw(weight) for kind in ("gender", "email", "phone")},
        passed_on={"phone": draw(weight)},
        passed_on_days=draw(st.integers(1, 20)),
        minimum_confidence=draw(st.sampled_from([0.7, 0.9])),
    )


@st.composite
def limit_sets(draw: st.DrawFn) -> IdentityLimits:
    """Tight limits, so that small graphs break them."""
    return IdentityLimits(
        priority=LIMITS.priority,
        maximum_accounts={
            "device_id": draw(st.integers(2, 4)),
            "phone": draw(st.integers(3, 9)),
            "other": draw(st.integers(4, 12)),
        },
        maximum_accounts_per_platform={"email": draw(st.integers(1, 4))},
        maximum_values={
            "unionid": ValueLimit(draw(st.integers(1, 2))),
            "user_id": ValueLimit(1, per_platform=draw(st.booleans())),
            "phone": ValueLimit(2, window_days=draw(st.none() | st.integers(1, 30))),
        },
        maximum_person_accounts=draw(st.integers(3, 15)),
        traits=("gender",),
        contradictions=draw(contradiction_sets()),
        confidence=LIMITS.confidence,
        blocked=frozenset(draw(st.sets(st.sampled_from([("phone", "p1"), ("email", "e1")])))),
    )


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, str, str, str]:
    """One correction between two accounts, seldom unknown ones."""
    keys = st.sampled_from([*_ACCOUNTS, "z9"])
    relation = draw(st.sampled_from(["same", "different"]))
    return (draw(keys), draw(keys), relation, str(date(2026, 2, draw(st.integers(1, 28)))))


@st.composite
def stories(draw: st.DrawFn, days: int = 3) -> Story:
    """A few days of arrivals."""
    # Dense from the start: sparse graphs break no limit.
    rows = st.lists(edge_rows(), min_size=14, max_size=30)
    return Story(
        days=[draw(rows) for _ in range(days)],
        limits=draw(limit_sets()),
        statements=draw(st.lists(statements(), max_size=5)),
    )
