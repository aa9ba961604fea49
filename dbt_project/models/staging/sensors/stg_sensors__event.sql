{#- Records of the tracker. Only `track` records are events; the others tie ids together. -#}
{%- set checks = [
    ('distinct_id', 'account_id', 'text', true),
    ('event_at', 'occurred_at', 'time', true),
    ('event_name', 'event_type', 'text', true),
    ('dwell_seconds', 'dwell_seconds', 'number', false),
    ('amount', 'amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'sensors__event') }}

),

named as (

    select
        raw.*,
        -- Records about items name nobody.
        coalesce(raw.distinct_id, case when starts_with(raw.event_type, 'item') then '' end) as account_id,
        raw.event_type = 'track' as is_event,
        case
            when not raw.event_type = 'track' then raw.event_type
            else {{ event_type_of('raw.event_name') }}
        end as deed,
        -- Whether the distinct id is a login id: said outright, or seen from the ids beside it.
        case
            when lower(raw.is_login_id) in ('true', '1') then raw.distinct_id
            when lower(raw.is_login_id) in ('false', '0') or raw.user_id is not null then raw.user_id
            when raw.event_type = 'track_signup' then raw.distinct_id
            when raw.distinct_id <> raw.anonymous_id then raw.distinct_id
        end as login_id
    from raw
    {{ event_name_joins('sensors', 'raw.event_name') }}

),

parsed as (

    select
        'sensors' as platform,
        account_id,
        -- The tracker may leave out the id; the same person, deed and millisecond are the same record.
        case
            when event_id is not null then 'sensors:' || event_id
            else
                'sensors:'
                || {{ keyed_hash("concat_ws('|', account_id, deed, event_at, item_id, content_id)") }}
        end as event_key,
        deed as event_type,
        is_event,
        login_id,
        coalesce(
            anonymous_id_before_login, anonymous_id, case when login_id is null then account_id end
        ) as anonymous_id,
        unionid,
        item_id,
        content_id,
        category,
        brand,
        interests,
        traffic_source,
        campaign,
        place,
        province,
        city,
        event_at as occurred_at_text,
        dwell_seconds as dwell_seconds_text,
        amount as amount_text,
        {{ parse_instant('event_at') }} as occurred_instant,
        {{ to_number('dwell_seconds') }} as dwell_seconds,
        {{ to_money('amount') }} as amount,
        {{ lineage() }}
    from named

),

{{ staged_events(checks, [
    'item_id', 'content_id', 'category', 'brand', 'interests', 'traffic_source', 'campaign', 'place',
    'login_id', 'anonymous_id', 'unionid', 'province', 'city',
]) }}
