"""The gate: one Great Expectations suite per published table, a registry, a runner."""
