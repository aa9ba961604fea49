"""Whatever order, copies and archives a season's files arrive in, the staged tables are the same."""

from __future__ import annotations

import os
import random
import shutil
import zipfile
from pathlib import Path

from tests.dbt.staging.compiled_models import CompiledModels
from tests.dbt.staging.season import END, KNOWN, Season, Tables, tables
from tests.dbt.staging.shaken import shaken


def staged(season: Season, compiled: CompiledModels) -> Tables:
    with compiled.built(season.raw, season.ledger, END) as connection:
        unexplained = connection.execute(
            "select count(*) filter (where difference <> 0), (select count(*) from staging.reconciliation_money "
            "where difference <> 0) from staging.reconciliation"
        ).fetchall()
        assert unexplained == [(0, 0)]
        return tables(connection)


def test_any_order_and_any_copies_give_the_same_tables(
    season_files: Path,
    season_built: tuple[object, Tables],
    compiled: CompiledModels,
    tmp_path: Path,
) -> None:
    expected = season_built[1]  # all files at once, as they were written
    draw = random.Random(1)
    season = Season(tmp_path / "season")
    paths = sorted(path for path in season_files.rglob("*") if path.is_file())
    draw.shuffle(paths)
    rounds = draw.randint(2, 4)
    for turn in range(rounds):
        for path in paths[turn::rounds]:
            deliver(season.landing, path, draw)
        season.ingest()
    assert {name for name, rows in expected.items() if rows} >= {"orders", "events", "spend"}
    assert staged(season, compiled) == expected


def test_shaken_files_give_the_same_tables(
    season_files: Path,
    season_built: tuple[object, Tables],
    compiled: CompiledModels,
    tmp_path: Path,
) -> None:
    """Columns in any order with noise between, full-width names, saved by a spreadsheet as xlsx."""
    season = Season(tmp_path / "season")
    for number, path in enumerate(sorted(season_files.rglob("*.*"))):
        copy = season.landing / f"{number}" / path.name
        copy.parent.mkdir()
        copy.write_bytes(shaken(path, KNOWN, random.Random(number)))
        shutil.copystat(path, copy)
    report = season.ingest()
    assert (report.rejected, report.unrecognised, report.held) == ([], [], [])
    assert staged(season, compiled) == season_built[1]


def deliver(landing: Path, path: Path, draw: random.Random) -> None:
    """One file, in some folder or archive, and perhaps a copy of it under another name."""
    folder = landing / draw.choice(["", "a", "b/c", "店铺"])
    folder.mkdir(parents=True, exist_ok=True)
    marker = f"{draw.getrandbits(48):012x}".translate(str.maketrans("0123456789", "ghijklmnop"))
    if draw.random() < 0.25:
        # A member without a time in its name takes that of its archive.
        archive = folder / f"{marker}.zip"
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            opened.write(path, path.name)
        shutil.copystat(path, archive)
    else:
        folder = folder / marker  # files of one name lie in several folders of the sample
        folder.mkdir()
        shutil.copy2(path, folder / path.name)
    if draw.random() < 0.3:
        copy = folder / f"copy of {marker}.dat"
        shutil.copy2(path, copy)
        earlier = path.stat().st_mtime - draw.randint(0, 90_000)
        os.utime(copy, (earlier, earlier))
