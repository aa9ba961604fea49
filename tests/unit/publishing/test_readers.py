"""Readers in other processes while versions are published: no error, no wait, no mixed version."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from orchestration.publishing.rollback import rollback
from orchestration.publishing.tables import CANDIDATE_TABLES
from orchestration.publishing.versions import served_file
from orchestration.settings import Settings
from tests.gate.valid_candidate import CAT, change
from tests.unit.publishing.conftest import Publish

READS = 200  # by each of two readers
# Every read opens the file anew, as BI tools do, and compares what two tables and the publication say.
READER = """
import json, sys, time
from pathlib import Path
kind, path, reads = sys.argv[1], sys.argv[2], int(sys.argv[3])
query = "select p.version, p.people, (select count(*) from user_profiles), (select min(owner) from tags), (select min(title) from audiences), (select count(*) from quality_results where run_id = p.run_id) from publications p"
if kind == "duckdb":
    import duckdb
    def read():
        with duckdb.connect(path, read_only=True, config={"threads": 1}) as connection:
            return connection.execute(query).fetchone()
else:
    import sqlalchemy as sa
    engine = sa.create_engine(f"duckdb:///{path}", connect_args={"read_only": True}, poolclass=sa.NullPool)
    def read():
        with engine.connect() as connection:
            return tuple(connection.execute(sa.text(query)).one())
print("ready", flush=True)
seen, errors, slowest, n = {}, [], 0.0, 0
done = Path(sys.argv[4])
while n < reads or not done.exists():
    started = time.monotonic()
    try:
        row = read()
        seen[row[0]] = seen.get(row[0], [])
        if list(row) not in seen[row[0]]:
            seen[row[0]].append(list(row))
    except Exception as error:
        errors.append(repr(error))
    slowest = max(slowest, time.monotonic() - started)
    n += 1
print(json.dumps({"reads": n, "seen": seen, "errors": errors, "slowest": slowest}))
"""


def test_readers_see_whole_versions_only(
    settings: Settings, publish_now: Publish, tmp_path: Path
) -> None:
    def publish_marked(mark: str) -> str:
        change(
            settings.candidate,
            f"update tags set owner = '{mark}'",
            f"update audiences set title = '{mark}'",
            "insert into user_profiles by name select * replace "
            f"('p' || left(md5('{mark}'), 16) as one_id) from user_profiles where one_id = '{CAT}'",
        )
        return publish_now().version

    versions = {publish_marked("mark 0"): "mark 0"}
    done = tmp_path / "done"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, kind, str(served_file(settings)), str(READS), str(done)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for kind in ("duckdb", "sqlalchemy")
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
    for number in (1, 2, 3):
        versions[publish_marked(f"mark {number}")] = f"mark {number}"
    rollback(settings, next(iter(versions)))
    done.touch()
    for reader in readers:
        report = json.loads(reader.communicate(timeout=120)[0])
        assert report["errors"] == []
        assert report["reads"] >= READS
        assert len(report["seen"]) >= 3
        for version, rows in report["seen"].items():
            (row,) = rows  # one and the same answer for each version
            _, people, profiles, owner, title, checks = row
            assert people == profiles == 5 + int(versions[version][-1])
            assert owner == title == versions[version]
            assert checks == 2 * len(CANDIDATE_TABLES)
