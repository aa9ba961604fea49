{%- set checks = [
    ('purpose', 'purpose', 'text', true),
    ('channel', 'channel', 'text', true),
    ('state', 'state', 'value', true),
    ('stated_at', 'stated_at', 'time', true),
    ('account_id', 'person', 'text', true),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__consents') }}

),

typed as (

    select
        lower(trim(raw.purpose)) as purpose,
        lower(trim(raw.channel)) as channel,
        lower(trim(raw.platform)) as platform,
        raw.account_id,
        raw.phone,
        raw.email,
        coalesce(lower(trim(raw.platform)) || ':' || raw.account_id, raw.phone, raw.email) as person,
        raw.state as state_text,
        raw.stated_at as stated_at_text,
        case when lower(raw.state) in ('granted', 'withdrawn') then lower(raw.state) end as state,
        {{ to_utc('raw.stated_at') }} as stated_at,
        {{ lineage('raw') }}
    from raw

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
    phone,
    email,
    purpose,
    channel,
    state,
    stated_at,
    concat_ws('|', person, purpose, channel, stated_at) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
