{#- A row is an external contact and one employee who follows them. -#}
{%- set checks = [
    ('external_userid', 'external_userid', 'text', true),
    ('touch_at', 'added_at', 'time', true),
] -%}
with raw as (

    select * from {{ source('raw', 'wecom__api') }}

),

typed as (

    select
        raw.external_userid,
        raw.unionid,
        raw.contact_name as name,
        raw.employee_userid as employee,
        raw.touch_campaign as campaign,
        -- A list of mobiles as JSON text; the first is the one staff noted first.
        case
            when starts_with(raw.contact_phone, '[') then json_extract_string(raw.contact_phone, '$[0]')
            else raw.contact_phone
        end as phone,
        case
            when starts_with(raw.contact_phone, '[') then json_extract_string(raw.contact_phone, '$[1]')
        end as second_phone,
        {{ mapped('raw.gender', {'1': 'male', '2': 'female'}) }} as gender,
        {{ mapped('raw.touch_source', {
            '0': 'unknown',
            '1': 'qr_code',
            '2': 'mobile_search',
            '3': 'card',
            '4': 'group',
            '5': 'address_book',
            '6': 'wechat_contact',
            '7': 'friend_request',
            '8': 'third_party_app',
            '9': 'email_search',
            '201': 'shared_inside',
            '202': 'assigned',
        }) }} as known_source,
        raw.touch_source,
        raw.touch_at as added_at_text,
        {{ to_utc('raw.touch_at') }} as added_at,
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
    external_userid as account_id,
    added_at as seen_at,
    null::timestamp as joined_at,
    gender,
    null::date as birth_date,
    null::varchar as age_band,
    null::varchar as province,
    null::varchar as city,
    null::varchar as member_level,
    phone,
    second_phone,
    null::varchar as email,
    unionid,
    null::varchar as openid,
    external_userid,
    null::varchar as device_id,
    name,
    added_at,
    employee,
    coalesce(known_source, touch_source) as source,
    campaign,
    concat_ws('|', 'wecom', external_userid, employee) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
