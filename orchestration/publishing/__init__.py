"""Candidate, verdict, versions, swap and rollback: everything between the layers and BI. No Dagster."""
