{#- A row is a customer and the employee who added them; the phone noted by staff is the only key. -#}
{%- set checks = [
    ('touch_at', 'added_at', 'time', true),
] -%}
with raw as (

    select * from {{ source('raw', 'wecom__customers') }}

),

typed as (

    select
        raw.contact_name as name,
        raw.employee_userid,
        raw.employee_name,
        raw.contact_phone as phone,
        raw.contact_email as email,
        raw.touch_source as source,
        raw.touch_at as added_at_text,
        {{ to_utc('raw.touch_at') }} as added_at,
        -- Neither phone nor e-mail: counted, but nobody's account. A masked phone is many people's.
        'contact:' || coalesce(
            case when not contains(raw.contact_phone, '*') then {{ clean_phone('raw.contact_phone') }} end,
            {{ clean_email('raw.contact_email') }}
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
    'wecom' as platform,
    account_id,
    added_at as seen_at,
    null::timestamp as joined_at,
    null::varchar as gender,
    null::date as birth_date,
    null::varchar as age_band,
    null::varchar as province,
    null::varchar as city,
    null::varchar as member_level,
    phone,
    email,
    null::varchar as unionid,
    null::varchar as openid,
    null::varchar as external_userid,
    null::varchar as device_id,
    name,
    added_at,
    coalesce(employee_userid, employee_name) as employee,
    source,
    null::varchar as campaign,
    -- Customers without a key of their own are told apart by name and time.
    concat_ws(
        '|', 'wecom', coalesce(account_id, name), coalesce(employee_userid, employee_name), added_at_text
    ) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
