{#- Who bears how much of each promotion of each item of an order. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('promotion_id', 'promotion_id', 'text', true),
    ('created_at', 'ordered_at', 'time', false),
    ('quantity', 'quantity', 'integer', false),
    ('discount_platform', 'platform_amount', 'money', false),
    ('discount_shop', 'merchant_amount', 'money', false),
    ('discount_government', 'government_amount', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'jd__promotion_split') }}

),

typed as (

    select
        raw.order_id,
        raw.sku_id as item_id,
        raw.promotion_id,
        raw.promotion_name,
        raw.promotion_type,
        raw.created_at as ordered_at_text,
        raw.quantity as quantity_text,
        raw.discount_platform as platform_amount_text,
        raw.discount_shop as merchant_amount_text,
        raw.discount_government as government_amount_text,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.discount_platform') }} as platform_amount,
        {{ to_money('raw.discount_shop') }} as merchant_amount,
        {{ to_money('raw.discount_government') }} as government_amount,
        {{ lineage('raw') }}
    from raw

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, item_id, promotion_id, promotion_type
            order by merchant_amount, _row_number
        ) as repetition,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'jd' as platform,
    order_id,
    item_id,
    ordered_at,
    quantity,
    promotion_id,
    promotion_name,
    promotion_type,
    -- An empty cell bears nothing.
    coalesce(platform_amount, 0) as platform_amount,
    coalesce(merchant_amount, 0) as merchant_amount,
    coalesce(government_amount, 0) as government_amount,
    'CNY' as currency,
    {{ row_key([
        "'jd.promotion_split'", 'order_id', 'item_id', 'promotion_id', 'promotion_type', 'repetition'
    ]) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from numbered
