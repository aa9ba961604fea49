{{ config(materialized='view', contract={'enforced': false}) }}
with delivered as (
    {{ union_exports('events') }}
)

select
    source_export,
    platform,
    account_id,
    event_key,
    event_type,
    occurred_at,
    dwell_seconds,
    item_id,
    content_id,
    category,
    brand,
    interests,
    traffic_source,
    campaign,
    place,
    amount,
    is_event,
    login_id,
    anonymous_id,
    unionid,
    device_id,
    phone,
    email,
    province,
    city,
    {{ lineage() }},
    _bad_column,
    _bad_value,
    _bad_reason
from delivered
