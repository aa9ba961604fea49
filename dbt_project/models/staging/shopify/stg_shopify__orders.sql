{#- A row is a line; the fields of the order stand only on its first row. -#}
{%- set checks = [
    ('order_no', 'order_no', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('payment_status_raw', 'status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('paid_amount', 'order_amount', 'amount', true),
    ('refund_amount', 'order_refund_amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'shopify__orders') }}

),

-- Continuation rows take the fields of the order from the row of the same file and number that has them.
filled as (

    select
        raw.order_no,
        raw.item_title,
        raw.merchant_sku,
        raw.brand,
        raw.quantity as quantity_text,
        raw.unit_price as unit_price_text,
        max(raw.created_at) over same_order as ordered_at_text,
        max(raw.paid_at) over same_order as paid_at_text,
        max(raw.cancelled_at) over same_order as cancelled_at_text,
        max(raw.payment_status_raw) over same_order as status_text,
        max(raw.fulfillment_status_raw) over same_order as fulfillment_status,
        max(raw.paid_amount) over same_order as order_amount_text,
        max(raw.refund_amount) over same_order as order_refund_amount_text,
        max(raw.currency) over same_order as currency,
        max(raw.buyer_email) over same_order as email,
        max(coalesce(raw.buyer_phone, raw.billing_phone)) over same_order as phone,
        max(raw.receiver_province) over same_order as province,
        max(raw.receiver_city) over same_order as city,
        max(raw.sales_channel) over same_order as traffic_source,
        row_number() over (
            partition by raw._source_hash, raw.order_no, coalesce(raw.merchant_sku, raw.item_title)
            order by raw._row_number
        ) as repetition,
        {{ lineage('raw') }}
    from raw
    window same_order as (partition by raw._source_hash, raw.order_no)

),

typed as (

    select
        *,
        {{ to_utc('ordered_at_text') }} as ordered_at,
        {{ to_utc('paid_at_text') }} as paid_at,
        case
            when cancelled_at_text is not null and lower(status_text) <> 'refunded' then 'closed'
            when lower(status_text) in ('paid', 'partially_paid', 'partially_refunded')
                then if(lower(fulfillment_status) = 'fulfilled', 'shipped', 'paid')
            when lower(status_text) in ('pending', 'authorized', 'unpaid') then 'pending'
            when lower(status_text) in ('voided', 'expired') then 'closed'
            when lower(status_text) = 'refunded' then 'refunded'
        end as status,
        {{ to_integer('quantity_text') }} as quantity,
        {{ to_money('unit_price_text') }} as unit_price,
        {{ to_money('order_amount_text') }} as order_amount,
        {{ to_money('order_refund_amount_text') }} as order_refund_amount,
        {{ clean_phone('phone') }} as clean_phone
    from filled

),

checked as (

    select
        *,
        coalesce(merchant_sku, item_title, '1')
        || case when repetition > 1 then '#' || repetition else '' end as line_id,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'shopify' as platform,
    coalesce({{ clean_email('email') }}, clean_phone) as account_id,
    order_no as order_id,
    line_id,
    ordered_at,
    paid_at,
    null::timestamp as completed_at,
    null::timestamp as refunded_at,
    status,
    merchant_sku as item_id,
    item_title,
    null::varchar as category,
    brand,
    quantity,
    unit_price,
    null::decimal(18, 2) as line_amount,
    order_amount,
    null::decimal(18, 2) as line_refund_amount,
    -- Nothing refunded yet is an empty cell or 0; either says how much.
    coalesce(order_refund_amount, 0) as order_refund_amount,
    coalesce(upper(currency), 'CNY') as currency,
    province,
    city,
    traffic_source,
    null::varchar as campaign,
    phone,
    email,
    null::varchar as buyer_name,
    null::varchar as alipay,
    'shopify:' || order_no || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
