"""Community groups, "three near, one opposite": near in region, age and interest, mixed in gender."""

from orchestration.core.grouping.groups import GroupingError, describe_groups, make_groups

__all__ = ["GroupingError", "describe_groups", "make_groups"]
