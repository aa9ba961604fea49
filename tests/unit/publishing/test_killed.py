"""A publisher that is killed at any moment: the old version or the new one is served, the next one works."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.publishing.versions import (
    clean_leftovers,
    current_version,
    list_publications,
    served_file,
    versions_folder,
)
from orchestration.settings import Settings
from tests.gate.valid_candidate import change
from tests.unit.publishing.conftest import Publish

# For each line (a number) it reads, starts a publisher as a process of its own and says its id,
# and when that has ended, its exit status. A publisher dies, without any clean-up, just before
# the step of that number which has an effect on the disk; 0 is never reached. Starting the
# publishers from one process saves them the imports.
PUBLISHERS = """
import datetime as dt, os, shutil, sys
import pandas, pyarrow  # which DuckDB would import in every publisher
from pathlib import Path
import duckdb
from orchestration.configuration import load_configuration
from orchestration.publishing import publish as module
from tests.gate.valid_candidate import AS_OF, PUBLISHED_AT, green_verdicts, settings_in
settings = settings_in(Path(sys.argv[1]))
configuration = load_configuration()
counted = Path(sys.argv[1]) / "steps"
def publish(dies_at):
    steps = 0
    verdicts = green_verdicts(settings.candidate)
    def dying(function):
        def step(*arguments, **named):
            nonlocal steps
            steps += 1
            if steps == dies_at:
                os._exit(137)
            return function(*arguments, **named)
        return step
    for owner, names in {
        os: ("replace", "rename", "link", "unlink", "mkdir", "fsync", "rmdir"),
        shutil: ("copyfile",),
        duckdb: ("connect",),
        module: ("_describe", "_write_parquet"),
    }.items():
        for name in names:
            setattr(owner, name, dying(getattr(owner, name)))
    module.publish(settings, configuration, AS_OF, "run", PUBLISHED_AT + dt.timedelta(days=1), verdicts)
    counted.write_text(str(steps))
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        publish(int(line))
        os._exit(0)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
"""


class Publishers:
    """Starts publishers one after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-c", PUBLISHERS, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, dies_at: int = 0) -> int:
        """Start one; returns its process id."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{dies_at}\n")
        self.process.stdin.flush()
        return self._number()

    def end(self) -> int:
        """Wait for it to end; returns its exit status."""
        return self._number()

    @property
    def steps(self) -> int:
        """Steps of the latest publisher that was not killed."""
        return int((self.folder / "steps").read_text(encoding="ascii"))

    def close(self) -> None:
        self.process.communicate()

    def _number(self) -> int:
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())


@pytest.fixture
def publishers(settings: Settings, publish_now: Publish, tmp_path: Path) -> Iterator[Publishers]:
    change(settings.candidate, "update tags set owner = 'old'")
    publish_now()
    made = Publishers(tmp_path)
    yield made
    made.close()


def served(settings: Settings) -> tuple[str, str]:
    """Version of the served file, and the mark its data carries."""
    with duckdb.connect(str(served_file(settings)), read_only=True) as connection:
        row = connection.execute(
            "select version, (select min(owner) from tags) from publications"
        ).fetchone()
    assert row is not None
    return row


def consistent(settings: Settings, marks: dict[str, str]) -> None:
    """The served version carries its own mark, and all listed versions are whole."""
    version, mark = served(settings)
    assert marks[version] == mark
    assert current_version(settings) == version
    for publication in list_publications(settings):
        assert (versions_folder(settings) / publication.version / "user_profiles.parquet").exists()


def clean(settings: Settings) -> None:
    """Nothing unfinished is left."""
    names = [path.name for path in settings.published.rglob("*")]
    assert not [
        n
        for n in names
        if (n.startswith(".") and n != ".lock") or n == "PENDING" or n.endswith(".wal")
    ]


def test_dying_before_every_single_step(
    settings: Settings, publish_now: Publish, publishers: Publishers
) -> None:
    change(settings.candidate, "update tags set owner = 'new'")
    marks = {"20260930-1": "old"} | {f"20260930-{n}": "new" for n in range(2, 200)}
    # One undisturbed publication tells how many steps there are.
    publishers.start()
    assert publishers.end() == 0
    steps = publishers.steps
    consistent(settings, marks)
    clean(settings)
    swapped = []
    # All steps around the swap, and every ninth of the many that only write the unfinished folder.
    for step in sorted({*range(1, steps + 1, 9), *range(steps - 9, steps + 1)}):
        before = served(settings)
        publishers.start(step)
        assert publishers.end() == 137
        consistent(settings, marks)
        swapped.append(served(settings) != before)
        clean_leftovers(settings)
        clean(settings)
    assert swapped == sorted(swapped)  # the old version up to one moment, the new one from then on
    assert set(swapped) == {False, True}
    publishers.start(steps // 2)
    assert publishers.end() == 137
    version = publish_now().version
    assert served(settings) == (version, "new")
    clean(settings)


def test_kill_minus_nine_at_any_moment(
    settings: Settings, publish_now: Publish, publishers: Publishers
) -> None:
    moments = random.Random(20261123)
    marks = {"20260930-1": "old"}
    for attempt in range(10):
        mark = f"mark {attempt}"
        change(settings.candidate, f"update tags set owner = '{mark}'")
        before = served(settings)
        process = publishers.start()
        time.sleep(moments.uniform(0, 0.4))
        with contextlib.suppress(ProcessLookupError):  # it was faster
            os.kill(process, signal.SIGKILL)
        assert publishers.end() in (0, -signal.SIGKILL)
        version, found = served(settings)
        assert (version, found) == before or found == mark
        marks[version] = found
        consistent(settings, marks)
    change(settings.candidate, "update tags set owner = 'last'")
    version = publish_now().version
    assert served(settings) == (version, "last")
    clean(settings)
