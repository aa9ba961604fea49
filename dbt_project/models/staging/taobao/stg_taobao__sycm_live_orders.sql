{#- Which live session an order line came from. No commission: the sessions are the shop's own. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'attributed_at', 'time', true),
    ('paid_at', 'paid_at', 'time', false),
    ('pay_amount', 'paid_amount', 'money', false),
    ('received_amount', 'settled_amount', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__sycm_live_orders') }}

),

typed as (

    select
        raw.order_id,
        raw.order_line_id as line_id,
        raw.item_id,
        raw.host_id as partner_id,
        raw.host_name as partner_name,
        raw.live_session_id as session_id,
        raw.received_at,
        raw.created_at as attributed_at_text,
        raw.paid_at as paid_at_text,
        raw.pay_amount as paid_amount_text,
        raw.received_amount as settled_amount_text,
        coalesce(raw.live_title, raw.live_session_id) as campaign,
        {{ to_utc('raw.created_at') }} as attributed_at,
        {{ to_utc('raw.paid_at') }} as paid_at,
        {{ to_money('raw.pay_amount') }} as paid_amount,
        {{ to_money('raw.received_amount') }} as settled_amount,
        {{ lineage('raw') }}
    from raw

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, line_id, session_id
            order by _row_number
        ) as repetition
    from typed

),

checked as (

    select
        *,
        {{ bad_column(checks) }} as _bad_column
    from numbered

)

select
    'taobao' as platform,
    order_id,
    line_id,
    item_id,
    attributed_at,
    null::timestamp as settled_at,
    'live_host' as partner_type,
    partner_id,
    partner_name,
    session_id,
    'live' as traffic_source,
    campaign,
    paid_amount,
    settled_amount,
    null::decimal(18, 2) as estimated_commission_amount,
    null::decimal(18, 2) as settled_commission_amount,
    {{ attribution_status(none, none, 'received_at', 'paid_at') }} as status,
    'CNY' as currency,
    {{ row_key(["'taobao.live'", 'order_id', 'line_id', 'session_id', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
