"""Which features say what a definition already says.

A lookalike that may see the columns its seed is defined by only learns the definition: it looks
perfect when it is tested and finds nobody new. These features are left out of its model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orchestration.audiences.columns import PROFILE_COLUMNS
from orchestration.audiences.features import AFFINITY, CATEGORIES, NUMBERS
from orchestration.audiences.language import (
    BestSelling,
    Did,
    InAudience,
    InLayer,
    Invited,
    Leaf,
    Lookalike,
    Ordered,
    PrivateDomain,
    Profile,
    Reachable,
    Tagged,
    TopInterest,
    leaves,
)
from orchestration.audiences.loading import AudienceSet
from orchestration.tags import RuleTag

# Orders show in all of these; rule tags may be defined over purchases.
_ORDERS = (
    *("orders", "units", "gross_amount", "refund_amount", "net_amount", "refund_share"),
    *("average_order_amount", "mean_order_gap_days", "days_since_last_order"),
    *("days_since_first_order", "days_since_last_seen", "member_level."),
    *("rfm.", "lifecycle_stage.", "aipl_stage.", "rule."),
)
# What stands for any purchase at all. A seed that bought one category leaves the items of others.
_PURCHASES = (*_ORDERS, AFFINITY)
_VISITS = ("visits_30d", "days_since_visit", "days_since_last_seen")
_CONTENT = ("content_views_30d", "days_since_content", "days_since_last_seen")
_EVENTS = {
    "cart": ("carts_30d",),
    "favorite": ("favorites_30d",),
    "search": ("searches_30d",),
    **dict.fromkeys(("pay", "order", "purchase", "refund", "checkout"), _ORDERS),
    **dict.fromkeys(("visit", "view", "click"), _VISITS),
    **dict.fromkeys(("expose", "content_view", "like", "comment", "share", "follow"), _CONTENT),
}
_STAGES = ("lifecycle_stage.", "aipl_stage.", "rule.")
# A rule that nobody can read may be about anything people do.
_ANYTHING = (*_PURCHASES, *_VISITS, *_CONTENT, "carts_30d", "favorites_30d", "searches_30d")
# Columns whose feature has another name.
_COLUMNS = {
    "first_seen_at": ("days_since_first_seen",),
    "last_seen_at": ("days_since_last_seen",),
    "last_touch_at": ("days_since_touch",),
    "last_visit_date": ("days_since_visit",),
    "last_content_date": ("days_since_content",),
    "birth_date": ("age_band.",),
    "city": ("province.",),
    "added_at": ("is_private_domain", "reachable.wecom"),
    "is_private_domain": ("is_private_domain", "reachable.wecom"),
    "platform_list": ("platform.", "platforms"),
    "reachable_channels": ("reachable.",),
    "opted_out_channels": ("reachable.",),
    "is_opted_out_all": ("reachable.",),
}


def defining_features(
    audiences: AudienceSet, name: str, rules: Mapping[str, RuleTag]
) -> tuple[str, ...]:
    """Features (names, or prefixes that end with a dot) that the audience is defined by.

    Follows the audiences and the rule tags (``rules``, by name without ``rule.``) it reads. Sorted;
    for ``exclude`` of :class:`orchestration.audiences.features.FeatureOptions`.
    """
    found: set[str] = set()
    for leaf in leaves(audiences[name].conditions):
        found.update(_of_leaf(leaf, audiences, rules))
    return tuple(sorted(found))


def _of_leaf(leaf: Leaf, audiences: AudienceSet, rules: Mapping[str, RuleTag]) -> Iterable[str]:
    match leaf:
        case Did():
            return _of_events(leaf.did, leaf.category, leaf.brand)
        case Ordered():
            # Interests grow with what is bought: "bought coats" shows in interest.coats.
            on = ("platform.",) if leaf.platform else ()
            orders = _ORDERS if leaf.category else _PURCHASES
            return (*orders, *on, *_interests(leaf.category))
        case Tagged():
            return _of_tag(leaf.tag, rules)
        case TopInterest():
            if isinstance(leaf.top_interest, BestSelling):
                return ("interest.",)
            return _interests(leaf.top_interest)
        case InLayer():
            return (*_PURCHASES, *_VISITS, *_CONTENT) if "stage" in leaf.layer else _PURCHASES
        case Profile():
            return _of_column(leaf.profile)
        case Reachable():
            return ("reachable.",)
        case PrivateDomain():
            return _COLUMNS["is_private_domain"]
        case Invited():
            return ("invites",)
        case InAudience():
            return {
                name
                for item in leaf.in_audience
                for name in defining_features(audiences, item, rules)
            }
        case Lookalike():
            return defining_features(audiences, leaf.of, rules)


def _interests(categories: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(f"interest.{category}" for category in categories or ())


def _of_events(
    events: Iterable[str], categories: Iterable[str] | None, brands: Iterable[str] | None
) -> tuple[str, ...]:
    # Joining and leaving are those of the private domain.
    private = {"join", "leave", "follow", "unfollow"} & {*events}
    names = [name for event in events for name in _EVENTS.get(event, ())]
    names += _COLUMNS["is_private_domain"] if private else ()
    # Items have brands; and without a category a purchase is one of anything.
    names += (AFFINITY,) if brands or ("orders" in names and not categories) else ()
    return (*names, "rule.", *_interests(categories))


def _of_tag(tag: str, rules: Mapping[str, RuleTag]) -> tuple[str, ...]:
    """A tag says what it was made from, too."""
    family, _, name = tag.partition(".")
    match family:
        case "rule":
            rule = rules.get(name)
            if rule is None:
                return (*_ANYTHING, "rule.")
            where = rule.where
            return _of_events(tuple(rule.event_type), where.get("category"), where.get("brand"))
        case "statistic":
            return _PURCHASES
        case "profile" | "predicted":
            return (f"{name}.", name, *_COLUMNS.get(name, ()))
        case _:
            return (tag,)


def _of_column(column: str) -> Iterable[str]:
    if column in _COLUMNS:
        return _COLUMNS[column]
    if PROFILE_COLUMNS[column].source != "facts" or "order" in column or column in _ORDERS:
        return (*_PURCHASES, *_STAGES)
    if column.removesuffix("_source") in CATEGORIES:
        return (f"{column.removesuffix('_source')}.",)
    return (column,) if column in NUMBERS else ()
