"""Dagster assets: read, call one function of a pure package, write, describe."""
