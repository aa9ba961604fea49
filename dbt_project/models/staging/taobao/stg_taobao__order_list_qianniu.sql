{#- A row is a whole order; its lines are in the item list. The seller picks the columns: state and times may be
    missing, and are then filled from older files that name them. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'ordered_at', 'time', false),
    ('paid_at', 'paid_at', 'time', false),
    ('received_at', 'completed_at', 'time', false),
    ('status_raw', 'status', 'value', false),
    ('paid_amount', 'order_amount', 'amount', true),
    ('refund_amount', 'order_refund_amount', 'amount', false),
    ('order_quantity', 'quantity', 'integer', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__order_list_qianniu') }}

),

statuses as (
    {{ status_words('taobao.order_list.qianniu') }}
),

typed as (

    select
        raw.order_id,
        raw.item_title,
        raw.shipped_at,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.received_at as completed_at_text,
        raw.status_raw as status_text,
        raw.refund_amount as order_refund_amount_text,
        raw.order_quantity as quantity_text,
        -- Who may decrypt gets name and phone before the address, which else begins with the province.
        {{ address_without_person('raw.receiver_address') }} as address,
        {{ phone_in_address('raw.receiver_address') }} as phone,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.received_at') }} as completed_at,
        {{ order_status('statuses.meaning') }} as status,
        raw.paid_amount as order_amount_text,
        -- Who paid must have paid an amount; unpaid and closed orders may name none.
        coalesce(
            {{ to_money('raw.paid_amount') }},
            case when raw.paid_amount is null and (raw.paid_at is null or statuses.meaning = 'closed') then 0 end
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
        {{ clean_phone('phone') }} as clean_phone,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    'taobao' as platform,
    case when {{ phone_reject_reason('clean_phone') }} is null then 'phone:' || clean_phone end as account_id,
    order_id,
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
    item_title,
    quantity,
    case when order_amount_text is not null then order_amount end as order_amount,
    order_refund_amount,
    'CNY' as currency,
    {{ province_of('address') }} as province,
    {{ city_of('address') }} as city,
    phone,
    'taobao:' || order_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
