{#- Orders influencers sold, by order and SKU, with the commission the platform expects. -#}
{%- set checks = [
    ('order_id', 'order_id', 'text', true),
    ('paid_at', 'attributed_at', 'time', false),
    ('paid_amount', 'paid_amount', 'money', false),
    ('commission_base', 'settled_amount', 'money', false),
    ('commission_estimated', 'commission_estimated', 'money', false),
] -%}
with raw as (

    select * from {{ source('raw', 'xiaohongshu__cps_orders') }}

),

statuses as (
    {{ status_words('xiaohongshu.cps_orders') }}
),

typed as (

    select
        raw.order_id,
        raw.sku_id as item_id,
        raw.influencer_id as partner_id,
        raw.influencer_name as partner_name,
        raw.campaign_type as campaign,
        statuses.meaning,
        raw.paid_at as attributed_at_text,
        raw.paid_amount as paid_amount_text,
        raw.commission_base as settled_amount_text,
        raw.commission_estimated as commission_estimated_text,
        coalesce(raw.traffic_channel, 'affiliate') as traffic_source,
        {{ to_utc('raw.paid_at') }} as attributed_at,
        {{ to_money('raw.paid_amount') }} as paid_amount,
        {{ to_money('raw.commission_base') }} as settled_amount,
        {{ to_money('raw.commission_estimated') }} as commission_estimated,
        {{ lineage('raw') }}
    from raw
    left join statuses on {{ plain_word('raw.status_raw') }} = statuses.word

),

numbered as (

    select
        *,
        row_number() over (
            partition by _source_hash, order_id, item_id, partner_id
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
    'xiaohongshu' as platform,
    order_id,
    null::varchar as line_id,
    item_id,
    attributed_at,
    null::timestamp as settled_at,
    'influencer' as partner_type,
    partner_id,
    partner_name,
    null::varchar as session_id,
    traffic_source,
    campaign,
    paid_amount,
    settled_amount,
    commission_estimated as estimated_commission_amount,
    null::decimal(18, 2) as settled_commission_amount,
    {{ attribution_status('meaning', none, none, 'attributed_at') }} as status,
    'CNY' as currency,
    {{ row_key(["'xiaohongshu.cps'", 'order_id', 'item_id', 'partner_id', 'repetition']) }} as _key,
    {{ lineage() }},
    _bad_column,
    {{ bad_cell(checks) }}
from checked
