{#- A row is a line; nothing names the buyer. Prices are of the whole line, and empty before payment. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('merchant_sku', 'merchant_sku', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('updated_at', 'updated_at', 'time', false),
    ('status_raw', 'delivered_status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('goods_amount', 'goods_amount', 'amount', false),
    ('shipping_fee', 'shipping_fee', 'amount', false),
    ('gift_wrap_fee', 'gift_wrap_fee', 'amount', false),
    ('discount_total', 'discount', 'number', false),
    ('discount_shipping', 'shipping_discount', 'number', false),
] -%}
with raw as (

    select * from {{ source('raw', 'amazon__all_orders') }}

),

statuses as (
    {{ status_words('amazon.all_orders') }}
),

typed as (

    select
        raw.order_id,
        raw.merchant_sku,
        raw.item_id,
        raw.item_title,
        raw.line_status_raw,
        raw.created_at as ordered_at_text,
        raw.updated_at as updated_at_text,
        raw.status_raw as delivered_status_text,
        raw.quantity as quantity_text,
        raw.goods_amount as goods_amount_text,
        raw.shipping_fee as shipping_fee_text,
        raw.gift_wrap_fee as gift_wrap_fee_text,
        raw.discount_total as discount_text,
        raw.discount_shipping as shipping_discount_text,
        upper(raw.currency) as currency,
        raw.receiver_province as province,
        raw.receiver_city as city,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.updated_at') }} as updated_at,
        {{ order_status('statuses.meaning') }} as delivered_status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.goods_amount') }} as goods_amount,
        {{ to_money('raw.shipping_fee') }} as shipping_fee,
        {{ to_money('raw.gift_wrap_fee') }} as gift_wrap_fee,
        -- Some reports write discounts as negative numbers.
        abs({{ to_money('raw.discount_total') }}) as discount,
        abs({{ to_money('raw.discount_shipping') }}) as shipping_discount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

-- Two lines of one SKU have one time of update; at another time it is another state of the same line.
numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, merchant_sku, updated_at
            order by _row_number
        ) as repetition
    from typed

),

checked as (

    select
        *,
        merchant_sku || case when repetition > 1 then '#' || repetition else '' end as line_id,
        {{ bad_column(checks) }} as _bad_column
    from numbered

)

select
    'amazon' as platform,
    order_id,
    line_id,
    ordered_at,
    case when lower(line_status_raw) in ('cancelled', 'canceled') then 'closed' else delivered_status end as status,
    item_id,
    item_title,
    quantity,
    -- What the buyer paid, without the tax, which is not the merchant's.
    goods_amount + coalesce(shipping_fee, 0) + coalesce(gift_wrap_fee, 0)
    - coalesce(discount, 0) - coalesce(shipping_discount, 0) as line_amount,
    currency,
    province,
    city,
    'amazon:' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
