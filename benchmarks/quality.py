"""``make bench-quality``: lookalike and value on real customers, beside the usual methods; one table per task.

Everything is learned from before a date and judged on what came after. Same inputs, same figures.
"""

from __future__ import annotations

import argparse

import pandas as pd

from benchmarks import (
    quality_churn,
    quality_lookalike,
    quality_value,
    quality_value_development,
)

PARTS = {"lookalike": quality_lookalike.run, "value": quality_value.run, "churn": quality_churn.run}
# Not part of the benchmark: what choices were made on.
EXTRA = {
    "lookalike-development": quality_lookalike.run_development,
    "value-development": quality_value_development.run,
    "churn-development": quality_churn.run_development,
}

LOOKALIKE = {
    "lookalike": quality_lookalike.run,
    "lookalike-development": quality_lookalike.run_development,
}


def markdown(table: pd.DataFrame) -> str:
    """The table as it stands in docs/quality.md."""
    rows = [list(table.columns), ["---"] * len(table.columns), *table.to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[*PARTS, *EXTRA], help="one part instead of both")
    parser.add_argument(
        "--task", default="", help="lookalike tasks with this in their name (with --only)"
    )
    arguments = parser.parse_args()
    only = arguments.only
    if arguments.task and only not in LOOKALIKE:
        parser.error(f"--task needs --only {' or '.join(LOOKALIKE)}")
    seeds = quality_lookalike.DEVELOPMENT_SEEDS if only in EXTRA else quality_lookalike.SEEDS
    print(f"Random seeds: {', '.join(map(str, seeds))}")
    for part, run in {**PARTS, **EXTRA}.items():
        if only == part or (only is None and part in PARTS):
            shown = LOOKALIKE[part](arguments.task) if part in LOOKALIKE else run()
            for title, table in shown:
                print(f"\n{title}\n\n{markdown(table)}", flush=True)


if __name__ == "__main__":
    main()
