"""Candidate, verdict, versions, swap and rollback: everything between the layers and BI. No Dagster."""

from orchestration.publishing.errors import GateRefusedError, PublishingError

__all__ = ["GateRefusedError", "PublishingError"]
