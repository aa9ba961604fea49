"""What a run remembers: stored whole, accepted when it is published, and safe from sudden death."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from orchestration.core.identity import (
    IdentityState,
    IdentityStateError,
    accept_state,
    load_proposal,
    load_state,
    propose_state,
)
from tests.unit.core.identity.frames import (
    DAY,
    FRAMES,
    LIMITS,
    assert_same,
    corrections,
    run,
    store,
)

ROOT = Path(__file__).resolve().parents[4]
NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=2)


def _names(folder: Path) -> set[str]:
    return {entry.name.split("-")[0] for entry in folder.iterdir()}


def _bytes(folder: Path, name: str) -> bytes:
    (version,) = folder.glob("version-*")
    return (version / f"{name}.arrow").read_bytes()


def test_a_state_is_absent_proposed_accepted_and_loaded_whole(tmp_path: Path) -> None:
    folder = tmp_path / "identity"
    assert load_state(folder) is None
    assert not accept_state(folder, "0" * 16)
    result = run([("a1", "phone", "p")], stated=corrections(("a1", "z1", "same", "2026-02-01")))
    token = propose_state(folder, result.state)
    assert load_state(folder) is None
    assert load_proposal(folder) is not None
    assert not accept_state(folder, "")
    assert accept_state(folder, token)
    assert accept_state(folder, token)
    (folder / "writing").mkdir()
    (folder / "writing" / "accounts.arrow").write_bytes(b"half")
    loaded = load_state(folder)
    assert loaded is not None
    assert_same(run([("a1", "phone", "p")], loaded), run([("a1", "phone", "p")], result.state))
    assert propose_state(folder, loaded) == token
    assert _names(folder) == {"version", "proposal"}


def test_a_damaged_state_is_an_error_and_not_a_fresh_start(tmp_path: Path) -> None:
    store(tmp_path, run([], extra=["a1"]).state)
    target = tmp_path / "version-00000001" / "accounts.arrow"
    target.write_bytes(target.read_bytes()[:50])
    with pytest.raises(IdentityStateError, match="version-00000001 cannot be read"):
        load_state(tmp_path)


def _tables(state: IdentityState) -> Iterator[tuple[str, np.ndarray]]:
    for part in (state.graph, state.assignment, state.register, state.history, state.corrections):
        for field in fields(part):
            yield f"{type(part).__name__}.{field.name}", np.asarray(getattr(part, field.name))


def test_a_refused_run_leaves_no_trace(tmp_path: Path) -> None:
    """Two refused runs under mad rules, then one that passes: as if the two had never been."""
    edges = [(f"{shop}{n}", "phone", f"p{n}") for n in range(20) for shop in "abc"]
    mad = replace(LIMITS, maximum_accounts={"other": 1})
    madder = replace(LIMITS, maximum_accounts={"other": 1}, blocked=frozenset({("phone", "p1")}))
    new = [*edges, ("d1", "phone", "p1"), ("e9", "phone", "p99")]
    first = run(edges)
    for folder in (tmp_path / "once", tmp_path / "thrice"):
        store(folder, first.state)
    once = run(new, load_state(tmp_path / "once"), on=LATER)
    store(tmp_path / "once", once.state)
    for limits in (mad, madder):
        refused = run(new, load_state(tmp_path / "thrice"), limits=limits, on=NEXT)
        assert len(refused.people) > len(once.people)
        propose_state(tmp_path / "thrice", refused.state)
    thrice = run(new, load_state(tmp_path / "thrice"), on=LATER)
    store(tmp_path / "thrice", thrice.state)
    for (name, left), (_, right) in zip(_tables(once.state), _tables(thrice.state), strict=True):
        assert np.array_equal(left, right), name
    for name in ("accounts", "identifiers", "edges", "register", "history", "corrections"):
        assert _bytes(tmp_path / "once", name) == _bytes(tmp_path / "thrice", name)
    assert set(thrice.history["cause"]) == {"new_data"}


def test_only_the_two_newest_proposals_stay_and_each_can_be_accepted(tmp_path: Path) -> None:
    """Of two runs the older may be published: its candidate may have waited for the gate."""
    states = [run([], extra=keys).state for keys in (["a1"], ["a1", "b1"], ["a1", "b1", "c1"])]
    tokens = [propose_state(tmp_path, state) for state in states]
    assert not accept_state(tmp_path, tokens[0])
    assert accept_state(tmp_path, tokens[1])
    accepted = load_state(tmp_path)
    assert accepted is not None
    assert accepted.graph.accounts == 2
    assert accept_state(tmp_path, tokens[2])
    assert _names(tmp_path) == {"version"}


def test_different_and_back_restores_the_stored_state_byte_for_byte(tmp_path: Path) -> None:
    """All but the ledger, which remembers, and the id that waits for the same correction again."""
    edges = [(f"{shop}{n}", "phone", f"p{n}") for n in range(30) for shop in "ab"]
    before = run(edges)
    store(tmp_path / "before", before.state)
    apart = corrections(*((f"a{n}", f"b{n}", "different", "2026-02-01") for n in range(0, 30, 3)))
    parted = run(edges, before.state, stated=apart, on=NEXT)
    assert len(parted.people) == len(before.people) + 10
    back = run(edges, parted.state, on=LATER)
    spare = replace(back.state.assignment, spare=before.state.assignment.spare)
    store(tmp_path / "back", replace(back.state, assignment=spare))
    for name in ("accounts", "identifiers", "edges", "corrections"):
        assert _bytes(tmp_path / "before", name) == _bytes(tmp_path / "back", name)
    lives = back.state.register.members > 0
    assert back.state.register.id[lives].tolist() == before.state.register.id.tolist()
    assert back.history["cause"].value_counts().to_dict() == {"new_data": 30, "correction": 30}


# One process that imports once, then parts with a child for every death; it never ran a thread.
_WRITER = """
import json, os, signal, sys, time
from pathlib import Path
import orchestration.core.identity.state as state
from orchestration.core.identity import accept_state, load_state, propose_state
from tests.unit.core.identity.frames import run

def counted(function):
    def call(*arguments, **keywords):
        global steps
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **keywords)
    return call

for line in sys.stdin:
    folder, last, seconds = json.loads(line)
    steps, folder, start = 0, Path(folder), time.perf_counter()
    child = os.fork()
    if child == 0:
        if seconds:
            signal.setitimer(signal.ITIMER_REAL, seconds)  # kills: nobody handles the signal
        else:
            for owner, name in ((state.os, "fsync"), (state, "_write"), (Path, "rename"),
                                (state.shutil, "rmtree"), (Path, "mkdir")):
                setattr(owner, name, counted(getattr(owner, name)))
        day = [("a1", "email", "e"), ("c1", "email", "e")]
        token = propose_state(folder, run(day, load_state(folder), is_increment=True).state)
        accept_state(folder, token)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([status, time.perf_counter() - start]), flush=True)
"""


@pytest.mark.parametrize("seed", [20261129])
def test_killed_at_any_step_or_moment_the_next_run_gives_the_same_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # of this process, which lives
    first = run([("a1", "phone", "p"), ("b1", "phone", "p")], extra=["c1"])
    day = [("a1", "email", "e"), ("c1", "email", "e")]
    undisturbed = run(day, first.state, is_increment=True)
    writer = subprocess.Popen(
        [sys.executable, "-c", _WRITER],
        cwd=ROOT,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    orders, answers = writer.stdin, writer.stdout
    assert orders is not None
    assert answers is not None

    def survive(name: str, step: int, seconds: float) -> tuple[int, float]:
        folder = tmp_path / name
        store(folder, first.state)
        print(json.dumps([str(folder), step, seconds]), file=orders, flush=True)
        status, took = json.loads(answers.readline())
        again = run(day, load_state(folder), is_increment=True)
        assert_same(again, undisturbed, set(FRAMES))
        if step % 10 == 1:
            store(folder, again.state)
            assert _names(folder) <= {"version", "proposal"}
        return status, took

    with writer:
        status, took = survive("whole", 0, 0)
        assert status == 0
        steps = [survive(f"step {step}", step, 0)[0] for step in range(1, 21)]
        moments = [random.Random(seed + n).uniform(0, took) for n in range(10)]
        timed = [survive(f"moment {n}", 0, at)[0] for n, at in enumerate(moments)]
        orders.close()
    assert steps == [-signal.SIGKILL] * 20
    assert set(timed) <= {0, -signal.SIGALRM}
    assert timed.count(-signal.SIGALRM) >= 2
