"""The columns of ``audiences.profiles``: one list for the table, the language and its errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from orchestration.core.rfm import RfmMaps, load_maps

Kind = Literal["text", "number", "boolean", "date", "time", "list"]
"""``time`` is a UTC timestamp, compared by its merchant-local day; ``list`` is ``;``-joined text."""

Source = Literal["facts", "lifecycle", "rfm", "value", "prediction"]


@dataclass(frozen=True)
class Column:
    """One column of ``audiences.profiles``: what it holds and which table it comes from."""

    name: str
    kind: Kind
    source: Source


_COLUMNS: Mapping[Source, Mapping[Kind, str]] = {
    "facts": {
        "text": "one_id province city province_source gender gender_source age_band age_band_source member_level",
        "number": (
            "accounts platforms orders units gross_amount refund_amount net_amount "
            "average_order_amount mean_order_gap_days days_since_last_order "
            "days_since_first_order visits_30d content_views_30d carts_30d favorites_30d "
            "searches_30d invites"
        ),
        "boolean": "is_private_domain is_opted_out_all",
        "date": "as_of last_visit_date last_content_date birth_date",
        "time": "first_seen_at last_seen_at first_order_at last_order_at last_touch_at added_at",
        "list": "platform_list reachable_channels opted_out_channels",
    },
    "lifecycle": {"text": "lifecycle_stage previous_stage aipl_stage operating_goal"},
    "rfm": {
        "text": "rfm_segment rfm_segment_8",
        "number": "recency_days frequency monetary r_score f_score m_score",
    },
    "value": {
        "text": "value_tier churn_reason",
        "number": (
            "predicted_orders_90 predicted_orders_90_low predicted_orders_90_high "
            "predicted_orders predicted_orders_low predicted_orders_high "
            "predicted_value_90 predicted_value_90_low predicted_value_90_high "
            "predicted_value predicted_value_low predicted_value_high "
            "churn_probability expected_gap_days overdue_ratio"
        ),
    },
}

PREDICTED_COLUMNS = ("gender", "age_band")
"""Columns that ``layers.predictions`` fills where nobody declared them; other attributes are tags."""

PROFILE_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        name: Column(name, kind, source)
        for source, kinds in _COLUMNS.items()
        for kind, names in kinds.items()
        for name in names.split()
    }
)

LIFECYCLE_STAGES = (
    *("potential", "new_visitor", "new_customer", "active", "loyal", "sleeping", "churn_warning"),
    "lost",
)
AIPL_STAGES = ("aware", "interested", "purchased", "loyal", "none")


def layer_values(maps: RfmMaps) -> Mapping[str, tuple[str, ...] | None]:
    """Layer -> its values, or None where the merchant's configuration makes them."""
    return MappingProxyType(
        {
            "lifecycle_stage": LIFECYCLE_STAGES,
            "aipl_stage": AIPL_STAGES,
            "rfm_segment": tuple(maps.titles),
            "rfm_segment_8": tuple(dict.fromkeys(maps.high_low.values())),
            "value_tier": None,
        }
    )


def _shipped_layers() -> Mapping[str, tuple[str, ...] | None]:
    return layer_values(load_maps())


EVENT_TYPES = (
    *("expose", "view", "search", "click", "content_view", "like", "comment", "share", "favorite"),
    *("cart", "checkout", "order", "pay", "refund", "follow", "unfollow", "join", "leave", "visit"),
)
CHANNELS = (
    *("search", "recommendation", "onsite_ads", "short_video", "live", "note", "content"),
    *(
        "offsite_ads",
        "affiliate",
        "referral",
        "wecom",
        "official_account",
        "mini_program",
        "sms",
        "email",
    ),
    *("phone", "direct", "other"),
)
CONTACT_CHANNELS = ("wecom", "sms", "email")


@dataclass(frozen=True)
class KnownNames:
    """What a definition may name; anything else is refused with a suggestion.

    ``tags``: None means that tags are not checked; an entry such as ``interest.*`` allows every
    tag of that family (which interests exist depends on the data).
    """

    event_types: tuple[str, ...] = EVENT_TYPES
    channels: tuple[str, ...] = CHANNELS
    contact_channels: tuple[str, ...] = CONTACT_CHANNELS
    tags: tuple[str, ...] | None = None
    layers: Mapping[str, tuple[str, ...] | None] = field(default_factory=_shipped_layers)
