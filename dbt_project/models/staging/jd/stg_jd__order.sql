{#- A row is a line; amounts of the order repeat on each of its lines. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('completed_at', 'completed_at', 'time', false),
    ('status_raw', 'status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('amount_due', 'order_amount', 'amount', true),
] -%}
with raw as (

    select * from {{ source('raw', 'jd__order') }}

),

statuses as (
    {{ status_words('jd.order') }}
),

typed as (

    select
        raw.order_id,
        raw.item_id,
        raw.item_title,
        raw.created_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.completed_at as completed_at_text,
        raw.status_raw as status_text,
        raw.quantity as quantity_text,
        raw.unit_price as unit_price_text,
        coalesce(raw.amount_due, raw.merchant_receivable, raw.list_total) as order_amount_text,
        raw.buyer_account as buyer_name,
        raw.receiver_phone as phone,
        raw.receiver_address as address,
        coalesce(raw.traffic_source, raw.traffic_channel) as traffic_source,
        {{ to_utc('raw.created_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.completed_at') }} as completed_at,
        {{ order_status('statuses.meaning') }} as status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.unit_price') }} as unit_price,
        -- What was due after the balance was used, plus what the balance paid: all the buyer's money.
        {{ to_money('coalesce(raw.amount_due, raw.merchant_receivable, raw.list_total)') }}
        + case
            when raw.amount_due is null then 0
            else coalesce({{ to_money('raw.paid_by_balance') }}, 0)
        end as order_amount,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

numbered as (

    select
        *,
        row_number() over (partition by _source_hash, order_id, item_id order by _row_number) as repetition
    from typed

),

checked as (

    select
        *,
        coalesce(item_id, item_title) || case when repetition > 1 then '#' || repetition else '' end as line_id,
        {{ bad_column(checks) }} as _bad_column
    from numbered

)

select
    'jd' as platform,
    case when not contains(buyer_name, '*') then trim(buyer_name) end as account_id,
    order_id,
    coalesce(line_id, '1') as line_id,
    ordered_at,
    paid_at,
    completed_at,
    null::timestamp as refunded_at,
    status,
    item_id,
    item_title,
    null::varchar as category,
    null::varchar as brand,
    quantity,
    unit_price,
    null::decimal(18, 2) as line_amount,
    order_amount,
    null::decimal(18, 2) as line_refund_amount,
    null::decimal(18, 2) as order_refund_amount,
    'CNY' as currency,
    {{ province_of('address') }} as province,
    {{ city_of('address') }} as city,
    traffic_source,
    null::varchar as campaign,
    phone,
    null::varchar as email,
    buyer_name,
    null::varchar as alipay,
    'jd:' || order_id || ':' || coalesce(line_id, '1') as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
