{#- The lines of the order list, with their own numbers, payments and refunds; no buyer. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('order_line_id', 'line_id', 'text', true),
    ('created_at', 'ordered_at', 'time', false),
    ('paid_at', 'paid_at', 'time', false),
    ('received_at', 'completed_at', 'time', false),
    ('status_raw', 'status', 'value', false),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('paid_amount', 'line_amount', 'amount', false),
    ('refund_amount', 'line_refund_amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__item_list_qianniu') }}

),

statuses as (
    {{ status_words('taobao.item_list.qianniu') }}
),

worded as (

    select
        raw.*,
        statuses.meaning,
        -- The refund cell holds an amount or the sentence that there was no refund.
        case when starts_with(raw.refund_amount, '无') then '0' else raw.refund_amount end as line_refund_amount_text
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

typed as (

    select
        order_id,
        order_line_id as line_id,
        coalesce(item_id, merchant_sku) as item_id,
        item_title,
        shipped_at,
        created_at as ordered_at_text,
        paid_at as paid_at_text,
        received_at as completed_at_text,
        status_raw as status_text,
        quantity as quantity_text,
        unit_price as unit_price_text,
        paid_amount as line_amount_text,
        line_refund_amount_text,
        {{ to_utc('created_at') }} as ordered_at,
        {{ to_utc('paid_at') }} as paid_at,
        {{ to_utc('received_at') }} as completed_at,
        {{ order_status('meaning') }} as status,
        {{ to_integer('quantity') }} as quantity,
        {{ to_money('unit_price') }} as unit_price,
        -- Empty on closed orders.
        {{ to_money('paid_amount') }} as line_amount,
        {{ to_money('line_refund_amount_text') }} as line_refund_amount,
        {{ lineage() }}
    from worded

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'taobao' as platform,
    order_id,
    line_id,
    ordered_at,
    paid_at,
    completed_at,
    status,
    case
        when completed_at is not null then 'completed'
        when shipped_at is not null then 'shipped'
        when paid_at is not null then 'paid'
        else 'pending'
    end as implied_status,
    item_id,
    item_title,
    quantity,
    unit_price,
    line_amount,
    line_refund_amount,
    'CNY' as currency,
    'taobao:' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
