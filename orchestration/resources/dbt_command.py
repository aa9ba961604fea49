"""dbt with the project as it was parsed: what a run starts instead of plain ``dbt``.

Plain dbt parses the whole project for every new HOME (its files are part of the profile), and otherwise
compares all sources with those of last time. A run starts dbt twice and knows already that no source
changed (:func:`orchestration.resources.dbt.ensure_manifest`): it hands the parsed project over. Models do
not depend on the profile, because settings and date reach them as session variables.
"""

from __future__ import annotations

import os
from pathlib import Path

from dbt.cli.main import cli
from dbt.contracts.graph.manifest import Manifest

from orchestration.warehouse.session import PARSED_PROJECT


def main() -> None:
    """Do what ``dbt`` does with the arguments of the command line, and exit as it does."""
    parsed = os.environ.pop(PARSED_PROJECT, "")
    cli(obj={"manifest": parsed_project(Path(parsed))} if parsed else {}, prog_name="dbt")


def parsed_project(file: Path) -> Manifest:
    """The project from what ``dbt parse`` keeps of it (``partial_parse.msgpack``), ready to be built."""
    manifest = Manifest.from_msgpack(file.read_bytes())
    manifest.build_parent_and_child_maps()
    manifest.build_group_map()
    manifest.build_flat_graph()
    return manifest


if __name__ == "__main__":
    main()
