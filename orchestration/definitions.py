"""The doorway for Dagster: builds the definitions from the environment, and nothing else."""

from orchestration.build import build_defs

defs = build_defs()
