{#- A row is an order of one SKU. Nothing names the buyer; the after-sales export does, for its cases. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('status_raw', 'delivered_status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('paid_amount', 'line_amount', 'amount', true),
] -%}
with raw as (

    select * from {{ source('raw', 'kuaishou__order') }}

),

statuses as (
    {{ status_words('kuaishou.order') }}
),

typed as (

    select
        raw.order_id,
        coalesce(raw.item_id, raw.merchant_sku) as item_id,
        raw.item_title,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.status_raw as delivered_status_text,
        raw.quantity as quantity_text,
        raw.unit_price as unit_price_text,
        raw.paid_amount as line_amount_text,
        raw.receiver_province as province,
        raw.receiver_city as city,
        raw.receiver_phone as phone,
        coalesce(raw.content_type, raw.traffic_channel) as traffic_source,
        coalesce(raw.refund_status_raw, '') as refund_status,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ order_status('statuses.meaning') }} as delivered_status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.unit_price') }} as unit_price,
        -- Before payment the cell may be empty.
        coalesce(
            {{ to_money('raw.paid_amount') }},
            case when raw.paid_amount is null and raw.paid_at is null then 0 end
        ) as line_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

checked as (

    select
        *,
        {{ clean_phone('phone') }} as clean_phone,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'kuaishou' as platform,
    case when {{ phone_reject_reason('clean_phone') }} is null then 'phone:' || clean_phone end as account_id,
    order_id,
    '1' as line_id,
    ordered_at,
    paid_at,
    case when {{ is_refund_done('refund_status') }} then 'refunded' else delivered_status end as status,
    item_id,
    item_title,
    quantity,
    unit_price,
    line_amount,
    'CNY' as currency,
    province,
    city,
    traffic_source,
    phone,
    'kuaishou:' || order_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
