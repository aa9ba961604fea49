{#- Messages with their receipts. The merchant's own reference names the campaign; without one the template does. -#}
{%- set checks = [
    ('contact_phone', 'phone', 'text', true),
    ('touch_campaign', 'campaign', 'text', true),
    ('touch_at', 'touch_at', 'time', true),
    ('touch_status', 'status', 'value', true),
] -%}
with raw as (

    select * from {{ source('raw', 'aliyun__sms_details') }}

),

status_words as (
    {{ status_words('aliyun.sms_details') }}
),

typed as (

    select
        raw.contact_phone as phone,
        coalesce(raw.touch_external_id, raw.touch_campaign) as campaign,
        raw.touch_at as touch_at_text,
        raw.touch_status as status_text,
        {{ to_utc('raw.touch_at') }} as touch_at,
        case status_words.meaning
            -- On its way: the network has not answered yet.
            when 'waiting_receipt' then 'sent'
            when 'failed' then 'failed'
            when 'delivered' then 'delivered'
        end as status,
        {{ lineage('raw') }}
    from raw
    left join status_words on {{ plain_word('raw.touch_status') }} = status_words.word

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    campaign,
    null::varchar as audience,
    'treatment' as variant,
    'sms' as channel,
    touch_at,
    status,
    null::decimal(18, 2) as cost,
    'CNY' as currency,
    null::varchar as platform,
    null::varchar as account_id,
    phone,
    null::varchar as email,
    null::varchar as one_id,
    null::timestamp as opened_at,
    null::timestamp as clicked_at,
    -- Asked again later, the same message has its receipt.
    concat_ws('|', 'aliyun', campaign, touch_at, {{ clean_phone('phone') }}) as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
