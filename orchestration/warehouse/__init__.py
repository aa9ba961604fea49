"""The working DuckDB file: how a session is opened. No Dagster, no business SQL."""
