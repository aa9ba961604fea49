{#- Followers of an official account. An open id belongs to one account, a union id to all of one owner; who no
    longer follows has an open id and nothing else. -#}
{%- set checks = [
    ('openid', 'openid', 'text', true),
    ('touch_at', 'followed_at', 'time', false),
] -%}
with raw as (

    select * from {{ source('raw', 'wechat__official_account_users') }}

),

typed as (

    select
        raw.openid,
        raw.unionid,
        raw.touch_campaign as campaign,
        raw.province,
        raw.city,
        coalesce(lower(raw.is_subscribed) in ('0', 'false'), false) as has_left,
        nullif(raw.touch_at, '0') as followed_at_text,
        {{ mapped('raw.gender', {'1': 'male', '2': 'female'}) }} as gender,
        {{ to_utc("nullif(raw.touch_at, '0')") }} as followed_at,
        lower(regexp_replace(raw.touch_source, '^(ADD_SCENE)?_', '')) as source,
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
    'wechat' as platform,
    openid as account_id,
    coalesce(followed_at, _exported_at) as seen_at,
    null::timestamp as joined_at,
    gender,
    null::date as birth_date,
    null::varchar as age_band,
    province,
    city,
    null::varchar as member_level,
    null::varchar as phone,
    null::varchar as email,
    unionid,
    openid,
    null::varchar as external_userid,
    null::varchar as device_id,
    case when not has_left then followed_at end as added_at,
    null::varchar as employee,
    source,
    campaign,
    concat_ws('|', 'wechat', openid) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
