{#- A row is a line with its own payment. Nothing names the buyer. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('order_line_id', 'line_id', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('completed_at', 'completed_at', 'time', false),
    ('status_raw', 'delivered_status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('paid_amount', 'line_amount', 'amount', true),
] -%}
with raw as (

    select * from {{ source('raw', 'douyin__order') }}

),

statuses as (
    {{ status_words('douyin.order') }}
),

typed as (

    select
        raw.order_id,
        raw.order_line_id as line_id,
        raw.item_id,
        raw.item_title,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.completed_at as completed_at_text,
        raw.status_raw as delivered_status_text,
        raw.quantity as quantity_text,
        raw.unit_price as unit_price_text,
        raw.paid_amount as line_amount_text,
        raw.receiver_province as province,
        raw.receiver_city as city,
        coalesce(raw.content_type, raw.traffic_source, raw.traffic_channel) as traffic_source,
        coalesce(raw.refund_status_raw, '') as refund_status,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.completed_at') }} as completed_at,
        {{ order_status('statuses.meaning') }} as delivered_status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.unit_price') }} as unit_price,
        {{ to_money('raw.paid_amount') }} as line_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'douyin' as platform,
    null::varchar as account_id,
    order_id,
    line_id,
    ordered_at,
    paid_at,
    completed_at,
    null::timestamp as refunded_at,
    case
        when contains(refund_status, '退款成功') or contains(refund_status, '全额退款') then 'refunded'
        else delivered_status
    end as status,
    item_id,
    item_title,
    null::varchar as category,
    null::varchar as brand,
    quantity,
    unit_price,
    line_amount,
    null::decimal(18, 2) as order_amount,
    null::decimal(18, 2) as line_refund_amount,
    null::decimal(18, 2) as order_refund_amount,
    'CNY' as currency,
    province,
    city,
    traffic_source,
    null::varchar as campaign,
    null::varchar as phone,
    null::varchar as email,
    null::varchar as buyer_name,
    null::varchar as alipay,
    'douyin:' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
