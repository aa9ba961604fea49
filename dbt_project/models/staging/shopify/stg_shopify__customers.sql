{#- Without an e-mail address and a phone the customer number is all there is. -#}
{%- set checks = [
    ('customer_id', 'account_id', 'text', true),
] -%}
with raw as (

    select * from {{ source('raw', 'shopify__customers') }}

),

typed as (

    select
        raw.customer_id,
        raw.buyer_email as email,
        raw.buyer_phone as phone,
        nullif(trim(concat_ws(' ', raw.first_name, raw.last_name)), '') as name,
        raw.receiver_city as city,
        lower(raw.accepts_email) as accepts_email,
        lower(raw.accepts_sms) as accepts_sms,
        -- The orders export has no customer number: the account is the e-mail address or the phone there too.
        coalesce(
            {{ clean_email('raw.buyer_email') }},
            {{ clean_phone('raw.buyer_phone') }},
            raw.customer_id
        ) as account_id,
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
    'shopify' as platform,
    account_id,
    _exported_at as seen_at,
    null::timestamp as joined_at,
    null::varchar as gender,
    null::date as birth_date,
    null::varchar as age_band,
    null::varchar as province,
    city,
    null::varchar as member_level,
    phone,
    email,
    null::varchar as unionid,
    null::varchar as openid,
    null::varchar as external_userid,
    null::varchar as device_id,
    name,
    accepts_email,
    accepts_sms,
    'shopify:' || account_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
