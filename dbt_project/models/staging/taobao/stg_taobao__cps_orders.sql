{#- Settled affiliate commissions by sub-order. A line comes again when its settlement is corrected: each
    settlement is a row of its own, and corrections are negative. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'attributed_at', 'time', true),
    ('settled_at', 'settled_at', 'time', false),
    ('paid_amount', 'paid_amount', 'money', false),
    ('commission', 'commission', 'money', true),
    ('service_fee', 'service_fee', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'taobao__cps_orders') }}

),

typed as (

    select
        raw.order_id,
        raw.order_line_id as line_id,
        raw.item_id,
        raw.campaign_name as campaign,
        raw.influencer_name as partner_name,
        raw.received_at,
        raw.created_at as attributed_at_text,
        coalesce(raw.settled_at, raw.charged_at) as settled_at_text,
        raw.paid_amount as paid_amount_text,
        raw.commission as commission_text,
        raw.service_fee as service_fee_text,
        {{ to_utc('raw.created_at') }} as attributed_at,
        {{ to_utc('coalesce(raw.settled_at, raw.charged_at)') }} as settled_at,
        {{ to_money('raw.paid_amount') }} as paid_amount,
        {{ to_money('raw.commission') }} as commission,
        {{ to_money('raw.service_fee') }} as service_fee,
        {{ lineage('raw') }}
    from raw

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, line_id, settled_at, partner_name
            order by commission, _row_number
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
    settled_at,
    'affiliate' as partner_type,
    null::varchar as partner_id,
    partner_name,
    null::varchar as session_id,
    'affiliate' as traffic_source,
    campaign,
    paid_amount,
    paid_amount as settled_amount,
    null::decimal(18, 2) as estimated_commission_amount,
    {{ sum_of(['commission', 'service_fee']) }} as settled_commission_amount,
    {{ attribution_status(none, 'settled_at', 'received_at') }} as status,
    'CNY' as currency,
    {{ row_key(["'taobao.cps'", 'order_id', 'line_id', 'settled_at', 'partner_name', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
