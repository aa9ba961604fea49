{%- set checks = [
    ('platform', 'platform', 'text', true),
    ('account_id', 'account_id', 'text', true),
    ('joined_at', 'joined_at', 'time', true),
    ('birth_date', 'birth_date', 'date', false),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__customers') }}

),

typed as (

    select
        lower(trim(raw.platform)) as platform,
        raw.account_id,
        raw.phone,
        raw.email,
        raw.unionid,
        raw.openid,
        raw.external_userid,
        raw.device_id,
        raw.name,
        raw.age_band,
        raw.province,
        raw.city,
        raw.member_level,
        raw.referred_by_account_id,
        raw.joined_at as joined_at_text,
        raw.birth_date as birth_date_text,
        {{ to_utc('raw.joined_at') }} as joined_at,
        {{ to_date('raw.birth_date') }} as birth_date,
        case
            when lower(raw.gender) in ('female', 'f', 'woman', '女', '女性', '2') then 'female'
            when lower(raw.gender) in ('male', 'm', 'man', '男', '男性', '1') then 'male'
        end as gender,
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
    joined_at as seen_at,
    joined_at,
    gender,
    birth_date,
    age_band,
    province,
    city,
    member_level,
    phone,
    email,
    unionid,
    openid,
    external_userid,
    device_id,
    name,
    referred_by_account_id,
    platform || ':' || account_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
