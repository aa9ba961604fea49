{#- A row is a line with its own payment and refund; the receiver's phone is plain. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('ordered_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('completed_at', 'completed_at', 'time', false),
    ('status_raw', 'status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('line_paid_amount', 'line_amount', 'amount', true),
    ('refund_amount', 'line_refund_amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'youzan__order_items') }}

),

statuses as (
    {{ status_words('youzan.order_items') }}
),

typed as (

    select
        raw.order_id,
        coalesce(raw.item_id, raw.merchant_item_code) as item_id,
        raw.item_title,
        -- What every form of the export has comes first: the same line has one number in all of them.
        coalesce(raw.merchant_sku, raw.merchant_item_code, raw.item_title, raw.sku_id) as goods,
        raw.sku_spec,
        raw.item_category as category,
        raw.order_id as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.completed_at as completed_at_text,
        raw.status_raw as status_text,
        raw.quantity as quantity_text,
        raw.unit_price as unit_price_text,
        raw.line_paid_amount as line_amount_text,
        raw.refund_amount as line_refund_amount_text,
        raw.receiver_phone as phone,
        raw.receiver_province as province,
        raw.receiver_city as city,
        {{ clean_phone('raw.receiver_phone') }} as clean_phone,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.completed_at') }} as completed_at,
        {{ order_status('statuses.meaning') }} as status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.unit_price') }} as unit_price,
        {{ to_money('raw.line_paid_amount') }} as line_amount,
        {{ to_money('raw.refund_amount') }} as line_refund_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

timed as (

    select
        *,
        -- No column holds the time of ordering; the order number is E, yyyyMMddHHmmss and digits.
        coalesce(
            {{ local_to_utc("try_strptime(regexp_extract(order_id, '^E(20[0-9]{12})', 1), '%Y%m%d%H%M%S')") }},
            paid_at,
            completed_at
        ) as ordered_at,
        row_number() over (
            partition by _source_hash, order_id, goods, sku_spec
            order by _row_number
        ) as repetition
    from typed

),

checked as (

    select
        *,
        coalesce(concat_ws('|', goods, sku_spec), '1')
        || case when repetition > 1 then '#' || repetition else '' end as line_id,
        {{ bad_column(checks) }} as _bad_column
    from timed

)

select
    'youzan' as platform,
    case when not contains(phone, '*') then clean_phone end as account_id,
    order_id,
    line_id,
    ordered_at,
    paid_at,
    completed_at,
    null::timestamp as refunded_at,
    status,
    item_id,
    item_title,
    category,
    null::varchar as brand,
    quantity,
    unit_price,
    line_amount,
    null::decimal(18, 2) as order_amount,
    line_refund_amount,
    null::decimal(18, 2) as order_refund_amount,
    'CNY' as currency,
    province,
    city,
    null::varchar as traffic_source,
    null::varchar as campaign,
    phone,
    null::varchar as email,
    null::varchar as buyer_name,
    null::varchar as alipay,
    'youzan:' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
