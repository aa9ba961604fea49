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
        lower(raw.event_type) as event_type,
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
    platform,
    account_id,
    platform || ':' || event_id as event_key,
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
    true as is_event,
    null::varchar as login_id,
    null::varchar as anonymous_id,
    null::varchar as unionid,
    device_id,
    null::varchar as province,
    null::varchar as city,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
