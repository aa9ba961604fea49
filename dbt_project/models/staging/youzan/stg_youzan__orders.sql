{#- A row is a whole order with the buyer's plain phone; its lines are in the item-level export. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('completed_at', 'completed_at', 'time', false),
    ('status_raw', 'status', 'value', false),
    ('paid_amount', 'order_amount', 'amount', true),
    ('refund_amount', 'order_refund_amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'youzan__orders') }}

),

statuses as (
    {{ status_words('youzan.orders') }}
),

typed as (

    select
        raw.order_id,
        raw.item_title,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.completed_at as completed_at_text,
        raw.status_raw as status_text,
        raw.paid_amount as order_amount_text,
        raw.refund_amount as order_refund_amount_text,
        -- The receiver is not always the buyer.
        coalesce(raw.buyer_phone, raw.receiver_phone) as phone,
        raw.receiver_province as province,
        raw.receiver_city as city,
        raw.sales_channel as traffic_source,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.completed_at') }} as completed_at,
        {{ order_status('statuses.meaning') }} as status,
        -- Before payment the cell may be empty.
        coalesce(
            {{ to_money('raw.paid_amount') }},
            case when raw.paid_amount is null and raw.paid_at is null then 0 end
        ) as order_amount,
        {{ to_money('raw.refund_amount') }} as order_refund_amount,
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
    'youzan' as platform,
    case when not contains(phone, '*') then clean_phone end as account_id,
    order_id,
    ordered_at,
    paid_at,
    completed_at,
    status,
    case
        when completed_at is not null then 'completed'
        when paid_at is not null then 'paid'
        else 'pending'
    end as implied_status,
    item_title,
    order_amount,
    order_refund_amount,
    'CNY' as currency,
    province,
    city,
    traffic_source,
    phone,
    'youzan:' || order_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
