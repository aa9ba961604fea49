{#- A row is a line with its own payment and refund; the payment of the order repeats on each of them. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('completed_at', 'completed_at', 'time', false),
    ('status_raw', 'status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('line_paid_amount', 'line_amount', 'amount', false),
    ('paid_amount', 'order_amount', 'amount', true),
    ('refund_amount', 'line_refund_amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'wechat__shop_order') }}

),

statuses as (
    {{ status_words('wechat.shop_order') }}
),

typed as (

    select
        raw.order_id,
        coalesce(raw.item_id, raw.merchant_item_code) as item_id,
        raw.item_title,
        concat_ws('|', coalesce(raw.merchant_sku, raw.item_id, raw.item_title), raw.sku_spec) as goods,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        coalesce(raw.received_at, raw.completed_at) as completed_at_text,
        raw.status_raw as status_text,
        raw.quantity as quantity_text,
        raw.unit_price as unit_price_text,
        raw.line_paid_amount as line_amount_text,
        coalesce(raw.paid_amount, raw.line_paid_amount) as order_amount_text,
        raw.refund_amount as line_refund_amount_text,
        raw.receiver_phone as phone,
        raw.receiver_province as province,
        raw.receiver_city as city,
        raw.content_type as traffic_source,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('coalesce(raw.received_at, raw.completed_at)') }} as completed_at,
        {{ order_status('statuses.meaning') }} as status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.unit_price') }} as unit_price,
        {{ to_money('raw.line_paid_amount') }} as line_amount,
        -- Before payment the cell may be empty.
        coalesce(
            {{ to_money('coalesce(raw.paid_amount, raw.line_paid_amount)') }},
            case when raw.paid_amount is null and raw.line_paid_amount is null and raw.paid_at is null then 0 end
        ) as order_amount,
        raw.paid_amount is not null as has_order_amount,
        {{ to_money('raw.refund_amount') }} as line_refund_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

-- The file has no line number: one is made from the goods, numbered where they repeat.
numbered as (

    select
        *,
        row_number() over (partition by _source_hash, order_id, goods order by _row_number) as repetition
    from typed

),

checked as (

    select
        *,
        goods || case when repetition > 1 then '#' || repetition else '' end as line_id,
        {{ clean_phone('phone') }} as clean_phone,
        {{ bad_column(checks) }} as _bad_column
    from numbered

)

select
    'wechat' as platform,
    case when {{ phone_reject_reason('clean_phone') }} is null then 'phone:' || clean_phone end as account_id,
    order_id,
    line_id,
    ordered_at,
    paid_at,
    completed_at,
    status,
    item_id,
    item_title,
    quantity,
    unit_price,
    line_amount,
    case when has_order_amount then order_amount end as order_amount,
    line_refund_amount,
    'CNY' as currency,
    province,
    city,
    traffic_source,
    phone,
    'wechat:' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
