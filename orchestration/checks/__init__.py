"""Dagster checks: the gate."""
