{#- The lines of the order list: no buyer, and before 2020 neither times nor payments. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'ordered_at', 'time', false),
    ('paid_at', 'paid_at', 'time', false),
    ('status_raw', 'status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('paid_amount', 'line_amount', 'amount', false),
    ('refund_amount', 'line_refund_amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__item_list_legacy') }}

),

statuses as (
    {{ status_words('taobao.item_list.legacy') }}
),

typed as (

    select
        raw.order_id,
        raw.order_line_id,
        raw.merchant_sku,
        raw.sku_spec,
        raw.item_title,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.status_raw as status_text,
        raw.quantity as quantity_text,
        raw.unit_price as unit_price_text,
        raw.paid_amount as line_amount_text,
        -- The refund cell holds an amount or the sentence that there was no refund.
        case when starts_with(raw.refund_amount, '无') then '0' else raw.refund_amount end as line_refund_amount_text,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ order_status('statuses.meaning') }} as status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.unit_price') }} as unit_price,
        {{ to_money('raw.paid_amount') }} as line_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

with_refund as (

    select
        *,
        {{ to_money('line_refund_amount_text') }} as line_refund_amount
    from typed

),

-- The ten-column era has no line number: one is made from the goods, numbered where they repeat.
numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, merchant_sku, sku_spec, item_title
            order by _row_number
        ) as repetition
    from with_refund

),

checked as (

    select
        *,
        coalesce(
            order_line_id,
            concat_ws('|', coalesce(merchant_sku, item_title), sku_spec)
            || case when repetition > 1 then '#' || repetition else '' end
        ) as line_id,
        {{ bad_column(checks) }} as _bad_column
    from numbered

)

select
    'taobao' as platform,
    null::varchar as account_id,
    order_id,
    line_id,
    order_line_id is null as is_made_line,
    ordered_at,
    paid_at,
    null::timestamp as completed_at,
    null::timestamp as refunded_at,
    status,
    merchant_sku as item_id,
    item_title,
    null::varchar as category,
    null::varchar as brand,
    quantity,
    unit_price,
    line_amount,
    null::decimal(18, 2) as order_amount,
    line_refund_amount,
    null::decimal(18, 2) as order_refund_amount,
    'CNY' as currency,
    null::varchar as province,
    null::varchar as city,
    null::varchar as traffic_source,
    null::varchar as campaign,
    null::varchar as phone,
    null::varchar as email,
    null::varchar as buyer_name,
    null::varchar as alipay,
    'taobao:' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
