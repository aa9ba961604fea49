"""Pure cores: functions from frames to frames. No Dagster, DuckDB or Great Expectations here."""
