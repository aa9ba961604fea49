{%- set checks = [
    ('platform', 'platform', 'text', true),
    ('event_id', 'event_id', 'text', true),
    ('event_type', 'event_type', 'text', true),
    ('occurred_at', 'occurred_at', 'time', true),
    ('account_id', 'account_id', 'text', true),
    ('dwell_seconds', 'dwell_seconds', 'number', false),
    ('amount', 'amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__events') }}

),

parsed as (

    select
        lower(trim(raw.platform)) as platform,
        raw.event_id,
        lower(trim(raw.platform)) || ':' || raw.event_id as event_key,
        lower(raw.event_type) as event_type,
        true as is_event,
        raw.device_id,
        raw.item_id,
        raw.content_id,
        raw.category,
        raw.brand,
        raw.interests,
        raw.traffic_source,
        raw.campaign,
        raw.place,
        -- A visitor without an account is known by the device.
        coalesce(raw.account_id, 'device:' || raw.device_id) as account_id,
        raw.occurred_at as occurred_at_text,
        raw.dwell_seconds as dwell_seconds_text,
        raw.amount as amount_text,
        {{ parse_instant('raw.occurred_at') }} as occurred_instant,
        {{ to_number('raw.dwell_seconds') }} as dwell_seconds,
        {{ to_money('raw.amount') }} as amount,
        {{ lineage('raw') }}
    from raw

),

{{ staged_events(checks, [
    'item_id', 'content_id', 'category', 'brand', 'interests', 'traffic_source', 'campaign', 'place', 'device_id',
]) }}
