{#- A row is a line, or in the report of shipments a part of a line; the buyer's alias names the account. It has
    no state, and not every form has discounts: state and amount count where the report of all orders has none. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('order_line_id', 'order_line_id', 'text', true),
    ('merchant_sku', 'merchant_sku', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('shipped_at', 'shipped_at', 'time', false),
    ('quantity', 'row_quantity', 'integer', true),
    ('goods_amount', 'goods_amount', 'amount', false),
    ('shipping_fee', 'shipping_fee', 'amount', false),
    ('gift_wrap_fee', 'gift_wrap_fee', 'amount', false),
    ('discount_total', 'discount', 'number', false),
    ('discount_shipping', 'shipping_discount', 'number', false),
] -%}
with raw as (

    select * from {{ source('raw', 'amazon__orders_detail') }}

),

typed as (

    select
        raw.order_id,
        raw.order_line_id,
        raw.merchant_sku,
        raw.item_title,
        raw.quantity is null as is_shipment,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.shipped_at as shipped_at_text,
        coalesce(raw.quantity, raw.quantity_shipped) as row_quantity_text,
        raw.goods_amount as goods_amount_text,
        raw.shipping_fee as shipping_fee_text,
        raw.gift_wrap_fee as gift_wrap_fee_text,
        raw.discount_total as discount_text,
        raw.discount_shipping as shipping_discount_text,
        upper(raw.currency) as currency,
        {{ clean_email('raw.buyer_email_alias') }} as email,
        raw.receiver_province as province,
        raw.receiver_city as city,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.shipped_at') }} as shipped_at,
        {{ to_integer('coalesce(raw.quantity, raw.quantity_shipped)') }} as row_quantity,
        {{ to_money('raw.goods_amount') }} as goods_amount,
        {{ to_money('raw.shipping_fee') }} as shipping_fee,
        {{ to_money('raw.gift_wrap_fee') }} as gift_wrap_fee,
        -- Some reports write discounts as negative numbers.
        abs({{ to_money('raw.discount_total') }}) as discount,
        abs({{ to_money('raw.discount_shipping') }}) as shipping_discount,
        {{ lineage('raw') }}
    from raw

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

),

-- Parts of a line that were shipped apart are summed on each of its rows; the newest of them counts.
summed as (

    select
        *,
        sum(row_quantity) over line::bigint as quantity,
        sum(
            goods_amount + coalesce(shipping_fee, 0) + coalesce(gift_wrap_fee, 0)
            - coalesce(discount, 0) - coalesce(shipping_discount, 0)
        ) over line::decimal(18, 2) as line_amount,
        -- The report of all orders knows no line number: lines of one SKU are told apart by counting them.
        dense_rank() over (
            partition by _source_hash, order_id, merchant_sku
            order by order_line_id
        ) as repetition
    from checked
    window line as (partition by _source_hash, order_line_id, _bad_column is null)

),

named as (

    select
        *,
        merchant_sku || case when repetition > 1 then '#' || repetition else '' end as line_id
    from summed

)

select
    'amazon' as platform,
    case when contains(email, '@') and not contains(email, '*') then email end as account_id,
    order_id,
    line_id,
    ordered_at,
    paid_at,
    case when is_shipment or shipped_at is not null then 'shipped' else 'paid' end as implied_status,
    item_title,
    quantity,
    line_amount as implied_line_amount,
    case when line_amount is not null then currency end as currency,
    province,
    city,
    email,
    'amazon:' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from named
