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

parsed as (

    select
        -- Records about items name nobody.
        coalesce(raw.distinct_id, case when starts_with(raw.event_type, 'item') then '' end) as account_id,
        raw.event_id,
        raw.event_type = 'track' as is_event,
        case
            when not raw.event_type = 'track' then raw.event_type
            when raw.event_name in ('$pageview', '$AppViewScreen', '$MPViewScreen') then 'view'
            when raw.event_name in ('$AppStart', '$MPLaunch', '$MPShow') then 'visit'
            when raw.event_name in ('$WebClick', '$AppClick', '$MPClick') then 'click'
            else lower(raw.event_name)
        end as event_type,
        -- Whether the distinct id is a login id: said outright, or seen from the ids beside it.
        case
            when lower(raw.is_login_id) in ('true', '1') then raw.distinct_id
            when lower(raw.is_login_id) in ('false', '0') or raw.user_id is not null then raw.user_id
            when raw.event_type = 'track_signup' then raw.distinct_id
            when raw.distinct_id <> raw.anonymous_id then raw.distinct_id
        end as login_id,
        coalesce(raw.anonymous_id_before_login, raw.anonymous_id) as anonymous_id,
        raw.unionid,
        raw.item_id,
        raw.content_id,
        raw.category,
        raw.brand,
        raw.interests,
        raw.traffic_source,
        raw.campaign,
        raw.place,
        raw.province,
        raw.city,
        raw.event_at as occurred_at_text,
        raw.dwell_seconds as dwell_seconds_text,
        raw.amount as amount_text,
        {{ parse_instant('raw.event_at') }} as occurred_instant,
        {{ to_number('raw.dwell_seconds') }} as dwell_seconds,
        {{ to_money('raw.amount') }} as amount,
        {{ lineage('raw') }}
    from raw

),

-- In steps, so that each row pays for one parser only: there are many events.
clocked as (

    select
        *,
        case when occurred_instant is null then {{ parse_local('occurred_at_text') }} end as occurred_local
    from parsed

),

typed as (

    select
        *,
        coalesce(occurred_instant, {{ local_to_utc('occurred_local') }}) as occurred_at
    from clocked

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'sensors' as platform,
    account_id,
    -- The tracker may leave out the id; the same person, deed and millisecond are the same record.
    case
        when event_id is not null then 'sensors:' || event_id
        else
            'sensors:'
            || {{ keyed_hash("concat_ws('|', account_id, event_type, occurred_at_text, item_id, content_id)") }}
    end as event_key,
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
    coalesce(is_event, false) as is_event,
    login_id,
    coalesce(anonymous_id, case when login_id is null then account_id end) as anonymous_id,
    unionid,
    null::varchar as device_id,
    province,
    city,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
