"""Expectations of tags, the registry."""

from __future__ import annotations

from expectations.context import GateContext
from expectations.expectation import Expectation, is_between, no_rows

_REGISTRY = "Materialise tags.registry again after tags.user_tags."


def expectations(_context: GateContext) -> tuple[Expectation, ...]:
    """All expectations only this table has."""
    return (
        is_between("coverage", 0, 1, _REGISTRY),
        no_rows(
            "coverage_is_measured",
            "select b.tag, b.coverage, coalesce(c.people, 0) as people from {batch} b "
            "left join (select tag, count(*) as people from user_tags group by tag) c on c.tag = b.tag "
            "cross join (select count(*) as people from user_profiles) p "
            "where abs(b.coverage * p.people - coalesce(c.people, 0)) > 0.5",
            "coverage is the share of published people who carry the tag.",
            _REGISTRY,
            "warning",
        ),
        no_rows(
            "words_are_not_blank",
            "select tag from {batch} where trim(description) = '' or trim(owner) = '' "
            "or trim(purpose) = ''",
            "Every tag says in words what it means, who owns it and what it is for.",
            "Write description, owner and purpose in the tag definitions.",
        ),
        no_rows(
            "is_used",
            "select 'no tag is used' as problem from (select count(used_by) as used, count(*) as tags "
            "from {batch}) where used = 0 and tags > 0",
            "At least one tag is used by an audience.",
            "Name tags in the audience definitions, or stop making tags nobody uses.",
            "warning",
        ),
    )
