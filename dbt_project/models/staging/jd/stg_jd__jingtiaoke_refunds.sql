{#- Commissions that came back because goods were returned: negative commissions of their orders. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('created_at', 'attributed_at', 'time', false),
    ('commission_refunded_at', 'settled_at', 'time', true),
    ('goods_amount', 'paid_amount', 'money', false),
    ('commission_refunded', 'commission_refunded', 'money', true),
] -%}
with raw as (

    select * from {{ source('raw', 'jd__jingtiaoke_refunds') }}

),

typed as (

    select
        raw.order_id,
        raw.sku_id as item_id,
        raw.campaign_name as campaign,
        raw.created_at as attributed_at_text,
        raw.commission_refunded_at as settled_at_text,
        raw.goods_amount as paid_amount_text,
        raw.commission_refunded as commission_refunded_text,
        {{ to_utc('raw.created_at') }} as attributed_at,
        {{ to_utc('raw.commission_refunded_at') }} as settled_at,
        {{ to_money('raw.goods_amount') }} as paid_amount,
        {{ to_money('raw.commission_refunded') }} as commission_refunded,
        {{ lineage('raw') }}
    from raw

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, item_id, settled_at
            order by commission_refunded, _row_number
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
    'jd' as platform,
    order_id,
    null::varchar as line_id,
    item_id,
    coalesce(attributed_at, settled_at) as attributed_at,
    settled_at,
    'affiliate' as partner_type,
    null::varchar as partner_id,
    null::varchar as partner_name,
    null::varchar as session_id,
    'affiliate' as traffic_source,
    campaign,
    -abs(paid_amount) as paid_amount,
    null::decimal(18, 2) as settled_amount,
    null::decimal(18, 2) as estimated_commission_amount,
    -abs(commission_refunded) as settled_commission_amount,
    'settled' as status,
    'CNY' as currency,
    {{ row_key(["'jd.jingtiaoke_refund'", 'order_id', 'item_id', 'settled_at', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
