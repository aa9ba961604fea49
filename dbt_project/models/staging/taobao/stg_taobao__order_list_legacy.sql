{#- A row is a whole order; its lines are in the item list. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('received_at', 'completed_at', 'time', false),
    ('status_raw', 'status', 'value', true),
    ('paid_amount', 'order_amount', 'amount', true),
    ('refund_amount', 'order_refund_amount', 'amount', false),
    ('order_quantity', 'quantity', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__order_list_legacy') }}

),

statuses as (
    {{ status_words('taobao.order_list.legacy') }}
),

typed as (

    select
        raw.order_id,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.received_at as completed_at_text,
        raw.status_raw as status_text,
        raw.paid_amount as order_amount_text,
        raw.refund_amount as order_refund_amount_text,
        raw.order_quantity as quantity_text,
        raw.item_title,
        raw.buyer_alipay as alipay,
        raw.receiver_phone as phone,
        raw.buyer_nick as buyer_name,
        {{ clean_phone('raw.receiver_phone') }} as clean_phone,
        coalesce(raw.receiver_address_changed, raw.receiver_address) as address,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.received_at') }} as completed_at,
        {{ order_status('statuses.meaning') }} as status,
        -- Before payment the cell is 0 or empty.
        coalesce(
            {{ to_money('raw.paid_amount') }},
            case when raw.paid_amount is null and raw.paid_at is null then 0 end
        ) as order_amount,
        {{ to_money('raw.refund_amount') }} as order_refund_amount,
        {{ to_integer('raw.order_quantity') }} as quantity,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'taobao' as platform,
    -- A masked nick is shared by thousands of buyers: it is no account. A plain phone is.
    case
        when buyer_name is not null and not contains(buyer_name, '*') then trim(buyer_name)
        when {{ phone_reject_reason('clean_phone') }} is null then 'phone:' || clean_phone
    end as account_id,
    order_id,
    null::varchar as line_id,
    ordered_at,
    paid_at,
    completed_at,
    null::timestamp as refunded_at,
    status,
    null::varchar as item_id,
    item_title,
    null::varchar as category,
    null::varchar as brand,
    quantity,
    null::decimal(18, 2) as unit_price,
    null::decimal(18, 2) as line_amount,
    order_amount,
    null::decimal(18, 2) as line_refund_amount,
    order_refund_amount,
    'CNY' as currency,
    -- The masked address still begins with the province and the city.
    {{ province_of('address') }} as province,
    {{ city_of('address') }} as city,
    null::varchar as traffic_source,
    null::varchar as campaign,
    phone,
    null::varchar as email,
    buyer_name,
    alipay,
    'taobao:' || order_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
