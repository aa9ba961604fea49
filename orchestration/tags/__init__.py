"""Tag definitions: what the merchant calls people, and who answers for each tag. No Dagster, no database.

Belongs here: the definition file, its language, and the two configuration tables made of it.
How tags are computed is in the dbt models of layer ``tags``.
"""

from orchestration.tags.definitions import RuleTag, TagDefinitions, TagEntry, TagError
from orchestration.tags.loader import load_tags, with_attributes
from orchestration.tags.tables import tag_tables

__all__ = [
    "RuleTag",
    "TagDefinitions",
    "TagEntry",
    "TagError",
    "load_tags",
    "tag_tables",
    "with_attributes",
]
