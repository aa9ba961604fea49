{#- An order has one kind of goods: the row is the order and its line. Nothing names the buyer. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('paid_at', 'paid_at', 'time', false),
    ('deal_at', 'dealt_at', 'time', false),
    ('ordered_at', 'ordered_at', 'time', true),
    ('received_at', 'completed_at', 'time', false),
    ('status_raw', 'status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('paid_amount', 'order_amount', 'amount', true),
] -%}
with raw as (

    select * from {{ source('raw', 'pdd__order') }}

),

statuses as (
    {{ status_words('pdd.order') }}
),

typed as (

    select
        raw.order_id,
        raw.item_id,
        raw.item_title,
        coalesce(raw.category_l3, raw.category_l2, raw.category_l1) as category,
        raw.paid_at as paid_at_text,
        raw.deal_at as dealt_at_text,
        raw.received_at as completed_at_text,
        raw.status_raw as status_text,
        raw.quantity as quantity_text,
        raw.paid_amount as order_amount_text,
        raw.order_id as ordered_at_text,
        raw.receiver_province as province,
        raw.receiver_city as city,
        case
            when raw.is_live_deal = '是' or raw.is_live_guided = '是' then '直播'
            else raw.traffic_source
        end as traffic_source,
        coalesce(raw.refund_status_raw, '') as refund_status,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.deal_at') }} as dealt_at,
        {{ to_utc('raw.received_at') }} as completed_at,
        {{ order_status('statuses.meaning') }} as delivered_status,
        {{ to_integer('raw.quantity') }} as quantity,
        -- Before payment the cell is 0 or empty.
        coalesce(
            {{ to_money('raw.paid_amount') }},
            case when raw.paid_amount is null and raw.paid_at is null then 0 end
        ) as order_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

timed as (

    select
        *,
        case
            when delivered_status is null then null
            when contains(refund_status, '退款成功') then 'refunded'
            else delivered_status
        end as status,
        -- There is no column for the time of ordering; the order number begins with its date.
        coalesce(
            least(dealt_at, paid_at),
            {{ local_to_utc("try_strptime(left(order_id, 6), '%y%m%d')") }}
        ) as ordered_at
    from typed

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from timed

)

select
    'pdd' as platform,
    null::varchar as account_id,
    order_id,
    '1' as line_id,
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
    null::decimal(18, 2) as unit_price,
    null::decimal(18, 2) as line_amount,
    order_amount,
    null::decimal(18, 2) as line_refund_amount,
    null::decimal(18, 2) as order_refund_amount,
    'CNY' as currency,
    province,
    city,
    traffic_source,
    null::varchar as campaign,
    null::varchar as phone,
    null::varchar as email,
    null::varchar as buyer_name,
    null::varchar as alipay,
    'pdd:' || order_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
