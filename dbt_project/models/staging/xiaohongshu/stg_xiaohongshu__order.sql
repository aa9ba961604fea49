{#- A row is a SKU in a package, with its own payment; the user number is the buyer on this platform only. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('sku_id', 'sku_id', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('completed_at', 'completed_at', 'time', false),
    ('status_raw', 'delivered_status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('paid_amount', 'line_amount', 'amount', true),
] -%}
with raw as (

    select * from {{ source('raw', 'xiaohongshu__order') }}

),

statuses as (
    {{ status_words('xiaohongshu.order') }}
),

typed as (

    select
        raw.order_id,
        raw.sku_id,
        coalesce(raw.item_id, raw.sku_id) as item_id,
        coalesce(raw.item_title, raw.sku_name) as item_title,
        raw.buyer_user_id,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.completed_at as completed_at_text,
        raw.status_raw as delivered_status_text,
        raw.quantity as quantity_text,
        raw.paid_amount as line_amount_text,
        raw.receiver_phone as phone,
        raw.receiver_province as province,
        raw.receiver_city as city,
        coalesce(raw.refund_status_raw, '') as refund_status,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.completed_at') }} as completed_at,
        {{ order_status('statuses.meaning') }} as delivered_status,
        {{ to_integer('raw.quantity') }} as quantity,
        -- Gifts and unpaid lines may have an empty cell.
        coalesce(
            {{ to_money('raw.paid_amount') }},
            case when raw.paid_amount is null and (raw.is_gift = '是' or raw.paid_at is null) then 0 end
        ) as line_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

-- The same SKU in two packages of an order is two lines.
numbered as (

    select
        *,
        row_number() over (partition by _source_hash, order_id, sku_id order by _row_number) as repetition
    from typed

),

checked as (

    select
        *,
        sku_id || case when repetition > 1 then '#' || repetition else '' end as line_id,
        {{ bad_column(checks) }} as _bad_column
    from numbered

)

select
    'xiaohongshu' as platform,
    case when not contains(buyer_user_id, '*') then buyer_user_id end as account_id,
    order_id,
    line_id,
    ordered_at,
    paid_at,
    completed_at,
    case when {{ is_refund_done('refund_status') }} then 'refunded' else delivered_status end as status,
    item_id,
    item_title,
    quantity,
    line_amount,
    'CNY' as currency,
    province,
    city,
    phone,
    'xiaohongshu:' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
