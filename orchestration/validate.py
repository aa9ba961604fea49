"""``make check``: the definitions load, dbt parses, every audience and tag is well formed."""

from __future__ import annotations

import sys

import dagster as dg

from orchestration.build import DefinitionsError, build_defs


def main() -> int:
    """Build and validate everything that a deployment would load."""
    try:
        defs = build_defs()
    except DefinitionsError as error:
        print(f"doubleloop: {error}", file=sys.stderr)
        return 1
    dg.Definitions.validate_loadable(defs)
    graph = defs.resolve_asset_graph()
    print(
        f"definitions: {len(list(graph.get_all_asset_keys()))} assets, {len(list(graph.asset_check_keys))} checks"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
