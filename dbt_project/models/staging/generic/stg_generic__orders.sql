{%- set checks = [
    ('platform', 'platform', 'text', true),
    ('account_id', 'account_id', 'text', true),
    ('order_id', 'order_id', 'text', true),
    ('line_id', 'line_id', 'text', true),
    ('ordered_at', 'ordered_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('refunded_at', 'refunded_at', 'time', false),
    ('status', 'status', 'value', true),
    ('quantity', 'quantity', 'integer', true),
    ('unit_price', 'unit_price', 'amount', false),
    ('line_amount', 'line_amount', 'amount', true),
    ('refund_amount', 'line_refund_amount', 'amount', false),
] -%}
with raw as (

    select * from {{ source('raw', 'generic__orders') }}

),

typed as (

    select
        lower(trim(raw.platform)) as platform,
        raw.account_id,
        raw.order_id,
        raw.line_id,
        raw.item_id,
        raw.item_title,
        raw.category,
        raw.brand,
        coalesce(upper(raw.currency), 'CNY') as currency,
        raw.province,
        raw.city,
        raw.traffic_source,
        raw.campaign,
        raw.phone,
        raw.email,
        raw.ordered_at as ordered_at_text,
        raw.paid_at as paid_at_text,
        raw.refunded_at as refunded_at_text,
        raw.status as status_text,
        raw.quantity as quantity_text,
        raw.unit_price as unit_price_text,
        raw.line_amount as line_amount_text,
        raw.refund_amount as line_refund_amount_text,
        {{ to_utc('raw.ordered_at') }} as ordered_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_utc('raw.refunded_at') }} as refunded_at,
        case
            when lower(raw.status) in ('pending', 'paid', 'shipped', 'completed', 'closed', 'refunded')
                then lower(raw.status)
        end as status,
        {{ to_integer('raw.quantity') }} as quantity,
        {{ to_money('raw.unit_price') }} as unit_price,
        {{ to_money('raw.line_amount') }} as line_amount,
        {{ to_money('raw.refund_amount') }} as line_refund_amount,
        {{ lineage('raw') }}
    from raw

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from typed

)

select
    platform,
    account_id,
    order_id,
    line_id,
    ordered_at,
    paid_at,
    null::timestamp as completed_at,
    refunded_at,
    status,
    item_id,
    item_title,
    category,
    brand,
    quantity,
    unit_price,
    line_amount,
    null::decimal(18, 2) as order_amount,
    line_refund_amount,
    null::decimal(18, 2) as order_refund_amount,
    currency,
    province,
    city,
    traffic_source,
    campaign,
    phone,
    email,
    null::varchar as buyer_name,
    null::varchar as alipay,
    platform || ':' || order_id || ':' || line_id as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
